"""A SeedLink server that keeps some packets and speaks version 3 or 4 to the letter."""

import socket
import struct
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

GREETINGS = {
    3: "SeedLink v3.1 (stand-in) :: SLPROTO:3.1 CAP",
    4: "SeedLink v4.0 (stand-in) :: SLPROTO:4.0 SLPROTO:3.1 CAP GETCAP",
}


@dataclass
class SeedLinkServer:
    """Serves one client at a time on loopback."""

    version: int
    records: list[bytes]
    """Packet n (from 1) has the sequence number n."""
    cut_after: int | None = None
    """The first connection ends after so many packets."""
    silent: bool = False
    refuse: str | None = None
    """A command that is refused."""
    garbage_at: int | None = None
    """Before this packet the stream is out of step, on the first connection."""
    commands: list[list[str]] = field(default_factory=list)
    """What each connection said."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        self._listener.settimeout(0.05)
        while not self._over.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            with client:
                client.settimeout(0.05)
                self.commands.append([])
                try:
                    self._talk(client)
                except OSError:
                    continue

    def _talk(self, client: socket.socket) -> None:
        first, content = 1, b""
        while not self._over.is_set():
            try:
                content += client.recv(4096)
            except TimeoutError:
                continue
            *lines, content = content.split(b"\r\n")
            for line in lines:
                command = line.decode()
                self.commands[-1].append(command)
                if command == "END":
                    self._stream(client, first)
                    return
                if command.startswith("DATA "):
                    first = int(command[5:], 16 if self.version == 3 else 10)
                client.sendall(self._answer(command))

    def _answer(self, command: str) -> bytes:
        if command == "HELLO":
            return f"{GREETINGS[self.version]}\r\nTest site\r\n".encode()
        if self.refuse is not None and command.startswith(self.refuse):
            return b"ERROR UNAUTHORIZED nothing for you\r\n" if self.version == 4 else b"ERROR\r\n"
        return b"OK\r\n"

    def _stream(self, client: socket.socket, first: int) -> None:
        for number in range(first, len(self.records) + 1):
            is_first = len(self.commands) == 1
            if is_first and self.cut_after is not None and number > self.cut_after:
                return
            if is_first and number == self.garbage_at:
                client.sendall(b"garbage that is longer than a header")
            if not self.silent:
                client.sendall(self._packet(number))
        content = b""
        while not self._over.is_set():
            try:
                more = client.recv(4096)
            except TimeoutError:
                continue
            if not more:
                return
            *lines, content = (content + more).split(b"\r\n")
            for line in lines:
                self.commands[-1].append(line.decode())
                if not self.silent:
                    client.sendall(self._info())

    def _packet(self, number: int) -> bytes:
        record = self.records[number - 1]
        if self.version == 3:
            return b"SL%06X" % number + record
        kind = b"3D" if record.startswith(b"MS\x03") else b"2D"
        return b"SE" + kind + struct.pack("<IQB", len(record), number, 7) + b"TW_HUAL" + record

    def _info(self) -> bytes:
        if self.version == 3:
            return b"SLINFO  " + bytes(512)
        return b"SEJI" + struct.pack("<IQB", 2, 0, 0) + b"{}"
