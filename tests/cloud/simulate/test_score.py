"""Right is within 100 km and 30 s; what is declared twice is once false."""

from cloud.simulate.score import Heard, Score, percentile, score
from cloud.simulate.script import Quake, Script, ScriptConfig
from edge.messages import Event, EventStatus
from edge.messages.event import Arrival
from edge.messages.trigger import Phase

_START_NS = 1_700_000_000_000_000_000
_SECOND = 1_000_000_000
_QUAKE = Quake(origin_s=100.0, latitude=36.0, longitude=138.0, depth_km=10.0, magnitude=5.0)


def _event(
    name: str = "one",
    *,
    after_s: float = 0.0,
    north_degrees: float = 0.0,
    status: EventStatus = EventStatus.DECLARED,
    triggers: tuple[str, ...] = (),
) -> Event:
    origin_ns = _START_NS + round((_QUAKE.origin_s + after_s) * _SECOND)
    return Event(
        id=name,
        revision=0,
        status=status,
        origin_time=origin_ns,
        latitude=_QUAKE.latitude + north_degrees,
        longitude=_QUAKE.longitude,
        depth_km=10.0,
        horizontal_uncertainty_km=3.0,
        stations=(),
        arrivals=tuple(_arrival(trigger, origin_ns) for trigger in triggers),
        first_published=origin_ns,
        published=origin_ns,
    )


def _arrival(trigger: str, time_ns: int) -> Arrival:
    return Arrival(
        station="SM.V00000",
        trigger=trigger,
        phase=Phase.P,
        time=time_ns,
        residual_s=0.0,
        weight=1.0,
        distance_km=10.0,
    )


def _score(*events: Event, seen: int = 5, sent_s: dict[str, float] | None = None) -> Score:
    script = Script(ScriptConfig(stations=4, minutes=5), (), (_QUAKE,))
    heard = [Heard(event, 110.0 + number) for number, event in enumerate(events)]
    return score(script, {0: seen}, sent_s or {}, heard, _START_NS)


def _counts(result: Score) -> tuple[int, int, int, int]:
    return result.events, result.detected, result.missed, result.false


def test_alert_near_by_and_in_time_is_right() -> None:
    """And how late it was is told from the origin."""
    result = _score(_event(after_s=2.0, north_degrees=0.1))

    assert (1, 1, 0, 0) == _counts(result)
    assert (10.0,) == result.declared_s


def test_alert_too_far_is_false_and_the_earthquake_missed() -> None:
    """1.1 degrees are 122 km."""
    assert (1, 0, 1, 1) == _counts(_score(_event(north_degrees=1.1)))


def test_alert_too_early_is_false() -> None:
    """31 s before there was nothing."""
    assert (1, 0, 1, 1) == _counts(_score(_event(after_s=-31)))


def test_second_alert_of_one_earthquake_is_false() -> None:
    """An earthquake that is split is told twice to people who run."""
    assert (1, 1, 0, 1) == _counts(_score(_event("one"), _event("two")))


def test_what_is_not_declared_is_no_alert() -> None:
    """Possible and preliminary events ring nobody's bell."""
    quiet = _event(status=EventStatus.PRELIMINARY)

    assert (1, 0, 1, 0) == _counts(_score(quiet))


def test_alert_that_is_taken_back_stays_false() -> None:
    """Who ran has run."""
    declared = _event(north_degrees=3)
    retracted = _event(north_degrees=3, status=EventStatus.RETRACTED)

    assert 1 == _score(declared, retracted).false


def test_earthquake_that_three_stations_saw_need_not_be_found() -> None:
    """But what is said of it is not false."""
    assert (0, 0, 0, 0) == _counts(_score(_event(), seen=3))


def test_latency_is_from_the_newest_trigger_of_a_revision() -> None:
    """Each trigger counts once, in the first revision that holds it."""
    first = _event(triggers=("a", "b"))
    second = _event(triggers=("a", "b", "c"))

    result = _score(first, second, sent_s={"a": 108.0, "b": 109.5, "c": 110.75})

    assert (0.5, 0.25) == result.latency_s


def test_place_is_judged_by_the_last_revision() -> None:
    """The first one is early, not good."""
    result = _score(_event(north_degrees=0.5), _event(north_degrees=0.0))

    assert (0.0,) == result.epicentre_km


def test_percentile_of_nothing_is_nothing() -> None:
    """No event, no latency."""
    assert percentile([], 50) is None
