"""Builds a wheelhouse: collect, check, then put it in place as a whole."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement

from edge.errors import WheelhouseError
from edge.wheelhouse.closure import Closure, Fetch, Say
from edge.wheelhouse.fetch import KIT, fetch_kit, fetch_wheels
from edge.wheelhouse.licences import is_allowed
from edge.wheelhouse.lock import Lock, kit_lock
from edge.wheelhouse.manifest import (
    MANIFEST,
    WheelEntry,
    Wheelhouse,
    entry_of,
    largest,
    write_manifest,
)
from edge.wheelhouse.target import Target
from edge.wheelhouse.unneeded import is_station
from edge.wheelhouse.wheel import Wheel

DEFAULT_LIMIT_MB = 60.0
"""Megabytes (10^6 bytes): what goes over a mobile link and on a boot partition beside the rest."""


@dataclass(frozen=True)
class Order:
    """What is to be built."""

    target: Target
    out: Path
    """Folder; must be absent, empty or an older wheelhouse, which is replaced."""
    extras: tuple[str, ...] = ("edge",)
    """Extras of the kit."""
    more: tuple[str, ...] = ()
    """Further packages by name, at the lock's versions."""
    limit_mb: float = DEFAULT_LIMIT_MB
    kit: Path | None = None
    """The kit's wheel; built or downloaded where left out."""
    lock: Path = field(default_factory=kit_lock)


def build_wheelhouse(
    order: Order, say: Say = lambda _: None, fetch: Fetch = fetch_wheels
) -> Wheelhouse:
    """Build a wheelhouse; nothing appears before all of it is there and was checked.

    Args:
        order: What is to be built.
        say: Told how far the work is.
        fetch: How wheels are downloaded.

    Raises:
        WheelhouseError: A wheel cannot be had, does not fit the target, has a licence that is not
            allowed, all are too large, or the folder holds something else.
        MissingExtraError: pip is not installed.
    """
    _must_be_replaceable(order.out)
    lock = Lock.read(order.lock, order.target)
    order.out.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place: only within one file system is a rename a rename.
    with tempfile.TemporaryDirectory(dir=order.out.parent, prefix=".wheelhouse-") as scratch:
        folder = Path(scratch) / "new"
        folder.mkdir()
        kit = _own_wheel(order, folder, say)
        station = is_station(order.extras)
        closure = Closure(order.target, lock, folder, fetch, station=station)
        closure.add(kit)
        wanted = [Requirement(f"{KIT}[{','.join(order.extras)}]"), *map(Requirement, order.more)]
        wheels = closure.complete(wanted, "the wheelhouse", say)
        house = _checked(order, lock, kit, wheels)
        write_manifest(house, folder)
        _put_in_place(folder, order.out)
    return house


def _own_wheel(order: Order, folder: Path, say: Say) -> Wheel:
    if order.kit is not None:
        say(f"the kit: {order.kit}")
        try:
            shutil.copy(order.kit, folder)
        except OSError as error:
            raise WheelhouseError(str(order.kit), f"cannot be copied ({error})") from error
    else:
        say("the kit's own wheel")
        fetch_kit(order.target, folder, order.extras)
    (path,) = folder.glob("*.whl")
    wheel = Wheel.read(path)
    if wheel.name != KIT:
        raise WheelhouseError(path.name, f"is a wheel of {wheel.name}, not of {KIT}")
    return wheel


def _checked(order: Order, lock: Lock, kit: Wheel, wheels: Sequence[Wheel]) -> Wheelhouse:
    for wheel in wheels:
        _check(wheel, order.target)
    entries = tuple(map(entry_of, wheels))
    size = sum(entry.size_bytes for entry in entries)
    _must_be_small(order, entries, size)
    return Wheelhouse(
        kit=str(kit.version),
        platform=order.target.platform,
        python=order.target.python,
        lock_sha256=lock.sha256,
        size_bytes=size,
        wheels=entries,
    )


def _check(wheel: Wheel, target: Target) -> None:
    if not target.fits(wheel.path.name):
        raise WheelhouseError(
            wheel.path.name,
            f"does not run on {target.platform} with Python {target.python} and glibc 2.28",
        )
    if not is_allowed(wheel.licence):
        raise WheelhouseError(
            wheel.path.name,
            f"its licence, {wheel.licence or 'not stated'!r}, is none of those that a station may "
            "carry (edge/wheelhouse/licences.py); take another package",
        )


def _must_be_small(order: Order, entries: Sequence[WheelEntry], size_bytes: int) -> None:
    if size_bytes > order.limit_mb * 1e6:
        raise WheelhouseError(
            str(order.out),
            f"{len(entries)} wheels have {size_bytes / 1e6:.1f} MB, more than "
            f"{order.limit_mb:g} MB; the largest: {largest(entries)}",
        )


def _must_be_replaceable(out: Path) -> None:
    if not out.exists() or (out / MANIFEST).is_file():
        return
    if not out.is_dir() or any(out.iterdir()):
        raise WheelhouseError(
            str(out), "holds something that is no wheelhouse; give a folder that is empty or new"
        )


def _put_in_place(folder: Path, out: Path) -> None:
    """Put the new folder where the old one is; should that fail, the old one stays."""
    old = folder.with_name("old")
    if out.exists():
        out.rename(old)
    try:
        folder.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
