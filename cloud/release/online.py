"""What the centre's own key signs: assignments, what belongs together, and that it is fresh.

Whoever steals this key can assign, withdraw and delay; not more than holders of models have signed.
"""

import copy
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Signed, Snapshot, TargetFile, Targets, Timestamp

from cloud.errors import ReleaseError
from cloud.release import audit
from cloud.release.repository import Repository
from cloud.release.roles import (
    MODELS,
    RENEW_BEFORE,
    ROLLOUT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    expiry,
    now_utc,
)
from edge.update.targets import MOST_ASSIGNMENT_BYTES, Kind, Order, rollout_path

_TOGETHER: Final = (TARGETS, MODELS, ROLLOUT)


class Online:
    """The centre's key at work.

    Args:
        repository: The repository.
        signer: Signs with the centre's key.
    """

    def __init__(self, repository: Repository, signer: CryptoSigner) -> None:
        self._repository = repository
        self._signer = signer

    def assign(
        self,
        changes: Mapping[str, Order | None],
        kind: Kind = Kind.MODEL,
        now: datetime | None = None,
    ) -> None:
        """Change what rings are to run; stations see it at their next look.

        Args:
            changes: By ring; None: nothing.
            kind: Of what.
            now: The time.

        Raises:
            ReleaseError: A file is not listed, its hash is another, or the key does not count.
        """
        with self._repository.alone():
            rollout = copy.deepcopy(self._repository.rollout())
            for ring, order in changes.items():
                self._set(rollout, rollout_path(ring, kind), order)
            at = now or now_utc()
            self._sign(ROLLOUT, rollout, at)
            self._together(at, anew=True)
        for ring, order in changes.items():
            said = None if order is None else order.model_dump(mode="json")
            details = {"ring": ring, "kind": kind.value, "assignment": said}
            audit.note(self._repository.folder, "assign", **details)

    def renew(self, now: datetime | None = None, *, anew: bool = False) -> list[str]:
        """Sign anew what runs out soon; return which roles.

        Args:
            now: The time.
            anew: All of it: something that they depend on has changed.

        Raises:
            ReleaseError: The key does not count, or nothing is published.
        """
        at = now or now_utc()
        with self._repository.alone():
            signed = []
            rollout = self._repository.rollout()
            if anew or not self._repository.version(ROLLOUT) or _is_due(ROLLOUT, rollout, at):
                self._sign(ROLLOUT, copy.deepcopy(rollout), at)
                signed.append(ROLLOUT)
            signed += self._together(at, anew=anew or bool(signed))
        if signed:
            audit.note(self._repository.folder, "renew", roles=signed)
        return signed

    def _set(self, rollout: Targets, path: str, order: Order | None) -> None:
        if order is None:
            rollout.targets.pop(path, None)
            return
        listed = self._repository.published(MODELS)
        known = listed.signed.targets if listed is not None else {}
        for name, sha256 in order.named.items():
            if name not in known:
                reason = f"{name} is not published; published: {', '.join(sorted(known)) or 'none'}"
                raise ReleaseError(path, reason)
            signed = known[name].hashes["sha256"]
            if signed != sha256:
                raise ReleaseError(path, f"{name} has sha256 {signed}, not {sha256}")
        content = order.model_dump_json(exclude_none=True).encode()
        if len(content) > MOST_ASSIGNMENT_BYTES:
            raise ReleaseError(path, f"an assignment has {MOST_ASSIGNMENT_BYTES} bytes at most")
        target = TargetFile(len(content), {"sha256": hashlib.sha256(content).hexdigest()}, path)
        self._repository.keep_target(target, content)
        rollout.targets[path] = target

    def _together(self, now: datetime, *, anew: bool) -> list[str]:
        """Sign snapshot and timestamp, where they must be or are due."""
        repository, signed = self._repository, []
        versions = {f"{role}.json": MetaFile(repository.version(role)) for role in _TOGETHER}
        snapshot = repository.snapshot()
        if (
            anew
            or snapshot is None
            or snapshot.meta != versions
            or _is_due(SNAPSHOT, snapshot, now)
        ):
            fresh = Snapshot(meta=versions)
            self._sign(SNAPSHOT, fresh, now)
            signed.append(SNAPSHOT)
        timestamp = repository.timestamp()
        if signed or timestamp is None or _is_due(TIMESTAMP, timestamp, now):
            meta = MetaFile(repository.version(SNAPSHOT))
            self._sign(TIMESTAMP, Timestamp(snapshot_meta=meta), now)
            signed.append(TIMESTAMP)
        return signed

    def _sign(self, role: str, signed: Signed, now: datetime) -> None:
        """Sign the next version of a role and publish it, if stations will believe it."""
        repository = self._repository
        before = repository.published(role)
        signed.version = 1 if before is None else before.signed.version + 1
        signed.expires = expiry(role, now)
        metadata: Metadata[Any] = Metadata(signed)
        metadata.sign(self._signer)
        parent = repository.published_targets() if role == ROLLOUT else repository.published_root()
        result = parent.get_verification_result(role, metadata.signed_bytes, metadata.signatures)
        if not result:
            reason = "the centre's key does not count for it; was it replaced? give the new one"
            raise ReleaseError(role, reason)
        repository.publish(role, metadata)


def _is_due(role: str, signed: Signed, now: datetime) -> bool:
    return signed.expires - now < RENEW_BEFORE[role]
