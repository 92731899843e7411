"""What is to be signed: of a bundle, of settings, of a folder of wheels that becomes an archive."""

import io
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from tuf.api.metadata import TargetFile

from cloud.errors import ReleaseError
from cloud.release import audit
from cloud.release.contents import ANY_AGENT, AnyFacts, path_of, software_facts
from cloud.release.drafts import draft_target
from cloud.release.fitting import check_settings
from cloud.release.repository import Repository
from edge.bundle import load_bundle
from edge.errors import ConfigError
from edge.software.archive import Manifest
from edge.update.configuration import settings_facts
from edge.update.targets import facts_of
from edge.update.versions import order_of

_MANIFEST: Final = "manifest.json"
_MODE: Final = 0o644
_NAMED: Final = re.compile(r"([a-z][a-z0-9_]{0,39})-([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Said:
    """What a file does not say of itself.

    Attributes:
        floor: Least version that may run where this one was accepted; None: any.
        sensors: Sensors that it is for; all where empty.
        name: Of settings; None: as their file is called.
        version: Of settings.
        min_agent: Least agent version, of settings.
    """

    floor: str | None = None
    sensors: tuple[str, ...] = ()
    name: str | None = None
    version: int | None = None
    min_agent: str = "0.0.0"


@dataclass(frozen=True, slots=True)
class What:
    """A file for stations."""

    path: str
    content: bytes
    facts: AnyFacts

    @property
    def size_bytes(self) -> int:
        """Its length."""
        return len(self.content)


def read_what(file: Path, said: Said) -> What:
    """Return what a bundle, a folder that `edge-agent wheelhouse` made, or settings are to be.

    Raises:
        BundleError: It is no sound bundle.
        ReleaseError: It is no such folder, or settings that no station would take.
    """
    if file.is_dir():
        return _software(file, said)
    if file.suffix == ".toml":
        return _settings(file, said)
    card = load_bundle(file, agent_version=ANY_AGENT).card
    facts = facts_of(card, _number(said.floor), said.sensors)
    return What(path_of(facts), file.read_bytes(), facts)


def add(repository: Repository, what: What) -> TargetFile:
    """Draft a file.

    Raises:
        ReleaseError: Another file of that name is signed.
    """
    target = draft_target(repository, what.path, what.content, what.facts)
    audit.note(repository.folder, "add", path=what.path, sha256=target.hashes["sha256"])
    return target


def _settings(file: Path, said: Said) -> What:
    named = _NAMED.fullmatch(file.stem)
    name = said.name or (named[1] if named is not None else None)
    version = said.version or (int(named[2]) if named is not None else None)
    if name is None or version is None:
        reason = "give --name and --version, or call the file NAME-VERSION.toml, quiet-3.toml say"
        raise ReleaseError(str(file), reason)
    try:
        content = file.read_bytes()
        facts = settings_facts(
            content,
            name=name,
            version=version,
            min_version_floor=_number(said.floor),
            min_agent=said.min_agent,
            device_profiles=said.sensors,
        )
        check_settings(content)
    except ConfigError as error:
        raise ReleaseError(str(file), "; ".join(error.problems)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ReleaseError(str(file), f"{where}: {first['msg']}, seen: {first['input']}") from error
    except OSError as error:
        raise ReleaseError(str(file), f"cannot be read: {error.strerror}") from error
    return What(path_of(facts), content, facts)


def _software(folder: Path, said: Said) -> What:
    """Pack a folder of wheels: the same wheels give the same bytes."""
    if said.sensors:
        raise ReleaseError(str(folder), "agent software is for all sensors; leave --sensor out")
    try:
        manifest = Manifest.model_validate_json((folder / _MANIFEST).read_bytes())
        facts = software_facts(manifest, min_version_floor=said.floor or "0.0.0")
        order_of(facts.version), order_of(facts.min_version_floor)
    except (OSError, ValueError) as error:
        reason = f"is no folder that `edge-agent wheelhouse` made: {error}"
        raise ReleaseError(str(folder), reason) from error
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(folder.iterdir()):
            content = path.read_bytes()
            member = tarfile.TarInfo(path.name)
            member.size, member.mode = len(content), _MODE
            archive.addfile(member, io.BytesIO(content))
    return What(path_of(facts), buffer.getvalue(), facts)


def _number(floor: str | None) -> int:
    """Return a floor of networks or settings.

    Raises:
        ReleaseError: It is no number.
    """
    if floor is None:
        return 1
    if not floor.isdecimal() or int(floor) < 1:
        reason = f"{floor!r} is no version of networks or settings; they are whole numbers from 1"
        raise ReleaseError("--floor", reason)
    return int(floor)
