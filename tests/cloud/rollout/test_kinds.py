"""Agent software and settings go the way of networks, and beside them."""

from pathlib import Path

import pytest

from cloud.release.listing import assignments
from cloud.rollout.rollout import RolloutState
from cloud.rollout.target import TargetStatus
from edge.update.record import Phase
from edge.update.targets import Kind, Return
from tests.cloud.rollout.conftest import Offered
from tests.cloud.rollout.fleet import Fleet, Nature
from tests.cloud.rollout.test_fleet import LIVE, Centre, made

SOFTWARE = "software/tremorkit-1.1.0"
RINGS = {"canary": 6, "early": 4, "all": 4}


@pytest.fixture
def centre(tmp_path: Path, offered: Offered) -> Centre:
    """Return a centre whose stations take software, too."""
    found = made(f"sqlite:///{tmp_path / 'centre.sqlite'}", offered, RINGS)
    found.fleet.take_software()
    found.fleet.live()
    return found


def software_of(fleet: Fleet) -> list[set[int | str | None]]:
    """Return what runs in each ring."""
    return [fleet.releases(ring) for ring in RINGS]


def test_software_reaches_all_platforms(centre: Centre) -> None:
    """A version, an archive for each processor; every station takes its own."""
    name = centre.roll(SOFTWARE, "s-1")
    ended = centre.run(name)
    targets = centre.log.targets(name)
    centre.store.close()

    hashes = {one.releases.record.committed for one in centre.fleet.stations if one.releases}
    assert RolloutState.FINISHED is ended.state
    assert [{"1.1.0"}] * 3 == software_of(centre.fleet)
    assert ended.hashes == {one.sha256 for one in hashes if one is not None}
    assert {TargetStatus.COMMITTED} == {one.status for one in targets.values()}


def test_stations_that_were_installed_with_it_count_as_done(centre: Centre) -> None:
    """New cards bring the version along: those stations fetch nothing, and hold up no ring."""
    of_canary = [one.releases for one in centre.fleet.stations if one.ring == "canary"]
    for releases in of_canary:
        if releases is not None:
            releases.installed = "1.1.0"
    centre.fleet.live()
    name = centre.roll(SOFTWARE, "s-1")
    ended = centre.run(name)
    targets = centre.log.targets(name)
    centre.store.close()

    canary = {(one.status, one.detail) for one in targets.values() if one.ring == "canary"}
    assert RolloutState.FINISHED is ended.state
    assert [{None}, {"1.1.0"}, {"1.1.0"}] == software_of(centre.fleet)
    assert {(TargetStatus.COMMITTED, "it was installed on site")} == canary


@pytest.mark.parametrize(
    ("newer", "reason"),
    [
        (Nature(memory_bytes=200_000_000), "MB of memory with it, before 80 MB"),
        (Nature(cpu_s_per_s=0.3), "of processor time a second with it"),
        (Nature(triggers_per_h=40.0), "triggers in"),
    ],
    ids=["memory", "processor", "triggers"],
)
def test_worse_software_comes_back_to_what_was_installed(
    centre: Centre, newer: Nature, reason: str
) -> None:
    """Nothing was assigned before: each station goes to what it had, then the ring is free."""
    centre.fleet.newer = newer
    name = centre.roll(SOFTWARE, "s-1")
    ended = centre.run(name)
    left = assignments(centre.repository, Kind.SOFTWARE)
    centre.store.close()

    assert (RolloutState.STOPPED, ("canary",)) == (ended.state, ended.begun)
    assert reason in ended.reason
    assert [{None}] * 3 == software_of(centre.fleet)
    assert {} == left
    assert isinstance(ended.way_back("canary"), Return)
    assert ended.hashes == set(ended.way_back("canary").leaving)


def test_software_that_does_not_start_is_stopped(centre: Centre) -> None:
    """Stations say in which phase, and why."""
    for one in centre.fleet.stations:
        assert one.releases is not None
        one.releases.fails_in = Phase.PREFLIGHT
    name = centre.roll(SOFTWARE, "s-1")
    ended = centre.run(name)
    centre.store.close()

    assert RolloutState.STOPPED is ended.state
    assert "rejected in preflight: it does not start" in ended.reason


def test_two_kinds_at_once_do_not_disturb_each_other(centre: Centre) -> None:
    """Bad software is stopped and taken back; the network beside it reaches all."""
    centre.fleet.newer = Nature(memory_bytes=200_000_000, cpu_s_per_s=0.3)
    network, software = centre.start(2), centre.roll(SOFTWARE, "s-1")
    for _ in range(300):
        centre.conductor.look()
        states = {centre.get(name).state for name in (network, software)}
        if states.isdisjoint(LIVE):
            break
        centre.fleet.live()
    one, two = centre.get(network), centre.get(software)
    versions = [centre.fleet.versions(ring) for ring in RINGS]
    centre.store.close()

    assert (RolloutState.FINISHED, "") == (one.state, one.reason)
    assert RolloutState.STOPPED is two.state
    assert [{2}] * 3 == versions
    assert [{None}] * 3 == software_of(centre.fleet)


def test_one_kind_never_supersedes_another(centre: Centre) -> None:
    """The second of a kind does, and leads past the first; settings are a kind of their own."""
    network = centre.start(2)
    first = centre.roll(SOFTWARE, "s-1")
    centre.conductor.look()
    second = centre.roll("software/tremorkit-1.2.0", "s-2")
    settings = centre.roll("configuration/calm-1.toml", "c-1")
    done = centre.conductor.look()
    live = {kept.rollout.id for kept in centre.log.live()}
    rings = {kind: set(assignments(centre.repository, kind)) for kind in Kind}
    old, new = centre.get(first), centre.get(second)
    centre.store.close()

    assert {network, second, settings} == live == {one.id for one in done}
    assert RolloutState.SUPERSEDED is old.state
    assert old.hashes == set(new.superseded)
    assert {Kind.MODEL: set(RINGS), Kind.SOFTWARE: {"canary"}, Kind.CONFIGURATION: {"canary"}} == (
        rings
    )


def test_a_rollout_that_cannot_go_on_holds_up_no_other(centre: Centre) -> None:
    """A damaged assignment of one kind is said in the log; the other kind goes on."""
    centre.start(2)
    centre.roll(SOFTWARE, "s-1")
    centre.conductor.look()
    for path in (centre.repository.targets / "rollout").glob("*@software.json"):
        path.write_bytes(b"{}")
    done = centre.conductor.look()
    centre.store.close()

    assert ["r-2"] == [one.id for one in done]
