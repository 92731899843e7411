"""A whole station whose clock is wrong, or is set under it: it goes on, and loses no trigger."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.config import StationConfig, StationSection
from edge.dataclock import LIVE
from edge.feed import Feed
from edge.messages import Trigger
from edge.messages.clock import ClockSource, ClockState
from edge.outbox import Outbox, Queued
from edge.packet import Packet
from edge.pipeline import StationPipeline
from edge.sources.adxl355 import Adxl355Config
from edge.sources.base import SourceDescription
from edge.sources.live import LiveSource
from edge.station import Station, open_station
from tests.edge.streams import burst, noise, packets

RATE_HZ = 100.0
YEAR_NS = 31_556_952 * 10**9


class Prepared(LiveSource):
    """A live source of a minute and a half with an earthquake.

    Args:
        start_ns: What the wall clock shows at the start.
        clock: How good it is.
        set_by_ns: By how much it is set after half a minute.
    """

    def __init__(self, start_ns: int, clock: ClockState, set_by_ns: int = 0) -> None:
        super().__init__()
        self._start_ns, self._state, self._set_by_ns = start_ns, clock, set_by_ns

    def describe(self) -> SourceDescription:
        """Return what is known of it."""
        return SourceDescription("test", "memory", "adxl355", RATE_HZ, ("HNZ", "HNN", "HNE"))

    def packets(self) -> Iterator[Packet]:
        """Yield packets by a host's clocks."""
        trace = burst(noise(90, RATE_HZ), 60.0, peak_m_s2=0.05, decay_s=8.0, rate_hz=RATE_HZ)
        for packet in packets(trace, RATE_HZ, start_ns=self._start_ns):
            passed_ns = packet.arrival_ns - self._start_ns
            by_ns = self._set_by_ns if passed_ns > 30 * 10**9 else 0
            yield replace(
                packet,
                last_sample_ns=packet.last_sample_ns + by_ns,
                arrival_ns=packet.arrival_ns + by_ns,
                clock=self._state,
                steady_ns=passed_ns,
            )


def run(source: Prepared, folder: Path) -> tuple[StationPipeline, list[Queued]]:
    """Run a station to the end of its source; return what waits for the broker a day later."""
    place = StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5)
    made = open_station(
        StationConfig(
            station=place,
            source=Adxl355Config(self_test=False),
            detection={"model": {"enabled": False}},
            state_dir=folder,
        )
    )
    station = Station(made.config, source, made.pipeline, ())
    outbox = Outbox(folder / "outbox.sqlite", clock_ns=time.time_ns)
    Feed(station, outbox, LIVE, lambda: None).run()
    outbox.close()
    later = Outbox(folder / "outbox.sqlite", clock_ns=lambda: time.time_ns() + 20 * YEAR_NS)
    queued = later.batch(100)
    later.close()
    return made.pipeline, queued


UNSET = ClockState(source=ClockSource.FREE_RUN, error_s=86_400.0)
KEPT = ClockState(source=ClockSource.NTP, error_s=0.002)


def test_a_clock_of_the_future_holds_no_packet_back(tmp_path: Path) -> None:
    """Set back by twenty years, it may never come to the stamps that it gave."""
    pipeline, _ = run(Prepared(time.time_ns() + 20 * YEAR_NS, UNSET), tmp_path)

    assert 360 == pipeline.packets
    assert 1 == pipeline.triggers


def test_triggers_of_an_unset_clock_wait_for_the_broker_however_it_is_set(tmp_path: Path) -> None:
    """A day of life, counted on a clock that is twenty years slow, would end at once."""
    _, queued = run(Prepared(time.time_ns() - 20 * YEAR_NS, UNSET), tmp_path)

    assert len(queued) > 1
    assert {None} == {one.expires_ns for one in queued}


def test_triggers_of_a_good_clock_are_old_after_a_day(tmp_path: Path) -> None:
    """Nobody wants yesterday's alarm."""
    _, queued = run(Prepared(time.time_ns(), KEPT), tmp_path)

    assert [] == queued


@pytest.mark.parametrize("set_by_s", [20 * 31_556_952, -300, 300, -1])
def test_an_earthquake_after_the_clock_was_set_is_found_at_its_new_time(
    tmp_path: Path, set_by_s: int
) -> None:
    """The detectors start anew at the step, half a minute before; the onset is right to 0.1 s."""
    start_ns = time.time_ns() // 10**9 * 10**9 - 10**12
    pipeline, queued = run(Prepared(start_ns, UNSET, set_by_s * 10**9), tmp_path)
    final = Trigger.model_validate_json(queued[-1].payload)

    assert 1 == pipeline.triggers
    assert 1 == pipeline.time_base.counters.steps
    assert abs((final.onset - start_ns) / 1e9 - set_by_s - 60.0) < 0.1
