"""The whole trial of one kind of computer: first boot, later boot, watchdog, cuts of power."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scripts.booting.cards import STATION, USER, Desk
from scripts.booting.centre import Centre
from scripts.booting.cuts import CARDS, Cut, Moment, moments, rest, service_spans
from scripts.booting.emulator import Emulator
from scripts.booting.keyboard import Keyboard
from scripts.booting.machine import Machine, Place
from scripts.booting.sdcard import read_boot
from scripts.booting.stages import (
    FIRST_BOOT,
    LATER_BOOT,
    READY,
    TRIGGER,
    Boot,
    follow,
    must_be,
    unit,
)
from scripts.booting.tools import BootError

_LIMIT_S: Final = 1200
"""For one stage, on a machine that others use as well."""
_LOGIN_S: Final = 120
_WATCHDOG: Final = r"edge-agent\.service: Watchdog timeout"
_ANEW: Final = r"edge-kit: the first boot was cut off"
_SHOW: Final = "systemctl show edge-agent -p NRestarts -p ActiveState -p WatchdogUSec -p MainPID"

Say = Callable[[str], None]


@dataclass
class Trial:
    """What was seen."""

    first: Boot = field(default_factory=Boot)
    later: Boot = field(default_factory=Boot)
    agent: dict[str, str] = field(default_factory=dict)
    """What systemd says of the agent in the first boot."""
    findings: dict[str, str] = field(default_factory=dict)
    """What a person finds at the keyboard, by question."""
    watchdog_s: float | None = None
    """From a stopped agent until systemd ends it."""
    restarted_s: float | None = None
    """From then until it is ready again."""
    record: dict[str, Any] = field(default_factory=dict)
    """Of `provision`."""
    cuts: list[Cut] = field(default_factory=list)
    finished: bool = False
    """Whether all of it was done."""


class Bench:
    """A computer, a desk and a centre.

    Args:
        emulator: Runs the computer.
        desk: Makes cards.
        centre: Hears the station.
        folder: For cards and the console's log.
        say: Hears what happens.
    """

    def __init__(
        self, emulator: Emulator, desk: Desk, centre: Centre, folder: Path, say: Say
    ) -> None:
        self._emulator = emulator
        self._desk = desk
        self._centre = centre
        self._folder = folder
        self._say = say
        self._began_s = time.monotonic()

    def run(self, seed: int, in_service: int, kept: Callable[[Trial], None]) -> Trial:
        """Do all of it.

        Args:
            seed: Of the cuts.
            in_service: How many cuts while the station works.
            kept: Gets what was seen until now, several times: a run may be ended at any moment.

        Raises:
            BootError: The station does not come to work.
        """
        trial = Trial()
        card = self._new_card("card")
        trial.record = dict(self._desk.record)
        self._first(card, trial)
        self._later(card, trial)
        kept(trial)
        for number, seconds in enumerate(service_spans(in_service, seed), 1):
            trial.cuts.append(self._cut_service(card, number, seconds))
            kept(trial)
        for number, row in enumerate(moments(trial.first.seconds, CARDS, seed), 1):
            self._cut_first_boot(f"card {number}", row, trial)
            kept(trial)
        trial.finished = True
        return trial

    def _first(self, card: Path, trial: Trial) -> None:
        with self._on(card, "first boot") as machine:
            trial.first = follow(machine, self._centre, FIRST_BOOT, _LIMIT_S, self._tell)
            with self._login(machine) as keyboard:
                trial.agent = unit(keyboard.ask(_SHOW))
                trial.findings = look_around(keyboard)
                keyboard.tell("sudo systemctl poweroff")
            machine.wait_off(_LIMIT_S)
        look_at_card(card)

    def _later(self, card: Path, trial: Trial) -> None:
        """Boot again; stop the agent where it stands, and see that the watchdog ends it."""
        with self._on(card, "second boot, watchdog") as machine:
            trial.later = follow(machine, self._centre, LATER_BOOT, _LIMIT_S, self._tell)
            with self._login(machine) as keyboard:
                keyboard.ask("sudo systemctl kill --signal=SIGSTOP edge-agent")
                stopped_s = machine.on_for_s
                barked = machine.console.wait(_WATCHDOG, _LIMIT_S)
                trial.watchdog_s = barked.after_s - stopped_s
                again = machine.console.wait(READY, _LIMIT_S, since_s=barked.after_s)
                trial.restarted_s = again.after_s - barked.after_s
                self._say(f"watchdog after {trial.watchdog_s:.0f} s")
                keyboard.tell("sudo systemctl poweroff")
            machine.wait_off(_LIMIT_S)

    def _cut_first_boot(self, name: str, row: list[Moment], trial: Trial) -> None:
        card = self._new_card("cut")
        cuts: list[Cut] = []
        for moment in row:
            with self._on(card, f"{name}: power goes in '{moment.stage}'") as machine:
                machine.console.wait(moment.pattern, _LIMIT_S)
                rest(moment.after_s)
                cut = self._pull(machine, name, f"{moment.stage} + {moment.after_s:.1f} s")
                self._note_anew(machine, cuts)
                cuts.append(cut)
        with self._on(card, f"{name}: after {len(row)} cuts") as machine:
            self._must_work(machine, cuts)
        trial.cuts += cuts

    def _cut_service(self, card: Path, number: int, seconds: float) -> Cut:
        with self._on(card, f"service {number}: power goes after {seconds} s") as machine:
            machine.console.wait(READY, _LIMIT_S)
            rest(seconds)
            cut = self._pull(machine, "card", f"in service + {seconds:.1f} s")
        with self._on(card, f"service {number}: after the cut") as machine:
            self._must_work(machine, [cut])
        return cut

    def _must_work(self, machine: Machine, cuts: list[Cut]) -> None:
        """See whether the station came back; what is wrong is kept with the last cut."""
        try:
            boot = follow(machine, self._centre, LATER_BOOT, _LIMIT_S)
            with self._login(machine) as keyboard:
                look_around(keyboard)
                # Else what the next cut meets would be this boot's unwritten work.
                keyboard.tell("sudo systemctl poweroff")
            machine.wait_off(_LIMIT_S)
        except BootError as error:
            cuts[-1].finding = str(error)
            self._say(f"does not work: {error}")
        else:
            cuts[-1].works_after_s = boot.seconds[TRIGGER]
            self._say(f"works, {boot.seconds[TRIGGER]:.0f} s after power came back")
        self._note_anew(machine, cuts)

    def _note_anew(self, machine: Machine, cuts: list[Cut]) -> None:
        if cuts and machine.console.find(_ANEW) is not None:
            cuts[-1].begun_anew = True

    def _pull(self, machine: Machine, card: str, moment: str) -> Cut:
        at_s = machine.on_for_s
        machine.cut_power()
        lines = machine.console.lines
        cut = Cut(card, moment, at_s, lines[-1].text if lines else "")
        self._say(f"power cut at {at_s:.1f} s ({moment})")
        return cut

    def _new_card(self, name: str) -> Path:
        self._say(f"a card for {STATION}")
        return self._desk.card(self._centre, self._folder / f"{name}.img")

    @contextmanager
    def _on(self, card: Path, title: str) -> Iterator[Machine]:
        self._say(title)
        place = Place(self._folder, card, self._folder / "console.log")
        with Machine(self._emulator, self._desk.kind, place, title) as machine:
            yield machine

    @contextmanager
    def _login(self, machine: Machine) -> Iterator[Keyboard]:
        with Keyboard(machine.keyboard, USER, self._desk.password) as keyboard:
            keyboard.log_in(_LOGIN_S)
            yield keyboard

    def _tell(self, stage: str, seconds: float) -> None:
        self._say(f"  {seconds:6.1f} s  {stage}")


def look_around(keyboard: Keyboard) -> dict[str, str]:
    """Return what a person finds who logs in.

    Raises:
        BootError: Something of the system failed.
    """
    failed = keyboard.ask("systemctl list-units --failed --plain --no-legend")
    must_be("", failed, "units that failed")
    told = keyboard.ask("cloud-init status").partition(":")[2].strip()
    must_be("done", told, "cloud-init")
    restarts = unit(keyboard.ask(_SHOW))["NRestarts"]
    must_be("0", restarts, "restarts of the agent")
    host = keyboard.ask("hostname")
    must_be("xx-kara1", host, "host name")
    return {
        "time is kept": unit(keyboard.ask("timedatectl show -p NTPSynchronized")).get(
            "NTPSynchronized", ""
        ),
        "root file system, size and used": keyboard.ask("df -h --output=size,used / | tail -n 1"),
        "memory of the agent": keyboard.ask(
            "systemctl show edge-agent -p MemoryCurrent --value | numfmt --to=iec"
        ),
    }


def look_at_card(card: Path) -> None:
    """Do nothing where no secret is left on the boot partition.

    Raises:
        BootError: One is.
    """
    for name in ("edge-kit/enrolment-token", "edge-kit/etc/station.toml"):
        must_be(None, read_boot(card, name), f"{name} on the card")
    user_data = read_boot(card, "user-data") or b""
    if b"passwd" in user_data or not user_data.startswith(b"#cloud-config"):
        raise BootError(f"user-data on the card is not blank: {user_data[:80]!r}")


def clear(folder: Path) -> Path:
    """Return an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
