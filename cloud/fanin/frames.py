"""What goes between the centre and a process that receives for it, over a pair of sockets.

centre -> worker   one frame with the settings, then numbers: all messages up to this one are safe
worker -> centre   frames of a message each: its number, 0 where nobody waits for it; topic; payload

The numbers of a worker rise by one from 1. Everything is big-endian.
"""

import struct
from typing import Final, NamedTuple

_HEAD: Final = struct.Struct("!QHI")
_NUMBER: Final = struct.Struct("!Q")


class Handed(NamedTuple):
    """A message that was checked."""

    number: int
    """0 for one of QoS 0."""
    topic: str
    payload: bytes


def pack(message: Handed) -> bytes:
    """Return the frame of a message."""
    topic = message.topic.encode()
    return _HEAD.pack(message.number, len(topic), len(message.payload)) + topic + message.payload


def pack_number(number: int) -> bytes:
    """Return the frame that says how far messages are safe."""
    return _NUMBER.pack(number)


class Unpacker:
    """Cuts what comes over a socket into messages."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Handed]:
        """Return the messages that are complete now."""
        found = []
        data, at = self._rest + data, 0
        while len(data) - at >= _HEAD.size:
            number, topic_size, payload_size = _HEAD.unpack_from(data, at)
            topic_at = at + _HEAD.size
            payload_at = topic_at + topic_size
            end = payload_at + payload_size
            if len(data) < end:
                break
            found.append(Handed(number, data[topic_at:payload_at].decode(), data[payload_at:end]))
            at = end
        self._rest = data[at:]
        return found


class NumberUnpacker:
    """Cuts what comes over a socket into numbers."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> int | None:
        """Return the last number that is complete now; None where there is none."""
        data = self._rest + data
        whole = len(data) - len(data) % _NUMBER.size
        self._rest = data[whole:]
        return int(_NUMBER.unpack_from(data, whole - _NUMBER.size)[0]) if whole else None
