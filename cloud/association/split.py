"""Two earthquakes at once that one origin between them explains badly.

What comes first is taken for one earthquake, and one origin can stretch over the triggers of two
that are near each other and at the same time. Its residuals then are large everywhere. The stations
around the first trigger saw one of the two alone: an origin from those, and another from what that
does not explain, do better if there are two.
"""

from typing import Final

import numpy as np

from cloud.association.config import AssociationConfig
from cloud.association.explanation import Explanation, Pick
from cloud.association.scene import Scene
from cloud.association.search import OriginSearch
from edge.messages import Phase

_LEAST_P: Final = 12
_LARGE_MISFIT: Final = 0.6
"""Mean residual in standard errors from which one origin explains badly; good ones have 0.3."""
_NEAREST: Final = 6
_HALF_WIDTH_KM: Final = 40.0
_SHARE_LEFT: Final = 0.6
"""Two origins leave at most this share of the misfit of one, and `_CLEARLY` less."""
_CLEARLY: Final = 12.0


class Splitter:
    """Finds the two origins, where there are two."""

    def __init__(self, config: AssociationConfig, search: OriginSearch) -> None:
        self.config = config
        self.search = search

    def split(self, scene: Scene, one: Explanation) -> tuple[Explanation, Explanation] | None:
        """Return the explanations of two earthquakes in place of one, or None.

        Args:
            scene: The triggers of the one, and the silent stations.
            one: What its origin explains.
        """
        p_picks = [pick for pick in one.picks if pick.phase is Phase.P]
        if len(p_picks) < _LEAST_P or _mean_misfit(one) < _LARGE_MISFIT:
            return None
        first = self._from_the_nearest(scene, p_picks)
        if first is None:
            return None
        rest = scene.without({pick.onset for pick in first.picks})
        if rest is None:
            return None
        seed = min(rest.onsets, key=lambda onset: (onset.time_ns, onset.id))
        second = self.search.find(rest, seed, self.config.min_log_odds)
        if second is None or second.log_odds < self.config.min_log_odds:
            return None
        before, after = self._misfit(scene, one), self._misfit(scene, first, second)
        if after > min(_SHARE_LEFT * before, before - _CLEARLY):
            return None
        return first, second

    def _from_the_nearest(self, scene: Scene, picks: list[Pick]) -> Explanation | None:
        """Return the origin that the stations around the first trigger saw."""
        seen = scene.seen
        place = {station: index for index, station in enumerate(scene.stations[: seen.heard])}
        first = min(picks, key=lambda pick: (pick.onset.time_ns, pick.onset.id))
        x, y = (side[place[first.onset.station]] for side in (seen.x_km, seen.y_km))
        away = np.hypot(seen.x_km[: seen.heard] - x, seen.y_km[: seen.heard] - y)
        nearest = sorted(picks, key=lambda pick: float(away[place[pick.onset.station]]))[:_NEAREST]
        picked = frozenset((pick.onset, Phase.P) for pick in nearest)
        return self.search.refine(scene, picked, (float(x), float(y), _HALF_WIDTH_KM))

    def _misfit(self, scene: Scene, *explanations: Explanation) -> float:
        """Return the sum over the stations of the best residual, in standard errors."""
        most = self.config.fit_sigmas
        best = dict.fromkeys(scene.stations[: scene.seen.heard], most)
        for explanation in explanations:
            for pick in explanation.picks:
                station = pick.onset.station
                best[station] = min(best[station], abs(pick.residual_s) / pick.sigma_s)
        return sum(best.values())


def _mean_misfit(explanation: Explanation) -> float:
    """Return the mean residual of an explanation's picks, in standard errors."""
    return float(np.mean([abs(pick.residual_s) / pick.sigma_s for pick in explanation.picks]))
