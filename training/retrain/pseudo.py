"""Training records from what a network heard: P where it was believed, noise in all quiet."""

from collections.abc import Collection, Iterable, Sequence

from edge.timestamps import seconds_to_ns
from training.data.openeew import GUARD_S
from training.data.record import RATE_HZ, Record
from training.retrain.coincidence import Detection, Selection
from training.retrain.listening import Heard, Stretch

_RECOVERY_NS = seconds_to_ns(60.0)
"""After an earlier detection so much is left out before the stretch counts as quiet again."""
_LEAST_BEFORE_NS = seconds_to_ns(12.0)
"""Data that a P must have before it: level and filters settle within."""


def pseudo_records(heard: Iterable[Heard], selection: Selection) -> list[Record]:
    """Return the records of a selection.

    A record with a believed detection has its P there; no S is known. Nothing is asked of what
    came before the detection within reach of an earlier one that was not believed. A record
    without is noise until eight seconds before the first detection of any kind, its own or that
    of an event that other stations saw; the rest of it is asked nothing.

    Args:
        heard: Records of the network, of any events.
        selection: What coincidence made of all their detections.
    """
    first_of = {
        detection: min(member.begin_ns for member in event)
        for event in selection.events
        for detection in event
    }
    records = []
    for one in heard:
        own = sorted(one.detections, key=lambda d: d.begin_ns)
        believed = [detection for detection in own if detection in first_of]
        records += [
            record
            for detection in believed
            if (record := _with_p(one, detection, own, first_of[detection])) is not None
        ]
        if not believed:
            record = _quiet(one, [d.begin_ns for d in own], first_of.values())
            records += [] if record is None else [record]
    return records


def _with_p(
    heard: Heard, detection: Detection, own: Sequence[Detection], first_ns: int
) -> Record | None:
    """Return the stretch around a P; None where too little lies before it."""
    stretch = next((s for s in heard.stretches if s.holds(detection.begin_ns)), None)
    if stretch is None:
        return None
    earlier = [d.begin_ns + _RECOVERY_NS for d in own if d.begin_ns < detection.begin_ns]
    begin_ns = max([stretch.start_ns, *earlier])
    if detection.begin_ns - begin_ns < _LEAST_BEFORE_NS:
        return None
    begin = max(0, round(stretch.index_of(begin_ns)))
    return _record(heard, stretch, begin, first_ns, detection.begin_ns)


def _quiet(heard: Heard, own_ns: Sequence[int], events_ns: Collection[int]) -> Record | None:
    """Return the longest stretch, noise until the first of whatever begins in it."""
    stretch = max(heard.stretches, key=lambda s: len(s.samples), default=None)
    if stretch is None:
        return None
    begins_ns = [t for t in (*own_ns, *events_ns) if stretch.holds(t)]
    return _record(heard, stretch, 0, min(begins_ns, default=None), None)


def _record(
    heard: Heard, stretch: Stretch, begin: int, first_ns: int | None, p_ns: int | None
) -> Record:
    """Return samples from an index on; noise up to what begins first, or throughout."""
    samples = stretch.samples[begin:]
    noise_end: float = len(samples)
    if first_ns is not None:
        noise_end = stretch.index_of(first_ns) - begin - GUARD_S * RATE_HZ
    return Record(
        source="openeew",
        event=heard.record.event,
        station=heard.record.station,
        part=heard.record.part,
        samples=samples,
        noise_end=int(min(max(noise_end, 0), len(samples))),
        p_index=None if p_ns is None else stretch.index_of(p_ns) - begin,
        in_m_s2=True,
    )
