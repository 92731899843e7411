"""A computer with the card in it: a whole Debian in a folder, and the agent as its unit says."""

import configparser
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.mqtt import TlsConfig
from edge.update.record import Record
from edge.update.store import UpdateStore
from tests.fleet.commands import tail

_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ENTER = 'umask "$1"; mount -t proc proc "$2/proc"; shift 2; exec "$@"'
"""What runs in a mount namespace of its own: the system sees processes, as any system does."""
_STATE = "var/lib/edge-agent"


class Board:
    """A Debian in a folder.

    Args:
        root: The folder.
        system: A fresh system that becomes it.
        boot: Files of the boot partition.

    Attributes:
        log: What the agent said.
    """

    def __init__(self, root: Path, system: Path, boot: Path) -> None:
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", system, root], check=True)
        place = root / "boot" / "firmware"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(boot, place)
        self.root = root
        self.log = root.parent / "agent.log"
        self.log.unlink(missing_ok=True)

    def names(self, *names: str) -> None:
        """Let names stand for this machine, as the network's name server would."""
        with (self.root / "etc/hosts").open("a") as hosts:
            hosts.write(f"127.0.0.1\t{' '.join(names)}\n")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command there, as root and without any network."""
        line = ["unshare", "--net", *self._enter("0022"), "chroot", str(self.root), *words]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    def _enter(self, umask: str) -> list[str]:
        shell = ["sh", "-c", _ENTER, "sh", umask, str(self.root)]
        return ["unshare", "--mount", *shell, "env", "-i", _PATH]

    @property
    def store(self) -> UpdateStore:
        """What the station keeps of updates."""
        return UpdateStore(self.root / _STATE)

    @property
    def record(self) -> Record:
        """How its updates stand."""
        return self.store.read()

    @property
    def token(self) -> Path:
        """Where the token lies until it is used."""
        return self.root / _STATE / "enrolment-token"

    @property
    def identity(self) -> TlsConfig:
        """What it is let in with."""
        folder = self.root / _STATE / "enrolment"
        own = folder / "tls.pem"
        return TlsConfig(ca_file=folder / "authority.pem", cert_file=own, key_file=own)

    def troubles(self) -> str:
        """Return the agent's last words."""
        return tail(self.log, 60)

    @contextmanager
    def service(self) -> Iterator["Service"]:
        """Run the agent by its unit."""
        service = Service(self)
        service.start()
        try:
            yield service
        finally:
            service.stop()

    def line_of(self, unit: configparser.SectionProxy) -> list[str]:
        """Return the command line of a unit, here."""
        user = unit["User"]
        entering = ["chroot", f"--userspec={user}:{user}", str(self.root)]
        words = unit["ExecStart"].split()
        return [*self._enter(unit["UMask"]), "setpriv", "--no-new-privs", *entering, *words]


class Service:
    """The agent as systemd runs it: again and again.

    Args:
        board: Where.

    Attributes:
        starts: How often it was started.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.read(board.root / "etc/systemd/system/edge-agent.service")
        self._unit = unit["Service"]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        """Start it."""
        self._thread.start()

    def kill(self) -> None:
        """End it as a power cut does; the unit's `Restart` brings it back."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)

    def stop(self) -> None:
        """End it for good."""
        self._stopping.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join()

    def _run(self) -> None:
        line = self._board.line_of(self._unit)
        while not self._stopping.is_set():
            with self._board.log.open("ab") as log:
                self._process = subprocess.Popen(line, stdout=log, stderr=log)
            self.starts += 1
            if self._stopping.is_set():
                self._process.terminate()
            self._process.wait()
            self._stopping.wait(float(self._unit["RestartSec"]))
