"""Plays a script to a real centre through a real Mosquitto, and listens to what it says.

broker   mosquitto on loopback, or one that runs already
centre   `cloud-aggregator run` as a process of its own, with a database in a temporary folder
here     all stations: their states, a health report each ten seconds, their triggers
"""

import contextlib
import heapq
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from cloud.errors import SimulationError
from cloud.simulate.processes import Running, centre, cpu_s, mosquitto
from cloud.simulate.schedule import (
    HEALTH_EVERY_S,
    Sending,
    health_of,
    schedule,
    state_of,
    topic_of,
    trigger_of,
    triggered,
)
from cloud.simulate.score import Heard, Score, score
from cloud.simulate.script import Script
from edge.messages import Event
from edge.messages.topics import ALL_EVENTS
from edge.timestamps import seconds_to_ns

_SETTLE_S: Final = 15.0
_LEAD_S: Final = 2.0
_DRAIN_S: Final = 60.0
_IN_FLIGHT: Final = 2000
_TELL_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run showed."""

    score: Score
    messages: int
    """Triggers, states and reports that were sent."""
    centre_cpu_s: float
    broker_cpu_s: float | None
    """None for a broker that somebody else runs."""
    behind_s: float
    """The most that sending was behind the script: the machine was too slow to play it."""


def simulate(
    script: Script,
    folder: Path,
    broker: tuple[str, int] | None = None,
    tell: Callable[[float], None] = lambda _: None,
    processes: int = 0,
) -> Outcome:
    """Play a script and score what the centre says.

    Args:
        script: What happens.
        folder: For logs, configuration and database.
        broker: Host and port of one that runs; a Mosquitto of our own where left out.
        tell: Is told the seconds that have been played, now and then.
        processes: That receive besides the centre.

    Raises:
        SimulationError: Mosquitto is not there, or centre or broker do not start.
    """
    sendings = schedule(script)
    with contextlib.ExitStack() as stack:
        own = None if broker else stack.enter_context(mosquitto(folder))
        host, port = broker or ("127.0.0.1", own.port if own is not None else 0)
        aggregator = stack.enter_context(centre(folder, host, port, processes))
        heard: list[tuple[float, bytes]] = []
        stack.enter_context(_listening(host, port, heard))
        client = stack.enter_context(_connected(host, port))
        before = _costs(aggregator, own)
        play = _Play(script, sendings, client, tell)
        play.run()
        after = _costs(aggregator, own)
    return Outcome(
        score=score(
            script,
            triggered(script, sendings),
            _first_sent(sendings),
            _events(heard, play.began_s),
            play.start_ns,
        ),
        messages=play.messages,
        centre_cpu_s=after[0] - before[0],
        broker_cpu_s=None if own is None else after[1] - before[1],
        behind_s=play.behind_s,
    )


class _Play:
    """Sends everything in its time.

    Args:
        script: What happens.
        sendings: Trigger revisions in the order of sending.
        client: A connection.
        tell: Is told how far it is.
    """

    def __init__(
        self,
        script: Script,
        sendings: Sequence[Sending],
        client: paho.Client,
        tell: Callable[[float], None],
    ) -> None:
        self.messages = 0
        self.behind_s = 0.0
        self.start_ns = 0
        self.began_s = 0.0
        self._script = script
        self._sendings = sendings
        self._client = client
        self._tell = tell

    def run(self) -> None:
        """Send the states, then the rest by the clock; returns when the centre had time for it."""
        for station in self._script.stations:
            state = state_of(station, time.time_ns()).to_wire()
            self._publish(topic_of(station, "state"), state, 1, retain=True)
        self._drain()
        self.start_ns = time.time_ns() + seconds_to_ns(_LEAD_S)
        self.began_s = time.monotonic() + _LEAD_S
        told_s = 0.0
        for at_s, send in heapq.merge(self._triggers(), self._reports(), key=lambda item: item[0]):
            while (left_s := self.began_s + at_s - time.monotonic()) > 0:
                time.sleep(min(left_s, _TELL_EVERY_S))
                self._tell(min(at_s, time.monotonic() - self.began_s))
            self.behind_s = max(self.behind_s, -left_s)
            send()
            if at_s - told_s > _TELL_EVERY_S:
                told_s = at_s
                self._tell(at_s)
        self._drain()
        time.sleep(_SETTLE_S)

    def _triggers(self) -> Iterator[tuple[float, Callable[[], None]]]:
        for sending in self._sendings:
            yield sending.at_s, partial(self._send, sending)

    def _send(self, sending: Sending) -> None:
        topic = topic_of(sending.seen.station, "trigger")
        self._publish(topic, trigger_of(sending, self.start_ns).to_wire(), 1)

    def _reports(self) -> Iterator[tuple[float, Callable[[], None]]]:
        """Yield the health reports, spread evenly over each ten seconds."""
        stations = self._script.stations
        step_s = HEALTH_EVERY_S / len(stations)
        for number in range(int(self._script.length_s / step_s)):
            turn, index = divmod(number, len(stations))
            away_s = stations[index].away_s
            at_s = number * step_s
            if away_s is None or not away_s[0] <= at_s < away_s[1]:
                yield at_s, partial(self._report, index, turn)

    def _report(self, index: int, turn: int) -> None:
        station = self._script.stations[index]
        report = health_of(station, time.time_ns(), 1 + round(turn * HEALTH_EVERY_S * 4))
        self._publish(topic_of(station, "health"), report.to_wire(), 0)

    def _publish(self, topic: str, payload: bytes, qos: int, *, retain: bool = False) -> None:
        self._client.publish(topic, payload, qos=qos, retain=retain)
        self.messages += 1

    def _drain(self) -> None:
        """Wait until the broker has everything.

        Raises:
            SimulationError: It takes no more.
        """
        end_s = time.monotonic() + _DRAIN_S
        marker = self._client.publish("tremor/simulation", b"", qos=1)
        while not marker.is_published():
            if time.monotonic() > end_s:
                raise SimulationError(f"the broker took nothing for {_DRAIN_S:g} s")
            time.sleep(0.01)


@contextlib.contextmanager
def _connected(host: str, port: int) -> Iterator[paho.Client]:
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.max_inflight_messages_set(_IN_FLIGHT)
    client.max_queued_messages_set(0)
    client.connect(host, port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


@contextlib.contextmanager
def _listening(host: str, port: int, heard: list[tuple[float, bytes]]) -> Iterator[None]:
    """Note every event revision and when it came."""

    def note(_client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:  # noqa: ANN401 - paho's form
        if message.payload and not message.retain:
            heard.append((time.monotonic(), bytes(message.payload)))

    with _connected(host, port) as client:
        client.on_message = note
        client.subscribe(ALL_EVENTS, qos=1)
        yield


def _costs(aggregator: Running, own: Running | None) -> tuple[float, float]:
    return cpu_s(aggregator.pid), cpu_s(own.pid) if own is not None else 0.0


def _first_sent(sendings: Sequence[Sending]) -> dict[str, float]:
    return {sending.trigger: sending.at_s for sending in sendings if sending.revision == 0}


def _events(heard: Sequence[tuple[float, bytes]], began_s: float) -> list[Heard]:
    return [Heard(Event.from_wire(payload), at_s - began_s) for at_s, payload in heard]
