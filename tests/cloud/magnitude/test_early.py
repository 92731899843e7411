"""The first magnitude: the published relation, a robust median, and what does not count."""

import numpy as np
import pytest

from cloud.association.explanation import Pick
from cloud.association.onset import onset_of
from cloud.association.stations import NoiseRate, Station
from cloud.magnitude import MagnitudeConfig, magnitude, station_magnitude
from edge.messages import Phase, QualityFlag
from tests.cloud.quakes import CENTRE, START_NS, trigger_of

CONFIG = MagnitudeConfig()


def pick_of(
    pd_m: float | None,
    distance_km: float,
    *,
    phase: Phase = Phase.P,
    window_s: float = 3.0,
    quality: tuple[QualityFlag, ...] = (),
) -> Pick:
    """Return a pick with a peak displacement."""
    trigger = trigger_of("S00", CENTRE, START_NS, pd_m=pd_m, window_s=window_s)
    trigger = trigger.model_copy(update={"quality": quality})
    station = Station("XX.S00", *CENTRE, 0.0, NoiseRate(1e-3, 3600))
    return Pick(onset_of(trigger, station), phase, 0.0, 0.5, distance_km)


def displacement_m(value: float, distance_km: float) -> float:
    """Return the displacement that the relation takes for a magnitude."""
    return float(10 ** ((value - 5.39 - 1.38 * np.log10(distance_km)) / 1.23) / 100)


def test_the_relation_is_that_of_kuyuk_and_allen() -> None:
    """One centimetre at 10 km is M 6.77; ten times the displacement is 1.23 more."""
    assert station_magnitude(0.01, 10) == pytest.approx(6.77)
    assert station_magnitude(0.1, 10) - station_magnitude(0.01, 10) == pytest.approx(1.23)


def test_the_median_bears_one_wild_station() -> None:
    """One station with a hundred times the displacement does not move the magnitude."""
    picks = [pick_of(displacement_m(5.0, d), d) for d in (20, 40, 60, 80)]
    picks.append(pick_of(100 * displacement_m(5.0, 30), 30))

    found = magnitude(picks, CONFIG)

    assert found is not None
    assert 5.0 == pytest.approx(found.value)
    assert 5 == found.stations


def test_more_stations_are_surer() -> None:
    """The uncertainty falls with the root of the number of stations."""
    one, four = (
        magnitude([pick_of(displacement_m(5.0, 40), 40)] * count, CONFIG) for count in (1, 4)
    )

    assert one is not None
    assert four is not None
    assert one.uncertainty == pytest.approx(2 * four.uncertainty)


@pytest.mark.parametrize(
    "pick",
    [
        pick_of(None, 30),
        pick_of(0.0, 30),
        pick_of(1e-4, 30, phase=Phase.S),
        pick_of(1e-4, 30, window_s=0.5),
        pick_of(1e-4, 30, quality=(QualityFlag.CLIPPED,)),
        pick_of(1e-4, 30, quality=(QualityFlag.GAP,)),
    ],
    ids=["no Pd", "Pd zero", "S", "window too short", "clipped", "gap"],
)
def test_what_is_no_measurement_of_p_does_not_count(pick: Pick) -> None:
    """Without a usable displacement there is no magnitude, rather than a wrong one."""
    assert magnitude([pick], CONFIG) is None


def test_a_station_above_the_source_is_not_at_no_distance() -> None:
    """Distances below the least one count as that: the source has a depth."""
    below, at = (magnitude([pick_of(1e-4, d)], CONFIG) for d in (0.5, 10.0))

    assert at == below
