"""The paragraph about the goals says what was reached, and what so few records cannot say."""

from dataclasses import replace

import pytest

from training.score.board import Board, Entry
from training.score.config import ScoreConfig
from training.score.continuous import BEFORE_TEST, SURROGATES, FalseTriggers, Standing
from training.score.counts import Proportion
from training.score.obspy_sta_lta import NAME as OBSPY
from training.score.schemes import SchemeScore
from training.score.stand import where_we_stand
from training.score.summary import Delay, Rate, Summary

NOTHING = Proportion(0, 0)


def _standing(name: str, hit: int, of: int, false: Rate, median_s: float = 0.4) -> Standing:
    delay = Delay(median_s, 2 * median_s, hit)
    summary = Summary(
        detected=Proportion(hit, of),
        by_class=(),
        weak=NOTHING,
        by_snr=(),
        picked=Proportion(hit, of),
        sent=Rate(0, 3.0),
        standing=Rate(0, 3.0),
        fired_after_p=delay,
        sent_after_p=Delay(median_s + 1, 2 * median_s + 1, hit),
    )
    kinds = {
        BEFORE_TEST: FalseTriggers(Rate(0, 3.0), Rate(0, 3.0)),
        SURROGATES: FalseTriggers(false, false),
    }
    return Standing(name, "", summary, (), kinds, (), (), 1.1, 2.0, 0.25)


def _board(ours: Standing, *others: Standing, schemes: tuple[SchemeScore, ...] = ()) -> Board:
    entry = Entry("ours", 1, "int8", "0" * 64, 0.8, ())
    return Board(
        (entry,), ScoreConfig(), True, (), (ours, *others), schemes, (), (), (), ()
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hit", "of", "words"),
    [
        (26, 26, "reached, but 26 records cannot prove it"),
        (400, 400, "goal 98 %: reached)"),
        (20, 26, "goal 98 %: not reached)"),
        (0, 0, "nothing is known of the share"),
    ],
)
def test_few_records_prove_nothing(hit: int, of: int, words: str) -> None:
    """All of 26 may be chance; all of 400 is none, and 20 of 26 is no 98 %."""
    assert words in where_we_stand(_board(_standing("ours", hit, of, Rate(0, 96.0))))


@pytest.mark.parametrize(
    ("false", "words"),
    [
        (Rate(0, 96.0), "reached in stationary noise"),
        (Rate(40, 96.0), "goal one a station-day: not reached"),
        (Rate(0, 3.0), "neither proven nor disproven, 6 h together are too few"),
    ],
)
def test_hours_decide_what_a_rate_can_say(false: Rate, words: str) -> None:
    """No trigger in three hours is not the same as none in four days."""
    assert words in where_we_stand(_board(_standing("ours", 26, 26, false)))


@pytest.mark.parametrize(("median_s", "word"), [(0.4, "reached"), (1.3, "not reached")])
def test_delay_is_held_against_its_goal(median_s: float, word: str) -> None:
    """One second after P, in the median."""
    text = where_we_stand(_board(_standing("ours", 26, 26, Rate(0, 96.0), median_s)))

    assert f"goal 1.0 s: {word})" in text


@pytest.mark.parametrize(
    ("loss", "interval", "words"),
    [
        (0.1, (0.0, 0.15), "goal 0.2: reached)"),
        (0.1, (0.0, 0.5), "goal 0.2: reached, within the uncertainty)"),
        (0.9, (0.5, 1.2), "goal 0.2: not reached)"),
        (-0.3, (-0.5, 0.0), "goal 0.2: reached)"),
    ],
)
def test_loss_of_a_scheme_has_its_doubt(
    loss: float, interval: tuple[float, float], words: str
) -> None:
    """A gain is no loss, and a wide interval is told."""
    score = SchemeScore("ours int8", "int8", 600, "F1", 0.9, loss, interval)
    text = where_we_stand(_board(_standing("ours", 26, 26, Rate(0, 96.0)), schemes=(score,)))

    assert words in text


def test_peer_is_named_with_its_figures() -> None:
    """ObsPy's STA/LTA stands beside ours, or the text says that it is missing."""
    ours = _standing("ours", 26, 26, Rate(0, 96.0))
    peer = _standing(OBSPY, 24, 26, Rate(8, 96.0))

    assert "detects 24 of 26, 0.40 s after P in the median, with 2.0" in where_we_stand(
        _board(ours, peer)
    )
    assert "the peer is missing" in where_we_stand(_board(ours))


def test_nothing_detected_is_no_delay() -> None:
    """Without a detection nothing is claimed of the delay."""
    ours = _standing("ours", 0, 26, Rate(0, 96.0))
    mute = replace(ours, summary=replace(ours.summary, fired_after_p=None, sent_after_p=None))

    assert "nothing is known of the delay" in where_we_stand(_board(mute))
