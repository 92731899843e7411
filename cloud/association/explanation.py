"""How well one origin explains triggers and silence: picks, and the evidence for an earthquake.

Evidence is the log ratio of two probabilities of everything that was and was not sent: that there
was this earthquake, and that all of it was chance. A trigger that fits adds

    ln(probability of a trigger here) + ln(density of its residual) - ln(rate of false triggers),

so one from a station that triggers for nothing every minute adds next to nothing; a station that
the wave must have passed and that kept silent takes away ln(probability of silence). The residual
has a Laplace density. The event's reach is the one under which all this is most likely.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import log, pi, sqrt

import numpy as np

from cloud.association.config import AssociationConfig
from cloud.association.onset import Onset
from cloud.association.stations import Station
from cloud.detectability import Detectability
from cloud.geodesy import LocalPlane
from cloud.location import Location, Locator
from cloud.velocity.model import Booleans, Floats
from edge.messages import Phase
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds

REACHES_KM = np.array([25.0, 40.0, 65.0, 100.0, 160.0, 250.0, 400.0])
_SECONDS_PER_DAY = 86_400.0
_LEAST_ORIGIN_ERROR_S = 0.1
_LEAST_AREA_KM2 = 1.0


@dataclass(frozen=True, slots=True)
class Origin:
    """A located origin on the Earth and in time."""

    plane: LocalPlane
    reference_ns: int
    location: Location

    @property
    def time_ns(self) -> int:
        """Origin time."""
        return self.reference_ns + round(self.location.origin_s * NANOSECONDS_PER_SECOND)

    @property
    def place(self) -> tuple[float, float]:
        """Latitude and longitude."""
        return self.plane.to_degrees(self.location.x_km, self.location.y_km)

    def distances_km(self, stations: Sequence[Station]) -> Floats:
        """Return epicentral distances of stations."""
        xy = plane_coordinates(self.plane, stations)
        return np.hypot(xy[:, 0] - self.location.x_km, xy[:, 1] - self.location.y_km)


@dataclass(frozen=True, slots=True)
class Pick:
    """An onset that an origin explains as P or S."""

    onset: Onset
    phase: Phase
    residual_s: float
    sigma_s: float
    distance_km: float

    @property
    def weight(self) -> float:
        """Weight between 0 and 1: how far the residual is within its error."""
        return 1 / (1 + (self.residual_s / self.sigma_s) ** 2)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one origin explains, and the evidence for it."""

    origin: Origin
    picks: tuple[Pick, ...]
    reach_km: float
    evidence: float
    log_odds: float
    """Natural log of the odds for this earthquake against chance."""

    def stations(self) -> tuple[str, ...]:
        """Return the keys of the stations with a pick, the earliest first."""
        ordered = sorted(self.picks, key=lambda pick: (pick.onset.time_ns, pick.onset.id))
        return tuple(dict.fromkeys(pick.onset.station.key for pick in ordered))

    def with_onset(self, onset: Onset) -> "Explanation":
        """Return the explanation with a later revision of one trigger, whose time is the same."""
        picks = tuple(
            replace(pick, onset=onset) if pick.onset.id == onset.id else pick for pick in self.picks
        )
        return replace(self, picks=picks)

    def count(self, phase: Phase) -> int:
        """Return the number of picks of one phase (at most one a station)."""
        return sum(pick.phase is phase for pick in self.picks)


def plane_coordinates(plane: LocalPlane, stations: Iterable[Station]) -> Floats:
    """Return x and y of stations in km, shape (stations, 2)."""
    return np.array(
        [plane.to_km(station.latitude, station.longitude) for station in stations]
    ).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An onset taken for one phase."""

    gain: float
    pick: Pick


class Explainer:
    """Judges origins."""

    def __init__(
        self, config: AssociationConfig, locator: Locator, detectability: Detectability
    ) -> None:
        self.config = config
        self.locator = locator
        self.detectability = detectability
        self._log_density = log(config.event_rate_per_day / _SECONDS_PER_DAY / 1e6)

    def explain(
        self,
        origin: Origin,
        onsets: Sequence[Onset],
        silent: Sequence[Station],
        now_ns: int,
        rate_hz: Callable[[Onset], float],
    ) -> Explanation:
        """Return what an origin explains.

        Args:
            origin: The origin.
            onsets: Triggers that it may explain, any number of each station.
            silent: Stations near by that listen; those with an onset are left out.
            now_ns: The moment up to which silence is known, on the data's clock.
            rate_hz: Rate at which onsets like this come by chance.
        """
        p, s = self._candidates(origin, onsets, rate_hz)
        heard = {onset.station for onset in onsets}
        quiet = [station for station in silent if station not in heard]
        stations = [*dict.fromkeys(onset.station for onset in onsets), *quiet]
        epicentral = origin.distances_km(stations)
        distance = np.hypot(epicentral, origin.location.depth_km)
        gain = np.array([p[each].gain if each in p else -np.inf for each in stations])
        silence_due = self._due(origin, epicentral, now_ns)
        with_reach = distance[:, None], REACHES_KM[None, :]
        triggered = gain[:, None] + self.detectability.log_trigger(*with_reach)
        missed = np.where(silence_due[:, None], self.detectability.log_silence(*with_reach), 0.0)
        s_gain = sum(candidate.gain for candidate in s.values())
        total = (
            np.maximum(triggered, missed).sum(axis=0)
            + self.detectability.log_reach(REACHES_KM)
            + s_gain
        )
        best = int(total.argmax())
        used = triggered[:, best] > missed[:, best]
        picks = [p[station].pick for station, fits in zip(stations, used, strict=True) if fits]
        picks += [candidate.pick for candidate in s.values()]
        evidence = float(total[best])
        log_odds = evidence + self._log_volume(origin.location)
        return Explanation(origin, tuple(picks), float(REACHES_KM[best]), evidence, log_odds)

    def _log_volume(self, location: Location) -> float:
        """Return the log of the number of earthquakes expected within the origin's errors."""
        area = max(pi * location.horizontal_uncertainty_km**2, _LEAST_AREA_KM2)
        duration = sqrt(2 * pi) * max(location.origin_uncertainty_s, _LEAST_ORIGIN_ERROR_S)
        return self._log_density + log(area) + log(duration)

    def _due(self, origin: Origin, distance_km: Floats, now_ns: int) -> Booleans:
        """Return at which stations the P wave has passed long enough ago."""
        times = self.locator.travel_times.times(Phase.P, distance_km, origin.location.depth_km)
        elapsed = ns_to_seconds(now_ns - origin.time_ns)
        due: Booleans = times + self.detectability.config.grace_s < elapsed
        return due

    def _candidates(
        self, origin: Origin, onsets: Sequence[Onset], rate_hz: Callable[[Onset], float]
    ) -> tuple[dict[Station, _Candidate], dict[Station, _Candidate]]:
        """Return the best onset of each station taken for P, and of each taken for S."""
        p: dict[Station, _Candidate] = {}
        s: dict[Station, _Candidate] = {}
        if not onsets:
            return p, s
        distance = origin.distances_km([onset.station for onset in onsets])
        rates = [rate_hz(onset) for onset in onsets]
        for phase, best in ((Phase.P, p), (Phase.S, s)):
            for index, candidate in enumerate(self._as_phase(origin, onsets, distance, phase)):
                if candidate is None:
                    continue
                station = onsets[index].station
                shaken = phase is Phase.S and station in p
                rate = max(rates[index], self.config.coda_rate_hz) if shaken else rates[index]
                gain = candidate.gain - log(rate)
                if gain > 0 and (station not in best or gain > best[station].gain):
                    best[station] = _Candidate(gain, candidate.pick)
        return self._one_phase_an_onset(p, s)

    def _as_phase(
        self, origin: Origin, onsets: Sequence[Onset], distance: Floats, phase: Phase
    ) -> list[_Candidate | None]:
        """Return each onset as one phase, or None where its residual is too large."""
        times = self.locator.travel_times.times(phase, distance, origin.location.depth_km)
        sigma = self.locator.sigma_s(np.array([onset.sigma_s for onset in onsets]), times)
        result: list[_Candidate | None] = []
        for index, onset in enumerate(onsets):
            delay = self.locator.travel_times.elevation_delay_s(phase, onset.station.elevation_m)
            seen = ns_to_seconds(onset.time_ns - origin.time_ns) - delay
            residual, error = seen - float(times[index]), float(sigma[index])
            if abs(residual) > self.config.fit_sigmas * error:
                result.append(None)
                continue
            hint = onset.log_p if phase is Phase.P else onset.log_s + log(self.config.s_share)
            gain = hint - abs(residual) / error - log(2 * error)
            pick = Pick(onset, phase, residual, error, float(distance[index]))
            result.append(_Candidate(gain, pick))
        return result

    @staticmethod
    def _one_phase_an_onset(
        p: dict[Station, _Candidate], s: dict[Station, _Candidate]
    ) -> tuple[dict[Station, _Candidate], dict[Station, _Candidate]]:
        """Take from each onset that serves as both phases the less likely one."""
        for station in list(p.keys() & s.keys()):
            if p[station].pick.onset is s[station].pick.onset:
                weaker = s if p[station].gain >= s[station].gain else p
                del weaker[station]
        return p, s
