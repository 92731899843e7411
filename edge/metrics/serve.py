"""The endpoint that Prometheus reads, as long as the station runs."""

import contextlib
from collections.abc import Callable, Iterator

import structlog

from edge.errors import ConfigError
from edge.messages import Health
from edge.metrics.config import MetricsConfig

_log = structlog.get_logger(__name__)


@contextlib.contextmanager
def metrics_served(config: MetricsConfig | None, health: Callable[[], Health]) -> Iterator[int]:
    """Serve a station's health as long as the context lasts, where it is set up so.

    Args:
        config: The section; None: nothing is served.
        health: Returns the report of this moment; called from a thread of the server.

    Yields:
        The port; 0 where nothing is served.

    Raises:
        ConfigError: The port cannot be had.
    """
    if config is None:
        yield 0
        return
    from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415 - rare

    from edge.metrics.collector import HealthCollector  # noqa: PLC0415 - needs the same

    registry = CollectorRegistry()
    registry.register(HealthCollector(health))
    try:
        server, thread = start_http_server(config.port, config.host, registry)
    except OSError as error:
        problem = f"metrics: cannot listen on {config.host}:{config.port} ({error}); take another"
        raise ConfigError(None, [problem]) from error
    _log.info("metrics_served", host=config.host, port=server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
