"""A sensor that turns noisy, or comes and goes: no storm of triggers, and it detects afterwards."""

from collections.abc import Iterator

import numpy as np
import pytest

from edge.config import DetectionSection
from edge.detect.loading import load_detectors
from edge.messages import Trigger, TriggerStatus
from edge.packet import Packet
from edge.pipeline import StationPipeline
from edge.sources.base import SourceDescription
from tests.edge.streams import burst, noise, packets
from tests.faults.station import PLACE

RATE_HZ = 100.0
SECONDS = 420.0
NOISY_S = slice(120, 240)
QUAKE_S = 380.0


def _pipeline() -> StationPipeline:
    config = DetectionSection()
    detectors, _ = load_detectors(config)
    description = SourceDescription("test", "memory", "adxl355", RATE_HZ, ("HNZ", "HNN", "HNE"))
    return StationPipeline(PLACE, config, detectors, description)


def _run(stream: Iterator[Packet]) -> list[Trigger]:
    pipeline = _pipeline()
    return [trigger for packet in stream for trigger in pipeline.push(packet)]


def _seconds(trigger: Trigger, start_ns: int) -> float:
    return (trigger.onset - start_ns) / 1e9


@pytest.mark.parametrize("times", [50.0, pytest.param(5.0, marks=pytest.mark.slow)])
def test_a_noisy_sensor_makes_no_storm_and_detects_afterwards(times: float) -> None:
    """Two minutes of much more noise: a trigger at its beginning at most, then the earthquake."""
    trace = burst(noise(SECONDS, RATE_HZ), QUAKE_S, 0.05, decay_s=8.0, rate_hz=RATE_HZ)
    at_hz = round(RATE_HZ)
    trace[NOISY_S.start * at_hz : NOISY_S.stop * at_hz] *= np.float32(times)
    stream = list(packets(trace, RATE_HZ))

    triggers = _run(iter(stream))

    start_ns = stream[0].last_sample_ns
    kept = {t.id: t for t in triggers}.values()
    real = [t for t in kept if t.status is TriggerStatus.FINAL]
    assert len([t for t in real if _seconds(t, start_ns) < QUAKE_S - 5]) <= 1
    assert [QUAKE_S] == [
        pytest.approx(_seconds(t, start_ns), abs=0.5)
        for t in real
        if _seconds(t, start_ns) > QUAKE_S - 5
    ]


def test_a_sensor_that_comes_and_goes_makes_no_trigger_and_detects_afterwards() -> None:
    """Every ten seconds it is silent for five; then it stays, and the earthquake is found."""
    trace = burst(noise(SECONDS, RATE_HZ), QUAKE_S, 0.05, decay_s=8.0, rate_hz=RATE_HZ)
    stream = list(packets(trace, RATE_HZ))
    start_ns = stream[0].last_sample_ns
    broken = [
        packet
        for packet in stream
        if (seconds := (packet.last_sample_ns - start_ns) / 1e9) > 240 or seconds % 15 < 10
    ]

    triggers = _run(iter(broken))

    onsets = {round(_seconds(t, start_ns), 1) for t in triggers}
    assert len({t.id for t in triggers}) == 1
    assert all(abs(onset - QUAKE_S) < 0.5 for onset in onsets)
