"""ObsPy's STA/LTA is run as ObsPy runs it, and tuned where nothing is tested."""

import json
from pathlib import Path

import numpy as np
import pytest

from edge.grid import HOP_NS
from training.score.lineup import tuned_obspy
from training.score.observe import observe
from training.score.obspy_sta_lta import (
    ObspyStaLtaConfig,
    band_passed,
    contestant,
    has_obspy,
    ratio,
    stretches,
)
from training.score.obspy_tuning import (
    BANDS_HZ,
    LTA_S,
    ON_RATIOS,
    STA_S,
    TUNING_PARTS,
    settings,
    tried_to_json,
    tried_to_table,
    tune,
)
from training.score.stream import Stream, made_stream, read_stream
from training.score.truth import Truth, read_truths

pytestmark = pytest.mark.skipif(not has_obspy(), reason="ObsPy is not installed")

CONFIG = ObspyStaLtaConfig(sta_s=0.5, lta_s=20.0, on_ratio=5.0)


def test_ratio_is_obspys_own() -> None:
    """Recursive and classic, squares and all."""
    trigger = pytest.importorskip("obspy.signal.trigger")
    trace = np.random.default_rng(1).standard_normal(4000)
    classic = CONFIG.model_copy(update={"function": "classic"})

    np.testing.assert_array_equal(trigger.recursive_sta_lta(trace, 16, 640), ratio(CONFIG, trace))
    np.testing.assert_array_equal(trigger.classic_sta_lta(trace, 16, 640), ratio(classic, trace))


def test_scores_know_nothing_of_the_future(noise: Stream) -> None:
    """The first half of a stream gets the same scores without the second half."""
    (whole,) = stretches(noise)
    scores = [
        ratio(CONFIG, band_passed(CONFIG, samples))
        for samples in (whole.samples, whole.samples[:4000])
    ]

    np.testing.assert_allclose(scores[0][:4000], scores[1], rtol=1e-9)


def test_one_score_a_hop_on_the_grid(noise: Stream) -> None:
    """What the pipeline asks for is there, hop after hop."""
    (detector,) = contestant(CONFIG).detectors(noise)
    ends = sorted(detector._scores)

    assert {0} == {end % HOP_NS for end in ends}
    assert {HOP_NS} == set(np.diff(ends))
    assert detector.cpu_s > 0


def test_clear_event_is_detected(tiny_data: Path, truths: list[Truth]) -> None:
    """Through the station's pipeline, as every other row."""
    seen = observe(truths[0], read_stream(truths[0]), contestant(CONFIG)).own

    assert seen.detected
    assert seen.fired_after_p_s is not None
    assert 0 < seen.fired_after_p_s < 2


def test_short_stream_gives_no_score() -> None:
    """Before the long-term window is full there is no ratio."""
    short = made_stream("short", np.ones((320, 3), np.float32), 32.0)
    (detector,) = contestant(CONFIG).detectors(short)

    assert {0.0} == set(detector._scores.values())


def test_test_events_are_not_tuned_on(tiny_data: Path) -> None:
    """The tuning reads training and validation events alone."""
    assert {"2017_12_15", "2018_1_29"} == {t.event for t in read_truths(tiny_data, TUNING_PARTS)}


def test_tuning_ranks_by_what_is_found_without_false_ones(tiny_data: Path) -> None:
    """Of two settings and all ratios, the best finds every strong record."""
    grid = [CONFIG, CONFIG.model_copy(update={"low_hz": 3.0, "high_hz": 12.0})]
    steps: list[int] = []
    tried = tune(tiny_data, lambda done, _: steps.append(done), grid, noise_hours=0.1)

    assert len(grid) * len(ON_RATIOS) == len(tried)
    assert tried[0].strong.hit == tried[0].strong.of > 0
    assert tried[0].rank >= tried[-1].rank
    assert sorted(steps) == steps
    assert tried[0].config.text() in tried_to_table(tried[:1])
    assert tried[0].config.sta_s == json.loads(tried_to_json(tried))[0]["config"]["sta_s"]


def test_grid_is_wide() -> None:
    """Every combination once, and what is shipped is one of them."""
    grid = list(settings())

    assert 2 * 2 * len(BANDS_HZ) * len(STA_S) * len(LTA_S) == len(set(grid))
    assert tuned_obspy().model_copy(update={"on_ratio": ON_RATIOS[0]}) in grid
    assert tuned_obspy().on_ratio in ON_RATIOS
