"""The emulated computer: QEMU with a card, a network whose host is this machine, two terminals."""

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from scripts.booting.console import Console
from scripts.booting.emulator import Emulator
from scripts.booting.firmware import load
from scripts.booting.system import Architecture
from scripts.booting.tools import BootError

MEMORY_MIB: Final = 1024
"""Of the smallest Raspberry Pi 4, and of a Pi 3."""
CORES: Final = 2
_SHAPE: Final = ("-M", "q35", "-cpu", "Nehalem,vendor=AuthenticAMD")
"""A processor neither newer than the wheels want, nor of a maker whose old mistakes cost time."""


@dataclass(frozen=True)
class Place:
    """Where a computer's things lie."""

    folder: Path
    card: Path
    log: Path


class Machine:
    """A computer from power on to power off, as a context.

    Args:
        emulator: Runs it.
        kind: Of computer.
        place: Its card; what it says goes to the log.
        title: What the log says of this boot.
    """

    def __init__(self, emulator: Emulator, kind: Architecture, place: Place, title: str) -> None:
        self._emulator = emulator
        self._kind = kind
        self._place = place
        self._title = title
        self._process: subprocess.Popen[bytes] | None = None
        self._console: Console | None = None

    @property
    def keyboard(self) -> Path:
        """Socket of the second terminal."""
        return self._place.folder / "keyboard"

    @property
    def console(self) -> Console:
        """What it says.

        Raises:
            BootError: It is not on.
        """
        if self._console is None:
            raise BootError("the computer was never on")
        return self._console

    @property
    def on_for_s(self) -> float:
        """Seconds since power came."""
        return time.monotonic() - self._began_s

    @property
    def cpu_s(self) -> float:
        """Processor time that the emulator took until now, seconds."""
        if self._process is None:
            return 0.0
        stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / 100

    def __enter__(self) -> Self:
        loaded = load(self._place.card, self._place.folder)
        self.keyboard.unlink(missing_ok=True)
        with self._place.log.open("ab") as log:
            log.write(f"\n=== {self._title}\n".encode())
        words = [
            *(*self._emulator.words(self._kind), *_SHAPE),
            *("-m", str(MEMORY_MIB), "-smp", str(CORES), "-accel", "tcg,thread=multi"),
            *("-nodefaults", "-no-user-config", "-display", "none"),
            *("-kernel", str(loaded.kernel), "-initrd", str(loaded.initramfs)),
            *("-append", loaded.cmdline, "-serial", "stdio"),
            *("-drive", f"file={self._place.card},format=raw,if=virtio"),
            *("-nic", "user,model=virtio-net-pci", "-device", "virtio-rng-pci"),
            *("-chardev", f"socket,id=keys,path={self.keyboard},server=on,wait=off"),
            *("-device", "virtio-serial-pci", "-device", "virtconsole,chardev=keys"),
        ]
        self._errors = (self._place.folder / "qemu.log").open("ab")
        self._began_s = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own arguments
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=self._emulator.environment,
        )
        if self._process.stdout is None:
            raise BootError("QEMU has no standard output")
        self._console = Console(self._process.stdout, self._place.log, self._began_s)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cut_power()

    def cut_power(self) -> None:
        """Take the power away: SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self.console.join()
            self._errors.close()

    def wait_off(self, timeout_s: float) -> None:
        """Wait until the computer has switched itself off.

        Raises:
            BootError: It does not.
        """
        if self._process is not None:
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired as error:
                raise BootError(f"still on after {timeout_s:.0f} s") from error


def free_gib(folder: Path) -> float:
    """Return how much room there is for cards, GiB."""
    return shutil.disk_usage(folder).free / 2**30
