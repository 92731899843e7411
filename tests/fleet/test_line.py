"""The same line without a Debian: the agent and the centre of this environment, over real TLS."""

import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.mqtt import TlsConfig
from edge.timestamps import format_time, seconds_to_ns
from edge.update.record import Record
from edge.update.store import UpdateStore
from tests.edge.provision.conftest import write_house
from tests.fleet import cards, networks
from tests.fleet.commands import environment, in_process, program, tail
from tests.fleet.house import House
from tests.fleet.steps import NAME, Steps
from tests.fleet.telling import Telling

pytestmark = pytest.mark.broker

_QUIET_S = 8.0
"""Before the earthquake; what came before the agent started is made up for at once."""
_ETC, _STATE = "/etc/edge-agent", "var/lib/edge-agent"
_STATION = """
[station]
network = "XX"
station = "KARA1"
latitude = 46.95
longitude = 7.44

[source]
type = "synthetic"
latitude = 46.95
longitude = 7.44
start = "{begin}"
earthquakes = [
  {{ origin_time = "{quake}", latitude = 47.0, longitude = 7.44, depth_km = 5, magnitude = 4.5 }},
]

[replay]
data_start = "{begin}"
wall_start = "{begin}"

[enrolment]
retry_s = 1
clock = "any"

[update]
enabled = true
root = "/etc/edge-agent/root.json"
ring = "canary"
every_s = 3
quiet_s = 0
healthy_s = 1
clock = "any"

[update.shadow]
span_s = 2
"""


class Desk:
    """A station as a process of this environment, with the files of its card.

    Args:
        root: Stands for the root of its file system.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.log = root / "agent.log"

    def install(self, archive: Path) -> None:
        """Lay out what install.sh would, with paths below the root."""
        with tarfile.open(archive) as tar:
            tar.extractall(self._root, filter="data")
        kit, etc = self._root / "edge-kit", self._root / _ETC.lstrip("/")
        shutil.copytree(kit / "etc", etc)
        (self._root / _STATE).mkdir(parents=True)
        shutil.move(kit / "enrolment-token", self.token)
        text = (etc / "station.toml").read_text().replace(_ETC, str(etc))
        (etc / "station.toml").write_text(f'state_dir = "{self._root / _STATE}"\n{text}')

    @property
    def record(self) -> Record:
        """How its updates stand."""
        return UpdateStore(self._root / _STATE).read()

    @property
    def token(self) -> Path:
        """Where its token lies until it is used."""
        return self._root / _STATE / "enrolment-token"

    @property
    def identity(self) -> TlsConfig:
        """What it is let in with."""
        folder = self._root / _STATE / "enrolment"
        own = folder / "tls.pem"
        return TlsConfig(ca_file=folder / "authority.pem", cert_file=own, key_file=own)

    def troubles(self) -> str:
        """Return the agent's last words."""
        return tail(self.log)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run its agent."""
        words = ("run", "--config", str(self._root / _ETC.lstrip("/") / "station.toml"))
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [program("edge-agent"), *words, "--json-logs"],
                stdout=log,
                stderr=log,
                env=environment(),
            )
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def test_from_a_card_to_a_network_over_the_air(tmp_path: Path) -> None:
    """Its file says neither where the broker is nor where networks come from."""
    house = House(tmp_path / "house", "localhost", "localhost", in_process)
    desk = Desk(tmp_path / "root")
    house.found()
    station, token, archive = (tmp_path / name for name in ("KARA1.toml", "token", "KARA1.tar"))
    begin_ns = time.time_ns()
    quake_ns = begin_ns + seconds_to_ns(_QUIET_S)
    times = {"begin": format_time(begin_ns), "quake": format_time(quake_ns)}
    station.write_text(_STATION.format(**times))
    house.let_in(NAME, token)
    wheels = write_house(tmp_path / "wheelhouse")
    trusting = ("--token", token, "--trust", house.root)
    cards.provision(
        in_process, archive, station, "--target", "linux", "--wheelhouse", wheels, *trusting
    )
    desk.install(archive)

    with house.open(), desk.running():
        steps = Steps(Telling(lambda _: None), house, desk)
        steps.enrols()
        steps.triggers()
        steps.commits(networks.better(tmp_path / "better"), "canary")
