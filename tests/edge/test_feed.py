"""The feed keeps a source going, in step with the data's clock."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.config import StationConfig, StationSection
from edge.dataclock import DataClock
from edge.errors import SourceError
from edge.feed import Feed
from edge.messages import Trigger, TriggerStatus
from edge.outbox import Outbox
from edge.packet import Packet
from edge.sources import Source, SourceDescription, SyntheticConfig, SyntheticEarthquake
from edge.station import Station, open_station

START_NS = 1_700_000_000_000_000_000
AT_ONCE = DataClock(data_start_ns=2 * START_NS)


def station(folder: Path, duration_s: float = 60.0, source: Source | None = None) -> Station:
    """Return a made-up station that an earthquake shakes after 25 s, without a network."""
    quake = SyntheticEarthquake(
        origin_time=START_NS + 25_000_000_000, latitude=17.2, longitude=-99.5, magnitude=5.0
    )
    config = StationConfig(
        station=StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5),
        source=SyntheticConfig(
            latitude=17.0,
            longitude=-99.5,
            start=START_NS,
            duration_s=duration_s,
            earthquakes=(quake,),
        ),
        detection={"model": {"enabled": False}},
        state_dir=folder,
    )
    made = open_station(config)
    return made if source is None else Station(config, source, made.pipeline, made.models)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """Return an empty outbox."""
    box = Outbox(tmp_path / "outbox.sqlite")
    yield box
    box.close()


class Moody:
    """A source that fails after some packets, a number of times."""

    packets_dropped = 0

    def __init__(self, inner: Source, failures: int) -> None:
        self.inner = inner
        self.failures = failures
        self.opened = 0

    def describe(self) -> SourceDescription:
        """Return what is known of the source."""
        return self.inner.describe()

    def packets(self) -> Iterator[Packet]:
        """Yield packets; fail early while there are failures left."""
        self.opened += 1
        for number, packet in enumerate(self.inner.packets()):
            if self.failures and number == 3:
                self.failures -= 1
                raise SourceError("moody", "here", "cable pulled")
            yield packet


def test_an_earthquake_becomes_triggers_in_the_outbox(tmp_path: Path, outbox: Outbox) -> None:
    """All revisions of it, on the station's topic, to expire in a day."""
    told = threading.Event()
    feed = Feed(station(tmp_path), outbox, AT_ONCE, told.set)

    feed.run()

    queued = outbox.batch(100)
    triggers = [Trigger.from_wire(message.payload) for message in queued]
    assert told.is_set()
    assert {"tremor/v1/XX/A/trigger"} == {message.topic for message in queued}
    assert list(range(len(triggers))) == [trigger.revision for trigger in triggers]
    assert TriggerStatus.FINAL is triggers[-1].status
    day_ns = 86_400 * 10**9
    expires_ns = queued[0].expires_ns
    assert expires_ns is not None
    assert abs(expires_ns - time.time_ns() - day_ns) < 60 * 10**9


def test_a_failing_source_is_opened_again(tmp_path: Path, outbox: Outbox) -> None:
    """Each failure is said with its reason, and the earthquake is not missed."""
    source = Moody(station(tmp_path).source, failures=2)
    feed = Feed(station(tmp_path, source=source), outbox, AT_ONCE, lambda: None)

    with capture_logs() as logs:
        feed.run()

    reasons = [entry["reason"] for entry in logs if entry["event"] == "source_failed"]
    assert 3 == source.opened
    assert 2 == len([reason for reason in reasons if "cable pulled" in reason])
    assert outbox.depth > 0


def test_it_halts_while_it_waits_for_a_packet(tmp_path: Path, outbox: Outbox) -> None:
    """A packet that is due in years does not hold the agent up."""
    never = DataClock(data_start_ns=0, wall_start_ns=time.time_ns())
    feed = Feed(station(tmp_path), outbox, never, lambda: None)
    thread = threading.Thread(target=feed.run)
    thread.start()

    feed.halt()
    thread.join(5)

    assert not thread.is_alive()


def test_packets_come_at_the_pace_of_the_clock(tmp_path: Path, outbox: Outbox) -> None:
    """No packet is taken before its time on the data's clock."""
    clock = DataClock(START_NS, time.time_ns(), speed=20.0)
    made = station(tmp_path, duration_s=10.0)
    early: list[int] = []
    push = made.pipeline.push

    def watched(packet: Packet) -> list[Trigger]:
        if clock.now_ns() < packet.arrival_ns:
            early.append(packet.arrival_ns)
        return push(packet)

    made.pipeline.push = watched  # type: ignore[method-assign]
    Feed(made, outbox, clock, lambda: None).run()

    assert [] == early
    assert clock.now_ns() >= START_NS + 9 * 10**9


def test_health_tells_what_waits_and_where_the_data_are(tmp_path: Path, outbox: Outbox) -> None:
    """The report is on the data's clock."""
    clock = DataClock(START_NS, time.time_ns(), speed=1.0)
    feed = Feed(station(tmp_path), outbox, AT_ONCE, lambda: None)
    feed.run()
    depth = outbox.depth
    feed._clock = clock

    health = feed.health()

    assert ("XX", "A", depth) == (health.network, health.station, health.outbox_depth)
    assert health.packets > 200
    assert 1 == health.triggers
    assert health.time >= START_NS
