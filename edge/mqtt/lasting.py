"""Staying connected: again and again, after growing and jittered delays, until told to stop."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine

import aiomqtt
import structlog

from edge.backoff import Backoff
from edge.concurrency import wait_at_most
from edge.errors import ConfigError
from edge.mqtt.config import MqttConfig
from edge.mqtt.connection import Connection, Connector, Identity

_log = structlog.get_logger(__name__)

_STEADY_S = 10.0
"""A connection that held so long ends the growth of the delays."""


async def stay_connected(
    config: MqttConfig,
    identity: Identity,
    serve: Callable[[Connection], Awaitable[None]],
    stop: asyncio.Event,
) -> None:
    """Connect and serve for ever; a connection that breaks is made anew.

    Args:
        config: The broker.
        identity: Who connects.
        serve: What to do on a connection; it returns when `stop` is set and raises
            `aiomqtt.MqttError` when the connection is lost.
        stop: Ends it.

    Raises:
        ConfigError: A password or certificate file cannot be used at the first attempt; later,
            when such a file is being replaced, the attempt counts as one without a broker.
    """
    connector = Connector(config, identity)
    backoff = Backoff(maximum_s=config.retry_max_s)
    where = f"{config.host}:{config.port}"
    attempted = False
    while not stop.is_set():
        connected_s = None
        try:
            async with contextlib.AsyncExitStack() as stack:
                opening = stack.enter_async_context(connector.connect())
                connection = await _unless(stop, opening, config.connect_timeout_s)
                if connection is None:
                    break
                connected_s = time.monotonic()
                _log.info("mqtt_connected", broker=where, protocol=connection.protocol.value)
                await serve(connection)
        except (aiomqtt.MqttError, ConfigError) as error:
            if isinstance(error, ConfigError) and not attempted:
                raise
            if connected_s is not None and time.monotonic() - connected_s > _STEADY_S:
                backoff.reset()
            delay_s = backoff.next_delay_s()
            _log.warning("mqtt_unavailable", reason=str(error), retry_s=round(delay_s, 1))
            await wait_at_most(stop, delay_s)
        attempted = True


async def _unless(
    stop: asyncio.Event, opening: Coroutine[object, object, Connection], grace_s: float
) -> Connection | None:
    """Wait for a connection; None where it does not come within some seconds after a stop."""
    attempt = asyncio.ensure_future(opening)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({attempt, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({attempt}, timeout=grace_s)
    finally:
        stopping.cancel()
        if not attempt.done():
            attempt.cancel()
            await asyncio.wait({attempt})
    return None if attempt.cancelled() else await attempt
