"""The rate that records state."""

from pathlib import Path

import numpy as np
import pytest

from edge.archive.chunk import Chunk
from edge.archive.config import ArchiveFormat
from edge.archive.journal import last_entry
from edge.archive.rate import StatedRate
from edge.archive.writer import ChunkWriter
from tests.edge.archive.streams import STATION, blocks, source

SPAN_S = 30.0


def _run(rate: StatedRate, rates_hz: list[float]) -> list[float]:
    """Return the stated rate after each chunk of 30 s."""
    return [rate.update(round(hz * SPAN_S), round(hz * SPAN_S) / hz) for hz in rates_hz]


def test_a_rate_that_is_nearly_nominal_stays_nominal() -> None:
    """A Raspberry Shake's 100 Hz, some ppm off and jittering."""
    rng = np.random.default_rng(1)
    rates_hz = (100.002 * (1 + rng.normal(0, 2e-5, 500))).tolist()

    assert {100.0} == set(_run(StatedRate(100.0), rates_hz))


def test_a_sensor_that_is_one_per_cent_off_is_stated_as_it_is() -> None:
    """At once, and then for good: an estimate that settles changes it at most twice more."""
    settling = [101.0 * (1 + 8e-4 * 0.5**n) for n in range(30)]

    stated = _run(StatedRate(100.0), settling + [101.0] * 3000)

    assert 100.0 not in stated
    assert stated[-1] == pytest.approx(101.0, rel=1.01e-4)
    assert len(set(stated)) <= 3


def test_a_drift_with_temperature_is_followed_in_steps() -> None:
    """50 ppm to and fro in a day: no change; 500 ppm: never further off than 2e-4."""
    day = np.sin(np.linspace(0, 2 * np.pi, 2880))

    slight = _run(StatedRate(125.0), (125 * (1 + 50e-6 * day)).tolist())
    strong = np.array(_run(StatedRate(125.0), (125 * (1 + 500e-6 * day)).tolist()))

    assert {125.0} == set(slight)
    assert np.abs(strong / (125 * (1 + 500e-6 * day)) - 1)[20:].max() < 2e-4
    assert len(set(strong.tolist())) < 40


@pytest.mark.parametrize("span_s", [2.0, 30.0])
def test_times_that_jitter_do_not_shake_the_rate(span_s: float) -> None:
    """Stamps by network: the axis is 5 ms off to and fro at the end of each chunk."""
    rng = np.random.default_rng(4)
    rate = StatedRate(31.3)
    ends_s = np.arange(1, 3000) * span_s + rng.normal(0, 0.005, 2999)
    stated = [rate.update(round(31.3 * span_s), span) for span in np.diff(ends_s).tolist()]

    true_hz = round(31.3 * span_s) / span_s
    assert len(set(stated[200:])) <= 3
    assert stated[-1] == pytest.approx(true_hz, rel=2e-4)


def test_a_sensor_that_is_set_anew_is_believed_soon() -> None:
    """From 100 to 99 Hz: within some minutes, and then for good."""
    stated = _run(StatedRate(100.0), [100.0] * 100 + [99.0] * 200)

    assert stated[110] == pytest.approx(99.0, rel=3e-3)
    assert stated[-1] == pytest.approx(99.0, rel=1.01e-4)
    assert 1 == len(set(stated[130:]))


def test_after_a_restart_the_rate_goes_on(tmp_path: Path) -> None:
    """Or ObsPy could not join the records of before and after."""
    first = ChunkWriter(tmp_path, ArchiveFormat.MINISEED_2, STATION, source())
    first.write(Chunk(tuple(blocks(120, rate_hz=101.3))))
    before = last_entry(tmp_path)
    again = ChunkWriter(tmp_path, ArchiveFormat.MINISEED_2, STATION, source())

    again.write(Chunk(tuple(blocks(120, rate_hz=101.32, start_ns=1_700_000_100_000_000_000))))

    after = last_entry(tmp_path)
    assert before is not None
    assert after is not None
    assert 101.3 == pytest.approx(before.stated_hz, rel=1e-4)
    assert before.stated_hz == after.stated_hz
    assert before.start_ns < after.start_ns
