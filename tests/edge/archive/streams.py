"""Blocks as a station's time base makes them, for tests of the archive."""

import dataclasses

import numpy as np

from edge.config import StationSection
from edge.messages import (
    ClockSource,
    ClockState,
    DetectorReport,
    Phase,
    Trigger,
    TriggerStatus,
)
from edge.packet import Block
from edge.sources.base import SourceDescription

START_NS = 1_700_000_000_123_456_789
STATION = StationSection(network="XX", station="KARA1", latitude=46.9, longitude=7.4)
SENSITIVITY = 384_500.0


def source(
    counts_per_m_s2: float | None = SENSITIVITY, rate_hz: float = 100.0
) -> SourceDescription:
    """Return the description of a source with whole counts, or none."""
    sensitivity = None if counts_per_m_s2 is None else (counts_per_m_s2,) * 3
    return SourceDescription(
        "test", "a test", "adxl355", rate_hz, ("HNZ", "HNN", "HNE"), sensitivity
    )


def blocks(
    count: int,
    *,
    counts_per_m_s2: float | None = SENSITIVITY,
    start_ns: int = START_NS,
    rate_hz: float = 100.0,
    length: int = 25,
    seed: int = 1,
) -> list[Block]:
    """Return blocks that join, each at a slightly different rate."""
    rng = np.random.default_rng(seed)
    made: list[Block] = []
    for number in range(count):
        values = np.rint(rng.normal((26_000, 10, -7), 60, (length, 3)))
        if counts_per_m_s2 is not None:
            values /= counts_per_m_s2
        block = Block(
            start_ns=made[-1].end_ns if made else start_ns,
            rate_hz=rate_hz * (1 + float(rng.normal(0, 1e-5))),
            samples=values.astype(np.float32),
            clock=ClockState(
                source=ClockSource.NTP, error_s=abs(float(rng.normal(0, 1e-3))), age_s=number / 7
            ),
            arrival_ns=start_ns + number * 250_000_000,
            continues=number > 0,
        )
        made.append(block)
    return made


def assert_same(expected: list[Block], actual: list[Block]) -> None:
    """Compare blocks to the bit."""
    assert len(expected) == len(actual)
    for one, other in zip(expected, actual, strict=True):
        assert one.samples.tobytes() == other.samples.tobytes()
        assert other.samples.dtype == np.float32
        names = [field.name for field in dataclasses.fields(Block) if field.name != "samples"]
        assert [getattr(one, name) for name in names] == [getattr(other, name) for name in names]


def trigger(onset_ns: int, status: TriggerStatus = TriggerStatus.PRELIMINARY) -> Trigger:
    """Return a trigger in which the network fired."""
    return Trigger(
        id="XX.KARA1.00.1",
        revision=0,
        status=status,
        network="XX",
        station="KARA1",
        channels=("HNZ", "HNN", "HNE"),
        latitude=46.9,
        longitude=7.4,
        onset=onset_ns,
        onset_uncertainty_s=0.1,
        phase=Phase.P,
        detectors=(
            DetectorReport(name="sta_lta", version="1", score=2.0, threshold=4.0, fired=False),
            DetectorReport(
                name="tremor_stream", version="3", score=0.9, threshold=0.5, fired=True, time=1
            ),
        ),
        window_s=1.0,
        pga_m_s2=0.25,
        clock=blocks(1)[0].clock,
        sent=onset_ns + 1_000_000_000,
    )
