"""Where a station goes that is to leave what it committed, and where it never goes."""

from pathlib import Path

import pytest

from cloud.release.drafts import draft_without
from edge.bundle import load_bundle
from edge.bundle.shipped import shipped_bundle
from edge.config import StationConfig
from edge.detect.loading import load_detectors
from edge.reconfigure.probation import Vitals
from edge.station import with_bundle
from edge.update.decide import Act, Offer, Surroundings, decide
from edge.update.record import Installed, Phase, Quarantined, Record
from edge.update.targets import Assignment, ModelFacts, Return, facts_of
from edge.update.wayback import Own, before, is_leaving, meant_by, own_network
from tests.edge.update.conftest import Offered
from tests.edge.update.life import Life
from tests.updates import bundle_of

BAD, OLD, OTHER, FILE = ("b" * 64, "a" * 64, "c" * 64, "f" * 64)
BACK = Return(rollout_id="r-2-back", leaving=(BAD,))
NAMED = Assignment(rollout_id="r-2-back", model="models/net-1.tremor", sha256=OLD, leaving=(BAD,))
HERE = Surroundings(0, "9.0.0", None, 10**7)


def installed(sha256: str, version: int, over: str | None = None) -> Installed:
    """Return a network that was committed."""
    return Installed(sha256=sha256, name="net", version=version, rollout_id="r", since=0, over=over)


def offer(sha256: str, version: int) -> Offer[ModelFacts]:
    """Return a network as it is listed."""
    facts = facts_of(load_bundle(shipped_bundle()).card)
    facts = facts.model_copy(update={"name": "net", "version": version, "min_agent": "0.0.1"})
    return Offer(f"models/net-{version}.tremor", sha256, 10, facts)


def own() -> Own:
    """Return the station file's network."""
    return Own(offer(FILE, 1), b"bundle")


def never() -> Own:
    """Fail: the station file is not to be read."""
    pytest.fail("nobody needs the station file's network")


RECORD = Record(
    committed=installed(BAD, 2), previous=installed(OLD, 1), highest={"net": 2}, floors={"net": 1}
)


@pytest.mark.parametrize("order", [BACK, NAMED])
def test_back_is_what_this_station_had(order: Return | Assignment) -> None:
    """Whatever else the assignment names; a version that it had once is no rollback."""
    meant = meant_by(RECORD, order, None, never)
    decision = decide(RECORD, meant.assignment, offer(OLD, 1), HERE, back=meant.back)

    assert meant.assignment is not None
    assert ("models/net-1.tremor", OLD) == (meant.assignment.model, meant.assignment.sha256)
    assert (Act.TAKE, True) == (decision.act, decision.back)


def test_who_had_nothing_goes_to_the_station_files_network() -> None:
    """It lies on the station, so that nobody need have signed it."""
    record = RECORD.model_copy(update={"previous": None})
    meant = meant_by(record, BACK, None, own)
    decision = decide(record, meant.assignment, own().offer, HERE, back=meant.back)

    assert meant.assignment is not None
    assert (FILE, own()) == (meant.assignment.sha256, meant.own)
    assert (Act.TAKE, True) == (decision.act, decision.back)


def test_who_runs_something_else_hears_nothing_of_it() -> None:
    """A way back alone is no assignment for them; one that names a network is that."""
    record = RECORD.model_copy(update={"committed": installed(OTHER, 3)})

    assert not is_leaving(record, BACK)
    assert None is meant_by(record, BACK, None, never).assignment
    assert NAMED == meant_by(record, NAMED, None, never).assignment
    assert None is meant_by(record, None, None, never).assignment
    assert not is_leaving(Record(), BACK)


@pytest.mark.parametrize(
    "record",
    [
        RECORD.model_copy(update={"previous": installed(BAD, 2)}),
        RECORD.model_copy(update={"previous": installed(OLD, 1, over="/another.tremor")}),
    ],
    ids=["what is left as well", "of another station file"],
)
def test_what_is_no_way_back(record: Record) -> None:
    """Then it is the station file's network."""
    assert None is before(record, BACK, None)
    assert FILE == getattr(meant_by(record, BACK, None, own).assignment, "sha256", None)


@pytest.mark.parametrize("found", [None, Own(offer(BAD, 2), b"")], ids=["damaged", "the same"])
def test_where_nothing_is_left_the_station_stays(found: Own | None) -> None:
    """And says so."""
    record = RECORD.model_copy(update={"previous": None})
    meant = meant_by(record, BACK, None, lambda: found)

    assert (None, True) == (meant.assignment, "nothing that ran before" in (meant.problem or ""))


@pytest.mark.parametrize(
    ("record", "found", "reason"),
    [
        (RECORD.model_copy(update={"floors": {"net": 2}}), offer(OLD, 1), "below the floor 2"),
        (RECORD, None, "not listed by the role models"),
        (RECORD, offer(OTHER, 1), "listed by the role models with"),
    ],
    ids=["below the floor", "withdrawn", "other content"],
)
def test_the_way_back_is_not_past_what_holders_signed(
    record: Record, found: Offer[ModelFacts] | None, reason: str
) -> None:
    """A stolen online key brings a station to what it had, and only while holders let it run."""
    meant = meant_by(record, BACK, None, never)
    decision = decide(record, meant.assignment, found, HERE, back=meant.back)

    assert Act.REFUSE is decision.act
    assert reason in decision.reason


def test_a_quarantined_network_is_no_way_back() -> None:
    """It was tried since, and was not well."""
    out = Quarantined(sha256=OLD, name="net", version=1, phase=Phase.PROBATION, reason="no", time=0)
    record = RECORD.model_copy(update={"quarantined": (out,)})
    meant = meant_by(record, BACK, None, never)

    assert Act.NOTHING is decide(record, meant.assignment, None, HERE, back=meant.back).act


@pytest.mark.parametrize("sha256", [OTHER, FILE])
def test_who_calls_a_new_network_a_return_skips_no_shadow(sha256: str) -> None:
    """The word `returning` counts only for what was in charge on this very station."""
    new = Assignment(rollout_id="r", model="models/net-3.tremor", sha256=sha256, returning=True)
    decision = decide(RECORD, new, offer(sha256, 3), HERE)
    known = decide(RECORD, NAMED.model_copy(update={"returning": True}), offer(OLD, 1), HERE)

    assert (Act.TAKE, False) == (decision.act, decision.back)
    assert (Act.TAKE, True) == (known.act, known.back)


def test_the_station_files_own_network(offered: Offered, config: StationConfig) -> None:
    """The one that would run without any update; none where it cannot be read."""
    shipped = own_network(config)
    named = own_network(with_bundle(config, offered.good))
    gone = own_network(with_bundle(config, offered.good / "gone.tremor"))
    _, (runs,) = load_detectors(config.detection)

    assert shipped is not None
    assert named is not None
    assert (runs.sha256, offered.sha256) == (shipped.offer.sha256, named.offer.sha256)
    assert offered.good.read_bytes() == named.content
    assert None is gone


@pytest.fixture
def life(offered: Offered, tmp_path_factory: pytest.TempPathFactory, no_preflight: None) -> Life:
    """Return a station that committed version 2, over the network 1 of its file."""
    assert no_preflight is None
    folder = tmp_path_factory.mktemp("life")
    station = Life(folder, offered.release)
    station.config = with_bundle(station.config, bundle_of(folder / "own", 1))
    station.whole()
    assert offered.sha256 == station.runs()
    return station


def back_from(offered: Offered, *sha256s: str) -> None:
    """Let the ring go back from some networks."""
    order = Return(rollout_id="r-2-back", leaving=sha256s)
    offered.release.online.assign({"all": order})


def test_back_where_the_ring_had_no_assignment(life: Life, offered: Offered) -> None:
    """From the network that came over the air to the station file's own, and no further."""
    back_from(offered, offered.sha256)
    report = life.look()
    candidate = life.record.candidate
    life.shadow()
    life.start()
    again = life.look()

    assert (Act.TAKE.value, True) == (report.act, candidate is not None and candidate.returning)
    own = own_network(life.config)
    assert own is not None
    assert own.offer.sha256 == life.runs()
    assert (Act.NOTHING.value, None) == (again.act, life.record.candidate)
    assert {"loudness": 2} == life.record.highest


def test_a_way_back_that_is_not_well_is_given_up(life: Life, offered: Offered) -> None:
    """It has its probation as everything has; the station stays with what it has."""
    life.vitals = Vitals(connected=False, packets=0, dropped=0)
    back_from(offered, offered.sha256)
    life.whole()
    offered.release.online.renew(anew=True)
    again = life.look()

    assert offered.sha256 == life.runs()
    assert (Act.NOTHING.value, True) == (again.act, "quarantined" in again.reason)


def test_a_thief_of_the_online_key_and_a_floor(
    life: Life, offered: Offered, tmp_path: Path
) -> None:
    """Not even to its own file's network goes a station below what holders have signed."""
    newer = bundle_of(tmp_path / "newer", 3)
    sha256 = offered.release.add(newer, floor=2)
    offered.release.assign(newer)
    life.whole()
    back_from(offered, sha256)
    to_previous = life.look()
    offered.release.online.assign({"all": Return(rollout_id="x", leaving=(sha256, offered.sha256))})
    to_file = life.look()

    assert Act.TAKE.value == to_previous.act
    assert Act.REFUSE.value == to_file.act
    assert "loudness 1 is below the floor 2" in to_file.reason
    assert sha256 == life.runs()


def test_a_network_that_holders_have_withdrawn_is_no_way_back(
    life: Life, offered: Offered, tmp_path: Path
) -> None:
    """They took it from the list because it is bad."""
    newer = bundle_of(tmp_path / "newer", 3)
    release = offered.release
    sha256 = release.add(newer)
    release.assign(newer)
    life.whole()
    draft_without(release.repository, "models/loudness-2.tremor")
    release.publish()
    back_from(offered, sha256)
    report = life.look()

    assert Act.REFUSE.value == report.act
    assert "not listed by the role models" in report.reason
    assert sha256 == life.runs()


@pytest.fixture
def config(offered: Offered, tmp_path_factory: pytest.TempPathFactory) -> StationConfig:
    """Return a station's configuration."""
    return Life(tmp_path_factory.mktemp("life"), offered.release).config
