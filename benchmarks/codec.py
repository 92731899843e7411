"""Bytes and CPU time of a second of three components on its way (B11).

    python benchmarks/codec.py [--minutes 10] [--rounds 5] [--json]

Noise of a MEMS sensor, 200 counts rms, three components at 100 Hz, without loss:

    ours            what an archive keeps and `waveform` sends: miniSEED 3, records as full as they
                    get, packed and unpacked with pymseed as the station and the centre do
    ours, v2        the same in miniSEED 2, records of 512 bytes
    ObsPy, 1 s      a record of 512 bytes for each second and component, written and read by ObsPy:
                    what a program gets that sends miniSEED live
    pymseed, 1 s    the same records read by pymseed
    ObsPy, whole    all of it in one call, ObsPy at its best
    JSON            arrays of numbers, as OpenEEW sends
    delta, zlib     floor: differences as int16, zlib at level 1, no header and no time

Every row gives back the very counts, or the comparison is void. CPU time, medians over the rounds.
"""

import argparse
import io
import json
import os
import platform
import statistics
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import obspy
from obspy import Stream, Trace, UTCDateTime
from pymseed import MS3Record

from edge.archive.config import ArchiveFormat
from edge.archive.records import Stretch, pack

_RATE_HZ = 100
_CHANNELS = ("HNZ", "HNN", "HNE")
_RMS_COUNTS = 200.0
_RECORD = 512
_FIGURES = ("bytes", "encode_us", "decode_us")
_START_NS = 1_580_000_000_000_000_000


@dataclass(frozen=True)
class Codec:
    """A way to write and to read."""

    encode: Callable[[np.ndarray], list[bytes]]
    decode: Callable[[list[bytes]], np.ndarray]


def ours(form: ArchiveFormat) -> Codec:
    """Return the kit's records."""

    def encode(counts: np.ndarray) -> list[bytes]:
        records = []
        for channel, column in zip(_CHANNELS, counts.T, strict=True):
            codes = ("XX", "BENCH", "00", channel)
            stored = np.ascontiguousarray(column)
            records += pack(Stretch(codes, _time_ns, _RATE_HZ, stored, 0.001), form)
        return records

    return Codec(encode, unpack)


def unpack(records: list[bytes]) -> np.ndarray:
    """Return the counts of records, read with pymseed."""
    columns: dict[str, list[np.ndarray]] = {}
    for content in records:
        record = MS3Record.parse(content, unpack_data=True)
        columns.setdefault(record.sourceid, []).append(np.array(record.datasamples))
    return np.stack([np.concatenate(parts) for parts in columns.values()], axis=1)


def pymseed_codec() -> Codec:
    """Return ObsPy's records of a second, read with pymseed."""

    def encode(counts: np.ndarray) -> list[bytes]:
        written = obspy_codec(1).encode(counts)
        return [one[i : i + _RECORD] for one in written for i in range(0, len(one), _RECORD)]

    return Codec(encode, unpack)


def _time_ns(index: int) -> int:
    return _START_NS + round(index * 1e9 / _RATE_HZ)


def obspy_codec(seconds_a_call: int | None) -> Codec:
    """Return ObsPy's miniSEED, a call for so many seconds, or one for all."""

    def encode(counts: np.ndarray) -> list[bytes]:
        step = len(counts) if seconds_a_call is None else seconds_a_call * _RATE_HZ
        return [_write(counts[i : i + step], i) for i in range(0, len(counts), step)]

    def decode(written: list[bytes]) -> np.ndarray:
        parts = [obspy.read(io.BytesIO(content), format="MSEED") for content in written]
        return np.concatenate([np.stack([trace.data for trace in part], axis=1) for part in parts])

    return Codec(encode, decode)


def _write(counts: np.ndarray, first: int) -> bytes:
    begin = UTCDateTime(ns=_time_ns(first))
    header = {"network": "XX", "station": "BENCH", "sampling_rate": _RATE_HZ, "starttime": begin}
    traces = [
        Trace(np.ascontiguousarray(column), {**header, "channel": channel})
        for channel, column in zip(_CHANNELS, counts.T, strict=True)
    ]
    with io.BytesIO() as buffer:
        Stream(traces).write(buffer, format="MSEED", encoding="STEIM2", reclen=_RECORD)
        return buffer.getvalue()


def in_seconds(write: Callable[[np.ndarray], bytes], read: Callable[[bytes], np.ndarray]) -> Codec:
    """Return a codec that takes second by second."""
    return Codec(
        lambda counts: [write(counts[i : i + _RATE_HZ]) for i in range(0, len(counts), _RATE_HZ)],
        lambda written: np.concatenate([read(content) for content in written]),
    )


def _deltas(counts: np.ndarray) -> bytes:
    first, rest = counts[:1], np.diff(counts, axis=0).astype(np.int16)
    return first.tobytes() + zlib.compress(rest.tobytes(), 1)


def _from_deltas(content: bytes) -> np.ndarray:
    head = 4 * len(_CHANNELS)
    first = np.frombuffer(content[:head], np.int32).reshape(1, -1)
    rest = np.frombuffer(zlib.decompress(content[head:]), np.int16).reshape(-1, len(_CHANNELS))
    return np.cumsum(np.concatenate([first, rest]), axis=0, dtype=np.int32)


CODECS = {
    "ours": ours(ArchiveFormat.MINISEED_3),
    "ours, v2": ours(ArchiveFormat.MINISEED_2),
    "ObsPy, 1 s": obspy_codec(1),
    "pymseed, 1 s": pymseed_codec(),
    "ObsPy, whole": obspy_codec(None),
    "JSON": in_seconds(
        lambda counts: json.dumps(counts.T.tolist(), separators=(",", ":")).encode(),
        lambda content: np.array(json.loads(content), np.int32).T,
    ),
    "delta, zlib": in_seconds(_deltas, _from_deltas),
}


def measure(codec: Codec, counts: np.ndarray) -> tuple[float, float, float]:
    """Return bytes, and microseconds to write and to read, of a second of three components."""
    seconds = len(counts) / _RATE_HZ
    began = time.process_time()
    written = codec.encode(counts)
    between = time.process_time()
    read = codec.decode(written)
    ended = time.process_time()
    np.testing.assert_array_equal(read, counts)
    size = sum(map(len, written)) / seconds
    return size, (between - began) / seconds * 1e6, (ended - between) / seconds * 1e6


def main() -> None:
    """Run all in turn and print medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    shape = (round(options.minutes * 60 * _RATE_HZ), len(_CHANNELS))
    counts = np.random.default_rng(5).normal(size=shape) * _RMS_COUNTS
    counts = np.rint(counts).astype(np.int32)
    rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in CODECS}
    for _ in range(options.rounds):
        for name, codec in CODECS.items():
            rows[name].append(measure(codec, counts))
    report = {
        name: dict(zip(_FIGURES, map(statistics.median, zip(*one, strict=True)), strict=True))
        for name, one in rows.items()
    }
    if options.json:
        print(json.dumps(report, indent=2))
        return
    for name, one in report.items():
        print(
            f"{name:<14} {one['bytes']:7.0f} bytes  {one['encode_us']:7.1f} us to write  "
            f"{one['decode_us']:7.1f} us to read"
        )
    print(
        f"Python {platform.python_version()}, {platform.machine()}, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
