"""`edge-agent provision` as a person types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge.cli import app
from edge.errors import ConfigError
from edge.provision.tree import hashes_below, write_tree
from tests.edge.provision.conftest import Desk
from tests.edge.provision.images import CLOUD_INIT, ROOT_64, write_image


def _run(desk: Desk, *words: str | Path) -> Result:
    start = ["provision", desk.station, "-s", desk.system, "-w", desk.house]
    result = CliRunner().invoke(app, [str(word) for word in [*start, *words]])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_image_is_made_and_a_page_printed(desk: Desk, tmp_path: Path) -> None:
    """For the field notebook; no secret is on it."""
    image = write_image(tmp_path / "a.img", CLOUD_INIT, ROOT_64)

    result = _run(desk, "--image", image, "--out", tmp_path / "KARA1.img")

    assert 0 == result.exit_code, result.output
    for text in ("XX.KARA1", "SHA256:", "Valley (wpa-psk, CH)", "dtparam=spi=on", "put the card"):
        assert text in result.stdout
    assert "correct horse" not in result.stdout
    assert (tmp_path / "KARA1.img").is_file()


def test_programs_read_json(desk: Desk, tmp_path: Path) -> None:
    """With the hash of each file where nothing is written."""
    write_tree(CLOUD_INIT, tmp_path / "boot")
    before = hashes_below(tmp_path / "boot")

    result = _run(desk, "--boot-dir", tmp_path / "boot", "--dry-run", "--json")

    told = json.loads(result.stdout)
    assert ("XX.KARA1", "cloud-init") == (told["station"], told["first_boot"])
    assert 64 == len(told["tree"]["edge-kit/install.sh"])
    assert before == hashes_below(tmp_path / "boot")


def test_dry_run_prints_the_tree(desk: Desk, tmp_path: Path) -> None:
    """Sizes and paths, then the record."""
    write_tree(CLOUD_INIT, tmp_path / "boot")

    result = _run(desk, "--boot-dir", tmp_path / "boot", "--dry-run")

    assert "  edge-kit/etc/station.toml\n" in result.stdout


def test_jetson_gets_an_archive(desk: Desk, tmp_path: Path) -> None:
    """One tar file."""
    result = _run(desk, "--target", "jetson", "--out", tmp_path / "KARA1.tar")

    assert 0 == result.exit_code, result.output
    assert (tmp_path / "KARA1.tar").is_file()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--dry-run"], "one of the two"),
        (["--image", "a.img", "--boot-dir", "boot"], "one of the two"),
        ([], "--out: is missing"),
        (["--image", "a.img"], "--out: is missing"),
        (["--target", "jetson"], "--out: is missing"),
    ],
)
def test_contradiction_is_told(desk: Desk, words: list[str], reason: str) -> None:
    """Before anything is written."""
    with pytest.raises(ConfigError, match=reason):
        _run(desk, *words)
