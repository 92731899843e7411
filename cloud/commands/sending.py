"""Sends commands to stations over the broker, and gathers their replies."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiomqtt
from pydantic import ValidationError

from cloud.errors import CommandSendingError
from edge.concurrency import until_first
from edge.errors import PublishRefusedError
from edge.messages.command import Command, Reply
from edge.messages.topics import station_topic
from edge.mqtt import Connection, Connector, Identity, MqttConfig

Station = tuple[str, str]
"""Network and station code."""
Heard = Callable[[Reply], None]


@dataclass(slots=True)
class Outcome:
    """What became of one station's command."""

    command: Command
    replies: list[Reply] = field(default_factory=list)
    """In the order of their coming; the last one holds."""

    @property
    def is_over(self) -> bool:
        """Whether the last answer is here."""
        return any(reply.done for reply in self.replies)

    @property
    def is_well(self) -> bool:
        """Whether it was done."""
        return self.is_over and self.replies[-1].ok


async def send_commands(
    config: MqttConfig, commands: Mapping[Station, Command], wait_s: float, heard: Heard
) -> dict[Station, Outcome]:
    """Send each station its command, and wait for the replies.

    Args:
        config: The broker.
        commands: What each station shall do.
        wait_s: Seconds to wait for all replies; 0 to send and go.
        heard: Called with each reply as it comes.

    Returns:
        What became of each; a station that did not answer in time has no reply.

    Raises:
        CommandSendingError: There is no broker, or it refuses.
    """
    outcomes = {station: Outcome(command) for station, command in commands.items()}
    identity = Identity(f"tremor-command-{secrets.token_hex(4)}")
    where = f"{config.host}:{config.port}"
    try:
        async with Connector(config, identity).connect() as connection:
            if wait_s > 0:
                topics = [(station_topic(*station, "reply"), 1) for station in outcomes]
                await connection.subscribe(topics)
            for station, command in commands.items():
                await connection.deliver(station_topic(*station, "command"), command.to_wire())
            if wait_s > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await _gather(connection, outcomes, heard)
    except (aiomqtt.MqttError, PublishRefusedError, OSError) as error:
        raise CommandSendingError(where, str(error)) from error
    return outcomes


async def _gather(connection: Connection, outcomes: dict[Station, Outcome], heard: Heard) -> None:
    async def read() -> None:
        async for message in connection.messages:
            connection.acknowledge(message)
            _take(message.payload, outcomes, heard)
            if all(outcome.is_over for outcome in outcomes.values()):
                return

    async def lost() -> None:
        await connection.wait_lost()
        raise aiomqtt.MqttError("the broker closed the connection")

    await until_first(read(), lost())


def _take(payload: bytes, outcomes: dict[Station, Outcome], heard: Heard) -> None:
    """Take a reply of ours; others' replies come on the same topics."""
    try:
        reply = Reply.from_wire(payload)
    except ValidationError:  # nobody's answer; the station it came from is told as silent
        return
    outcome = outcomes.get((reply.network, reply.station))
    if outcome is None or outcome.command.id != reply.id or reply in outcome.replies:
        return
    outcome.replies.append(reply)
    heard(reply)
