"""Association: which triggers are one earthquake, on made-up networks with a known truth."""

import numpy as np
import pytest

from cloud.aggregator import AggregatorConfig
from cloud.association.config import AssociationConfig
from cloud.association.stations import NoiseRate, StationBook
from cloud.ledger import PublishingConfig
from edge.messages import Event, EventStatus, Phase, Trigger, TriggerStatus
from edge.timestamps import seconds_to_ns
from tests.cloud.quakes import START_NS, Centre, Place, Source, grid_network, trigger_of

NETWORK = grid_network()
INSIDE = Source(16.75, -99.45)
OFFSHORE = Source(15.9, -99.6, reach_km=180.0)


def false_triggers(
    stations: dict[str, Place], rate_per_hour: float, duration_s: float, seed: int
) -> list[Trigger]:
    """Return triggers at random stations and moments."""
    rng = np.random.default_rng(seed)
    count = rng.poisson(rate_per_hour * len(stations) * duration_s / 3600)
    codes = list(stations)
    return [
        trigger_of(
            code := codes[rng.integers(len(codes))],
            stations[code],
            START_NS + seconds_to_ns(rng.uniform(0, duration_s)),
            name=f"false-{seed}-{number}",
            uncertainty_s=0.5,
        )
        for number in range(count)
    ]


def only_event(centre: Centre) -> Event:
    """Return the last revision of the one event that was ever published."""
    latest = centre.latest()
    assert 1 == len(latest), [(event.id, event.status) for event in latest]
    return latest[0]


@pytest.mark.parametrize("source", [INSIDE, OFFSHORE], ids=["inside", "offshore"])
def test_p_of_one_earthquake_are_one_event(source: Source) -> None:
    """P of the whole network give one final event, within 15 km and 2 s of the truth."""
    centre = Centre(NETWORK).feed(source.arrivals(NETWORK, Phase.P)).finish()

    event = only_event(centre)
    assert EventStatus.FINAL == event.status
    assert source.error_km(event) < 15
    assert abs(event.origin_time - source.origin_ns) < seconds_to_ns(2)
    assert source.error_km(event) < 3 * event.horizontal_uncertainty_km


def test_s_and_coda_found_no_second_event() -> None:
    """S, and triggers at random in the coda, are taken up by the event that made them."""
    rng = np.random.default_rng(5)
    p, s = (INSIDE.arrivals(NETWORK, phase) for phase in (Phase.P, Phase.S))
    coda = [
        trigger_of(
            each.station,
            NETWORK[each.station],
            each.onset + seconds_to_ns(rng.uniform(3, 50)),
            name=f"{each.id}-coda",
        )
        for each in s
    ]

    event = only_event(Centre(NETWORK).feed([*p, *s, *coda]).finish())

    assert INSIDE.error_km(event) < 10


def test_s_taken_for_p_does_not_spoil_the_event() -> None:
    """Stations that missed P and call their S a P do not move the event away."""
    p, s = (INSIDE.arrivals(NETWORK, phase) for phase in (Phase.P, Phase.S))
    mistaken = [each.model_copy(update={"phase": Phase.P}) for each in s[:4]]

    event = only_event(Centre(NETWORK).feed([*p[4:], *mistaken]).finish())

    assert INSIDE.error_km(event) < 15


def test_two_earthquakes_half_a_minute_apart_stay_two() -> None:
    """Two events at different places, 30 s apart, are two, each at its place."""
    stations = grid_network(side=6, spacing_km=40.0)
    first = Source(16.2, -100.2, reach_km=90.0)
    second = Source(17.4, -98.8, origin_s=30.0, reach_km=90.0)
    triggers = [*first.arrivals(stations, Phase.P), *second.arrivals(stations, Phase.P)]
    triggers += first.arrivals(stations, Phase.S)

    events = Centre(stations).feed(triggers).finish().latest()

    assert 2 == len(events)
    assert first.error_km(events[0]) < 15
    assert second.error_km(events[1]) < 15


@pytest.mark.parametrize("seed", range(3))
def test_false_triggers_are_left_out(seed: int) -> None:
    """Amid sixty false triggers an hour the event is found, at its place."""
    noise = false_triggers(NETWORK, 4.0, 60.0, seed)
    source = Source(16.75, -99.45, origin_s=30.0)

    event = only_event(Centre(NETWORK).feed([*noise, *source.arrivals(NETWORK, Phase.P)]).finish())

    assert source.error_km(event) < 15


@pytest.mark.parametrize("seed", range(4))
def test_noise_alone_makes_no_event(seed: int) -> None:
    """Half an hour of a network in which each station triggers twice an hour gives nothing."""
    centre = Centre(NETWORK).feed(false_triggers(NETWORK, 2.0, 1800.0, seed)).finish()

    assert [] == centre.published


def test_nearly_simultaneous_triggers_far_apart_are_no_earthquake() -> None:
    """A count within a window is not enough: no origin makes far stations trigger at once."""
    stations = grid_network(side=4, spacing_km=150.0)
    corners = [stations[code] for code in ("S00", "S03", "S12", "S15")]
    at_once = [
        trigger_of(code, place, START_NS + seconds_to_ns(number / 10))
        for number, (code, place) in enumerate(
            zip(("S00", "S03", "S12", "S15"), corners, strict=True)
        )
    ]

    assert [] == Centre(stations).feed(at_once).finish().published


def test_silence_close_by_speaks_against_a_source() -> None:
    """Five triggers that fit an origin amid silent stations make no event; without those, one."""
    far_ones = sorted(INSIDE.arrivals(NETWORK, Phase.P), key=lambda each: each.onset)[-5:]
    alone = {each.station: NETWORK[each.station] for each in far_ones}

    assert [] == Centre(NETWORK, delay_s=20.0).feed(far_ones).finish().published
    assert 1 == len(Centre(alone, delay_s=20.0).feed(far_ones).finish().latest())


def test_stations_that_are_not_online_are_no_evidence() -> None:
    """The silence of a station that is known to be away means nothing."""
    far_ones = sorted(INSIDE.arrivals(NETWORK, Phase.P), key=lambda each: each.onset)[-5:]
    heard = {each.station for each in far_ones}
    centre = Centre(NETWORK, delay_s=20.0)
    for code in NETWORK.keys() - heard:
        centre.aggregator.register("XX", code, *NETWORK[code], online=False)

    assert 1 == len(centre.feed(far_ones).finish().latest())


def test_order_of_arrival_does_not_matter_to_the_outcome() -> None:
    """Triggers shuffled within half a minute end as the same event at the same place."""
    triggers = INSIDE.arrivals(NETWORK, Phase.P)
    now = START_NS + seconds_to_ns(40)
    places = []
    for seed in range(3):
        centre = Centre(NETWORK)
        for index in np.random.default_rng(seed).permutation(len(triggers)):
            centre.deliver(triggers[index], now)
        event = only_event(centre.finish())
        places.append((event.latitude, event.longitude))

    assert np.ptp(np.array(places), axis=0) == pytest.approx(0, abs=0.05)
    assert INSIDE.error_km(event) < 10


def test_a_trigger_minutes_late_still_joins() -> None:
    """One station's outbox that was held up for a minute adds its station to the event."""
    triggers = sorted(INSIDE.arrivals(NETWORK, Phase.P), key=lambda each: each.onset)
    *prompt, late = triggers
    centre = Centre(NETWORK).feed(prompt)
    assert f"XX.{late.station}" not in only_event(centre).stations

    centre.deliver(late, late.onset + seconds_to_ns(60))

    assert f"XX.{late.station}" in only_event(centre).stations


def test_a_revised_onset_moves_the_event() -> None:
    """An onset that was 2 s early and is revised leaves no trace."""
    triggers = INSIDE.arrivals(NETWORK, Phase.P, error_s=0.0)
    wrong = triggers[5].model_copy(update={"onset": triggers[5].onset - seconds_to_ns(2)})
    centre = Centre(NETWORK).feed([*triggers[:5], wrong, *triggers[6:]])
    before = {arrival.trigger: arrival for arrival in only_event(centre).arrivals}
    right = triggers[5].model_copy(update={"revision": 1, "status": TriggerStatus.UPDATE})

    centre.deliver(right, START_NS + seconds_to_ns(40))

    after = {arrival.trigger: arrival for arrival in only_event(centre.finish()).arrivals}
    assert wrong.id not in before or before[wrong.id].residual_s < -1
    assert abs(after[wrong.id].residual_s) < 0.5


def test_p_then_s_of_one_station_count_once() -> None:
    """A station with both phases is one station, with two arrivals."""
    p, s = (INSIDE.arrivals(NETWORK, phase) for phase in (Phase.P, Phase.S))

    event = only_event(Centre(NETWORK).feed([*p, *s[:3]]).finish())

    both = f"XX.{s[0].station}"
    assert 1 == event.stations.count(both)
    assert [Phase.P, Phase.S] == [a.phase for a in event.arrivals if a.station == both]


@pytest.mark.parametrize(
    ("count", "publish_from", "expected"),
    [
        (2, EventStatus.POSSIBLE, EventStatus.POSSIBLE),
        (2, EventStatus.PRELIMINARY, None),
        (3, EventStatus.PRELIMINARY, EventStatus.PRELIMINARY),
        (3, EventStatus.DECLARED, None),
        (4, EventStatus.DECLARED, EventStatus.DECLARED),
    ],
)
def test_status_follows_the_number_of_stations(
    count: int, publish_from: EventStatus, expected: EventStatus | None
) -> None:
    """Two stations are possible, three preliminary, four declared; publishing is a choice."""
    triggers = sorted(INSIDE.arrivals(NETWORK, Phase.P), key=lambda each: each.onset)[:count]
    stations = {each.station: NETWORK[each.station] for each in triggers}
    config = AggregatorConfig(
        association=AssociationConfig(noise_rate_per_hour=0.02, min_log_odds=0.0),
        publishing=PublishingConfig(publish_from=publish_from, largest_uncertainty_km=500.0),
    )

    latest = Centre(stations, config).feed(triggers).latest()

    assert [expected] * (expected is not None) == [event.status for event in latest]


def test_a_noisy_station_is_learnt_and_counts_less() -> None:
    """The rate of false triggers rises with each one, and is forgotten when they cease."""
    noise = NoiseRate(prior_hz=2 / 3600, memory_s=3600.0)
    rates = [noise.rate_hz(START_NS)]
    for minute in range(30):
        noise.add(START_NS + seconds_to_ns(60 * minute))
    rates.append(noise.rate_hz(START_NS + seconds_to_ns(1800)))
    rates.append(noise.rate_hz(START_NS + seconds_to_ns(6 * 3600)))

    assert rates[0] == pytest.approx(2 / 3600)
    assert rates[1] > 10 * rates[0]
    assert rates[2] < 2 * rates[0]


def test_the_nearest_listening_stations_are_found() -> None:
    """Stations that are away, or only known from triggers, do not listen."""
    book = StationBook(1e-3, 3600.0)
    book.put("XX.A", 0.0, 0.0, 0.0, registered=True)
    book.put("XX.B", 0.0, 0.5, 0.0, registered=True)
    book.put("XX.C", 0.0, 0.2, 0.0, registered=True, online=False)
    book.put("XX.D", 0.0, 0.1, 0.0, registered=False)
    book.put("XX.E", 0.0, 9.0, 0.0, registered=True)

    near = book.listening_near(0.0, 0.4, 200.0, 5)

    assert ["XX.B", "XX.A"] == [station.key for station in near]
    assert [near[0]] == book.listening_near(0.0, 0.4, 200.0, 1)


def test_a_dense_network_makes_one_event_at_once() -> None:
    """The first stations of many do not pass for the wave front of a source far away."""
    stations = grid_network(side=16, spacing_km=20.0)
    source = Source(16.3, -99.9, origin_s=30.0)
    noise = false_triggers(stations, 2.0, 60.0, seed=7)

    centre = Centre(stations).feed([*noise, *source.arrivals(stations, Phase.P)]).finish()

    assert source.error_km(only_event(centre)) < 5
    assert source.error_km(centre.published[0]) < 25
    assert centre.published[0].published < source.origin_ns + seconds_to_ns(8)
