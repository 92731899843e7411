"""A failing sensor opens no trigger that stays; one with less to offer still triggers."""

from dataclasses import replace

import numpy as np
import pytest

from edge.config import DetectionSection, StationSection
from edge.detect.loading import load_detectors
from edge.detect.sta_lta import StaLtaDetector
from edge.messages import QualityFlag, Trigger, TriggerStatus
from edge.packet import Packet
from edge.pipeline import StationPipeline
from edge.sources.axes import AxisReader, Scale
from edge.sources.base import SourceDescription
from tests.edge.streams import CLOCK, START_NS, burst, noise, packets

_STATION = StationSection(network="XX", station="KARA1", latitude=46.9, longitude=7.4)
_CONFIG = DetectionSection()
_SECOND = 1_000_000_000
_COUNTS_PER_M_S2 = 26_105.0


def _run(stream: list[Packet], rate_hz: float = 100.0, *, network: bool = False) -> list[Trigger]:
    detectors = load_detectors(_CONFIG)[0] if network else [StaLtaDetector(_CONFIG.sta_lta)]
    description = SourceDescription("test", "memory", "x", rate_hz, ("HNZ", "HNN", "HNE"))
    pipeline = StationPipeline(_STATION, _CONFIG, detectors, description)
    triggers = [t for packet in stream for t in pipeline.push(packet)]
    return triggers + pipeline.flush()


def _last(triggers: list[Trigger]) -> dict[str, Trigger]:
    return {trigger.id: trigger for trigger in triggers}


def _quake_at(seconds_s: float, length_s: float, rate_hz: float = 100.0) -> np.ndarray:
    return burst(noise(length_s, rate_hz), seconds_s, 0.05, decay_s=8.0, rate_hz=rate_hz)


@pytest.mark.parametrize("network", [False, True], ids=["sta_lta", "tremor_stream"])
@pytest.mark.parametrize("size", [25, 100])
@pytest.mark.parametrize("flag", [QualityFlag.STEP, QualityFlag.STUCK])
def test_leap_is_taken_back_flagged_and_the_next_earthquake_is_not(
    flag: QualityFlag, size: int, *, network: bool
) -> None:
    """Within three seconds of the leap; half a minute later the station listens again."""
    trace = _quake_at(75.0, 100.0)
    trace[4030:, 1] = -0.7 if flag is QualityFlag.STUCK else trace[4030:, 1] + 0.3

    triggers = _run(list(packets(trace, size=size)), network=network)

    leapt, quake = _last(triggers).values()
    assert (TriggerStatus.RETRACTED, True) == (leapt.status, flag in leapt.quality)
    assert leapt.sent - START_NS <= 43.5 * _SECOND
    assert TriggerStatus.FINAL is quake.status
    assert abs(quake.onset - START_NS - 75 * _SECOND) <= 0.1 * _SECOND


def _through_axes(trace: np.ndarray, stuck_s: float) -> list[Packet]:
    """The packets of a driver that calls a standing axis missing."""
    per_count = 1 / _COUNTS_PER_M_S2
    scale = Scale((per_count,) * 3, (0.0,) * 3, full_scale_m_s2=19.6)
    patience = round(stuck_s * 100)
    reader = AxisReader(("x", "y", "z"), scale, patience, 500)
    stream = []
    for packet in packets(trace):
        counts = np.round(packet.samples * _COUNTS_PER_M_S2).astype(np.int64)
        samples, clipped = reader.read(counts)
        stream.append(
            Packet(samples, packet.last_sample_ns, packet.arrival_ns, 100.0, CLOCK, clipped)
        )
    return stream


@pytest.mark.parametrize("network", [False, True], ids=["sta_lta", "tremor_stream"])
def test_axis_that_comes_back_is_taken_back_too(*, network: bool) -> None:
    """A bad contact that closes again leaps as it did when it opened."""
    trace = noise(100, 100.0)
    trace[3030:6570, 1] = -0.7

    triggers = _last(_run(list(packets(trace)), network=network)).values()

    assert [(TriggerStatus.RETRACTED, (QualityFlag.STUCK,))] * 2 == [
        (trigger.status, trigger.quality) for trigger in triggers
    ]


@pytest.mark.parametrize("stuck_s", [0.2, 1.0, 3.0, 8.0])
@pytest.mark.parametrize("component", [0, 1, 2])
def test_axis_that_breaks_behind_a_driver_is_taken_back(component: int, stuck_s: float) -> None:
    """However soon the driver says that the axis is missing, its leap is no trigger that stays."""
    trace = noise(70, 100.0)
    trace[4030:, component] = -0.7

    triggers = _run(_through_axes(trace, stuck_s))

    assert {TriggerStatus.RETRACTED} >= {t.status for t in _last(triggers).values()}


def test_axis_that_breaks_in_an_earthquake_takes_nothing_back() -> None:
    """What the other components saw stays."""
    trace = _quake_at(40.0, 70.0)
    trace[4300:, 2] = -0.7

    triggers = _run(_through_axes(trace, 0.2))

    quake = next(iter(_last(triggers).values()))
    assert TriggerStatus.FINAL is quake.status
    assert {QualityFlag.GAP, QualityFlag.MISSING_COMPONENT} <= set(quake.quality)


@pytest.mark.parametrize("rate_hz", [31.25, 50.0, 100.0, 125.0, 200.0, 250.0])
@pytest.mark.parametrize("components", [1, 2, 3])
@pytest.mark.parametrize("network", [False, True], ids=["sta_lta", "tremor_stream"])
def test_any_rate_and_any_components_find_the_onset(
    rate_hz: float, components: int, *, network: bool
) -> None:
    """From 31 to 250 Hz, with one to three components, an earthquake triggers within 0.1 s."""
    trace = _quake_at(40.0, 60.0, rate_hz)
    trace[:, components:] = np.nan

    triggers = _run(list(packets(trace, rate_hz)), rate_hz, network=network)

    (quake,) = _last(triggers).values()
    assert TriggerStatus.FINAL is quake.status
    assert abs(quake.onset - START_NS - 40 * _SECOND) <= 0.1 * _SECOND
    assert (components < 3) == (QualityFlag.MISSING_COMPONENT in quake.quality)
    assert quake.jma_intensity is not None
    assert quake.mmi is not None


def test_clipped_packet_flags_the_trigger_that_lives() -> None:
    """What the driver says of one packet stays with the trigger, and with no later one."""
    quake = burst(_quake_at(40.0, 140.0), 110.0, 0.05, decay_s=8.0, rate_hz=100.0)
    stream = [
        replace(packet, clipped=41 < (packet.arrival_ns - START_NS) / _SECOND < 41.5)
        for packet in packets(quake)
    ]

    first, second = _last(_run(stream)).values()

    assert [(QualityFlag.CLIPPED,), ()] == [first.quality, second.quality]


def test_tilt_is_told_with_the_next_trigger() -> None:
    """Somebody leant on the wall: what is integrated after that means little."""
    trace = _quake_at(80.0, 110.0)
    times_s = np.arange(len(trace)) / 100
    trace[:, 1] += (0.1 * np.clip((times_s - 40) / 10, 0, 1)).astype(np.float32)

    quake = list(_last(_run(list(packets(trace)))).values())[-1]

    assert QualityFlag.TILT in quake.quality


def test_two_components_without_the_vertical_still_trigger() -> None:
    """A dead vertical leaves no Pd and no period; the horizontals trigger."""
    trace = _quake_at(40.0, 60.0)
    trace[:, 0] = np.nan

    (quake,) = _last(_run(list(packets(trace)))).values()

    assert TriggerStatus.FINAL is quake.status
    assert (None, None) == (quake.pd_m, quake.tau_c_s)
