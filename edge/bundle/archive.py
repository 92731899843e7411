"""Reading and writing bundle files."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

import edge
from edge.bundle.card import GOLDEN_FILE, NETWORK_FILES, Card, FileFacts, Version
from edge.bundle.golden import Golden
from edge.bundle.ziplayer import pack, unpack
from edge.errors import BundleError

_CARD_FILE = "card.json"
_LIMITS_BYTES = {
    _CARD_FILE: 256_000,
    "model.tflite": 64_000_000,
    "model.onnx": 64_000_000,
    GOLDEN_FILE: 4_000_000,
}
_LARGEST_BYTES = sum(_LIMITS_BYTES.values())


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose content is what its card says; not yet proven on this machine."""

    path: Path
    sha256: str
    card: Card
    networks: Mapping[str, bytes]
    """Content of `model.tflite` and `model.onnx`, those that are there."""
    golden: Golden


class _LeastAgent(BaseModel):
    """The one field that a reader of any age understands."""

    least_agent_version: Version


def load_bundle(
    path: Path, expected_sha256: str | None = None, agent_version: str = edge.__version__
) -> Bundle:
    """Read a bundle and check everything that can be checked without running it.

    Args:
        path: File `name-version.tremor`.
        expected_sha256: Hash of the file, where a configuration or an update names it.
        agent_version: Version of the program that wants to run it.

    Raises:
        BundleError: The file is missing, damaged, not what its card says, or needs a newer agent.
    """
    content = _read(path)
    digest = hashlib.sha256(content).hexdigest()
    if expected_sha256 is not None and digest != expected_sha256:
        raise BundleError(path, f"its sha256 is {digest}, expected {expected_sha256}")
    try:
        members = unpack(content, _LIMITS_BYTES)
        card = _read_card(members.pop(_CARD_FILE, b""), agent_version)
        _check_members(card, members)
        golden = Golden.from_bytes(members[GOLDEN_FILE], card.output.state_names)
    except ValueError as error:
        raise BundleError(path, str(error)) from error
    networks = {name: members[name] for name in NETWORK_FILES if name in members}
    return Bundle(path, digest, card, networks, golden)


def write_bundle(folder: Path, card: Card, networks: Mapping[str, bytes], golden: Golden) -> Path:
    """Write `name-version.tremor`; the same content gives the same bytes.

    Args:
        folder: Where to.
        card: The card; its `files` are filled in here.
        networks: Content of `model.tflite` and/or `model.onnx`.
        golden: Golden vectors.

    Returns:
        The file.
    """
    members = {**networks, GOLDEN_FILE: golden.to_bytes()}
    facts = {name: _facts(value) for name, value in sorted(members.items())}
    complete = Card.model_validate({**card.model_dump(), "files": facts})
    text = json.dumps(complete.model_dump(mode="json"), indent=2, sort_keys=True) + "\n"
    path = folder / f"{card.name}-{card.version}.tremor"
    path.write_bytes(pack({**members, _CARD_FILE: text.encode()}))
    return path


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise BundleError(path, f"cannot be read: {error.strerror or error}") from error
    if len(content) > _LARGEST_BYTES:
        raise BundleError(path, f"is larger than {_LARGEST_BYTES} bytes")
    return content


def _read_card(content: bytes, agent_version: str) -> Card:
    if not content:
        raise ValueError(f"there is no {_CARD_FILE}")
    try:
        least = _LeastAgent.model_validate_json(content).least_agent_version
        if _version(least) > _version(agent_version):
            raise ValueError(f"needs edge-agent {least} or newer; this one is {agent_version}")
        return Card.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(key) for key in first["loc"])
        raise ValueError(f"{_CARD_FILE}: {place}: {first['msg']}") from error


def _version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: `0.2.0.dev1` is taken for `0.2.0`."""
    return tuple(int(number) for number in text.split(".")[:3])


def _check_members(card: Card, members: Mapping[str, bytes]) -> None:
    if set(card.files) != set(members):
        raise ValueError(f"the card lists {sorted(card.files)}, the file holds {sorted(members)}")
    if GOLDEN_FILE not in members or not any(name in members for name in NETWORK_FILES):
        raise ValueError("a network and golden vectors must both be there")
    for name, content in members.items():
        if _facts(content) != card.files[name]:
            raise ValueError(f"{name} is not what the card says: hash or size differ")


def _facts(content: bytes) -> FileFacts:
    return FileFacts(sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
