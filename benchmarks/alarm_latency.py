"""How long the local alarm takes from the packet that decides to what is done about it.

python benchmarks/alarm_latency.py [--rounds 20]

A whole station on a synthetic earthquake, fed as fast as it goes. The clock starts when the packet
is handed to the pipeline. A GPIO line, were it the last action, is set at `line`, a program has started and told
the time at `program`, and a subscriber of a real Mosquitto has the message at `broker`.
"""

import argparse
import asyncio
import logging
import statistics
import tempfile
import threading
import time
from pathlib import Path

import structlog
from paho.mqtt.client import CallbackAPIVersion, Client

from cloud.errors import SimulationError
from cloud.simulate.processes import mosquitto
from edge.alarm.attach import alarmed
from edge.alarm.config import AlarmConfig, CommandConfig
from edge.config import StationConfig, StationSection
from edge.messages import Alarm
from edge.mqtt import MqttConfig
from edge.sources.synthetic import SyntheticConfig, SyntheticEarthquake
from edge.station import Station, open_station

_START_NS = 1_700_000_000_000_000_000
_PATIENCE_S = 30.0


class Line:
    """Stands where a GPIO line would."""

    name = "line"

    def __init__(self) -> None:
        self.set_ns = 0

    def tell(self, alarm: Alarm) -> None:
        """Note when."""
        if alarm.ringing:
            self.set_ns = time.time_ns()

    def close(self) -> None:
        """Do nothing."""


class Subscriber:
    """Notes when a broker hands on that an alarm rings."""

    def __init__(self, port: int) -> None:
        self.heard_ns = 0
        self.heard = threading.Event()
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe("tremor/v1/+/+/alarm", qos=1)
        self._ready.wait(_PATIENCE_S)

    def _take(self, _client: object, _data: object, message: object) -> None:
        if Alarm.from_wire(message.payload).ringing:  # type: ignore[attr-defined]
            self.heard_ns = time.time_ns()
            self.heard.set()

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        try:
            with mosquitto(folder) as broker:
                taken = [asyncio.run(_round(folder, broker.port)) for _ in range(rounds)]
        except SimulationError as error:
            print(f"left out: {error.reason}")
            return
    print("| from the packet to | median | largest |\n|---|---|---|")
    for name, column in zip(("line", "program", "broker"), zip(*taken, strict=True), strict=True):
        print(f"| {name} | {statistics.median(column):.1f} ms | {max(column):.1f} ms |")


async def _round(folder: Path, port: int) -> tuple[float, float, float]:
    """Return milliseconds from the packet to line, program and subscriber."""
    told = folder / "told"
    told.unlink(missing_ok=True)
    line = Line()
    write = ("/bin/sh", "-c", f'date +%s%N > "{told}.part" && mv "{told}.part" "{told}"')
    alarm = AlarmConfig(command=CommandConfig(run=write), broker=MqttConfig(port=port))
    async with alarmed(open_station(_config(folder, alarm))) as station:
        if station.alarm is None:
            raise RuntimeError
        station.alarm.bell.add(line)
        await asyncio.sleep(0.5)  # the connection to the broker
        subscriber = Subscriber(port)
        begin_ns = await asyncio.to_thread(_feed, station)
        await asyncio.to_thread(subscriber.heard.wait, _PATIENCE_S)
        while not told.exists():  # noqa: ASYNC110 - a file of another process
            await asyncio.sleep(0.01)
        subscriber.close()
    moments = (line.set_ns, int(told.read_text()), subscriber.heard_ns)
    return tuple((moment - begin_ns) / 1e6 for moment in moments)  # type: ignore[return-value]


def _feed(station: Station) -> int:
    """Feed until it rings; return when the packet was handed over that decided."""
    for packet in station.source.packets():
        begin_ns = time.time_ns()
        station.pipeline.push(packet)
        if station.alarm is not None and station.alarm.bell.standing.alarm.ringing:
            return begin_ns
    raise RuntimeError("it did not ring")


def _config(folder: Path, alarm: AlarmConfig) -> StationConfig:
    quake = SyntheticEarthquake(
        origin_time=_START_NS + 40_000_000_000, latitude=17.2, longitude=-99.5, magnitude=6.0
    )
    return StationConfig(
        station=StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5),
        source=SyntheticConfig(
            latitude=17.0, longitude=-99.5, start=_START_NS, duration_s=90, earthquakes=(quake,)
        ),
        alarm=alarm,
        state_dir=folder,
    )


if __name__ == "__main__":
    main()
