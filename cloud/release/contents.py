"""What a file for stations says of itself: it must be what holders are about to sign of it."""

import hashlib
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from tuf.api.metadata import TargetFile

from cloud.errors import ReleaseError
from edge.bundle import load_bundle
from edge.errors import BundleError, ConfigError, UpdateRefusedError
from edge.software.archive import Manifest, open_archive
from edge.update.configuration import settings_facts, settings_path
from edge.update.targets import (
    SOFTWARE,
    ConfigurationFacts,
    Kind,
    ModelFacts,
    SoftwareFacts,
    facts_of,
    kind_of,
    model_path,
)

AnyFacts = ModelFacts | SoftwareFacts | ConfigurationFacts
ANY_AGENT: Final = "9999.0.0"
FORMS: Final[dict[Kind, type[AnyFacts]]] = {
    Kind.MODEL: ModelFacts,
    Kind.SOFTWARE: SoftwareFacts,
    Kind.CONFIGURATION: ConfigurationFacts,
}


def signed_facts(path: str, target: TargetFile) -> AnyFacts:
    """Return what is signed of a file, or to be.

    Raises:
        ReleaseError: It makes no sense.
    """
    try:
        return FORMS[kind_of(path)].model_validate(target.custom or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ReleaseError(path, f"its facts make no sense: {where}: {first['msg']}") from error
    except ValueError as error:
        raise ReleaseError(path, str(error)) from error


def check_file(path: str, target: TargetFile, file: Path) -> None:
    """Check that a file says of itself what is to be signed of it.

    Raises:
        ReleaseError: It says another thing, is damaged, or has another name than it should.
    """
    said = signed_facts(path, target)
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if digest != target.hashes["sha256"]:
        raise ReleaseError(path, f"the file here has sha256 {digest}, to be signed is another")
    own = _own(path, said, file)
    if own != said:
        names = type(said).model_fields
        wrong = [name for name in names if getattr(own, name) != getattr(said, name)]
        what = {Kind.MODEL: "card", Kind.SOFTWARE: "manifest", Kind.CONFIGURATION: "text"}
        its = f"its {what[kind_of(path)]} says other things than what is to be signed"
        raise ReleaseError(path, f"{its}: {', '.join(wrong)}")
    if path_of(said) != path:
        raise ReleaseError(path, f"what it is belongs under {path_of(said)}")


def path_of(facts: AnyFacts) -> str:
    """Return a file's name in the repository."""
    match facts:
        case ModelFacts():
            return model_path(facts.name, facts.version)
        case SoftwareFacts():
            python = facts.python.replace(".", "")
            return f"{SOFTWARE}/{facts.name}-{facts.version}-{facts.platform}-cp{python}.tar"
        case ConfigurationFacts():
            return settings_path(facts.name, facts.version)


def software_facts(manifest: Manifest, **known: Any) -> SoftwareFacts:  # noqa: ANN401 - its fields
    """Return what is signed of an archive of wheels.

    Args:
        manifest: What it says of itself.
        known: What it does not say, such as the floor.
    """
    said: dict[str, object] = {
        "version": manifest.kit,
        "platform": manifest.platform,
        "python": manifest.python,
        "wheels": len(manifest.wheels),
    }
    return SoftwareFacts.model_validate(said | known)


def manifest_in(path: str, file: Path) -> Manifest:
    """Return the manifest of an archive whose wheels are what it says.

    Raises:
        ReleaseError: They are not, or it is no archive.
    """
    try:
        with open_archive(file) as archive:
            for wheel in archive.manifest.wheels:
                with archive.open(wheel) as opened:
                    digest = hashlib.sha256(opened.read()).hexdigest()
                if digest != wheel.sha256:
                    raise ReleaseError(path, f"{wheel.file} is not what the manifest says")
            return archive.manifest
    except UpdateRefusedError as error:
        raise ReleaseError(path, error.reason) from error


def _own(path: str, said: AnyFacts, file: Path) -> BaseModel:
    """Return what a file says of itself, with what only its signers know as they say it."""
    match said:
        case ModelFacts():
            try:
                bundle = load_bundle(file, agent_version=ANY_AGENT)
            except BundleError as error:
                raise ReleaseError(path, error.reason) from error
            return facts_of(bundle.card, said.min_version_floor, said.device_profiles)
        case SoftwareFacts():
            known = said.model_dump(include={"name", "min_version_floor"})
            return software_facts(manifest_in(path, file), **known)
        case ConfigurationFacts():
            try:
                return settings_facts(file.read_bytes(), **said.model_dump(exclude={"settings"}))
            except ConfigError as error:
                raise ReleaseError(path, "; ".join(error.problems)) from error
