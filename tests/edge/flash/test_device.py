"""Nothing but a free memory card is written to."""

from pathlib import Path

import pytest

from edge.errors import FlashError
from edge.flash.device import Device, devices
from tests.edge.flash.conftest import FakeKernel

_MIB = 2**20


def test_card_in_a_reader_will_do(fake: FakeKernel) -> None:
    """Removable, free, and large enough."""
    device = fake.read(fake.device())

    assert ([], 64 * _MIB) == (device.reasons_against(_MIB), device.size_bytes)


def test_link_to_a_device_is_followed(fake: FakeKernel, tmp_path: Path) -> None:
    """/dev/disk/by-id/... is safer to type than /dev/sdb."""
    link = tmp_path / "usb-reader"
    link.symlink_to(fake.device())

    assert "sdz" == fake.read(link).name


@pytest.mark.parametrize(
    ("bus", "kind", "will_do"),
    [
        ("pci0/usb3/3-1/block", "", True),
        ("soc/mmc0/block", "SD", True),
        ("soc/mmc1/block", "MMC", False),
        ("pci0/nvme0", "", False),
    ],
)
def test_what_can_be_taken_out_is_a_card(
    fake: FakeKernel,
    bus: str,
    kind: str,
    will_do: bool,  # noqa: FBT001 - a column
) -> None:
    """Sticks and slots say that they are not removable; soldered memory is none."""
    path = fake.device(bus=bus, removable=False)
    fake.tell(f"sys/devices/{bus}/sdz/device/type", f"{kind}\n")

    reasons = fake.read(path).reasons_against(_MIB)

    assert will_do == (reasons == []), reasons


def _mountinfo(number: str, place: str, source: str) -> str:
    return (
        f"1 0 0:1 / / rw - tmpfs tmpfs rw\n2 1 {number} / {place} rw shared:1 - vfat {source} rw\n"
    )


@pytest.mark.parametrize(
    ("number", "source"), [("8:1", "/dev/sdz1"), ("8:0", "/dev/root"), ("0:42", "/dev/sdz1")]
)
def test_mounted_card_is_refused(fake: FakeKernel, number: str, source: str) -> None:
    """By number, under whatever name it was mounted, or by name, under whatever number."""
    path = fake.device(partitions=("sdz1",))
    fake.tell("proc/self/mountinfo", _mountinfo(number, "/media/boot", source))

    assert ("/media/boot",) == fake.read(path).mounts
    assert ["is mounted at /media/boot; unmount it first (umount)"] == fake.read(
        path
    ).reasons_against(_MIB)


def test_other_mounts_are_no_matter(fake: FakeKernel) -> None:
    """Nor lines that nobody understands."""
    path = fake.device()
    fake.tell("proc/self/mountinfo", _mountinfo("8:17", "/", "/dev/sdb1") + "garbage\n\n")

    assert () == fake.read(path).mounts


def test_card_in_use_is_refused(fake: FakeKernel) -> None:
    """By encryption, RAID or swap."""
    path = fake.device(partitions=("sdz1", "sdz2"))
    fake.tell("sys/devices/pci0000/sdz/sdz2/holders/dm-0/x", "")
    fake.tell("proc/swaps", "Filename Type\n/dev/sdz1 partition 1 0 -2\n")

    assert ["is in use by dm-0, swap (/dev/sdz1)"] == fake.read(path).reasons_against(_MIB)


@pytest.mark.parametrize(
    ("size", "image", "reason"),
    [
        (0, 1, "there is no card in the reader"),
        (10 * _MIB, 11 * _MIB, "has 10 MB, the image 12 MB"),
        (300 * 10**9, 1, "--largest 300"),
    ],
)
def test_size_must_be_a_cards(fake: FakeKernel, size: int, image: int, reason: str) -> None:
    """Neither nothing, nor too little, nor a disk's."""
    (found,) = fake.read(fake.device(size=size)).reasons_against(image)

    assert reason in found


def test_large_card_may_be_allowed(fake: FakeKernel) -> None:
    """By a person who says how large."""
    assert [] == fake.read(fake.device(size=300 * 10**9)).reasons_against(1, largest_gb=512)


def test_partition_is_refused(fake: FakeKernel) -> None:
    """An image has its own."""
    fake.device(partitions=("sdz1",))
    path = fake.root / "dev" / "sdz1"
    path.touch()

    assert any("give the whole device" in why for why in fake.read(path).reasons_against(1))


def test_locked_card_is_refused(fake: FakeKernel) -> None:
    """Its slider is."""
    path = fake.device()
    fake.tell("sys/devices/pci0000/sdz/ro", "1\n")

    assert any("slider" in why for why in fake.read(path).reasons_against(1))


def test_every_reason_is_told_at_once(fake: FakeKernel) -> None:
    """Not one after the other."""
    path = fake.device(removable=False, partitions=("sdz1",), size=500 * 10**9)
    fake.tell("proc/self/mountinfo", _mountinfo("8:1", "/home", "/dev/sdz1"))

    assert 3 == len(fake.read(path).reasons_against(1))


@pytest.mark.parametrize("name", ["none", "file"])
def test_what_is_no_device_is_refused(tmp_path: Path, name: str) -> None:
    """A misspelt device would become a file full of zeros in /dev."""
    (tmp_path / "file").touch()

    with pytest.raises(FlashError, match=r"is no block device; .*lists those that there are"):
        Device.read(tmp_path / name)


def test_devices_of_this_machine_are_listed_without_an_error() -> None:
    """Whatever it has; where it runs from is never one that will do."""
    for device in devices():
        if "/" in device.mounts:
            assert device.reasons_against(1)
