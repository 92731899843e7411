"""A broker inside the process, for one machine: MQTT 3.1.1, on loopback only.

It asks nobody for a name, which is why it listens nowhere but on loopback. Its messages live in
memory. Grown-up installations run Mosquitto or another MQTT 5 broker instead; see
`docs/architecture.md`.
"""

import ipaddress
import logging
import socket
from types import TracebackType
from typing import Self

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.errors import BrokerError as AmqttBrokerError

from cloud.errors import BrokerStartError

_ATTEMPTS = 5
_ADMISSION = "cloud.broker.admission.AdmitEverybody"
_NOISY_LOGGERS = ("amqtt", "transitions")


class EmbeddedBroker:
    """The embedded broker, as an asynchronous context.

    Args:
        port: TCP port, or 0 for a free one.
        host: A loopback address.

    Attributes:
        host: The address it listens on.
        port: The port it listens on; known once started.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        if not ipaddress.ip_address(host).is_loopback:
            reason = "the embedded broker lets everybody in, so it listens on loopback only"
            raise BrokerStartError(host, port, reason)
        self.host = host
        self.port = port
        self._wanted_port = port
        self._broker: Broker | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            BrokerStartError: The port is taken.
        """
        for name in _NOISY_LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        for attempt in range(_ATTEMPTS):
            self.port = self._wanted_port or _free_port(self.host)
            broker = Broker(_config(self.host, self.port))
            try:
                await broker.start()
            except AmqttBrokerError as error:
                if self._wanted_port or attempt == _ATTEMPTS - 1:
                    raise BrokerStartError(self.host, self.port, str(error)) from error
            else:
                self._broker = broker
                return

    async def stop(self) -> None:
        """Close all connections and stop listening."""
        broker, self._broker = self._broker, None
        if broker is not None:
            await broker.shutdown()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()


def _config(host: str, port: int) -> BrokerConfig:
    listener = ListenerConfig(type=ListenerType.TCP, bind=f"{host}:{port}")
    return BrokerConfig(listeners={"default": listener}, plugins={_ADMISSION: {}})


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
