"""install.sh `first`: a first boot that was cut off begins anew, for cloud-init itself would not.

cloud-init marks each part of its work before it does it and syncs nothing. Run for real below a
root of its own (EDGE_ROOT), where nothing restarts the computer: the tests are the next boot.
"""

import os
import subprocess
from pathlib import Path

import pytest

from edge.provision.order import compose
from edge.provision.tree import write_tree
from tests.edge.provision.conftest import Desk

_MOST = 5


class Boots:
    """A computer that is switched on and off.

    Args:
        folder: For its root and its boot partition.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.boot = folder / "boot"
        self.cloud = self.root / "var/lib/cloud/instances/xx-kara1"

    def card(self, desk: Desk) -> None:
        """Put a card in."""
        kit = compose(desk.order()).kit
        write_tree({f"edge-kit/{path}": file for path, file in kit.items()}, self.boot)

    def run(self, word: str) -> str:
        """Run the script as cloud-init does; return what it says."""
        done = subprocess.run(
            ["sh", self.boot / "edge-kit/install.sh", word],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "EDGE_ROOT": str(self.root)},
        )
        assert 0 == done.returncode, done.stderr
        return done.stderr

    def first(self) -> bool:
        """Boot until users are made; tell whether it began anew."""
        said = self.run("first")
        anew = "begins anew" in said
        assert anew != self.cloud.exists()
        return anew

    def on(self) -> bool:
        """Switch on: cloud-init keeps what it thinks it did, then runs `bootcmd`."""
        self.cloud.mkdir(parents=True, exist_ok=True)
        return self.first()


@pytest.fixture
def boots(tmp_path: Path, desk: Desk) -> Boots:
    """Return a computer with a card that was never on."""
    computer = Boots(tmp_path)
    computer.card(desk)
    return computer


def test_first_boot_goes_on(boots: Boots) -> None:
    """Nothing was done yet that could be half done; what comes later is enabled at once."""
    assert not boots.on()

    unit = boots.root / "etc/systemd/system/multi-user.target.wants/edge-kit-install.service"
    assert "install.sh" in unit.resolve().read_text()


def test_boot_that_was_cut_off_begins_anew_and_the_next_one_goes_on(boots: Boots) -> None:
    """cloud-init forgets that it ever ran, so that users and network are made once more."""
    assert [False, True, False] == [boots.on() for _ in range(3)]


def test_boot_that_got_to_its_end_is_left_alone(boots: Boots) -> None:
    """At every later boot, for ever."""
    boots.on()
    boots.run("begin")

    assert [False, False] == [boots.on(), boots.on()]


def test_boot_that_began_anew_and_got_to_its_end_is_left_alone(boots: Boots) -> None:
    """The second try counts like the first."""
    for _ in range(3):
        boots.on()
    boots.run("begin")

    assert not boots.on()


def test_computer_that_never_gets_there_does_not_restart_for_ever(boots: Boots) -> None:
    """After some times it goes on with what there is: the station is installed in any case."""
    anew = [boots.on() for _ in range(4 * _MOST)]

    assert _MOST == sum(anew)
    assert not any(anew[2 * _MOST :])


def test_card_that_was_made_anew_is_a_first_boot(boots: Boots, desk: Desk) -> None:
    """It has another instance, for which cloud-init does all of it again by itself."""
    boots.on()
    desk.station.write_text(desk.station.read_text().replace("46.95", "46.96"))
    boots.card(desk)

    assert [False, True] == [boots.on(), boots.on()]


def test_mark_that_the_power_cut_emptied_is_none(boots: Boots) -> None:
    """An empty file of ext4 after a cut says neither begun nor done."""
    boots.on()
    boots.run("begin")
    for name in ("told", "begun"):
        (boots.root / "var/lib/edge-kit" / name).write_text("")

    assert [False, True] == [boots.on(), boots.on()]
