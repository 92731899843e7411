"""What it costs to receive and check health reports, and how fast that can go.

    python benchmarks/fan_in.py [--runs 5] [--rates 500 2000 4000] [--seconds 5] [--json FILE]

One Mosquitto (`set_tcp_nodelay true`), one sender that paces reports of a thousand stations at QoS 0,
and in turn three receivers, each a process of its own:

ours     `cloud.ingest`: read, decoded, checked against the topic, handed on
paho     what one writes by hand: paho's loop and `json.loads`, nothing checked
floor    a socket that subscribes and throws away what comes

CPU time of the receiver and of the broker a message, medians of the runs with smallest and largest;
latency from the sending to the handler. A rate counts as reached with nothing lost and 99 of 100
within 5 ms.
"""

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from cloud.ingest import Ingest
from cloud.simulate.processes import Running, cpu_s, mosquitto
from cloud.station_messages import StationMessage
from edge.messages import Health
from edge.mqtt import MqttConfig
from edge.timestamps import parse_time

RECEIVERS = ("ours", "paho", "floor")
STATIONS = 1_000
_IDLE_S = 1.5
_TICK_S = 0.002
_REPORT: dict[str, Any] = {
    "network": "SM",
    "location": "00",
    "clock": {"source": "ntp", "offset_s": 0.0012, "error_s": 0.004, "keeper": "chrony"},
    "sampling_rate_hz": 100.02,
    "latency_s": 0.31,
    "noise": [{"channel": f"HN{c}", "rms_m_s2": 0.000231} for c in "ZNE"],
    "packets": 123456,
    "packets_dropped": 0,
    "gaps": 2,
    "outbox_depth": 0,
    "triggers": 17,
    "temperature_c": 41.5,
    "disk_free_bytes": 12_345_678_901,
    "cpu_s": 1234.5,
    "model": "quake_cnn 3",
}


def payload_of(number: int) -> tuple[str, bytes]:
    """Return topic and payload of a report, stamped with now."""
    code = f"V{number % STATIONS:05d}"
    now_us = time.time_ns() // 1_000
    seconds, micros = divmod(now_us, 1_000_000)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{micros:06d}Z"
    return f"tremor/v1/SM/{code}/health", json.dumps(
        _REPORT | {"station": code, "time": stamp}
    ).encode()


def send(port: int, rate: int, count: int) -> None:
    """Publish reports at a steady rate."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    line = client.socket()
    assert isinstance(line, socket.socket)  # noqa: S101 - no TLS and no websocket here
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.loop_start()
    began_s, sent = time.monotonic(), 0
    while sent < count:
        due = min(count, int((time.monotonic() - began_s) * rate) + 1)
        for number in range(sent, due):
            client.publish(*payload_of(number), qos=0)
        sent = due
        time.sleep(_TICK_S)
    marker = client.publish("tremor/end", b"", qos=1)
    marker.wait_for_publish(30)
    client.disconnect()


class Tally:
    """What a receiver notes, as cheaply as it can."""

    def __init__(self) -> None:
        self.latencies_ns: list[int] = []
        self.count = 0
        self.cpu = (0.0, 0.0)
        self.last_s = time.monotonic()

    def note(self) -> None:
        """Count one."""
        if not self.count:
            self.cpu = (time.process_time(), 0.0)
        self.count += 1
        self.cpu = (self.cpu[0], time.process_time())
        self.last_s = time.monotonic()

    def tell(self) -> None:
        """Print what was noted."""
        quantiles = np.percentile(self.latencies_ns or [0], [50, 99]) / 1e6
        cpu = self.cpu[1] - self.cpu[0]
        print(
            json.dumps(
                {"count": self.count, "cpu_s": cpu, "p50": quantiles[0], "p99": quantiles[1]}
            )
        )

    @property
    def idle(self) -> bool:
        """Nothing came for a while."""
        return self.count > 0 and time.monotonic() - self.last_s > _IDLE_S


async def receive_ours(port: int) -> None:
    """Receive as the centre does."""
    tally = Tally()

    async def handle(message: StationMessage) -> None:
        if isinstance(message, Health):
            tally.note()
            tally.latencies_ns.append(time.time_ns() - message.time)

    stop = asyncio.Event()
    ingest = Ingest(MqttConfig(port=port), handle, "ours", session_s=0)
    task = asyncio.create_task(ingest.run(stop))
    while not tally.idle:  # noqa: ASYNC110 - silence is no event
        await asyncio.sleep(0.1)
    stop.set()
    await task
    tally.tell()


def receive_paho(port: int) -> None:
    """Receive with paho and json."""
    tally = Tally()
    stamps: list[tuple[int, str]] = []

    def note(_client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        report = json.loads(message.payload)
        tally.note()
        stamps.append((time.time_ns(), report["time"]))

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="paho")
    client.on_message = note
    client.connect("127.0.0.1", port)
    client.subscribe("tremor/v1/+/+/health", qos=1)
    client.loop_start()
    while not tally.idle:
        time.sleep(0.1)
    client.loop_stop()
    tally.latencies_ns = [at_ns - parse_time(stamp) for at_ns, stamp in stamps]
    tally.tell()


def receive_nothing(port: int) -> None:
    """Subscribe by hand and throw away what comes; counts by the length of a message."""
    topic, payload = payload_of(0)
    size = len(topic) + len(payload) + 2
    size += 3 if size > 127 else 2
    name, wanted = b"floor", b"tremor/v1/+/+/health"
    connect = b"\x00\x04MQTT\x04\x02\x00\x00" + len(name).to_bytes(2, "big") + name
    subscribe = b"\x00\x01" + len(wanted).to_bytes(2, "big") + wanted + b"\x00"
    tally, got = Tally(), 0
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"\x10" + bytes([len(connect)]) + connect)
        line.sendall(b"\x82" + bytes([len(subscribe)]) + subscribe)
        line.recv(4)
        line.recv(5)
        line.settimeout(_IDLE_S)
        while True:
            try:
                got += len(line.recv(262_144))
            except TimeoutError:
                if got:
                    break
                continue
            tally.note()
    tally.count = got // size
    tally.tell()


_ROLES: dict[str, Callable[[int], object]] = {
    "ours": lambda port: asyncio.run(receive_ours(port)),
    "paho": receive_paho,
    "floor": receive_nothing,
}


def measure(broker: Running, receiver: str, rate: int, seconds: float) -> dict[str, float]:
    """Return what one receiver made of one rate."""
    me = [sys.executable, str(Path(__file__).resolve())]
    port, count = str(broker.port), round(rate * seconds)
    with subprocess.Popen([*me, "--role", receiver, port], stdout=subprocess.PIPE) as process:
        time.sleep(2.5)
        before = cpu_s(broker.pid)
        subprocess.run([*me, "--role", "send", port, str(rate), str(count)], check=True)
        out, _ = process.communicate(timeout=60)
        spent = cpu_s(broker.pid) - before
    told: dict[str, float] = json.loads(out.splitlines()[-1])
    told["lost"] = count - told["count"]
    told["us"] = told["cpu_s"] / max(1.0, told["count"]) * 1e6
    told["broker_us"] = spent / count * 1e6
    return told


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rates", type=int, nargs="+", default=[500, 2_000, 4_000])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--role", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role:
        role, *numbers = arguments.role[:1] + [int(text) for text in arguments.role[1:]]
        (send if role == "send" else _ROLES[role])(*numbers)
        return
    print(
        f"Python {platform.python_version()}, paho {version('paho-mqtt')}, load {os.getloadavg()}"
    )
    print("receiver   a second  us a message          broker us   p50 ms   p99 ms   lost")
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, mosquitto(Path(folder)) as broker:
        for rate in arguments.rates:
            runs: dict[str, list[dict[str, float]]] = {name: [] for name in RECEIVERS}
            for _ in range(arguments.runs):
                for name in RECEIVERS:
                    runs[name].append(measure(broker, name, rate, arguments.seconds))
            for name in RECEIVERS:
                rows.append({"receiver": name, "rate": rate, "runs": runs[name]})
                show(name, rate, runs[name])
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")


def show(name: str, rate: int, runs: list[dict[str, float]]) -> None:
    """Print a row."""

    def middle(key: str) -> float:
        return statistics.median(run[key] for run in runs)

    costs = [run["us"] for run in runs]
    print(
        f"{name:8} {rate:10d} {middle('us'):8.1f} ({min(costs):.1f}-{max(costs):.1f}) "
        f"{middle('broker_us'):12.1f} {middle('p50'):8.2f} {middle('p99'):8.2f} {middle('lost'):6.0f}"
    )


if __name__ == "__main__":
    main()
