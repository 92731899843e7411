"""Events go out beside what comes in, the newest revision of each."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cloud.aggregator import Aggregator
from cloud.board import Board
from cloud.centre import Centre
from cloud.config import ServiceConfig
from cloud.holdings import Holdings, open_holdings
from edge.dataclock import LIVE
from edge.messages import Event
from edge.timestamps import seconds_to_ns
from tests.cloud.store.test_store import event


@pytest.fixture
def holdings(tmp_path: Path) -> Iterator[Holdings]:
    """Return the disks of a centre."""
    with open_holdings(ServiceConfig(state_dir=tmp_path)) as opened:
        yield opened


@pytest.fixture
async def centre(holdings: Holdings) -> AsyncIterator[Centre]:
    """Return a centre without wires."""
    made = Centre(Aggregator(), Board(), holdings, LIVE)
    yield made
    made.close()


def revision(number: int, name: str = "one") -> Event:
    """Return a revision of an event, each in another place."""
    return event().model_copy(
        update={"id": name, "revision": number, "latitude": 17.0 + number / 100}
    )


def sent(holdings: Holdings) -> list[tuple[str, int]]:
    """Return what waits for the broker."""
    queued = [Event.from_wire(one.payload) for one in holdings.outbox.batch(100)]
    return [(one.id, one.revision) for one in queued]


async def test_event_that_changes_faster_than_disks_goes_out_as_it_is_now(
    centre: Centre, holdings: Holdings
) -> None:
    """Of fifty revisions at once the last; other events are not held up."""
    told: list[Event] = []
    centre.listeners.append(told.append)
    for number in range(50):
        centre._made([revision(number), revision(number, "two")])
    await centre.settle()

    assert [("one", 49), ("two", 49)] == sent(holdings)
    assert [("one", 49), ("two", 49)] == [(one.id, one.revision) for one in told]
    assert {49} == {one.revision for one in holdings.store.latest_events(5)}


async def test_each_revision_goes_out_where_there_is_time(
    centre: Centre, holdings: Holdings
) -> None:
    """One after the other, in order."""
    for number in range(5):
        await centre.carry_on([revision(number)])

    assert [("one", number) for number in range(5)] == sent(holdings)


async def test_no_revision_is_on_its_way_that_a_restart_would_not_know(
    centre: Centre, holdings: Holdings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the same revision could be made anew with other contents."""

    def killed(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(holdings.outbox, "put", killed)
    await centre.carry_on([revision(3)])

    assert [3] == [one.revision for one in holdings.store.latest_events(5)]
    assert [] == sent(holdings)


@pytest.mark.parametrize(("age_s", "expected"), [(60, [("one", 4)]), (3600, [])])
async def test_newest_revision_is_told_once_more_after_a_restart(
    holdings: Holdings, age_s: int, expected: list[tuple[str, int]]
) -> None:
    """It may not have been on its way when the centre ended; an hour later nobody wants it."""
    now_ns = LIVE.now_ns()
    for number, name in ((9, "older"), (4, "one")):
        kept = revision(number, name).model_copy(
            update={"published": now_ns - seconds_to_ns(age_s) - number}
        )
        holdings.store.save_all([(kept, kept.published)])
    again = Centre(Aggregator(), Board(), holdings, LIVE)

    await again.restore()
    again.close()

    assert expected == sent(holdings)


async def test_event_that_cannot_be_published_holds_up_no_other(
    centre: Centre, holdings: Holdings
) -> None:
    """It is told in full."""

    def choke(one: Event) -> None:
        if one.id == "one":
            raise ZeroDivisionError

    centre.listeners.append(choke)
    with capture_logs() as logs:
        await centre.carry_on([revision(0), revision(0, "two")])

    assert ("two", 0) in sent(holdings)
    assert ["event_failed"] == [entry["event"] for entry in logs if "exc_info" in entry]
