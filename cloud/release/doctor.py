"""What runs out, what is missing, what does not fit: in sentences that say what to do."""

import hashlib
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cloud.errors import ReleaseError
from cloud.release import audit
from cloud.release.contents import FORMS
from cloud.release.drafts import holders_of
from cloud.release.keys import load_signer
from cloud.release.listing import assignments, published_files
from cloud.release.repository import Repository
from cloud.release.roles import (
    MODELS,
    OFFLINE,
    ONLINE,
    RENEW_BEFORE,
    ROLLOUT,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    now_utc,
)
from cloud.release.signing import drafts, standing, verified
from edge.errors import UpdateError
from edge.finding import Finding
from edge.update.client import TufClient
from edge.update.fetch import FolderFetcher, Limits
from edge.update.targets import Kind, kind_of

_WARN_DAYS: Final = (7, 30, 60)
_BASE: Final = "folder:///"
_LOOK_S: Final = 60.0


def examine(
    repository: Repository,
    online_key: Path | None = None,
    passphrase: str | None = None,
    now: datetime | None = None,
) -> list[Finding]:
    """Return what was found.

    Args:
        repository: The repository.
        online_key: Secret half of the centre's key, to see whether it still counts.
        passphrase: Of that key.
        now: The time.
    """
    at = now or now_utc()
    findings = [*_drafts(repository)]
    if not repository.is_published:
        text = f"nothing is published in {repository.folder}; sign the drafts, `release publish`"
        return [*findings, Finding("repository", ok=False, text=text)]
    findings += [_role(repository, role, at) for role in (*OFFLINE, *ONLINE)]
    findings += [_holders(repository), _files(repository), _rings(repository)]
    findings += [_audit(repository), _station(repository)]
    if online_key is not None:
        findings.append(_online(repository, online_key, passphrase))
    return findings


def _drafts(repository: Repository) -> Iterator[Finding]:
    for role in drafts(repository):
        try:
            state = standing(repository, role)
        except ReleaseError as error:
            yield Finding(f"draft of {role}", ok=False, text=error.reason)
            continue
        by = ", ".join(state.signed_by) or "nobody"
        text = f"version {state.version} is signed by {by}"
        if state.missing:
            text += f"; {state.missing} more of {', '.join(state.waits_for)} needed"
        else:
            text += "; `release publish` makes it count"
        yield Finding(f"draft of {role}", ok=True, text=text)


def _role(repository: Repository, role: str, now: datetime) -> Finding:
    metadata = repository.published(role)
    if metadata is None:
        return Finding(role, ok=False, text="nothing is published of it; `release publish`")
    by_root = role in {ROOT, TARGETS, SNAPSHOT, TIMESTAMP}
    parent = repository.published_root() if by_root else repository.published_targets()
    if not verified(parent, role, metadata):
        text = "its signatures do not count; `release renew` drafts it anew"
        return Finding(role, ok=False, text=text)
    left = metadata.signed.expires - now
    held = f"version {metadata.signed.version} holds until {metadata.signed.expires:%Y-%m-%d}"
    if left < timedelta(0):
        return Finding(role, ok=False, text=f"{held}: stations take no updates; {_remedy(role)}")
    if role in ONLINE:
        late = left < RENEW_BEFORE[role] - timedelta(days=1)
        text = f"{held}; the centre should have signed it anew, look at its log" if late else held
        return Finding(role, ok=not late, text=text)
    days = next((days for days in _WARN_DAYS if left < timedelta(days=days)), None)
    if days is None:
        return Finding(role, ok=True, text=held)
    text = f"{held}, {left.days} days; {_remedy(role)}"
    return Finding(role, ok=days > min(_WARN_DAYS), text=text)


def _remedy(role: str) -> str:
    if role in ONLINE:
        return "the centre signs it anew while it runs with updates.online_key"
    return f"`release renew {role}`, let holders sign, `release publish`"


def _holders(repository: Repository) -> Finding:
    """Say how many keys may be lost, and how many suffice for a thief."""
    said = []
    pairs = ((repository.published_root(), ROOT), (repository.published_targets(), MODELS))
    spare = {}
    for parent, role in pairs:
        holders = holders_of(parent, role)
        spare[role] = len(holders.keys) - holders.threshold
        names = ", ".join(one.holder for one in holders.keys)
        said.append(f"{role}: {holders.threshold} of {names}, {spare[role]} may be lost")
        if holders.threshold == 1:
            said.append(f"whoever steals one key can sign {role}")
    text = "; ".join(said)
    if spare[ROOT] == 0:
        text += ". A lost key of root means a visit to every station: `release holders root --add`"
    return Finding("holders", ok=spare[ROOT] > 0, text=text)


def _files(repository: Repository) -> Finding:
    wrong, count = [], 0
    for role in (MODELS, ROLLOUT):
        published = repository.published(role)
        for path, target in published.signed.targets.items() if published is not None else ():
            count += 1
            file = repository.target_file(target)
            try:
                digest = hashlib.sha256(file.read_bytes()).hexdigest()
            except OSError:
                digest = "none"
            if digest != target.hashes["sha256"]:
                wrong.append(path)
    if wrong:
        text = f"missing or damaged: {', '.join(wrong)}; copy them from a backup"
        return Finding("files", ok=False, text=text)
    return Finding("files", ok=True, text=f"{count} are there, each as it was signed")


def _rings(repository: Repository) -> Finding:
    """Say which rings are to run what holders do not list (any more)."""
    listed = published_files(repository)
    try:
        orders = [
            (ring, order) for kind in Kind for ring, order in assignments(repository, kind).items()
        ]
    except (OSError, ValueError) as error:
        return Finding("rings", ok=False, text=f"an assignment cannot be read: {error}")
    wrong = [
        f"{ring}: {path}"
        for ring, order in orders
        for path, sha256 in order.named.items()
        if path not in listed or listed[path].hashes["sha256"] != sha256
    ]
    if wrong:
        text = f"stations refuse what is not listed: {', '.join(wrong)}; `release assign` anew"
        return Finding("rings", ok=False, text=text)
    return Finding("rings", ok=True, text=f"{len(orders)} assignments, of what is listed")


def _audit(repository: Repository) -> Finding:
    number = audit.broken_at(repository.folder)
    if number is not None:
        text = f"line {number} of {audit.NAME} does not follow from the one before"
        return Finding("audit log", ok=False, text=text)
    entries = audit.entries(repository.folder)
    text = f"{len(entries)} entries, the last: {entries[-1]['action']}" if entries else "empty"
    return Finding("audit log", ok=True, text=text)


def _station(repository: Repository) -> Finding:
    """Let a client look as a station does that was made on the first day."""
    root = repository.metadata / "1.root.json"
    try:
        with tempfile.TemporaryDirectory(prefix="tremorkit-doctor-") as name:
            fetcher = FolderFetcher(repository.folder, _BASE, Limits(_LOOK_S))
            client = TufClient(_BASE, fetcher, Path(name), root.read_bytes(), Path(name))
            client.refresh()
            for path in published_files(repository):
                client.offer(path, FORMS[kind_of(path)])
    except (UpdateError, OSError) as error:
        return Finding("a station", ok=False, text=f"takes nothing from here: {error}")
    text = f"made with {root.name} follows, in {fetcher.requests} requests"
    return Finding("a station", ok=True, text=text)


def _online(repository: Repository, path: Path, passphrase: str | None) -> Finding:
    try:
        keyid = load_signer(path, passphrase).public_key.keyid
    except ReleaseError as error:
        return Finding("online key", ok=False, text=str(error))
    root, targets = repository.published_root(), repository.published_targets()
    pairs = ((root, SNAPSHOT), (root, TIMESTAMP), (targets, ROLLOUT))
    refused = [
        role
        for parent, role in pairs
        if keyid not in {one.key.keyid for one in holders_of(parent, role).keys}
    ]
    if refused:
        text = f"{path} does not count for {', '.join(refused)}; was it replaced?"
        return Finding("online key", ok=False, text=text)
    mode = path.stat().st_mode & 0o077
    if mode:
        text = f"others may read {path}: chmod 600 {path}"
        return Finding("online key", ok=False, text=text)
    return Finding("online key", ok=True, text=f"{path} counts")
