"""Thresholds follow the noise of the hour: slowly, within bounds, and never because of a quake."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.config import StationConfig
from edge.detect.adaptive import HOUR_NS, AdaptiveConfig, HourlyThresholds, PastThresholds, Since
from edge.detect.adaptive_file import adapting, past_thresholds, thresholds_file
from edge.detect.base import Frame
from edge.detect.seen import HopSeen
from edge.explain import explain
from edge.replay import replay
from edge.station import Station, open_station
from edge.timestamps import parse_time, seconds_to_ns

_BASE = 6.0
_MIDNIGHT_NS = parse_time("2026-03-01T00:00:00Z")
_MINUTE_NS = seconds_to_ns(60)
_CONFIG = AdaptiveConfig(enabled=True, most=2.0)


def _hops(hour: int, loudest: list[float], p: float = 0.0) -> Iterator[HopSeen]:
    """Yield two hops of each minute of an hour since the first midnight."""
    for minute, ratio in enumerate(loudest):
        begin_ns = _MIDNIGHT_NS + hour * HOUR_NS + minute * _MINUTE_NS
        for end_ns, score in ((begin_ns + 10**9, ratio), (begin_ns + _MINUTE_NS, 1.0)):
            frames = {
                "sta_lta": Frame(end_ns, score),
                "network": Frame(end_ns, p, {"noise": 1 - p, "P": p, "S": 0.0}),
            }
            yield HopSeen(end_ns, frames, frozenset(), ())


def _live(thresholds: HourlyThresholds, hops: Iterator[HopSeen]) -> list[float]:
    told = []
    for seen in hops:
        told.append(thresholds.at(seen.end_ns))
        thresholds.listen(seen)
    return told


def _days(thresholds: HourlyThresholds, days: int, noisy: float, p: float = 0.0) -> list[float]:
    """Live for days whose hour from 07 UTC is noisy; return the threshold at 07:30 of each."""
    told = []
    rng = np.random.default_rng(3)
    for day in range(days):
        for hour in range(24):
            loudest = (rng.gamma(40, 0.05, 60) + (noisy if hour == 7 else 0.0)).tolist()
            said = _live(thresholds, _hops(24 * day + hour, loudest, p))
            if hour == 7:
                told.append(said[60])
    return told


def test_noisy_hour_rises_slowly_and_the_others_stay() -> None:
    """By a tenth a day at most, until noise no longer fires; three in the morning is as it was."""
    thresholds = HourlyThresholds(_CONFIG, _BASE)

    told = _days(thresholds, 12, noisy=6.5)

    growth = [b / a for a, b in itertools.pairwise(told)]
    assert _BASE == told[0]
    assert max(growth) <= 1.11
    assert told[-1] > 8.5
    assert _BASE == thresholds.at(_MIDNIGHT_NS + 12 * 24 * HOUR_NS + 3 * HOUR_NS + 1)


def test_threshold_never_leaves_its_bounds() -> None:
    """However noisy: twice the configured ratio at most; however quiet: never below it."""
    loud, quiet = HourlyThresholds(_CONFIG, _BASE), HourlyThresholds(_CONFIG, _BASE)

    assert 2 * _BASE == _days(loud, 20, noisy=100.0)[-1]
    assert {_BASE} == set(_days(quiet, 3, noisy=-1.0))


def test_noise_that_ends_is_forgotten() -> None:
    """Quiet weeks bring the threshold back down."""
    levels = [_BASE] * 24
    levels[7] = 9.0
    thresholds = HourlyThresholds(_CONFIG, _BASE, levels)

    told = _days(thresholds, 40, noisy=0.0)

    assert told[0] == pytest.approx(1.2 * 9.0)
    assert told[-1] < 8.0


def test_earthquakes_are_no_noise() -> None:
    """Where a network sees P or S the station learns nothing, an aftershock sequence included."""
    thresholds = HourlyThresholds(_CONFIG, _BASE)

    assert {_BASE} == set(_days(thresholds, 5, noisy=20.0, p=0.9))


def test_dead_sensor_teaches_nothing() -> None:
    """A ratio of exactly nought is a start or a stuck sensor, not a quiet site."""
    levels = [9.0] * 24
    thresholds = HourlyThresholds(_CONFIG, _BASE, levels)

    _live(thresholds, _hops(0, [0.0] * 60))

    assert levels == pytest.approx(list(thresholds.levels), rel=0.02)


def test_health_gives_hour_level_threshold_and_reason() -> None:
    """A person reads why the station is less alert at seven than at three."""
    levels = [5.0] * 24
    levels[7] = 8.0
    thresholds = HourlyThresholds(_CONFIG, _BASE, levels)

    assert thresholds.health() is None
    thresholds.at(_MIDNIGHT_NS + 7 * HOUR_NS + 1)
    noisy = thresholds.health()
    thresholds.at(_MIDNIGHT_NS + 3 * HOUR_NS + 1)
    quiet = thresholds.health()

    assert noisy is not None
    assert quiet is not None
    assert (7, 8.0, 9.6, 6.0) == (noisy.hour, noisy.level, noisy.threshold, noisy.configured)
    assert "raised from 6 to 9.6: at 07 UTC noise reaches 8.0" in noisy.reason
    assert (3, 6.0) == (quiet.hour, quiet.threshold)
    assert quiet.reason.startswith("as configured")


def test_threshold_changes_with_the_hour_only_even_over_a_restart() -> None:
    """What was learned meanwhile waits for the next day, so that the past can be explained."""
    first = HourlyThresholds(_CONFIG, _BASE, [8.0] * 24)
    first.at(_MIDNIGHT_NS + 1)

    second = HourlyThresholds(_CONFIG, _BASE, [9.0] * 24, first.history)

    assert [9.6, 10.8] == [second.at(_MIDNIGHT_NS + h * HOUR_NS + 1) for h in (0, 1)]


def test_clock_that_is_set_back_does_not_rewrite_the_past() -> None:
    """The history stays in order."""
    thresholds = HourlyThresholds(_CONFIG, _BASE, [8.0] * 24)
    for hour in (5, 6, 2, 7):
        thresholds.at(_MIDNIGHT_NS + hour * HOUR_NS + 1)

    starts = [(since.start_ns - _MIDNIGHT_NS) // HOUR_NS for since in thresholds.history]
    assert [5, 6, 7] == starts


def test_past_is_the_configured_threshold_where_nothing_is_known() -> None:
    """Before the first entry; an entry holds from the first hop of its hour."""
    past = PastThresholds(_BASE, [Since(_MIDNIGHT_NS, 7.0), Since(_MIDNIGHT_NS + HOUR_NS, 8.0)])

    edges = (_MIDNIGHT_NS, _MIDNIGHT_NS + 1, _MIDNIGHT_NS + HOUR_NS, _MIDNIGHT_NS + HOUR_NS + 1)
    assert [6.0, 7.0, 7.0, 8.0] == [past.at(end_ns) for end_ns in edges]


def _station(folder: Path) -> Station:
    settings = {
        "state_dir": folder,
        "station": {"network": "XX", "station": "DEMO1", "latitude": 46.95, "longitude": 7.44},
        "source": {
            "type": "synthetic",
            "latitude": 46.95,
            "longitude": 7.44,
            "rate_hz": 50,
            "start": "2026-03-01T07:59:00Z",
            "duration_s": 120,
        },
        "detection": {"model": {"enabled": False}, "adaptive": {"enabled": True}},
        "archive": {"enabled": True, "keep_free_bytes": 0},
    }
    return open_station(StationConfig.model_validate(settings))


def test_what_was_learned_survives_a_restart_and_explains_the_past(tmp_path: Path) -> None:
    """The file has levels and history; an agent that starts anew goes on with them."""
    with adapting(_station(tmp_path)) as station:
        list(replay(station))
        health = station.health(_MIDNIGHT_NS, 0)
    learned = json.loads(thresholds_file(station.config).read_text())
    learned["levels"] = [8.0] * 24
    thresholds_file(station.config).write_text(json.dumps(learned))

    with adapting(_station(tmp_path)) as again:
        told = again.pipeline.thresholds
        assert told is not None
        assert [6.0, 9.6] == [told.at(_MIDNIGHT_NS + h * HOUR_NS + 1) for h in (8, 9)]
    past = past_thresholds(station.config)
    assert [6.0, 9.6] == [past.at(_MIDNIGHT_NS + h * HOUR_NS + 1) for h in (8, 9)]
    assert health.threshold is not None
    assert 8 == health.threshold.hour


def test_damaged_file_costs_what_was_learned_and_no_more(tmp_path: Path) -> None:
    """The station runs on the configured threshold and writes a new file."""
    path = tmp_path / "thresholds.json"
    path.write_text("{")

    with adapting(_station(tmp_path)) as station:
        list(replay(station))

    assert [60.0 / 60 * 5.0] * 24 == pytest.approx(json.loads(path.read_text())["levels"], rel=0.2)


def test_folder_that_takes_no_file_ends_nothing(tmp_path: Path) -> None:
    """A state directory that is a file: detection goes on."""
    station = _station(tmp_path)
    (tmp_path / "thresholds.part").mkdir()

    with adapting(station):
        list(replay(station))

    assert station.pipeline.packets > 400


def test_station_without_it_has_no_file(tmp_path: Path) -> None:
    """Off is off: nothing is attached, nothing is written, health says nothing."""
    station = _station(tmp_path)
    detection = station.config.detection.model_copy(update={"adaptive": AdaptiveConfig()})
    plain = Station(
        station.config.model_copy(update={"detection": detection}),
        station.source,
        station.pipeline,
        station.models,
    )

    with adapting(plain):
        assert plain.health(_MIDNIGHT_NS, 0).threshold is None

    assert not thresholds_file(plain.config).exists()


def test_explanation_uses_the_threshold_of_that_hour(shared_data: Path, tmp_path: Path) -> None:
    """A threshold that was raised then is what fired then."""
    config = StationConfig.model_validate(
        {
            "state_dir": tmp_path,
            "station": {"network": "XX", "station": "T", "latitude": 17.0, "longitude": -98.0},
            "source": {"type": "openeew", "paths": [shared_data / "openeew_mx/2018_1_8/009"]},
            "detection": {"model": {"enabled": False}, "adaptive": {"enabled": True}},
        }
    )
    hour_ns = parse_time("2018-01-08T17:00:00Z")
    learned = {"base": 6.0, "levels": [5.0] * 24, "history": [[hour_ns, 9.5]]}
    thresholds_file(config).write_text(json.dumps(learned))

    explanation = explain(config, parse_time("2018-01-08T17:01:07Z"))

    assert 9.5 == explanation.detectors[0].threshold
    assert {9.5} == {t.detectors[0].threshold for t in explanation.triggers}
