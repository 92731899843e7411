"""The Raspberry Shake source against a real UDP peer on loopback, and hostile datagrams."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import numpy as np
import pytest
from structlog.testing import capture_logs

from edge.errors import PacketError, SourceError
from edge.messages.clock import ClockSource
from edge.sources.rshake import RaspberryShakeConfig, RaspberryShakeSource, parse

SENSITIVITY = 384_500.0


def free_port() -> int:
    """Return a UDP port that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def source_on(port: int, **settings: object) -> RaspberryShakeSource:
    """Return a source on loopback."""
    config = {"listen": "127.0.0.1", "port": port, **settings}
    return RaspberryShakeConfig.model_validate(config).open()


def datagram(channel: str, start_s: float, counts: list[int]) -> bytes:
    """Return a datagram as a Shake sends it."""
    return f"{{'{channel}', {start_s:.3f}, {', '.join(map(str, counts))}}}".encode()


def shake(start_s: float, quarters: int) -> list[bytes]:
    """Return the datagrams of a Shake 4D: four channels, 25 samples a quarter of a second."""
    sent = []
    for quarter in range(quarters):
        for index, channel in enumerate(("EHZ", "ENZ", "ENN", "ENE")):
            counts = [1000 * index + 25 * quarter + n for n in range(25)]
            sent.append(datagram(channel, start_s + quarter / 4, counts))
    return sent


@contextmanager
def sending(port: int, datagrams: list[bytes]) -> Iterator[None]:
    """Send datagrams from another thread as soon as somebody listens."""

    def run() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", port))
            for one in datagrams:
                deadline_s = time.monotonic() + 10
                while time.monotonic() < deadline_s:
                    try:
                        # A refusal of the datagram before this one shows at the next.
                        sender.send(b"x")
                        time.sleep(0.001)
                        sender.send(one)
                        break
                    except ConnectionRefusedError:
                        time.sleep(0.005)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()


def test_three_channels_become_packets_in_m_s2() -> None:
    """Z, N, E by the Shake's sensitivity and its time; the geophone is left alone."""
    port = free_port()
    start_s = round(time.time() - 1.5, 3)
    source = source_on(port, counts_per_m_s2=SENSITIVITY)

    with sending(port, shake(start_s, 4)):
        packets = list(islice(source.packets(), 4))

    seen = np.concatenate([packet.samples for packet in packets])
    numbers = np.arange(100)
    expected = np.stack([1000 + numbers, 2000 + numbers, 3000 + numbers], axis=1) / SENSITIVITY
    np.testing.assert_allclose(expected, seen, rtol=1e-6)
    assert start_s + 0.99 == pytest.approx(packets[-1].last_sample_ns / 1e9, abs=1e-6)
    assert ClockSource.NTP is packets[-1].clock.source
    assert time.time() == pytest.approx(packets[-1].arrival_ns / 1e9, abs=10)


def test_broken_datagrams_are_counted_and_said_once() -> None:
    """The Shake's good ones are used."""
    port = free_port()
    source = source_on(port)
    bad = [b"", b"{'ENZ'}", b"\xff" * 900, b"{'ENZ', 1e9, 1}", b"{'ENZ', 99999999999.0, 1}"]

    with capture_logs() as logs, sending(port, [*bad, *shake(round(time.time() - 1, 3), 1)]):
        packet = next(source.packets())

    assert 25 == len(packet.samples)
    assert source.packets_dropped >= len(bad) - 1
    assert 1 == len([entry for entry in logs if entry["event"] == "datagram dropped"])


def test_datagrams_of_somebody_else_are_dropped() -> None:
    """Where the Shake's address is given."""
    port = free_port()
    source = source_on(port, sender="192.0.2.7", silence_s=0.5)

    with sending(port, shake(round(time.time(), 3), 1)), pytest.raises(SourceError):
        next(source.packets())

    assert source.packets_dropped > 0


def test_a_silent_shake_is_told_with_what_to_look_at() -> None:
    """The next attempt listens again."""
    source = source_on(free_port(), silence_s=0.5)

    for _ in range(2):
        with pytest.raises(SourceError, match=r"no EN\? datagram for 0\.5 s; does the Shake send"):
            next(source.packets())


def test_a_taken_port_is_told() -> None:
    """Another program already listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))

        with pytest.raises(SourceError, match="cannot be listened on"):
            next(source_on(other.getsockname()[1]).packets())


def test_it_ends_when_it_is_interrupted() -> None:
    """Though nothing comes."""
    source = source_on(free_port(), silence_s=3600)
    source.interrupt()

    assert [] == list(source.packets())


@pytest.mark.parametrize(
    ("content", "start_ns", "counts"),
    [
        (b"{'EHZ', 1507760140.530, 614, 916, -1095}", 1_507_760_140_530_000_000, [614, 916, -1095]),
        (b"{'ENZ',1507760140,7}\n", 1_507_760_140_000_000_000, [7]),
    ],
)
def test_datagrams_as_shakes_send_them(content: bytes, start_ns: int, counts: list[int]) -> None:
    """With and without spaces and fraction."""
    seen = parse(content, "shake")

    assert (start_ns, counts) == (seen.start_ns, seen.counts.tolist())


@pytest.mark.parametrize("count", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_no_datagram_does_harm(count: int) -> None:
    """Damaged ones: each is read within bounds or refused, nothing else."""
    chance = random.Random(7)
    whole = datagram("ENZ", 1_507_760_140.53, list(range(-12, 13)))
    alphabet = b"{}', .-0123456789EHNZ\x00\xff\n"
    refused = 0
    for _ in range(count):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(damaged))
            damaged[place : place + chance.randint(0, 3)] = bytes(
                chance.choices(alphabet, k=chance.randint(0, 3))
            )
        try:
            seen = parse(bytes(damaged), "fuzzer")
        except PacketError:
            refused += 1
            continue
        assert 0 < len(seen.counts) <= 4000
        assert 0 < seen.start_ns < 5 * 10**18
        assert np.abs(seen.counts).max() < 10**10

    assert count // 2 < refused < count
