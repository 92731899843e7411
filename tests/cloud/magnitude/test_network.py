"""From stations to the event: robust, honest, corrected, and one preferred kind."""

import pytest

from cloud.magnitude import (
    MagnitudeConfig,
    MagnitudeEstimate,
    MagnitudeType,
    Refusal,
    StationMagnitude,
    network_magnitudes,
    preferred,
)
from cloud.magnitude.network import weighted_median


def said(
    station: str,
    value: float | None,
    kind: MagnitudeType = MagnitudeType.LOCAL,
    uncertainty: float = 0.3,
    window_s: float = 20.0,
) -> StationMagnitude:
    """Return what a station says; None is a refusal."""
    if value is None:
        return StationMagnitude(station, kind, refusal=Refusal.NOISE)
    return StationMagnitude(station, kind, value, uncertainty, window_s=window_s)


def estimate(kind: MagnitudeType, stations: int, value: float = 5.0) -> MagnitudeEstimate:
    """Return an event's magnitude."""
    return MagnitudeEstimate(type=kind, value=value, uncertainty=0.2, stations=stations)


def test_refusals_do_not_count() -> None:
    """A station that refused is not among the stations of the magnitude."""
    (found,) = network_magnitudes([said("A", 5.0), said("B", None), said("C", 5.2)], {})

    assert (2, 5.1) == (found.stations, found.value)


def test_without_any_station_there_is_no_magnitude() -> None:
    """Nothing said, or only refusals, is no magnitude rather than a zero."""
    assert () == network_magnitudes([], {})
    assert () == network_magnitudes([said("A", None)], {})


def test_one_wild_station_does_little() -> None:
    """Two units at one of five stations move the median by less than a tenth."""
    values = [("A", 5.0), ("B", 5.1), ("C", 4.9), ("D", 5.0), ("E", 7.0)]
    (found,) = network_magnitudes([said(*each) for each in values], {})

    assert 5.0 == pytest.approx(found.value, abs=0.1)


def test_sure_stations_weigh_more() -> None:
    """A station that knows only the high frequencies hardly moves those that know the level."""
    sure = [said("A", 5.0, uncertainty=0.2), said("B", 5.1, uncertainty=0.2)]
    doubtful = [said(s, 6.0, uncertainty=0.7) for s in "CDE"]

    (found,) = network_magnitudes([*sure, *doubtful], {})

    assert found.value < 5.3


def test_scatter_widens_the_error() -> None:
    """Stations that contradict each other are believed less than their own errors say."""
    (agreeing,) = network_magnitudes([said(s, 5.0) for s in "ABCDE"], {})
    apart = zip("ABCDE", (4.0, 4.5, 5.0, 5.5, 6.0), strict=True)
    (scattered,) = network_magnitudes([said(*each) for each in apart], {})

    assert agreeing.uncertainty < scattered.uncertainty


def test_many_stations_leave_what_all_err_alike() -> None:
    """A thousand stations still see the source from one side: the error ends at a tenth."""
    (found,) = network_magnitudes([said(f"S{n}", 5.0) for n in range(1000)], {})

    assert 0.1 <= found.uncertainty < 0.12


def test_corrections_are_taken_off_their_own_station_and_kind() -> None:
    """A station on soft ground, known to say 0.4 too much, is put right for ML alone."""
    kinds = (MagnitudeType.LOCAL, MagnitudeType.MOMENT)
    corrections = {("A", MagnitudeType.LOCAL): 0.4}
    local, moment = network_magnitudes([said("A", 5.4, kind) for kind in kinds], corrections)

    assert (5.0, 5.4) == (local.value, moment.value)


def test_ml_beyond_its_range_is_a_lower_bound() -> None:
    """From about 6.3 a Wood-Anderson seismograph sees less than there is."""
    (small,) = network_magnitudes([said("A", 5.0)], {})
    (large,) = network_magnitudes([said("A", 6.9)], {})

    assert small.uncertainty_up is None
    assert large.uncertainty_up is not None
    assert large.uncertainty_up > large.uncertainty


_MPD, _MTC, _MEW = MagnitudeType.PD, MagnitudeType.TAU_C, MagnitudeType.EARLY
_ML, _MW = MagnitudeType.LOCAL, MagnitudeType.MOMENT


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ({}, None),
        ({_MPD: 4}, _MPD),
        ({_MPD: 4, _MTC: 1, _MEW: 4}, _MEW),
        ({_MPD: 4, _ML: 3}, _ML),
        ({_MPD: 4, _ML: 2}, _MPD),
        ({_MPD: 4, _ML: 5, _MW: 3}, _MW),
        ({_MPD: 4, _ML: 5, _MW: 2}, _ML),
        ({_MPD: 4, _ML: 2, _MW: 2}, _MPD),
        ({_MW: 1, _ML: 1}, _MW),
        ({_MTC: 2}, _MTC),
    ],
    ids=str,
)
def test_mw_is_preferred_to_ml_to_an_early_one(
    kinds: dict[MagnitudeType, int], expected: MagnitudeType | None
) -> None:
    """Each needs three stations to go before an earlier kind; alone it is better than none."""
    found = preferred([estimate(kind, stations) for kind, stations in kinds.items()])

    assert expected == (found.type if found else None)


def test_the_number_of_stations_that_mw_needs_is_a_setting() -> None:
    """A sparse network may prefer Mw from one station."""
    both = [estimate(_MW, 1), estimate(_MPD, 5)]
    found = preferred(both, MagnitudeConfig(least_stations=1))

    assert found is not None
    assert _MW == found.type


def test_a_weighted_median_of_equal_weights_is_the_median() -> None:
    """Odd and even counts, in any order; a heavy value draws it near."""
    assert 2.0 == weighted_median([3, 1, 2], [1, 1, 1])
    assert 2.5 == weighted_median([4, 1, 3, 2], [1, 1, 1, 1])
    assert 2.9 < weighted_median([1, 2, 3], [1, 1, 100])
