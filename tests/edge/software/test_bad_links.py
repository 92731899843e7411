"""Forty megabytes over a bad link: what came is not fetched again."""

import asyncio
import hashlib
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadError, LengthOrHashMismatchError

from edge.errors import UpdateError
from edge.update.fetch import HttpFetcher, Limits
from edge.update.large import Signed, fetch_large
from edge.update.record import Phase
from edge.update.updater import UpdateRun
from tests.edge.software.builder import offer, small_release
from tests.edge.software.life import SoftwareLife
from tests.edge.update.field import served
from tests.updates import Release

CONTENT = bytes(range(256)) * 400


SIGNED = Signed(len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


class Server:
    """A server that hangs up after some bytes, and may know ranges.

    Attributes:
        asked: First byte that was wanted, for each question.
    """

    def __init__(self, *, ranges: bool = True) -> None:
        self.asked: list[int] = []
        self.cut_after: int | None = None
        self.content = CONTENT
        self.ranges = ranges
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Answer, as far as the link holds."""
                server.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """Say nothing: whoever hears enough hangs up."""

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/a.tar"

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Answer one question."""
        wanted = re.fullmatch(r"bytes=([0-9]+)-", handler.headers.get("Range", ""))
        begin = int(wanted[1]) if wanted and self.ranges else 0
        self.asked.append(begin)
        rest = self.content[begin:]
        handler.send_response(206 if begin else 200)
        handler.send_header("Content-Length", str(len(rest)))
        if begin:
            whole = len(self.content)
            handler.send_header("Content-Range", f"bytes {begin}-{whole - 1}/{whole}")
        handler.end_headers()
        handler.wfile.write(rest[: self.cut_after])
        handler.close_connection = True

    def close(self) -> None:
        """Hang up for good."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@pytest.fixture(params=[True, False], ids=["ranges", "no ranges"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Yield a server."""
    server = Server(ranges=request.param)
    yield server
    server.close()


def _fetch(server: Server, to: Path) -> None:
    fetcher = HttpFetcher(Limits(30.0))
    try:
        fetch_large(fetcher, server.url, SIGNED, to)
    finally:
        fetcher.close()


def test_a_cut_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    """The second fetch asks for the rest; a server without ranges sends all of it again."""
    server.cut_after = 50_000
    with pytest.raises(Exception, match=r"(?i)broken|ended|incomplete"):
        _fetch(server, tmp_path / "a")
    came = (tmp_path / "a").stat().st_size
    server.cut_after = None

    _fetch(server, tmp_path / "a")

    assert CONTENT == (tmp_path / "a").read_bytes()
    assert 0 < came <= 50_000
    assert [0, came if server.ranges else 0] == server.asked


def test_whoever_waits_hears_how_far_it_is(server: Server, tmp_path: Path) -> None:
    """Of how many bytes how many are here, up to all of them."""
    heard: list[tuple[int, int]] = []
    fetcher = HttpFetcher(Limits(30.0))

    fetch_large(fetcher, server.url, SIGNED, tmp_path / "a", lambda *said: heard.append(said))

    fetcher.close()
    assert (len(CONTENT), len(CONTENT)) == heard[-1]
    assert sorted(heard) == heard


def test_another_end_than_was_begun(server: Server, tmp_path: Path) -> None:
    """A server whose file is another one now: the hash tells, and nothing of it is left."""
    (tmp_path / "a").write_bytes(b"\0" * 100)
    server.content = b"\1" * len(CONTENT)

    with pytest.raises(LengthOrHashMismatchError):
        _fetch(server, tmp_path / "a")

    assert not (tmp_path / "a").exists()


def test_more_than_was_signed(server: Server, tmp_path: Path) -> None:
    """A server that never stops is cut off at the signed length."""
    server.content = CONTENT + bytes(5_000_000)

    with pytest.raises(DownloadError, match="more than"):
        _fetch(server, tmp_path / "a")

    assert len(CONTENT) >= (tmp_path / "a").stat().st_size


def test_more_is_here_than_was_signed(server: Server, tmp_path: Path) -> None:
    """What lies here cannot be a part of it: it begins anew."""
    (tmp_path / "a").write_bytes(CONTENT + b"more")

    _fetch(server, tmp_path / "a")

    assert CONTENT == (tmp_path / "a").read_bytes()


async def test_the_centre_knows_ranges(release: Release, tmp_path: Path) -> None:
    """What the aggregator serves can be gone on with."""
    content = small_release()
    sha256 = offer(release, content)
    (tmp_path / "a").write_bytes(content[:1000])
    async with served(release.repository.folder) as url:
        name = next((release.repository.folder / "targets/software").iterdir()).name
        fetcher = HttpFetcher(Limits(30.0))
        address = f"{url}targets/software/{name}"
        await asyncio.to_thread(
            fetch_large, fetcher, address, Signed(len(content), sha256), tmp_path / "a"
        )
        fetcher.close()

    assert sha256 == hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    assert len(content) - 1000 == fetcher.received


def test_a_half_is_kept_for_the_next_look(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that fails in the middle of it leaves what came; so does one that cannot ask."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch)
    content = small_release()
    sha256 = offer(release, content)
    name = f"targets/software/{sha256}.{_name(release)}"
    life.fetcher.replaced[name] = content[:700]
    with pytest.raises(UpdateError, match="ended after 700"):
        life.look()
    assert 700 == life.store.staged(sha256).stat().st_size
    life.fetcher.replaced = {"metadata/timestamp.json": b"broken"}
    with pytest.raises(UpdateError):
        life.look()
    assert 700 == life.store.staged(sha256).stat().st_size

    life.fetcher.replaced.clear()
    life.look()

    candidate = life.record.candidate
    assert candidate is not None
    assert Phase.PREFLIGHT is candidate.phase
    assert not life.store.staged(sha256).exists()


def _name(release: Release) -> str:
    file = next((release.repository.folder / "targets/software").iterdir())
    return file.name.partition(".")[2]


def test_what_fails_again_and_again_is_left_alone_for_longer(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A metered line is not filled with the same bytes; a person who asks is heard at once."""
    life = SoftwareLife(tmp_path / "station", release, monkeypatch, every_s=3600.0)
    sha256 = offer(release, small_release())
    name = f"targets/software/{sha256}.{_name(release)}"
    life.fetcher.replaced[name] = b"another content"
    for _ in range(2):
        with pytest.raises(UpdateError):
            life.look()
    asked = life.fetcher.asked.count(name)

    report = UpdateRun(life.config, "memory:///", life.fetcher, background=True).run()

    assert asked == life.fetcher.asked.count(name)
    assert "not again before" in report.parts[life.store.kind].reason
    with pytest.raises(UpdateError):
        life.look()
    assert asked + 1 == life.fetcher.asked.count(name)
