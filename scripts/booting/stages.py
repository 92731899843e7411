"""From power on to a working station, and how a boot is judged."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from scripts.booting.centre import Centre
from scripts.booting.machine import Machine
from scripts.booting.tools import BootError

READY: Final = r"Started edge-agent\.service"
"""systemd says so when the agent has told it that it is ready (Type=notify)."""
FIRST_BOOT: Final = {
    "kernel": r"Linux version",
    "systemd": r"systemd\[1\]: systemd \d+",
    "cloud-init begins": r"Cloud-init v\..*'init-local'",
    "cloud-init done": r"Cloud-init v\..*finished",
    "installation begins": r"edge-kit: installing",
    "agent installed, examined": r"edge-kit: examined",
    "installation done": r"edge-kit: station .* is installed",
    "agent ready": READY,
}
LATER_BOOT: Final = {
    "kernel": r"Linux version",
    "systemd": r"systemd\[1\]: systemd \d+",
    "agent ready": READY,
}
BROKER: Final = "certificate, broker reached"
TRIGGER: Final = "first trigger"


@dataclass
class Boot:
    """What was seen of one boot."""

    seconds: dict[str, float] = field(default_factory=dict)
    """Since power came, by stage."""
    cpu_s: dict[str, float] = field(default_factory=dict)
    """Processor time of the emulator until then."""
    state: dict[str, Any] = field(default_factory=dict)
    """What the station said of itself."""

    def note(self, stage: str, seconds: float, machine: Machine) -> None:
        """Keep when a stage was reached."""
        self.seconds[stage] = seconds
        self.cpu_s[stage] = machine.cpu_s


def follow(
    machine: Machine,
    centre: Centre,
    stages: dict[str, str],
    limit_s: float,
    told: Callable[[str, float], None] = lambda _stage, _seconds: None,
) -> Boot:
    """Wait until a station works: it is ready, at the broker, and sees an earthquake.

    Args:
        machine: Which is on.
        centre: Which hears it.
        stages: Patterns of the console, in their order.
        limit_s: Seconds for each stage.
        told: Hears of each.

    Raises:
        BootError: A stage is not reached.
    """
    boot = Boot()
    began_s = time.monotonic() - machine.on_for_s
    for stage, pattern in stages.items():
        line = machine.console.wait(pattern, limit_s)
        boot.note(stage, line.after_s, machine)
        told(stage, line.after_s)
    state = centre.wait("state", began_s, limit_s, online=True)
    boot.state = state.content
    boot.note(BROKER, state.at_s - began_s, machine)
    told(BROKER, state.at_s - began_s)
    ready_s = began_s + boot.seconds["agent ready"]
    trigger = centre.wait("trigger", ready_s, limit_s)
    boot.note(TRIGGER, trigger.at_s - began_s, machine)
    told(TRIGGER, trigger.at_s - began_s)
    return boot


def unit(said: str) -> dict[str, str]:
    """Return the properties that `systemctl show` printed."""
    pairs = (line.partition("=") for line in said.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def must_be(expected: object, actual: object, what: str) -> None:
    """Do nothing where something is as it must be.

    Raises:
        BootError: It is not.
    """
    if expected != actual:
        raise BootError(f"{what}: {actual!r}, not {expected!r}")
