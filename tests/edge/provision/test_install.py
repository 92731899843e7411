"""install.sh: a station from the boot partition, again and again, whatever happened in between.

Run for real below a root of its own (EDGE_ROOT): a true environment and a true pip, no account and
no service of this machine.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.provision.order import compose
from edge.provision.tree import write_tree
from tests.edge.provision.conftest import SECRET, Desk
from tests.edge.provision.images import need
from tests.edge.provision.stub import write_agent_house

_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_SCRIPT = Path(__file__).resolve().parents[3] / "edge" / "provision" / "install.sh"


@dataclass
class Board:
    """A computer with a card in it."""

    root: Path
    boot: Path

    @property
    def kit(self) -> Path:
        """The kit's folder on the boot partition."""
        return self.boot / "edge-kit"

    def install(self, word: str = "now", **more: str) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        environment = {
            **os.environ,
            "EDGE_ROOT": str(self.root),
            "PYTHON": sys.executable,
            "EDGE_MACHINE": platform.machine(),
            **more,
        }
        return subprocess.run(
            ["sh", self.kit / "install.sh", word],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )

    def text(self, path: str) -> str:
        """Return a file below the root."""
        return (self.root / path).read_text()


def _card(desk: Desk, boot: Path, *, version: str = "1.2.3", station: str = "KARA1") -> None:
    house = write_agent_house(
        desk.folder / f"house-{version}", platform.machine(), _PYTHON, version
    )
    card = compose(desk.order(system=None, wheelhouse=house, token=desk.token(station=station)))
    write_tree({f"edge-kit/{path}": file for path, file in card.kit.items()}, boot)
    (boot / "user-data").write_text("#cloud-config\n# tremorkit\nusers:\n- passwd: secret\n")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """Return a board that was installed once; each test looks at a copy."""
    folder = tmp_path_factory.mktemp("board")
    (folder / "desk").mkdir()
    board = Board(folder / "root", folder / "boot")
    board.root.mkdir()
    _card(Desk(folder / "desk"), board.boot)
    done = board.install()
    assert 0 == done.returncode, done.stderr
    return board


@pytest.fixture
def board(installed: Board, tmp_path: Path) -> Board:
    """Return a copy of the installed board. Links stay links."""
    copy = Board(tmp_path / "root", tmp_path / "boot")
    shutil.copytree(installed.root, copy.root, symlinks=True)
    shutil.copytree(installed.boot, copy.boot)
    return copy


@pytest.fixture
def unfinished(board: Board, desk: Desk) -> Board:
    """Return a board whose power went just before the end: the card is whole again."""
    (board.root / "etc/edge-agent/.kit").unlink()
    shutil.rmtree(board.boot)
    _card(desk, board.boot)
    return board


def test_script_is_clean() -> None:
    """No warning of shellcheck, in plain POSIX shell."""
    need("shellcheck")

    done = subprocess.run(["shellcheck", _SCRIPT], capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout


def test_agent_is_there_by_one_link(board: Board) -> None:
    """A folder named after what is in it, and a link that a later one can be swapped for."""
    link = board.root / "opt/edge-agent"

    assert link.is_symlink()
    assert (link / "bin/edge-agent").is_file()
    assert (link / ".whole").is_file()
    assert "/opt/edge-agent/bin/edge-agent" == str(
        (board.root / "usr/local/bin/edge-agent").readlink()
    )


def test_configuration_is_that_of_the_card(board: Board, desk: Desk) -> None:
    """Readable by root and the agent."""
    path = board.root / "etc/edge-agent/station.toml"
    desk.token()

    assert desk.station.read_text() == path.read_text()
    assert 0o640 == path.stat().st_mode & 0o777


def test_token_moves_and_is_wiped(board: Board) -> None:
    """From a partition that every computer reads to a file that only the agent does."""
    path = board.root / "var/lib/edge-agent/enrolment-token"

    assert SECRET.encode() in path.read_bytes()
    assert 0o600 == path.stat().st_mode & 0o777
    assert 0o700 == path.parent.stat().st_mode & 0o777
    assert not (board.kit / "enrolment-token").exists()


@pytest.mark.parametrize("name", ["enrolment-token", "enrolment-token.new"])
def test_a_link_of_the_agent_leads_the_token_nowhere(unfinished: Board, name: str) -> None:
    """Its folder is its own; what a link there names is not written, and no old token is kept."""
    state, victim = unfinished.root / "var/lib/edge-agent", unfinished.root / "victim"
    victim.write_text("root's own")
    (state / name).unlink(missing_ok=True)
    (state / name).symlink_to(victim)

    done = unfinished.install()

    assert 0 == done.returncode, done.stderr
    assert "root's own" == victim.read_text()
    token = state / "enrolment-token"
    assert (False, 0o600) == (token.is_symlink(), token.stat().st_mode & 0o777)
    assert ["enrolment-token"] == [one.name for one in state.iterdir()]


def test_user_data_is_blanked_and_stays_a_valid_one(board: Board) -> None:
    """It lies on the boot partition for ever otherwise."""
    lines = (board.boot / "user-data").read_text().splitlines()

    assert "#cloud-config" == lines[0]
    assert not [line for line in lines if "secret" in line]


def test_configuration_is_wiped_on_the_card(board: Board) -> None:
    """It may hold a broker's password, and the boot partition can be read by everybody."""
    assert [] == list((board.kit / "etc").iterdir())


def test_power_cut_while_wiping_does_no_harm(board: Board) -> None:
    """A file of zeros is left: the kit is installed, and its configuration is not looked at."""
    (board.kit / "etc/station.toml").write_bytes(bytes(100))
    before = board.text("etc/edge-agent/station.toml")

    done = board.install()

    assert 0 == done.returncode, done.stderr
    assert before == board.text("etc/edge-agent/station.toml")
    assert not (board.kit / "etc/station.toml").exists()


def test_power_cut_before_the_end_is_made_good(unfinished: Board) -> None:
    """Everything is done again, and nothing twice."""
    done = unfinished.install()

    assert 0 == done.returncode, done.stderr
    assert [] == list((unfinished.kit / "etc").iterdir())
    assert not (unfinished.root / "etc/edge-agent/station.toml.before").exists()


def test_foreign_user_data_is_left_alone(board: Board) -> None:
    """What the kit did not write is not the kit's to blank."""
    (board.boot / "user-data").write_text("#cloud-config\nhostname: mine\n")

    board.install()

    assert "#cloud-config\nhostname: mine\n" == (board.boot / "user-data").read_text()


def test_service_starts_at_every_boot_and_the_installer_at_none(board: Board) -> None:
    """As `systemctl enable` would have it."""
    wants = board.root / "etc/systemd/system/multi-user.target.wants"

    assert ["edge-agent.service"] == sorted(path.name for path in wants.iterdir())
    assert (wants / "edge-agent.service").resolve().is_file()


def test_examination_lies_on_the_card(board: Board) -> None:
    """For a person who has no network there, only a card reader."""
    (finding,) = json.loads((board.kit / "doctor.json").read_text())

    assert finding["text"].startswith("doctor --config")
    assert board.text("etc/edge-agent/doctor.json") == (board.kit / "doctor.json").read_text()


def test_bad_examination_does_not_keep_the_station_from_starting(board: Board) -> None:
    """A broker that is away today answers tomorrow."""
    done = board.install(STUB_DOCTOR="1")

    assert 0 == done.returncode, done.stderr
    assert "something is to be mended" in done.stderr


def test_second_run_changes_nothing(board: Board) -> None:
    """Not the environment, not a station file that was edited on site."""
    station = board.root / "etc/edge-agent/station.toml"
    station.write_text("# edited on site\n")
    before = (board.root / "opt/edge-agent/.whole").stat().st_mtime_ns

    done = board.install()

    assert 0 == done.returncode, done.stderr
    assert "# edited on site\n" == station.read_text()
    assert before == (board.root / "opt/edge-agent/.whole").stat().st_mtime_ns


def test_other_kit_replaces_the_station_file_and_keeps_the_old_one(
    board: Board, desk: Desk
) -> None:
    """A card that was provisioned anew is meant."""
    (board.root / "etc/edge-agent/station.toml").write_text("# edited on site\n")
    desk.station.write_text(desk.station.read_text().replace("KARA1", "KARA2"))
    shutil.rmtree(board.boot)
    _card(desk, board.boot, station="KARA2")

    done = board.install()

    assert 0 == done.returncode, done.stderr
    assert "KARA2" in board.text("etc/edge-agent/station.toml")
    assert "# edited on site\n" == board.text("etc/edge-agent/station.toml.before")


def test_half_made_environment_is_made_anew(board: Board) -> None:
    """The power went while pip was writing: the folder has no mark, and nobody links to it."""
    link = board.root / "opt/edge-agent"
    place = link.resolve()
    (place / ".whole").unlink()
    (place / "bin/edge-agent").unlink()
    link.unlink()

    done = board.install()

    assert 0 == done.returncode, done.stderr
    assert (link / "bin/edge-agent").is_file()


@pytest.mark.parametrize("name", ["etc/station.toml", "wheels/requirements.txt", "kit.env"])
def test_damaged_file_is_seen_before_anything_is_done(unfinished: Board, name: str) -> None:
    """A bad card reads otherwise than it was written."""
    with (unfinished.kit / name).open("ab") as file:
        file.write(b"# x\n")

    done = unfinished.install()

    assert 1 == done.returncode
    assert "write the card anew" in done.stderr
    assert name in done.stderr


def test_missing_file_is_seen(board: Board) -> None:
    """A card that was copied by hand, and not all of it."""
    next((board.kit / "wheels").glob("*.whl")).unlink()

    done = board.install()

    assert (1, True) == (done.returncode, "write the card anew" in done.stderr)


def test_other_processor_is_told(board: Board) -> None:
    """A 32-bit system on a 64-bit board says armv7l."""
    done = board.install(EDGE_MACHINE="armv7l")

    assert 1 == done.returncode
    assert "32-bit system will not do" in done.stderr


def test_other_python_is_told(board: Board) -> None:
    """With the command that makes the right wheelhouse."""
    (board.kit / "kit.env").write_text((board.kit / "kit.env").read_text().replace(_PYTHON, "3.9"))

    done = board.install()

    assert 1 == done.returncode
    assert f"edge-agent wheelhouse --python {_PYTHON}" in done.stderr


def test_agent_that_was_installed_by_hand_is_not_overwritten(board: Board) -> None:
    """It may be somebody's work."""
    (board.root / "opt/edge-agent").unlink()
    (board.root / "opt/edge-agent/bin").mkdir(parents=True)

    done = board.install()

    assert 1 == done.returncode
    assert "installed by hand" in done.stderr


def test_enabled_installer_starts_at_the_next_boot(board: Board) -> None:
    """And takes itself away when it is done."""
    link = board.root / "etc/systemd/system/multi-user.target.wants/edge-kit-install.service"

    assert 0 == board.install("enable").returncode
    assert link.resolve().is_file()
    assert 0 == board.install().returncode
    assert not link.is_symlink()


def test_unknown_word_is_refused(board: Board) -> None:
    """Rather than installed."""
    assert "not nonsense" in board.install("nonsense").stderr
