"""Judges an event by what a picker saw in its waveforms: anew located, refuted, or let be."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cloud.association.explanation import Explanation
from cloud.association.stations import Station, StationBook
from cloud.location import Locator
from cloud.thorough.config import RelocationConfig
from cloud.thorough.relocating import Relocator
from cloud.thorough.verdict import (
    Refutation,
    Relocation,
    StationPicks,
    Verdict,
    WaveformArrival,
)
from edge.messages import Phase
from edge.timestamps import seconds_to_ns

_LEAST_LOOKED_AT: Final = 0.6
"""Share of the stations that triggered whose waveforms must be at hand to refute an event."""
_BEFORE_ONSET_NS: Final = seconds_to_ns(3.0)
_AFTER_ONSET_NS: Final = seconds_to_ns(30.0)
"""What a picker sees so long before or after a trigger's onset speaks for the event."""


class Court:
    """Passes verdicts; keeps nothing.

    Args:
        config: The rules.
        locator: That of the triggers; its errors give way to those of the rules.
        stations: All that are known.
    """

    def __init__(self, config: RelocationConfig, locator: Locator, stations: StationBook) -> None:
        self._config = config
        self._stations = stations
        errors = {
            "model_error_s": config.model_error_s,
            "model_error_share": config.model_error_share,
            "most_arrivals": config.most_arrivals,
        }
        finer = Locator(
            locator.config.model_copy(update=errors), locator.travel_times, locator.detectability
        )
        self._relocator = Relocator(config, finer)

    def judge(
        self, before: Explanation, readings: Sequence[StationPicks], picker: str
    ) -> Verdict | None:
        """Return the verdict, or None where the waveforms say too little.

        Args:
            before: The event as its triggers explain it.
            readings: The picks of each station whose waveforms were looked at.
            picker: Name and version of who picked.
        """
        stations: dict[str, Station] = {}
        for one in readings:
            station = self._stations.get(one.station)
            if station is not None:
                stations[one.station] = station
        found = self._relocator.relocate(before, stations, readings, picker)
        if found is not None:
            return Relocation(*found)
        return self._refutation(before, readings)

    def _refutation(
        self, before: Explanation, readings: Sequence[StationPicks]
    ) -> Refutation | None:
        """Return why there is no such event, where that is sure enough."""
        triggered = set(before.stations())
        looked_at = [one for one in readings if one.station in triggered]
        if len(triggered) > self._config.retract_stations:
            return None
        if len(looked_at) < max(2, _LEAST_LOOKED_AT * len(triggered)):
            return None
        if any(_shows_something(before, one) for one in looked_at):
            return None
        return Refutation(
            f"the waveforms of {len(looked_at)} of the {len(triggered)} stations that triggered "
            "show neither P nor S of it"
        )


def as_triggered(before: Explanation) -> Relocation:
    """Return an event as its triggers explain it, for what is to be measured in its waveforms."""
    arrivals = (
        WaveformArrival(
            station=pick.onset.station.key,
            name=pick.onset.id,
            phase=pick.phase,
            time_ns=pick.onset.time_ns,
            sigma_s=pick.sigma_s,
            residual_s=pick.residual_s,
            distance_km=pick.distance_km,
            picker=None,
        )
        for pick in before.picks
    )
    return Relocation(before.origin, tuple(sorted(arrivals, key=lambda one: one.time_ns)))


def _shows_something(before: Explanation, reading: StationPicks) -> bool:
    """Return whether the picker saw anything where a station triggered, whatever the origin."""
    onsets = [p.onset.time_ns for p in before.picks if p.onset.station.key == reading.station]
    return any(
        -_BEFORE_ONSET_NS <= pick.time_ns - onset_ns <= _AFTER_ONSET_NS
        for pick in reading.picks
        for onset_ns in onsets
    )


def relocated(before: Explanation, relocation: Relocation) -> Explanation:
    """Return what triggers explain, at the place and time that waveforms gave."""
    origin = relocation.origin
    picks = tuple(
        replace(pick, distance_km=origin.distance_km(pick.onset.station)) for pick in before.picks
    )
    farthest_km = max(
        (one.distance_km for one in relocation.arrivals if one.phase is Phase.P), default=0.0
    )
    reach_km = max(before.reach_km, farthest_km)
    return replace(before, origin=origin, picks=picks, reach_km=reach_km)
