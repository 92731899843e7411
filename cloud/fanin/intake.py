"""What stations send, into the centre: by the centre's own process alone or by several.

Reports and waveforms, nearly all of what comes, may be shared out; states and triggers always come
to the centre itself, over a session that the broker keeps, in the order in which they were sent.
"""

import asyncio
from collections.abc import Awaitable, Callable

from cloud.fanin.config import IngestConfig
from cloud.fanin.team import Team
from cloud.ingest import Handler, Ingest
from cloud.station_messages import OWN_TOPICS, TOPICS
from edge.mqtt import MqttConfig


class Intake:
    """Receives, in one process or in several.

    Args:
        mqtt: The broker.
        config: How many processes.
        name: Our name at the broker.
        handler: Called with one message after the other.
        settle: When it returns, what was handed on before is safe.

    Attributes:
        team: The processes that receive; None where there are none.
    """

    def __init__(
        self,
        mqtt: MqttConfig,
        config: IngestConfig,
        name: str,
        handler: Handler,
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        self.team: Team | None = None
        topics: tuple[str, ...] = TOPICS
        if config.processes:
            self.team = Team(mqtt, config, name, handler, settle)
            topics = OWN_TOPICS
            # Under its usual name the broker would go on to send the centre everything.
            name = f"{name}-own"
            mqtt = mqtt.model_copy(update={"client_id": name})
        self._ingest = Ingest(mqtt, handler, name, settle=settle, topics=topics)

    async def run(self, stop: asyncio.Event) -> None:
        """Receive until `stop` is set."""
        if self.team is None:
            await self._ingest.run(stop)
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ingest.run(stop))
            group.create_task(self.team.run(stop))
