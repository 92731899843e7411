"""`cloud-aggregator station` from the command line."""

import asyncio
import csv
import hashlib
import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.board.alarm import Affected
from cloud.cli import app
from cloud.fleetview.recorder import Recorder
from cloud.store import Store
from cloud.store.alarms import AlarmLog
from edge.messages.update import UpdateModel, UpdateReport
from tests.cloud.fleetview.reports import SECOND, report
from tests.cloud.scene import health, state
from tests.cloud.store.test_alarms import alarm
from tests.updates import Release, bundle_of

RUN = CliRunner()
ESCAPE = "\x1b[2J"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Return the file of a centre with a station that is well, one that is not, and one gone."""
    now_ns = time.time_ns()
    store = Store(tmp_path / "state" / "centre.sqlite")
    store.save(state("001"), now_ns - 9_000 * SECOND)
    store.save(health("001", now_ns - SECOND), now_ns)
    store.save(state("012", sensor=f"=cmd{ESCAPE}"), now_ns)
    store.save(health("012", now_ns), now_ns)
    store.save(state("008"), now_ns - 7_200 * SECOND)
    recorder = Recorder(store)
    for number in range(100):
        at_ns = now_ns - (100 - number) * 10 * SECOND
        one = report(at_ns - SECOND // 2).model_copy(update={"network": "MX", "station": "001"})
        recorder.take(one, at_ns)
    asyncio.run(recorder.flush())
    log = AlarmLog(store.engine)
    log.save(alarm("008", now_ns))
    mended = Affected(station="MX.001", text="silent", began=5, ended=9)
    log.save(alarm("001", 5, ended=9, stations=(mended,)))
    store.close()
    path = tmp_path / "centre.toml"
    path.write_text(f'state_dir = "{tmp_path / "state"}"\n')
    return str(path)


def run(*arguments: str) -> str:
    """Return what a command prints."""
    done = RUN.invoke(app, ["station", *arguments])
    assert 0 == done.exit_code, done.output
    return done.stdout


def test_the_list_has_a_line_for_each_station(file: str) -> None:
    """Judged as the running centre judges; only those with a trouble where that is asked for."""
    listed = json.loads(run("list", "-c", file, "--json"))
    text = run("list", "-c", file)
    ailing = run("list", "-c", file, "--ailing")

    assert [("MX.001", "quiet"), ("MX.008", "offline"), ("MX.012", "degraded")] == [
        (one["station"], one["condition"]) for one in listed
    ]
    assert "3 of 3 stations, 2 online" in text
    assert "clock uncertain by 1.8 s" in ailing
    assert "MX.001" not in ailing
    assert listed[0]["latency_s"] is not None
    assert "0.1.0" == listed[0]["version"]


def test_one_station_is_shown_with_its_history(file: str) -> None:
    """In numbers for programs and in lines for people."""
    found = json.loads(run("show", "MX.001", "-c", file, "--json"))
    text = run("show", "MX.001", "-c", file)

    extents = {one["name"]: one for one in found["extents"]}
    assert (0.5, 0.5) == (found["transit"]["p50_s"], found["transit"]["p99_s"])
    assert 31.5 == extents["temperature_c"]["middle"]
    assert 1.0 == found["completeness"]
    assert ["001"] == [one["id"] for one in found["alarms"]]
    assert "temperature_c" in text


def test_a_station_cannot_write_to_the_terminal(file: str) -> None:
    """Control characters in what it says of itself are left out."""
    assert "\x1b" not in run("show", "MX.012", "-c", file)


def test_alarms_are_listed_and_acknowledged(file: str) -> None:
    """A rehearsal changes nothing; who has seen it is told."""
    going_on = json.loads(run("alarms", "--open", "-c", file, "--json"))
    rehearsed = run("acknowledge", "008", "--by", "ana", "-c", file, "--dry-run")
    before = run("alarms", "-c", file)
    run("acknowledge", "008", "--by", "ana", "-c", file)

    assert ["008"] == [one["id"] for one in going_on]
    assert "would acknowledge: XX.008 gone quiet" in rehearsed
    assert "seen by" not in before
    assert "open, seen by ana  XX.008 gone quiet" in run("alarms", "-c", file)
    assert "2 alarms" in before


def test_the_inventory_is_a_table_that_other_commands_read(file: str, tmp_path: Path) -> None:
    """And no spreadsheet takes a sensor's name for a formula."""
    out = tmp_path / "stations.csv"
    run("export", "--out", str(out), "-c", file)
    rows = list(csv.DictReader(run("export", "-c", file).splitlines()))
    rules = RUN.invoke(app, ["acl", "--stations", str(out)])

    assert ["001", "008", "012"] == [row["station"] for row in rows]
    assert ("16.27", "HNZ HNN HNE", "31.25") == (
        rows[0]["latitude"],
        rows[0]["channels"],
        rows[0]["sampling_rate_hz"],
    )
    assert rows[2]["sensor"].startswith("'=cmd")
    assert "topic write tremor/v1/MX/008/state" in rules.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("show", "MX.999"), 1, "station list"),
        (("acknowledge", "nothing", "--by", "ana"), 1, "station alarms"),
        (("acknowledge", "008", "--by", " "), 2, "is not a name"),
    ],
)
def test_mistakes_are_said(file: str, arguments: tuple[str, ...], code: int, said: str) -> None:
    """With an exit code and what to do."""
    done = RUN.invoke(app, ["station", *arguments, "-c", file])

    assert code == done.exit_code
    assert said in done.output


def test_updates_of_a_station_are_shown(tmp_path: Path) -> None:
    """What runs, what is wanted, how far it is, and until when its certificate holds."""
    now_ns = time.time_ns()
    folder = tmp_path / "state" / "updates"
    Release(folder).offer(bundle_of(tmp_path, 2), ring="canary")
    store = Store(tmp_path / "state" / "centre.sqlite")
    candidate = UpdateModel(
        name="loudness",
        version=2,
        sha256=hashlib.sha256((tmp_path / "loudness-2.tremor").read_bytes()).hexdigest(),
        rollout_id="r-2",
        since=now_ns - 720 * SECOND,
    )
    update = UpdateReport(ring="canary", phase="shadow", candidate=candidate)
    store.save(state("001", update=update), now_ns)
    store.save(state("002"), now_ns)
    store.close()
    path = tmp_path / "centre.toml"
    path.write_text(f'state_dir = "{tmp_path / "state"}"\n')
    text = run("show", "MX.001", "-c", str(path))
    found = json.loads(run("show", "MX.001", "-c", str(path), "--json"))
    listed = json.loads(run("list", "-c", str(path), "--json"))

    assert "  network tremor_stream 1, wanted loudness 2 since 20" in text
    assert ": on its way: shadow, 12 min\n" in text
    assert "  in ring canary\n" in text
    assert "on its way" == found["view"]["twin"]["parts"][0]["standing"]
    assert ["on its way", None] == [
        one["twin"] and one["twin"]["parts"][0]["standing"] for one in listed
    ]
