"""What is fully signed goes out, in an order in which stations never see half of it."""

from datetime import datetime

from securesystemslib.signer import CryptoSigner

from cloud.errors import ReleaseError
from cloud.release import audit
from cloud.release.online import Online
from cloud.release.repository import Repository
from cloud.release.roles import MODELS, ROOT, TARGETS
from cloud.release.signing import drafts, standing, verified


def publish(repository: Repository, signer: CryptoSigner, now: datetime | None = None) -> list[str]:
    """Publish all drafts; return the roles.

    Args:
        repository: The repository.
        signer: Signs with the centre's key what belongs together.
        now: The time.

    Raises:
        ReleaseError: Signatures are missing, or what is published would not fit what is new.
    """
    with repository.alone():
        forget_published(repository)
        roles = drafts(repository)
        _check_signed(repository, roles)
        _check_whole(repository)
        for role in roles:
            draft = repository.draft(role)
            if draft is not None:
                repository.publish(role, draft)
        for role in roles:
            repository.drop_draft(role)
    Online(repository, signer).renew(now, anew=True)
    versions = {role: repository.version(role) for role in roles}
    audit.note(repository.folder, "publish", versions=versions)
    return roles


def forget_published(repository: Repository) -> None:
    """Drop drafts that a publication which was cut short has published."""
    for role in drafts(repository):
        draft = repository.draft(role)
        if draft is not None and draft.signed.version <= repository.version(role):
            repository.drop_draft(role)


def _check_signed(repository: Repository, roles: list[str]) -> None:
    for role in roles:
        state = standing(repository, role)
        if state.missing > 0:
            waiting = ", ".join(state.waits_for)
            reason = f"{state.missing} more signature(s) needed, of: {waiting}"
            raise ReleaseError(f"{role} version {state.version}", reason)


def _check_whole(repository: Repository) -> None:
    """Check that what will be published then is signed by those who count then."""
    pairs = ((ROOT, repository.root()), (TARGETS, repository.root()))
    for role, parent in (*pairs, (MODELS, repository.targets_role())):
        if not verified(parent, role, repository.newest(role)):
            reason = (
                "its signatures do not count any more; `cloud-aggregator release renew` drafts it "
                "anew, for the new holders to sign"
            )
            raise ReleaseError(role, reason)
