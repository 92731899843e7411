"""Bytes of a repository, from a web server or a folder; bounded in time and speed.

python-tuf bounds the sizes. Its own fetcher waits 30 s for each next byte, so that a server that
sends one in a while holds it for ever; here the whole look has a limit.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import urllib3
from tuf.api.exceptions import DownloadError, DownloadHTTPError, SlowRetrievalError
from tuf.ngclient import FetcherInterface

from edge import __version__
from edge.owner import as_caller

_CHUNK_BYTES: Final = 16_384
_GAP_S: Final = 30.0
_FOUND: Final = 200
_PART: Final = 206
_UNCHANGED: Final = 304
_AGENT: Final = f"edge-agent/{__version__}"


class Limits:
    """What a look may take.

    Args:
        limit_s: Seconds in all.
        most_bytes_per_s: Speed; None: none.
        clock_s: A steady clock, seconds.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        limit_s: float,
        most_bytes_per_s: float | None = None,
        clock_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._begin_s = clock_s()
        self._limit_s = limit_s
        self._most_bytes_per_s = most_bytes_per_s
        self._clock_s = clock_s
        self._sleep = sleep
        self._bytes = 0

    def allow(self, more_s: float) -> None:
        """Grant more time, for something large."""
        self._limit_s += more_s

    @property
    def left_s(self) -> float:
        """Seconds that are left.

        Raises:
            SlowRetrievalError: None are.
        """
        left_s = self._begin_s + self._limit_s - self._clock_s()
        if left_s <= 0:
            raise SlowRetrievalError(f"not done within {self._limit_s:g} s")
        return left_s

    def take(self, size: int) -> None:
        """Take note of bytes, and wait where they came too fast.

        Raises:
            SlowRetrievalError: No time is left.
        """
        self._bytes += size
        left_s = self.left_s
        if self._most_bytes_per_s is not None:
            due_s = self._begin_s + self._bytes / self._most_bytes_per_s
            self._sleep(min(max(due_s - self._clock_s(), 0.0), left_s))


class Fetcher(FetcherInterface):
    """What a look fetches by; `close` hangs up, and a closed one may be asked again.

    Attributes:
        requests: Made so far.
        received: Bytes of content so far.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.received = 0
        self._known: dict[str, bytes] = {}

    def know(self, url: str, content: bytes) -> None:
        """Answer the next question for an address with what is known already."""
        self._known[url] = content

    def unless_same(self, url: str, sha256: str, most_bytes: int) -> bytes | None:
        """Return the content of an address; None where it is still that with a hash.

        Raises:
            DownloadError: There is none, or it is too large.
        """
        content = b""
        for chunk in self._ask(url, {"If-None-Match": f'"{sha256}"'}):
            content += chunk
            if len(content) > most_bytes:
                raise DownloadError(f"{url} has more than {most_bytes} bytes")
        return content or None

    def rest(self, url: str, begin: int) -> tuple[int, Iterator[bytes]]:  # noqa: ARG002 - by ranges
        """Return the content of an address from some byte on, and where it really begins.

        Args:
            url: The address.
            begin: The first byte that is wanted; whoever knows no ranges begins at 0.

        Raises:
            DownloadError: There is none.
        """
        return 0, self._ask(url, {})

    def allow(self, more_s: float) -> None:
        """Grant more time, for something large."""

    def _fetch(self, url: str) -> Iterator[bytes]:
        known = self._known.pop(url, None)
        return iter((known,)) if known is not None else self._ask(url, {})

    def close(self) -> None:
        """Hang up."""
        raise NotImplementedError

    def _ask(self, url: str, headers: dict[str, str]) -> Iterator[bytes]:
        raise NotImplementedError


class HttpFetcher(Fetcher):
    """Over HTTP or HTTPS, by no proxy and without following redirections.

    Args:
        limits: Of the whole look.
        ca_file: Authorities that vouch for the server; the host's where None.
    """

    def __init__(self, limits: Limits, ca_file: Path | None = None) -> None:
        super().__init__()
        self._limits = limits
        authorities = None if ca_file is None else str(ca_file)
        self._pool = urllib3.PoolManager(maxsize=1, ca_certs=authorities)

    def close(self) -> None:
        """Hang up."""
        self._pool.clear()

    def allow(self, more_s: float) -> None:
        """Grant more time, for something large."""
        self._limits.allow(more_s)

    def rest(self, url: str, begin: int) -> tuple[int, Iterator[bytes]]:
        """Return the content of an address from some byte on (RFC 9110, 14.2)."""
        if begin == 0:
            return 0, self._ask(url, {})
        response = self._request(url, {"Range": f"bytes={begin}-"})
        said = response.headers.get("Content-Range", "")
        if response.status == _PART and said.startswith(f"bytes {begin}-"):
            return begin, self._chunks(response)
        if response.status == _FOUND:
            return 0, self._chunks(response)
        self._dismiss(response)
        return 0, self._ask(url, {})

    def _ask(self, url: str, headers: dict[str, str]) -> Iterator[bytes]:
        response = self._request(url, headers)
        if response.status == _UNCHANGED and "If-None-Match" in headers:
            response.release_conn()
            return iter(())
        if response.status != _FOUND:
            self._dismiss(response)
            raise DownloadHTTPError(f"{url}: HTTP status {response.status}", response.status)
        return self._chunks(response)

    def _request(self, url: str, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        self.requests += 1
        wait_s = min(_GAP_S, self._limits.left_s)
        return self._pool.request(
            "GET",
            url,
            headers={"User-Agent": _AGENT, **headers},
            preload_content=False,
            redirect=False,
            retries=False,
            timeout=urllib3.Timeout(connect=wait_s, read=wait_s),
        )

    def _dismiss(self, response: urllib3.BaseHTTPResponse) -> None:
        """Keep the connection where little is left to be read, else hang up."""
        left = response.length_remaining
        if left is not None and left <= _CHUNK_BYTES:
            response.drain_conn()
            response.release_conn()
        else:
            response.close()

    def _chunks(self, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        try:
            # read1 gives what has come: `stream` would wait for a whole chunk, byte by byte.
            while chunk := response.read1(_CHUNK_BYTES):
                self.received += len(chunk)
                self._limits.take(len(chunk))
                yield chunk
        finally:
            response.close()


class FolderFetcher(Fetcher):
    """From a folder, such as a USB stick with what `release export` wrote.

    Args:
        folder: Stands for the address that the client asks.
        base: That address.
        limits: Of the whole look.
    """

    def __init__(self, folder: Path, base: str, limits: Limits) -> None:
        super().__init__()
        with as_caller():
            self._folder = folder.resolve()
        self._base = base
        self._limits = limits

    def close(self) -> None:
        """Do nothing."""

    def _ask(self, url: str, headers: dict[str, str]) -> Iterator[bytes]:  # noqa: ARG002 - HTTP's
        self.requests += 1
        # A stick is mounted for whoever put it in, not for the agent.
        with as_caller():
            path = (self._folder / unquote(url.removeprefix(self._base))).resolve()
            if not path.is_relative_to(self._folder) or not path.is_file():
                raise DownloadHTTPError(f"{path}: there is no such file", 404)
        return self._chunks(path)

    def _chunks(self, path: Path) -> Iterator[bytes]:
        with as_caller():
            opened = path.open("rb")
        with opened as file:
            while chunk := file.read(_CHUNK_BYTES):
                self.received += len(chunk)
                self._limits.take(len(chunk))
                yield chunk
