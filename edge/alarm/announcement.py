"""The alarm on MQTT: on the station's own connection, and at a second broker close by.

Both are retained, so that whoever subscribes knows how the alarm stands, and told at once. Nothing
of it waits in the outbox: an alarm that comes late is worse than none.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from edge.concurrency import until_first
from edge.errors import ConfigError
from edge.messages import Alarm
from edge.messages.topics import station_topic
from edge.mqtt import Connection, Identity, MqttConfig, stay_connected
from edge.publisher import Publisher
from edge.station import Station

_log = structlog.get_logger(__name__)

_ANNOUNCED: Final = 1
"""Quality of service: the broker says that it has it."""


class Announcement:
    """Hands the alarm to somebody who publishes it.

    Args:
        name: What people call it.
        publish: Takes the payload from any thread, and comes back at once.

    Attributes:
        name: What people call it.
    """

    def __init__(self, name: str, publish: Callable[[bytes], None]) -> None:
        self.name = name
        self._publish = publish

    def tell(self, alarm: Alarm) -> None:
        """Publish how the alarm stands."""
        self._publish(alarm.to_wire())

    def close(self) -> None:
        """Do nothing: the connection is somebody else's."""


class SecondBroker:
    """Keeps a second broker told of the newest state of the alarm.

    Args:
        config: The broker.
        client_id: Our name there, unless the configuration gives one.
        topic: Where to.
        problem: Told why it is out of reach, or None when it is not.
    """

    def __init__(
        self,
        config: MqttConfig,
        client_id: str,
        topic: str,
        problem: Callable[[str | None], None],
    ) -> None:
        self._config = config
        self._identity = Identity(config.client_id or client_id)
        self._topic = topic
        self._problem = problem
        self._payload: bytes | None = None
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def publish(self, payload: bytes) -> None:
        """Publish as soon as may be; safe to call from any thread."""
        self._payload = payload
        self._loop.call_soon_threadsafe(self._news.set)

    async def run(self, stop: asyncio.Event) -> None:
        """Stay connected and publish what is new; never raises for a broker."""
        try:
            await stay_connected(
                self._config, self._identity, lambda found: self._serve(found, stop), stop
            )
        except ConfigError as error:
            self._problem(str(error))
            _log.warning("alarm_broker_unusable", reason=str(error))

    async def _serve(self, connection: Connection, stop: asyncio.Event) -> None:
        self._problem(None)
        try:
            await until_first(connection.wait_lost(), self._tell(connection), stop.wait())
        finally:
            where = f"{self._config.host}:{self._config.port}"
            self._problem(None if stop.is_set() else f"alarm.broker: {where} is out of reach")

    async def _tell(self, connection: Connection) -> None:
        while True:
            self._news.clear()
            if self._payload is not None:
                await connection.deliver(self._topic, self._payload, qos=_ANNOUNCED, retain=True)
            await self._news.wait()


def announce_through(station: Station, publisher: Publisher) -> None:
    """Let a station's alarm be told on the station's own connection, where there is an alarm."""
    if station.alarm is None:
        return
    topic = _topic(station)
    loop = asyncio.get_running_loop()

    def publish(payload: bytes) -> None:
        telling = publisher.publish_now(topic, payload, retain=True)
        asyncio.run_coroutine_threadsafe(telling, loop)

    station.alarm.bell.add(Announcement("mqtt", publish))


def retained_alarm(station: Station) -> list[tuple[str, bytes]]:
    """Return topic and payload of how an alarm stands, for a broker that was away; may be none."""
    if station.alarm is None:
        return []
    return [(_topic(station), station.alarm.bell.standing.alarm.to_wire())]


def _topic(station: Station) -> str:
    place = station.config.station
    return station_topic(place.network, place.station, "alarm")
