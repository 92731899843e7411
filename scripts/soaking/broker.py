"""A Mosquitto for as long as a part of the soak needs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.conftest import Mosquitto


@asynccontextmanager
async def mosquitto(folder: Path) -> AsyncIterator[Mosquitto]:
    """Run a Mosquitto whose sessions lie in a folder; it is ended whatever happens."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    broker = Mosquitto(folder)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()
