"""What the updater does in its phases: verify, look at the place, preflight."""

import hashlib
from collections.abc import Mapping

import structlog

from edge.bundle import load_bundle
from edge.errors import BundleError, UpdateError, UpdateRefusedError
from edge.update import child
from edge.update.config import UpdateSection
from edge.update.machine import Work
from edge.update.record import Candidate, Phase
from edge.update.store import UpdateStore
from edge.update.targets import facts_of

_log = structlog.get_logger(__name__)


def works(store: UpdateStore, rules: UpdateSection) -> Mapping[Phase, Work]:
    """Return who does which phase.

    Args:
        store: What is kept.
        rules: The station's.
    """
    return {
        Phase.FETCHED: lambda candidate: verify(store, candidate),
        Phase.VERIFIED: lambda candidate: check_place(store, candidate),
        Phase.PREFLIGHT: lambda candidate: try_here(store, rules, candidate),
    }


def verify(store: UpdateStore, candidate: Candidate) -> None:
    """Check that what was fetched is a bundle that says of itself what was signed; move it.

    Raises:
        UpdateError: It cannot be moved.
        UpdateRefusedError: It is another.
    """
    staged, place = store.staged(candidate.sha256), store.place(candidate.sha256)
    if not staged.is_file() and place.is_file():
        staged = place
    try:
        bundle = load_bundle(staged, expected_sha256=candidate.sha256)
    except BundleError as error:
        raise UpdateRefusedError(error.reason) from error
    facts = facts_of(bundle.card)
    if (facts.name, facts.version) != (candidate.name, candidate.version):
        reason = (
            f"its card says {facts.name} {facts.version}, signed was "
            f"{candidate.name} {candidate.version}"
        )
        raise UpdateRefusedError(reason)
    try:
        if staged != place:
            store.disk.rename(staged, place)
        store.disk.sync(place.parent)
    except OSError as error:
        raise UpdateError("files", f"{place}: {error.strerror}") from error


def check_place(store: UpdateStore, candidate: Candidate) -> None:
    """Check that the disk gives back what was put there.

    Raises:
        UpdateRefusedError: It does not.
    """
    place = store.place(candidate.sha256)
    try:
        digest = hashlib.sha256(place.read_bytes()).hexdigest()
    except OSError as error:
        raise UpdateRefusedError(f"it cannot be read: {error.strerror}") from error
    if digest != candidate.sha256:
        raise UpdateRefusedError(f"the disk gives another content back, sha256 {digest}")


def try_here(store: UpdateStore, rules: UpdateSection, candidate: Candidate) -> None:
    """Try a network on this processor, in a process of its own.

    Raises:
        UpdateRefusedError: It is not right, or too slow or too large.
    """
    place = store.place(candidate.sha256)
    words = (
        *(str(place), candidate.sha256),
        *("--latency-share", str(rules.latency_share)),
        *("--memory-mb", str(rules.memory_mb), "--limit-s", str(rules.preflight_s)),
    )
    report = child.run_child(child.command("edge.update.preflight", words), rules.preflight_s)
    _log.info("update_preflight", **report)
