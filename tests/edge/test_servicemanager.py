"""What systemd hears of a station, over a real socket: ready, alive while it works, stopping."""

import asyncio
import configparser
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cloud.toml import to_toml
from edge.config import StationConfig, StationSection
from edge.messages import Health
from edge.mqtt import MqttConfig
from edge.servicemanager import ServiceManager, summary_line
from edge.sources import SyntheticConfig

LONG_S = 60.0


class Supervisor:
    """The receiving end of NOTIFY_SOCKET."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.settimeout(LONG_S)

    def next(self) -> str:
        """Wait for what the service says next."""
        return self._socket.recv(4096).decode()

    def waiting(self) -> list[str]:
        """Return what was said and not yet read."""
        self._socket.setblocking(False)
        said = []
        while True:
            try:
                said.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return said

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Return a supervisor that listens."""
    one = Supervisor(tmp_path)
    yield one
    one.close()


def test_without_a_supervisor_nothing_is_said() -> None:
    """A station that a person started by hand has nobody to tell."""
    manager = ServiceManager({})

    manager.ready()

    assert manager.watchdog_s is None


def test_ready_status_and_goodbye_are_told(supervisor: Supervisor) -> None:
    """In the words of sd_notify(3)."""
    manager = ServiceManager({"NOTIFY_SOCKET": str(supervisor.path)})

    manager.ready()
    manager.status("all well")
    manager.stopping()

    assert ["READY=1", "STATUS=all well", "STOPPING=1"] == supervisor.waiting()


def test_a_supervisor_that_is_away_ends_no_station(tmp_path: Path) -> None:
    """It is said, and the station goes on."""
    manager = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "nobody")})

    with capture_logs() as logs:
        manager.ready()

    assert ["service_manager_away"] == [entry["event"] for entry in logs]


def test_the_abstract_namespace_is_understood() -> None:
    """An address that begins with @ is no file."""
    name = f"tremor-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind("\0" + name)
        channel.settimeout(LONG_S)

        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).ready()

        assert b"READY=1" == channel.recv(100)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
    ],
    ids=["none", "wanted", "of this process", "of another process"],
)
def test_the_watchdog_is_fed_only_where_it_is_wanted(
    environment: dict[str, str], expected: float | None
) -> None:
    """As sd_watchdog_enabled(3) decides."""
    assert expected == ServiceManager(environment).watchdog_s


async def test_a_station_that_does_nothing_starves_its_watchdog(supervisor: Supervisor) -> None:
    """Three packets feed it, a hang does not."""
    environment = {"NOTIFY_SOCKET": str(supervisor.path), "WATCHDOG_USEC": "30000"}
    counts = iter([1, 2, 2, 2, 3])
    over = asyncio.Event()

    def work_done() -> int:
        try:
            return next(counts)
        except StopIteration:
            over.set()
            return 3

    watching = asyncio.create_task(ServiceManager(environment).watch(work_done))
    await over.wait()
    watching.cancel()

    assert 3 * ["WATCHDOG=1"] == supervisor.waiting()


def test_the_status_line_tells_what_matters() -> None:
    """Rate, packets, triggers and what waits; or that no sample came yet."""
    health = Health(
        network="XX", station="A", time=0, packets=7, packets_dropped=0, gaps=0,
        outbox_depth=2, triggers=1,
    )  # fmt: skip
    running = health.model_copy(update={"sampling_rate_hz": 99.98, "latency_s": 0.4})

    assert "XX.A: no samples yet, 7 packets, 1 triggers, 2 waiting for the broker" == summary_line(
        health
    )
    assert "XX.A: 100.0 Hz" in summary_line(running)


def test_a_real_agent_tells_systemd_of_its_life(tmp_path: Path, supervisor: Supervisor) -> None:
    """`edge-agent run` under a supervisor: ready, fed by packets, goodbye on SIGTERM."""
    config = StationConfig(
        station=StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5),
        source=SyntheticConfig(latitude=17.0, longitude=-99.5, start=time.time_ns()),
        detection={"model": {"enabled": False}},
        mqtt=MqttConfig(port=1),
        state_dir=tmp_path / "state",
    )
    file = tmp_path / "station.toml"
    file.write_text(to_toml(config))
    environment = {"NOTIFY_SOCKET": str(supervisor.path), "WATCHDOG_USEC": "3000000"}

    with subprocess.Popen(
        [Path(sys.executable).with_name("edge-agent"), "run", "--config", file],
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    ) as process:
        said = [supervisor.next()]
        while said.count("WATCHDOG=1") < 2:
            said.append(supervisor.next())
        process.terminate()
        while said[-1] != "STOPPING=1":
            said.append(supervisor.next())

    assert "READY=1" in said[:2]
    assert 0 == process.returncode


def test_the_unit_wants_what_the_agent_gives(project_root: Path) -> None:
    """Type, watchdog and restart fit together; the clock may be asked."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(project_root / "firmware_configs" / "systemd" / "edge-agent.service")
    service = unit["Service"]

    assert "notify" == service["Type"]
    assert "always" == service["Restart"]
    assert int(service["WatchdogSec"]) > 30
    assert "adjtimex" in service["SystemCallFilter"]
    assert "ProtectClock" not in service


def test_systemd_itself_accepts_the_unit(project_root: Path, tmp_path: Path) -> None:
    """No unknown key, no value that it would ignore."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    text = (project_root / "firmware_configs" / "systemd" / "edge-agent.service").read_text()
    copy = tmp_path / "edge-agent.service"
    copy.write_text(text.replace("/opt/edge-agent/bin/edge-agent", "/bin/true"))

    done = subprocess.run(
        ["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False
    )

    assert "edge-agent.service" not in done.stderr
