"""The whole agent at work beside rsudp, on the same datagrams of a Raspberry Shake (B1, B5, B6).

    python benchmarks/live.py [--quiet 60] [--rounds 5] [--peer rsudp] [--bare] [--json]

A simulated Shake 4D sends four channels of 25 samples every quarter of a second to loopback: noise,
after a quiet part for 40 s with a burst every 17 s. In turn, each in a process of its own, started as users start it:

    ours         edge-agent run: three components, STA/LTA and the int8 network at each hop,
                 archive, health, triggers through Mosquitto to a subscriber
    ours, bare   the same without network and archive; with `--bare`
    rsudp        rs-client with its STA/LTA alert on one channel, no plot; `--peer rsudp` makes its
                 environment at the first call and needs Python 3.12
    floor        a loop in Python that receives the datagrams and does nothing

CPU time by the kernel's books, over the quiet part after the first twenty seconds and over the
bursts, as CPU seconds an hour of stream.
Memory at the end: resident, and what is the process's own. Latency: from the sending of a quarter
of a second to the subscriber's receipt of the trigger revision that it makes due. Start: from the
command to the first answer of the network. Medians over the rounds. The comparison is void where
ours or rsudp sees no burst.
"""

import argparse
import bisect
import contextlib
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import paho.mqtt.client as paho
from instruments.peers import peer_python
from instruments.process import memory_mb

from cloud.simulate.processes import cpu_s, mosquitto

_HERE = Path(__file__).parent
_WARM_UP_S = 20.0
_BURSTS_S = 40.0
_STARTS = 5
_RSUDP = ["rsudp==2.2.1", "setuptools<81"]
_RSUDP_PYTHON = "3.12"
_RSUDP_TRIGGER = "Trigger threshold"
_RSUDP_LOG = Path(tempfile.gettempdir()) / "rsudp" / "rsudp.log"
"""rsudp writes its log there, whatever its settings say, and appends."""
_STATION = """
state_dir = "{folder}/state"
[station]
network = "XX"
station = "BENCH"
latitude = 46.95
longitude = 7.44
[source]
type = "rshake"
listen = "127.0.0.1"
port = {port}
[mqtt]
host = "127.0.0.1"
port = {broker}
"""
_BARE = """
[detection.model]
enabled = false
[archive]
enabled = false
"""
_FLOOR = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
    receiver.bind(("127.0.0.1", int(sys.argv[1])))
    while True:
        receiver.recv(65535)
"""
_FIRST_ANSWER = """
import sys, time
from pathlib import Path
from edge.config import load_station_config
from edge.station import open_station
station = open_station(load_station_config(Path(sys.argv[1])))
answers = []
station.pipeline.listeners.append(answers.append)
for packet in station.source.packets():
    station.pipeline.push(packet)
    if any(len(seen.frames) > 1 for seen in answers):
        break
print(time.monotonic(), time.process_time())
"""
_SYNTHETIC = """
state_dir = "{folder}/state"
[station]
network = "XX"
station = "BENCH"
latitude = 46.95
longitude = 7.44
[source]
type = "synthetic"
latitude = 46.95
longitude = 7.44
sensor = "adxl355"
"""


@dataclass
class Figures:
    """What the rounds of one program gave."""

    cpu_s_per_hour: list[float] = field(default_factory=list)
    bursts_cpu_s_per_hour: list[float] = field(default_factory=list)
    resident_mb: list[float] = field(default_factory=list)
    own_mb: list[float] = field(default_factory=list)
    triggers: list[int] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Round:
    """The surroundings of one round."""

    folder: Path
    broker: int
    quiet_s: float


def free_port() -> int:
    """Return a UDP port that nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def observe(command: list[str], port: int, now: Round, figures: Figures) -> list[float]:
    """Run a program on a Shake's datagrams, add what it costs; returns when these were sent."""
    sent = now.folder / "sent.json"
    log = now.folder / "log.txt"
    shake = [sys.executable, str(_HERE / "instruments" / "shake.py")]
    shake += [str(now.quiet_s + _BURSTS_S), str(now.quiet_s), str(sent), str(port)]
    environment = os.environ | {"HOME": str(now.folder), "OMP_NUM_THREADS": "1"}
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=output, env=environment) as process,
    ):
        time.sleep(3.0)
        with subprocess.Popen(shake) as sender:
            time.sleep(_WARM_UP_S)
            quiet = usage(process.pid, lambda: time.sleep(now.quiet_s - _WARM_UP_S))
            figures.cpu_s_per_hour.append(quiet)
            figures.bursts_cpu_s_per_hour.append(usage(process.pid, sender.wait))
            resident, own = memory_mb(process.pid)
            figures.resident_mb.append(resident)
            figures.own_mb.append(own)
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
    return list(json.loads(sent.read_text()))


def usage(pid: int, wait: Callable[[], object]) -> float:
    """Return the CPU seconds an hour that a process uses while something is waited for."""
    began_s, began_cpu_s = time.monotonic(), cpu_s(pid)
    wait()
    return (cpu_s(pid) - began_cpu_s) / (time.monotonic() - began_s) * 3600


@contextlib.contextmanager
def receipts(broker: int) -> Iterator[list[float]]:
    """Subscribe to triggers; gives the moments at which they came."""
    came: list[float] = []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.on_message = lambda *_: came.append(time.monotonic())
    client.connect("127.0.0.1", broker)
    client.subscribe("tremor/v1/+/+/trigger", qos=1)
    client.loop_start()
    try:
        yield came
    finally:
        client.loop_stop()
        client.disconnect()


def ours(now: Round, figures: Figures, *, bare: bool) -> None:
    """Run the agent."""
    port = free_port()
    station = now.folder / "station.toml"
    text = _STATION.format(folder=now.folder, port=port, broker=now.broker)
    station.write_text(text + (_BARE if bare else ""))
    agent = str(Path(sys.executable).with_name("edge-agent"))
    with receipts(now.broker) as came:
        sent_s = observe([agent, "run", "--config", str(station)], port, now, figures)
    figures.triggers.append(len(came))
    for moment_s in came:
        newest = bisect.bisect_right(sent_s, moment_s) - 1
        if newest >= 0:
            figures.latency_ms.append((moment_s - sent_s[newest]) * 1e3)


def rsudp(now: Round, figures: Figures, python: Path) -> None:
    """Run rsudp's client with an alert of our averages and thresholds."""
    port = free_port()
    settings = now.folder / "rsudp.json"
    client = str(python.with_name("rs-client"))
    subprocess.run([client, "-d", str(settings)], check=True, capture_output=True)
    chosen = json.loads(settings.read_text())
    chosen["settings"] |= {"port": port, "output_dir": str(now.folder), "debug": False}
    chosen["plot"]["enabled"] = False
    chosen["alert"] |= {"sta": 0.5, "lta": 30, "threshold": 6.0, "reset": 2.0}
    settings.write_text(json.dumps(chosen))
    before = rsudp_triggers()
    observe([client, "-s", str(settings)], port, now, figures)
    figures.triggers.append(rsudp_triggers() - before)


def rsudp_triggers() -> int:
    """Return how many triggers rsudp has ever logged on this machine."""
    return (
        _RSUDP_LOG.read_text(errors="replace").count(_RSUDP_TRIGGER) if _RSUDP_LOG.exists() else 0
    )


def floor(now: Round, figures: Figures) -> None:
    """Run the loop that only receives."""
    port = free_port()
    observe([sys.executable, "-c", _FLOOR, str(port)], port, now, figures)


def starts(folder: Path) -> list[tuple[float, float]]:
    """Return seconds and CPU seconds from the command to the network's first answer."""
    station = folder / "synthetic.toml"
    station.write_text(_SYNTHETIC.format(folder=folder))
    taken = []
    for _ in range(_STARTS):
        began_s = time.monotonic()
        command = [sys.executable, "-c", _FIRST_ANSWER, str(station)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        answered_s, spent_s = map(float, done.stdout.split())
        taken.append((answered_s - began_s, spent_s))
    return taken


def programs(options: argparse.Namespace) -> dict[str, Callable[[Round, Figures], None]]:
    """Return what is compared."""
    found: dict[str, Callable[[Round, Figures], None]] = {
        "ours": lambda now, figures: ours(now, figures, bare=False),
        "floor": floor,
    }
    if options.bare:
        found["ours, bare"] = lambda now, figures: ours(now, figures, bare=True)
    if options.peer == "rsudp":
        python = peer_python("rsudp", _RSUDP, _RSUDP_PYTHON)
        found["rsudp"] = lambda now, figures: rsudp(now, figures, python)
    return found


def measure(options: argparse.Namespace) -> dict[str, object]:
    """Run all in turn."""
    compared = programs(options)
    figures = {name: Figures() for name in compared}
    loads = []
    for number in range(options.rounds):
        for name, run in compared.items():
            print(f"round {number + 1} of {options.rounds}: {name}", file=sys.stderr)
            with tempfile.TemporaryDirectory() as place, mosquitto(Path(place)) as broker:
                run(Round(Path(place), broker.port, options.quiet), figures[name])
            loads.append(os.getloadavg()[0])
    with tempfile.TemporaryDirectory() as place:
        taken = starts(Path(place))
    return {
        "rounds": {name: asdict(one) for name, one in figures.items()},
        "start_s": [wall for wall, _ in taken],
        "start_cpu_s": [spent for _, spent in taken],
        "python": platform.python_version(),
        "machine": platform.machine(),
        "load": [min(loads), max(loads)],
    }


def show(report: dict[str, object]) -> None:
    """Print medians with the smallest and the largest."""
    rounds = report["rounds"]
    for name, one in rounds.items():
        cpu = one["cpu_s_per_hour"]
        print(
            f"{name:<12} {statistics.median(cpu):7.2f} CPU-s an hour ({min(cpu):.2f} to {max(cpu):.2f})"
            f", {statistics.median(one['bursts_cpu_s_per_hour']):.2f} with bursts"
            f"  {statistics.median(one['resident_mb']):6.1f} MB resident"
            f"  {statistics.median(one['own_mb']):6.1f} MB own  triggers {one['triggers']}"
        )
        if one["latency_ms"]:
            p50, p99 = np.percentile(one["latency_ms"], [50, 99])
            count = len(one["latency_ms"])
            print(f"{'':<12} latency of {count} revisions: median {p50:.1f} ms, p99 {p99:.1f} ms")
    print(
        f"start to the first answer: {statistics.median(report['start_s']):.2f} s, "
        f"{statistics.median(report['start_cpu_s']):.2f} CPU-s"
    )
    low, high = report["load"]
    print(f"Python {report['python']}, {report['machine']}, load {low:.1f} to {high:.1f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quiet", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", choices=["rsudp"])
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options)
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        show(report)


if __name__ == "__main__":
    main()
