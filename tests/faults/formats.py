"""Everything that a station reads from others, each with valid examples and its reader."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pymseed import DataEncoding, MS3Record

from edge.archive.archive import Archive
from edge.archive.config import ArchiveConfig
from edge.clock.chrony import parse_tracking
from edge.clock.gpsd import read_line
from edge.commands.attach import handlers
from edge.commands.receiver import CommandReceiver
from edge.config import load_station_config
from edge.errors import ConfigError, PacketError, SourceError
from edge.outbox import Outbox
from edge.sources.adxl355_chip import Adxl355Chip
from edge.sources.iio_device import AXES, IioDevice, IioSetup
from edge.sources.miniseed_records import decode_record, read_samples, scan
from edge.sources.openeew import OpenEewConfig
from edge.sources.rshake import parse
from edge.sources.seedlink_wire import PacketReader
from edge.station import Station, open_station
from tests.edge.archive.streams import blocks
from tests.edge.sources.fake_iio import FakeIio
from tests.edge.sources.seedlink_server import SeedLinkServer
from tests.faults.station import BASE_NS, PLACE, shaken

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Format:
    """What is read, and by whom."""

    examples: tuple[bytes, ...]
    take: Callable[[bytes], bool]
    """Reads an input; returns whether it was taken. Whatever it raises is a fault of ours."""


def _record(version: int, encoding: DataEncoding) -> bytes:
    record = MS3Record()
    record.formatversion, record.reclen, record.encoding = version, 512, encoding
    record.set_starttime_str("2026-01-01T00:00:00Z")
    record.samprate, record.sourceid = 100.0, "FDSN:XX_A_00_H_N_Z"
    counts = np.cumsum(np.random.default_rng(3).integers(-9, 9, 90)).astype(np.int32)
    return next(bytes(one) for one in record.generate(data_samples=counts, sample_type="i"))


def _records() -> tuple[bytes, ...]:
    kinds = (DataEncoding.STEIM2, DataEncoding.INT32)
    return tuple(_record(version, kind) for version in (2, 3) for kind in kinds)


RECORDS = _records()
_LINE = (
    '{{"device_id":"a","x":[0.1,0.2],"y":[1,2],"z":[3.5,-4e0],'
    '"device_t":{0}.5,"cloud_t":{0}.9,"sr":31.25}}'
)
OPENEEW = "\n".join(_LINE.format(1_580_000_000 + second) for second in range(4)).encode()


def _refused(read: Callable[[], object], *errors: type[Exception]) -> bool:
    try:
        read()
    except errors:
        return False
    return True


@contextmanager
def shake(_: Path) -> Iterator[Format]:
    """Datagrams of a Raspberry Shake."""
    example = b"{'ENZ', 1507760140.530, 614, 916, 1095, -12}"
    yield Format((example,), lambda content: _refused(lambda: parse(content, "x"), PacketError))


@contextmanager
def miniseed_records(_: Path) -> Iterator[Format]:
    """Records that came by themselves."""
    yield Format(
        RECORDS,
        lambda content: _refused(lambda: decode_record(content, "x"), PacketError),
    )


@contextmanager
def miniseed_files(folder: Path) -> Iterator[Format]:
    """Files of records."""
    path = folder / "records.mseed"

    def take(content: bytes) -> bool:
        path.write_bytes(content)
        damage: list[PacketError] = []
        places = list(scan(path, damage.append))
        return all([_refused(lambda: read_samples(one), PacketError) for one in places])  # noqa: B023, C419 - all are read, at once

    yield Format((b"".join(RECORDS),), take)


@contextmanager
def seedlink(_: Path) -> Iterator[Format]:
    """Streams of a SeedLink server, versions 3 and 4, with their records."""
    servers = {version: SeedLinkServer(version, list(RECORDS[:1])) for version in (3, 4)}
    examples = {server._packet(1) + server._info(): version for version, server in servers.items()}

    def take(content: bytes) -> bool:
        version = 4 if content[:2] == b"SE" else 3
        reader = PacketReader(version, "x")
        try:
            for begin in range(0, len(content), 97):
                for one in reader.push(content[begin : begin + 97]):
                    if one.record is not None:
                        decode_record(one.record, "x")
        except PacketError:
            return False
        return True

    yield Format(tuple(examples), take)


@contextmanager
def openeew(folder: Path) -> Iterator[Format]:
    """Files of OpenEEW lines."""
    path = folder / "lines.jsonl"

    def take(content: bytes) -> bool:
        path.write_bytes(content)

        def read() -> None:
            source = OpenEewConfig(paths=(path,)).open()
            for packet in source.packets():
                assert np.isfinite(packet.samples).all()
            assert source.packets_dropped == 0 or len(content) > 0

        return _refused(read, SourceError)

    yield Format((OPENEEW,), take)


class _Bus:
    """Answers a chip's driver with what it was given, whatever was asked."""

    def __init__(self) -> None:
        self.content = b""

    def transfer(self, message: bytes) -> bytes:
        """Return as many bytes as were sent."""
        wanted, self.content = self.content[: len(message)], self.content[len(message) :]
        return wanted.ljust(len(message), b"\xff")


@contextmanager
def adxl355(_: Path) -> Iterator[Format]:
    """Status, temperature and FIFO of an ADXL355, as they come over the bus."""
    words = b"".join(bytes([1, 2, 0x31 if axis == 0 else 0x30]) for axis in (0, 1, 2)) * 10
    example = b"\x00" + bytes([1, 30, 7, 0x5D]) + b"\x00" + words
    bus = _Bus()
    chip = Adxl355Chip(bus, "x", lambda _: None)

    def take(content: bytes) -> bool:
        bus.content = content

        def read() -> None:
            reading = chip.read_fifo()
            assert reading.counts.size == 0 or np.abs(reading.counts).max() <= 1 << 19

        return _refused(read, OSError)

    yield Format((example,), take)


@contextmanager
def iio(folder: Path) -> Iterator[Format]:
    """The files in which an IIO device describes its scans, and a scan after that."""
    fake = FakeIio(folder)
    device, axis = IioDevice(fake.folder), AXES[0]
    files = (
        f"scan_elements/{axis}_type",
        f"scan_elements/{axis}_index",
        "sampling_frequency",
        "in_accel_scale",
    )
    whole = {file: fake.content(file).encode() for file in files}
    setup = IioSetup(rate_hz=None, trigger=None, watermark=1, length=2)

    def take(content: bytes) -> bool:
        parts = content.split(b"\x00")
        for file, part in zip(files, parts, strict=False):
            (fake.folder / file).write_bytes(part)

        def read() -> None:
            layout = device.start(setup)
            device.rate_hz()
            assert device.full_scale_m_s2(axis) != 0
            assert 4 == len(layout.decode(bytes(4 * layout.size), axis))

        taken = _refused(read, SourceError)
        for file, part in whole.items():
            (fake.folder / file).write_bytes(part)
        return taken

    try:
        yield Format((b"\x00".join(whole.values()),), take)
    finally:
        fake.close()


@contextmanager
def chrony(_: Path) -> Iterator[Format]:
    """Answers of chronyc."""
    example = (
        b"A29FC87B,162.159.200.123,4,1767225600.0,-0.000012,0.000009,0.000321,-7.1,0.001,0.05,"
        b"0.0182,0.0009,64.5,Normal"
    )

    def take(content: bytes) -> bool:
        def read() -> None:
            report = parse_tracking(content.decode("ascii", "replace"), 1_767_225_610.0)
            assert report is None or 0 < report.error_s < float("inf")

        return _refused(read, PacketError)

    yield Format((example,), take)


@contextmanager
def gpsd(_: Path) -> Iterator[Format]:
    """Lines of gpsd."""
    pulse = (
        b'{"class":"PPS","device":"/dev/pps0","real_sec":1767225600,"real_nsec":0,'
        b'"clock_sec":1767225600,"clock_nsec":1200,"precision":-20}'
    )
    position = b'{"class":"TPV","mode":3,"time":"2026-01-01T00:00:00.000Z","lat":46.9}'

    def take(content: bytes) -> bool:
        def read() -> None:
            report = read_line(content, 1_767_225_700 * 10**9)
            assert report is None or 0 < report.error_s < float("inf")

        return _refused(read, PacketError)

    yield Format((pulse, position), take)


@contextmanager
def station_files(folder: Path) -> Iterator[Format]:
    """Station files."""
    examples = tuple(
        path.read_bytes()
        for path in sorted((ROOT / "firmware_configs" / "stations").glob("*.toml"))
    )
    path = folder / "station.toml"

    def take(content: bytes) -> bool:
        path.write_bytes(content)
        return _refused(lambda: load_station_config(path), ConfigError)

    yield Format(examples, take)


@contextmanager
def commands(folder: Path) -> Iterator[Format]:
    """Commands to a station that has an archive and samples."""
    config = shaken(folder, 1, archive=True, duration_s=5.0)
    quiet_model = config.detection.model.model_copy(update={"enabled": False})
    detection = config.detection.model_copy(update={"model": quiet_model})
    made = open_station(config.model_copy(update={"detection": detection}))
    for packet in made.source.packets():
        made.pipeline.push(packet)
    archive = Archive(folder, ArchiveConfig(keep_free_bytes=0), PLACE, made.source.describe())
    for block in blocks(20):
        archive.push(block)
    station = Station(made.config, made.source, made.pipeline, made.models, archive)
    outbox = Outbox(folder / "outbox.sqlite", clock_ns=lambda: BASE_NS)
    who = handlers(station, outbox, lambda: BASE_NS)
    receiver = CommandReceiver(PLACE, outbox, who, lambda: BASE_NS, lambda: None)
    examples = (
        (
            b'{"id":"a1","name":"drill","arguments":{"pd_m":0.002,"pga_m_s2":0.8,"phase":"P",'
            b'"onset":"2025-10-09T08:53:20Z"},"expires":"2030-01-01T00:00:00Z"}'
        ),
        (
            b'{"id":"a2","name":"waveform","arguments":{"start":"2023-11-14T22:13:20Z",'
            b'"end":"2023-11-14T22:13:25Z","channels":"HN?"}}'
        ),
        b'{"id":"a3","name":"dance","arguments":{}}',
    )

    with asyncio.Runner() as runner:

        def take(content: bytes) -> bool:
            before = receiver.refused
            runner.run(receiver.take(content))
            return receiver.refused == before

        yield Format(examples, take)
    archive.close()
    outbox.close()


FORMATS = {
    one.__name__: one
    for one in (
        adxl355,
        chrony,
        commands,
        gpsd,
        iio,
        miniseed_files,
        miniseed_records,
        openeew,
        seedlink,
        shake,
        station_files,
    )
}
