"""The SeedLink source against a server on loopback that speaks the protocol to the letter."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from structlog.testing import capture_logs

from edge.errors import PacketError, SourceError
from edge.packet import Packet
from edge.sources.seedlink import SeedLinkConfig
from edge.sources.seedlink_source import SeedLinkSource
from edge.sources.seedlink_wire import PacketReader
from tests.edge.sources.miniseed_files import RATE_HZ, START_NS, ramp, records
from tests.edge.sources.seedlink_server import SeedLinkServer

COUNT = 3000


def stream(version: int = 2) -> list[bytes]:
    """Return the records of three components, in turn."""
    size = {2: 512, 3: None}[version]
    parts = []
    for index, channel in enumerate(("HNZ", "HNN", "HNE")):
        content = records(channel, ramp(COUNT, 10_000 * index), version=version)
        if size:
            parts.append([content[at : at + size] for at in range(0, len(content), size)])
        else:
            parts.append(list(_split_v3(content)))
    return [record for turn in zip(*parts, strict=True) for record in turn]


def _split_v3(content: bytes) -> Iterator[bytes]:
    while content:
        extra, payload = (int.from_bytes(content[at : at + 2], "little") for at in (34, 36))
        size = 40 + content[33] + extra + payload
        yield content[:size]
        content = content[size:]


def source_of(server: SeedLinkServer, **settings: object) -> SeedLinkSource:
    """Return a source of the stand-in's station."""
    config = {
        "host": "127.0.0.1",
        "port": server.port,
        "station": "TW.HUAL",
        "counts_per_m_s2": 1000.0,
        "silence_s": 10.0,
        **settings,
    }
    return SeedLinkSource(SeedLinkConfig.model_validate(config))


def take(packets: Iterator[Packet], count: int) -> np.ndarray:
    """Return the first samples of a stream of packets, at least so many."""
    seen: list[np.ndarray] = []
    while sum(map(len, seen)) < count:
        seen.append(next(packets).samples)
    return np.concatenate(seen)


EXPECTED = np.stack([ramp(COUNT), ramp(COUNT, 10_000), ramp(COUNT, 20_000)], axis=1) / 1000


@pytest.mark.parametrize(("version", "mseed"), [(3, 2), (4, 2), (4, 3)])
def test_records_become_packets_in_m_s2(version: int, mseed: int) -> None:
    """Both versions of the protocol, both of miniSEED; times are those of the records."""
    with SeedLinkServer(version, stream(mseed)) as server:
        packets = source_of(server).packets()
        first = next(packets)
        seen = np.concatenate([first.samples, take(packets, COUNT - len(first.samples))])

    np.testing.assert_allclose(EXPECTED, seen, rtol=1e-6)
    assert START_NS + round((len(first.samples) - 1) / RATE_HZ * 1e9) == first.last_sample_ns
    assert time.time() == pytest.approx(first.arrival_ns / 1e9, abs=60)


@pytest.mark.parametrize(
    ("version", "commands"),
    [
        (3, ["HELLO", "STATION HUAL TW", "SELECT 00HN?.D", "DATA", "END"]),
        (4, ["HELLO", "SLPROTO 4.0", "STATION TW_HUAL", "SELECT 00_H_N_?", "DATA", "END"]),
    ],
)
def test_the_handshake_is_that_of_the_protocol(version: int, commands: list[str]) -> None:
    """Version 4 where the server offers it."""
    with SeedLinkServer(version, stream()) as server:
        next(source_of(server).packets())

    assert commands == server.commands[0]


@pytest.mark.parametrize(("version", "resume"), [(3, "DATA 00000E"), (4, "DATA 14")])
def test_a_cut_connection_is_resumed_without_a_gap(version: int, resume: str) -> None:
    """The next attempt asks for what follows the last packet that came."""
    with SeedLinkServer(version, stream(), cut_after=13) as server:
        source = source_of(server)
        seen: list[np.ndarray] = []
        first = source.packets()
        with pytest.raises(SourceError, match="closed the connection"):
            seen.extend(packet.samples for packet in first)
        before = sum(map(len, seen))
        seen.append(take(source.packets(), COUNT - before))

    assert 0 < before < COUNT
    assert resume == server.commands[1][-2]
    np.testing.assert_allclose(EXPECTED, np.concatenate(seen), rtol=1e-6)


def test_a_stream_out_of_step_is_begun_anew() -> None:
    """Nothing tells where the next packet begins; the server does, on a new connection."""
    with SeedLinkServer(4, stream(), garbage_at=7) as server:
        source = source_of(server)
        with capture_logs() as logs, pytest.raises(SourceError, match="lost its place"):
            list(source.packets())
        again = next(source.packets())

    assert 1 == source.packets_dropped
    assert ["record dropped"] == [entry["event"] for entry in logs]
    assert len(again.samples) > 0


def test_a_broken_record_is_counted_and_the_stream_goes_on() -> None:
    """A record whose samples do not fit its own check is left out."""
    sent = stream()
    sent[4] = sent[4][:200] + bytes(100) + sent[4][300:]
    with SeedLinkServer(3, sent) as server:
        source = source_of(server)
        seen = take(source.packets(), 1500)

    assert 1 == source.packets_dropped
    assert len(seen) >= 1500


@pytest.mark.parametrize(
    ("version", "refuse", "message"),
    [(3, "STATION", "refused: ERROR"), (4, "SELECT", "refused: ERROR UNAUTHORIZED nothing")],
)
def test_a_refusal_is_told_with_the_servers_reason(version: int, refuse: str, message: str) -> None:
    """The command that it refused stands in it."""
    with (
        SeedLinkServer(version, stream(), refuse=refuse) as server,
        pytest.raises(SourceError, match=f"{refuse}.*{message}"),
    ):
        next(source_of(server).packets())


@pytest.mark.parametrize("version", [3, 4])
def test_a_quiet_server_is_asked_for_a_sign_of_life(version: int) -> None:
    """Its answer keeps the connection; a router forgets silent ones."""
    with SeedLinkServer(version, []) as server:
        source = source_of(server, keepalive_s=0.2, silence_s=0.8)
        thread = threading.Timer(1.6, source.interrupt)
        thread.start()
        packets = list(source.packets())
        thread.join()

    assert [] == packets
    assert server.commands[0].count("INFO ID") >= 2
    assert 1 == len(server.commands)


def test_a_dead_connection_is_found_out() -> None:
    """No packet and no sign of life."""
    with SeedLinkServer(3, stream(), silent=True) as server:
        source = source_of(server, keepalive_s=0.2, silence_s=0.6)

        with pytest.raises(SourceError, match=r"silent for 0\.6 s"):
            next(source.packets())

    assert "INFO ID" in server.commands[0]


def test_a_server_that_cannot_be_reached_is_told() -> None:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = SeedLinkServer(3, [])
    server.port = port

    with pytest.raises(SourceError, match="cannot be reached"):
        next(source_of(server).packets())


def test_another_rate_than_stated_is_told() -> None:
    """Its records are dropped, as their samples would land at wrong times."""
    with SeedLinkServer(3, stream()) as server, capture_logs() as logs:
        source = source_of(server, rate_hz=50.0, silence_s=0.5, keepalive_s=10)
        with pytest.raises(SourceError, match="silent"):
            list(source.packets())

    assert source.packets_dropped > 10
    assert "HNZ has 100 Hz; set rate_hz to it" in logs[0]["reason"]


def test_records_of_another_location_are_left_out() -> None:
    """A server may send more than was asked for; two sensors must not become one."""
    with SeedLinkServer(3, stream()) as server, capture_logs() as logs:
        source = source_of(server, location="10", silence_s=0.5)
        with pytest.raises(SourceError, match="silent"):
            list(source.packets())

    assert "sends TW.HUAL.00.HNZ, not asked for" == logs[0]["reason"]


def test_an_unknown_sensitivity_is_told_before_anything_is_asked() -> None:
    """Counts alone are no acceleration."""
    config = SeedLinkConfig(host="127.0.0.1", station="TW.HUAL")

    with pytest.raises(SourceError, match=r"sensitivity of TW\.HUAL\.00\.HNZ is unknown"):
        config.open()


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_no_stream_does_harm(version: int, count: int) -> None:
    """Damaged streams: packets, or an error that says so, nothing else."""
    chance = random.Random(11)
    server = SeedLinkServer(version, stream()[:2])
    whole = server._packet(1) + server._info() + server._packet(2)
    refused = 0
    for _ in range(count):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(damaged))
            damaged[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        reader = PacketReader(version, "fuzzer")
        try:
            for start in range(0, len(damaged), 97):
                list(reader.push(bytes(damaged[start : start + 97])))
        except PacketError:
            refused += 1

    assert count // 100 < refused < count


def test_packets_come_out_whole_however_the_network_cuts_them() -> None:
    """One byte at a time."""
    server = SeedLinkServer(4, stream(3))
    reader = PacketReader(4, "test")
    content = b"".join(server._packet(number) for number in (1, 2, 3))

    seen = [one for byte in content for one in reader.push(bytes([byte]))]

    assert [1, 2, 3] == [delivery.sequence for delivery in seen]
    assert stream(3)[:3] == [delivery.record for delivery in seen]
    assert 3 == len(list(islice(seen, 5)))
