"""The tables of rollouts, on both kinds of database."""

import pytest

from cloud.errors import RolloutError
from cloud.rollout.log import Change, RolloutLog
from cloud.rollout.rollout import Note, RolloutState
from cloud.rollout.target import TargetStatus
from cloud.store import Store
from edge.update.targets import Kind, SoftwareAssignment
from tests.cloud.rollout.test_engine import begun, ring_of


def test_who_read_an_old_revision_changes_nothing(database_url: str) -> None:
    """Nor is anything written into the audit; stations are kept by name, the newest word holds."""
    store = Store(url=database_url)
    log = RolloutLog(store.engine)
    rollout = begun()
    log.begin(Change(rollout, (), [Note(action="start", by="ana")]), None, 5)
    (kept,) = log.live()
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


def test_one_rollout_of_each_kind_is_live(database_url: str) -> None:
    """The newest that is not over."""
    store = Store(url=database_url)
    log = RolloutLog(store.engine)
    model = begun()
    software = model.model_copy(
        update={
            "id": "s-1",
            "order": SoftwareAssignment(
                rollout_id="s-1",
                version="1.2.0",
                archives={"software/tremorkit-1.2.0-aarch64-cp313.tar": "ef" * 32},
            ),
        }
    )
    over = model.model_copy(update={"id": "r-0", "state": RolloutState.STOPPED})
    for number, one in enumerate((over, model, software)):
        log.begin(Change(one.model_copy(update={"started": number * 1000})), None, 5)
    found = {kept.rollout.kind: kept.rollout.id for kept in log.live()}
    of_software = log.live_of(Kind.SOFTWARE)
    none = log.live_of(Kind.CONFIGURATION)
    store.close()

    assert {Kind.MODEL: "r-2", Kind.SOFTWARE: "s-1"} == found
    assert of_software is not None
    assert "software/tremorkit-1.2.0" == of_software.rollout.what
    assert none is None
