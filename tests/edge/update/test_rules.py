"""The small rules: when a window is open, what is decided, what is told, what is typed."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cloud.toml import to_toml
from edge.check import check_station
from edge.cli import app
from edge.config import StationConfig
from edge.errors import UpdateError
from edge.settings import load_settings
from edge.update.config import UpdateSection
from edge.update.decide import Act, Offer, Surroundings, decide
from edge.update.fetch import FolderFetcher, Limits
from edge.update.gate import check_clock, is_kept_by_kernel, is_open
from edge.update.record import Record
from edge.update.start import in_charge
from edge.update.store import UpdateStore
from edge.update.targets import Assignment, ModelFacts, version_numbers
from edge.update.told import told
from edge.update.updater import UpdateRun
from tests.edge.update.conftest import Offered
from tests.edge.update.life import Life
from tests.updates import BASE, MemoryFetcher, station_config

RUN = CliRunner()
HOUR_NS = 3600 * 10**9
HERE = Surroundings(now_ns=10**18, agent_version="0.5.0", sensor="adxl355", most_bytes=10_000)
ASSIGNMENT = Assignment(rollout_id="r", model="models/net-2.tremor", sha256="a" * 64)
FACTS = ModelFacts(
    name="net",
    version=2,
    min_agent="0.1.0",
    task="detection",
    scheme="int8",
    input={},
    labels=("noise", "P"),
    training_data=(),
    metrics={},
)


def _offer(**changes: object) -> Offer:
    return Offer("models/net-2.tremor", "a" * 64, 5000, FACTS.model_copy(update=changes))


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        (None, range(24)),
        ((1, 5), range(1, 5)),
        ((22, 4), (22, 23, 0, 1, 2, 3)),
        ((0, 24), range(24)),
    ],
)
def test_windows(window: tuple[int, int] | None, hours: object) -> None:
    """Hours of the day, UTC, over midnight as well."""
    open_at = [hour for hour in range(24) if is_open(window, (24_000 + hour) * HOUR_NS)]

    assert sorted(hours) == open_at  # type: ignore[call-overload]


def test_a_clock_that_may_be_believed() -> None:
    """Later than everything seen, and kept by somebody or nobody asked."""
    now_ns = time.time_ns()

    check_clock(now_ns, now_ns - 1, lambda: True)
    check_clock(now_ns, 0, None)
    assert is_kept_by_kernel() in {True, False}


@pytest.mark.parametrize(
    ("assignment", "offer", "act", "reason"),
    [
        (ASSIGNMENT, _offer(), Act.TAKE, "assigned"),
        (None, None, Act.NOTHING, "no network is assigned"),
        (ASSIGNMENT, None, Act.REFUSE, "not listed by the role models"),
        (
            ASSIGNMENT.model_copy(update={"sha256": "b" * 64}),
            _offer(),
            Act.REFUSE,
            "listed by the role models with aaaa",
        ),
        (
            ASSIGNMENT.model_copy(update={"not_before": 10**18 + 1}),
            _offer(),
            Act.WAIT,
            "not before 2001-09-09",
        ),
        (
            ASSIGNMENT.model_copy(update={"deadline": 10**18 - 1}),
            _offer(),
            Act.NOTHING,
            "rollout r ended",
        ),
        (
            ASSIGNMENT.model_copy(update={"min_agent": "0.6.0"}),
            _offer(),
            Act.REFUSE,
            "needs edge-agent 0.6.0; this one is 0.5.0",
        ),
        (ASSIGNMENT, _offer(min_agent="1.0.0"), Act.REFUSE, "needs edge-agent 1.0.0"),
        (ASSIGNMENT, _offer(device_profiles=("adxl357",)), Act.REFUSE, "is for adxl357"),
        (ASSIGNMENT, _offer(device_profiles=("adxl355",)), Act.TAKE, "assigned"),
    ],
)
def test_decisions(
    assignment: Assignment | None, offer: Offer | None, act: Act, reason: str
) -> None:
    """What a station does about an assignment, and what it says of it."""
    decision = decide(Record(), assignment, offer, HERE)

    assert (act, True) == (decision.act, reason in decision.reason), decision


def test_two_files_of_one_version() -> None:
    """The second is refused: who has the version has the first."""
    record = Record(highest={"net": 2})

    assert Act.REFUSE is decide(record, ASSIGNMENT, _offer(), HERE).act


def test_versions_of_development_count_as_what_they_lead_to() -> None:
    """0.2.0.dev1 can do what 0.2.0 can."""
    assert (0, 2, 0) == version_numbers("0.2.0.dev1")


def test_a_section_without_a_root_is_refused() -> None:
    """A station must know whom to trust before it looks."""
    with pytest.raises(ValueError, match=r"update\.root is missing"):
        UpdateSection(enabled=True)


def test_a_folder_gives_nothing_beside_it(tmp_path: Path) -> None:
    """A stick is a stranger, too."""
    (tmp_path / "stick").mkdir()
    (tmp_path / "secret").write_text("x")
    fetcher = FolderFetcher(tmp_path / "stick", "folder:///", Limits(10.0))

    with pytest.raises(Exception, match="no such file"):
        fetcher.download_bytes("folder:///../secret", 100)


def test_a_thin_line_is_not_filled() -> None:
    """What came too fast is waited for, by the clock."""
    now_s, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now_s[0] += seconds

    limits = Limits(100.0, 1000.0, lambda: now_s[0], sleep)
    for _ in range(4):
        limits.take(500)

    assert 2.0 == pytest.approx(sum(slept))


def test_one_updater_at_a_time(offered: Offered, tmp_path: Path) -> None:
    """The second ends at once, and says why."""
    life = Life(tmp_path, offered.release)
    life.store.prepare()

    with life.store.alone(), pytest.raises(UpdateError, match="another updater is at work"):
        life.look()


@pytest.mark.usefixtures("no_preflight")
def test_the_station_before_its_ring(offered: Offered, tmp_path: Path) -> None:
    """A single station can be told something of its own; another ring hears nothing of all."""
    release = offered.release
    own = release.assign(offered.good, "XX.A", rollout_id="own")
    life = Life(tmp_path / "a", release)
    life.look()
    other = Life(tmp_path / "b", release, ring="canary")
    candidate = life.record.candidate

    assert candidate is not None
    assert (own.rollout_id, "XX.A") == (candidate.rollout_id, candidate.ring)
    release.online.assign({"XX.A": None})
    assert "no network is assigned" in other.look().reason


@pytest.mark.usefixtures("no_preflight")
def test_what_is_told(offered: Offered, tmp_path: Path) -> None:
    """How far it is, and what became of it, in one small object."""
    life = Life(tmp_path, offered.release)
    assert ("idle", None) == (told(life.record, "all").phase, told(life.record, "all").last)
    life.look()
    assert "shadow" == told(life.record, "all").phase
    life.shadow()
    life.start()

    report = told(life.record, "all")

    assert report.committed is not None
    assert report.last is not None
    assert (offered.sha256, "committed", "r-2") == (
        report.committed.sha256,
        report.last.end,
        report.last.rollout_id,
    )
    assert offered.sha256 == life.runs()
    chosen = in_charge(life.config).detection.model.bundle
    assert chosen == life.store.place(offered.sha256)


def _file(folder: Path, offered: Offered, **changes: object) -> tuple[str, StationConfig]:
    config = station_config(folder, offered.release.root, **changes)
    (folder / "station.toml").write_text(to_toml(config))
    return str(folder / "station.toml"), config


def _typed(*words: str, ok: bool = True) -> Any:  # noqa: ANN401 - JSON
    said = RUN.invoke(app, ["update", *words, "--json"])
    assert ok == (said.exit_code == 0), said.output
    return json.loads(said.stdout.strip().splitlines()[-1])


@pytest.mark.usefixtures("no_preflight")
def test_from_a_stick(offered: Offered, tmp_path: Path) -> None:
    """The same signatures, the same states, no network; first only to see what would be done."""
    file, config = _file(tmp_path, offered)
    stick = str(offered.release.repository.folder)

    shown = _typed("-c", file, "--from", stick, "--dry-run")
    untouched = not UpdateStore(config.state_dir).folder.exists()
    done = _typed("-c", file, "--from", stick)
    text = RUN.invoke(app, ["update", "-c", file, "--from", stick]).output

    assert ("take", True) == (shown["act"], untouched)
    assert ("take", "shadow") == (done["act"], done["record"]["candidate"]["phase"])
    assert "the repository says what it said before" in text
    assert "loudness 2: shadow" in text


def test_a_station_that_cannot_look(offered: Offered, tmp_path: Path) -> None:
    """Exit code 1 and a reason, as a sentence and as JSON."""
    file, _ = _file(tmp_path, offered, url="http://127.0.0.1:9/")

    said = _typed("-c", file, ok=False)

    assert ("repository", True) == (said["stage"], "refused" in said["failed"])
    assert 1 == RUN.invoke(app, ["update", "-c", file]).exit_code


@pytest.mark.parametrize(
    ("arrange", "reason"),
    [
        (lambda _: {"url": None}, "no repository is known"),
        (lambda folder: {"root": folder / "none.json"}, "No such file"),
        (lambda _: {"enabled": False, "root": None}, "no trusted root is known"),
    ],
)
def test_settings_that_lack_something(
    offered: Offered,
    tmp_path: Path,
    arrange: Callable[[Path], dict[str, object]],
    reason: str,
) -> None:
    """What is missing is named."""
    whole = station_config(tmp_path, offered.release.root)
    update = whole.update.model_copy(update=arrange(tmp_path))
    config = whole.model_copy(update={"update": update})
    source = None if config.update.url is None else BASE
    fetcher = MemoryFetcher(offered.release.repository.folder)

    with pytest.raises(UpdateError, match=reason):
        UpdateRun(config, source, fetcher).run()


def test_check_looks_at_the_trusted_root(offered: Offered, tmp_path: Path) -> None:
    """Before a station goes to the field."""
    file, config = _file(tmp_path, offered)
    assert load_settings(Path(file), StationConfig).update == config.update

    def finding() -> tuple[bool, str]:
        found = next(one for one in check_station(config) if one.subject == "updates")
        return found.ok, found.text

    ok, text = finding()
    assert (True, True) == (ok, "nothing came yet" in text)
    (config.update.root or Path()).write_text("{}")
    assert not finding()[0]
