"""`edge-agent flash` as a person types it: twice asked, once written."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge.cli import app
from edge.errors import ConfigError, FlashError, ProvisionError
from edge.flash import device as device_module
from edge.flash.device import Kernel
from edge.flash.flash import plan, write
from edge.provision.kit import station_of
from edge.provision.tree import write_tree
from tests.edge.flash.conftest import FakeKernel
from tests.edge.provision.images import PI_GEN, START, run, write_image

_SIZE = 30 * 2**20


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Return a station's image."""
    path = write_image(tmp_path / "KARA1.img", PI_GEN, boot_mib=18)
    write_tree({"edge-kit/manifest.json": b'{"station": "XX.KARA1"}'}, tmp_path / "kit")
    run("mcopy", "-i", f"{path}@@{START * 512}", "-s", tmp_path / "kit" / "edge-kit", "::/")
    return path


@pytest.fixture
def card(fake: FakeKernel, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a card of which the kernel tells."""
    path = fake.device(size=_SIZE)
    monkeypatch.setattr(device_module, "Kernel", lambda: fake.kernel)
    monkeypatch.setattr("edge.flash.flash.shutil.which", _without_imager)
    return path


def _without_imager(name: str, path: str | None = None) -> str | None:
    return None if name == "rpi-imager" else _WHICH(name, path=path)


_WHICH = shutil.which


def _run(*words: str | Path, typed: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["flash", *map(str, words)], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_typed_name_writes(image: Path, card: Path) -> None:
    """The station's, which is shown with the device and its size."""
    result = _run(image, card, typed="XX.KARA1\n")

    assert image.read_bytes() == card.read_bytes()[: image.stat().st_size]
    assert "0.0 GB" in result.output
    assert "XX.KARA1: written and read back by own" in result.output


@pytest.mark.parametrize("typed", ["y\n", "yes\n", "XX.KARA2\n", "sdz\n"])
def test_other_word_writes_nothing(image: Path, card: Path, typed: str) -> None:
    """A habit of saying yes is no answer."""
    with pytest.raises(ConfigError, match="nothing was written"):
        _run(image, card, typed=typed)

    assert bytes(512) == card.read_bytes()[:512]


def test_dry_run_writes_nothing(image: Path, card: Path) -> None:
    """And says what it would be."""
    told = json.loads(_run(image, card, "--dry-run", "--json").stdout)

    assert ("XX.KARA1", "sdz") == (told["station"], told["device"]["name"])
    assert bytes(512) == card.read_bytes()[:512]


def test_programs_give_the_name(image: Path, card: Path) -> None:
    """They type nothing."""
    told = json.loads(_run(image, card, "--confirm", "XX.KARA1", "--json").stdout)

    assert "written and read back by own" == told["outcome"]
    assert image.read_bytes() == card.read_bytes()[: image.stat().st_size]


def test_image_of_no_station_asks_for_the_device(tmp_path: Path, card: Path) -> None:
    """Any image may be written, and something must be typed."""
    image = write_image(tmp_path / "raspios.img", PI_GEN, boot_mib=18)

    _run(image, card, "--confirm", "sdz")

    assert image.read_bytes() == card.read_bytes()[: image.stat().st_size]


def test_device_that_will_not_do_is_not_even_asked_for(
    image: Path, card: Path, fake: FakeKernel
) -> None:
    """Before the question, so that nobody answers it."""
    fake.tell("sys/devices/pci0000/sdz/removable", "0\n")

    with pytest.raises(FlashError, match="no card and no stick"):
        _run(image, card, "--confirm", "XX.KARA1")
    assert bytes(512) == card.read_bytes()[:512]


@pytest.mark.parametrize(("name", "reason"), [("none.img", "no such file"), ("a.img", "partition")])
def test_what_is_no_image_is_refused(
    tmp_path: Path, card: Path, fake: FakeKernel, name: str, reason: str
) -> None:
    """A name that was misspelt, a file of something else."""
    (tmp_path / "a.img").write_bytes(bytes(4096))

    with pytest.raises(ProvisionError, match=reason):
        plan(tmp_path / name, fake.read(card))


def test_without_a_device_those_that_there_are_are_listed(
    image: Path, card: Path, fake: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With which will do, and what is against the others."""
    fake.device("sda", removable=False)
    monkeypatch.setattr(device_module, "_DEV", fake.root / "dev")

    listed = json.loads(_run(image, "--json").stdout)

    assert {"sdz": True, "sda": False} == {
        Path(one["path"]).name: one["against"] == [] for one in listed
    }
    assert "will do" in _run(image).stdout


def test_imager_writes_where_it_is_installed(
    image: Path, card: Path, fake: FakeKernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its command line, with these two words; its failure is one."""
    stub = tmp_path / "rpi-imager"
    stub.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/words\nexit $(cat {tmp_path}/code)\n')
    stub.chmod(0o755)
    (tmp_path / "code").write_text("0")
    planned = plan(image, fake.read(card))
    monkeypatch.setattr("edge.flash.flash.shutil.which", lambda name: str(tmp_path / name))

    assert "rpi-imager" == write(planned, "auto")
    assert f"--cli {image} {card}\n" == (tmp_path / "words").read_text()
    (tmp_path / "code").write_text("3")
    with pytest.raises(FlashError, match="ended with 3; try --writer own"):
        write(planned, "rpi-imager")
    assert "own" == write(planned, "own")


def test_missing_imager_is_told(image: Path, card: Path, fake: FakeKernel) -> None:
    """Where it was asked for by name."""
    with pytest.raises(FlashError, match="--writer own"):
        write(plan(image, fake.read(card)), "rpi-imager")


def test_kernel_is_the_machines_own_unless_told() -> None:
    """Trees for tests are for tests."""
    assert (Path("/sys"), Path("/proc")) == (Kernel().sys, Kernel().proc)
    assert station_of(b"{}") is None
