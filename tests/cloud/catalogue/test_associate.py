"""Catalogues of picks: what is found, what is refused, and that it comes out the same."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.catalogue.command import AssociateOptions, associate_command
from cloud.catalogue.config import CatalogueConfig
from cloud.cli import app
from edge.errors import ConfigError, MissingExtraError
from edge.messages import Event, EventStatus, Phase
from tests.cloud.catalogue.days import Hour, by_chance, hour, line_of, lines_of, unmatched
from tests.cloud.quakes import NETWORK, Source

QUIET = AssociateOptions(quiet=True)


def associated(it: Hour, folder: Path, options: AssociateOptions = QUIET) -> list[Event]:
    """Return the events of an hour's file."""
    picks, stations = it.write(folder)
    return associate_command(picks, stations, folder / "events.jsonl", options)


@pytest.mark.parametrize("seed", range(3))
def test_every_earthquake_of_an_hour_is_found_and_nothing_else(seed: int, tmp_path: Path) -> None:
    """Twelve earthquakes amid picks by chance are twelve events, each at its place."""
    it = hour(12, seed)

    events = associated(it, tmp_path)

    assert ([], []) == unmatched(events, it.sources)
    assert {EventStatus.FINAL} == {event.status for event in events}
    assert all((event.false_association_odds or 0) < 1e-3 for event in events)


def test_picks_by_chance_alone_are_no_event(tmp_path: Path) -> None:
    """Three hundred picks of thirty-six stations in an hour in which nothing happened."""
    assert [] == associated(Hour(by_chance(300, seed=3), []), tmp_path)


def test_two_earthquakes_at_once_are_two(tmp_path: Path) -> None:
    """At opposite corners, three seconds apart: two events, and no pick in both."""
    sources = [
        Source(16.3, -100.0, 100.0, reach_km=70.0),
        Source(17.25, -99.05, 103.0, reach_km=70.0),
    ]
    it = Hour([*lines_of(sources[0], 1), *lines_of(sources[1], 2)], sources)

    events = associated(it, tmp_path)

    assert ([], []) == unmatched(events, sources)
    names = [arrival.trigger for event in events for arrival in event.arrivals]
    assert len(names) == len(set(names))


def test_silence_close_by_speaks_against_a_source(tmp_path: Path) -> None:
    """P at six far stations alone, amid thirty that picked nothing, is no event."""
    source = Source(16.8, -99.5, 100.0, reach_km=110.0)
    far = [line for line in lines_of(source, 1) if line["phase"] == "P"]
    far.sort(key=lambda line: str(line["time"]))

    assert 1 == len(associated(Hour(far, [source]), tmp_path))
    assert [] == associated(Hour(far[-6:], []), tmp_path)


def test_picks_of_no_known_phase_are_taken_for_what_they_fit(tmp_path: Path) -> None:
    """Without phases the earthquakes are found too, with P and S told apart."""
    it = hour(4, 6, noise=20)
    bare = [line | {"phase": "unknown"} for line in it.lines]

    events = associated(Hour(bare, it.sources), tmp_path)

    assert ([], []) == unmatched(events, it.sources)
    assert {Phase.P, Phase.S} == {arrival.phase for event in events for arrival in event.arrivals}


def test_the_order_of_the_lines_does_not_matter(tmp_path: Path) -> None:
    """The same picks in another order give the same file to the byte."""
    it = hour(6, 2)
    associated(it, tmp_path)
    first = (tmp_path / "events.jsonl").read_bytes()

    associated(Hour(it.lines[::-1], it.sources), tmp_path)

    assert first == (tmp_path / "events.jsonl").read_bytes()
    assert first


def test_picks_of_low_probability_can_be_left_out(tmp_path: Path) -> None:
    """A least probability above that of all picks leaves none, and says so."""
    with pytest.raises(ConfigError, match=r"no picks of probability 0\.95 or more"):
        associated(hour(1, 1), tmp_path, AssociateOptions(least_probability=0.95, quiet=True))


def test_the_fewest_picks_are_a_choice(tmp_path: Path) -> None:
    """Seven picks are an event of six, and none of eight."""
    source = Source(16.8, -99.5, 100.0, reach_km=60.0)
    lines = sorted(lines_of(source, 1), key=lambda line: str(line["time"]))
    first = [line for line in lines if line["phase"] == "P"][:7]
    strict = AssociateOptions(config=CatalogueConfig(least_picks=8), quiet=True)

    assert 1 == len(associated(Hour(first, [source]), tmp_path))
    assert [] == associated(Hour(first, [source]), tmp_path, strict)


def test_a_station_that_is_not_in_the_table_is_named(tmp_path: Path) -> None:
    """The error says which stations, in which file, and what to do."""
    it = Hour([*hour(1, 1).lines, line_of("YY.NOWHERE", "P", 5.0)], [])

    with pytest.raises(ConfigError, match=r"picks\.jsonl: stations YY\.NOWHERE are not in"):
        associated(it, tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"station": "XX.S01", "phase": "P"}', "line 2, time"),
        ('{"station": "XX.S01", "phase": "Pg", "time": "2023-11-14T22:13:20Z"}', "phase"),
        ("not a pick", "line 2, the line"),
        ('{"station": "XX.S01", "time": "yesterday"}', "time"),
    ],
)
def test_a_broken_line_is_named_with_its_number(line: str, words: str, tmp_path: Path) -> None:
    """What is no pick is told with line, field and the value seen."""
    picks, stations = hour(1, 1).write(tmp_path)
    first = picks.read_text().splitlines()[0]
    picks.write_text(f"{first}\n{line}\n")

    with pytest.raises(ConfigError, match=words):
        associate_command(picks, stations, tmp_path / "events.jsonl", QUIET)


def test_the_command_writes_events_and_quakeml(tmp_path: Path) -> None:
    """From the command line: JSON lines, QuakeML, and JSON on the terminal."""
    it = hour(3, 4)
    picks, stations = it.write(tmp_path)
    out, quakeml = tmp_path / "out.jsonl", tmp_path / "out.xml"

    options = ["--out", str(out), "--quakeml", str(quakeml), "--json"]
    command = ["associate", str(picks), "--stations", str(stations), *options]

    result = CliRunner().invoke(app, command)

    assert 0 == result.exit_code, result.output
    written = [Event.from_wire(line) for line in out.read_bytes().splitlines()]
    assert ([], []) == unmatched(written, it.sources)
    assert [event.id for event in written] == [each["id"] for each in json.loads(result.stdout)]
    assert 3 == quakeml.read_text().count("<event ")
    assert f"{NETWORK}." in written[0].stations[0]


def test_pyocto_finds_the_same_earthquakes(tmp_path: Path) -> None:
    """The other engine reads the same files and finds the same places."""
    pytest.importorskip("pyocto", reason="PyOcto is an extra: pip install 'tremorkit[pyocto]'")
    it = hour(4, 8)
    config = CatalogueConfig(least_picks=8, deepest_km=40.0)

    events = associated(it, tmp_path, AssociateOptions(engine="pyocto", config=config, quiet=True))

    assert ([], []) == unmatched(events, it.sources)
    assert all(event.false_association_odds is None for event in events)
    assert all(event.horizontal_uncertainty_km > 0 for event in events)


def test_without_pyocto_the_error_says_what_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named with the command that installs it."""
    monkeypatch.setitem(sys.modules, "pyocto", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'tremorkit\[pyocto\]'"):
        associated(hour(1, 1), tmp_path, AssociateOptions(engine="pyocto", quiet=True))
