"""A broker that is away for a day, by a clock that is moved: what is kept, and what is not."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.config import StationConfig
from edge.dataclock import DataClock
from edge.feed import Feed
from edge.mqtt import MqttConfig
from edge.outbox import Outbox
from edge.packet import Packet
from edge.publisher import Publisher
from edge.sources.adxl355 import Adxl355Config
from edge.sources.base import SourceDescription
from edge.sources.live import LiveSource
from edge.station import Station, open_station
from tests.conftest import Mosquitto
from tests.edge.streams import burst, noise, packets
from tests.faults.ledger import Ledger, counting
from tests.faults.station import PLACE

RATE_HZ = 100.0
HOUR_NS = 3600 * 10**9
QUAKES = 24


class Hourly(LiveSource):
    """A sensor that delivers a minute an hour, with an earthquake in it.

    Args:
        start_ns: What the wall clock shows at the start.
        now_ns: Holds the wall clock, which is moved on with the packets.
    """

    def __init__(self, start_ns: int, now_ns: list[int]) -> None:
        super().__init__()
        self._start_ns, self._now_ns = start_ns, now_ns

    def describe(self) -> SourceDescription:
        """Return what is known of it."""
        return SourceDescription("test", "memory", "adxl355", RATE_HZ, ("HNZ", "HNN", "HNE"))

    def packets(self) -> Iterator[Packet]:
        """Yield the packets of a day."""
        trace = burst(noise(65, RATE_HZ), 50.0, peak_m_s2=0.05, decay_s=6.0, rate_hz=RATE_HZ)
        for hour in range(QUAKES):
            for packet in packets(trace, RATE_HZ, 100, self._start_ns + hour * HOUR_NS):
                self._now_ns[0] = packet.arrival_ns
                yield packet


def _a_day_of_triggers(folder: Path, start_ns: int, now_ns: list[int]) -> Outbox:
    made = open_station(
        StationConfig(
            station=PLACE,
            source=Adxl355Config(self_test=False),
            detection={"model": {"enabled": False}},
            state_dir=folder,
        )
    )
    station = Station(made.config, Hourly(start_ns, now_ns), made.pipeline, ())
    outbox = Outbox(folder / "outbox.sqlite", clock_ns=lambda: now_ns[0])
    clock = DataClock(wall_ns=lambda: now_ns[0])
    Feed(station, outbox, clock, lambda: None).run()
    assert QUAKES == made.pipeline.triggers
    return outbox


async def _publish_all(port: int, outbox: Outbox) -> Ledger:
    stop = asyncio.Event()
    async with counting(port) as ledger:
        publisher = Publisher(MqttConfig(port=port), outbox, "station")
        task = asyncio.create_task(publisher.run(stop))
        async with asyncio.timeout(60):
            while outbox.depth > 0 or len(ledger.payloads) < publisher.sent:  # noqa: ASYNC110 - of others
                await asyncio.sleep(0.02)
        stop.set()
        await task
    return ledger


@pytest.mark.broker
async def test_a_broker_that_is_away_for_a_day_gets_every_trigger(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Twenty-four earthquakes wait for up to twenty-three hours; none is dropped, none expires."""
    now_ns = [time.time_ns() - QUAKES * HOUR_NS + HOUR_NS // 2]
    outbox = await asyncio.to_thread(_a_day_of_triggers, tmp_path, now_ns[0], now_ns)
    waited = outbox.depth

    ledger = await _publish_all(mosquitto.port, outbox)
    outbox.close()

    assert waited == len(ledger.payloads)
    assert QUAKES == len({trigger for trigger, _ in ledger.payloads})
    assert (0, 0) == (outbox.dropped, outbox.expired)


@pytest.mark.broker
async def test_what_is_older_than_a_day_is_forgotten_and_said(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Ten hours later the oldest are of no use any more; the others arrive."""
    now_ns = [time.time_ns() - (QUAKES + 10) * HOUR_NS + HOUR_NS // 2]
    outbox = await asyncio.to_thread(_a_day_of_triggers, tmp_path, now_ns[0], now_ns)
    now_ns[0] += 10 * HOUR_NS

    with capture_logs() as logs:
        ledger = await _publish_all(mosquitto.port, outbox)
    outbox.close()

    assert QUAKES - 10 == len({trigger for trigger, _ in ledger.payloads})
    assert outbox.expired > 0
    assert "outbox_expired" in {entry["event"] for entry in logs}
