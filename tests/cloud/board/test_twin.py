"""Desired against reported: each way in which a station can stand to what it is to run."""

from typing import Any

import pytest

from cloud.board import Board
from cloud.board.limits import ConditionConfig
from cloud.board.trouble import Trouble
from cloud.board.twin import Standing, TwinPart, twin_of
from cloud.board.upkeep import Upkeep, upkeep_faults, upkeep_moments_ns
from cloud.board.wanted import Assigned, Wanted
from edge.messages import ModelIdentity, State
from edge.messages.update import UpdateModel, UpdateOutcome, UpdateReport
from edge.update.targets import Kind
from tests.cloud.scene import health, state

DAY = 86_400 * 10**9
NOW = 1_800_000_000 * 10**9
OLD, NEW = "aa" * 32, "bb" * 32
NETWORK = Assigned(
    kind=Kind.MODEL,
    what="quake_cnn 2",
    hashes=frozenset({NEW}),
    ring="canary",
    rollout="r-2",
    since_ns=NOW - DAY,
)


def model(sha256: str, version: int | str = 1, name: str = "quake_cnn") -> UpdateModel:
    """Return what a station says of one network."""
    return UpdateModel(
        name=name, version=version, sha256=sha256, rollout_id="r-1", since=NOW - 5 * DAY
    )


def ended(end: str, sha256: str = NEW) -> UpdateOutcome:
    """Return what became of a candidate."""
    plain = model(sha256, 2).model_dump()
    return UpdateOutcome(**plain, end=end, phase="probation", reason="it fires alone")


def report(**changes: object) -> UpdateReport:
    """Return what a station says that runs the first version."""
    fields: dict[str, Any] = {"ring": "canary", "phase": "idle", "committed": model(OLD)}
    return UpdateReport(**(fields | changes))


def part(
    told: UpdateReport | None, order: Assigned | None = NETWORK, **changes: object
) -> TwinPart:
    """Return how a station stands."""
    orders = {} if order is None else {(order.ring, order.kind): order}
    kinds = {"update": Kind.MODEL, "software": Kind.SOFTWARE, "configuration": Kind.CONFIGURATION}
    kind = next(name for name, one in kinds.items() if order is None or one is order.kind)
    fields: dict[str, Any] = {kind: told} | changes
    twin = twin_of("MX.001", state("001", **fields), Wanted(orders))
    assert twin is not None
    return twin.parts[0]


@pytest.mark.parametrize(
    ("told", "standing", "detail"),
    [
        pytest.param(report(committed=model(NEW, 2)), Standing.AS_WANTED, "", id="committed"),
        pytest.param(report(), Standing.EXPECTED, "", id="has not looked"),
        pytest.param(
            report(candidate=model(NEW, 2), phase="shadow"),
            Standing.ON_ITS_WAY,
            "shadow",
            id="shadow",
        ),
        pytest.param(
            report(candidate=model(OLD, 1), phase="shadow", committed=None),
            Standing.EXPECTED,
            "",
            id="tries another",
        ),
        pytest.param(
            report(problem="not before 2027-01-01T00:00:00.000000Z"),
            Standing.WAITS,
            "not before 2027-01-01T00:00:00.000000Z",
            id="not before",
        ),
        pytest.param(
            report(problem="update: clock: nobody keeps the host's clock"),
            Standing.WAITS,
            "clock: nobody keeps the host's clock",
            id="cannot look",
        ),
        pytest.param(
            report(problem="quake_cnn 2 is below the floor 3 that was signed"),
            Standing.REFUSED,
            "quake_cnn 2 is below the floor 3 that was signed",
            id="refused",
        ),
        pytest.param(
            report(window_utc=(2, 4)), Standing.WAITS, "window 02-04 UTC", id="outside its window"
        ),
        pytest.param(
            report(problem="quake_cnn 1 is below the floor", looked=NOW - 2 * DAY),
            Standing.EXPECTED,
            "",
            id="refused what was assigned before",
        ),
        pytest.param(
            report(last=ended("rolled back"), quarantined=(NEW,)),
            Standing.ROLLED_BACK,
            "in probation: it fires alone",
            id="rolled back",
        ),
        pytest.param(
            report(last=ended("rejected"), quarantined=(NEW,)),
            Standing.REJECTED,
            "in probation: it fires alone",
            id="rejected",
        ),
        pytest.param(
            report(last=ended("rolled back", OLD), quarantined=(OLD, NEW)),
            Standing.REJECTED,
            "it is quarantined since an earlier try",
            id="quarantined long ago",
        ),
        pytest.param(
            report(last=ended("rolled back")),
            Standing.EXPECTED,
            "",
            id="withdrawn in probation, and assigned again",
        ),
    ],
)
def test_every_standing(told: UpdateReport, standing: Standing, detail: str) -> None:
    """From what the station itself says, and nothing else."""
    found = part(told)

    assert (standing, detail) == (found.standing, found.detail)
    assert ("quake_cnn 2", "canary", "r-2") == (found.wanted, found.ring, found.rollout)


def test_a_stations_own_assignment_goes_before_its_rings() -> None:
    """As on the station."""
    own = Assigned(Kind.MODEL, "quake_cnn 1", frozenset({OLD}), "MX.001", "own", NOW)
    wanted = Wanted({("canary", Kind.MODEL): NETWORK, ("MX.001", Kind.MODEL): own})
    twin = twin_of("MX.001", state("001", update=report()), wanted)

    assert twin is not None
    assert (Standing.AS_WANTED, "MX.001") == (twin.parts[0].standing, twin.parts[0].ring)


def test_who_takes_no_updates_has_no_twin_unless_one_is_assigned_to_it() -> None:
    """A ring means nothing to it; its own name does."""
    own = Assigned(Kind.MODEL, "quake_cnn 2", frozenset({NEW}), "MX.001", "own", NOW)
    ring = Wanted({("canary", Kind.MODEL): NETWORK})
    found = twin_of("MX.001", state("001"), Wanted({("MX.001", Kind.MODEL): own}))

    assert twin_of("MX.001", state("001"), ring) is None
    assert twin_of("MX.001", None, ring) is None
    assert found is not None
    assert Standing.REFUSED is found.parts[0].standing


def test_the_last_look_is_that_of_any_kind() -> None:
    """One look serves all kinds."""
    kinds = {"update": report(looked=NOW), "software": report(looked=NOW + 1_000)}
    twin = twin_of("MX.001", state("001", **kinds), Wanted())

    assert twin is not None
    assert NOW + 1_000 == twin.looked


def test_nothing_assigned_says_what_runs() -> None:
    """Over the air, or the station file's own."""
    over_the_air, own = part(report(), None), part(report(committed=None), None)

    assert (Standing.UNASSIGNED, "quake_cnn 1") == (over_the_air.standing, over_the_air.running)
    assert "tremor_stream 1" == own.running
    assert Standing.ON_ITS_WAY is part(report(candidate=model(NEW)), None).standing


def test_software_counts_by_hash_or_by_the_version_that_was_installed() -> None:
    """A card that was made with it needs no update."""
    software = Assigned(
        Kind.SOFTWARE,
        "tremorkit 1.2.0",
        frozenset({NEW, OLD}),
        "all",
        "r",
        NOW,
        version="1.2.0",
    )
    told = report(ring="all", committed=None)
    came = report(ring="all", committed=model(NEW, "1.2.0", "tremorkit"), running=NEW)

    assert Standing.AS_WANTED is part(told, software, agent_version="1.2.0").standing
    assert Standing.EXPECTED is part(told, software, agent_version="1.1.0").standing
    assert "tremorkit 1.1.0" == part(told, software, agent_version="1.1.0").running
    assert Standing.AS_WANTED is part(came, software, agent_version="1.1.0").standing


def test_what_was_committed_and_is_not_in_charge_is_said() -> None:
    """A network that does not load, a release that does not start: another one runs."""
    software = Assigned(Kind.SOFTWARE, "tremorkit 1.2.0", frozenset({NEW}), "all", "r", NOW)
    release = report(
        ring="all",
        committed=model(NEW, "1.2.0", "tremorkit"),
        running=OLD,
        problem="bbbbbbbbbbbb is passed over: it does not start",
    )
    network = report(committed=model(NEW, 2))
    models = (
        ModelIdentity(
            name="quake_cnn", version="2", sha256=NEW, running=False, reason="it is damaged"
        ),
        ModelIdentity(name="tremor_stream", version="1", sha256=OLD),
    )
    damaged = part(network, models=models)
    older = part(release, software, agent_version="1.1.0")

    assert (Standing.REFUSED, "it is not in charge: it is damaged", "tremor_stream 1", None) == (
        damaged.standing,
        damaged.detail,
        damaged.running,
        damaged.running_since,
    )
    assert (Standing.REFUSED, "tremorkit 1.1.0") == (older.standing, older.running)
    assert older.detail.endswith("is passed over: it does not start")


def test_settings_lie_over_the_station_file() -> None:
    """Without any, the file alone counts."""
    settings = Assigned(Kind.CONFIGURATION, "quiet 3", frozenset({NEW}), "all", "r", NOW)
    told = part(report(ring="all", committed=None), settings)
    came = part(report(ring="all", committed=model(NEW, 3, "quiet")), settings)

    assert ("station file", Standing.EXPECTED) == (told.running, told.standing)
    assert ("quiet 3", Standing.AS_WANTED) == (came.running, came.standing)


def test_the_way_back() -> None:
    """Who runs what is to be left goes back; all others are as they should be."""
    back = Assigned(
        Kind.MODEL,
        "what was there before",
        frozenset(),
        "canary",
        "r-back",
        NOW,
        leaving=frozenset({NEW}),
    )
    begins = part(report(committed=model(NEW, 2)), back)
    going = part(report(committed=model(NEW, 2), candidate=model(OLD), phase="preflight"), back)

    assert (Standing.EXPECTED, "back to what it had before") == (begins.standing, begins.detail)
    assert (Standing.ON_ITS_WAY, "back; preflight") == (going.standing, going.detail)
    assert Standing.AS_WANTED is part(report(), back).standing


def test_what_a_silent_station_does_now_nobody_knows() -> None:
    """What it had done stands; what it was about to do does not."""
    wanted = Wanted({("canary", Kind.MODEL): NETWORK})
    done = twin_of("MX.001", state("001", update=report(committed=model(NEW))), wanted)
    midway = report(candidate=model(NEW), phase="shadow")
    trying = twin_of("MX.001", state("001", update=midway), wanted)

    assert done is not None
    assert trying is not None
    assert done == done.silenced()
    silent = trying.silenced().parts[0]
    assert (Standing.SILENT, "on its way") == (silent.standing, silent.detail)


def faults(told: UpdateReport, now_ns: int = NOW) -> list[tuple[Trouble, str]]:
    """Return what is wrong with a station's updates."""
    twin = twin_of("MX.001", state("001", update=told), Wanted({("canary", Kind.MODEL): NETWORK}))
    upkeep = Upkeep(twin)
    return [(one.kind, one.text) for one in upkeep_faults(upkeep, now_ns, ConditionConfig())]


def test_what_is_wrong_with_updates() -> None:
    """Rolled back, refused, or behind for days; on its way is well."""
    back = report(last=ended("rolled back"), quarantined=(NEW,))
    refused = report(problem="quake_cnn 2\nis below the floor" + "!" * 300)
    ((kind, text),) = faults(refused)

    assert [(Trouble.ROLLBACK, "rolled back quake_cnn 2 in probation: it fires alone")] == faults(
        back
    )
    assert Trouble.REFUSED is kind
    assert text.startswith("refused quake_cnn 2: quake_cnn 2 is below")
    assert (160, True) == (len(text), text.isprintable())
    assert [] == faults(report())
    assert [(Trouble.BEHIND, "quake_cnn 2 wanted for 4 days: not begun")] == faults(
        report(), NOW + 3 * DAY
    )
    assert [] == faults(report(committed=model(NEW)), NOW + 30 * DAY)


def test_a_certificate_that_was_not_renewed_is_said_a_week_ahead() -> None:
    """And when it has ended; time alone is enough for it."""

    def said(until_ns: int) -> list[str]:
        found = upkeep_faults(Upkeep(None, until_ns), NOW, ConditionConfig())
        return [one.text for one in found]

    assert [] == said(NOW + 8 * DAY)
    assert ["its certificate ends in 6.5 days"] == said(NOW + 13 * DAY // 2)
    assert ["its certificate ended 2027-01-14"] == said(NOW - DAY)
    moments = list(upkeep_moments_ns(Upkeep(None, NOW + 8 * DAY), ConditionConfig()))
    assert [NOW + DAY, NOW + 8 * DAY] == moments


def test_the_board_knows_who_is_behind_by_the_passing_of_time() -> None:
    """Assignments and certificates reach the picture without a message of the station."""
    board = Board()
    board.on_state(state("001", update=report()), NOW)
    before = board.sequence
    board.want(Wanted({("canary", Kind.MODEL): NETWORK}))
    board.certify({"MX.001": NOW + 8 * DAY})
    (view,) = board.picture(before).stations

    assert view.twin is not None
    assert Standing.EXPECTED is view.twin.parts[0].standing
    assert NOW + 8 * DAY == view.certificate_until
    assert () == view.reasons
    later_ns = NOW + 4 * DAY
    board.advance(later_ns)
    board.on_health(health("001", later_ns), later_ns)
    assert (
        "quake_cnn 2 wanted for 5 days: not begun",
        "its certificate ends in 4.0 days",
    ) == board.picture().stations[0].reasons
    unchanged = board.sequence
    board.certify({"MX.001": NOW + 8 * DAY})
    assert unchanged == board.sequence


def test_a_station_that_signs_off_keeps_its_twin_and_is_silent() -> None:
    """Its last will says nothing of updates."""
    board = Board()
    board.want(Wanted({("canary", Kind.MODEL): NETWORK}))
    board.on_state(state("001", update=report()), NOW)
    board.on_state(State(online=False, network="MX", station="001"), NOW + 1)
    (view,) = board.picture().stations

    assert view.twin is not None
    assert Standing.SILENT is view.twin.parts[0].standing
