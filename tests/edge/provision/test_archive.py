"""An archive for computers that take no card of ours."""

import tarfile
from pathlib import Path

import pytest

from edge.errors import ProvisionError
from edge.provision.archive import provision_archive
from edge.provision.order import compose
from edge.provision.tree import hashes_of
from tests.edge.provision.conftest import Desk


def _archive(desk: Desk, out: Path) -> Path:
    token = desk.token()
    jetson = desk.system.read_text().replace("raspberry-pi-4", "jetson-orin-nano")
    desk.system.write_text(jetson)
    provision_archive(compose(desk.order(token=token)), out)
    return out


def test_archive_unpacks_to_the_kit(desk: Desk, tmp_path: Path) -> None:
    """Its script may be run, its secrets only be read by their owner."""
    with tarfile.open(_archive(desk, tmp_path / "KARA1.tar")) as tar:
        modes = {entry.name: entry.mode for entry in tar}
        tar.extractall(tmp_path / "out", filter="data")

    assert (0o755, 0o600, 0o600, 0o644) == tuple(
        modes[f"edge-kit/{name}"]
        for name in ("install.sh", "enrolment-token", "etc/station.toml", "kit.env")
    )
    station = tmp_path / "out/edge-kit/etc/station.toml"
    assert desk.station.read_text() == station.read_text()


def test_same_card_is_the_same_archive(desk: Desk, tmp_path: Path) -> None:
    """No time and no owner in it."""
    first, second = _archive(desk, tmp_path / "1.tar"), _archive(desk, tmp_path / "2.tar")

    assert first.read_bytes() == second.read_bytes()


def test_record_says_what_to_do_by_hand(desk: Desk, tmp_path: Path) -> None:
    """A Jetson's header is switched on by its own tool."""
    _archive(desk, tmp_path / "1.tar")
    page = provision_archive(compose(desk.order()), tmp_path / "2.tar").page()

    assert "config-by-function.py -o dtb spi1" in page
    assert "sudo sh edge-kit/install.sh" in page


def test_dry_run_writes_nothing(desk: Desk) -> None:
    """Only the record."""
    card = compose(desk.order(system=None))

    assert "dry run" in provision_archive(card, None).made
    assert hashes_of(card.kit)


def test_archive_that_cannot_be_written_is_told(desk: Desk, tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(ProvisionError, match=r"none/KARA1\.tar: cannot be written"):
        provision_archive(compose(desk.order()), tmp_path / "none" / "KARA1.tar")


def test_dry_run_names_the_archive_that_would_be_made(desk: Desk) -> None:
    """A line that can be copied, not one about nothing."""
    page = provision_archive(compose(desk.order()), None).page()

    assert "nothing (dry run)" in page
    assert "tar xf XX.KARA1.tar && sudo sh edge-kit/install.sh" in page
