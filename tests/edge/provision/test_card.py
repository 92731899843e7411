"""From a system's image to a station's, and back: what is read there is what was meant."""

import lzma
import shutil
import subprocess
from pathlib import Path

import pytest

from edge.errors import ProvisionError
from edge.provision import partition
from edge.provision.card import Source, inspect_image, prepare, provision_folder, provision_image
from edge.provision.image import Image
from edge.provision.order import compose
from edge.provision.partition import FatInImage, MountedFolder
from edge.provision.tree import hashes_below, write_tree
from tests.edge.provision.conftest import Desk, write_house
from tests.edge.provision.images import (
    CLOUD_INIT,
    PI_GEN,
    ROOT_64,
    START,
    fat_is_sound,
    read_file,
    run,
    write_image,
)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a system's image, as downloaded."""
    folder = tmp_path_factory.mktemp("system")
    plain = write_image(folder / "raspios.img", CLOUD_INIT, (*ROOT_64, "usr/bin/cloud-init"))
    path = folder / "raspios.img.xz"
    path.write_bytes(lzma.compress(plain.read_bytes(), preset=0))
    plain.unlink()
    return path


def test_image_of_a_station_has_all_that_was_meant(
    desk: Desk, system: Path, tmp_path: Path
) -> None:
    """Read back by mtools alone; the file system is sound, the system's own files are there."""
    out, card = tmp_path / "KARA1.img", compose(desk.order())

    record = provision_image(card, Source(system), out)

    fat_is_sound(out, tmp_path)
    run("mcopy", "-s", "-i", f"{out}@@{START * 512}", "::/edge-kit", tmp_path)
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
        cwd=tmp_path / "edge-kit",
        check=True,
    )
    assert f"ds=nocloud;i={card.computer.instance}" in read_file(out, "cmdline.txt").decode()
    assert b"dtparam=spi=on" in read_file(out, "config.txt")
    assert b"kernel" == read_file(out, "kernel8.img")
    assert b"" == read_file(out, "ssh")
    assert desk.station.read_bytes() == read_file(out, "edge-kit/etc/station.toml")
    assert (desk.house / "tremorkit-1.2.3-py3-none-any.whl").read_bytes() == read_file(
        out, "edge-kit/wheels/tremorkit-1.2.3-py3-none-any.whl"
    )
    assert ("cloud-init", "XX.KARA1", "xx-kara1") == (
        record.first_boot,
        record.station,
        record.hostname,
    )


def test_same_card_is_the_same_image(desk: Desk, system: Path, tmp_path: Path) -> None:
    """To the byte, whenever it is made."""
    card = compose(desk.order())

    provision_image(card, Source(system), tmp_path / "1.img")
    provision_image(card, Source(system), tmp_path / "2.img")

    assert (tmp_path / "1.img").read_bytes() == (tmp_path / "2.img").read_bytes()


def test_image_may_be_provisioned_again(desk: Desk, system: Path, tmp_path: Path) -> None:
    """What an earlier card had and this one has not is gone."""
    extra = desk.folder / "old.pem"
    extra.touch()
    first, second = tmp_path / "1.img", tmp_path / "2.img"
    provision_image(compose(desk.order(files=(extra,))), Source(system), first)

    provision_image(compose(desk.order()), Source(first), second)

    with pytest.raises(subprocess.CalledProcessError):
        read_file(second, "edge-kit/etc/old.pem")
    assert 1 == read_file(second, "cmdline.txt").count(b"ds=nocloud")
    assert 1 == read_file(second, "config.txt").count(b"tremorkit: begin")
    fat_is_sound(second, tmp_path)


@pytest.mark.parametrize(
    ("form", "name"),
    [("firstrun", "firstrun.sh"), ("preseed", "rpi-preseed.toml"), ("cloud-init", "user-data")],
)
def test_form_may_be_chosen(desk: Desk, tmp_path: Path, form: str, name: str) -> None:
    """By a person who knows the image."""
    image = write_image(tmp_path / "a.img", PI_GEN)

    provision_image(
        compose(desk.order()),
        Source(image),
        tmp_path / "out.img",
        wanted=form,  # type: ignore[arg-type]
    )

    assert read_file(tmp_path / "out.img", name)


def test_dry_run_shows_the_tree_and_leaves_nothing(
    desk: Desk, system: Path, tmp_path: Path
) -> None:
    """The image that it unpacked is gone."""
    tree, record = inspect_image(compose(desk.order()), Source(system))

    assert {"user-data", "edge-kit/install.sh", "cmdline.txt"} <= tree.keys()
    assert "dry run" in record.made
    assert {"desk"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("upper", [False, True])
def test_hash_of_the_maker_is_compared(
    desk: Desk,
    system: Path,
    tmp_path: Path,
    upper: bool,  # noqa: FBT001 - a column
) -> None:
    """In whatever case it was copied."""
    card = compose(desk.order())
    record = provision_image(card, Source(system), tmp_path / "out.img")
    digest = record.image_sha256 or ""

    provision_image(card, Source(system, digest.upper() if upper else digest), tmp_path / "o2.img")

    with pytest.raises(ProvisionError, match="download it again"):
        provision_image(card, Source(system, "0" * 64), tmp_path / "bad.img")
    assert not (tmp_path / "bad.img").exists()


def test_image_appears_whole_or_not_at_all(
    desk: Desk, system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card that reads back otherwise: the older image stays, and no half one lies about."""
    out = tmp_path / "out.img"
    out.write_bytes(b"older")
    monkeypatch.setattr(FatInImage, "hashes", lambda _self, tree: dict.fromkeys(tree, "0" * 64))

    with pytest.raises(ProvisionError, match="reads back otherwise"):
        provision_image(compose(desk.order()), Source(system), out)

    assert b"older" == out.read_bytes()
    assert {"desk", "out.img"} == {path.name for path in tmp_path.iterdir()}


def test_systems_image_is_not_overwritten(desk: Desk, tmp_path: Path) -> None:
    """It is the one for the next station."""
    image = write_image(tmp_path / "a.img", PI_GEN)

    with pytest.raises(ProvisionError, match="another name"):
        provision_image(compose(desk.order()), Source(image), image)


def test_wheelhouse_for_another_python_is_told(desk: Desk, system: Path, tmp_path: Path) -> None:
    """Python is seen in the image, so that it need not fail at the first boot."""
    house = write_house(tmp_path / "house", python="3.11")

    with pytest.raises(ProvisionError, match=r"--python 3\.13"):
        provision_image(compose(desk.order(wheelhouse=house)), Source(system), tmp_path / "o.img")


def test_full_partition_is_told_before_writing(desk: Desk, tmp_path: Path) -> None:
    """With both sizes."""
    image = write_image(tmp_path / "a.img", {**PI_GEN, "big": bytes(76 * 2**20)})
    extra = desk.folder / "extra.pem"
    extra.write_bytes(bytes(5 * 2**20))

    with pytest.raises(ProvisionError, match=r"has \d MB of room, the files need up to \d MB"):
        provision_image(compose(desk.order(files=(extra,))), Source(image), tmp_path / "o.img")


@pytest.mark.parametrize("name", ["cmdline.txt", "config.txt"])
def test_partition_of_no_pi_is_told(desk: Desk, tmp_path: Path, name: str) -> None:
    """Nobody would read what is written there."""
    files = {key: text for key, text in CLOUD_INIT.items() if key != name}
    write_tree(files, tmp_path / "boot")

    with pytest.raises(ProvisionError, match=f"has no {name}"):
        provision_folder(compose(desk.order()), tmp_path / "boot")


def test_mounted_card_gets_the_same_files(desk: Desk, system: Path, tmp_path: Path) -> None:
    """As an image does, but for those of the system."""
    card, boot = compose(desk.order()), tmp_path / "boot"
    write_tree(CLOUD_INIT, boot)

    tree, record = provision_folder(card, boot)

    expected, _ = inspect_image(card, Source(system))
    assert expected == tree
    assert str(boot) == record.made
    assert "could not be seen" in record.page()
    written = hashes_below(boot)
    assert {*tree, "kernel8.img", "issue.txt"} == written.keys()


def test_dry_run_writes_nothing_to_a_mounted_card(desk: Desk, tmp_path: Path) -> None:
    """Not a byte."""
    write_tree(CLOUD_INIT, tmp_path / "boot")
    before = hashes_below(tmp_path / "boot")

    tree, _ = provision_folder(compose(desk.order()), tmp_path / "boot", dry_run=True)

    assert "user-data" in tree
    assert before == hashes_below(tmp_path / "boot")


def test_card_that_is_not_mounted_is_told(tmp_path: Path) -> None:
    """A misspelt folder is not made."""
    with pytest.raises(ProvisionError, match="is no folder"):
        MountedFolder(tmp_path / "none")


def test_file_that_goes_bad_on_a_mounted_card_is_seen(desk: Desk, tmp_path: Path) -> None:
    """A worn card takes what it is given and gives back something else."""
    write_tree(CLOUD_INIT, tmp_path / "boot")
    card = compose(desk.order())
    prepared = prepare(card, MountedFolder(tmp_path / "boot"))
    prepared.partition.replace("edge-kit", prepared.tree)
    (tmp_path / "boot/edge-kit/etc/station.toml").write_text("other")
    (tmp_path / "boot/edge-kit/kit.env").unlink()

    seen = prepared.partition.hashes(prepared.tree)

    assert {"edge-kit/kit.env"} == prepared.tree.keys() - seen.keys()


def test_missing_mtools_are_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package of every distribution."""
    fat = FatInImage(Image.read(write_image(tmp_path / "a.img", PI_GEN)))
    monkeypatch.setattr(partition.shutil, "which", lambda _name: None)

    with pytest.raises(ProvisionError, match="apt install mtools"):
        fat.names()


def test_fat_that_mtools_cannot_read_is_told(tmp_path: Path) -> None:
    """With what mtools says."""
    path = write_image(tmp_path / "a.img", PI_GEN)
    image = Image.read(path)
    with path.open("rb+") as file:
        file.seek(START * 512 + 11)
        file.write(bytes(30))

    with pytest.raises(ProvisionError, match="mdir failed"):
        FatInImage(image).names()


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x"])
def test_file_outside_its_folder_is_never_written(tmp_path: Path, path: str) -> None:
    """Names come from files."""
    with pytest.raises(ValueError, match="leads out"):
        write_tree({path: b""}, tmp_path / "boot")

    shutil.rmtree(tmp_path / "boot", ignore_errors=True)
    assert [] == list(tmp_path.iterdir())
