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

from cloud.association.config import AssociationConfig
from cloud.association.explainer import Explainer
from cloud.association.explanation import Explanation, better, likeliest
from cloud.association.front import Front, Fronts
from cloud.association.joining import Joiner
from cloud.association.onset import Onset
from cloud.association.quake import Quake
from cloud.association.scene import Scene
from cloud.association.search import OriginSearch, Picked
from cloud.association.split import Splitter
from cloud.association.stage import Stage
from cloud.association.stations import StationBook
from cloud.association.waiting import WaitingRoom
from cloud.association.wavefield import Wavefield
from edge.messages import Phase
from edge.timestamps import ns_to_seconds, seconds_to_ns

_YOUNG_S = 120.0
_YOUNG_PICKS = 8
_YOUNG_HALF_WIDTH_KM = 80.0
_HALF_WIDTH_KM = 20.0
_FITS_WELL = 3.0
"""Log odds that a trigger adds which the origin as it is explains, with no need for another."""
_REJUDGE_EVERY_S = 1.0
_REJUDGE_AT_LEAST_EVERY_S = 10.0


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
        self.min_stations = min_stations
        self.quakes: dict[int, Quake] = {}
        self.waiting = WaitingRoom()
        self.fronts = Fronts(config)
        self.splitter = Splitter(config, search)
        self.stage = Stage(config, wavefield, stations, self.quakes, self.waiting, self.fronts)
        self.joiner = Joiner(config, search.locator.config, wavefield, explainer.detectability)
        self._next_number = 0
        self._split_off: list[Quake] = []
        self._judged_ns = 0

    def add(self, onset: Onset, now_ns: int) -> list[Quake]:
        """Take a new trigger; return the earthquakes that changed."""
        changed = []
        for quake in self._alive_by_distance_in_time(onset):
            before = quake.explanation
            taken = self._take(quake, onset, now_ns)
            if quake.explanation is not before:
                changed.append(quake)
            if taken:
                return [*changed, *self._unsaid()]
        if self.fronts.hold(onset):
            return changed
        for quake in self.quakes.values():
            if quake.reason is None and self.wavefield.holds(quake, onset):
                known = quake.relocation is not None
                quake.claim(
                    onset, fits=known and self.joiner.likely_phase(quake, onset) is not None
                )
                break
        else:
            self.waiting.add(onset)
        return list(dict.fromkeys([*changed, *self._found(onset, now_ns)]))

    def remove(self, onset_id: str, now_ns: int) -> list[Quake]:
        """Forget a trigger; return the earthquakes that changed."""
        self.waiting.discard(onset_id)
        changed = []
        for quake in self.quakes.values():
            quake.claimed.pop(onset_id, None)
            if quake.alive and quake.explanation.holds(onset_id):
                self._refit_without(quake, onset_id, now_ns)
                changed.append(quake)
        return changed

    def replace(self, onset: Onset, now_ns: int) -> list[Quake]:
        """Take a later revision of a trigger; return the earthquakes that changed."""
        for quake in self.quakes.values():
            if quake.alive and quake.explanation.holds(onset.id):
                if self._move(quake, onset, now_ns):
                    return [quake]
                break
        changed = self.remove(onset.id, now_ns)
        added = self.add(onset, now_ns)
        return list(dict.fromkeys([*changed, *added]))

    def refresh(self, onset: Onset) -> list[Quake]:
        """Take a revision that changes no onset; return the earthquakes with it as a pick."""
        self.waiting.refresh(onset)
        changed = []
        for quake in self.quakes.values():
            if onset.id in quake.claimed:
                quake.claimed[onset.id] = onset
            if quake.alive and quake.explanation.holds(onset.id):
                quake.explanation = quake.explanation.with_onset(onset)
                changed.append(quake)
        return changed

    def tick(self, now_ns: int) -> list[Quake]:
        """Let time pass: forget old triggers, and judge young earthquakes by the silence."""
        self.fronts.forget(now_ns)
        for onset in self.waiting.leave(now_ns - seconds_to_ns(self.config.window_s)):
            onset.station.noise.add(onset.time_ns)
        if now_ns - self._judged_ns < seconds_to_ns(_REJUDGE_EVERY_S):
            return []
        self._judged_ns = now_ns
        young = now_ns - seconds_to_ns(_YOUNG_S)
        quakes = [quake for quake in self.quakes.values() if quake.alive and quake.time_ns > young]
        located = [quake for quake in quakes if self._locate_anew(quake, now_ns)]
        judged = [quake for quake in quakes if quake not in located and self._judge(quake, now_ns)]
        return [*located, *judged, *self._unsaid()]

    # --- joining ---------------------------------------------------------------------------

    def _alive_by_distance_in_time(self, onset: Onset) -> list[Quake]:
        alive = [quake for quake in self.quakes.values() if quake.alive]
        return sorted(alive, key=lambda quake: (abs(onset.time_ns - quake.time_ns), quake.number))

    def _take(self, quake: Quake, onset: Onset, now_ns: int) -> bool:
        """Make an onset a pick, if that is likelier than chance; return whether it is one.

        While the earthquake is young its origin is searched anew each time, with all that wait:
        what the first few triggers said of it may have been wrong.
        """
        phase = self.joiner.likely_phase(quake, onset)
        young = self._is_young(quake, onset) and self.wavefield.may_reach(quake, onset.station)
        if phase is None and not young:
            return False
        if self.joiner.stands(quake):
            return self._join(quake, onset, now_ns)
        others = quake.onsets()
        if young:
            others += self.stage.feasible(onset, self.waiting)
        scene = self.stage.of(list(dict.fromkeys([*others, onset])), now_ns, quake)
        as_it_is = self.explainer.explain(scene, quake.explanation.origin.location, chance=onset)
        best: Explanation | None = None
        if phase is not None:
            picked = quake.explanation.picked() | {(onset, phase)}
            best = self._refined(quake, scene, picked)
        fits_well = best is not None and best.log_odds > as_it_is.log_odds + _FITS_WELL
        if young and not fits_well:
            # Origins without the new trigger were looked for when the others came.
            known, least = quake.explanation.picked(), as_it_is.log_odds
            if best is not None:
                known, least = best.picked(), max(least, best.log_odds)
            best = likeliest([best, self.search.find(scene, onset, least, known)])
        if best is None or not self._enough(best) or not better(best, as_it_is):
            return False
        self._settle(quake, best, now_ns)
        self._hear_rivals(quake, scene, now_ns)
        return best.holds(onset.id)

    def _join(self, quake: Quake, onset: Onset, now_ns: int) -> bool:
        """Make an onset a pick of an earthquake as it stands; return whether it is one."""
        joined = self.joiner.joined(quake, onset, self.stage.rate(quake)(onset), now_ns)
        if joined is None:
            return False
        quake.explanation = joined
        quake.changed_ns = now_ns
        return True

    def _locate_anew(self, quake: Quake, now_ns: int) -> bool:
        """Let picks that joined help to locate, where that is due; return whether it was done."""
        if not self.joiner.is_due(quake, now_ns):
            return False
        scene = self.stage.of(quake.onsets(), now_ns, quake)
        found = self._refined(quake, scene, quake.explanation.picked())
        if found is None or not self._enough(found):
            return False
        self._settle(quake, found, now_ns)
        self._hear_rivals(quake, scene, now_ns)
        return True

    def _hear_rivals(self, quake: Quake, scene: Scene, now_ns: int) -> None:
        """Give an earthquake up for a distant one, or make it two, where that explains more."""
        one = quake.explanation
        front = self.fronts.better(scene, one)
        if front is not None:
            self._give_up_to(front, quake)
        elif (both := self.splitter.split(scene, one)) is not None:
            self._settle(quake, both[0], now_ns)
            self._split_off.append(self._begin(both[1], now_ns, quake.unrest_hz))

    def _unsaid(self) -> list[Quake]:
        """Return the earthquakes that others were split into since the last call."""
        unsaid, self._split_off = self._split_off, []
        return unsaid

    @staticmethod
    def _is_young(quake: Quake, onset: Onset) -> bool:
        age = abs(ns_to_seconds(onset.time_ns - quake.time_ns))
        return age < _YOUNG_S and len(quake.explanation.picks) <= _YOUNG_PICKS

    def _move(self, quake: Quake, onset: Onset, now_ns: int) -> bool:
        """Let a pick have the onset of a later revision, where it still is one."""
        picked = frozenset(
            (onset if each.id == onset.id else each, phase)
            for each, phase in quake.explanation.picked()
        )
        onsets = [onset if each.id == onset.id else each for each in quake.onsets()]
        found = self._refined(quake, self.stage.of(onsets, now_ns, quake), picked)
        if found is None or not found.holds(onset.id):
            return False
        if not self._enough(found) or found.count(Phase.P) < quake.explanation.count(Phase.P):
            return False
        self._settle(quake, found, now_ns)
        return True

    def _refit_without(self, quake: Quake, onset_id: str, now_ns: int) -> None:
        """Locate anew without one pick; give the earthquake up where too little is left."""
        onsets = [each for each in quake.onsets() if each.id != onset_id]
        picked = frozenset(item for item in quake.explanation.picked() if item[0].id != onset_id)
        found = None
        if onsets:
            found = self._refined(quake, self.stage.of(onsets, now_ns, quake), picked)
        if found is None or not self._enough(found):
            self._give_up(quake, "too few triggers are left: the others were retracted or moved")
        else:
            self._settle(quake, found, now_ns)
        self.waiting.discard(onset_id)
        quake.claimed.pop(onset_id, None)

    def _refined(self, quake: Quake, scene: Scene, picked: Picked) -> Explanation | None:
        location = quake.explanation.origin.location
        young = len(quake.explanation.picks) <= _YOUNG_PICKS
        least = _YOUNG_HALF_WIDTH_KM if young else _HALF_WIDTH_KM
        half_width = max(least, 2.5 * location.horizontal_uncertainty_km)
        return self.search.refine(scene, picked, (location.x_km, location.y_km, half_width))

    def _settle(self, quake: Quake, found: Explanation, now_ns: int) -> None:
        """Let an explanation hold; what it no longer explains is claimed or waits again."""
        before = quake.onsets()
        quake.explanation = found
        quake.changed_ns = quake.located_ns = now_ns
        quake.located_with = len(found.picks)
        quake.judge_again_ns = now_ns
        picks = {pick.onset.id for pick in found.picks}
        for onset_id in picks:
            self.waiting.discard(onset_id)
            for each in self.quakes.values():
                each.claimed.pop(onset_id, None)
        now = {pick.onset.id: pick.onset for pick in found.picks}
        for onset in self.waiting:
            if self.wavefield.holds(quake, onset):
                self.waiting.discard(onset.id)
                quake.claim(onset)
        for onset in before:
            if onset.id in now:
                continue
            if self.wavefield.holds(quake, onset):
                quake.claim(onset)
            else:
                quake.claimed.pop(onset.id, None)
                self.waiting.add(onset)

    # --- founding --------------------------------------------------------------------------

    def _found(self, onset: Onset, now_ns: int) -> list[Quake]:
        """Return the earthquakes that change when an onset founds one with others, or joins one."""
        loose = [each for quake in self.quakes.values() for each in quake.loose()]
        scene = self.stage.around(onset, [*self.waiting, *loose], now_ns)
        if scene.seen.heard < self.min_stations:
            return []
        least = self.config.min_log_odds
        found = self.search.find(scene, onset, least)
        if found is None or not self._enough(found) or found.log_odds < least:
            return []
        front = self.fronts.better(scene, found)
        if front is not None:
            self._let_account(front, scene.onsets)
            return []
        for quake in self._alive_by_distance_in_time(onset):
            if self._merge(quake, found, now_ns):
                return [quake]
        quake = self._begin(found, now_ns, scene.unrest_hz)
        return [quake, *self._take_from_others(quake, now_ns)]

    def _begin(self, found: Explanation, now_ns: int, unrest_hz: float) -> Quake:
        """Hold an earthquake that was not known."""
        self._next_number += 1
        quake = Quake(
            self._next_number, found, created_ns=now_ns, changed_ns=now_ns, unrest_hz=unrest_hz
        )
        self.quakes[quake.number] = quake
        self._settle(quake, found, now_ns)
        return quake

    def _take_from_others(self, quake: Quake, now_ns: int) -> list[Quake]:
        """Take a new earthquake's picks from those that held them; return which did."""
        changed = []
        for other in self.quakes.values():
            held = [
                p.onset.id for p in quake.explanation.picks if other.explanation.holds(p.onset.id)
            ]
            if other is not quake and other.alive and held:
                for onset_id in held:
                    if other.alive and other.explanation.holds(onset_id):
                        self._refit_without(other, onset_id, now_ns)
                changed.append(other)
        return changed

    def _merge(self, quake: Quake, found: Explanation, now_ns: int) -> bool:
        """Put what was found into a known earthquake, where one origin for all does better."""
        if abs(ns_to_seconds(found.origin.time_ns - quake.time_ns)) > _YOUNG_S:
            return False
        new = [pick.onset for pick in found.picks]
        scene = self.stage.of(list(dict.fromkeys([*new, *quake.onsets()])), now_ns, quake)
        apart = quake.explanation.log_odds + found.log_odds
        seed = min(new, key=lambda each: (each.time_ns, each.id))
        best = likeliest(
            [
                self._refined(quake, scene, quake.explanation.picked() | found.picked()),
                self.search.find(scene, seed, apart),
            ]
        )
        if best is None or not self._enough(best) or best.log_odds < apart:
            return False
        self._settle(quake, best, now_ns)
        return True

    def _enough(self, explanation: Explanation) -> bool:
        """Return whether enough stations saw P: S alone may be the S of something else."""
        return explanation.count(Phase.P) >= self.min_stations

    # --- judging ---------------------------------------------------------------------------

    def _judge(self, quake: Quake, now_ns: int) -> bool:
        """Weigh the silence since; return whether the earthquake is moved or given up."""
        if now_ns < quake.judge_again_ns:
            return False
        scene = self.stage.of(quake.onsets(), now_ns, quake)
        location = quake.explanation.origin.location
        now = self.explainer.explain(scene, location)
        if now.log_odds > 0:
            wait_s = min(self.explainer.silent_for_s(scene, location), _REJUDGE_AT_LEAST_EVERY_S)
            quake.judge_again_ns = now_ns + seconds_to_ns(wait_s)
            return False
        if not self._moved(quake, now_ns):
            self._give_up(quake, "stations that the waves must have passed kept silent")
        return True

    def _moved(self, quake: Quake, now_ns: int) -> bool:
        """Look for another origin of an earthquake whose own is no longer likely."""
        first = min(quake.onsets(), key=lambda onset: onset.time_ns)
        onsets = [*quake.onsets(), *self.stage.feasible(first, self.waiting)]
        scene = self.stage.of(list(dict.fromkeys(onsets)), now_ns, quake)
        least = self.config.min_log_odds
        best = likeliest(
            self.search.find(scene, pick.onset, least) for pick in quake.explanation.picks
        )
        if best is None or best.log_odds < least or not self._enough(best):
            return False
        self._settle(quake, best, now_ns)
        return True

    def _let_account(self, front: Front, onsets: Iterable[Onset]) -> None:
        """Let a front account for the triggers that it made."""
        self.fronts.add(front)
        for onset in onsets:
            if self.fronts.hold(onset):
                self.waiting.discard(onset.id)

    def _give_up_to(self, front: Front, quake: Quake) -> None:
        """Give an earthquake up for the front of a distant one."""
        onsets = quake.onsets()
        self._give_up(quake, "the waves of a distant earthquake explain the triggers better")
        self._let_account(front, onsets)

    def _give_up(self, quake: Quake, reason: str) -> None:
        quake.reason = reason
        for onset in quake.onsets():
            self.waiting.add(onset)
        quake.claimed.clear()
