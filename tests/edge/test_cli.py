"""The command line as a user starts it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge.bundle import load_bundle
from edge.bundle.card import WindowOutputFacts
from edge.bundle.shipped import shipped_bundle
from edge.messages import Trigger, TriggerStatus
from edge.timestamps import parse_time
from tests.edge.window_bundles import write_window_bundle
from tests.recordings import ORIGIN_S, write_event

ORIGIN_2026_S = parse_time("2026-01-01T00:00:00Z") / 1e9

_AGENT = Path(sys.executable).parent / "edge-agent"

_STATION = """\
state_dir = "{folder}/state"

[station]
network = "XX"
station = "006"
latitude = 16.5
longitude = -98.4

[source]
type = "openeew"
paths = ["{source}"]

[mqtt]
port = 1
"""


def _agent(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([_AGENT, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """Return a station file whose source is a made recording."""
    event = write_event(tmp_path)
    path = tmp_path / "station.toml"
    path.write_text(_STATION.format(folder=tmp_path, source=event / "006"))
    return path


def test_replay_writes_the_triggers_of_a_recording(station: Path, tmp_path: Path) -> None:
    """One JSON object a revision, the onset is the P of the made earthquake, no broker needed."""
    out = tmp_path / "triggers.jsonl"

    done = _agent("replay", "--config", str(station), "--out", str(out), "--json")

    assert 0 == done.returncode, done.stderr
    triggers = [Trigger.from_wire(line) for line in out.read_text().splitlines()]
    summary = json.loads(done.stdout)
    assert len(triggers) == summary["revisions"]
    assert TriggerStatus.FINAL == triggers[-1].status
    assert {"sta_lta", "tremor_stream"} == {r.name for r in triggers[-1].detectors}
    assert 2.0 < triggers[0].onset / 1e9 - ORIGIN_S < 3.5


def test_replay_twice_gives_the_same_bytes(station: Path, tmp_path: Path) -> None:
    """Two processes, one recording: not a byte differs."""
    for name in ("a", "b"):
        _agent("replay", "--config", str(station), "--out", str(tmp_path / name))

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").stat().st_size > 0


def test_replay_takes_other_recordings_as_arguments(station: Path, tmp_path: Path) -> None:
    """Inputs on the command line stand in for the source's own path."""
    out = tmp_path / "other.jsonl"

    done = _agent(
        "replay", "-c", str(station), str(tmp_path / "made" / "000"), "--out", str(out), "--json"
    )

    assert 0 == done.returncode
    first = Trigger.from_wire(out.read_text().splitlines()[0])
    assert 4.0 < first.onset / 1e9 - ORIGIN_S < 8.0


_SYNTHETIC = """\
state_dir = "{folder}/state"

[station]
network = "XX"
station = "SYN1"
latitude = 17.0
longitude = -100.0

[source]
type = "synthetic"
latitude = 17.0
longitude = -100.0
start = "2026-01-01T00:00:00Z"
duration_s = 60.0

[[source.earthquakes]]
origin_time = "2026-01-01T00:00:30Z"
latitude = 17.3
longitude = -100.0
depth_km = 12.0
magnitude = 5.5
"""


@pytest.fixture
def synthetic(tmp_path: Path) -> Path:
    """Return the file of a station that does not exist, shaken after half a minute."""
    path = tmp_path / "synthetic.toml"
    path.write_text(_SYNTHETIC.format(folder=tmp_path))
    return path


def test_replay_runs_a_network_of_windows(synthetic: Path, tmp_path: Path) -> None:
    """A bundle file in place of the configured one: its network fires and is named."""
    bundle = write_window_bundle(tmp_path)
    out = tmp_path / "triggers.jsonl"

    done = _agent("replay", "-c", str(synthetic), "--model", str(bundle), "-o", str(out))

    assert 0 == done.returncode, done.stderr
    triggers = [Trigger.from_wire(line) for line in out.read_text().splitlines()]
    reports = {r.name: r for r in triggers[-1].detectors}
    assert {"sta_lta", "loudness"} == set(reports)
    assert reports["loudness"].fired
    assert load_bundle(bundle).sha256 == reports["loudness"].sha256
    assert abs(triggers[-1].onset / 1e9 - ORIGIN_2026_S - 36.1) < 0.3


def test_replay_runs_a_network_by_its_name(station: Path, tmp_path: Path) -> None:
    """`--model tremor_stream` is the newest bundle of that name that came with the agent."""
    out = tmp_path / "named.jsonl"

    done = _agent("replay", "-c", str(station), "--model", "tremor_stream", "-o", str(out))

    assert 0 == done.returncode, done.stderr
    first = Trigger.from_wire(out.read_text().splitlines()[0])
    expected = {None, load_bundle(shipped_bundle()).sha256}
    assert expected == {report.sha256 for report in first.detectors}


def test_unknown_network_is_told_with_those_that_there_are(station: Path, tmp_path: Path) -> None:
    """Exit code 1, the nearest name, no output and no traceback."""
    out = tmp_path / "none.jsonl"

    done = _agent("replay", "-c", str(station), "--model", "tremor_streem", "-o", str(out))

    assert 1 == done.returncode
    assert "did you mean 'tremor_stream'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_replay_with_a_network_that_cannot_fire_is_refused(synthetic: Path, tmp_path: Path) -> None:
    """A magnitude opens no trigger: the replay says so and does not go on with STA/LTA alone."""
    said = WindowOutputFacts(tensor="answers", reading="value", labels=("magnitude", "depth_km"))
    bundle = write_window_bundle(tmp_path, "size", said=said, task="regression", thresholds={})

    done = _agent("replay", "-c", str(synthetic), "--model", str(bundle), "-o", str(tmp_path / "o"))

    assert 1 == done.returncode
    assert "is no detector: it answers with magnitude" in " ".join(done.stderr.split())


def test_check_proves_a_network_of_windows(synthetic: Path, tmp_path: Path) -> None:
    """`check` runs its golden windows on this machine."""
    bundle = write_window_bundle(tmp_path)
    synthetic.write_text(synthetic.read_text() + f'\n[detection.model]\nbundle = "{bundle}"\n')

    done = _agent("check", "-c", str(synthetic), "--json")

    model = next(f for f in json.loads(done.stdout) if f["subject"] == "model")
    assert model["ok"], model
    assert model["text"].startswith("loudness 1 (float32), golden outputs reproduced")


def test_models_lists_what_came_with_the_agent() -> None:
    """As JSON for programs: rate, hop and scheme of each."""
    listed = json.loads(_agent("models", "--json").stdout)

    own = next(entry for entry in listed if entry["name"] == "tremor_stream")
    assert (32.0, 0.25, "int8") == (own["rate_hz"], own["hop_s"], own["scheme"])


def test_check_says_what_is_well_and_what_to_mend(station: Path) -> None:
    """Source, model and disk are well; the broker that is not there is told, exit code 1."""
    done = _agent("check", "--config", str(station), "--json")

    findings = {f["subject"]: f for f in json.loads(done.stdout)}
    assert 1 == done.returncode
    assert ["station", "arithmetic", "source", "model", "state directory", "broker"] == list(
        findings
    )
    assert ["broker"] == [name for name, finding in findings.items() if not finding["ok"]]
    assert "127.0.0.1:1" in findings["broker"]["text"]
    assert "triggers would wait on disk" in findings["broker"]["text"]
    assert "golden outputs reproduced" in findings["model"]["text"]


def test_mistake_in_the_file_is_told_with_line_and_remedy(station: Path) -> None:
    """Exit code 2; the line, the key seen and the nearest valid one; no traceback."""
    station.write_text(station.read_text().replace("latitude", "latitud"))

    done = _agent("check", "--config", str(station))

    assert 2 == done.returncode
    assert "line 6, station.latitud: unknown key; did you mean 'latitude'?" in " ".join(
        done.stderr.split()
    )
    assert "Traceback" not in done.stderr


def test_missing_recording_is_told(station: Path) -> None:
    """Exit code 1; the path that was tried; no traceback."""
    done = _agent("replay", "-c", str(station), "nowhere", "--out", str(station.parent / "t"))

    assert 1 == done.returncode
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (station.parent / "t").exists()


@pytest.mark.parametrize("command", ["run", "replay", "check", "models"])
def test_help_has_an_example(command: str) -> None:
    """`--help` of each command ends with a line to copy."""
    done = _agent(command, "--help")

    assert 0 == done.returncode
    assert f"Example: edge-agent {command}" in " ".join(done.stdout.split())


def test_version_is_the_packages() -> None:
    """`--version` prints it."""
    assert _agent("--version").stdout.startswith("edge-agent 0.")
