"""Only what several stations saw together becomes an event."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from edge.timestamps import NANOSECONDS_PER_SECOND
from training.retrain.coincidence import (
    AGAIN,
    APART,
    TOO_FEW,
    CoincidenceConfig,
    Detection,
    Reason,
    Selection,
    fits,
    select,
)

_THREE = CoincidenceConfig(stations=3, slack_s=2.0, speed_km_s=5.5)
_DEGREE_KM = 111.19


def _seen(station: str, second: float, lasts_s: float = 0.0, north_km: float = 0.0) -> Detection:
    begin_ns = round(second * NANOSECONDS_PER_SECOND)
    place = (north_km / _DEGREE_KM, 0.0)
    return Detection(station, begin_ns, begin_ns + round(lasts_s * NANOSECONDS_PER_SECOND), place)


def _stations(selection: Selection) -> list[str]:
    return ["".join(d.station for d in event) for event in selection.events]


def _reasons(selection: Selection) -> dict[str, Reason]:
    return {detection.station: reason for detection, reason in selection.dropped}


def test_three_stations_at_one_moment_make_an_event() -> None:
    """The plain case: stations side by side."""
    selection = select([_seen("B", 10.5), _seen("A", 10.0), _seen("C", 11.0)], _THREE)

    assert ["ABC"] == _stations(selection)
    assert () == selection.dropped


def test_two_stations_are_too_few() -> None:
    """A lorry between two neighbours is no earthquake."""
    selection = select([_seen("A", 10.0), _seen("B", 10.5)], _THREE)

    assert [] == _stations(selection)
    assert {"A": TOO_FEW, "B": TOO_FEW} == _reasons(selection)


def test_the_time_that_p_travels_is_allowed() -> None:
    """At 110 km P is 20 s later; slack adds two, no more."""
    near = [_seen("A", 0.0), _seen("B", 0.5)]

    at_once = select([*near, _seen("C", 21.9, north_km=110)], _THREE)
    too_late = select([*near, _seen("C", 22.2, north_km=110)], _THREE)

    assert ["ABC"] == _stations(at_once)
    assert [] == _stations(too_late)


def test_stations_without_coordinates_have_the_slack_alone() -> None:
    """Nothing is known of the way between them."""
    nowhere = [
        replace(_seen(name, second), place=None) for name, second in (("A", 0), ("B", 1), ("C", 2))
    ]

    assert ["ABC"] == _stations(select(nowhere, _THREE))
    assert [] == _stations(select([*nowhere[:2], replace(_seen("C", 2.1), place=None)], _THREE))


def test_spans_that_overlap_are_at_the_same_time() -> None:
    """Classes of frames begin late at a noisy station."""
    spans = [_seen("A", 0, lasts_s=40), _seen("B", 15, lasts_s=10), _seen("C", 24, lasts_s=30)]

    assert ["ABC"] == _stations(select(spans, _THREE))


def test_every_pair_of_an_event_fits() -> None:
    """A chain of neighbours in time is not one event; only the middle has two beside it."""
    chain = [_seen("A", 0.0), _seen("B", 1.5), _seen("C", 3.0)]

    assert {"A": TOO_FEW, "B": APART, "C": TOO_FEW} == _reasons(select(chain, _THREE))


def test_a_station_counts_once() -> None:
    """P and S at two stations are no four stations."""
    twice = [_seen("A", 0.0), _seen("A", 1.0), _seen("B", 0.5), _seen("B", 1.5)]

    assert [] == _stations(select(twice, _THREE))


def test_a_second_detection_of_a_station_is_left_out() -> None:
    """The S after the P would teach a wrong onset."""
    selection = select([_seen("A", 0.0), _seen("B", 0.2), _seen("C", 0.4), _seen("A", 1.9)], _THREE)

    assert ["ABC"] == _stations(selection)
    assert {"A": AGAIN} == _reasons(selection)
    assert 1 == selection.counts()[AGAIN]


def test_two_events_at_one_time_stay_two() -> None:
    """Each far end of the network has its own earthquake."""
    here = [_seen(name, 0.1 * i) for i, name in enumerate("ABC")]
    there = [_seen(name, 5 + 0.1 * i, north_km=10) for i, name in enumerate("ABC")]

    assert ["ABC", "ABC"] == _stations(select(here + there, _THREE))


def test_the_event_of_more_stations_comes_first() -> None:
    """A false detection a little earlier must not take members away."""
    seen = [_seen("D", 0.0), *(_seen(name, 1.9 + 0.1 * i) for i, name in enumerate("ABCE"))]

    selection = select(seen, CoincidenceConfig(stations=3, slack_s=2.0))

    assert ["ABCE"] == _stations(selection)
    assert {"D": APART} == _reasons(selection)


def test_one_station_is_enough_where_one_is_asked_for() -> None:
    """All of the own detections: what coincidence is compared with."""
    selection = select([_seen("A", 0.0), _seen("B", 100.0)], CoincidenceConfig(stations=1))

    assert ["A", "B"] == _stations(selection)


def test_nothing_gives_nothing() -> None:
    """A silent network is no error here."""
    assert Selection((), ()) == select([], _THREE)


@given(
    st.lists(
        st.builds(
            _seen,
            st.sampled_from("ABCDE"),
            st.integers(0, 300).map(lambda tenths: tenths / 10),
            st.sampled_from((0.0, 0.5, 8.0)),
            st.sampled_from((0.0, 30.0, 200.0)),
        ),
        max_size=14,
        unique=True,
    ),
    st.randoms(use_true_random=False),
)
def test_each_detection_is_kept_or_dropped_whatever_their_order(
    detections: list[Detection], random: Random
) -> None:
    """No detection is lost or used twice, members fit, and the order of files does not matter."""
    selection = select(detections, _THREE)
    shuffled = list(detections)
    random.shuffle(shuffled)

    told = [d for event in selection.events for d in event] + [d for d, _ in selection.dropped]
    assert sorted(detections, key=repr) == sorted(told, key=repr)
    assert selection == select(shuffled, _THREE)
    for event in selection.events:
        assert len({d.station for d in event}) == len(event) >= 3
        assert all(fits(a, b, _THREE) for a in event for b in event if a is not b)
