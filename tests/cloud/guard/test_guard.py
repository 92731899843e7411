"""Whom the centre believes, whom not, and when again."""

import pytest
from structlog.testing import capture_logs

from cloud.guard import Guard, GuardConfig, Verdict
from edge.messages import ClockSource, ClockState, Health, Phase, State, Trigger, TriggerStatus

SECOND = 1_000_000_000
NOW_NS = 1_700_000_000 * SECOND
HOME, ELSEWHERE = (17.0, -99.0), (17.5, -99.4)
Told = list[tuple[str, str, tuple[str, ...]]]


@pytest.fixture
def told() -> Told:
    """Return what the guard told, in order."""
    return []


@pytest.fixture
def guard(told: Told) -> Guard:
    """Return a guard with small limits."""
    config = GuardConfig(burst_messages=20, messages_per_minute=60)
    return Guard(config, lambda *said: told.append(said))


def trigger(
    number: int = 0,
    place: tuple[float, float] = HOME,
    station: str = "A",
    onset_ns: int = NOW_NS,
) -> Trigger:
    """Return a trigger."""
    return Trigger(
        id=f"{station}-{number}",
        revision=0,
        status=TriggerStatus.PRELIMINARY,
        network="XX",
        station=station,
        channels=("HNZ",),
        latitude=place[0],
        longitude=place[1],
        onset=onset_ns,
        onset_uncertainty_s=0.1,
        phase=Phase.P,
        window_s=0.5,
        clock=ClockState(source=ClockSource.NTP, error_s=0.01),
        sent=onset_ns,
    )


def state(place: tuple[float, float] = HOME) -> State:
    """Return a birth certificate."""
    return State(online=True, network="XX", station="A", latitude=place[0], longitude=place[1])


def health(time_ns: int) -> Health:
    """Return a report."""
    return Health(
        network="XX",
        station="A",
        time=time_ns,
        packets=1,
        packets_dropped=0,
        gaps=0,
        outbox_depth=0,
        triggers=0,
    )


def test_flood_is_stopped_told_once_and_ends_by_itself(guard: Guard, told: Told) -> None:
    """The burst passes, the rest is counted and dropped; half a bucket later all is well."""
    with capture_logs() as logs:
        verdicts = [guard.admits(trigger(number), NOW_NS) for number in range(1_000)]
        guard.tick(NOW_NS + 9 * SECOND)
        still = guard.believes("XX", "A")
        guard.tick(NOW_NS + 11 * SECOND)
        after = guard.admits(trigger(1_001), NOW_NS + 11 * SECOND)

    assert [Verdict.USED] * 19 == [verdict for verdict in verdicts if verdict is Verdict.USED]
    assert 981 == guard.dropped["trigger"]
    assert not still
    assert Verdict.USED is after
    assert [1, 0] == [len(reasons) for _, _, reasons in told]
    said = {entry["event"]: entry for entry in logs}
    assert ["station_doubted", "station_flood_over", "station_believed_again"] == list(said)
    assert 981 == said["station_flood_over"]["dropped"]


def test_flood_that_goes_on_stays_stopped(guard: Guard) -> None:
    """What is dropped counts too: the gate does not open for a part of each minute."""
    passed = 0
    for second in range(120):
        for number in range(10):
            verdict = guard.admits(trigger(10 * second + number), NOW_NS + second * SECOND)
            passed += verdict is Verdict.USED
        guard.tick(NOW_NS + second * SECOND)

    assert passed < 25


def test_flood_of_one_station_is_no_other_ones(guard: Guard) -> None:
    """Nor does a flood of triggers stop the reports."""
    for number in range(100):
        guard.admits(trigger(number), NOW_NS)

    assert Verdict.USED is guard.admits(trigger(station="B"), NOW_NS)
    assert Verdict.USED is guard.admits(health(NOW_NS), NOW_NS)
    assert guard.believes("XX", "B")


def test_honest_rate_passes_for_ever(guard: Guard) -> None:
    """A revision a second, all day."""
    verdicts = {guard.admits(trigger(n), NOW_NS + n * SECOND) for n in range(3_600)}

    assert {Verdict.USED} == verdicts


def test_two_places_by_turns_are_doubted_until_they_stop(guard: Guard, told: Told) -> None:
    """Two stations that were given one code; an hour after one of them went, it counts again."""
    for turn in range(4):
        guard.admits(state((HOME, ELSEWHERE)[turn % 2]), NOW_NS + turn * SECOND)
    flipping = guard.admits(trigger(place=ELSEWHERE), NOW_NS + 5 * SECOND)
    guard.tick(NOW_NS + 3_590 * SECOND)
    still = guard.believes("XX", "A")
    guard.tick(NOW_NS + 3_610 * SECOND)
    after = guard.admits(trigger(place=ELSEWHERE), NOW_NS + 3_611 * SECOND)

    assert (Verdict.KEPT, Verdict.USED) == (flipping, after)
    assert not still
    assert "two places under one code" in told[0][2][0]
    assert ("XX", "A", ()) == told[-1]


def test_station_that_is_moved_once_is_believed(guard: Guard, told: Told) -> None:
    """Its new birth certificate says where it is."""
    guard.admits(state(HOME), NOW_NS)
    guard.admits(state(ELSEWHERE), NOW_NS + SECOND)

    assert Verdict.USED is guard.admits(trigger(place=ELSEWHERE), NOW_NS + 2 * SECOND)
    assert [] == told


def test_trigger_from_elsewhere_than_its_station_is_not_used(guard: Guard) -> None:
    """The first one already: located at the wrong place it would make a wrong event."""
    guard.admits(state(HOME), NOW_NS)

    assert Verdict.KEPT is guard.admits(trigger(place=ELSEWHERE), NOW_NS)


def test_receiver_that_wanders_is_at_its_place(guard: Guard) -> None:
    """GNSS is good to some metres."""
    guard.admits(state(HOME), NOW_NS)
    verdicts = {guard.admits(trigger(n, place=(17.0 + n * 1e-4, -99.0)), NOW_NS) for n in range(10)}

    assert {Verdict.USED} == verdicts


@pytest.mark.parametrize(
    ("off_s", "words"),
    [
        pytest.param(3 * 3_600, "3 h ahead", id="hours ahead"),
        pytest.param(-5 * 3_600, "5 h behind", id="hours behind"),
        pytest.param(-400 * 86_400, "400 days behind", id="years behind"),
        pytest.param(90, "90 s ahead", id="a minute ahead"),
    ],
)
def test_clock_that_is_far_off_is_doubted_until_it_is_set(
    guard: Guard, told: Told, off_s: int, words: str
) -> None:
    """The report says it, the triggers are kept aside, the next good report ends it."""
    guard.admits(health(NOW_NS + off_s * SECOND), NOW_NS)
    during = guard.admits(trigger(onset_ns=NOW_NS + off_s * SECOND), NOW_NS)
    guard.admits(health(NOW_NS + SECOND), NOW_NS + SECOND)
    after = guard.admits(trigger(1), NOW_NS + SECOND)

    assert (Verdict.KEPT, Verdict.USED) == (during, after)
    assert words in told[0][2][0]
    assert ("XX", "A", ()) == told[-1]


def test_old_trigger_is_no_wrong_clock(guard: Guard) -> None:
    """It waited on a station without a line."""
    assert Verdict.USED is guard.admits(trigger(onset_ns=NOW_NS - 80_000 * SECOND), NOW_NS)


def test_made_up_stations_fill_no_memory() -> None:
    """Sixty thousand codes, each once."""
    guard = Guard(GuardConfig(), lambda *_: None)
    for number in range(60_000):
        code = f"S{number}"
        guard.admits(trigger(station=code), NOW_NS + number * SECOND // 10)

    assert len(guard._gate._levels) <= 50_000
    assert len(guard._places._known) <= 50_000
