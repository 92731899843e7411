"""One earthquake that the associator holds."""

from dataclasses import dataclass, field

from cloud.association.explanation import Explanation, Origin
from cloud.association.onset import Onset
from cloud.association.stations import Station
from cloud.magnitude.model import StationMagnitude
from cloud.thorough.verdict import Relocation
from edge.messages import StationShaking

_MOST_CLAIMED = 256
Times = tuple[float, float, float]
"""Epicentral distance in km, travel times of P and S in s."""


@dataclass(slots=True, eq=False)
class Quake:
    """An earthquake: what explains it best so far, and the triggers that it accounts for.

    `claimed` holds triggers that its waves made without a pick: coda, late or doubtful onsets.
    """

    number: int
    explanation: Explanation
    created_ns: int
    changed_ns: int
    magnitude: float | None = None
    unrest_hz: float = 0.0
    """How often a station there triggered for nothing before it."""
    claimed: dict[str, Onset] = field(default_factory=dict)
    fitting: set[str] = field(default_factory=set)
    """Those that fit as P or S, once waveforms have located it."""
    arrivals: dict[Station, Times] = field(default_factory=dict)
    """Of its waves at the stations that were asked for so far, from `arrivals_of`."""
    arrivals_of: Origin | None = None
    located_with: int = 0
    """Picks that there were when it was located, at `located_ns`."""
    located_ns: int = 0
    judge_again_ns: int = 0
    """When more silence may next say something."""
    relocation: Relocation | None = None
    """As waveforms show it: triggers change it no more, and are its own where they fit."""
    measured: tuple[StationMagnitude, ...] = ()
    """What its waveforms say of its size."""
    shaking: tuple[StationShaking, ...] = ()
    """How strongly the ground shook, by its waveforms."""
    station_magnitudes: tuple[StationMagnitude, ...] = ()
    """What its triggers and its waveforms say of its size, as of the last revision."""
    open_until_ns: int = 0
    """Until when it is not final, as waveforms of it are awaited."""
    final: bool = False
    reason: str | None = None
    """Why it is retracted, if it is."""

    @property
    def alive(self) -> bool:
        """Whether triggers may still change it."""
        return self.relocation is None and not self.ended

    @property
    def ended(self) -> bool:
        """Whether nothing may change it any more."""
        return self.final or self.reason is not None

    @property
    def time_ns(self) -> int:
        """Origin time."""
        return self.explanation.origin.time_ns

    def onsets(self) -> list[Onset]:
        """Return all onsets: picks first, then what is claimed."""
        picks = {pick.onset.id: pick.onset for pick in self.explanation.picks}
        return [*picks.values(), *(o for key, o in self.claimed.items() if key not in picks)]

    def loose(self) -> list[Onset]:
        """Return onsets that another earthquake may explain better: claimed, or beyond reach."""
        reach = self.explanation.reach_km
        far = [pick.onset for pick in self.explanation.picks if pick.distance_km > reach]
        return [*(o for key, o in self.claimed.items() if key not in self.fitting), *far]

    def claim(self, onset: Onset, *, fits: bool = False) -> None:
        """Account for a trigger without using it; the oldest give way when there are too many.

        Args:
            onset: The trigger.
            fits: It is P or S of this earthquake: no other one may have it.
        """
        self.claimed[onset.id] = onset
        if fits:
            self.fitting.add(onset.id)
        else:
            self.fitting.discard(onset.id)
        while len(self.claimed) > _MOST_CLAIMED:
            oldest = next(iter(self.claimed))
            del self.claimed[oldest]
            self.fitting.discard(oldest)
