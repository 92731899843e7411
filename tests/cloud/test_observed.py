"""Observed shaking: what stations told, and what their records show, in the event."""

import numpy as np
import pytest

from cloud.association.explanation import Origin
from cloud.association.onset import Onset, onset_of
from cloud.association.stations import NoiseRate, Station
from cloud.geodesy import LocalPlane
from cloud.location import Location, Spread
from cloud.observed import MOST_STATIONS, merged, shaking_of_record, shaking_of_triggers
from cloud.seismogram import Seismogram
from edge.messages import Phase, QualityFlag, StationShaking
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import CENTRE, START_NS, Centre, Source, grid_network, trigger_of

_SPREAD = Spread(1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
ORIGIN = Origin(LocalPlane(*CENTRE), START_NS, Location(0, 0, 10, 0, 1, 1, _SPREAD, 1))
_PLANE = LocalPlane(*CENTRE)


def onset(
    station: str,
    distance_km: float,
    pga_m_s2: float | None,
    *,
    seconds: float = 0.0,
    jma: float | None = None,
    quality: tuple[QualityFlag, ...] = (),
) -> Onset:
    """Return a trigger with its peak acceleration, east of the origin."""
    place = _PLANE.to_degrees(distance_km, 0.0)
    trigger = trigger_of(station, place, START_NS + seconds_to_ns(seconds)).model_copy(
        update={"pga_m_s2": pga_m_s2, "jma_intensity": jma, "quality": quality}
    )
    return onset_of(trigger, Station(f"XX.{station}", *place, 0.0, NoiseRate(1e-3, 3600)))


def test_the_nearest_station_is_told_first() -> None:
    """Stations come by distance, each with what it measured."""
    far, near = onset("FAR", 80, 0.1), onset("NEAR", 12, 0.9, jma=4.1)
    found = shaking_of_triggers([far, near], ORIGIN)

    assert ["XX.NEAR", "XX.FAR"] == [each.station for each in found]
    assert (0.9, 4.1) == (found[0].pga_m_s2, found[0].jma_intensity)
    assert found[0].distance_km == pytest.approx(12, abs=0.1)


def test_of_two_triggers_at_a_station_the_larger_motion_counts() -> None:
    """S shakes harder than P, whichever trigger holds it; what only one knows is kept."""
    p, s = onset("A", 30, 0.1, jma=2.0), onset("A", 30, 0.5, seconds=4)
    (found,) = shaking_of_triggers([s, p], ORIGIN)

    assert (0.5, 2.0) == (found.pga_m_s2, found.jma_intensity)


def test_what_is_no_motion_of_the_ground_is_left_out() -> None:
    """Steps, tilts and stuck sensors are the sensor's; a trigger without a peak says nothing."""
    flags = (QualityFlag.STEP, QualityFlag.TILT, QualityFlag.STUCK)
    broken = [onset(flag.name[:5], 20, 9.0, quality=(flag,)) for flag in flags]

    assert () == shaking_of_triggers([*broken, onset("NONE", 20, None)], ORIGIN)


def test_a_large_network_tells_of_its_nearest_stations() -> None:
    """However many stations trigger, the message stays small."""
    found = shaking_of_triggers([onset(f"S{n}", 10 + n, 0.1) for n in range(200)], ORIGIN)

    assert MOST_STATIONS == len(found)
    assert found[-1].distance_km < 60


def test_a_record_takes_the_place_of_a_trigger() -> None:
    """A trigger ends while the ground still shakes; the whole record knows the peak."""
    told = [StationShaking(station=s, distance_km=10, pga_m_s2=0.1) for s in ("XX.A", "XX.B")]
    seen = StationShaking(station="XX.B", distance_km=9, pga_m_s2=0.3)

    assert [("XX.B", 0.3), ("XX.A", 0.1)] == [(s.station, s.pga_m_s2) for s in merged(told, [seen])]


@pytest.mark.parametrize("rate_hz", [31.25, 100.0])
def test_a_record_has_the_peaks_of_what_is_in_it(rate_hz: float) -> None:
    """A sine of 2 Hz and 0.5 m/s2 has this acceleration, 0.04 m/s, and JMA 4."""
    seconds = np.arange(0, 90, 1 / rate_hz)
    rise = np.clip((seconds - 40) / 4, 0, 1) * np.clip((60 - seconds) / 4, 0, 1)
    wave = 0.5 * rise * np.sin(2 * np.pi * 2 * seconds)
    samples = np.stack([wave + 9.81, wave / 2, np.zeros_like(wave)], axis=1)
    seismogram = Seismogram("XX.A", START_NS, rate_hz, samples.astype(np.float32))

    found = shaking_of_record(seismogram, START_NS + seconds_to_ns(40), 25.0)

    assert found is not None
    assert found.pga_m_s2 == pytest.approx(0.5, rel=0.05)
    assert found.pgv_m_s == pytest.approx(0.5 / (4 * np.pi), rel=0.05)
    assert found.jma_intensity == pytest.approx(3.9, abs=0.4)
    assert found.mmi is not None
    assert found.mmi == pytest.approx(4.9, abs=0.3)


@pytest.mark.parametrize("seconds", [-60.0, 500.0])
def test_a_record_without_the_onset_shows_nothing(seconds: float) -> None:
    """A record that ends before the onset, or begins long after it, is no observation."""
    samples = np.zeros((1000, 3), np.float32)
    seismogram = Seismogram("XX.A", START_NS, 100.0, samples)
    found = shaking_of_record(seismogram, START_NS + seconds_to_ns(seconds), 25.0)

    assert found is None


def test_an_event_tells_how_strongly_stations_shook() -> None:
    """Triggers with peaks make an event with shaking and with an ellipsoid."""
    stations = grid_network()
    arrivals = [
        trigger.model_copy(update={"pga_m_s2": 0.2})
        for trigger in Source(*CENTRE).arrivals(stations, Phase.P)
    ]
    (event,) = Centre(stations).feed(arrivals).finish().latest()

    assert set(event.stations) == {each.station for each in event.shaking}
    assert sorted(event.shaking, key=lambda each: each.distance_km) == list(event.shaking)
    assert event.ellipsoid is not None
    assert event.ellipsoid.semi_major_km > event.horizontal_uncertainty_km / 2
