"""The gate saves asking, and changes no answer that is given."""

from collections.abc import Sequence

import numpy as np
import pytest
from pydantic import ValidationError

from edge.bundle import Bundle, load_bundle
from edge.bundle.shipped import shipped_bundle
from edge.config import DetectionSection, StationSection
from edge.detect.base import Detector, Frame
from edge.detect.gate import EnergyGate, GateConfig
from edge.detect.network import NetworkDetector
from edge.detect.panel import DetectorPanel
from edge.detect.sta_lta import StaLtaConfig, StaLtaDetector
from edge.detect.windowed import WindowDetector
from edge.grid import DETECTION_RATE_HZ, HOP_NS
from edge.messages import Trigger, TriggerStatus
from edge.pipeline import StationPipeline
from edge.signal.resample import Resampler
from edge.sources.base import SourceDescription
from tests.edge.streams import blocks, burst, noise, packets
from tests.edge.window_bundles import write_window_bundle

_CONFIG = GateConfig(enabled=True, open_ratio=2.0, hold_s=5.0)


def _gate(*high: int) -> EnergyGate:
    gate = EnergyGate(_CONFIG)
    gate.note(Frame(number * HOP_NS, 2.0 if number in high else 1.9) for number in range(100))
    return gate


def test_gate_is_closed_until_the_ratio_is_high() -> None:
    """The hop that is high enough opens it, the one before does not."""
    gate = _gate(10)

    assert [False, True] == [gate.is_open(9 * HOP_NS), gate.is_open(10 * HOP_NS)]


def test_gate_holds_for_its_time() -> None:
    """Twenty hops of five seconds, then it is closed."""
    gate = _gate(10)

    assert [True, False] == [gate.is_open(29 * HOP_NS), gate.is_open(30 * HOP_NS)]


def test_every_high_hop_holds_it_anew() -> None:
    """The last high hop counts."""
    gate = _gate(10, 11, 25)

    assert [True, False] == [gate.is_open(44 * HOP_NS), gate.is_open(45 * HOP_NS)]


def test_network_with_a_long_memory_is_asked_for_longer() -> None:
    """As long as it holds an earthquake for one, it must be heard."""
    gate = _gate(10)

    assert gate.is_open(49 * HOP_NS, hold_s=10.0)
    assert not gate.is_open(50 * HOP_NS, hold_s=10.0)


def test_what_comes_later_does_not_count() -> None:
    """The answer for a hop is the same whatever is known of those after it."""
    early, late = EnergyGate(_CONFIG), _gate(40)
    early.note([Frame(number * HOP_NS, 0.0) for number in range(20)])

    assert early.is_open(19 * HOP_NS) == late.is_open(19 * HOP_NS)


def test_gate_that_never_closes_is_refused() -> None:
    """A ratio of noise is about 1: a gate there would be no gate."""
    with pytest.raises(ValidationError, match="open_ratio"):
        GateConfig(open_ratio=1.0)


def _heard(
    detectors: Sequence[Detector],
    trace: np.ndarray,
    gate: EnergyGate | None,
    size: int,
) -> dict[int, Frame]:
    panel = DetectorPanel(detectors, gate)
    resamplers = {rate_hz: Resampler(rate_hz) for rate_hz in {DETECTION_RATE_HZ, *panel.rates_hz}}
    hops = []
    for block in blocks(trace, 100.0, size):
        hops += panel.push({rate_hz: r.push(block) for rate_hz, r in resamplers.items()})
    name = detectors[-1].name
    return {frames[name].end_ns: frames[name] for _, frames in hops if name in frames}


@pytest.fixture(scope="module")
def loudness(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return a bundle of a network that hears 2 s at 40 Hz, twice a second."""
    return load_bundle(write_window_bundle(tmp_path_factory.mktemp("bundles")))


def _two_quakes() -> np.ndarray:
    trace = burst(noise(160, 100.0), 60.0, 0.05, decay_s=2.0, rate_hz=100.0)
    return burst(trace, 130.0, 0.02, decay_s=2.0, rate_hz=100.0)


@pytest.mark.parametrize("size", [25, 100, 37])
@pytest.mark.parametrize("kind", ["stream", "windows"])
def test_network_that_slept_says_what_it_would_have_said(
    kind: str, size: int, loudness: Bundle
) -> None:
    """Bit for bit, whenever the gate is open; and the gate was closed most of the time."""

    def detectors() -> list[Detector]:
        stream = kind == "stream"
        network = NetworkDetector(load_bundle(shipped_bundle())) if stream else None
        return [StaLtaDetector(StaLtaConfig()), network or WindowDetector(loudness)]

    always = _heard(detectors(), _two_quakes(), None, size)
    gated = _heard(detectors(), _two_quakes(), EnergyGate(_CONFIG), size)

    awake = {end_ns: frame for end_ns, frame in gated.items() if not frame.asleep}
    assert always.keys() == gated.keys()
    assert {end_ns: always[end_ns] for end_ns in awake} == awake
    assert 0.05 * len(gated) < len(awake) < 0.5 * len(gated)
    assert {0.0} == {frame.score for frame in gated.values() if frame.asleep}


def test_packets_of_any_size_open_it_at_the_same_hop(loudness: Bundle) -> None:
    """A quarter of a second or a second at once: the same hops are slept through."""
    asleep = [
        {end_ns for end_ns, frame in heard.items() if frame.asleep}
        for heard in (
            _heard(
                [StaLtaDetector(StaLtaConfig()), WindowDetector(loudness)],
                _two_quakes(),
                EnergyGate(_CONFIG),
                size,
            )
            for size in (25, 100, 37)
        )
    ]

    assert asleep[0] == asleep[1] == asleep[2]


def test_without_sta_lta_there_is_no_gate(loudness: Bundle) -> None:
    """Nothing would ever open it."""
    heard = _heard([WindowDetector(loudness)], _two_quakes(), EnergyGate(_CONFIG), 25)

    assert not any(frame.asleep for frame in heard.values())


def test_station_with_a_gate_triggers_as_before() -> None:
    """The earthquake is told at the same onset, with the same scores of both detectors."""
    told = [_triggers(enabled=enabled) for enabled in (False, True)]

    assert TriggerStatus.FINAL is told[1][-1].status
    assert told[0] == told[1]


def _triggers(*, enabled: bool) -> list[Trigger]:
    station = StationSection(network="XX", station="KARA1", latitude=46.9, longitude=7.4)
    config = DetectionSection(gate=GateConfig(enabled=enabled))
    detectors = [StaLtaDetector(config.sta_lta), NetworkDetector(load_bundle(shipped_bundle()))]
    description = SourceDescription("test", "memory", "x", 100.0, ("HNZ", "HNN", "HNE"))
    pipeline = StationPipeline(station, config, detectors, description)
    quake = burst(noise(90, 100.0), 60.0, 0.05, decay_s=8.0, rate_hz=100.0)
    return [t for packet in packets(quake) for t in pipeline.push(packet)] + pipeline.flush()
