"""What of a chunk belongs into the headers of single records: clipping, and our own triggers."""

from collections.abc import Iterator

from edge.archive.chunk import Chunk
from edge.archive.records import Extra, Mark
from edge.messages import Trigger, TriggerStatus
from edge.packet import Block
from edge.timestamps import format_time, ns_to_seconds


def marks_of(chunk: Chunk, component: int) -> list[Mark]:
    """Return the marks of one component of a chunk.

    Args:
        chunk: Blocks and triggers.
        component: 0 Z, 1 N, 2 E. Detections are told with the first that there is.
    """
    marks = list(_clipping(chunk))
    if component == chunk.components[0]:
        told = [one for one in chunk.triggers if one.status is not TriggerStatus.RETRACTED]
        marks += [_onset(chunk, trigger) for trigger in told]
    return marks


def _clipping(chunk: Chunk) -> Iterator[Mark]:
    first = 0
    for block in chunk.blocks:
        end = first + len(block.samples)
        if block.clipped:
            yield Mark(first, end - 1, {"Flags": {"DigitizerClipping": True}})
        first = end


def _onset(chunk: Chunk, trigger: Trigger) -> Mark:
    """Return the mark of a trigger, on the sample of its onset or the nearest that there is."""
    offset_s = ns_to_seconds(trigger.onset - chunk.start_ns)
    index = round(offset_s * _mean_rate_hz(chunk.blocks))
    place = min(max(index, 0), chunk.count - 1)
    return Mark(place, place, {"Event": {"Begin": True, "Detection": [_detection(trigger)]}})


def _mean_rate_hz(blocks: tuple[Block, ...]) -> float:
    count = sum(len(block.samples) for block in blocks)
    return count / ns_to_seconds(blocks[-1].end_ns - blocks[0].start_ns)


def _detection(trigger: Trigger) -> Extra:
    fired = [report for report in trigger.detectors if report.fired]
    first = min(fired, key=lambda report: report.time or trigger.sent, default=None)
    detection: Extra = {
        "Type": trigger.phase.value,
        "OnsetTime": format_time(trigger.onset),
        "Detector": f"{first.name} {first.version}" if first else "unknown",
    }
    if trigger.pga_m_s2 is not None:
        detection |= {"SignalAmplitude": trigger.pga_m_s2, "Units": "M/S**2"}
    return detection
