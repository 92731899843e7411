"""What a centre keeps on disks: opened together, closed together."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from cloud.config import ServiceConfig
from cloud.store import Keeper, Store
from cloud.waveforms import WaveformArchive
from edge.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Holdings:
    """The disks of a centre."""

    store: Store
    """The database, for reading."""
    keeper: Keeper
    """The way into the database."""
    waveforms: WaveformArchive
    """The recordings that stations sent."""
    outbox: Outbox
    """Where events wait for the broker."""


def open_store(config: ServiceConfig) -> Store:
    """Open the database of a configuration.

    Raises:
        ConfigError: The file with the password cannot be read.
        StoreError: The database cannot be opened.
    """
    path = config.state_dir / "centre.sqlite"
    return Store(path, config.store.url, config.store.read_password())


@contextlib.contextmanager
def open_holdings(config: ServiceConfig) -> Iterator[Holdings]:
    """Open everything, and close it at the end.

    Raises:
        ConfigError: The file with the password cannot be read.
        StoreError: The database cannot be opened.
        OutboxError: Another centre is at work in the same folder.
    """
    folder = config.state_dir
    with contextlib.ExitStack() as stack:
        store = open_store(config)
        stack.callback(store.close)
        waiting = Outbox(folder / "waiting.sqlite", config.store.away)
        stack.callback(waiting.close)
        outbox = Outbox(folder / "outbox.sqlite")
        stack.callback(outbox.close)
        keeper = Keeper(store, waiting, config.store.away.retry_s)
        stack.callback(keeper.close)
        waveforms = WaveformArchive(
            config.waveforms.folder or folder / "waveforms", config.waveforms.max_bytes
        )
        yield Holdings(store, keeper, waveforms, outbox)
