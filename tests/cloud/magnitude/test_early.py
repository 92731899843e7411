"""The first magnitudes: published relations, windows of P alone, and what does not count."""

import numpy as np
import pytest

from cloud.association.explanation import Pick
from cloud.association.onset import onset_of
from cloud.association.stations import NoiseRate, Station
from cloud.magnitude import MagnitudeConfig, MagnitudeEstimate, MagnitudeType, event_size
from cloud.magnitude.early import early_stations, pd_magnitude, tau_c_magnitude, widened
from edge.messages import GrownDisplacement, Phase, QualityFlag
from tests.cloud.quakes import CENTRE, START_NS, trigger_of

CONFIG = MagnitudeConfig()
DEPTH_KM = 20.0


def pick_of(
    pd_m: float | None,
    distance_km: float,
    *,
    station: str = "S00",
    phase: Phase = Phase.P,
    window_s: float = 3.0,
    tau_c_s: float | None = None,
    growth: tuple[tuple[float, float], ...] = (),
    quality: tuple[QualityFlag, ...] = (),
) -> Pick:
    """Return a pick with a peak displacement, and how it grew."""
    grown = tuple(GrownDisplacement(window_s=w, pd_m=pd) for w, pd in growth)
    trigger = trigger_of(station, CENTRE, START_NS, pd_m=pd_m, window_s=window_s).model_copy(
        update={"quality": quality, "tau_c_s": tau_c_s, "pd_growth": grown}
    )
    place = Station(f"XX.{station}", *CENTRE, 0.0, NoiseRate(1e-3, 3600))
    return Pick(onset_of(trigger, place), phase, 0.0, 0.5, distance_km)


def displacement_m(value: float, epicentral_km: float) -> float:
    """Return the displacement that the relation takes for a magnitude."""
    return float(10 ** ((value - 5.39 - 1.38 * np.log10(hypocentral(epicentral_km))) / 1.23) / 100)


def hypocentral(epicentral_km: float) -> float:
    """Return the distance of the source."""
    return float(np.hypot(epicentral_km, DEPTH_KM))


def size_of(*picks: Pick) -> dict[str, MagnitudeEstimate]:
    """Return the event's magnitudes by type."""
    size = event_size(early_stations(picks, DEPTH_KM, CONFIG), {}, CONFIG)
    return {each.type: each for each in size.magnitudes}


def test_the_displacement_follows_kuyuk_and_allen() -> None:
    """One centimetre at 10 km is M 6.77; ten times the displacement is 1.23 more."""
    assert 6.77 == pytest.approx(pd_magnitude(0.01, 10))
    assert 1.23 == pytest.approx(pd_magnitude(0.1, 10) - pd_magnitude(0.01, 10))


def test_the_period_follows_wu_and_others() -> None:
    """One second is M 5.8; ten times the period is 3.4 more."""
    assert 5.79 == pytest.approx(tau_c_magnitude(1.0), abs=0.01)
    assert 3.37 == pytest.approx(tau_c_magnitude(10.0) - tau_c_magnitude(1.0), abs=0.01)


def test_the_median_bears_one_wild_station() -> None:
    """One station with a hundred times the displacement does not move the magnitude."""
    picks = [pick_of(displacement_m(5.0, d), d, station=f"S{d}") for d in (20, 40, 60, 80)]
    picks.append(pick_of(100 * displacement_m(5.0, 30), 30))

    found = size_of(*picks)["Mpd"]

    assert 5.0 == pytest.approx(found.value, abs=0.01)
    assert 5 == found.stations


def test_more_stations_are_surer() -> None:
    """The uncertainty falls with the number of stations."""
    one, four = (
        size_of(*(pick_of(displacement_m(5.0, 40), 40, station=f"S{n}") for n in range(count)))[
            "Mpd"
        ]
        for count in (1, 4)
    )

    assert four.uncertainty < 0.6 * one.uncertainty


@pytest.mark.parametrize(
    "pick",
    [
        pick_of(None, 40),
        pick_of(0.0, 40),
        pick_of(1e-4, 40, phase=Phase.S),
        pick_of(1e-4, 40, window_s=0.5),
        pick_of(1e-4, 40, quality=(QualityFlag.CLIPPED,)),
        pick_of(1e-4, 40, quality=(QualityFlag.GAP,)),
        pick_of(1e-4, 40, quality=(QualityFlag.STUCK,)),
    ],
    ids=["none", "zero", "S", "short", "clipped", "gap", "stuck"],
)
def test_what_is_no_displacement_of_p_does_not_count(pick: Pick) -> None:
    """Without a usable displacement there is no magnitude, rather than a wrong one."""
    assert {} == size_of(pick)


def test_a_deeper_source_is_farther_away() -> None:
    """Straight above, the depth is the distance; below the nearest one nothing is nearer."""
    deep, shallow, at_the_top = (
        event_size(early_stations([pick_of(1e-4, 0.0)], depth, CONFIG), {}, CONFIG).magnitudes[0]
        for depth in (40.0, 10.0, 1.0)
    )

    assert pd_magnitude(1e-4, 40.0) == pytest.approx(deep.value, abs=0.01)
    assert pd_magnitude(1e-4, 10.0) == pytest.approx(shallow.value, abs=0.01)
    assert shallow.value == at_the_top.value


def test_the_longest_window_before_s_counts() -> None:
    """At 100 km S comes 12 s after P: the window of 8 s is P alone, that of 18 s is not."""
    grown = ((4.0, 2e-4), (8.0, 4e-4), (18.0, 9e-3), (26.0, 9e-3))
    found = size_of(pick_of(1e-4, 100, window_s=30.0, growth=grown))["Mpd"]

    assert pd_magnitude(4e-4, hypocentral(100)) == pytest.approx(found.value, abs=0.01)
    assert 8.0 == found.window_s


def test_near_stations_keep_to_their_first_seconds() -> None:
    """At 15 km S comes three seconds after P: what grows later is S."""
    found = size_of(pick_of(1e-4, 15, window_s=30.0, growth=((4.0, 5e-3), (8.0, 9e-3))))["Mpd"]

    assert pd_magnitude(1e-4, hypocentral(15)) == pytest.approx(found.value, abs=0.01)
    assert 3.0 == found.window_s


def test_displacement_that_stands_out_later_only_counts_too() -> None:
    """A far station whose first seconds drown in noise has its say by a longer window."""
    found = size_of(pick_of(None, 150, window_s=14.0, growth=((12.0, 2e-4),)))["Mpd"]

    assert pd_magnitude(2e-4, hypocentral(150)) == pytest.approx(found.value, abs=0.01)


def test_both_kinds_are_weighted_by_their_errors() -> None:
    """Displacement, the surer of the two, pulls harder, and both together err less than either."""
    found = size_of(pick_of(displacement_m(5.0, 40), 40, tau_c_s=1.0))
    pd, period, both = found["Mpd"], found["Mtc"], found["Mew"]

    assert pd.value < both.value < (pd.value + period.value) / 2
    assert both.uncertainty < min(pd.uncertainty, period.uncertainty)


def test_a_period_waits_for_three_seconds() -> None:
    """The relation is for three seconds of P; a shorter period says nothing."""
    assert ["Mpd"] == list(size_of(pick_of(1e-4, 40, window_s=2.0, tau_c_s=1.0)))


@pytest.mark.parametrize(
    ("value", "window_s", "widened_to"),
    [(4.8, 3.0, None), (6.2, 3.0, 1.02), (6.2, 12.0, None), (7.2, 12.0, 0.82), (6.2, None, 1.02)],
)
def test_a_short_window_widens_the_error_upwards(
    value: float, window_s: float | None, widened_to: float | None
) -> None:
    """Three seconds see a source of M 5.2 whole, twelve seconds one of M 6.4."""
    estimate = MagnitudeEstimate(
        type=MagnitudeType.PD, value=value, uncertainty=0.2, stations=4, window_s=window_s
    )

    assert widened_to == pytest.approx(widened(estimate).uncertainty_up, abs=0.01)
