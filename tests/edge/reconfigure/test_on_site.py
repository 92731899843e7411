"""What a technician at the station sees of changes, and takes back."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from edge.cli import main
from edge.reconfigure.effective import effective, read_station_file
from edge.reconfigure.on_site import findings
from edge.reconfigure.overlay import entry_for
from edge.reconfigure.record import Record, Trial
from tests.edge.reconfigure.station import FieldStation

NOW_NS = 1_700_000_000_000_000_000
KEYS = {"detection.sta_lta.on_ratio": 7.5, "station.elevation_m": 12.0}


@pytest.fixture
def station(tmp_path: Path) -> FieldStation:
    """Return a station with two changes in force."""
    made = FieldStation(tmp_path, 1)
    made.write()
    data = read_station_file(made.file).data
    by = {"command": "c1", "time": NOW_NS}
    entries = tuple(entry_for(key, data, {"value": value}, by) for key, value in KEYS.items())
    made.store.change(lambda _: Record(entries=entries))
    return made


class Done(NamedTuple):
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


EdgeAgent = Callable[..., Done]


@pytest.fixture
def edge_agent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> EdgeAgent:
    """Return the command, as its entry point runs it."""

    def run(*words: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["edge-agent", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


def test_what_was_changed_is_shown_with_who_did_it(
    station: FieldStation, edge_agent: EdgeAgent
) -> None:
    """In lines for people."""
    done = edge_agent("config", "show", "-c", station.file)

    assert 0 == done.returncode, done.stderr
    assert (
        "detection.sta_lta.on_ratio: 7.5; the file leaves it out, "
        "by command c1 at 2023-11-14T22:13:20.000000Z" in done.stdout
    )


def test_check_reads_the_station_as_it_holds(station: FieldStation, edge_agent: EdgeAgent) -> None:
    """Changes are its first finding; what it says of the station includes them."""
    done = edge_agent("check", "-c", station.file, "--json")

    first, place, *_ = json.loads(done.stdout)
    assert ("changes from afar", True) == (first["subject"], first["ok"])
    assert "edge-agent config reset" in first["text"]
    assert place["text"].endswith("12 m")


def test_a_reset_holds_from_the_next_start(station: FieldStation, edge_agent: EdgeAgent) -> None:
    """One key, then all; the file was never touched."""
    before = station.file.read_bytes()

    one = edge_agent("config", "reset", "-c", station.file, "station.elevation_m")
    left = [entry.key for entry in station.record().entries]
    rest = edge_agent("config", "reset", "-c", station.file, "--json")

    assert "taken back: station.elevation_m" in one.stdout
    assert ["detection.sta_lta.on_ratio"] == left
    assert {"taken_back": left} == json.loads(rest.stdout)
    assert () == station.record().entries
    assert before == station.file.read_bytes()


def test_a_key_that_was_not_changed_cannot_be_reset(
    station: FieldStation, edge_agent: EdgeAgent
) -> None:
    """Exit code 1, with the keys that can."""
    done = edge_agent("config", "reset", "-c", station.file, "metrics")

    assert 1 == done.returncode
    assert "changed: detection.sta_lta.on_ratio, station.elevation_m" in " ".join(
        done.stderr.split()
    )


def test_an_edit_of_the_file_overtakes_a_change_and_is_said(
    station: FieldStation, edge_agent: EdgeAgent
) -> None:
    """Of that key alone."""
    text = station.file.read_text().replace('station = "A"', 'station = "A"\nelevation_m = 5.0')
    station.file.write_text(text)

    held = effective(read_station_file(station.file))

    assert (5.0, 7.5) == (held.config.station.elevation_m, held.config.detection.sta_lta.on_ratio)
    assert ["station.elevation_m"] == [one.key for one in held.overtaken]
    shown = edge_agent("config", "show", "-c", station.file).stdout
    assert "station.elevation_m: follows the file, which was edited since" in shown


def test_changes_that_no_longer_fit_are_left_out_and_said(station: FieldStation) -> None:
    """A kit that knows a key no more, say: the file alone holds, and `check` fails."""
    data = read_station_file(station.file).data
    odd = entry_for("detection.gone", data, {"value": 1}, {"command": "c0", "time": NOW_NS})
    station.store.change(lambda record: record.model_copy(update={"entries": (odd,)}))

    held = effective(read_station_file(station.file))
    (finding,) = findings(held)

    assert 6.0 == held.config.detection.sta_lta.on_ratio
    assert not finding.ok
    assert "detection.gone: unknown key" in finding.text


def test_a_trial_is_shown_and_only_a_whole_reset_ends_it(
    station: FieldStation, edge_agent: EdgeAgent
) -> None:
    """With the settings that it tries."""
    trial = Trial(
        command="c2",
        tries_left=1,
        entries=(),
        changed={"metrics.port": {}},
        network_runs=False,
        since=NOW_NS,
    )
    station.store.change(lambda record: record.on_trial(trial))

    shown = edge_agent("config", "show", "-c", station.file).stdout
    refused = edge_agent("config", "reset", "-c", station.file, "station.elevation_m")
    edge_agent("config", "reset", "-c", station.file)

    assert "on trial by command c2 since" in shown
    assert 1 == refused.returncode
    assert "'c2' is on trial" in " ".join(refused.stderr.split())
    assert (None, False) == (station.record().trial, station.record().outcomes[0].ok)
