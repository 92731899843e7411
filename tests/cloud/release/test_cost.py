"""What looking for updates costs on the line: somebody with a SIM card pays for every byte."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.bundle.shipped import shipped_bundle
from edge.config import StationConfig
from edge.update import child
from edge.update.report import Report
from edge.update.updater import UpdateRun
from tests.edge.update.field import served
from tests.selfsigned import self_signed
from tests.updates import Release, station_config

_SMALLEST = 90_000
"""Bytes of the network that is fetched."""
_HANDSHAKE = 4_000
"""Bytes that TLS may add to a look: keys, a certificate, and a frame around each message."""


@pytest.fixture(autouse=True)
def _no_preflight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "run_child", lambda *_: {})


class Wire:
    """A line between station and centre that counts bytes, in both directions."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.bytes = 0

    def counted(self) -> int:
        """Return the bytes since the last call."""
        seen, self.bytes = self.bytes, 0
        return seen

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Listen; yield the port."""
        server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            self.bytes += len(chunk)
            writer.write(chunk)
        writer.close()


@asynccontextmanager
async def _line(folder: Path, certificate: Path | None = None) -> AsyncIterator[tuple[str, Wire]]:
    async with served(folder, certificate) as url:
        scheme, _, place = url.partition("://127.0.0.1:")
        port, _, rest = place.partition("/")
        wire = Wire(int(port))
        async with wire.open() as own:
            yield f"{scheme}://127.0.0.1:{own}/{rest}", wire


def _looks(config: StationConfig, url: str) -> Callable[[], Report]:
    """Return a look as the updater makes it; each in a process, so with a line, of its own."""
    return lambda: UpdateRun(config, url).run()


@pytest.fixture
def network() -> tuple[Path, int]:
    """Return the network that stations run by default, and its size, bytes."""
    path = shipped_bundle("tremor_stream")
    return path, path.stat().st_size


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("ring", ["all", "XX.A"], ids=["ring of all", "ring of its own"])
async def test_what_a_look_costs_on_the_wire(
    release: Release, network: tuple[Path, int], tmp_path: Path, scheme: str, ring: str
) -> None:
    """Idle: one request, 500 bytes at most there and back with all headers; first: 8 requests."""
    bundle, size = network
    release.add(bundle)
    release.assign(bundle, ring)
    authority = self_signed(tmp_path) if scheme == "https" else None
    certificate = None if authority is None else tmp_path / "server.pem"
    config = station_config(tmp_path, release.root, ca_file=authority)
    async with _line(release.repository.folder, certificate) as (url, wire):
        look = _looks(config, url)
        first = await asyncio.to_thread(look)
        first_bytes = wire.counted()
        idle = await asyncio.to_thread(look)
        idle_bytes = wire.counted()

    above = 0 if authority is None else _HANDSHAKE
    assert size >= _SMALLEST
    assert (8, False) >= (first.requests, first.unchanged)
    assert (1, True) == (idle.requests, idle.unchanged)
    assert 500 + above >= idle_bytes
    assert 15_000 + 2 * above >= first_bytes - size


@pytest.mark.parametrize(
    ("takes_settings", "requests"), [(True, 8 + 2), (False, 8)], ids=["taken", "not taken"]
)
async def test_other_kinds_cost_their_own_files_alone(
    release: Release,
    network: tuple[Path, int],
    tmp_path: Path,
    *,
    takes_settings: bool,
    requests: int,
) -> None:
    """Settings are assigned, too: two files for who takes them, nothing for who does not."""
    release.offer(network[0])
    sha256 = release.offer_settings("[detection.sta_lta]\non_ratio = 4.5\n")
    release.assign_settings(sha256, ring="XX.A")
    config = station_config(tmp_path, release.root, configuration=takes_settings)
    async with _line(release.repository.folder) as (url, wire):
        look = _looks(config, url)
        first = await asyncio.to_thread(look)
        wire.counted()
        idle = await asyncio.to_thread(look)

    assert requests >= first.requests
    assert ((1, True), True) == ((idle.requests, idle.unchanged), wire.bytes <= 500)


async def test_a_daily_signature_costs_two_requests(release: Release, tmp_path: Path) -> None:
    """The timestamp is another, all else is as it was."""
    config = station_config(tmp_path, release.root)
    async with _line(release.repository.folder) as (url, _):
        look = _looks(config, url)
        await asyncio.to_thread(look)
        timestamp = release.repository.published("timestamp")
        assert timestamp is not None
        timestamp.signed.version += 1
        timestamp.sign(release.centre.signer)
        release.repository.publish("timestamp", timestamp)
        daily = await asyncio.to_thread(look)

    assert 2 + 1 >= daily.requests
