"""What stations are to run, their certificates and rollouts, as the running centre keeps them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.board import Board
from cloud.board.alarm import FleetAlarm
from cloud.board.trouble import Trouble
from cloud.board.twin import Standing
from cloud.enrolment.registry import Issued, Registry
from cloud.fleetview.config import FleetConfig
from cloud.fleetview.desired import Desired, what_of
from cloud.fleetview.fleet import Fleet
from cloud.fleetview.retention import RetentionConfig
from cloud.fleetview.upkeep import Upkeep, rollout_faults
from cloud.release.repository import Repository
from cloud.rollout.log import Change, RolloutLog
from cloud.rollout.operate import paused
from cloud.rollout.rollout import RolloutState
from cloud.store import Store
from cloud.store.alarms import AlarmLog
from edge.dataclock import DataClock
from edge.messages.update import UpdateReport
from edge.outbox import Outbox
from edge.update.targets import ConfigurationAssignment, Return, SoftwareAssignment, rollout_path
from tests.cloud.fleetview.reports import DAY, NOW_NS, SECOND
from tests.cloud.rollout.test_engine import begun
from tests.cloud.scene import state
from tests.updates import Release, bundle_of

IDLE = UpdateReport(ring="canary", phase="idle")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty database."""
    made = Store(tmp_path / "centre.sqlite")
    yield made
    made.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository in which canaries are to run a network, since two days."""
    made = tmp_path_factory.mktemp("upkeep")
    release = Release(made / "updates")
    release.offer(bundle_of(made, 2), ring="canary")
    target = release.repository.rollout().targets[rollout_path("canary")]
    at_s = (NOW_NS - 2 * DAY) / SECOND
    os.utime(release.repository.target_file(target), (at_s, at_s))
    return made / "updates"


def test_what_is_assigned_is_read_when_it_changes(folder: Path, tmp_path: Path) -> None:
    """By ring and kind, with the time of the assignment; nothing where there is no repository."""
    desired = Desired(Repository(folder))
    found = desired.read()
    order = found.of("XX.A", "canary", next(kind for _, kind in found.orders))

    assert order is not None
    assert ("loudness 2", "canary", "r-2") == (order.what, order.ring, order.rollout)
    assert NOW_NS - 2 * DAY == order.since_ns
    assert found is desired.read()
    assert {} == Desired(Repository(tmp_path / "none")).read().orders


def test_every_kind_has_a_name_that_people_say() -> None:
    """Version and name, without folders, platforms and endings."""
    archive = {"software/tremorkit-1.2.0-aarch64-cp313.tar": "ab" * 32}
    settings = "configuration/quiet_hours-3.toml"

    assert "tremorkit 1.2.0" == what_of(
        SoftwareAssignment(rollout_id="r", version="1.2.0", archives=archive)
    )
    assert "quiet_hours 3" == what_of(
        ConfigurationAssignment(rollout_id="r", configuration=settings, sha256="ab" * 32)
    )
    assert "what was there before" == what_of(Return(rollout_id="r", leaving=("ab" * 32,)))


def test_a_damaged_repository_leaves_what_was_known(folder: Path, store: Store) -> None:
    """A page that forgets what was wanted would call every station well."""
    upkeep = Upkeep(Repository(folder), store, lambda: NOW_NS)
    board = Board()
    board.on_state(state("001", update=IDLE), NOW_NS)
    upkeep.read()(board)
    known = board.picture().stations[0].twin
    damaged = folder / "metadata" / "99.rollout.json"
    damaged.write_text("{")
    upkeep.read()(board)
    upkeep.read()(board)
    damaged.unlink()

    assert known is not None
    assert Standing.EXPECTED is known.parts[0].standing
    assert known == board.picture().stations[0].twin


class Centre:
    """A fleet with a repository, a database and a clock that is set by hand."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.now_ns = NOW_NS
        self.told: list[FleetAlarm] = []
        self.store = store
        self.board = Board()
        self.outbox = Outbox(folder / "outbox.sqlite", clock_ns=lambda: self.now_ns)
        self.fleet = Fleet(
            FleetConfig(),
            RetentionConfig(),
            self.board,
            store,
            self.outbox,
            DataClock(wall_ns=lambda: self.now_ns),
        )
        self.fleet.listeners.append(self.told.append)

    async def wait(self, seconds: float, step_s: float = 20.0) -> None:
        """Let time pass; the station is heard all the while."""
        for _ in range(int(seconds / step_s)):
            self.now_ns += round(step_s * SECOND)
            self.board.on_state(state("001", update=IDLE), self.now_ns)
            await self.fleet.look()


@pytest.fixture
def centre(tmp_path: Path, store: Store, folder: Path) -> Iterator[Centre]:
    """Return a centre that serves the repository."""
    made = Centre(tmp_path, store)
    made.fleet.upkeep = Upkeep(Repository(folder), store, lambda: made.now_ns)
    yield made
    made.outbox.close()


async def test_who_is_behind_and_whose_certificate_ends_alarms(centre: Centre) -> None:
    """Assigned two days ago: behind after the third; the certificate ends after the tenth."""
    registry = Registry(centre.store.engine)
    shown = registry.add(("MX", "001"), NOW_NS, NOW_NS + DAY)
    token = registry.token(shown)
    assert token is not None
    issued = Issued("ab", ("MX", "001"), "k", NOW_NS, NOW_NS + 10 * DAY, "pem")
    registry.first(token, issued, "here")
    await centre.wait(3_600)
    assert [] == centre.told
    await centre.wait(6 * 86_400, step_s=1_800.0)

    assert {Trouble.BEHIND, Trouble.CERTIFICATE} == {one.kind for one in centre.told}
    assert any("loudness 2 wanted for 3 days: not begun" in one.headline for one in centre.told)
    assert any("its certificate ends in " in one.headline for one in centre.told)


async def test_a_rollout_that_pauses_alarms_until_it_goes_on(centre: Centre) -> None:
    """Through the same log, acknowledged alike; a new reason is the same alarm."""
    log = RolloutLog(centre.store.engine)
    name = "r-" + "2" * 62
    running = begun().model_copy(update={"started": NOW_NS, "id": name})
    log.begin(Change(running), None, NOW_NS)
    await centre.wait(60)
    (kept,) = log.live()
    stands = log.save(kept, Change(paused(running, "ring canary: nobody answered")), NOW_NS)
    await centre.wait(60)
    (alarm,) = centre.told
    assert isinstance(alarm, FleetAlarm)
    AlarmLog(centre.store.engine).acknowledge(alarm.id, "ana", NOW_NS)
    await centre.wait(60)
    (seen,) = AlarmLog(centre.store.engine).open()
    log.save(stands, Change(running), NOW_NS)
    await centre.wait(300)

    said = f"rollout {running.id} paused: ring canary: nobody answered"
    assert (Trouble.ROLLOUT, said) == (alarm.kind, alarm.headline)
    assert (64, False) == (len(alarm.id), " " in alarm.id)
    assert "ana" == seen.acknowledged_by
    assert [said, f"Over: {said}"] == [one.headline for one in centre.told]


def test_a_rollout_that_was_stopped_is_said_for_a_week(store: Store) -> None:
    """Only the newest of a kind; one that finished or was superseded never."""
    log = RolloutLog(store.engine)
    first = begun().model_copy(update={"started": NOW_NS, "ring_since": NOW_NS})
    stopped = {"state": RolloutState.STOPPED, "reason": "worse"}
    log.begin(Change(first.model_copy(update=stopped)), None, NOW_NS)

    ((name, (fault,)),) = rollout_faults(log, NOW_NS + DAY)
    assert (f"rollout {first.id}", "stopped: worse") == (name, fault.text)
    assert [] == rollout_faults(log, NOW_NS + 8 * DAY)
    newer = first.model_copy(
        update={"id": "r-9", "started": NOW_NS + DAY, "state": RolloutState.FINISHED}
    )
    log.begin(Change(newer), None, NOW_NS)
    assert [] == rollout_faults(log, NOW_NS + DAY)
