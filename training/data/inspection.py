"""What is in a data set, and what is wrong with it.

Goes through the recordings once and keeps a few numbers of each, so that a set larger than memory
can be inspected. Use: `inspection = inspect_set(recordings, drops)`, then `findings()`, `summary()`
and `training.data.inspection_plot`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Final, Literal

import numpy as np

from training.data.drops import Drops
from training.data.faults import FAULTS, MISSING, faults_of, fingerprint
from training.data.recording import Description, Recording

Severity = Literal["error", "warning", "note"]

_EXAMPLES: Final = 3
_FIXED_P_SHARE: Final = 0.5
"""Share of P at one hundredth of a second from which on a network can learn the place."""
_FIXED_P_SPREAD: Final = 0.02
"""Standard deviation of the place of P over the length, below which it is as good as fixed."""
_WHOLE_SECOND_SHARE: Final = 0.6
_WHOLE_SECOND_S: Final = 0.02
_LEAST_P: Final = 10
_MINORITY: Final = 0.1
_SHOWN: Final = 3
"""Recordings that are kept whole, to be drawn."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing."""

    severity: Severity
    kind: str
    count: int
    text: str
    examples: tuple[str, ...] = ()


@dataclass(slots=True)
class Inspection:
    """Numbers of a data set, gathered recording by recording."""

    drops: Drops
    recordings: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """By property (`category`, `part`, `rate_hz`, ...) and value."""
    lengths_s: list[float] = field(default_factory=list)
    p_s: list[float] = field(default_factory=list)
    p_share: list[float] = field(default_factory=list)
    """Place of P over the length."""
    s_minus_p_s: list[float] = field(default_factory=list)
    sizes: list[tuple[float, float]] = field(default_factory=list)
    """Magnitude and distance, km."""
    event_parts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    prints: dict[bytes, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """Names and parts of the recordings with one waveform."""
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    shown: list[Recording] = field(default_factory=list)

    def add(self, recording: Recording) -> None:
        """Take note of a recording."""
        about = recording.about
        self.recordings += 1
        for name in ("source", "category", "part", "unit", "quantity", "picks", "station"):
            self.counts[name][str(getattr(about, name))] += 1
        self.counts["rate_hz"][f"{about.rate_hz:g}"] += 1
        for segment in about.segments:
            self.counts["segment"][segment.label] += 1
        self._add_times(about, len(recording.samples))
        self.event_parts[about.event].add(about.part)
        self.prints[fingerprint(recording)].append((about.name, about.part))
        for kind in faults_of(recording):
            self.faults[kind].append(about.name)
        if len(self.shown) < _SHOWN and about.category == "earthquake":
            self.shown.append(recording)

    def _add_times(self, about: Description, length: int) -> None:
        self.lengths_s.append(length / about.rate_hz)
        if about.p_index is not None:
            self.p_s.append(about.p_index / about.rate_hz)
            self.p_share.append(about.p_index / length)
            if about.s_index is not None:
                self.s_minus_p_s.append((about.s_index - about.p_index) / about.rate_hz)
        if about.magnitude is not None and about.distance_km is not None:
            self.sizes.append((about.magnitude, about.distance_km))

    def findings(self) -> list[Finding]:
        """Return what is wrong, the worst first."""
        found = [
            *self._dropped(),
            *self._across_parts(),
            *self._place_of_p(),
            *self._rates(),
            *self._in_samples(),
        ]
        order = ("error", "warning", "note")
        return sorted(found, key=lambda one: order.index(one.severity))

    def summary(self) -> dict[str, object]:
        """Return everything as plain values, for JSON."""
        return {
            "recordings": self.recordings,
            "events": len(self.event_parts),
            "stations": len(self.counts["station"]),
            "counts": {
                name: dict(values.most_common())
                for name, values in self.counts.items()
                if name != "station"
            },
            "length_s": _spread(self.lengths_s),
            "p_s": _spread(self.p_s),
            "s_minus_p_s": _spread(self.s_minus_p_s),
            "magnitude": _spread([magnitude for magnitude, _ in self.sizes]),
            "distance_km": _spread([distance for _, distance in self.sizes]),
            "dropped": dict(self.drops.counts),
            "findings": [asdict(one) for one in self.findings()],
        }

    def _dropped(self) -> Iterable[Finding]:
        for reason, count in self.drops.counts.most_common():
            place = self.drops.first[reason]
            yield Finding("warning", "dropped", count, f"{reason}, left out", (place,))

    def _across_parts(self) -> Iterable[Finding]:
        across = [event for event, parts in self.event_parts.items() if len(parts) > 1]
        if across:
            text = "events stand in more than one part: the test part is known from training"
            yield Finding("error", "event across parts", len(across), text, _some(across))
        twice = [group for group in self.prints.values() if len(group) > 1]
        leaking = [group[0][0] for group in twice if len({part for _, part in group}) > 1]
        if leaking:
            text = "waveforms stand in more than one part"
            yield Finding("error", "duplicate across parts", len(leaking), text, _some(leaking))
        if len(twice) > len(leaking):
            names = [group[0][0] for group in twice if group[0][0] not in set(leaking)]
            text = "waveforms stand there more than once, within one part"
            yield Finding("warning", "duplicate", len(names), text, _some(names))

    def _place_of_p(self) -> Iterable[Finding]:
        if len(self.p_s) < _LEAST_P:
            return
        place, count = Counter(round(p, 2) for p in self.p_s).most_common(1)[0]
        advice = "a network learns the place; shift the windows at random"
        if count > _FIXED_P_SHARE * len(self.p_s):
            yield Finding("warning", "P at one place", count, f"P at {place:g} s: {advice}")
            return
        if np.std(self.p_share) < _FIXED_P_SPREAD:
            text = f"P, all near {np.median(self.p_s):.1f} s: {advice}"
            yield Finding("warning", "P at one place", len(self.p_s), text)
            return
        whole = sum(abs(p - round(p)) <= _WHOLE_SECOND_S for p in self.p_s)
        if whole > _WHOLE_SECOND_SHARE * len(self.p_s):
            text = "P at whole seconds after the start: a network learns them; shift at random"
            yield Finding("warning", "P at whole seconds", whole, text)

    def _rates(self) -> Iterable[Finding]:
        (usual, _), *others = self.counts["rate_hz"].most_common() or [("", 0)]
        for rate, count in others:
            severity: Severity = "warning" if count < _MINORITY * self.recordings else "note"
            text = f"at {rate} Hz, where most are at {usual} Hz"
            yield Finding(severity, "other rate", count, text)

    def _in_samples(self) -> Iterable[Finding]:
        for kind in FAULTS:
            names = self.faults.get(kind, [])
            if names:
                severity: Severity = "note" if kind == MISSING else "warning"
                yield Finding(severity, kind, len(names), kind, _some(names))


def inspect_set(recordings: Iterable[Recording], drops: Drops) -> Inspection:
    """Go through a data set.

    Args:
        recordings: From a reader.
        drops: The reader's own count of what it left out.
    """
    inspection = Inspection(drops)
    for recording in recordings:
        inspection.add(recording)
    return inspection


def _some(names: list[str]) -> tuple[str, ...]:
    return tuple(names[:_EXAMPLES])


def _spread(values: list[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {
        "count": len(values),
        "least": float(min(values)),
        "median": float(np.median(values)),
        "most": float(max(values)),
    }
