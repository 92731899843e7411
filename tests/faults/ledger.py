"""The subscriber that counts: every trigger by id and revision, with its duplicates."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from edge.messages import Health, Trigger
from edge.mqtt import Connection, Identity, MqttConfig, stay_connected

if TYPE_CHECKING:
    from tests.faults.running import Key


class Ledger:
    """What reached a subscriber with a session that outlives broker and connection.

    Attributes:
        payloads: The first payload of each trigger, by id and revision.
        duplicates: Triggers that came again with the same payload.
        conflicts: Triggers that came again with another payload: never right.
        health: The newest health report.
        reports: Health reports so far.
    """

    def __init__(self) -> None:
        self.payloads: dict[Key, bytes] = {}
        self.duplicates = 0
        self.conflicts = 0
        self.health: Health | None = None
        self.reports = 0
        self.listens = asyncio.Event()

    async def run(self, port: int, stop: asyncio.Event) -> None:
        """Listen until told to stop; connect again whenever the broker was away."""
        config = MqttConfig(port=port, retry_max_s=0.5)
        identity = Identity("ledger", session_s=7 * 86_400)
        await stay_connected(config, identity, self._serve, stop)

    async def _serve(self, connection: Connection) -> None:
        await connection.subscribe("tremor/v1/#", qos=1)
        self.listens.set()
        async for message in connection.messages:
            if isinstance(message.payload, bytes):
                self._take(message.topic.value.rsplit("/", 1)[1], message.payload)
            connection.acknowledge(message)

    def _take(self, kind: str, payload: bytes) -> None:
        if kind == "health":
            self.health = Health.from_wire(payload)
            self.reports += 1
        elif kind == "trigger":
            trigger = Trigger.from_wire(payload)
            key = (trigger.id, trigger.revision)
            known = self.payloads.setdefault(key, payload)
            if known is not payload:
                self.duplicates += known == payload
                self.conflicts += known != payload


@asynccontextmanager
async def counting(port: int) -> AsyncIterator[Ledger]:
    """Count what arrives; the subscription stands when the context begins."""
    ledger = Ledger()
    task = asyncio.create_task(ledger.run(port, asyncio.Event()))
    try:
        async with asyncio.timeout(60):
            await ledger.listens.wait()
        yield ledger
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
