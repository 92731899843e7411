"""Who is asked, when, how often, and when it is waited no longer: by the data's clock alone."""

import pytest
from structlog.testing import capture_logs

from cloud.thorough.config import ThoroughConfig
from cloud.thorough.desk import InquiryDesk
from cloud.thorough.inquiry import Inquiry, Request
from cloud.thorough.stretch import Planner
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import Event, EventMethod, EventStatus
from edge.messages.command import Reply
from edge.timestamps import seconds_to_ns
from tests.cloud.thorough.test_stretch import ORIGIN_NS, event, station

STATIONS = [station("A", 10.0), station("B", 40.0), station("C", 90.0)]
LATE_S = 300.0


def desk_of(**settings: object) -> InquiryDesk:
    """Return a desk that knows of one declared event of three stations."""
    config = ThoroughConfig.model_validate(settings)
    made = InquiryDesk(config, Planner(config, travel_times(iasp91())))
    made.on_event(event("A", "B", "C"), STATIONS)
    return made


def asked(desk: InquiryDesk, after_s: float = LATE_S) -> list[Request]:
    """Return what is asked so long after the origin."""
    return desk.requests(ORIGIN_NS + seconds_to_ns(after_s))


def due(desk: InquiryDesk, after_s: float) -> list[Inquiry]:
    """Return the inquiries that are looked at so long after the origin."""
    return desk.due(ORIGIN_NS + seconds_to_ns(after_s))


def reply(request: Request, *, ok: bool = True, text: str = "", messages: int = 1) -> Reply:
    """Return a station's reply to a request."""
    network, _, name = request.stretch.station.partition(".")
    return Reply(
        id=request.id,
        name="waveform",
        network=network,
        station=name,
        ok=ok,
        text=text,
        result={"messages": messages} if ok else {},
        time=ORIGIN_NS,
    )


def answer(desk: InquiryDesk, request: Request, messages: int = 1, after_s: float = 100.0) -> None:
    """Let a station answer: its reply first, as it is the more urgent, then the records."""
    desk.on_reply(reply(request, messages=messages), ORIGIN_NS + seconds_to_ns(after_s))
    for number in range(messages):
        desk.on_records(request.id, request.stretch.station, bytes([number]))


def test_each_station_is_asked_once_as_soon_as_its_last_sample_is_recorded() -> None:
    """The nearest first; nobody before, nobody twice."""
    desk = desk_of(delay_s=3.0)

    times: dict[str, float] = {}
    for second in range(200):
        for request in asked(desk, second):
            assert request.stretch.station not in times
            times[request.stretch.station] = second
            assert ORIGIN_NS + seconds_to_ns(second) >= request.stretch.end_ns + seconds_to_ns(3)

    assert ["XX.A", "XX.B", "XX.C"] == list(times)
    assert all(45 <= seconds <= 90 for seconds in times.values())


def test_all_answers_make_it_due_at_once() -> None:
    """There is nothing to wait for."""
    desk = desk_of()
    requests = asked(desk, 100)
    for request in requests[:-1]:
        answer(desk, request)
    assert [] == due(desk, 100)

    answer(desk, requests[-1])

    (inquiry,) = due(desk, 100)
    assert ["XX.A", "XX.B", "XX.C"] == list(inquiry.here())
    assert [] == due(desk, 101), "it is being judged"


def test_records_that_come_twice_count_once() -> None:
    """QoS 1 delivers at least once; two messages of three are not three."""
    desk = desk_of()
    request, *others = asked(desk, 100)
    for other in others:
        answer(desk, other)
    desk.on_reply(reply(request, messages=3), ORIGIN_NS)
    for digest in (b"1", b"2", b"2", b"1"):
        desk.on_records(request.id, "XX.A", digest)

    assert [] == due(desk, 100)
    desk.on_records(request.id, "XX.A", b"3")
    assert 1 == len(due(desk, 100))


def test_records_may_come_before_the_reply() -> None:
    """Messages of two lanes have no common order."""
    desk = desk_of()
    for request in asked(desk, 100):
        desk.on_records(request.id, request.stretch.station, b"1")
        desk.on_reply(reply(request), ORIGIN_NS)

    assert 1 == len(due(desk, 100))


def test_a_station_that_never_answers_is_not_waited_for_beyond_the_deadline() -> None:
    """It is told; the others' waveforms are looked at."""
    desk = desk_of(deadline_s=60.0)
    silent, *others = asked(desk, 100)
    for other in others:
        answer(desk, other)

    assert [] == due(desk, 100)
    with capture_logs() as logs:
        (inquiry,) = due(desk, LATE_S)

    assert ["XX.B", "XX.C"] == list(inquiry.here())
    assert [("waveforms_missing", "XX.A", "no answer")] == [
        (log["event"], log["station"], log["reason"]) for log in logs
    ]
    assert "XX.A" == silent.stretch.station


def test_an_event_of_long_ago_is_waited_for_too() -> None:
    """After a restart all is asked at once, long after the last sample: the time counts from then.

    So does it when the event is asked about late for any other reason.
    """
    desk = desk_of(deadline_s=60.0)
    asked(desk, 500)

    assert [] == due(desk, 559)
    assert 1 == len(due(desk, 561))


def test_a_part_of_an_answer_is_better_than_none() -> None:
    """Two of three messages came: they are looked at, and what is missing is told."""
    desk = desk_of()
    request, *others = asked(desk, 100)
    for other in others:
        answer(desk, other)
    desk.on_reply(reply(request, messages=3), ORIGIN_NS)
    desk.on_records(request.id, "XX.A", b"1")
    desk.on_records(request.id, "XX.A", b"2")

    (inquiry,) = due(desk, LATE_S)

    assert "XX.A" in inquiry.here()
    assert "2 of 3 messages came" == request.reason


def test_a_station_that_is_out_of_bytes_is_asked_again_when_it_says() -> None:
    """With a new name: of the old one the station only repeats its refusal."""
    desk = desk_of()
    request, *_ = asked(desk, 100)
    text = "60000 bytes exceed what is left of 50000 an hour; ask in 12 s"

    desk.on_reply(reply(request, ok=False, text=text), ORIGIN_NS + seconds_to_ns(100))

    assert [] == asked(desk, 111)
    (again,) = asked(desk, 113)
    assert (request.stretch, 2) == (again.stretch, again.attempt)
    assert request.id != again.id


def test_patience_ends() -> None:
    """After three attempts the refusal is believed."""
    desk = desk_of(attempts=3)
    pending = asked(desk, 100)[:1]
    count = 0
    after_s = 100.0
    while pending:
        count += 1
        refusal = reply(pending[0], ok=False, text="the outbox is full; ask again later")
        desk.on_reply(refusal, ORIGIN_NS + seconds_to_ns(after_s))
        after_s += 30
        pending = asked(desk, after_s)

    assert 3 == count


@pytest.mark.parametrize(
    "text", ["waveform: not known here; this station does: drill", "end lies 9e9 s after start"]
)
def test_a_refusal_for_good_is_told_and_not_asked_again(text: str) -> None:
    """It stops none of the others."""
    desk = desk_of()
    refusing, *others = asked(desk, 100)
    with capture_logs() as logs:
        desk.on_reply(reply(refusing, ok=False, text=text), ORIGIN_NS)
    for other in others:
        answer(desk, other)

    assert [("XX.A", text)] == [(log["station"], log["reason"]) for log in logs]
    assert [] == asked(desk)
    (inquiry,) = due(desk, 100)
    assert ["XX.B", "XX.C"] == list(inquiry.here())


def test_a_station_without_a_record_of_that_time_says_so() -> None:
    """Zero messages: it is not waited for."""
    desk = desk_of()
    for request in asked(desk, 100):
        desk.on_reply(reply(request, messages=0), ORIGIN_NS)

    (inquiry,) = due(desk, 100)
    assert {} == inquiry.here()


def test_nobody_answers_for_another_station() -> None:
    """Neither a reply nor records of B settle what A was asked for."""
    desk = desk_of()
    request = asked(desk, 100)[0]
    other = reply(request).model_copy(update={"station": "B"})

    desk.on_reply(other, ORIGIN_NS)
    desk.on_records(request.id, "XX.B", b"1")

    assert (None, set()) == (request.expected, request.received)


def test_replies_to_others_are_passed_over() -> None:
    """An operator's commands are answered on the same topic."""
    desk = desk_of()
    request = asked(desk, 100)[0]

    desk.on_reply(reply(request).model_copy(update={"id": "somebody-s"}), ORIGIN_NS)
    desk.on_records("somebody-s", "XX.A", b"1")

    assert request.expected is None


def test_an_exercise_asks_nobody() -> None:
    """Nor does an event that is only possible, where that is not wanted."""
    config = ThoroughConfig()
    desk = InquiryDesk(config, Planner(config, travel_times(iasp91())))

    desk.on_event(event("A", "B").model_copy(update={"exercise": True}), STATIONS)
    possible = {"status": EventStatus.POSSIBLE, "id": "other"}
    desk.on_event(event("A", "B").model_copy(update=possible), STATIONS)

    assert [] == asked(desk)
    assert {} == desk.inquiries


def test_an_event_that_ended_is_asked_about_no_more() -> None:
    """Retracted or final; nor does an old revision that comes late open it again."""
    desk = desk_of()
    desk.on_event(event("A").model_copy(update={"status": EventStatus.RETRACTED}), STATIONS)
    desk.on_event(event("A", "B", "C"), STATIONS)

    assert [] == asked(desk)
    assert {} == desk.inquiries


def test_an_event_that_grows_asks_the_new_station_alone() -> None:
    """What was asked is not asked again, wherever the event moves."""
    desk = desk_of(neighbours=0)
    first = {one.stretch.station for one in asked(desk, 100)}
    newcomer = station("D", 120.0)

    desk.on_event(event("A", "B", "C", "D", north_km=3.0), [*STATIONS, newcomer])

    assert {"XX.A", "XX.B", "XX.C"} == first
    assert ["XX.D"] == [one.stretch.station for one in asked(desk)]


def test_an_event_that_moves_far_asks_for_what_is_missing() -> None:
    """Two minutes later by a better location: the record after the one that is here."""
    desk = desk_of()
    before = {one.stretch.station: one.stretch for one in asked(desk, 100)}
    moved = event("A", "B", "C").model_copy(
        update={"origin_time": ORIGIN_NS + seconds_to_ns(50), "revision": 1}
    )

    desk.on_event(moved, STATIONS)

    for request in asked(desk):
        assert before[request.stretch.station].end_ns == request.stretch.start_ns


def test_revisions_from_waveforms_are_bounded() -> None:
    """After so many rounds a new neighbour is asked no more."""
    desk = desk_of(rounds=1)
    for request in asked(desk, 100):
        answer(desk, request)
    (inquiry,) = due(desk, 100)
    desk.on_judged(inquiry)
    by_waveforms = event("A", "B", "C").model_copy(update={"method": EventMethod.WAVEFORMS})

    desk.on_event(by_waveforms, [*STATIONS, station("D", 60.0)])

    assert [] == asked(desk)
    assert [] == due(desk, LATE_S)


def test_a_second_round_looks_at_new_neighbours() -> None:
    """The event moved: a station that was too far before is asked now."""
    desk = desk_of(rounds=2)
    for request in asked(desk, 100):
        answer(desk, request)
    (inquiry,) = due(desk, 100)
    desk.on_judged(inquiry)

    desk.on_event(event("A", "B", "C"), [*STATIONS, station("D", 60.0)])
    (request,) = asked(desk, 120)
    answer(desk, request)

    (again,) = due(desk, 120)
    assert ["XX.A", "XX.B", "XX.C", "XX.D"] == sorted(again.here())


def test_two_events_that_want_the_same_ask_once() -> None:
    """Both get the answer."""
    desk = desk_of()
    twin: Event = event("A", "B", "C").model_copy(update={"id": "twin"})
    desk.on_event(twin, STATIONS)

    requests = asked(desk, 100)
    for request in requests:
        answer(desk, request)

    assert 3 == len(requests)
    assert ["e", "twin"] == [one.event.id for one in due(desk, 100)]


def test_a_swarm_asks_about_so_many_events_at_once() -> None:
    """The event of the fewest stations gives way."""
    desk = desk_of(most_events=2)
    desk.on_event(event("A").model_copy(update={"id": "small"}), STATIONS)
    desk.on_event(event("A", "B").model_copy(update={"id": "middle"}), STATIONS)

    assert ["e", "middle"] == list(desk.inquiries)


def test_an_event_without_stations_to_ask_is_never_due() -> None:
    """All of them are offline."""
    config = ThoroughConfig()
    desk = InquiryDesk(config, Planner(config, travel_times(iasp91())))
    desk.on_event(event("A", "B"), ())

    assert [] == asked(desk)
    assert [] == due(desk, LATE_S)


def test_the_same_stretch_has_the_same_name_after_a_restart() -> None:
    """A station does a command once by its name, and the name is safe in topics."""
    first, second = ([one.id for one in asked(desk_of())] for _ in range(2))

    assert first == second
    assert "wf-XX.A-20231114T221250-80-1" == first[0]
