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

from math import log, pi, sqrt
from typing import Final

import numpy as np

from cloud.association.config import AssociationConfig
from cloud.association.evidence import NO_CHANCE, Best, P, Place, Readings, Rules, S, weigh
from cloud.association.explanation import Explanation, Origin, Pick
from cloud.association.onset import Onset
from cloud.association.scene import Scene
from cloud.detectability import Detectability
from cloud.location import Location, Locator
from cloud.traveltimes.table import DEPTH_STEP_KM
from cloud.velocity.model import Floats
from edge.messages import Phase

REACHES_KM: Final = np.array([25.0, 40.0, 65.0, 100.0, 160.0, 250.0, 400.0])
_SECONDS_PER_DAY = 86_400.0
_LEAST_ORIGIN_ERROR_S = 0.1
_LEAST_AREA_KM2 = 1.0


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
        table, rules = locator.travel_times, locator.config
        self.rules = Rules(
            p_s=table.table(Phase.P),
            s_s=table.table(Phase.S),
            depth_step_km=DEPTH_STEP_KM,
            p_delay_s_m=table.elevation_delay_s(Phase.P, 1.0),
            s_delay_s_m=table.elevation_delay_s(Phase.S, 1.0),
            reaches_km=REACHES_KM,
            log_reach=detectability.log_reach(REACHES_KM),
            best_probability=detectability.config.best_probability,
            grace_s=detectability.config.grace_s,
            fit_sigmas=config.fit_sigmas,
            model_error_s=rules.model_error_s,
            model_error_share=rules.model_error_share,
            log_s_share=log(config.s_share),
            log_late_share=log(config.late_share),
            log_coda=log(config.coda_rate_hz),
        )

    def explain(self, scene: Scene, location: Location, chance: Onset | None = None) -> Explanation:
        """Return what a location explains of a scene.

        Args:
            scene: Triggers and silent stations.
            location: The location.
            chance: A trigger that is to be taken for chance, if any.
        """
        index = NO_CHANCE if chance is None else scene.onsets.index(chance)
        place = Place(location.x_km, location.y_km, location.depth_km, location.origin_s)
        evidence, reach, readings, best, taken_for, epicentral = weigh(
            scene.seen, place, self.rules, index
        )
        picks = _picks(scene, readings, best, taken_for.tolist(), epicentral)
        return Explanation(
            origin=Origin(scene.plane, scene.reference_ns, location),
            picks=picks,
            reach_km=float(REACHES_KM[reach]),
            evidence=evidence,
            log_odds=evidence + self._log_volume(location, picks),
        )

    def silent_for_s(self, scene: Scene, location: Location) -> float:
        """Return after how long the waves will have passed the next station, s."""
        seen, grace = scene.seen, self.detectability.config.grace_s
        distance = np.hypot(seen.x_km - location.x_km, seen.y_km - location.y_km)
        travel = self.locator.travel_times.times(Phase.P, distance, location.depth_km)
        left = location.origin_s + travel + grace - seen.now_s
        return float(left[left >= 0].min(initial=np.inf))

    def _log_volume(self, location: Location, picks: tuple[Pick, ...]) -> float:
        """Return the log of the number of earthquakes expected within the origin's errors."""
        area = max(location.area_km2, _LEAST_AREA_KM2)
        # At one place the origin time is as uncertain as the mean of the onsets.
        sigma = max((pick.sigma_s for pick in picks), default=_LEAST_ORIGIN_ERROR_S)
        duration = sqrt(2 * pi) * sigma / sqrt(max(1, len(picks)))
        return self.log_density + log(area) + log(duration)


def _picks(
    scene: Scene, readings: Readings, best: Best, taken_for: list[int], epicentral_km: Floats
) -> tuple[Pick, ...]:
    """Return the picks: of each station its P, with the S after it, or its S alone."""
    picks = []
    for station, reading in enumerate(taken_for):
        taken = []
        if reading == P:
            taken.append((int(best.p[station]), Phase.P))
            if (after := int(best.s_after_p[station])) >= 0:
                taken.append((after, Phase.S))
        elif reading == S:
            taken.append((int(best.s[station]), Phase.S))
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
