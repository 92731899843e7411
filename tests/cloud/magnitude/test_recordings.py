"""Recorded earthquakes: Mw and ML near the catalogue's, on MEMS and on force-balance sensors."""

from pathlib import Path

import numpy as np
import pytest

from cloud.geodesy import great_circle_km
from cloud.magnitude import MagnitudeEstimate, StationMagnitude, measure, network_magnitudes
from cloud.recordings import read_recording
from cloud.seismogram import Seismogram
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.config import StationConfig
from edge.messages import Phase
from edge.timebase import TimeBase
from edge.timestamps import parse_time, seconds_to_ns

_TIMES = travel_times(iasp91())


def seismogram_of(config: StationConfig) -> Seismogram:
    """Return all that a station recorded; it has no gaps in these recordings."""
    source = config.source.open()
    base = TimeBase(source.describe().nominal_rate_hz)
    blocks = [block for packet in source.packets() for block in base.push(packet)]
    blocks += base.flush()
    samples = np.concatenate([block.samples for block in blocks])
    rate_hz = float(np.median([block.rate_hz for block in blocks]))
    return Seismogram(config.station.station, blocks[0].start_ns, rate_hz, samples)


def magnitudes_of(
    folder: Path, origin_ns: int, place: tuple[float, float], depth_km: float, nearest: int
) -> dict[str, MagnitudeEstimate]:
    """Return what the nearest stations of a recording make of its earthquake, by type."""
    configs = read_recording(folder).stations
    distances = [
        float(great_circle_km(c.station.latitude, c.station.longitude, *place)) for c in configs
    ]
    found: list[StationMagnitude] = []
    for number in np.argsort(distances)[:nearest].tolist():
        distance_km = distances[number]
        p_ns, s_ns = (
            origin_ns + seconds_to_ns(float(_TIMES.times(phase, np.array(distance_km), depth_km)))
            for phase in (Phase.P, Phase.S)
        )
        seismogram = seismogram_of(configs[number])
        found += measure(seismogram, origin_ns, p_ns, s_ns, distance_km, depth_km)
    return {each.type: each for each in network_magnitudes(found, {})}


@pytest.mark.parametrize(
    ("folder", "origin", "place", "depth_km", "catalogued"),
    [
        ("openeew_mx/2018_8_22", "2018-08-22T18:03:08Z", (16.534, -98.745), 20.0, 5.3),
        ("taiwan_20210418", "2021-04-18T14:11:39Z", (23.87, 121.49), 14.0, 5.8),
    ],
    ids=["MEMS", "force balance"],
)
def test_recorded_earthquakes_have_the_catalogues_magnitude(
    shared_data: Path,
    folder: str,
    origin: str,
    place: tuple[float, float],
    depth_km: float,
    catalogued: float,
) -> None:
    """From the eight nearest stations, Mw within 0.4 and ML within 0.5."""
    found = magnitudes_of(shared_data / folder, parse_time(origin), place, depth_km, nearest=8)

    assert catalogued == pytest.approx(found["Mw"].value, abs=0.4)
    assert catalogued == pytest.approx(found["ML"].value, abs=0.5)
    assert found["Mw"].stations >= 4
    assert found["Mw"].uncertainty < 0.4
