"""Lets a station's source know how good the host's clock is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from edge.clock.config import ClockSection
from edge.clock.keeper import ClockKeeper
from edge.sources.base import Source
from edge.sources.live import LiveSource


@asynccontextmanager
async def timed(source: Source, config: ClockSection) -> AsyncIterator[None]:
    """Keep an eye on the host's clock while a live source runs; a recording needs none.

    Args:
        source: The station's source.
        config: Whom to ask.
    """
    if not isinstance(source, LiveSource):
        yield
        return
    keeper = ClockKeeper(config)
    source.keep_time_by(keeper.clock())
    asking = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
