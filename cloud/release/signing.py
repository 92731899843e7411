"""A holder's signature: over what is shown, and only where the file itself bears it out."""

from dataclasses import dataclass
from typing import Any

from securesystemslib.signer import CryptoSigner, Signature
from tuf.api.metadata import Metadata, Root, Targets, VerificationResult

from cloud.errors import ReleaseError
from cloud.release import audit
from cloud.release.changes import changes
from cloud.release.contents import check_file
from cloud.release.difference import difference
from cloud.release.drafts import holders_of
from cloud.release.repository import Repository
from cloud.release.roles import MODELS, OFFLINE, ROOT, TARGETS
from edge.printable import shown as plain


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a draft is."""

    role: str
    version: int
    signed_by: tuple[str, ...]
    missing: int
    """Signatures."""
    waits_for: tuple[str, ...]
    """Whose would count."""


def drafts(repository: Repository) -> list[str]:
    """Return the roles of which there are drafts."""
    return [role for role in OFFLINE if repository.draft(role) is not None]


def shown(repository: Repository, role: str) -> list[str]:
    """Return what a draft changes, and what its files do not bear out, each on a line of its own.

    What somebody else wrote into it can neither hide a line nor look like one.

    Raises:
        ReleaseError: There is no draft, or it is no next version.
    """
    draft = _draft(repository, role)
    lines = difference(repository.published(role), draft, role)
    if role == MODELS:
        lines += _files(repository, draft.signed)
    return [plain(line) for line in lines]


def sign(repository: Repository, role: str, signer: CryptoSigner) -> Standing:
    """Sign a draft; return how far it is then.

    Raises:
        ReleaseError: There is no draft, the key does not count for it, or a file is not what the
            draft says of it.
    """
    draft = _draft(repository, role)
    counting = [one for parent in _parents(repository, role) for one in holders_of(*parent).keys]
    keyid = signer.public_key.keyid
    holder = next((one.holder for one in counting if one.key.keyid == keyid), None)
    if holder is None:
        names = ", ".join(sorted({one.holder for one in counting}))
        raise ReleaseError(role, f"this key does not count for it; those of {names} do")
    if role == MODELS:
        _files(repository, draft.signed)
    draft.sign(signer, append=True)
    repository.keep_draft(role, draft)
    audit.note(repository.folder, "sign", role=role, version=draft.signed.version, holder=holder)
    return standing(repository, role)


def standing(repository: Repository, role: str) -> Standing:
    """Return how far a draft is.

    Raises:
        ReleaseError: There is none.
    """
    draft = _draft(repository, role)
    signed_by: dict[str, str] = {}
    waits_for: dict[str, str] = {}
    missing = 0
    for parent, name in _parents(repository, role):
        result = verified(parent, name, draft)
        names = {one.key.keyid: one.holder for one in holders_of(parent, name).keys}
        signed_by |= {keyid: names[keyid] for keyid in result.signed}
        waits_for |= {keyid: names[keyid] for keyid in result.unsigned}
        missing = max(missing, result.missing)
    return Standing(
        role,
        draft.signed.version,
        tuple(sorted(signed_by.values())),
        missing,
        tuple(sorted(waits_for.values())),
    )


def holding(repository: Repository, role: str, metadata: Metadata[Any]) -> dict[str, Signature]:
    """Return the signatures of a draft that hold, by key; others may be damaged, or anybody's."""
    return {
        keyid: metadata.signatures[keyid]
        for parent, name in _parents(repository, role)
        for keyid in verified(parent, name, metadata).signed
    }


def verified(parent: Root | Targets, role: str, metadata: Metadata[Any]) -> VerificationResult:
    """Return whose signatures hold."""
    return parent.get_verification_result(role, metadata.signed_bytes, metadata.signatures)


def _parents(repository: Repository, role: str) -> list[tuple[Root | Targets, str]]:
    """Return who says whose signatures count; a new root needs those of the old one, too."""
    if role == ROOT:
        published = repository.published(ROOT)
        old = [(published.signed, ROOT)] if published is not None else []
        return [*old, (_draft(repository, ROOT).signed, ROOT)]
    return [(repository.root() if role == TARGETS else repository.targets_role(), role)]


def _draft(repository: Repository, role: str) -> Metadata[Any]:
    draft = repository.draft(role)
    if draft is None:
        waiting = ", ".join(drafts(repository)) or "nothing"
        raise ReleaseError(role, f"there is no draft of it; waiting for signatures: {waiting}")
    version, before = draft.signed.version, repository.version(role)
    if version != before + 1:
        raise ReleaseError(role, f"the draft has version {version}, published is {before}")
    return draft


def _files(repository: Repository, models: Targets) -> list[str]:
    """Return lines for each file that is new: it bears out what is signed, or is not here.

    Raises:
        ReleaseError: A file says other things of itself.
    """
    published = repository.published(MODELS)
    known = published.signed.targets if published is not None else {}
    lines = []
    for path, target in sorted(models.targets.items()):
        if path in known and known[path].to_dict() == target.to_dict():
            continue
        file = repository.target_file(target)
        if file.is_file():
            check_file(path, target, file)
            lines.append(f"  = {path}: the file here is what is to be signed")
        else:
            lines.append(f"  ! {path}: the file is not here; its facts are the request's word")
        lines += changes(repository, path, target, known)
    return lines
