"""From waveforms to a verdict and magnitudes: what the live path and the replay share."""

from collections.abc import Mapping, Sequence

from cloud.magnitude import StationMagnitude, measure
from cloud.picking import Picker
from cloud.thorough.pieces import Reading
from cloud.thorough.verdict import Relocation, StationPicks
from cloud.traveltimes import TravelTimes
from edge.messages import Phase
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
    relocation: Relocation, readings: Mapping[str, Reading], travel_times: TravelTimes
) -> tuple[StationMagnitude, ...]:
    """Return what the records of an event's stations say of its magnitude.

    Args:
        relocation: Where and when it was, and when its waves came.
        readings: By NETWORK.STATION; those in counts are passed over.
        travel_times: For P where nobody saw it.
    """
    distances = {one.station: one.distance_km for one in relocation.arrivals}
    found: list[StationMagnitude] = []
    for station, distance_km in sorted(distances.items()):
        reading = readings.get(station)
        if reading is not None and reading.calibrated:
            found += _of_station(relocation, reading, distance_km, travel_times)
    return tuple(found)


def _of_station(
    relocation: Relocation, reading: Reading, distance_km: float, travel_times: TravelTimes
) -> Sequence[StationMagnitude]:
    origin, station = relocation.origin, reading.seismogram.station
    depth_km = origin.location.depth_km
    p_ns = relocation.time_ns(station, Phase.P)
    if p_ns is None:
        p_s = travel_times.time(Phase.P, distance_km, depth_km)
        p_ns = origin.time_ns + seconds_to_ns(p_s)
    s_ns = relocation.time_ns(station, Phase.S)
    return measure(reading.seismogram, origin.time_ns, p_ns, s_ns, distance_km, depth_km)
