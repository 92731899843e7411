"""What happens is the same for the same seed, and as hard as was asked for."""

import numpy as np
import pytest
from pydantic import ValidationError

from cloud.geodesy import great_circle_km
from cloud.simulate.schedule import clock_of, schedule, trigger_of, triggered
from cloud.simulate.script import Quake, Script, ScriptConfig, half_width_km, write_script
from edge.messages import ClockSource, Phase, Trigger, TriggerStatus

_START_NS = 1_700_000_000_000_000_000


def _script(**settings: float) -> Script:
    return write_script(ScriptConfig(**{"stations": 64, "minutes": 5.0, "seed": 3} | settings))


def test_same_seed_is_the_same_day() -> None:
    """To the last trigger."""
    assert schedule(_script()) == schedule(_script())


def test_another_seed_is_another_day() -> None:
    """Stations and earthquakes lie elsewhere."""
    assert _script().quakes != _script(seed=4).quakes


def test_stations_fill_their_square() -> None:
    """No station stands far outside, and neighbours are about the spacing apart."""
    script = _script(spacing_km=20)
    first, *others = script.stations
    to_others = [
        great_circle_km(first.latitude, first.longitude, one.latitude, one.longitude)
        for one in others
    ]

    assert 64 == len({station.code for station in script.stations})
    assert 5 < min(to_others) < 35
    assert max(to_others) < 3.5 * half_width_km(script.config)


def test_earthquakes_end_before_the_script() -> None:
    """The last one's waves have time to arrive."""
    script = _script(minutes=10)

    assert 10 == len(script.quakes)
    assert all(15 <= quake.origin_s <= 10 * 60 - 45 for quake in script.quakes)


def test_small_earthquakes_are_common() -> None:
    """Ten times as many a unit of magnitude less, within the noise of chance."""
    magnitudes = np.array([q.magnitude for q in _script(minutes=60, quakes_per_minute=60).quakes])

    assert 4.0 <= magnitudes.min()
    assert magnitudes.max() <= 7.0
    assert 0.08 < np.mean(magnitudes > 5) < 0.13


def test_strong_earthquake_triggers_more_stations() -> None:
    """Where nothing else differs, the larger one is seen farther."""
    script = _script(stations=400, quakes_per_minute=4)
    seen = triggered(script, schedule(script))
    weak = min(range(len(script.quakes)), key=lambda n: script.quakes[n].magnitude)
    strong = max(range(len(script.quakes)), key=lambda n: script.quakes[n].magnitude)

    assert seen[weak] < seen[strong]


def test_moderate_earthquake_is_not_seen_across_the_country() -> None:
    """In a network of a thousand kilometres an M4.5 triggers stations within some hundred."""
    script = _script(stations=4_900)
    quake = Quake(20.0, script.stations[2_500].latitude, 138.0, 15.0, 4.5)
    script = Script(script.config, script.stations, (quake,))
    distances = {
        phase: [
            great_circle_km(
                quake.latitude,
                quake.longitude,
                sending.seen.station.latitude,
                sending.seen.station.longitude,
            )
            for sending in schedule(script)
            if sending.seen.phase is phase and sending.seen.quake == 0
        ]
        for phase in (Phase.P, Phase.S)
    }

    assert 40 < np.median(distances[Phase.P]) < 120
    assert np.percentile(distances[Phase.S], 99) < 400


def test_triggers_are_in_the_order_of_sending() -> None:
    """So that they can be played."""
    times = [sending.at_s for sending in schedule(_script())]

    assert sorted(times) == times


def test_station_that_is_away_says_nothing() -> None:
    """From when it drops out to when it is back."""
    sendings = schedule(_script(dropping_out_share=1.0, false_per_hour=200))

    assert sendings
    for sending in sendings:
        begin_s, end_s = sending.seen.station.away_s or (0, 0)
        assert not begin_s <= sending.at_s < end_s


def test_station_has_one_trigger_of_p_at_a_time() -> None:
    """As the agent's tracker does; only S comes within the life of another."""
    last_s: dict[str, float] = {}
    sendings = [s for s in schedule(_script(false_per_hour=500)) if s.revision == 0]
    for seen in sorted((s.seen for s in sendings), key=lambda seen: seen.arrival_s):
        if seen.phase is not Phase.S:
            assert seen.arrival_s - last_s.get(seen.station.code, -100) >= 10
        last_s[seen.station.code] = max(seen.arrival_s, last_s.get(seen.station.code, -100))


def test_noise_is_taken_back() -> None:
    """Its second revision retracts it."""
    noise = [s for s in schedule(_script(false_per_hour=100)) if s.seen.quake < 0]

    assert {TriggerStatus.PRELIMINARY, TriggerStatus.RETRACTED} == {s.status for s in noise}


def test_wrong_clock_is_wrong_and_says_so() -> None:
    """Off by up to a second, and the message states half a second."""
    script = _script(clock_off_share=1.0)
    sending = next(s for s in schedule(script) if s.seen.quake >= 0)
    trigger = trigger_of(sending, _START_NS)
    true_ns = _START_NS + round(sending.seen.arrival_s * 1e9)

    assert ClockSource.FREE_RUN is clock_of(sending.seen.station).source
    assert 0.5 == trigger.clock.error_s
    assert sending.seen.station.clock_offset_s == pytest.approx((trigger.onset - true_ns) / 1e9)
    assert {True} == {abs(s.clock_offset_s) <= 1 for s in script.stations}


def test_messages_are_what_stations_send() -> None:
    """To the microsecond of the wire, with probabilities that add up."""
    for sending in schedule(_script()):
        trigger = Trigger.from_wire(trigger_of(sending, _START_NS).to_wire())
        assert trigger == Trigger.from_wire(trigger.to_wire())
        assert 1 == pytest.approx(sum(trigger.probabilities.values()))


@pytest.mark.parametrize("wrong", [{"stations": 3}, {"minutes": 0}, {"lost_share": 2}])
def test_senseless_script_is_refused(wrong: dict[str, float]) -> None:
    """Too few stations to declare anything, no time, more than all."""
    with pytest.raises(ValidationError):
        _script(**wrong)
