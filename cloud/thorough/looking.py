"""From waveforms to verdict, magnitudes and shaking: what live path and replay share."""

from collections.abc import Iterator, Mapping

from cloud.magnitude import MagnitudeConfig, StationMagnitude, measure
from cloud.observed import shaking_of_record
from cloud.picking import Picker
from cloud.thorough.pieces import Reading
from cloud.thorough.verdict import Motion, Relocation, StationPicks, Verdict
from cloud.traveltimes import TravelTimes
from edge.messages import Phase, StationShaking
from edge.timestamps import seconds_to_ns


def picked(readings: Mapping[str, Reading], picker: Picker) -> tuple[StationPicks, ...]:
    """Return what a picker sees in waveforms.

    Args:
        readings: By NETWORK.STATION.
        picker: The picker.

    Raises:
        PickerError: It cannot work at the moment.
    """
    ordered = sorted(readings.items())
    found = picker.pick([reading.seismogram for _, reading in ordered])
    return tuple(
        StationPicks(station, picks, reading.clock_error_s)
        for (station, reading), picks in zip(ordered, found, strict=True)
    )


def measured(
    verdict: Verdict | None,
    readings: Mapping[str, Reading],
    travel_times: TravelTimes,
    config: MagnitudeConfig,
) -> Motion:
    """Return what the records of an event's stations say of its size, and how hard they shook.

    Args:
        verdict: Where and when it was, and when its waves came; else there is nothing to measure.
        readings: By NETWORK.STATION; those in counts are passed over.
        travel_times: For P where nobody saw it.
        config: How magnitudes are made.
    """
    if not isinstance(verdict, Relocation):
        return Motion()
    origin = verdict.origin
    magnitudes: list[StationMagnitude] = []
    shaking: list[StationShaking] = []
    for reading, distance_km in _calibrated(verdict, readings):
        seismogram, depth_km = reading.seismogram, origin.location.depth_km
        p_ns = _p_ns(verdict, reading, distance_km, travel_times)
        s_ns = verdict.time_ns(seismogram.station, Phase.S)
        magnitudes += measure(seismogram, origin.time_ns, p_ns, s_ns, distance_km, depth_km, config)
        shaken = shaking_of_record(seismogram, p_ns, distance_km)
        if shaken is not None:
            shaking.append(shaken)
    return Motion(tuple(magnitudes), tuple(shaking))


def _calibrated(
    relocation: Relocation, readings: Mapping[str, Reading]
) -> Iterator[tuple[Reading, float]]:
    """Yield the readings in m/s2 of stations with an arrival, and their distances, km."""
    distances = {one.station: one.distance_km for one in relocation.arrivals}
    for station, distance_km in sorted(distances.items()):
        reading = readings.get(station)
        if reading is not None and reading.calibrated:
            yield reading, distance_km


def _p_ns(
    relocation: Relocation, reading: Reading, distance_km: float, travel_times: TravelTimes
) -> int:
    """Return when P came: as it was seen, or else as it is predicted."""
    origin = relocation.origin
    seen_ns = relocation.time_ns(reading.seismogram.station, Phase.P)
    if seen_ns is not None:
        return seen_ns
    p_s = travel_times.time(Phase.P, distance_km, origin.location.depth_km)
    return origin.time_ns + seconds_to_ns(p_s)
