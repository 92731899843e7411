"""Commands are done once, answered always, and never stop the station."""

import json
import typing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.commands.receiver import MOST_BYTES, CommandReceiver, Result
from edge.errors import CommandError
from edge.messages.command import Command, Reply
from edge.outbox import Outbox
from tests.edge.archive.streams import STATION

NOW_NS = 1_700_000_000_000_000_000


class Office:
    """A receiver with an outbox and a command that counts."""

    def __init__(self, folder: Path) -> None:
        self.outbox = Outbox(folder / "outbox.sqlite", clock_ns=lambda: NOW_NS)
        self.done: list[Command] = []
        self.told = 0
        self.receiver = CommandReceiver(
            STATION, self.outbox, {"count": self._count}, lambda: NOW_NS, self._tell
        )

    def _count(self, command: Command) -> Result:
        if command.arguments.get("fail"):
            raise CommandError(command.name, "cannot")
        self.done.append(command)
        return "counted", {"so_far": len(self.done)}

    def _tell(self) -> None:
        self.told += 1

    def replies(self) -> list[Reply]:
        """Return what waits to be sent."""
        batch = self.outbox.batch(1000)
        assert {"tremor/v1/XX/KARA1/reply"} >= {message.topic for message in batch}
        return [Reply.from_wire(message.payload) for message in batch]


@pytest.fixture
def office(tmp_path: Path) -> typing.Iterator[Office]:
    """Return an office that is closed at the end."""
    made = Office(tmp_path)
    yield made
    made.outbox.close()


def _payload(**fields: object) -> bytes:
    return json.dumps({"id": "a1", "name": "count", **fields}).encode()


async def test_a_command_is_done_and_answered(office: Office) -> None:
    """With its id, what was done, and figures."""
    await office.receiver.take(_payload())

    (reply,) = office.replies()
    assert ("a1", True, "counted", {"so_far": 1}) == (reply.id, reply.ok, reply.text, reply.result)
    assert 1 == office.told


async def test_a_command_that_comes_twice_is_done_once(office: Office) -> None:
    """And answered each time with the same words."""
    await office.receiver.take(_payload())
    await office.receiver.take(_payload())

    assert 1 == len(office.done)
    first, second = office.replies()
    assert first == second


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": "dance"}, "dance: not known here; this station does: count"),
        ({"expires": "2020-01-01T00:00:00Z"}, "count: expired at 2020-01-01T00:00:00.000000Z"),
        ({"arguments": {"fail": True}}, "count: cannot"),
    ],
)
async def test_what_cannot_be_done_is_answered_with_the_reason(
    office: Office, fields: dict[str, object], reason: str
) -> None:
    """Unknown, too late, or refused by who does it."""
    await office.receiver.take(_payload(**fields))

    (reply,) = office.replies()
    assert (False, reason) == (reply.ok, reply.text)
    assert [] == office.done


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"\xff", _payload(id="../../etc"), _payload(id=""), b" " * (MOST_BYTES + 1)],
)
async def test_what_is_no_command_is_counted_and_dropped(office: Office, payload: bytes) -> None:
    """There is nobody to answer to."""
    await office.receiver.take(payload)

    assert 1 == office.receiver.refused
    assert [] == office.replies()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
async def test_no_payload_stops_the_receiver(office: Office, payload: bytes) -> None:
    """Fuzzed."""
    await office.receiver.take(payload)
