"""Two hundred stations, the real store, the real repository, the real engine."""

from pathlib import Path

import pytest

from cloud.release import audit as release_audit
from cloud.release.listing import assignment_of, assignments
from cloud.rollout.conductor import Conductor
from cloud.rollout.log import Change, RolloutLog
from cloud.rollout.operate import started, superseding
from cloud.rollout.plan import RolloutsConfig
from cloud.rollout.rollout import Rollout, RolloutState
from cloud.rollout.target import TargetStatus
from cloud.store import Store
from edge.messages import EventStatus
from edge.update.record import Phase
from tests.cloud.rollout.conftest import Offered
from tests.cloud.rollout.fleet import BEGIN, PLAN, RINGS, Fleet, Nature
from tests.cloud.store.test_store import event

LIVE = (RolloutState.RUNNING, RolloutState.RETURNING)


class Centre:
    """A store, a fleet and a conductor."""

    def __init__(self, url: str, offered: Offered, rings: dict[str, int]) -> None:
        self.store = Store(url=url)
        self.log = RolloutLog(self.store.engine)
        self.repository = offered.repository
        self.fleet = Fleet(self.store, offered.repository, rings)
        self.conductor = Conductor(
            RolloutsConfig(),
            offered.updates,
            offered.repository,
            self.store,
            lambda: self.fleet.now_ns,
        )
        self.fleet.live()

    def start(self, version: int = 2) -> str:
        """Start a rollout of a network; one that runs is superseded."""
        return self.roll(f"models/loudness-{version}.tremor", f"r-{version}")

    def roll(self, what: str, name: str) -> str:
        """Start a rollout; one of the same kind that runs is superseded."""
        assignment = assignment_of(self.repository, "all", what, name)
        new = started(assignment, PLAN, "ana", self.fleet.now_ns)
        old, ended = self.log.live_of(new.kind), None
        if old is not None:
            new, over = superseding(new, old.rollout)
            ended = (old, Change(over))
        self.log.begin(Change(new), ended, self.fleet.now_ns)
        return name

    def run(self, rollout: str, looks: int = 200) -> Rollout:
        """Let time pass until a rollout rests; a look every five minutes."""
        for _ in range(looks):
            self.conductor.look()
            if self.get(rollout).state not in LIVE:
                break
            self.fleet.live()
        return self.get(rollout)

    def get(self, rollout: str) -> Rollout:
        """Return a rollout as it stands."""
        kept = self.log.get(rollout)
        assert kept is not None
        return kept.rollout

    def actions(self, rollout: str) -> list[str]:
        """Return what the audit says was done, without what single stations did."""
        return [line.action for line in self.log.audit(rollout, 9_999) if line.station is None]


def made(url: str, offered: Offered, rings: dict[str, int] | None = None) -> Centre:
    """Return a centre with its stations."""
    return Centre(url, offered, rings or RINGS)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return a database of the kind that needs no server."""
    return f"sqlite:///{tmp_path / 'centre.sqlite'}"


def test_a_good_network_reaches_all(url: str, offered: Offered) -> None:
    """Ring after ring, with a soak after each; the audit tells of every station."""
    centre = made(url, offered)
    name = centre.start()

    ended = centre.run(name)
    said = centre.log.audit(name, 9_999)
    actions = centre.actions(name)
    centre.store.close()

    assert RolloutState.FINISHED is ended.state
    assert [{2}] * 3 == [centre.fleet.versions(ring) for ring in RINGS]
    steps = ["ring", "assign", "soak"]
    assert [*steps, *steps, *steps, "finish"] == actions
    assert 200 == len({line.station for line in said if line.action == "committed"})


def test_a_worse_network_is_stopped_in_the_canary_ring(database_url: str, offered: Offered) -> None:
    """Every station alone lets it pass; all together do not. The stations go back to the old one.

    In the audit, and in the log of what was signed.
    """
    centre = made(database_url, offered)
    centre.fleet.new = Nature(firings=58.0)
    name = centre.start()

    ended = centre.run(name)
    said = centre.log.audit(name, 9_999)
    actions = centre.actions(name)
    targets = centre.log.targets(name)
    signed = release_audit.entries(offered.repository.folder)
    centre.store.close()

    assert RolloutState.STOPPED is ended.state
    assert "in the shadow it fired" in ended.reason
    assert ("canary",) == ended.begun
    assert ["ring", "assign", "stop", "assign", "assign", "stopped"] == [
        action for action in actions if action != "soak"
    ]
    assert any(line.action == "returned" for line in said)
    assert [{1}] * 3 == [centre.fleet.versions(ring) for ring in RINGS]
    assert {TargetStatus.PLANNED} == {one.status for one in targets.values() if one.ring == "all"}
    back, plain = signed[-2:]
    assert ("assign", "canary", sorted(ended.hashes)) == (
        back["action"],
        back["ring"],
        back["assignment"]["leaving"],
    )
    assert [] == plain["assignment"]["leaving"]
    assert {"r-1"} == {one.rollout_id for one in assignments(offered.repository).values()}


def test_a_network_that_stations_roll_back_is_stopped(url: str, offered: Offered) -> None:
    """As soon as enough of them came to an end; the reason is a station's."""
    centre = made(url, offered)
    centre.fleet.new = Nature(fails_in=Phase.PROBATION)
    name = centre.start()

    ended = centre.run(name)
    centre.store.close()

    assert RolloutState.STOPPED is ended.state
    assert "rolled back in probation: it is not well" in ended.reason
    assert [{1}] * 3 == [centre.fleet.versions(ring) for ring in RINGS]


def test_a_network_that_costs_too_much_is_stopped(url: str, offered: Offered) -> None:
    """Twice the processor time shows where it is in charge."""
    centre = made(url, offered)
    centre.fleet.new = Nature(cpu_s_per_s=0.2)
    name = centre.start()

    ended = centre.run(name)
    centre.store.close()

    assert RolloutState.STOPPED is ended.state
    assert "of processor time" in ended.reason
    assert [{1}] * 3 == [centre.fleet.versions(ring) for ring in RINGS]


def test_silent_stations_hold_up_nobody(url: str, offered: Offered) -> None:
    """Two of twenty say nothing: after the deadline they are timed out, at the end all others."""
    centre = made(url, offered, {"canary": 6, "all": 10})
    for one in centre.fleet.stations[:2]:
        one.silent = True
    name = centre.start()

    ended = centre.run(name, 600)
    targets = centre.log.targets(name)
    centre.store.close()

    assert RolloutState.FINISHED is ended.state
    assert {"XX.S000", "XX.S001"} == {
        one.station for one in targets.values() if one.status is TargetStatus.TIMED_OUT
    }


def test_a_station_deleted_in_mid_rollout(url: str, offered: Offered) -> None:
    """It is gone, and counts no more: neither as a success nor as a failure."""
    centre = made(url, offered, {"canary": 6, "all": 4})
    name = centre.start()
    centre.conductor.look()
    centre.fleet.live()
    gone = centre.fleet.stations.pop(0)
    with centre.store.engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM station WHERE station = '{gone.name}'")
        connection.exec_driver_sql(f"DELETE FROM health WHERE station = '{gone.name}'")

    ended = centre.run(name)
    targets = centre.log.targets(name)
    centre.store.close()

    assert RolloutState.FINISHED is ended.state
    assert TargetStatus.GONE is targets["XX.S000"].status


def test_a_stuck_rollout_never_blocks_the_next(url: str, offered: Offered) -> None:
    """Stations hang with the second network; the third supersedes it and reaches all."""
    centre = made(url, offered, {"canary": 6, "all": 4})
    for one in centre.fleet.stations:
        one.hangs = True
    stuck = centre.start(2)
    centre.run(stuck, 20)
    for one in centre.fleet.stations:
        one.hangs = False

    name = centre.start(3)
    ended = centre.run(name)
    old = centre.get(stuck)
    centre.store.close()

    assert RolloutState.FINISHED is ended.state
    assert (RolloutState.SUPERSEDED, "by r-3") == (old.state, old.reason)
    assert "r-1" == getattr(ended.before["canary"], "rollout_id", None)
    assert {3} == centre.fleet.versions("all")
    assert BEGIN < centre.fleet.now_ns


def test_no_ring_begins_in_the_hour_after_an_earthquake(url: str, offered: Offered) -> None:
    """Then it does; the audit has both."""
    centre = made(url, offered, {"canary": 3})
    origin_ns = centre.fleet.now_ns
    quake = event(origin=origin_ns).model_copy(update={"status": EventStatus.FINAL})
    centre.store.save(quake, origin_ns)
    name = centre.start()

    centre.conductor.look()
    held = centre.get(name)
    centre.fleet.now_ns += 3_600 * 10**9
    centre.conductor.look()
    begun = centre.get(name)
    actions = centre.actions(name)
    centre.store.close()

    assert (-1, True) == (held.ring, (held.held or "").startswith("an earthquake was at"))
    assert (0, None) == (begun.ring, begun.held)
    assert ["hold", "ring", "assign"] == actions
