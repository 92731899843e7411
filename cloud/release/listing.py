"""What may run, and what is to run where."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from tuf.api.metadata import TargetFile

from cloud.errors import ReleaseError
from cloud.release.repository import Repository
from cloud.release.roles import MODELS, ROLLOUT, now_utc
from edge.update.targets import (
    Assignment,
    ConfigurationAssignment,
    Kind,
    Order,
    Return,
    SoftwareAssignment,
    kind_of,
    read_order,
)

_MOST_ID: Final = 64
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9._-]")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def listing(repository: Repository) -> dict[str, dict[str, Any]]:
    """Return `files` by name and `rings` by name, for people and programs.

    A ring has an entry for each kind of which something is assigned to it.
    """
    files = {
        path: {
            "sha256": target.hashes["sha256"],
            "length": target.length,
            **(target.custom or {}),
        }
        for path, target in sorted(published_files(repository).items())
    }
    rings: dict[str, dict[str, Any]] = {}
    for kind in Kind:
        for ring, order in assignments(repository, kind).items():
            plain = order.model_dump(mode="json") | {"named": order.named}
            rings.setdefault(ring, {})[kind.value] = plain
    return {"files": files, "rings": dict(sorted(rings.items()))}


def published_files(repository: Repository) -> dict[str, TargetFile]:
    """Return what may run, by name; nothing before the first publication."""
    models = repository.published(MODELS)
    return {} if models is None else dict(models.signed.targets)


def assignments(repository: Repository, kind: Kind = Kind.MODEL) -> dict[str, Order]:
    """Return what is to run of a kind, by ring."""
    found = {}
    for path, target in sorted(repository.rollout().targets.items()):
        ring, _, of = path.removeprefix(f"{ROLLOUT}/").removesuffix(".json").partition("@")
        if (of or Kind.MODEL.value) == kind.value:
            found[ring] = read_order(kind, repository.target_file(target).read_bytes())
    return found


def assignment_of(
    repository: Repository,
    ring: str,
    what: str,
    rollout_id: str | None = None,
    *,
    returning: bool = False,
    now: datetime | None = None,
) -> Assignment | SoftwareAssignment | ConfigurationAssignment:
    """Return what assigns something published to a ring; its name tells the kind.

    Args:
        repository: The repository.
        ring: The ring.
        what: A file's name in it; of software without platform and Python, for all of them.
        rollout_id: The rollout's; made of ring, name and time where None.
        returning: Back to what stations had before.
        now: The time.

    Raises:
        ReleaseError: It is not published.
    """
    found = _meant(published_files(repository), what)
    at = now or now_utc()
    name = _NOT_IN_IDS.sub(
        "_", what.rpartition("/")[2].removesuffix(".tremor").removesuffix(".toml")
    )
    given: dict[str, Any] = {
        "rollout_id": (rollout_id or f"{ring}-{name}-{at:%Y%m%dT%H%M%S}")[:_MOST_ID],
        "returning": returning,
    }
    path, target = next(iter(found.items()))
    match kind_of(path):
        case Kind.MODEL:
            return Assignment(model=path, sha256=target.hashes["sha256"], **given)
        case Kind.SOFTWARE:
            hashes = {path: one.hashes["sha256"] for path, one in found.items()}
            version = (target.custom or {})["version"]
            return SoftwareAssignment(version=version, archives=hashes, **given)
        case Kind.CONFIGURATION:
            sha256 = target.hashes["sha256"]
            return ConfigurationAssignment(configuration=path, sha256=sha256, **given)


def leaving_of(
    repository: Repository, ring: str, order: Order | None, files: Sequence[str]
) -> Order:
    """Return an assignment by which stations that run some files go back to what they had.

    Args:
        repository: The repository.
        ring: The ring.
        order: What all others are to run; None: nothing new.
        files: Names as in `assignment_of`, or hashes of what is not published any more.

    Raises:
        ReleaseError: They are not published, or of another kind.
    """
    published = published_files(repository)
    unnamed = [what for what in files if _SHA256.fullmatch(what)]
    named = [what for what in files if what not in unnamed]
    found = {path: target for what in named for path, target in _meant(published, what).items()}
    kinds = {kind_of(path) for path in [*found, *(order.named if order is not None else ())]}
    if len(kinds) > 1:
        raise ReleaseError(
            ring, f"one assignment is of one kind, not of {', '.join(sorted(kinds))}"
        )
    hashes = (*(target.hashes["sha256"] for target in found.values()), *unnamed)
    if order is not None:
        return order.model_copy(update={"leaving": hashes})
    name = f"{ring}-back-{now_utc():%Y%m%dT%H%M%S}"
    return Return(rollout_id=name[:_MOST_ID], leaving=hashes)


def _meant(files: dict[str, TargetFile], what: str) -> dict[str, TargetFile]:
    """Return the files that a name stands for.

    Raises:
        ReleaseError: There is none.
    """
    found = {
        path: target
        for path, target in sorted(files.items())
        if what in {path, _without_platform(path, target)}
    }
    if not found:
        names = {_without_platform(path, target) or path for path, target in files.items()}
        raise ReleaseError(
            what, f"is not published; published: {', '.join(sorted(names)) or 'none'}"
        )
    return found


def _without_platform(path: str, target: TargetFile) -> str | None:
    """Return `software/NAME-VERSION` of an archive; None of other files."""
    if kind_of(path) is not Kind.SOFTWARE:
        return None
    facts = target.custom or {}
    return f"{Kind.SOFTWARE}/{facts.get('name')}-{facts.get('version')}"
