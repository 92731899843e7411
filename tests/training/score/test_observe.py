"""The score counts what a station would have sent."""

from dataclasses import replace
from pathlib import Path

import pytest

from training.errors import DataError
from training.score.contest import Contestant
from training.score.observe import Observation, observe
from training.score.snr import snr_db
from training.score.stream import read_stream
from training.score.summary import summarise
from training.score.table import detection_table
from training.score.truth import Truth, read_truths


def _observed(truths: list[Truth], contestant: Contestant) -> list[Observation]:
    return [observe(truth, read_stream(truth), contestant).own for truth in truths]


def test_only_events_of_the_part_are_read(truths: list[Truth]) -> None:
    """The test part is one event of two stations."""
    assert [("2019_3_9", "000"), ("2019_3_9", "001")] == [(t.event, t.station) for t in truths]


def test_clear_event_is_detected_soon_after_its_p(truths: list[Truth], sta_lta: Contestant) -> None:
    """STA/LTA fires within two seconds; the packet that completes the hop comes after."""
    for observation in _observed(truths, sta_lta):
        assert observation.detected
        assert observation.fired_after_p_s is not None
        assert observation.sent_after_p_s is not None
        assert 0 < observation.fired_after_p_s < 2
        assert observation.fired_after_p_s < observation.sent_after_p_s


def test_detector_that_never_fires_detects_nothing(truths: list[Truth], mute: Contestant) -> None:
    """No trigger, no detection, no delay, no false alarm."""
    for observation in _observed(truths, mute):
        assert (False, None, 0) == (
            observation.detected,
            observation.fired_after_p_s,
            observation.false_sent,
        )


def test_triggers_before_the_event_are_false(truths: list[Truth], nervous: Contestant) -> None:
    """What fires on noise is counted, over the time in which it could."""
    observations = _observed(truths, nervous)

    assert sum(o.false_sent for o in observations) > 0
    assert all(60 < o.quiet_s < 85 for o in observations)
    assert all(o.false_standing <= o.false_sent for o in observations)


def test_time_in_which_a_detector_is_deaf_is_not_watched(
    truths: list[Truth], mute: Contestant
) -> None:
    """Fifty seconds of warm-up more are fifty seconds of quiet less."""
    deaf = replace(mute, warm_up_s=mute.warm_up_s + 50)
    heard, missed = (_observed(truths, one)[0].quiet_s for one in (mute, deaf))

    assert pytest.approx(50) == heard - missed


def test_thresholds_of_the_roc_are_tried_without_asking_again(
    truths: list[Truth], sta_lta: Contestant
) -> None:
    """A threshold of 6 gives what the detector's own 6 gives, and one of a million nothing."""
    seen = observe(truths[0], read_stream(truths[0]), sta_lta, roc=True)

    assert {2.0, 6.0, 1e6} == set(seen.at)
    assert seen.own == seen.at[6.0]
    assert not seen.at[1e6].detected
    assert seen.at[2.0].false_sent >= seen.own.false_sent


def test_classes_add_up(truths: list[Truth], sta_lta: Contestant) -> None:
    """Every record of 2 gal and more is in one class of acceleration."""
    summary = summarise(_observed(truths, sta_lta))

    assert summary.detected.of == sum(share.of for share in summary.by_class)
    assert 2 == summary.detected.of + summary.weak.of


def test_table_has_a_cell_for_every_column(truths: list[Truth], mute: Contestant) -> None:
    """Markdown rows are as wide as their head, also where nothing was detected."""
    text = detection_table({"x": summarise(_observed(truths, mute))})

    assert 1 == len({line.count("|") for line in text.splitlines()})


def test_clear_event_stands_above_its_noise(truths: list[Truth]) -> None:
    """The made event at 30 km has more than 20 dB, and more than that at 60 km."""
    near, far = (snr_db(truth, read_stream(truth)) for truth in truths)

    assert near is not None
    assert far is not None
    assert near > far > 20


def test_ratio_without_an_event_is_not_known(truths: list[Truth]) -> None:
    """A record that ends before P has no signal."""
    stream = read_stream(truths[0])
    short = replace(stream, packets=stream.packets[:60])

    assert snr_db(truths[0], short) is None


def test_missing_picks_are_told(tmp_path: Path) -> None:
    """A wrong --data names the file that is not there."""
    with pytest.raises(DataError, match="openeew_ppicks_auto"):
        read_truths(tmp_path, frozenset({"test"}))
