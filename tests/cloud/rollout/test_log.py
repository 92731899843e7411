"""The tables of rollouts, on both kinds of database."""

import pytest

from cloud.errors import RolloutError
from cloud.rollout.log import Change, RolloutLog
from cloud.rollout.rollout import Note
from cloud.rollout.target import TargetStatus
from cloud.store import Store
from tests.cloud.rollout.test_engine import begun, ring_of


def test_who_read_an_old_revision_changes_nothing(database_url: str) -> None:
    """Nor is anything written into the audit; stations are kept by name, the newest word holds."""
    store = Store(url=database_url)
    log = RolloutLog(store.engine)
    rollout = begun()
    log.begin(Change(rollout, (), [Note(action="start", by="ana")]), None, 5)
    kept = log.live()
    assert kept is not None
    first = ring_of(TargetStatus.WAITING, TargetStatus.WAITING)
    second = ring_of(TargetStatus.COMMITTED)
    later = log.save(kept, Change(rollout, first.values(), [Note(action="one")]), 6)
    log.save(later, Change(rollout, second.values()), 7)
    with pytest.raises(RolloutError, match="changed by somebody else"):
        log.save(kept, Change(rollout, (), [Note(action="lost")]), 8)
    with pytest.raises(RolloutError, match="known already"):
        log.begin(Change(rollout), None, 9)
    targets, said = log.targets(rollout.id), log.audit(rollout.id, 9)
    store.close()

    assert {**first, **second} == targets
    assert [("start", "ana", 5), ("one", "centre", 6)] == [
        (line.action, line.by, line.time) for line in said
    ]
