"""Takes commands, does each once, and answers on `reply`.

A command may come twice: the broker repeats what was not acknowledged, and whoever sent it repeats
what was not answered. The second time the station only answers again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import structlog
from pydantic import ValidationError

from edge.config import StationSection
from edge.errors import CommandError
from edge.messages.command import Command, Reply
from edge.messages.topics import station_topic
from edge.outbox import Lane, Outbox
from edge.timestamps import format_time, seconds_to_ns

_log = structlog.get_logger(__name__)

MOST_BYTES: Final = 65_536
"""A larger payload is no command."""
_REMEMBERED: Final = 256
_REPLY_LIFE_NS: Final = seconds_to_ns(86_400)

Result = tuple[str, dict[str, Any]]
"""What was done, in words and in figures."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that says more than that a command was done."""

    text: str
    result: dict[str, Any]
    ok: bool
    done: bool = True
    """False: another answer follows, and who asks again is answered by the handler."""
    then: Callable[[], None] | None = None
    """Called in the event loop when the answer is on disk."""

    def followed_by(self, then: Callable[[], None]) -> Self:
        """Return the answer with something to do when it is on disk."""
        return replace(self, then=then)


Handler = Callable[[Command], Result | Answer]
"""Does a command, in a thread of its own; raises `CommandError` where it cannot."""


class CommandReceiver:
    """Does what it is told, one command after the other.

    Args:
        place: The station's codes.
        outbox: Takes the answers.
        handlers: What can be done, by the command's name.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        notify: Called after an answer was put into the outbox.

    Attributes:
        topic: Where commands come.
        refused: Payloads that were no commands, since the start.
    """

    def __init__(
        self,
        place: StationSection,
        outbox: Outbox,
        handlers: Mapping[str, Handler],
        now_ns: Callable[[], int],
        notify: Callable[[], None],
    ) -> None:
        self.topic = station_topic(place.network, place.station, "command")
        self.refused = 0
        self._place = place
        self._outbox = outbox
        self._handlers = handlers
        self._now_ns = now_ns
        self._notify = notify
        self._replies: OrderedDict[str, Reply] = OrderedDict()

    async def take(self, payload: bytes) -> None:
        """Take a payload; when this returns, its answer is on disk. Never raises for what it is."""
        command = self._read(payload)
        if command is None:
            return
        reply, then = self._replies.get(command.id), None
        if reply is None:
            answer = await asyncio.to_thread(self._do, command)
            reply, then = self._reply(command, answer), answer.then
            self._remember(reply)
        await asyncio.to_thread(self._send, reply)
        self._notify()
        if then is not None:
            then()

    def _remember(self, reply: Reply) -> None:
        if reply.done:
            self._replies[reply.id] = reply
        while len(self._replies) > _REMEMBERED:
            self._replies.popitem(last=False)

    def _read(self, payload: bytes) -> Command | None:
        if len(payload) > MOST_BYTES:
            self._refuse(f"{len(payload)} bytes; a command has {MOST_BYTES} at most")
            return None
        try:
            return Command.from_wire(payload)
        except ValidationError as error:
            self._refuse(str(error))
            return None

    def _refuse(self, reason: str) -> None:
        """Count and say what is no command; there is no id to answer to."""
        self.refused += 1
        _log.warning("command_refused", refused=self.refused, reason=reason)

    def _do(self, command: Command) -> Answer:
        try:
            answer = self._handler(command)(command)
        except CommandError as error:
            _log.warning("command_failed", id=command.id, name=command.name, reason=str(error))
            return Answer(str(error), {}, ok=False)
        if not isinstance(answer, Answer):
            answer = Answer(*answer, ok=True)
        event = "command_done" if answer.done else "command_accepted"
        _log.info(event, id=command.id, name=command.name, text=answer.text)
        return answer

    def _handler(self, command: Command) -> Handler:
        if command.expires is not None and command.expires < self._now_ns():
            raise CommandError(command.name, f"expired at {format_time(command.expires)}")
        handler = self._handlers.get(command.name)
        if handler is None:
            known = ", ".join(sorted(self._handlers)) or "nothing"
            raise CommandError(command.name, f"not known here; this station does: {known}")
        return handler

    def _reply(self, command: Command, answer: Answer) -> Reply:
        return Reply(
            id=command.id,
            name=command.name,
            network=self._place.network,
            station=self._place.station,
            ok=answer.ok,
            done=answer.done,
            text=answer.text,
            result=answer.result,
            time=self._now_ns(),
        )

    def _send(self, reply: Reply) -> None:
        topic = station_topic(self._place.network, self._place.station, "reply")
        expires_ns = self._now_ns() + _REPLY_LIFE_NS
        self._outbox.put(topic, reply.to_wire(), lane=Lane.REPLY, expires_ns=expires_ns)
