"""Samples into the pipeline, triggers into the outbox: the station's work, in a thread of its own.

A source that fails is opened again after a growing delay, for ever. A recording is fed at the pace
of its clock, and ends.
"""

import threading
import time
from collections.abc import Callable

import structlog

from edge.backoff import Backoff
from edge.dataclock import DataClock
from edge.errors import SourceError
from edge.messages import Health, Trigger
from edge.messages.topics import station_topic
from edge.outbox import Lane, Outbox
from edge.packet import Packet
from edge.sources import LiveSource
from edge.station import Station
from edge.timestamps import seconds_to_ns

_log = structlog.get_logger(__name__)

_TRIGGER_LIFE_NS = seconds_to_ns(86_400)
_UNKNOWN_TIME_S = 3600.0
"""A clock that may be further off may be set at any moment, past the life of what waits."""
_LOOK_S = 0.1
"""How often the clock is looked at again while a packet waits."""
_REST_LOOK_S = 5.0
_SETTLED_PACKETS = 100
"""After so many packets a source counts as working again."""


class Feed:
    """Runs a station's source until it is halted or, for a recording, over.

    Args:
        station: Source and pipeline.
        outbox: Takes the triggers.
        clock: The data's clock; recorded packets are held back until it reaches them.
        notify: Called after triggers were put into the outbox.
    """

    def __init__(
        self, station: Station, outbox: Outbox, clock: DataClock, notify: Callable[[], None]
    ) -> None:
        self._station = station
        self._outbox = outbox
        self._clock = clock
        self._notify = notify
        self._halt = threading.Event()
        self._steps = 0
        self._trouble: str | None = None
        self._lock = threading.Lock()
        place = station.config.station
        self._topic = station_topic(place.network, place.station, "trigger")

    def halt(self) -> None:
        """End `run` before the next packet."""
        self._halt.set()
        if isinstance(self._station.source, LiveSource):
            self._station.source.interrupt()

    @property
    def steps(self) -> int:
        """Packets that went through detection, and looks at what is being waited for."""
        return self._steps

    @property
    def trouble(self) -> str | None:
        """Why the source failed last; None where it never did."""
        return self._trouble

    def health(self) -> Health:
        """Return a health report, between two packets."""
        depth = self._outbox.depth
        with self._lock:
            return self._station.health(self._clock.now_ns(), depth)

    def run(self) -> None:
        """Feed until halted; a recording or a source with a given span ends by itself."""
        backoff = Backoff()
        while not self._halt.is_set():
            try:
                self._feed_once(backoff)
            except (SourceError, OSError) as error:
                delay_s = backoff.next_delay_s()
                self._trouble = str(error)
                _log.warning("source_failed", reason=str(error), retry_s=round(delay_s, 1))
                self._rest(delay_s)
            else:
                break
        if not self._halt.is_set():
            _log.info("source_ended", packets=self._station.pipeline.packets)

    def _feed_once(self, backoff: Backoff) -> None:
        for number, packet in enumerate(self._station.source.packets(), start=1):
            if number == _SETTLED_PACKETS:
                backoff.reset()
            if not self._wait_for(packet):
                return
            with self._lock:
                triggers = self._station.pipeline.push(packet)
            self._send(triggers)
            self._steps += 1
        with self._lock:
            triggers = self._station.pipeline.flush()
        self._send(triggers)

    def _rest(self, delay_s: float) -> None:
        """Wait before the source is opened again; that is no hang."""
        end_s = time.monotonic() + delay_s
        while (left_s := end_s - time.monotonic()) > 0 and not self._halt.is_set():
            self._steps += 1
            self._halt.wait(min(left_s, _REST_LOOK_S))

    def _wait_for(self, packet: Packet) -> bool:
        """Wait until the packet is due; return False when halted.

        A live packet is due: where its stamp lies ahead, the clock was set back since.
        """
        if isinstance(self._station.source, LiveSource):
            return not self._halt.is_set()
        while (delay_s := self._clock.seconds_until(packet.arrival_ns)) > 0:
            self._steps += 1
            if self._halt.wait(min(delay_s, _LOOK_S)):
                return False
        return not self._halt.is_set()

    def _expiry_ns(self, trigger: Trigger) -> int | None:
        """Return when nobody wants a trigger any more; None where the clock does not know."""
        if trigger.clock.error_s > _UNKNOWN_TIME_S:
            return None
        return self._clock.wall_ns() + _TRIGGER_LIFE_NS

    def _send(self, triggers: list[Trigger]) -> None:
        for trigger in triggers:
            expires_ns = self._expiry_ns(trigger)
            self._outbox.put(
                self._topic, trigger.to_wire(), lane=Lane.TRIGGER, expires_ns=expires_ns
            )
            _log.info(
                "trigger",
                id=trigger.id,
                revision=trigger.revision,
                status=trigger.status.value,
                phase=trigger.phase.value,
            )
            if self._station.archive is not None:
                self._station.archive.note(trigger)
        if triggers:
            self._notify()
