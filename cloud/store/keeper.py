"""The way into the database, which survives that the database is away.

Messages are taken as they come and written together: `take` many, then `settle` once, and all that
must not be lost is safe. Health reports, of which the next one comes in seconds, wait for others or
for `flush`.

While the database is away, what was to be written waits in a bounded queue on this machine's disk,
and is written in good order when the database is back; a restart of the centre in between loses
nothing. A message that the database refuses for what it says is counted and dropped: it would be
refused for ever.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from cloud.store.store import Kept, Store
from edge.concurrency import wait_at_most
from edge.messages import Event, Health, State, Trigger
from edge.outbox import Lane, Outbox, OutboxConfig, Queued

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

_OF_THE_MESSAGE: Final = (DataError, IntegrityError, OverflowError, ValueError)
_MODELS: Final[dict[str, type[Kept]]] = {
    "state": State,
    "health": Health,
    "trigger": Trigger,
    "event": Event,
}
_LANES: Final = {"event": Lane.TRIGGER, "trigger": Lane.TRIGGER, "state": Lane.REPLY}
"""Health is the first to make room for others: the next report comes in ten seconds."""
_BATCH: Final = 256
_SAID_EVERY_S: Final = 60.0


class KeeperConfig(OutboxConfig):
    """The queue for messages while the database is away."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_messages: int = Field(
        default=200_000,
        ge=1,
        title="Most messages",
        description="Messages that wait for the database at most; then the oldest health reports "
        "make room, then states, then triggers",
    )
    max_bytes: int = Field(
        default=256_000_000, ge=1_000, title="Most bytes", description="Bytes of messages at most"
    )
    retry_s: float = Field(
        default=2.0, gt=0, title="Retry", description="Seconds between two tries of the database"
    )


class KeeperView(BaseModel):
    """How the way into the database is."""

    away: bool = Field(description="The database took nothing at the last try")
    waiting: int = Field(ge=0, description="Messages that wait for it")
    durable: bool = Field(description="They would survive a restart of the centre")
    lost: int = Field(ge=0, description="Messages that made room for others, since the start")
    refused: int = Field(ge=0, description="Messages that it refused, since the start")


class Keeper:
    """Takes messages for the database; all methods belong to one event loop.

    Args:
        store: The database.
        queue: Where messages wait while it is away; nobody else uses it.
        retry_s: Seconds between two tries.
    """

    def __init__(self, store: Store, queue: Outbox, retry_s: float = 2.0) -> None:
        self._store = store
        self._queue = queue
        self._retry_s = retry_s
        self._away = False
        self._refused = 0
        self._said_s = 0.0
        self._taken: list[tuple[Kept, int]] = []
        self._owed = False
        self._writing = asyncio.Lock()
        self._work = asyncio.Event()
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="store")

    @property
    def view(self) -> KeeperView:
        """How things stand."""
        return KeeperView(
            away=self._away,
            waiting=self._queue.depth,
            durable=self._queue.durable,
            lost=self._queue.dropped,
            refused=self._refused,
        )

    def take(self, message: Kept, received_ns: int) -> None:
        """Take a message, to be written with others.

        Args:
            message: What to keep.
            received_ns: The data clock when it came.
        """
        self._taken.append((message, received_ns))
        self._owed = self._owed or not isinstance(message, Health)

    async def settle(self) -> None:
        """Return when every state, trigger and event that was taken is in the database or on disk.

        Health reports are written with them, and wait where there is nothing else.
        """
        if self._owed or self._writing.locked():
            await self.flush()

    async def flush(self) -> None:
        """Return when everything that was taken is in the database, or waits for it on disk."""
        async with self._writing:
            batch, self._taken, self._owed = self._taken, [], False
            if batch:
                await self._keep_all(batch)

    async def keep(self, message: Kept, received_ns: int) -> None:
        """Take a message; when this returns, it is in the database or waits for it on disk.

        Args:
            message: What to keep.
            received_ns: The data clock when it came.
        """
        self.take(message, received_ns)
        await self.flush()

    async def _keep_all(self, batch: Sequence[tuple[Kept, int]]) -> None:
        """Write what was taken; one after the other where the database refuses one of it."""
        if self._away or self._queue.depth:
            await self._set_aside(batch)
            return
        try:
            await self._on_disk(partial(self._store.save_all, batch))
        except _OF_THE_MESSAGE as error:
            if len(batch) == 1:
                self._refuse(_kind(batch[0][0]), batch[0][0].to_wire(), error)
                return
            for one in batch:
                await self._keep_all([one])
        except SQLAlchemyError as error:
            self._miss(error)
            await self._set_aside(batch)

    async def run(self, stop: asyncio.Event) -> None:
        """Bring what waits to the database, until `stop` is set."""
        while not stop.is_set():
            await self.drain()
            if self._away or self._queue.depth:
                await wait_at_most(stop, self._retry_s)
                continue
            self._work.clear()
            await self._work.wait()

    async def drain(self) -> None:
        """Bring what waits to the database, as far as that takes it."""
        written = None
        while batch := await self._on_disk(partial(self._queue.batch, _BATCH)):
            try:
                written = (written or 0) + await self._write(batch)
            except SQLAlchemyError as error:
                self._miss(error)
                return
            await self._on_disk(partial(self._queue.delete, [one.id for one in batch]))
        if written is not None:
            self._away = False
            _log.info("store_back", where=self._store.where, written=written)

    def close(self) -> None:
        """Wait until everything that was taken is on disk."""
        self._disk.shutdown()

    async def _write(self, batch: Sequence[Queued]) -> int:
        """Write a batch at once; where one of it is refused, one after the other."""
        messages = [message for one in batch if (message := self._unpack(one)) is not None]
        try:
            await self._on_disk(partial(self._store.save_all, messages))
        except _OF_THE_MESSAGE:
            return sum([await self._write_one(*message) for message in messages])
        return len(messages)

    async def _write_one(self, message: Kept, received_ns: int) -> int:
        try:
            await self._on_disk(partial(self._store.save, message, received_ns))
        except _OF_THE_MESSAGE as error:
            self._refuse(_kind(message), message.to_wire(), error)
            return 0
        return 1

    def _unpack(self, queued: Queued) -> tuple[Kept, int] | None:
        received_ns, _, message = queued.payload.partition(b"\n")
        try:
            return _MODELS[queued.topic].from_wire(message), int(received_ns)
        except ValueError as error:
            self._refuse(queued.topic, message, error)
            return None

    async def _set_aside(self, batch: Sequence[tuple[Kept, int]]) -> None:
        rows = [
            (
                _LANES.get(kind, Lane.BULK),
                kind,
                b"%d\n%s" % (received_ns, message.to_wire()),
            )
            for message, received_ns in batch
            for kind in (_kind(message),)
        ]
        await self._on_disk(partial(self._queue.put_all, rows))
        self._work.set()

    def _refuse(self, kind: str, message: bytes, error: Exception) -> None:
        self._refused += 1
        _log.error("store_refused", kind=kind, message=repr(message[:500]), reason=str(error)[:500])

    def _miss(self, error: Exception) -> None:
        """Say that the database is away: at once, then every minute."""
        now_s = time.monotonic()
        if not self._away or now_s - self._said_s >= _SAID_EVERY_S:
            self._said_s = now_s
            _log.error(
                "store_away",
                where=self._store.where,
                waiting=self._queue.depth,
                lost=self._queue.dropped,
                durable=self._queue.durable,
                reason=str(error)[:500],
            )
        self._away = True

    async def _on_disk(self, action: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, action)


def _kind(message: Kept) -> str:
    return next(name for name, model in _MODELS.items() if isinstance(message, model))
