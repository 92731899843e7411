"""A live sensor and the station behind it: shaking becomes triggers, faults do not."""

import math
import threading
import time
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from edge.config import DetectionSection, StationConfig, StationSection
from edge.dataclock import LIVE
from edge.detect.sta_lta import StaLtaDetector
from edge.feed import Feed
from edge.messages import QualityFlag, Trigger, TriggerStatus
from edge.outbox import Outbox
from edge.pipeline import StationPipeline
from edge.sources.adxl355 import Adxl355Config, Adxl355Source
from edge.station import Station
from tests.edge.sources.adxl355_model import Adxl355Model
from tests.edge.sources.simulated_host import START_NS, SimulatedTime

_PLACE = StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5)
_ONSET_S = 40.0


def quake(second: float) -> tuple[float, float, float]:
    """Return gravity, and after forty seconds twenty of shaking at 4 Hz, g."""
    since_s = second - _ONSET_S
    shaking = 0.02 * math.sin(8 * math.pi * since_s) * math.exp(-since_s / 8) if since_s > 0 else 0
    return shaking, 0.5 * shaking, 1 + 0.8 * shaking


def _station(chip: Adxl355Model, folder: Path) -> Station:
    config = StationConfig(
        station=_PLACE,
        source=Adxl355Config(self_test=False),
        state_dir=folder,
        detection={"model": {"enabled": False}},
    )
    source = Adxl355Source(config.source, chip.time.clock(), lambda: nullcontext(chip))
    detection = DetectionSection()
    detectors = [StaLtaDetector(detection.sta_lta)]
    pipeline = StationPipeline(_PLACE, detection, detectors, source.describe())
    return Station(config, source, pipeline, ())


def _run(station: Station, seconds: float) -> list[Trigger]:
    packets = station.source.read(threading.Event())  # type: ignore[attr-defined]
    return [
        trigger
        for packet in islice(packets, round(10 * seconds))
        for trigger in station.pipeline.push(packet)
    ]


def test_shaking_of_the_chip_becomes_a_trigger_at_its_time(tmp_path: Path) -> None:
    """Through registers, FIFO and time base to the onset, within 0.1 s."""
    chip = Adxl355Model(SimulatedTime(), motion=quake, rate_error=-0.005)

    triggers = _run(_station(chip, tmp_path), 55)

    onset_s = (triggers[-1].onset - START_NS) / 1e9
    assert TriggerStatus.FINAL is triggers[-1].status
    assert _ONSET_S == pytest.approx(onset_s, abs=0.1)


@pytest.mark.parametrize("counts", [255_977, 0], ids=["frozen", "at zero"])
def test_an_axis_that_sticks_and_moves_again_is_no_earthquake(tmp_path: Path, counts: int) -> None:
    """What the leap of gravity sets off ends at once, flagged; afterwards all three are used."""
    chip = Adxl355Model(SimulatedTime())
    station = _station(chip, tmp_path)
    packets = station.source.read(threading.Event())  # type: ignore[attr-defined]
    triggers, noise = [], []
    for number, packet in enumerate(islice(packets, 900)):
        chip.stuck = {2: counts} if 400 <= number < 500 else {}
        triggers += station.pipeline.push(packet)
        if number in {399, 899}:
            noise.append([one.rms_m_s2 for one in station.pipeline.noise()])

    ended = [trigger for trigger in triggers if trigger.status is TriggerStatus.FINAL]
    assert all(QualityFlag.GAP in trigger.quality for trigger in ended)
    assert (counts == 0) == bool(triggers)
    np.testing.assert_allclose(noise[0], noise[1], rtol=0.3)


def test_health_tells_the_sensors_temperature(tmp_path: Path) -> None:
    """A box in the sun drifts."""
    chip = Adxl355Model(SimulatedTime(), temperature_reading=1885 - 181)
    station = _station(chip, tmp_path)
    _run(station, 1)

    assert 45.0 == pytest.approx(station.health(START_NS, 0).temperature_c)


def test_an_agent_with_a_silent_sensor_tries_for_ever_and_ends_when_told(tmp_path: Path) -> None:
    """The sensor that returns is used at the next attempt; nothing waits for it at the end."""
    chip = Adxl355Model(SimulatedTime(wall_start_ns=time.time_ns()))
    chip.silent = True
    station = _station(chip, tmp_path)
    outbox = Outbox(tmp_path / "outbox.sqlite")
    feed = Feed(station, outbox, LIVE, lambda: None)
    thread = threading.Thread(target=feed.run)
    thread.start()
    while chip.resets < 2:
        time.sleep(0.01)
    assert 0 == station.pipeline.packets

    chip.silent = False
    deadline_s = time.monotonic() + 30
    while station.pipeline.packets == 0 and time.monotonic() < deadline_s:
        time.sleep(0.01)
    feed.halt()
    thread.join(10)
    outbox.close()

    assert station.pipeline.packets > 0
    assert not thread.is_alive()
