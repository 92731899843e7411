"""Pseudo-labels: P where several stations agree, noise where all was quiet."""

from pathlib import Path

import numpy as np

from edge.timestamps import NANOSECONDS_PER_SECOND
from training.data.record import RATE_HZ, Record
from training.retrain.coincidence import CoincidenceConfig, Detection, select
from training.retrain.listening import Heard, Stretch
from training.retrain.network import StationRecord
from training.retrain.pseudo import pseudo_records

_START_S = 1_000_000
_LENGTH_S = 300
_RULE = CoincidenceConfig(stations=2, slack_s=5.0)


def _ns(second: float) -> int:
    return round((_START_S + second) * NANOSECONDS_PER_SECOND)


def _heard(station: str, *seconds: float, gap_s: tuple[float, float] | None = None) -> Heard:
    cuts = [(0.0, float(_LENGTH_S))] if gap_s is None else [(0.0, gap_s[0]), (gap_s[1], 300.0)]
    stretches = tuple(
        Stretch(_ns(begin), np.zeros((round((end - begin) * RATE_HZ), 3), np.float32))
        for begin, end in cuts
    )
    detections = tuple(Detection(station, _ns(second), _ns(second)) for second in seconds)
    record = StationRecord("2017_12_15", station, "train", Path(station), (16.0, -98.0))
    return Heard(record, stretches, detections)


def _records(*heard: Heard) -> dict[str, Record]:
    detections = [detection for one in heard for detection in one.detections]
    return {r.station: r for r in pseudo_records(heard, select(detections, _RULE))}


def test_p_stands_where_the_trigger_had_its_onset() -> None:
    """No S is known; noise ends eight seconds before the network's first."""
    records = _records(_heard("A", 100.0), _heard("B", 103.0))

    assert 100.0 * RATE_HZ == records["A"].p_index
    assert 103.0 * RATE_HZ == records["B"].p_index
    assert records["B"].s_index is None
    assert 92 * RATE_HZ == records["A"].noise_end
    assert 92 * RATE_HZ == records["B"].noise_end


def test_a_station_that_slept_is_no_noise_while_others_see_an_earthquake() -> None:
    """What the base misses must not be taught as noise."""
    records = _records(_heard("A", 100.0), _heard("B", 101.0), _heard("C"))

    assert records["C"].p_index is None
    assert 92 * RATE_HZ == records["C"].noise_end


def test_what_one_station_saw_is_neither_p_nor_noise() -> None:
    """It may be a small earthquake near by, or a lorry."""
    records = _records(_heard("A", 200.0), _heard("B"))

    assert records["A"].p_index is None
    assert 192 * RATE_HZ == records["A"].noise_end
    assert _LENGTH_S * RATE_HZ == records["B"].noise_end


def test_an_earlier_detection_is_cut_off() -> None:
    """Before a P all is asked to be noise: a doubtful one must not be among it."""
    records = _records(_heard("A", 20.0, 150.0), _heard("B", 150.0))

    assert (300 - 80) * RATE_HZ == len(records["A"].samples)
    assert (150.0 - 80.0) * RATE_HZ == records["A"].p_index


def test_a_p_right_after_the_start_is_left_out() -> None:
    """The level has not settled; the record says nothing then."""
    records = _records(_heard("A", 5.0), _heard("B", 6.0))

    assert {} == records


def test_of_a_record_with_a_gap_the_stretch_with_the_p_is_taken() -> None:
    """Filters do not run across a gap."""
    records = _records(_heard("A", 250.0, gap_s=(190.0, 200.0)), _heard("B", 250.0))

    assert 100 * RATE_HZ == len(records["A"].samples)
    assert 50.0 * RATE_HZ == records["A"].p_index


def test_a_record_that_is_only_gap_is_left_out() -> None:
    """A station may have sent nothing that can be used."""
    record = StationRecord("2017_12_15", "A", "train", Path("A"), (16.0, -98.0))

    assert {} == _records(Heard(record, (), ()))
