"""Recordings at their own rate, and what becomes of them at another."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.data.quakes import recording
from training.data.drops import Drops
from training.data.readers.fields import column_of, number, ordered, quantity_of, text, time_ns
from training.data.record import RATE_HZ
from training.data.recording import Recording, Segment, at_rate, checked, to_record
from training.errors import BrokenRecordError


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rate_hz": 0.0}, "no sampling rate"),
        ({"rate_hz": float("nan")}, "no sampling rate"),
        ({"p_index": 6000.0}, "P outside"),
        ({"p_index": -1.0}, "P outside"),
        ({"s_index": 1e9}, "S outside"),
        ({"s_index": 1000.0}, "S before P"),
        ({"p_index": None, "s_index": None}, "without P or S"),
    ],
)
def test_impossible_description_is_broken(changes: dict[str, object], reason: str) -> None:
    """What cannot be true of the samples is told, with the value seen."""
    one = recording()
    with pytest.raises(BrokenRecordError, match=reason):
        checked(Recording(replace(one.about, **changes), one.samples))  # type: ignore[arg-type]


@pytest.mark.parametrize("samples", [np.zeros((0, 3)), np.zeros((10, 2)), np.full((9, 3), np.nan)])
def test_impossible_samples_are_broken(samples: np.ndarray) -> None:
    """No sample, no three components, nothing finite."""
    about = recording(category="noise", p_index=None, s_index=None).about
    with pytest.raises(BrokenRecordError):
        checked(Recording(about, samples.astype(np.float32)))


@pytest.mark.parametrize("rate_hz", [32.0, 40.0, 50.0])
def test_labels_move_with_the_rate(rate_hz: float) -> None:
    """P and S stay at the same time, and a missing component stays missing."""
    one = recording(segments=(Segment(1500, 2000, "Equ"),))
    one.samples[:, 2] = np.nan

    other = at_rate(one, rate_hz)

    assert pytest.approx(15.0) == (other.about.p_index or 0) / rate_hz
    assert pytest.approx(20.0) == (other.about.s_index or 0) / rate_hz
    assert Segment(round(15 * rate_hz), round(20 * rate_hz), "Equ") == other.about.segments[0]
    assert np.isnan(other.samples[:, 2]).all()
    steps = np.abs(np.diff(other.samples[:, 0]))
    assert abs(int(np.argmax(steps > 300)) - 15 * rate_hz) < 4


def test_velocity_becomes_acceleration_at_the_detection_rate() -> None:
    """A ramp of velocity is a constant acceleration, at 32 Hz as at 100 Hz."""
    one = recording(quantity="velocity", p_index=1500.0, s_index=2000.0)
    one.samples[:] = np.arange(len(one.samples))[:, None]

    record = to_record(one)

    middle = record.samples[len(record.samples) // 4 : -len(record.samples) // 4]
    np.testing.assert_allclose(middle, 100.0, rtol=1e-3)
    assert pytest.approx(15.0 * RATE_HZ) == record.p_index
    assert int(14.0 * RATE_HZ) == record.noise_end


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1500.0", 1500.0),
        (" 3 ", 3.0),
        ("-1e2", -100.0),
        ("[[3401.]]", 3401.0),
        (np.array([[7.0]]), 7.0),
        ("[40. nan 50.]", 45.0),
        ("", None),
        ("nan", None),
        ("None", None),
    ],
)
def test_numbers_of_tables(value: object, expected: float | None) -> None:
    """Nested, several, missing: as published tables have them."""
    assert expected == number({"a": value}, "a")
    assert number({}, "a") is None


def test_texts_and_times_of_tables() -> None:
    """Missing is empty; a time that cannot be read is none."""
    assert "AB" == text({"a": b"AB"}, "a")
    assert "" == text({"a": "nan"}, "a") == text({}, "a")
    assert 1_000_500_000_000 == time_ns({"a": "1970-01-01 00:16:40.5"}, "a")
    assert time_ns({"a": "yesterday"}, "a") is None


def test_channels_say_quantity_and_column() -> None:
    """By the second and the last letter."""
    assert ["acceleration", "velocity", "unknown"] == [
        quantity_of(c) for c in ("HNZ", "EHZ", "BDF")
    ]
    assert [0, 1, 1, 2, 2] == [column_of(c) for c in ("HNZ", "HN1", "HLX", "HN2", "HLY")]
    with pytest.raises(BrokenRecordError, match="unknown component"):
        column_of("BDF")
    with pytest.raises(BrokenRecordError, match="wrong shape"):
        ordered(np.zeros((5, 2)), "ZNE")


def test_first_of_each_reason_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """A million broken rows do not fill the log."""
    drops = Drops()
    for row in range(5):
        drops.drop(f"table.csv:{row}", BrokenRecordError("x", "no waveform"))
        drops.drop(f"table.csv:{row}", ValueError("no number"))

    assert {"no waveform": 5, "ValueError": 5} == drops.counts
    assert {"no waveform": "table.csv:0", "ValueError": "table.csv:0"} == drops.first
