"""What is explained is what was decided, to the bit."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge import explain_view
from edge.archive.place import kept
from edge.cli import app
from edge.config import StationConfig
from edge.detect.seen import HopSeen
from edge.errors import ExplainError
from edge.explain import explain, moment, unless_changed
from edge.messages import Trigger
from edge.reconfigure.record import Outcome, Record
from edge.replay import replay
from edge.station import open_station
from edge.timestamps import format_time, parse_time, seconds_to_ns

_START_NS = parse_time("2026-03-01T06:30:00Z")
_QUAKE_NS = _START_NS + seconds_to_ns(60)
_SHORT_S = 100.0
_LATE_S, _LONG_S = 1240.0, 1280.0


def _config(folder: Path, duration_s: float, quake_ns: int, **detection: object) -> StationConfig:
    return StationConfig.model_validate(
        {
            "state_dir": folder,
            "station": {"network": "XX", "station": "DEMO1", "latitude": 46.95, "longitude": 7.44},
            "source": {
                "type": "synthetic",
                "latitude": 46.95,
                "longitude": 7.44,
                "rate_hz": 50,
                "rate_error_ppm": 300,
                "start": format_time(_START_NS),
                "duration_s": duration_s,
                "earthquakes": [
                    {
                        "origin_time": format_time(quake_ns),
                        "latitude": 47.1,
                        "longitude": 7.4,
                        "depth_km": 8,
                        "magnitude": 4.5,
                    }
                ],
            },
            "archive": {"keep_free_bytes": 0},
            "detection": detection,
        }
    )


def _live(config: StationConfig) -> tuple[list[HopSeen], list[Trigger]]:
    """Run the station as the agent does, with its archive; return what was seen and decided."""
    seen: list[HopSeen] = []
    with kept(open_station(config)) as station:
        station.pipeline.listeners.append(seen.append)
        triggers = list(replay(station))
    return seen, triggers


Lived = tuple[StationConfig, list[HopSeen], list[Trigger]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Return a station with an earthquake a minute after its start, and what it saw."""
    config = _config(tmp_path_factory.mktemp("station"), _SHORT_S, _QUAKE_NS)
    return config, *_live(config)


def _around(
    seen: list[HopSeen], time_ns: int, before_s: float, after_s: float
) -> tuple[HopSeen, ...]:
    begin_ns, end_ns = time_ns - seconds_to_ns(before_s), time_ns + seconds_to_ns(after_s)
    return tuple(hop for hop in seen if begin_ns < hop.end_ns <= end_ns)


def test_scores_logged_live_are_the_scores_explained(tmp_path: Path) -> None:
    """Long after the start, and begun long after it too: every hop is equal to the bit."""
    config = _config(tmp_path, _LONG_S, _START_NS + seconds_to_ns(_LATE_S))
    seen, triggers = _live(config)

    explanation = explain(config, triggers[0].onset, before_s=5, after_s=20)

    assert explanation.inexact_because is None
    assert explanation.began_ns > _START_NS
    assert _around(seen, triggers[0].onset, 5, 20) == explanation.hops
    assert [t.to_wire() for t in triggers] == [t.to_wire() for t in explanation.triggers]
    assert len(triggers) >= 4


def test_explaining_from_the_streams_begin_is_exact_too(lived: Lived) -> None:
    """A minute after the start the filters know no more than what the archive holds."""
    config, seen, triggers = lived

    explanation = explain(config, triggers[0].onset, before_s=10, after_s=15)

    assert explanation.inexact_because is None
    assert _around(seen, triggers[0].onset, 10, 15) == explanation.hops
    assert triggers[0] in explanation.triggers


def test_archive_that_lost_its_past_says_that_numbers_may_differ(tmp_path: Path) -> None:
    """The oldest day made room: what is left begins too late, and that is said with a bound."""
    config = _config(tmp_path, 100, _QUAKE_NS)
    _, triggers = _live(config)
    (journal,) = (one for one in (tmp_path / "archive" / ".blocks").iterdir() if one.name != "lock")
    journal.write_bytes(_without_first_entry(journal.read_bytes()))

    explanation = explain(config, triggers[0].onset)

    assert "remember" in str(explanation.inexact_because)
    assert any(hop.triggers for hop in explanation.hops)


def _without_first_entry(content: bytes) -> bytes:
    return content[content.index(b"TKB1", 1) :]


def test_time_of_which_nothing_is_kept_is_an_error_that_says_what_is(
    lived: Lived,
) -> None:
    """Where the archive ends is told."""
    config, _, _ = lived

    with pytest.raises(ExplainError, match="holds 2026-03-01T06:30:00"):
        explain(config, parse_time("2026-03-02T00:00:00Z"))


def test_station_without_an_archive_says_how_to_have_one(tmp_path: Path) -> None:
    """A sensor whose archive is off can explain nothing."""
    config = _config(tmp_path, 60, _START_NS)
    off = config.model_copy(
        update={"archive": config.archive.model_copy(update={"enabled": False})}
    )

    with pytest.raises(ExplainError, match=r"archive\.enabled = true"):
        explain(off, _START_NS)


@pytest.mark.parametrize("gate", [False, True])
def test_recording_is_its_own_archive(shared_data: Path, tmp_path: Path, *, gate: bool) -> None:
    """A training record of OpenEEW explains what its replay decided, gate or not."""
    settings = {
        "state_dir": tmp_path,
        "station": {"network": "XX", "station": "T", "latitude": 17.0, "longitude": -98.0},
        "source": {"type": "openeew", "paths": [shared_data / "openeew_mx" / "2018_1_8" / "009"]},
        "detection": {"gate": {"enabled": gate}},
    }
    config = StationConfig.model_validate(settings)
    seen, triggers = _live(config)

    explanation = explain(config, moment(triggers[0].id), before_s=5, after_s=15)

    first_ns, last_ns = explanation.hops[0].end_ns, explanation.hops[-1].end_ns
    assert explanation.inexact_because is None
    assert tuple(h for h in seen if first_ns <= h.end_ns <= last_ns) == explanation.hops
    assert triggers[0].to_wire() in [t.to_wire() for t in explanation.triggers]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T06:51:33.25Z", "2026-03-01T06:51:33.250000Z"),
        ("2026-03-01 06:51", "2026-03-01T06:51:00.000000Z"),
        ("XX.KARA1.00-20260301T065133.25Z", "2026-03-01T06:51:33.250000Z"),
    ],
)
def test_time_or_trigger_is_asked_for(text: str, expected: str) -> None:
    """An ISO time, or the id that a message carries."""
    assert expected == format_time(moment(text))


def test_neither_time_nor_trigger_is_refused() -> None:
    """The text is told, with an example of what would do."""
    with pytest.raises(ExplainError, match="'yesterday' is no ISO 8601 time"):
        moment("yesterday")


def _station_file(folder: Path, config: StationConfig) -> Path:
    path = folder / "station.toml"
    source = config.source.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    (quake,) = source.pop("earthquakes")
    lines = [
        f'state_dir = "{config.state_dir}"',
        "[station]",
        'network = "XX"\nstation = "DEMO1"\nlatitude = 46.95\nlongitude = 7.44',
        "[source]",
        'type = "synthetic"',
        *(f"{key} = {json.dumps(value)}" for key, value in source.items() if key != "type"),
        "[[source.earthquakes]]",
        *(f"{key} = {json.dumps(value)}" for key, value in quake.items()),
    ]
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("form", ["table", "--plot", "--json"])
def test_command_shows_detectors_thresholds_and_decisions(
    form: str, tmp_path: Path, lived: Lived
) -> None:
    """As a table, as curves or for programs: scores, thresholds and triggers are there."""
    config, _, triggers = lived
    arguments = ["explain", "-c", str(_station_file(tmp_path, config)), "--at", triggers[0].id]

    result = CliRunner().invoke(app, [*arguments, *([] if form == "table" else [form])])

    assert 0 == result.exit_code, result.output
    if form == "--json":
        told = json.loads(result.stdout)
        assert told["exact"] is True
        assert [t.id for t in triggers] == [t["id"] for t in told["triggers"]][: len(triggers)]
        assert told["hops"][0]["detectors"].keys() == {"sta_lta", "tremor_stream"}
    else:
        assert "sta_lta 1: fires at 6, over below 2" in result.output
        assert "to the bit" in result.output
        assert ("█" if form == "--plot" else "preliminary") in result.output


@pytest.mark.parametrize(
    ("key", "after_s", "exact"),
    [
        ("detection.sta_lta.on_ratio", 3600.0, False),
        ("detection.sta_lta.on_ratio", -3600.0, True),
        ("metrics.port", 3600.0, True),
    ],
)
def test_settings_that_were_changed_since_are_not_those_of_then(
    lived: Lived, key: str, after_s: float, *, exact: bool
) -> None:
    """A change from afar is known with its time; one before it, or of another part, is none."""
    config, _, triggers = lived
    changed = Outcome(
        command="c1",
        ok=True,
        text="in force",
        result={"changed": {key: {}}},
        time=triggers[0].onset + seconds_to_ns(after_s),
    )
    record = Record(outcomes=(changed,))
    found = explain(config, triggers[0].onset)

    shown = unless_changed(found, record.changed_since(found.time_ns, "detection", "source"))

    assert exact == (shown.inexact_because is None)
    assert exact or f"the settings are not those of then: {key} at " in str(shown.inexact_because)


def test_sleeping_network_and_bad_quality_are_shown(
    lived: Lived,
) -> None:
    """Asleep is not a score of nought, and a flag is seen where it holds."""
    config, _, triggers = lived
    gated = config.model_copy(
        update={"detection": config.detection.model_copy(update={"gate": _gate_on(config)})}
    )
    explanation = explain(gated, triggers[0].onset, before_s=5, after_s=2)
    hops = tuple(replace(hop, quality=frozenset({"step"})) for hop in explanation.hops[:2])

    lines = list(explain_view.plot(replace(explanation, hops=hops + explanation.hops[2:])))
    told = explain_view.as_dict(explanation)

    assert lines[-2].startswith("!!.")
    assert told["hops"][0]["detectors"]["tremor_stream"]["asleep"] is True
    assert any("networks are asked from" in line for line in explain_view.summary(explanation))


def _gate_on(config: StationConfig) -> object:
    return config.detection.gate.model_copy(update={"enabled": True})
