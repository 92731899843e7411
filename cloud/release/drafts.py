"""Changes that wait for signatures: the first files, models, holders."""

import copy
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    Role,
    Root,
    TargetFile,
    Targets,
)

from cloud.errors import ReleaseError
from cloud.release.keys import PublicKey, holder_of
from cloud.release.repository import Repository
from cloud.release.roles import (
    MODELS,
    OFFLINE,
    PATHS,
    ROLLOUT,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    expiry,
    now_utc,
)
from edge.update.targets import ConfigurationFacts, ModelFacts, SoftwareFacts


@dataclass(frozen=True, slots=True)
class Holders:
    """Who may sign a role, and how many of them must."""

    keys: tuple[PublicKey, ...]
    threshold: int

    def __post_init__(self) -> None:
        """Refuse what nobody could sign.

        Raises:
            ReleaseError: There are fewer keys than signatures that are needed.
        """
        different = {one.key.keyid for one in self.keys}
        if not 1 <= self.threshold <= len(different):
            reason = f"{self.threshold} signatures of {len(different)} different keys are asked for"
            raise ReleaseError("threshold", reason)


@dataclass(frozen=True, slots=True)
class Founders:
    """Who signs what in a new repository."""

    root: Holders
    """Also of the role targets."""
    models: Holders
    online: PublicKey


def draft_first(repository: Repository, founders: Founders, now: datetime | None = None) -> None:
    """Begin a repository: drafts of root, targets and models.

    Raises:
        ReleaseError: There is one already.
    """
    if repository.version(ROOT) or repository.draft(ROOT) is not None:
        raise ReleaseError(str(repository.folder), "a repository is there already")
    at = now or now_utc()
    root = Root(expires=expiry(ROOT, at), consistent_snapshot=True)
    for role in (ROOT, TARGETS):
        _set_holders(root, root.roles[role], role, founders.root)
    for role in (SNAPSHOT, TIMESTAMP):
        root.add_key(founders.online.key, role)
    delegations = Delegations({}, {})
    targets = Targets(expires=expiry(TARGETS, at), delegations=delegations)
    online = Holders((founders.online,), 1)
    for role, holders in ((MODELS, founders.models), (ROLLOUT, online)):
        delegated = DelegatedRole(role, [], 1, terminating=True, paths=PATHS[role])
        delegations.roles = {**(delegations.roles or {}), role: delegated}
        _set_holders(targets, delegated, role, holders)
    repository.prepare()
    repository.keep_draft(ROOT, Metadata(root))
    repository.keep_draft(TARGETS, Metadata(targets))
    repository.keep_draft(MODELS, Metadata(Targets(expires=expiry(MODELS, at))))


def edit(repository: Repository, role: str, now: datetime | None = None) -> Metadata[Any]:
    """Return a copy of a role to be changed: one version on, without signatures.

    Raises:
        ReleaseError: There is no such role.
    """
    draft = Metadata(copy.deepcopy(repository.newest(role).signed))
    draft.signed.version = repository.version(role) + 1
    draft.signed.expires = expiry(role, now or now_utc())
    return draft


def draft_again(repository: Repository, roles: Sequence[str] = OFFLINE) -> None:
    """Draft roles as they are, so that they hold for another while."""
    for role in roles:
        repository.keep_draft(role, edit(repository, role))


def draft_target(
    repository: Repository,
    path: str,
    content: bytes,
    facts: ModelFacts | SoftwareFacts | ConfigurationFacts,
) -> TargetFile:
    """Draft that a file may run, and keep the file.

    Raises:
        ReleaseError: Another file of that name is signed: a version is never used twice.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    custom = {"custom": facts.model_dump(mode="json")}
    target = TargetFile(len(content), {"sha256": sha256}, path, custom)
    draft = edit(repository, MODELS)
    before = draft.signed.targets.get(path)
    if before is not None and before.hashes["sha256"] != sha256:
        reason = f"{path} is signed with another content; give what is new a higher version"
        raise ReleaseError(path, reason)
    draft.signed.targets[path] = target
    repository.keep_target(target, content)
    repository.keep_draft(MODELS, draft)
    return target


def draft_without(repository: Repository, path: str) -> None:
    """Draft that a file may not run any more.

    Raises:
        ReleaseError: It may not now.
    """
    draft = edit(repository, MODELS)
    if draft.signed.targets.pop(path, None) is None:
        known = ", ".join(sorted(draft.signed.targets)) or "none"
        raise ReleaseError(path, f"is not listed; listed: {known}")
    repository.keep_draft(MODELS, draft)


def draft_holders(
    repository: Repository,
    role: str,
    add: Sequence[PublicKey],
    remove: Sequence[str],
    threshold: int | None,
) -> None:
    """Draft who signs a role: `root` (with targets), `models`, or `online`.

    Raises:
        ReleaseError: A holder is not known, or too few are left.
    """
    match role:
        case "root":
            _change(repository, ROOT, (ROOT, TARGETS), add, remove, threshold)
            repository.keep_draft(TARGETS, edit(repository, TARGETS))
        case "models":
            _change(repository, TARGETS, (MODELS,), add, remove, threshold)
            repository.keep_draft(MODELS, edit(repository, MODELS))
        case "online":
            _change(repository, ROOT, (SNAPSHOT, TIMESTAMP), add, remove, threshold)
            _change(repository, TARGETS, (ROLLOUT,), add, remove, threshold)
        case _:
            raise ReleaseError(role, "holders of root, models or online can be changed")


def holders_of(signed: Root | Targets, role: str) -> Holders:
    """Return who signs a role.

    Raises:
        ReleaseError: These metadata do not say.
    """
    table, one = _role(signed, role)
    keys = tuple(PublicKey(holder_of(table[keyid]), table[keyid]) for keyid in one.keyids)
    return Holders(keys, one.threshold)


def _change(
    repository: Repository,
    parent: str,
    roles: Sequence[str],
    add: Sequence[PublicKey],
    remove: Sequence[str],
    threshold: int | None,
) -> None:
    draft = edit(repository, parent)
    for role in roles:
        before = holders_of(draft.signed, role)
        unknown = set(remove) - {one.holder for one in before.keys}
        if unknown:
            known = ", ".join(one.holder for one in before.keys)
            raise ReleaseError(role, f"{', '.join(sorted(unknown))} is no holder; holders: {known}")
        left = tuple(one for one in before.keys if one.holder not in remove)
        holders = Holders((*left, *add), threshold or before.threshold)
        _set_holders(draft.signed, _role(draft.signed, role)[1], role, holders)
    repository.keep_draft(parent, draft)


def _role(signed: Root | Targets, role: str) -> tuple[dict[str, Any], Role]:
    if isinstance(signed, Root) and role in signed.roles:
        return signed.keys, signed.roles[role]
    if isinstance(signed, Targets) and signed.delegations and signed.delegations.roles:
        return signed.delegations.keys, signed.delegations.roles[role]
    raise ReleaseError(role, "nobody is named for it")


def _set_holders(signed: Root | Targets, one: Role, role: str, holders: Holders) -> None:
    for keyid in list(one.keyids):
        signed.revoke_key(keyid, role)
    for holder in _unique(holders.keys):
        signed.add_key(holder.key, role)
    one.threshold = holders.threshold


def _unique(keys: Iterable[PublicKey]) -> list[PublicKey]:
    return list({one.key.keyid: one for one in keys}.values())
