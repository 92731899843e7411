"""What a person orders, and the checked card that comes of it."""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from edge.board import BoardProfile, load_board_profile
from edge.config import StationConfig, load_station_config
from edge.enrol.ticket import Ticket
from edge.errors import ProvisionError
from edge.provision.bootlines import config_lines, switch_on
from edge.provision.computer import Computer, named_after
from edge.provision.kit import ETC, STATION, TRUST, Contents, kit
from edge.provision.network import network_sha256
from edge.provision.system import SystemConfig, load_system_config
from edge.provision.tokens import read_token, warnings_of
from edge.provision.tree import Content, hashes_of, sha256_of
from edge.wheelhouse.manifest import Wheelhouse, read_manifest

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_STATE_DIR: Final = Path("/var/lib/edge-agent")


@dataclass(frozen=True)
class Order:
    """Files that a card is made of."""

    station: Path
    wheelhouse: Path
    system: Path | None = None
    """The computer and its network; a card wants it, an archive does not."""
    trust: Path | None = None
    """Root of trust for updates; becomes `/etc/edge-agent/root.json`."""
    model: Path | None = None
    """A network of one's own, a bundle; becomes `/etc/edge-agent/NAME.tremor`."""
    token: Path | None = None
    """One-time token for the enrolment."""
    files: tuple[Path, ...] = ()
    """More for `/etc/edge-agent`, such as the broker's authority."""


@dataclass(frozen=True)
class Card:
    """What was ordered, read and checked."""

    config: StationConfig
    system: SystemConfig | None
    board: BoardProfile | None
    house: Wheelhouse
    kit: Mapping[str, Content]
    digest: str
    """Hash of all of it."""
    model_sha256: str | None
    """Of the network that it begins with; None where it has none."""
    ticket: Ticket | None = None
    """The one-time token."""
    warnings: tuple[str, ...] = ()
    """What a person should know who makes it."""

    @property
    def name(self) -> str:
        """Network and station."""
        return f"{self.config.station.network}.{self.config.station.station}"

    @property
    def computer(self) -> Computer:
        """What the computer is to be told.

        Raises:
            ProvisionError: There is no system file.
        """
        if self.system is None:
            raise ProvisionError(
                "--system", "a card needs a system file: who may log in, and by which network"
            )
        return named_after(self.config, self.system, self.digest)

    @property
    def firmware_lines(self) -> list[str]:
        """What config.txt switches on for the sensor."""
        return [] if self.board is None else config_lines(self.config, self.board)

    @property
    def by_hand(self) -> list[str]:
        """What a person must switch on."""
        return [] if self.board is None else switch_on(self.config, self.board)


def compose(order: Order, now_ns: int | None = None) -> Card:
    """Read and check everything that was ordered.

    Args:
        order: What is wanted.
        now_ns: The wall clock, nanoseconds since 1970 UTC; this machine's where left out.

    Raises:
        ConfigError: The station or system file has a mistake.
        WheelhouseError: The wheelhouse cannot be read.
        BundleError: The network is no sound bundle.
        ProvisionError: The parts do not fit each other.
    """
    config = load_station_config(order.station)
    system = None if order.system is None else load_system_config(order.system)
    board = None if system is None else load_board_profile(system.board)
    house = read_manifest(order.wheelhouse)
    etc = _etc(order)
    if board is not None and house.platform != board.platform:
        raise ProvisionError(
            str(order.wheelhouse),
            f"is for {house.platform}, but {board.title} is an {board.platform}; make another: "
            f"edge-agent wheelhouse --platform {board.platform}",
        )
    _must_find_its_files(config, etc)
    _must_run(order.model, config)
    name = f"{config.station.network}.{config.station.station}"
    _must_use(order.token, config)
    at_ns = time.time_ns() if now_ns is None else now_ns
    ticket = None if order.token is None else read_token(order.token, name, at_ns)
    token = None if order.token is None else _read(order.token)
    files = kit(Contents(name, order.wheelhouse, etc, token))
    return Card(
        config=config,
        system=system,
        board=board,
        house=house,
        kit=files,
        digest=_digest(files, order.system),
        model_sha256=network_sha256(order.model, config, order.wheelhouse, house),
        ticket=ticket,
        warnings=() if ticket is None else warnings_of(ticket, config.mqtt, at_ns),
    )


def _etc(order: Order) -> dict[str, Content]:
    files: dict[str, Content] = {STATION: _read(order.station)}
    if order.trust is not None:
        files[TRUST] = _trust(order.trust)
    more = [*order.files, *([order.model] if order.model else [])]
    for path in more:
        _must_be_a_name(path, files)
        files[path.name] = _read(path)
    return files


def _must_be_a_name(path: Path, others: Mapping[str, Content]) -> None:
    """Do nothing where a file can lie beside others under its name, on a FAT and in its hashes.

    Raises:
        ProvisionError: It cannot; a station that finds it damaged would not start.
    """
    if not _NAME.fullmatch(path.name):
        reason = "has a name that a card cannot keep; use letters, digits, `.`, `_` and `-`"
        raise ProvisionError(repr(str(path)), reason)
    # A FAT knows no difference between large letters and small ones.
    if path.name.lower() in {name.lower() for name in others}:
        raise ProvisionError(str(path), f"another file is called {path.name} on the card")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProvisionError(str(path), f"cannot be read ({error})") from error


def _trust(path: Path) -> bytes:
    content = _read(path)
    if not root_key_ids(content):
        raise ProvisionError(str(path), "is no root of trust (root.json of `release keys init`)")
    return content


def root_key_ids(content: bytes) -> list[str]:
    """Return the ids of the keys that a root of trust trusts; none where it is something else."""
    try:
        signed = json.loads(content)["signed"]
        ids = signed["roles"]["root"]["keyids"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [str(one) for one in ids] if signed.get("_type") == "root" else []


def _must_use(token: Path | None, config: StationConfig) -> None:
    """Refuse a token that nothing would ever look at.

    Raises:
        ProvisionError: The station file does not enrol.
    """
    if token is not None and config.enrolment is None:
        raise ProvisionError(
            str(token),
            "is a token, but the station file has no [enrolment]: the station would never use it; "
            "add a line [enrolment] to the station file, or leave the token out",
        )


def _must_find_its_files(config: StationConfig, etc: Mapping[str, Content]) -> None:
    """Look through the station file for files that would not be there on the station.

    Raises:
        ProvisionError: It names one.
    """
    if not config.state_dir.is_relative_to(_STATE_DIR):
        raise ProvisionError(
            "state_dir",
            f"is {config.state_dir}, but a service may write in {_STATE_DIR} alone; leave it out",
        )
    for key, path in _paths(config, ""):
        if path.is_relative_to(ETC) and path.relative_to(ETC).as_posix() not in etc:
            option = "--trust" if path == ETC / TRUST else "--file"
            raise ProvisionError(
                key, f"names {path}, which is not on the card; add it: {option} {path.name}"
            )


def _must_run(model: Path | None, config: StationConfig) -> None:
    if model is not None and config.detection.model.bundle != ETC / model.name:
        raise ProvisionError(
            "detection.model.bundle",
            f"does not ask for the network; set it to {ETC / model.name} or leave out --model",
        )


def _paths(model: BaseModel, prefix: str) -> Iterator[tuple[str, Path]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _paths(value, f"{prefix}{name}.")
        elif isinstance(value, Path):
            yield f"{prefix}{name}", value


def _digest(files: Mapping[str, Content], system: Path | None) -> str:
    whole = hashlib.sha256(json.dumps(hashes_of(files)).encode())
    if system is not None:
        whole.update(sha256_of(system).encode())
    return whole.hexdigest()
