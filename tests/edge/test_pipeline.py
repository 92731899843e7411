"""The station without its wires: packets in, trigger revisions out."""

import csv
from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle, load_bundle
from edge.config import DetectionSection, StationSection
from edge.detect.base import Detector
from edge.detect.sta_lta import StaLtaDetector
from edge.detect.windowed import WindowDetector
from edge.messages import QualityFlag, Trigger, TriggerStatus
from edge.packet import Packet
from edge.pipeline import StationPipeline
from edge.sources import OpenEewConfig
from edge.sources.base import SourceDescription
from tests.edge.streams import START_NS, burst, noise, packets
from tests.edge.window_bundles import write_window_bundle

_STATION = StationSection(network="XX", station="KARA1", latitude=46.9, longitude=7.4)
_CONFIG = DetectionSection()
_CHANNELS = ("HNZ", "HNN", "HNE")
_SECOND = 1_000_000_000


def _pipeline(rate_hz: float = 100.0) -> StationPipeline:
    description = SourceDescription("test", "memory", "adxl355", rate_hz, _CHANNELS)
    return StationPipeline(_STATION, _CONFIG, [StaLtaDetector(_CONFIG.sta_lta)], description)


def _run(stream: list[Packet], rate_hz: float = 100.0) -> list[Trigger]:
    pipeline = _pipeline(rate_hz)
    triggers = [t for packet in stream for t in pipeline.push(packet)]
    return triggers + pipeline.flush()


def _quake(rate_hz: float = 100.0) -> np.ndarray:
    return burst(noise(90, rate_hz), 60.0, peak_m_s2=0.05, decay_s=8.0, rate_hz=rate_hz)


@pytest.mark.parametrize("rate_hz", [31.25, 50.0, 100.0, 125.0, 200.0, 250.0])
def test_every_usual_rate_triggers_at_the_same_time(rate_hz: float) -> None:
    """From 31 to 250 Hz the onset is found within 0.1 s."""
    triggers = _run(list(packets(_quake(rate_hz), rate_hz)), rate_hz)

    assert TriggerStatus.FINAL == triggers[-1].status
    assert abs(triggers[-1].onset - START_NS - 60 * _SECOND) <= 0.1 * _SECOND


def test_packet_size_changes_no_trigger() -> None:
    """Quarter-second and one-second packets give the same onsets, scores and measures."""
    quick = _run(list(packets(_quake(), size=25)))
    slow = _run(list(packets(_quake(), size=100)))

    assert quick[-1].id == slow[-1].id
    assert quick[-1].onset == slow[-1].onset
    assert quick[-1].detectors[0].score == pytest.approx(slow[-1].detectors[0].score, rel=1e-3)
    assert quick[-1].pga_m_s2 == pytest.approx(slow[-1].pga_m_s2, rel=1e-3)


def test_same_packets_give_the_same_bytes() -> None:
    """A second run over the same data differs in no byte."""
    first, second = (_run(list(packets(_quake()))) for _ in range(2))

    assert [t.to_wire() for t in first] == [t.to_wire() for t in second]
    assert len(first) > 3


def test_trigger_is_sent_when_its_packet_arrived() -> None:
    """`sent` is the data's clock: the arrival of the packet that made the revision due."""
    stream = list(packets(_quake()))
    arrivals = {packet.arrival_ns for packet in stream}

    assert all(trigger.sent in arrivals for trigger in _run(stream))


def test_gap_in_the_shaking_ends_the_trigger_flagged() -> None:
    """Three lost seconds end the trigger as final, with the gap in its quality."""
    stream = [p for p in packets(_quake()) if not 62 < (p.arrival_ns - START_NS) / _SECOND < 65]

    triggers = _run(stream)

    ended = next(t for t in triggers if t.status is TriggerStatus.FINAL)
    assert QualityFlag.GAP in ended.quality


def test_missing_component_degrades_and_says_so() -> None:
    """A station with a vertical only triggers, and flags what it lacks."""
    trace = _quake()
    trace[:, 1:] = np.nan

    triggers = _run(list(packets(trace)))

    assert (QualityFlag.MISSING_COMPONENT,) == triggers[-1].quality
    assert abs(triggers[-1].onset - START_NS - 60 * _SECOND) <= 0.1 * _SECOND


@pytest.fixture(scope="module")
def loudness(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return a bundle of a network that hears 2 s at 40 Hz, twice a second."""
    return load_bundle(write_window_bundle(tmp_path_factory.mktemp("bundles")))


def _run_with(detectors: list[Detector], stream: list[Packet]) -> list[Trigger]:
    description = SourceDescription("test", "memory", "adxl355", 100.0, _CHANNELS)
    pipeline = StationPipeline(_STATION, _CONFIG, detectors, description)
    triggers = [t for packet in stream for t in pipeline.push(packet)]
    return triggers + pipeline.flush()


def _of(triggers: list[Trigger], name: str) -> list[tuple[object, ...]]:
    return [
        (t.revision, t.status, t.onset, r.score, r.time)
        for t in triggers
        for r in t.detectors
        if r.name == name
    ]


@pytest.mark.parametrize("size", [25, 100, 37])
def test_detector_at_another_rate_changes_nothing_for_sta_lta(size: int, loudness: Bundle) -> None:
    """Onsets, scores and times of STA/LTA are those that it has alone; the network's stand by."""
    stream = list(packets(_quake(), size=size))
    silent = WindowDetector(loudness, threshold=0.999999)
    sta_lta = StaLtaDetector(_CONFIG.sta_lta)

    alone = _run_with([StaLtaDetector(_CONFIG.sta_lta)], stream)
    together = _run_with([sta_lta, silent], stream)

    assert _of(alone, "sta_lta") == _of(together, "sta_lta")
    assert len(alone) == len(_of(together, "loudness"))
    assert len(alone) > 3


def test_network_of_windows_opens_and_keeps_a_trigger(loudness: Bundle) -> None:
    """Alone on the station it fires on the earthquake, and its word holds between its hops."""
    triggers = _run_with([WindowDetector(loudness)], list(packets(_quake())))

    assert TriggerStatus.PRELIMINARY == triggers[0].status
    assert TriggerStatus.FINAL == triggers[-1].status
    assert 1 == len({t.id for t in triggers})
    assert abs(triggers[-1].onset - START_NS - 60 * _SECOND) <= 0.1 * _SECOND
    (report,) = triggers[0].detectors
    assert ("loudness", True) == (report.name, report.fired)
    assert 0 == (report.time or 1) % (_SECOND // 2)


def test_network_of_windows_begins_anew_after_a_gap(loudness: Bundle) -> None:
    """A gap in the shaking ends the trigger; nothing is left of the hops that waited."""
    stream = [p for p in packets(_quake()) if not 62 < (p.arrival_ns - START_NS) / _SECOND < 65]
    sta_lta = StaLtaDetector(_CONFIG.sta_lta)

    first, second = (
        _run_with([sta_lta, WindowDetector(loudness)], stream),
        _run_with([StaLtaDetector(_CONFIG.sta_lta), WindowDetector(loudness)], stream),
    )

    ended = next(t for t in first if t.status is TriggerStatus.FINAL)
    assert QualityFlag.GAP in ended.quality
    assert [t.to_wire() for t in first] == [t.to_wire() for t in second]


@pytest.mark.parametrize("event", ["2018_1_8", "2018_1_29"])
def test_real_records_trigger_at_the_picked_p(shared_data: Path, event: str) -> None:
    """Every record of a training event with a P pick of quality A triggers within 0.6 s of it."""
    folder = shared_data / "openeew_mx"
    with (folder / "openeew_ppicks_auto.csv").open(newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["event"] == event and r["quality"] == "A"]
    assert rows
    for row in rows:
        source = OpenEewConfig(paths=(folder / event / row["station"],)).open()
        pipeline = StationPipeline(
            _STATION, _CONFIG, [StaLtaDetector(_CONFIG.sta_lta)], source.describe()
        )
        triggers = [t for packet in source.packets() for t in pipeline.push(packet)]
        onsets_s = {t.id: t.onset / _SECOND for t in triggers}

        assert any(abs(o - float(row["auto_p_epoch"])) < 0.6 for o in onsets_s.values()), row
