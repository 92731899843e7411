"""A time server for a network without any other: SNTP, RFC 4330."""

import socketserver
import struct
import threading
import time
from types import TracebackType
from typing import Final, Self

from scripts.booting.tools import BootError

_PORT: Final = 123
"""The only one that systemd-timesyncd asks at."""
_EPOCH_S: Final = 2_208_988_800
"""From 1900, where NTP begins to count, to 1970."""
_SERVER: Final = 0b00_100_100
"""No leap second, version 4, a server."""
_SIZE: Final = 48


def stamp(seconds: float) -> bytes:
    """Return a time as NTP writes it."""
    whole = int(seconds)
    return struct.pack(">II", (whole + _EPOCH_S) & 0xFFFFFFFF, int((seconds - whole) * 2**32))


def answer(question: bytes, now_s: float) -> bytes:
    """Return what a server of the second stratum answers.

    Args:
        question: Of a client; its transmit time comes back.
        now_s: The time, Unix seconds.
    """
    now = stamp(now_s)
    head = struct.pack(">BBbbII4s", _SERVER, 2, 6, -20, 0, 0, b"\x7f\x00\x00\x01")
    return head + now + question[40:48] + now + now


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        question, link = self.request
        if len(question) >= _SIZE:
            link.sendto(answer(question, time.time()), self.client_address)


class TimeServer:
    """A server at the loopback of this machine, as a context."""

    def __enter__(self) -> Self:
        try:
            self._server = socketserver.ThreadingUDPServer(("127.0.0.1", _PORT), _Handler)
        except PermissionError as error:
            raise BootError("port 123 (time) needs root: sudo make image-test") from error
        except OSError as error:
            raise BootError(f"port 123 (time) of 127.0.0.1 is not free: {error}") from error
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
