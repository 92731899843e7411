"""Serves a station to others as long as it runs, where it is set up so."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from edge.station import Station


@contextlib.asynccontextmanager
async def served(station: Station) -> AsyncIterator[None]:
    """Run the SeedLink server of a station as long as the context lasts.

    Raises:
        ConfigError: The station's codes are too long for it.
        MissingExtraError: The package that writes miniSEED is not installed.
    """
    config = station.config.seedlink_server
    if config is None:
        yield
        return
    from edge.serve.seedlink_server import SeedLinkServer  # noqa: PLC0415 - needs pymseed

    server = SeedLinkServer(config, station.config.station, station.source.describe())
    station.pipeline.taps.append(server.push)
    serving = asyncio.create_task(server.run())
    try:
        yield
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
