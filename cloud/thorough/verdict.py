"""What waveforms say of an event."""

from dataclasses import dataclass

from cloud.association.explanation import Origin
from cloud.magnitude.model import StationMagnitude
from cloud.picking import PhasePick
from edge.messages import Phase, StationShaking


@dataclass(frozen=True, slots=True)
class StationPicks:
    """What the picker saw in one station's waveforms.

    Attributes:
        station: NETWORK.STATION.
        picks: In order of time; none where it saw nothing.
        clock_error_s: Error of the station's clock, s.
    """

    station: str
    picks: tuple[PhasePick, ...]
    clock_error_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WaveformArrival:
    """One arrival of an event that was located from waveforms."""

    station: str
    """NETWORK.STATION."""
    name: str
    """The trigger's id, or a name made of station, phase and time."""
    phase: Phase
    time_ns: int
    sigma_s: float
    """Standard error: of the pick, of the clock, and of the velocity model, s."""
    residual_s: float
    distance_km: float
    picker: str | None
    """None where it is a trigger's onset: the picker saw nothing there."""

    @property
    def weight(self) -> float:
        """Weight between 0 and 1: how far the residual is within its error."""
        return 1 / (1 + (self.residual_s / self.sigma_s) ** 2)


@dataclass(frozen=True, slots=True)
class Relocation:
    """An event located from waveforms."""

    origin: Origin
    arrivals: tuple[WaveformArrival, ...]
    """In order of time."""

    def stations(self) -> tuple[str, ...]:
        """Return the stations with an arrival, the earliest first."""
        return tuple(dict.fromkeys(one.station for one in self.arrivals))

    def time_ns(self, station: str, phase: Phase) -> int | None:
        """Return when a phase came to a station, where it was seen."""
        for one in self.arrivals:
            if one.station == station and one.phase is phase:
                return one.time_ns
        return None


@dataclass(frozen=True, slots=True)
class Refutation:
    """There is no such event."""

    reason: str


Verdict = Relocation | Refutation


@dataclass(frozen=True, slots=True)
class Motion:
    """What an event's waveforms say beside its place."""

    magnitudes: tuple[StationMagnitude, ...] = ()
    """Of its size, station by station."""
    shaking: tuple[StationShaking, ...] = ()
    """How strongly the ground shook."""
