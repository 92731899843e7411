"""The online association: triggers in, earthquakes that change out.

A trigger first tries to become a pick of an earthquake that is known. If it fits none, but would
together with other triggers make a better whole of a young one, that one is explained anew. If it
lies within the waves of one, that one accounts for it. What is left waits, and each newcomer
looks for an origin that explains it together with the others that wait (and, with little weight,
with those that a known earthquake accounts for: a second earthquake may begin within the first).

Several earthquakes are kept apart, or put together, by the odds: of one origin for all triggers,
against those of two.
"""

from collections.abc import Iterable
from math import hypot

from cloud.association.config import AssociationConfig
from cloud.association.explanation import Explainer, Explanation
from cloud.association.onset import Onset
from cloud.association.quake import Quake
from cloud.association.search import OriginSearch, RateHz
from cloud.association.stations import Station, StationBook
from cloud.association.wavefield import Wavefield
from cloud.geodesy import great_circle_km
from edge.messages import Phase
from edge.timestamps import ns_to_seconds, seconds_to_ns

_YOUNG_S = 120.0
_YOUNG_PICKS = 8
_JOIN_DOUBT_S_KM = 0.25
_SLOWEST_KM_S = 3.0
_S_AFTER_P_S = 30.0
_MOST_WAITING = 2048
_MOST_WAITING_A_STATION = 6
_GAIN_TO_EXPLAIN_ANEW = 1.0
_REJUDGE_EVERY_S = 1.0


class Associator:
    """Keeps the triggers that wait and the earthquakes that are known."""

    def __init__(
        self,
        config: AssociationConfig,
        search: OriginSearch,
        explainer: Explainer,
        wavefield: Wavefield,
        stations: StationBook,
        min_stations: int,
    ) -> None:
        self.config = config
        self.search = search
        self.explainer = explainer
        self.wavefield = wavefield
        self.stations = stations
        self.min_stations = min_stations
        self.quakes: dict[int, Quake] = {}
        self.waiting: dict[str, Onset] = {}
        self._next_number = 0
        self._judged_ns = 0

    def add(self, onset: Onset, now_ns: int) -> list[Quake]:
        """Take a new trigger; return the earthquakes that changed."""
        for quake in self._alive_by_distance_in_time(onset):
            if self._join(quake, onset, now_ns):
                return [quake]
        for quake in self._alive_by_distance_in_time(onset):
            if self._explain_anew(quake, onset, now_ns):
                return [quake]
        for quake in self.quakes.values():
            if quake.reason is None and self.wavefield.holds(quake, onset):
                quake.claim(onset)
                break
        else:
            self._wait(onset)
        founded = self._found(onset, now_ns)
        return [founded] if founded is not None else []

    def remove(self, onset_id: str, now_ns: int) -> list[Quake]:
        """Forget a trigger; return the earthquakes that changed."""
        self.waiting.pop(onset_id, None)
        changed = []
        for quake in self.quakes.values():
            quake.claimed.pop(onset_id, None)
            if quake.alive and quake.holds(onset_id):
                rest = [(onset, phase) for onset, phase in quake.picked() if onset.id != onset_id]
                self._refit(quake, rest, [o for o in quake.onsets() if o.id != onset_id], now_ns)
                changed.append(quake)
        return changed

    def replace(self, onset: Onset, now_ns: int) -> list[Quake]:
        """Take a later revision of a trigger; return the earthquakes that changed."""
        changed = self.remove(onset.id, now_ns)
        added = self.add(onset, now_ns)
        return list(dict.fromkeys([*changed, *added]))

    def refresh(self, onset: Onset) -> list[Quake]:
        """Take a revision that changes no onset; return the earthquakes with it as a pick."""
        if onset.id in self.waiting:
            self.waiting[onset.id] = onset
        changed = []
        for quake in self.quakes.values():
            if onset.id in quake.claimed:
                quake.claimed[onset.id] = onset
            if quake.alive and quake.holds(onset.id):
                quake.explanation = quake.explanation.with_onset(onset)
                changed.append(quake)
        return changed

    def tick(self, now_ns: int) -> list[Quake]:
        """Let time pass: forget old triggers, and judge young earthquakes by the silence."""
        oldest = now_ns - seconds_to_ns(self.config.window_s)
        for onset in [each for each in self.waiting.values() if each.time_ns < oldest]:
            del self.waiting[onset.id]
            onset.station.noise.add(onset.time_ns)
        if now_ns - self._judged_ns < seconds_to_ns(_REJUDGE_EVERY_S):
            return []
        self._judged_ns = now_ns
        return [quake for quake in self._young(now_ns) if self._judge(quake, now_ns)]

    def _judge(self, quake: Quake, now_ns: int) -> bool:
        """Weigh the silence since; return whether the earthquake is given up."""
        onsets = quake.onsets()
        quake.explanation = self.explainer.explain(
            quake.explanation.origin, onsets, self._silent(onsets), now_ns, self._rate(quake)
        )
        return self._give_up_if_weak(quake, "silence")

    # --- joining ---------------------------------------------------------------------------

    def _alive_by_distance_in_time(self, onset: Onset) -> list[Quake]:
        alive = [quake for quake in self.quakes.values() if quake.alive]
        return sorted(alive, key=lambda quake: (abs(onset.time_ns - quake.time_ns), quake.number))

    def _join(self, quake: Quake, onset: Onset, now_ns: int) -> bool:
        """Make an onset a pick, if origin and onset agree once it is located with it."""
        phase = self._likely_phase(quake, onset)
        if phase is None:
            return False
        found = self._refined(
            quake, [*quake.picked(), (onset, phase)], [*quake.onsets(), onset], now_ns
        )
        if found is None or all(pick.onset is not onset for pick in found.picks):
            return False
        if found.count(Phase.P) < quake.explanation.count(Phase.P):
            return False
        self._adopt(quake, found, now_ns)
        return True

    def _likely_phase(self, quake: Quake, onset: Onset) -> Phase | None:
        """Return the phase as which an onset may fit, given how uncertain the place still is."""
        location = quake.explanation.origin.location
        doubt = _JOIN_DOUBT_S_KM * location.horizontal_uncertainty_km
        best: Phase | None = None
        smallest = 1.0
        for phase, residual in self.wavefield.residuals(quake, onset).items():
            travel = max(0.0, ns_to_seconds(onset.time_ns - quake.time_ns) - residual)
            config = self.search.locator.config
            model = config.model_error_s + config.model_error_share * travel
            limit = self.config.fit_sigmas * hypot(onset.sigma_s, model) + doubt
            if abs(residual) / limit < smallest:
                best, smallest = phase, abs(residual) / limit
        return best

    def _explain_anew(self, quake: Quake, onset: Onset, now_ns: int) -> bool:
        """Search anew for a young earthquake's origin, with the newcomer and all that wait."""
        age = ns_to_seconds(onset.time_ns - quake.time_ns)
        if abs(age) > _YOUNG_S or len(quake.explanation.picks) > _YOUNG_PICKS:
            return False
        candidates = self._feasible(onset, [*quake.onsets(), *self.waiting.values()])
        silent = self._silent([onset, *candidates])
        found = self.search.find(onset, candidates, silent, now_ns, self._rate(quake))
        if found is None:
            return False
        kept = {pick.onset.id for pick in found.picks}
        before = [pick.onset.id for pick in quake.explanation.picks]
        if 2 * sum(each in kept for each in before) < len(before):
            return False
        if found.log_odds < quake.explanation.log_odds + _GAIN_TO_EXPLAIN_ANEW:
            return False
        self._adopt(quake, found, now_ns)
        return True

    def _refined(
        self,
        quake: Quake,
        picked: list[tuple[Onset, Phase]],
        onsets: list[Onset],
        now_ns: int,
    ) -> Explanation | None:
        origin = quake.explanation.origin
        location = origin.location
        half_width = max(10.0, 2.5 * location.horizontal_uncertainty_km)
        return self.search.refine(
            picked,
            (origin.plane, location.x_km, location.y_km, half_width),
            self._silent(onsets),
            now_ns,
            self._rate(quake),
            onsets,
        )

    def _refit(
        self,
        quake: Quake,
        picked: list[tuple[Onset, Phase]],
        onsets: list[Onset],
        now_ns: int,
    ) -> None:
        """Locate anew from fewer picks; give the earthquake up where too little is left."""
        found = self._refined(quake, picked, onsets, now_ns)
        if found is not None:
            self._adopt(quake, found, now_ns)
        if found is None or not self._enough(found):
            self._give_up(quake, "too few triggers are left: the others were retracted or moved")

    def _adopt(self, quake: Quake, found: Explanation, now_ns: int) -> None:
        """Let an explanation hold; what it no longer explains is claimed or waits again."""
        before = quake.onsets()
        quake.explanation = found
        quake.changed_ns = now_ns
        picks = {pick.onset.id for pick in found.picks}
        for onset_id in picks:
            self.waiting.pop(onset_id, None)
            quake.claimed.pop(onset_id, None)
            for other in self.quakes.values():
                if other is not quake:
                    other.claimed.pop(onset_id, None)
        for onset in [*before, *self.waiting.values()]:
            if onset.id in picks:
                continue
            if self.wavefield.holds(quake, onset):
                self.waiting.pop(onset.id, None)
                quake.claim(onset)
            elif onset.id not in self.waiting:
                quake.claimed.pop(onset.id, None)
                self._wait(onset)

    # --- founding --------------------------------------------------------------------------

    def _found(self, onset: Onset, now_ns: int) -> Quake | None:
        """Return the earthquake that an onset founds with others, or that it thereby joins."""
        claimed = [each for quake in self.quakes.values() for each in quake.claimed.values()]
        candidates = self._feasible(onset, [*self.waiting.values(), *claimed])
        if len({each.station for each in candidates} | {onset.station}) < self.min_stations:
            return None
        silent = self._silent([onset, *candidates])
        found = self.search.find(onset, candidates, silent, now_ns, self._rate(None))
        if found is None or not self._enough(found) or found.log_odds < self.config.min_log_odds:
            return None
        for quake in self._alive_by_distance_in_time(onset):
            if self._merge(quake, found, now_ns):
                return quake
        self._next_number += 1
        quake = Quake(self._next_number, found, created_ns=now_ns, changed_ns=now_ns)
        self.quakes[quake.number] = quake
        self._adopt(quake, found, now_ns)
        return quake

    def _merge(self, quake: Quake, found: Explanation, now_ns: int) -> bool:
        """Put what was found into a known earthquake, where one origin for all does better."""
        if abs(ns_to_seconds(found.origin.time_ns - quake.time_ns)) > _YOUNG_S:
            return False
        new = [pick.onset for pick in found.picks]
        onsets = list(dict.fromkeys([*new, *quake.onsets()]))
        silent = self._silent(onsets)
        joint = self._refined(
            quake, [*quake.picked(), *((p.onset, p.phase) for p in found.picks)], onsets, now_ns
        )
        seed = min(new, key=lambda each: (each.time_ns, each.id))
        searched = self.search.find(seed, onsets, silent, now_ns, self._rate(quake))
        best = max(
            (each for each in (joint, searched) if each is not None),
            key=lambda each: each.log_odds,
            default=None,
        )
        apart = quake.explanation.log_odds + found.log_odds
        if best is None or best.log_odds < apart:
            return False
        self._adopt(quake, best, now_ns)
        return True

    def _enough(self, explanation: Explanation) -> bool:
        """Return whether enough stations have a pick, at most one of them an S alone."""
        return (
            len(explanation.stations()) >= self.min_stations
            and explanation.count(Phase.P) >= self.min_stations - 1
        )

    def _feasible(self, onset: Onset, others: Iterable[Onset]) -> list[Onset]:
        """Return other onsets that one earthquake could have made together with this one."""
        result = []
        for other in dict.fromkeys(others):
            if other.id == onset.id:
                continue
            distance = float(
                great_circle_km(
                    onset.station.latitude,
                    onset.station.longitude,
                    other.station.latitude,
                    other.station.longitude,
                )
            )
            limit = distance / _SLOWEST_KM_S + _S_AFTER_P_S
            apart = abs(ns_to_seconds(onset.time_ns - other.time_ns))
            if apart <= limit and distance <= 2 * self.config.search_radius_km:
                result.append(other)
        return result

    # --- keeping ---------------------------------------------------------------------------

    def _rate(self, quake: Quake | None) -> RateHz:
        """Return the rate of chance triggers, raised within the waves of other earthquakes."""
        others = [q for q in self.quakes.values() if q is not quake and q.reason is None]

        def rate_hz(onset: Onset) -> float:
            base = onset.station.noise.rate_hz(onset.time_ns)
            if any(self.wavefield.holds(other, onset) for other in others):
                return max(base, self.config.coda_rate_hz)
            return base

        return rate_hz

    def _silent(self, onsets: list[Onset]) -> list[Station]:
        first = min(onsets, key=lambda onset: (onset.time_ns, onset.id)).station
        heard = len({onset.station for onset in onsets})
        return self.stations.listening_near(
            first.latitude,
            first.longitude,
            self.config.search_radius_km,
            self.config.most_silent + heard,
        )

    def _young(self, now_ns: int) -> list[Quake]:
        limit = seconds_to_ns(_YOUNG_S)
        return [q for q in self.quakes.values() if q.alive and now_ns - q.time_ns < limit]

    def _give_up_if_weak(self, quake: Quake, reason: str) -> bool:
        if self._enough(quake.explanation) and quake.explanation.log_odds > 0:
            return False
        self._give_up(quake, reason)
        return True

    def _give_up(self, quake: Quake, reason: str) -> None:
        quake.reason = reason
        for onset in quake.onsets():
            self._wait(onset)
        quake.claimed.clear()

    def _wait(self, onset: Onset) -> None:
        """Keep a trigger that nothing explains; the oldest of a station, then of all, give way."""
        same = [each for each in self.waiting.values() if each.station is onset.station]
        if len(same) >= _MOST_WAITING_A_STATION:
            dropped = self.waiting.pop(same[0].id)
            dropped.station.noise.add(dropped.time_ns)
        if len(self.waiting) >= _MOST_WAITING:
            self.waiting.pop(next(iter(self.waiting)))
        self.waiting[onset.id] = onset
