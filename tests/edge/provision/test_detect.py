"""The form of telling is seen in the image, never assumed."""

from pathlib import Path

import pytest

from edge.errors import ProvisionError
from edge.provision.detect import RootFacts, look, root_facts
from edge.provision.image import Image
from edge.provision.partition import MountedFolder
from tests.edge.provision.images import CLOUD_INIT, PI_GEN, ROOT_64, write_image


def _folder(tmp_path: Path, files: dict[str, bytes]) -> MountedFolder:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return MountedFolder(tmp_path)


def _root(*names: str, python: str = "python3.13") -> RootFacts:
    return RootFacts(frozenset({"aarch64-linux-gnu", *names}), frozenset({"sh", python, *names}))


@pytest.mark.parametrize(
    ("files", "root", "form"),
    [
        (PI_GEN, None, "firstrun"),
        (PI_GEN, _root("raspberrypi-sys-mods"), "firstrun"),
        (CLOUD_INIT, None, "cloud-init"),
        (CLOUD_INIT, _root("cloud-init", "raspberrypi-sys-mods"), "cloud-init"),
        ({"cmdline.txt": b"quiet"}, _root("cloud-init"), "cloud-init"),
        (PI_GEN, _root("rpi-preseed", "raspberrypi-sys-mods"), "preseed"),
        ({**PI_GEN, "rpi-preseed.toml": b""}, None, "preseed"),
        ({"cmdline.txt": b"quiet"}, _root("raspberrypi-sys-mods"), "firstrun"),
    ],
)
def test_form_is_seen(
    tmp_path: Path, files: dict[str, bytes], root: RootFacts | None, form: str
) -> None:
    """By what lies on the boot partition, else by what is installed."""
    assert form == look(_folder(tmp_path, files), root).first_boot


def test_form_that_cannot_be_seen_is_asked_for(tmp_path: Path) -> None:
    """A wrong one would leave a station without a network, and nobody would know why."""
    folder = _folder(tmp_path, {"cmdline.txt": b"quiet"})

    with pytest.raises(ProvisionError, match="--format"):
        look(folder)
    assert "preseed" == look(folder, wanted="preseed").first_boot


@pytest.mark.parametrize(
    ("files", "root"),
    [
        ({**PI_GEN, "kernel7l.img": b""}, None),
        (PI_GEN, RootFacts(frozenset({"arm-linux-gnueabihf"}), frozenset())),
    ],
)
def test_32_bit_system_is_refused(
    tmp_path: Path, files: dict[str, bytes], root: RootFacts | None
) -> None:
    """With the reason and the way out; also where a form was given."""
    with pytest.raises(ProvisionError, match="take the 64-bit image"):
        look(_folder(tmp_path, files), root, "cloud-init")


def test_64_bit_system_with_a_few_32_bit_libraries_is_none(tmp_path: Path) -> None:
    """Debian lets both live together."""
    root = _root("arm-linux-gnueabihf")

    assert "cloud-init" == look(_folder(tmp_path, CLOUD_INIT), root).first_boot


def test_root_file_system_is_read_in_the_image(tmp_path: Path) -> None:
    """By debugfs, without mounting; the newest Python counts, not python3-config."""
    names = (*ROOT_64, "usr/bin/python3.9", "usr/bin/python3.13-config")
    image = Image.read(write_image(tmp_path / "a.img", PI_GEN, names))

    facts = root_facts(image)

    assert facts is not None
    assert {"aarch64-linux-gnu", "raspberrypi-sys-mods"} <= facts.libraries
    assert "3.13" == facts.python


def test_image_without_a_root_shows_nothing(tmp_path: Path) -> None:
    """Nor is it an error: the boot partition shows most of it."""
    assert root_facts(Image.read(write_image(tmp_path / "a.img", PI_GEN))) is None


def test_system_without_python_has_none() -> None:
    """It cannot be compared with the wheelhouse then."""
    assert RootFacts(frozenset(), frozenset({"sh"})).python is None
