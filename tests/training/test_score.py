"""The score counts what a station would have sent, and says how sure the counts are."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.detect.base import Frame
from edge.detect.sta_lta import StaLtaConfig, StaLtaDetector
from edge.packet import Block
from training.errors import DataError
from training.score.command import STA_LTA, score_test_events
from training.score.observe import Observation, observe
from training.score.summary import rate, summarise
from training.score.table import scoreboard, summaries_to_json, summaries_to_markdown
from training.score.truth import Truth, read_truths


class Mute:
    """A detector that never fires."""

    name, version, sha256, scheme, threshold = "mute", "1", None, None, 0.5

    def push(self, block: Block) -> list[Frame]:
        """Say that nothing is there."""
        return [Frame(block.end_ns, 0.0)]


class Nervous(StaLtaDetector):
    """STA/LTA that fires on plain noise."""

    def __init__(self) -> None:
        super().__init__(StaLtaConfig(on_ratio=1.5, off_ratio=1.2))


@pytest.fixture(scope="module")
def truths(tiny_data: Path) -> list[Truth]:
    """Return the two records of the tiny test event."""
    return read_truths(tiny_data, frozenset({"test"}))


def _observed(truths: list[Truth], name: str) -> Iterator[Observation]:
    makers = {"mute": Mute, "nervous": Nervous, "sta_lta": lambda: StaLtaDetector(StaLtaConfig())}
    for truth in truths:
        yield observe(truth, {name: makers[name]})[name]


def test_only_events_of_the_part_are_read(truths: list[Truth]) -> None:
    """The test part is one event of two stations."""
    assert [("2019_3_9", "000"), ("2019_3_9", "001")] == [(t.event, t.station) for t in truths]


def test_clear_event_is_detected_soon_after_its_p(truths: list[Truth]) -> None:
    """STA/LTA fires within two seconds; the packet that completes the hop comes after."""
    for observation in _observed(truths, "sta_lta"):
        assert observation.detected
        assert observation.fired_after_p_s is not None
        assert observation.sent_after_p_s is not None
        assert 0 < observation.fired_after_p_s < 2
        assert observation.fired_after_p_s < observation.sent_after_p_s


def test_detector_that_never_fires_detects_nothing(truths: list[Truth]) -> None:
    """No trigger, no detection, no delay, no false alarm."""
    for observation in _observed(truths, "mute"):
        assert (False, None, 0) == (
            observation.detected,
            observation.fired_after_p_s,
            observation.false_sent,
        )


def test_triggers_before_the_event_are_false(truths: list[Truth]) -> None:
    """What fires on noise is counted, over the time in which it could."""
    observations = list(_observed(truths, "nervous"))

    assert sum(o.false_sent for o in observations) > 0
    assert all(70 < o.quiet_s < 95 for o in observations)
    assert all(o.false_standing <= o.false_sent for o in observations)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)]
)
def test_interval_of_a_count_is_garwoods(count: int, low: float, high: float) -> None:
    """Exact 95 % limits of a Poisson count, from the published table."""
    found = rate(count, hours=1.0)

    assert pytest.approx(low, rel=1e-3) == found.low
    assert pytest.approx(high, rel=1e-3) == found.high


def test_without_any_quiet_hours_no_rate_is_claimed() -> None:
    """Records that begin with the event say nothing of false triggers."""
    found = rate(0, hours=0.0)

    assert (0.0, math.inf) == (found.low, found.high)
    assert math.isnan(found.an_hour)


def test_classes_add_up(truths: list[Truth]) -> None:
    """Every record of 2 gal and more is in one class of acceleration."""
    summary = summarise(list(_observed(truths, "sta_lta")))

    assert summary.detected.of == sum(share.of for share in summary.by_class)
    assert 2 == summary.detected.of + summary.weak.of


def test_scoreboard_tells_the_events_and_every_record(tiny_data: Path) -> None:
    """The page is made by the command from the shipped bundle and STA/LTA."""
    board = score_test_events(tiny_data, None, None)
    page = scoreboard(board)

    assert {"tremor_stream int8", STA_LTA} == set(board.summaries)
    assert "2019_3_9" in page
    assert "2018_1_29" not in page
    assert board.bundle.sha256 in page
    assert STA_LTA in summaries_to_json(board.summaries)


def test_table_has_a_cell_for_every_column(truths: list[Truth]) -> None:
    """Markdown rows are as wide as their head."""
    table = summaries_to_markdown({"x": summarise(list(_observed(truths, "mute")))})

    assert 1 == len({line.count("|") for line in table.splitlines()})


def test_missing_picks_are_told(tmp_path: Path) -> None:
    """A wrong --data names the file that is not there."""
    with pytest.raises(DataError, match="openeew_ppicks_auto"):
        read_truths(tmp_path, frozenset({"test"}))
