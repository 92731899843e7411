"""Runs commands of an arm64 root on this machine."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CPUS: Final = {
    "cortex-a53": "Raspberry Pi 3, Zero 2",
    "cortex-a72": "Raspberry Pi 4",
    "cortex-a76": "Raspberry Pi 5",
}
"""Processors of boards, as the emulator calls them. Its default one has SME, which no board here
has; NumPy's OpenBLAS then chooses products that come out wrong there."""
CPU: Final = "cortex-a72"
_ENTER: Final = Path(__file__).with_name("enter.sh")
_REFUSED: Final = 97
_UNSHARE: Final = (
    *("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork"),
    "--kill-child=SIGKILL",
)
_REMEDY: Final = (
    "Mend it with: sudo apt-get install qemu-user-static binfmt-support (Debian 13: "
    "qemu-user-binfmt), or a kernel from 6.7 on that lets users make namespaces."
)
_SHOWN_CHARACTERS: Final = 3000


class EmulationError(Exception):
    """Something of the emulated machine is missing or failed: what, and what to do."""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    output: str
    errors: str
    seconds: float


@dataclass(frozen=True)
class Emulator:
    """A root of another processor, and the program that runs it."""

    root: Path
    qemu: Path
    cpu: str = CPU
    shows_sys: bool = True
    """Whether the root has /sys."""

    def run(self, *command: str, timeout_s: float = 3600, codes: tuple[int, ...] = (0,)) -> Done:
        """Run a command in the root and wait.

        Args:
            command: Its paths are those of the root.
            timeout_s: Seconds after which it is killed.
            codes: Exit codes that are all right.

        Raises:
            EmulationError: It cannot be run, took too long or ended with another code.
        """
        sys = "sys" if self.shows_sys else "hide-sys"
        enter = ["sh", str(_ENTER), str(self.root), str(self.qemu), self.cpu, sys]
        words = [*_UNSHARE, *enter, *command]
        begun = time.monotonic()
        try:
            ended = subprocess.run(  # noqa: S603 - our own arguments
                words, capture_output=True, text=True, check=False, timeout=timeout_s
            )
        except FileNotFoundError as error:
            raise EmulationError(f"{error.filename} is not installed (util-linux)") from error
        except subprocess.TimeoutExpired as error:
            text = f"{' '.join(command)}: not done after {timeout_s:.0f} s"
            raise EmulationError(text) from error
        done = Done(ended.returncode, ended.stdout, ended.stderr, time.monotonic() - begun)
        if ended.returncode == _REFUSED or "unshare failed" in ended.stderr:
            raise EmulationError(f"{ended.stderr.strip()}\n{_REMEDY}")
        if ended.returncode not in codes:
            said = (ended.stdout + ended.stderr)[-_SHOWN_CHARACTERS:]
            raise EmulationError(f"{' '.join(command)} ended with {ended.returncode}:\n{said}")
        return done

    def path(self, inside: str) -> Path:
        """Return where a path of the root lies on this machine."""
        return self.root / inside.removeprefix("/")
