"""How fast messages get to disk, to the broker and to the centre.

    python benchmarks/wire.py [--messages 2000] [--runs 5]

Measured: `Outbox.put` (floor: one synchronous insert into a bare table with the same settings),
outbox to acknowledgement through each broker that is installed (peer: paho's own loop in memory,
which loses everything on a power cut), and the time from `put` to a subscriber for single
triggers. Median of the runs with the smallest and largest; times of single messages as median
and 99th percentile.
"""

import argparse
import asyncio
import contextlib
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as paho
import structlog

from cloud.broker import EmbeddedBroker
from cloud.errors import SimulationError
from cloud.simulate.processes import mosquitto
from edge.mqtt import Connector, Identity, MqttConfig
from edge.outbox import Outbox
from edge.publisher import Publisher

PAYLOAD = b"x" * 1_200
"""As long as a trigger."""
SINGLES = 200
INSERT = "INSERT INTO message VALUES (?)"


def report(name: str, runs: list[float], unit: str) -> None:
    """Print the median of the runs and their range."""
    print(
        f"{name:<48} {statistics.median(runs):>10,.0f} {unit} ({min(runs):,.0f}-{max(runs):,.0f})"
    )


def rate(count: int, action: Callable[[], None]) -> float:
    """Return repetitions a second of an action."""
    began = time.perf_counter()
    for _ in range(count):
        action()
    return count / (time.perf_counter() - began)


def disk(folder: Path, count: int, runs: int) -> None:
    """Measure the outbox against a bare table."""
    puts, floors = [], []
    for run in range(runs):
        outbox = Outbox(folder / f"outbox{run}.sqlite")
        puts.append(rate(count, lambda box=outbox: box.put("t", PAYLOAD)))
        outbox.close()
        with contextlib.closing(
            sqlite3.connect(folder / f"bare{run}.sqlite", isolation_level=None)
        ) as bare:
            bare.execute("PRAGMA journal_mode=WAL")
            bare.execute("PRAGMA synchronous=FULL")
            bare.execute("CREATE TABLE message (payload BLOB)")
            floors.append(rate(count, lambda db=bare: db.execute(INSERT, (PAYLOAD,))))
    report("outbox: put, on disk", puts, "/s")
    report("floor: bare synchronous insert", floors, "/s")


async def drain(folder: Path, port: int, count: int) -> float:
    """Return messages a second from the outbox to the broker's acknowledgement."""
    outbox = Outbox(folder / f"drain{time.time_ns()}.sqlite")
    for _ in range(count):
        outbox.put("t", PAYLOAD)
    stop = asyncio.Event()
    publisher = Publisher(MqttConfig(port=port), outbox, "bench")
    task = asyncio.create_task(publisher.run(stop))
    while not publisher.connected:  # noqa: ASYNC110 - measured from here
        await asyncio.sleep(0.001)
    began = time.perf_counter()
    while outbox.depth:  # noqa: ASYNC110 - nothing else to wait for
        await asyncio.sleep(0.002)
    took_s = time.perf_counter() - began
    stop.set()
    await task
    outbox.close()
    return count / took_s


def peer(port: int, count: int) -> float:
    """Return messages a second of paho's own loop, from memory."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.max_queued_messages_set(0)
    done = threading.Event()
    left = count

    def on_publish(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            done.set()

    client.on_publish = on_publish
    client.connect("127.0.0.1", port)
    client.loop_start()
    began = time.perf_counter()
    for _ in range(count):
        client.publish("t", PAYLOAD, qos=1)
    done.wait(60)
    took_s = time.perf_counter() - began
    client.disconnect()
    client.loop_stop()
    return count / took_s


async def singles(folder: Path, port: int) -> list[float]:
    """Return seconds from `put` to a subscriber, one message at a time."""
    outbox = Outbox(folder / f"single{time.time_ns()}.sqlite")
    stop = asyncio.Event()
    publisher = Publisher(MqttConfig(port=port), outbox, "bench")
    task = asyncio.create_task(publisher.run(stop))
    took_s = []
    async with Connector(MqttConfig(port=port), Identity("reader")).connect() as connection:
        await connection.subscribe("single", qos=1)
        messages = aiter(connection.messages)
        for _ in range(SINGLES):
            began = time.perf_counter()
            await asyncio.to_thread(outbox.put, "single", PAYLOAD)
            publisher.wake()
            connection.acknowledge(await anext(messages))
            took_s.append(time.perf_counter() - began)
    stop.set()
    await task
    outbox.close()
    return sorted(took_s)


async def broker(name: str, folder: Path, port: int, count: int, runs: int) -> None:
    """Measure everything through one broker."""
    report(
        f"outbox to {name}, acknowledged",
        [await drain(folder, port, count) for _ in range(runs)],
        "/s",
    )
    report(
        f"peer: paho from memory to {name}",
        [await asyncio.to_thread(peer, port, count) for _ in range(runs)],
        "/s",
    )
    took_s = await singles(folder, port)
    median_ms, late_ms = (1e3 * took_s[int(len(took_s) * part)] for part in (0.5, 0.99))
    print(f"{f'put to subscriber through {name}':<48} {median_ms:>10.1f} ms (p99 {late_ms:.1f})")


async def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=5)
    wanted = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name)
        disk(folder, wanted.messages, wanted.runs)
        async with EmbeddedBroker() as embedded:
            await broker("embedded", folder, embedded.port, wanted.messages, wanted.runs)
        try:
            with mosquitto(folder) as running:
                await broker("Mosquitto", folder, running.port, wanted.messages, wanted.runs)
        except SimulationError as error:
            print(f"not measured: {error.reason}")


if __name__ == "__main__":
    asyncio.run(main())
