"""Picks that join a well-located earthquake as it stands, by their residual alone.

What so many triggers located moves little by one more. Such a trigger becomes a pick at once, and
the earthquake is located anew when the picks since then are half of those that located it, or
after a few seconds, whichever is first.
"""

from dataclasses import replace
from math import hypot, log, log1p

from cloud.association.config import AssociationConfig
from cloud.association.explanation import Explanation, Pick
from cloud.association.onset import Onset
from cloud.association.quake import Quake
from cloud.association.wavefield import Wavefield
from cloud.detectability import Detectability
from cloud.location import LocationConfig
from edge.messages import Phase
from edge.timestamps import ns_to_seconds, seconds_to_ns

_LEAST_PICKS = 12
_LARGEST_UNCERTAINTY_KM = 10.0
_GROWTH = 1.5
_JOIN_DOUBT_S_KM = 0.25
_LOCATED_EVERY_S = 5.0


class Joiner:
    """Says whether a trigger joins as it is, and when its earthquake is to be located anew."""

    def __init__(
        self,
        config: AssociationConfig,
        location: LocationConfig,
        wavefield: Wavefield,
        detectability: Detectability,
    ) -> None:
        self.config = config
        self.location = location
        self.wavefield = wavefield
        self.detectability = detectability

    def likely_phase(self, quake: Quake, onset: Onset) -> Phase | None:
        """Return the phase as which an onset may fit, given how uncertain the place still is."""
        location = quake.explanation.origin.location
        doubt = _JOIN_DOUBT_S_KM * location.horizontal_uncertainty_km
        config = self.location
        best: Phase | None = None
        smallest = 1.0
        for phase, residual in self.wavefield.residuals(quake, onset).items():
            travel = max(0.0, ns_to_seconds(onset.time_ns - quake.time_ns) - residual)
            model = config.model_error_s + config.model_error_share * travel
            limit = self.config.fit_sigmas * hypot(onset.sigma_s, model) + doubt
            if abs(residual) / limit < smallest:
                best, smallest = phase, abs(residual) / limit
        return best

    def is_due(self, quake: Quake, now_ns: int) -> bool:
        """Return whether picks have joined that now shall help to locate."""
        count = len(quake.explanation.picks)
        if quake.located_with >= self.location.most_arrivals:
            # The earliest arrivals locate it, and those are there.
            return count + 1 > _GROWTH * quake.located_with
        waited = now_ns - quake.located_ns >= seconds_to_ns(_LOCATED_EVERY_S)
        return waited and count > quake.located_with

    def stands(self, quake: Quake) -> bool:
        """Return whether an earthquake is so well located that one trigger more moves little."""
        count, location = len(quake.explanation.picks), quake.explanation.origin.location
        if count < _LEAST_PICKS or count + 1 > _GROWTH * quake.located_with:
            return False
        return location.horizontal_uncertainty_km <= _LARGEST_UNCERTAINTY_KM

    def joined(self, quake: Quake, onset: Onset, rate_hz: float, now_ns: int) -> Explanation | None:
        """Return the explanation with one pick more, or None where the trigger is none.

        Args:
            quake: The earthquake, which `stands`.
            onset: A trigger that none of its picks is.
            rate_hz: Rate at which such triggers come by chance there, Hz.
            now_ns: Until when silence is known.
        """
        known = quake.explanation
        before = {pick.phase for pick in known.picks if pick.onset.station is onset.station}
        possible = [
            (self._gain(quake, pick, rate_hz, now_ns, again=bool(before)), pick)
            for pick in self._fits(quake, onset)
            if not before or (before, pick.phase) == ({Phase.P}, Phase.S)
        ]
        gain, pick = max(possible, key=lambda it: it[0], default=(0.0, None))
        if pick is None or gain <= 0:
            return None
        return replace(
            known,
            picks=(*known.picks, pick),
            evidence=known.evidence + gain,
            log_odds=known.log_odds + gain,
        )

    def _fits(self, quake: Quake, onset: Onset) -> list[Pick]:
        """Return an onset as each phase as which it fits."""
        distance, *travel_s = self.wavefield.times(quake, onset.station)
        residuals = self.wavefield.residuals(quake, onset)
        picks = []
        for (phase, residual), time_s in zip(residuals.items(), travel_s, strict=True):
            model = self.location.model_error_s + self.location.model_error_share * time_s
            sigma = hypot(onset.sigma_s, model)
            if abs(residual) <= self.config.fit_sigmas * sigma:
                picks.append(Pick(onset, phase, residual, sigma, distance))
        return picks

    def _gain(self, quake: Quake, pick: Pick, rate_hz: float, now_ns: int, *, again: bool) -> float:
        """Return by how much a pick is likelier than that it is chance: see `evidence`."""
        explanation, onset = quake.explanation, pick.onset
        is_p = pick.phase is Phase.P
        value = (onset.log_p if is_p else onset.log_s) - log(rate_hz)
        value -= abs(pick.residual_s) / pick.sigma_s + log(2 * pick.sigma_s)
        if not is_p:
            value += log(self.config.s_share)
        if again:
            return value - max(0.0, log(self.config.coda_rate_hz) - log(rate_hz))
        depth = explanation.origin.location.depth_km
        distance = hypot(pick.distance_km, depth)
        near = self.detectability.probability(distance, explanation.reach_km)
        if is_p:
            value += log(near + 1e-6)
        else:
            only_s = self.detectability.only_s(distance, explanation.reach_km)
            value += log(only_s + 1e-6)
        p_s = self.wavefield.times(quake, onset.station)[1]
        due_s = p_s + self.detectability.config.grace_s
        passed = ns_to_seconds(now_ns - quake.time_ns) > due_s
        return value - log1p(-near) if passed else value
