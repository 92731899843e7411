"""A centre that enrols: real database, real authority, real TLS on loopback."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloud.config import ServiceConfig
from cloud.enrolment.authority import make_authority
from cloud.enrolment.config import EnrolmentConfig
from cloud.enrolment.office import Office, authority_folder
from cloud.holdings import open_store
from cloud.store import Store
from edge.enrol.client import ask
from edge.enrol.config import EnrolmentSection
from edge.enrol.enroller import Around, Ask, Enroller
from edge.enrol.identity import IdentityStore
from edge.enrol.ticket import Ticket

DAY_NS = 86_400 * 1_000_000_000


@dataclass
class Clock:
    """The wall clock, moved."""

    ahead_ns: int = 0

    def __call__(self) -> int:
        """Return the time."""
        return time.time_ns() + self.ahead_ns


@dataclass
class Centre:
    """A centre and its stations' folders."""

    folder: Path
    config: ServiceConfig
    office: Office
    store: Store
    clock: Clock = field(default_factory=Clock)

    def card(self, station: str = "KARA1", **changes: object) -> IdentityStore:
        """Let a station in and put its token where the card would."""
        ticket = self.office.add(("XX", station)).model_copy(update=changes)
        self.office.publish()
        return self.lay(station, ticket)

    def lay(self, station: str, ticket: Ticket) -> IdentityStore:
        """Put a token file into a station's folder."""
        store = IdentityStore(self.folder / station)
        store.default_token.parent.mkdir(parents=True, exist_ok=True)
        store.default_token.write_bytes(ticket.to_bytes())
        return store

    def enroller(
        self,
        store: IdentityStore,
        station: str = "KARA1",
        ask: Ask = ask,
        now_ns: Callable[[], int] | None = None,
    ) -> Enroller:
        """Return what a station runs."""
        section = EnrolmentSection(clock="any", timeout_s=60)
        around = Around(ask=ask, now_ns=now_ns or self.clock)
        return Enroller("XX", station, section, store, around)

    def audited(self, action: str) -> list[str]:
        """Return the details of lines of the audit, oldest first."""
        lines = self.office.registry.audit(1000)[::-1]
        return [line.detail for line in lines if line.action == action]


def free_port() -> int:
    """Return a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """Return a centre that nobody can reach yet."""
    section = EnrolmentConfig(
        names=("localhost", "127.0.0.1"),
        broker="localhost",
        broker_port=free_port(),
        host="127.0.0.1",
        port=free_port(),
    )
    config = ServiceConfig(enrolment=section, state_dir=tmp_path / "centre")
    make_authority(authority_folder(config), "test", 3650, None, time.time_ns())
    store = open_store(config)
    clock = Clock()
    yield Centre(tmp_path, config, Office(config, store.engine, clock), store, clock)
    store.close()


@contextlib.asynccontextmanager
async def running(office: Office) -> AsyncIterator[None]:
    """Let a centre serve."""
    stop = asyncio.Event()
    serving = asyncio.create_task(office.run(stop))
    while not await asyncio.to_thread(_listens, office.section.port):
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        stop.set()
        await serving


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture
async def open_centre(centre: Centre) -> AsyncIterator[Centre]:
    """Return a centre that serves."""
    async with running(centre.office):
        yield centre
