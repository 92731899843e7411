"""The whole trial with a computer that only pretends: what is waited for, asked and judged."""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scripts.booting import trial as trial_module
from scripts.booting.centre import Heard
from scripts.booting.firmware import Loaded
from scripts.booting.machine import Machine, Place
from scripts.booting.report import problems
from scripts.booting.stages import FIRST_BOOT, READY, follow
from scripts.booting.system import AMD64
from scripts.booting.tools import BootError
from scripts.booting.trial import Bench, Trial

_KIND = AMD64
_FIRST = [
    "Linux version 6.12",
    "systemd[1]: systemd 257 running",
    "cloud-init[1]: Cloud-init v. 25.1.4 running 'init-local' at",
    "cloud-init[1]: Cloud-init v. 25.1.4 finished at",
    "sh[2]: edge-kit: installing tremorkit 1",
    "sh[2]: edge-kit: examined: all is well",
    "sh[2]: edge-kit: station XX.KARA1 is installed (tremorkit 1)",
    "systemd[1]: Started edge-agent.service - tremorkit station.",
]
_LATER = [_FIRST[0], _FIRST[1], _FIRST[-1]]
_ANEW = ["Linux version", "edge-kit: the first boot was cut off; it begins anew", *_FIRST]


@dataclass(frozen=True)
class Pretended:
    """In the place of QEMU."""

    folder: Path

    def words(self, _kind: object) -> list[str]:
        """Return program and first arguments."""
        program = Path(__file__).with_name("computer.py")
        return [sys.executable, str(program), str(self.folder)]

    @property
    def environment(self) -> None:
        """That of this process."""


@dataclass
class Quiet:
    """In the place of the centre: the station is heard as soon as it is on."""

    triggers: bool = True
    asked: list[str] = field(default_factory=list)

    def wait(self, kind: str, _since_s: float, _limit_s: float, **_fields: object) -> Heard:
        """Return a message."""
        self.asked.append(kind)
        if kind == "trigger" and not self.triggers:
            raise BootError("no trigger")
        content: dict[str, Any] = {"models": [], "clock": {"source": "ntp", "error_s": 0.01}}
        return Heard(time.monotonic(), kind, content)


@dataclass
class Desk:
    """In the place of a desk: cards are empty files."""

    kind: object = _KIND
    password: str = "secret"
    record: dict[str, Any] = field(default_factory=dict)
    cards: int = 0

    def card(self, _centre: object, out: Path) -> Path:
        """Make a card."""
        self.cards += 1
        out.touch()
        return out


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the bench's folder; the card's boot partition is not looked at."""
    loaded = Loaded(tmp_path / "kernel", tmp_path / "initramfs", "quiet")
    monkeypatch.setattr("scripts.booting.machine.load", lambda _card, _folder: loaded)
    monkeypatch.setattr(trial_module, "look_at_card", lambda _card: None)
    monkeypatch.setattr(trial_module, "service_spans", lambda count, _seed: [0.01] * count)
    monkeypatch.setattr(trial_module, "rest", lambda _seconds: None)
    monkeypatch.setattr(trial_module, "_LIMIT_S", 60)
    (tmp_path / "boots").mkdir()
    return tmp_path


def _boots(folder: Path, *boots: list[str]) -> None:
    for number, lines in enumerate(boots):
        (folder / "boots" / f"{number:02d}").write_text("\n".join(lines))


def _bench(folder: Path, desk: Desk, centre: Quiet, said: list[str]) -> Bench:
    return Bench(Pretended(folder), desk, centre, folder, said.append)  # type: ignore[arg-type]


_ALL = [
    *(_FIRST, _LATER),
    # A cut in service, and the boot after it.
    *(_LATER, _LATER),
    # Three cards, two cuts each; the first two cards begin anew after their first cut.
    *(_FIRST[:3], _ANEW[:5], _ANEW),
    *(_FIRST[:6], _FIRST[:7], _LATER),
    *(_FIRST[:5], _FIRST, _LATER),
]


def test_trial_goes_from_the_first_boot_to_the_last_cut(folder: Path) -> None:
    """Every stage is timed, every card comes back, every cut has its row."""
    _boots(folder, *_ALL)
    said: list[str] = []
    desk, kept = Desk(), list[int]()

    trial = _bench(folder, desk, Quiet(), said).run(1, 1, lambda seen: kept.append(len(seen.cuts)))

    assert [] == problems(trial)
    assert trial.finished
    assert [*FIRST_BOOT] == [*trial.first.seconds][: len(FIRST_BOOT)]
    assert ("active", "0") == (trial.agent["ActiveState"], trial.agent["NRestarts"])
    assert trial.watchdog_s is not None
    assert [False, True, True, False, False, False, False] == [one.begun_anew for one in trial.cuts]
    assert 4 == desk.cards
    assert [0, 1, 3, 5, 7] == kept
    assert not list((folder / "boots").iterdir())


def test_station_that_does_not_come_back_is_kept_and_the_trial_goes_on(folder: Path) -> None:
    """One bad card does not hide what became of the others."""
    _boots(folder, *_ALL)
    centre = Quiet()
    bench = _bench(folder, Desk(), centre, [])

    def deaf(seen: Trial) -> None:
        centre.triggers = len(seen.cuts) != 1

    trial = bench.run(1, 1, deaf)

    assert trial.finished
    assert ["card 1 after cloud-init begins"] == [
        problem.split(" + ")[0] for problem in problems(trial)
    ]


def test_stage_that_is_not_reached_is_named(folder: Path) -> None:
    """With what the console said last."""
    _boots(folder, _FIRST[:2])
    place = Place(folder, folder / "card", folder / "log")

    with (
        Machine(Pretended(folder), _KIND, place, "boot") as machine,  # type: ignore[arg-type]
        pytest.raises(BootError, match=r"last line: systemd\[1\]: systemd 257 running"),
    ):
        follow(machine, Quiet(), {"agent ready": READY}, 0.5)  # type: ignore[arg-type]
    assert "=== boot" in (folder / "log").read_text()
