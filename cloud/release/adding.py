"""What is to be signed of a bundle, or of a folder of wheels that is packed into one archive."""

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tuf.api.metadata import TargetFile

from cloud.errors import ReleaseError
from cloud.release import audit
from cloud.release.drafts import draft_target
from cloud.release.repository import Repository
from edge.bundle import load_bundle
from edge.update.targets import SOFTWARE, ModelFacts, SoftwareFacts, facts_of, model_path

_ANY_AGENT: Final = "9999.0.0"
_MANIFEST: Final = "manifest.json"
_MODE: Final = 0o644


@dataclass(frozen=True, slots=True)
class What:
    """A file for stations."""

    path: str
    content: bytes
    facts: ModelFacts | SoftwareFacts

    @property
    def size_bytes(self) -> int:
        """Its length."""
        return len(self.content)


def read_what(file: Path, floor: int, sensors: tuple[str, ...]) -> What:
    """Return what a bundle, or a folder that `edge-agent wheelhouse` made, is to be.

    Raises:
        BundleError: It is no sound bundle.
        ReleaseError: It is no such folder.
    """
    if file.is_dir():
        return _software(file)
    bundle = load_bundle(file, agent_version=_ANY_AGENT)
    facts = facts_of(bundle.card, floor, sensors)
    return What(model_path(facts.name, facts.version), file.read_bytes(), facts)


def add(repository: Repository, what: What) -> TargetFile:
    """Draft a file.

    Raises:
        ReleaseError: Another file of that name is signed.
    """
    target = draft_target(repository, what.path, what.content, what.facts)
    audit.note(repository.folder, "add", path=what.path, sha256=target.hashes["sha256"])
    return target


def _software(folder: Path) -> What:
    """Pack a folder of wheels: the same wheels give the same bytes."""
    try:
        said = json.loads((folder / _MANIFEST).read_bytes())
        facts = SoftwareFacts(
            version=said["kit"],
            platform=said["platform"],
            python=said["python"],
            wheels=len(said["wheels"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"is no folder that `edge-agent wheelhouse` made: {error}"
        raise ReleaseError(str(folder), reason) from error
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(folder.iterdir()):
            content = path.read_bytes()
            member = tarfile.TarInfo(path.name)
            member.size, member.mode = len(content), _MODE
            archive.addfile(member, io.BytesIO(content))
    python = facts.python.replace(".", "")
    name = f"{facts.name}-{facts.version}-{facts.platform}-cp{python}.tar"
    return What(f"{SOFTWARE}/{name}", buffer.getvalue(), facts)
