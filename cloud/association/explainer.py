"""How well one origin explains triggers and silence.

Evidence is the log ratio of two probabilities of everything that was and was not sent: that there
was this earthquake, and that all of it was chance. A trigger that fits adds

    ln(probability of a trigger here) + ln(density of its residual) - ln(rate of false triggers),

so one from a station that triggers for nothing every minute adds next to nothing. The residual
has a Laplace density. A trigger of a station may be its P, its S, or, where P was too weak, lie
somewhere late in the waves, which fits but locates nothing. A station that the wave must have
passed and that kept silent takes away ln(probability of silence). The event's reach is the one
under which all this is most likely.
"""

from dataclasses import dataclass
from math import log, pi, sqrt
from typing import Final

import numpy as np

from cloud.association.config import AssociationConfig
from cloud.association.explanation import Explanation, Origin, Pick
from cloud.association.onset import Onset
from cloud.association.scene import Scene
from cloud.detectability import Detectability
from cloud.location import Location, Locator
from cloud.velocity.model import Floats
from edge.messages import Phase

REACHES_KM: Final = np.array([25.0, 40.0, 65.0, 100.0, 160.0, 250.0, 400.0])
LATE_AFTER_S_S: Final = 10.0
"""A late trigger may come so long after S."""
_SECONDS_PER_DAY = 86_400.0
_LEAST_ORIGIN_ERROR_S = 0.1
_LEAST_AREA_KM2 = 1.0


@dataclass(frozen=True, slots=True)
class Readings:
    """Onsets taken for P, for S, and for something late; arrays of one shape.

    Gains are logs of densities over the rate of chance, minus infinity where nothing fits.
    """

    p_gain: Floats
    s_gain: Floats
    late_gain: Floats
    p_residual_s: Floats
    s_residual_s: Floats
    p_sigma_s: Floats
    s_sigma_s: Floats


class Explainer:
    """Judges origins."""

    def __init__(
        self, config: AssociationConfig, locator: Locator, detectability: Detectability
    ) -> None:
        self.config = config
        self.locator = locator
        self.detectability = detectability
        self.log_density = log(config.event_rate_per_day / _SECONDS_PER_DAY / 1e6)
        """Log of the earthquakes expected a second and square kilometre."""

    def explain(self, scene: Scene, location: Location, chance: Onset | None = None) -> Explanation:
        """Return what a location explains of a scene.

        Args:
            scene: Triggers and silent stations.
            location: The location.
            chance: A trigger that is to be taken for chance, if any.
        """
        epicentral = scene.distance_km(location.x_km, location.y_km)
        depth = location.depth_km
        times = {
            phase: self.locator.travel_times.times(phase, epicentral, depth)
            for phase in (Phase.P, Phase.S)
        }
        readings = self.read(
            scene, location.origin_s, *(times[phase][scene.station_of] for phase in times)
        )
        if chance is not None:
            index = scene.onsets.index(chance)
            for gain in (readings.p_gain, readings.s_gain, readings.late_gain):
                gain[index] = -np.inf
        due = location.origin_s + times[Phase.P] + self.detectability.config.grace_s < scene.now_s
        distance = np.hypot(epicentral, depth)
        p_of, s_of, s_after_p = self._best_of_stations(scene, readings)
        options = self._options(readings, p_of, s_of, s_after_p, scene, distance)
        missed = np.where(
            due[:, None], self.detectability.log_silence(distance[:, None], REACHES_KM), 0.0
        )
        best_option = options.max(axis=0)
        total = np.maximum(best_option, missed[: scene.heard]).sum(axis=0)
        total += missed[scene.heard :].sum(axis=0) + self.detectability.log_reach(REACHES_KM)
        best = int(total.argmax())
        option = np.where(
            best_option[:, best] > missed[: scene.heard, best],
            options[:, :, best].argmax(axis=0),
            -1,
        )
        picks = self._picks(scene, readings, epicentral, option, (p_of, s_of, s_after_p))
        evidence = float(total[best])
        return Explanation(
            origin=Origin(scene.plane, scene.reference_ns, location),
            picks=picks,
            reach_km=float(REACHES_KM[best]),
            evidence=evidence,
            log_odds=evidence + self._log_volume(location, picks),
        )

    def read(
        self, scene: Scene, origin_s: Floats | float, p_time_s: Floats, s_time_s: Floats
    ) -> Readings:
        """Return the readings of all onsets; times broadcast against shape (..., onsets)."""
        config, locate = self.config, self.locator
        delay = locate.travel_times.elevation_delay_s
        seen = scene.time_s - origin_s
        p_residual = seen - p_time_s - delay(Phase.P, 1.0) * scene.elevation_m
        s_residual = seen - s_time_s - delay(Phase.S, 1.0) * scene.elevation_m
        p_sigma = locate.sigma_s(scene.sigma_s, p_time_s)
        s_sigma = locate.sigma_s(scene.sigma_s, s_time_s)
        p_gain = scene.log_p - np.abs(p_residual) / p_sigma - np.log(2 * p_sigma)
        s_gain = scene.log_s - np.abs(s_residual) / s_sigma - np.log(2 * s_sigma)
        s_gain = s_gain + log(config.s_share)
        late = (p_residual > 0) & (s_residual < LATE_AFTER_S_S)
        late_gain = log(config.late_share) - np.log(s_time_s - p_time_s + LATE_AFTER_S_S)
        limit = config.fit_sigmas
        return Readings(
            np.where(np.abs(p_residual) <= limit * p_sigma, p_gain - scene.log_rate, -np.inf),
            np.where(np.abs(s_residual) <= limit * s_sigma, s_gain - scene.log_rate, -np.inf),
            np.where(late, late_gain - scene.log_rate, -np.inf),
            p_residual,
            s_residual,
            p_sigma,
            s_sigma,
        )

    def _best_of_stations(
        self, scene: Scene, readings: Readings
    ) -> tuple[list[int], list[int], list[int]]:
        """Return for each station its best P, its best S, and its best S beside that P; or -1."""
        p_of, s_of, after = ([-1] * scene.heard for _ in range(3))
        p_gain, s_gain = readings.p_gain.tolist(), readings.s_gain.tolist()
        for index, station in enumerate(scene.station_of.tolist()):
            if p_gain[index] > (p_gain[p_of[station]] if p_of[station] >= 0 else -np.inf):
                p_of[station] = index
            if s_gain[index] > (s_gain[s_of[station]] if s_of[station] >= 0 else -np.inf):
                s_of[station] = index
        for index, station in enumerate(scene.station_of.tolist()):
            if p_of[station] in (-1, index) or scene.time_s[index] < scene.time_s[p_of[station]]:
                continue
            if s_gain[index] > (s_gain[after[station]] if after[station] >= 0 else -np.inf):
                after[station] = index
        return p_of, s_of, after

    def _options(
        self,
        readings: Readings,
        p_of: list[int],
        s_of: list[int],
        s_after_p: list[int],
        scene: Scene,
        distance_km: Floats,
    ) -> Floats:
        """Return the log gain of each reading of each station, shape (3, heard, reaches).

        The readings are: P (and S after it), S alone, and late.
        """
        coda = log(self.config.coda_rate_hz)
        p_value = np.full(scene.heard, -np.inf)
        s_value, late_value = p_value.copy(), p_value.copy()
        for station in range(scene.heard):
            p, s, after = p_of[station], s_of[station], s_after_p[station]
            if p >= 0:
                p_value[station] = readings.p_gain[p]
            if p >= 0 and after >= 0:
                # Once shaken, a station triggers more often than in quiet.
                more = max(0.0, coda - float(scene.log_rate[after]))
                p_value[station] += max(0.0, float(readings.s_gain[after]) - more)
            if s >= 0:
                s_value[station] = readings.s_gain[s]
        np.maximum.at(late_value, scene.station_of, readings.late_gain)
        distance, heard = distance_km[: scene.heard, None], self.detectability
        trigger = heard.log_trigger(distance, REACHES_KM)
        return np.stack(
            [
                p_value[:, None] + trigger,
                s_value[:, None] + heard.log_only_s(distance, REACHES_KM),
                late_value[:, None] + trigger,
            ]
        )

    @staticmethod
    def _picks(
        scene: Scene,
        readings: Readings,
        epicentral_km: Floats,
        option: np.ndarray[tuple[int], np.dtype[np.intp]],
        best: tuple[list[int], list[int], list[int]],
    ) -> tuple[Pick, ...]:
        p_of, s_of, s_after_p = best
        picks = []
        for station, chosen in enumerate(option.tolist()):
            taken = []
            if chosen == 0:
                taken.append((p_of[station], Phase.P))
                if (after := s_after_p[station]) >= 0 and np.isfinite(readings.s_gain[after]):
                    taken.append((after, Phase.S))
            elif chosen == 1:
                taken.append((s_of[station], Phase.S))
            for index, phase in taken:
                is_p = phase is Phase.P
                residual = readings.p_residual_s if is_p else readings.s_residual_s
                sigma = readings.p_sigma_s if is_p else readings.s_sigma_s
                picks.append(
                    Pick(
                        onset=scene.onsets[index],
                        phase=phase,
                        residual_s=float(residual[index]),
                        sigma_s=float(sigma[index]),
                        distance_km=float(epicentral_km[station]),
                    )
                )
        return tuple(picks)

    def _log_volume(self, location: Location, picks: tuple[Pick, ...]) -> float:
        """Return the log of the number of earthquakes expected within the origin's errors."""
        area = max(location.area_km2, _LEAST_AREA_KM2)
        # At one place the origin time is as uncertain as the mean of the onsets.
        sigma = max((pick.sigma_s for pick in picks), default=_LEAST_ORIGIN_ERROR_S)
        duration = sqrt(2 * pi) * sigma / sqrt(max(1, len(picks)))
        return self.log_density + log(area) + log(duration)
