"""Drafts carried to holders and back, on a stick or by mail: nothing in them is secret.

A request is a small repository of its own: what is published, the drafts, and the files that are
new, so that a holder sees the difference and checks the files without the centre.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tuf.api.metadata import Metadata, TargetFile

from cloud.errors import ReleaseError
from cloud.release import audit
from cloud.release.changes import predecessor
from cloud.release.repository import Repository
from cloud.release.roles import MODELS, OFFLINE
from cloud.release.signing import Standing, drafts, holding, standing

_MOST: Final = 1000
_LONGEST: Final = 200
"""Lines, and characters of a field, that are taken from the log of a request."""


def make_request(repository: Repository, folder: Path) -> list[str]:
    """Write a request; return the roles that wait for signatures.

    Raises:
        ReleaseError: Nothing waits, or the folder is not empty.
    """
    roles = drafts(repository)
    if not roles:
        raise ReleaseError(str(repository.folder), "nothing waits for signatures")
    if folder.exists() and any(folder.iterdir()):
        raise ReleaseError(str(folder), "is not empty; name a new folder")
    carried = Repository(folder)
    carried.prepare()
    for role in OFFLINE:
        published = repository.published(role)
        if published is not None:
            carried.publish(role, published)
    for role in roles:
        draft = repository.draft(role)
        if draft is not None:
            carried.keep_draft(role, draft)
    if MODELS in roles:
        for target in _needed(repository):
            file = repository.target_file(target)
            if file.is_file():
                carried.keep_target(target, file.read_bytes())
    audit.note(repository.folder, "request", roles=roles)
    return roles


def _needed(repository: Repository) -> Iterator[TargetFile]:
    """Yield the files that are new, and those with which a holder compares them."""
    published = repository.published(MODELS)
    known = published.signed.targets if published is not None else {}
    for path, target in repository.models().targets.items():
        if path in known:
            continue
        yield target
        before = predecessor(path, target, known)
        if before is not None:
            yield known[before]


def take_back(repository: Repository, folder: Path) -> list[Standing]:
    """Take the signatures that holders made in a request; return how far the drafts are.

    Raises:
        ReleaseError: The request was made for other drafts.
    """
    carried = Repository(folder)
    for role in drafts(repository):
        own, theirs = repository.draft(role), carried.draft(role)
        if own is None or theirs is None:
            continue
        if own.signed_bytes != theirs.signed_bytes:
            reason = "the draft was changed since the request was made; make a new request"
            raise ReleaseError(role, reason)
        # A stick may be damaged, or somebody's: a bad signature must not take a good one's place.
        both = Metadata(own.signed, {**own.signatures, **holding(repository, role, theirs)})
        repository.keep_draft(role, both)
    for entry in _carried(folder):
        if entry.get("action") == "sign":
            details = {
                key: entry.get(key, "") for key in ("role", "version", "holder", "time", "user")
            }
            audit.note(repository.folder, "signature taken", carried=details)
    return [standing(repository, role) for role in drafts(repository)]


def _carried(folder: Path) -> list[dict[str, str]]:
    """Return what the log of a request says.

    Raises:
        ReleaseError: It is none.
    """
    try:
        found = [one for one in audit.entries(folder) if isinstance(one, dict)]
    except (ValueError, RecursionError) as error:
        reason = f"is damaged ({error}); remove it, the signatures count without it"
        raise ReleaseError(str(folder / audit.NAME), reason) from error
    return [{key: str(value)[:_LONGEST] for key, value in one.items()} for one in found[-_MOST:]]


def export(repository: Repository, folder: Path) -> int:
    """Copy what stations fetch, for a stick; return how many files.

    Raises:
        ReleaseError: Nothing is published, or the folder is not empty.
    """
    if not repository.is_published:
        raise ReleaseError(str(repository.folder), "nothing is published")
    if folder.exists() and any(folder.iterdir()):
        raise ReleaseError(str(folder), "is not empty; name a new folder")
    files = 0
    with repository.alone():
        for name in ("targets", "metadata"):
            source = repository.folder / name
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.part"))
            files += sum(1 for path in (folder / name).rglob("*") if path.is_file())
    audit.note(repository.folder, "export", files=files)
    return files
