"""Receives one station's records by SeedLink, resumes where it was cut off, joins components."""

import socket
from collections.abc import Iterator
from typing import Final

import numpy as np
import structlog

from edge.errors import PacketError, SourceError
from edge.messages.clock import ClockSource, ClockState
from edge.packet import COMPONENTS, Packet
from edge.sources.base import SourceDescription
from edge.sources.components import ORIENTATIONS, ComponentJoiner, Span
from edge.sources.hostclock import HOST, HostClock
from edge.sources.live import LOOK_S, LiveSource
from edge.sources.miniseed_records import decode_record
from edge.sources.seedlink import SeedLinkConfig
from edge.sources.seedlink_wire import Connection, Subscription
from edge.sources.sensitivity import Sensitivities
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds

_log = structlog.get_logger(__name__)

ANSWER_S: Final = 10.0
"""A server that takes longer for an answer counts as gone."""
RATE_TOLERANCE: Final = 0.01


class SeedLinkSource(LiveSource):
    """Packets of one station.

    Args:
        config: Server and station.
        clock: The host's clock.
    """

    def __init__(self, config: SeedLinkConfig, clock: HostClock = HOST) -> None:
        super().__init__()
        self._config = config
        self._clock = clock
        self._sensitivities = Sensitivities("seedlink", self._place, config)
        self._sequence: int | None = None
        self._version: int | None = None
        self._reported = False
        # Kept over connections: what came of one component before a cut waits for the others.
        present = frozenset(ORIENTATIONS[letter] for letter in config.components)
        self._joiner = ComponentJoiner(present, config.rate_hz)
        for letter in config.components:
            self._sensitivity((*self._codes, config.channels + letter), clock.wall_ns())

    @property
    def _place(self) -> str:
        return f"{self._config.host}:{self._config.port}"

    @property
    def _codes(self) -> tuple[str, str, str]:
        network, station = self._config.station.split(".")
        return network, station, self._config.location

    def describe(self) -> SourceDescription:
        """Return what is known of the station."""
        letters = {ORIENTATIONS[letter]: letter for letter in self._config.components}
        names = [
            self._config.channels + letters.get(index, letter)
            for index, letter in enumerate(COMPONENTS)
        ]
        return SourceDescription(
            type="seedlink",
            place=f"{self._config.station} of {self._place}",
            sensor=self._config.sensor or "unknown",
            nominal_rate_hz=self._config.rate_hz,
            channels=(names[0], names[1], names[2]),
            counts_per_m_s2=self._counts_per_m_s2(names),
        )

    def _counts_per_m_s2(self, channels: list[str]) -> tuple[float, float, float]:
        """Return the sensitivity now; a channel that is not there has that of another."""
        letters = {ORIENTATIONS[letter]: letter for letter in self._config.components}
        known = {
            index: self._sensitivity((*self._codes, channels[index]), self._clock.wall_ns())
            for index in letters
        }
        any_one = next(iter(known.values()))
        up, north, east = (known.get(index, any_one) for index in range(len(COMPONENTS)))
        return up, north, east

    def packets(self) -> Iterator[Packet]:
        """Yield packets as records complete them, until interrupted.

        Raises:
            SourceError: The server cannot be reached, refuses, fell silent, or lost its place.
        """
        with self._connect() as peer:
            connection = self._subscribe(peer)
            for record in self._records(connection):
                try:
                    spans = self._take(record)
                except PacketError as error:
                    self._drop(error)
                    continue
                yield from map(self._packet, spans)

    def _connect(self) -> socket.socket:
        try:
            peer = socket.create_connection((self._config.host, self._config.port), ANSWER_S)
        except OSError as error:
            raise self._fail(f"cannot be reached: {error}") from None
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return peer

    def _subscribe(self, peer: socket.socket) -> Connection:
        network, station, location = self._codes
        subscription = Subscription(
            network, station, location, self._config.channels, self._sequence
        )
        try:
            connection = Connection(peer, self._place, subscription)
        except OSError as error:
            raise self._fail(f"the connection failed: {error}") from None
        if self._version not in {None, connection.version}:
            # Sequence numbers of the two versions have nothing to do with each other.
            self._sequence = None
        self._version = connection.version
        peer.settimeout(LOOK_S)
        return connection

    def _records(self, connection: Connection) -> Iterator[bytes]:
        heard_ns = asked_ns = self._clock.monotonic_ns()
        while not self._interrupted.is_set():
            now_ns = self._clock.monotonic_ns()
            try:
                for delivery in connection.read():
                    heard_ns = asked_ns = now_ns
                    if delivery.record is not None:
                        self._sequence = delivery.sequence
                        yield delivery.record
                if ns_to_seconds(now_ns - asked_ns) > self._config.keepalive_s:
                    asked_ns = now_ns
                    connection.ask_for_life()
            except PacketError as error:
                self._drop(error)
                raise self._fail(f"lost its place in the stream: {error}") from error
            except OSError as error:
                raise self._fail(f"the connection failed: {error}") from error
            if ns_to_seconds(now_ns - heard_ns) > self._config.silence_s:
                raise self._fail(f"silent for {self._config.silence_s:g} s; connecting anew")

    def _take(self, content: bytes) -> list[Span]:
        """Return the stretches of time that a record completes.

        Raises:
            PacketError: The record is broken, or is not what was asked for.
        """
        record = decode_record(content, self._place)
        channel = record.codes[3]
        wanted = self._config.channels
        is_ours = record.codes[:3] == self._codes and channel.startswith(wanted)
        if not is_ours or channel[2:] not in set(self._config.components):
            raise PacketError(self._place, f"sends {'.'.join(record.codes)}, not asked for")
        if abs(record.rate_hz / self._config.rate_hz - 1) > RATE_TOLERANCE:
            reason = f"{channel} has {record.rate_hz:g} Hz; set rate_hz to it"
            raise PacketError(self._place, reason)
        sensitivity = self._sensitivity(record.codes, record.start_ns)
        samples = (record.samples / sensitivity).astype(np.float32)
        return self._joiner.push(ORIENTATIONS[channel[2]], record.start_ns, samples)

    def _sensitivity(self, codes: tuple[str, str, str, str], time_ns: int) -> float:
        return self._sensitivities.counts_per_m_s2(codes, time_ns)

    def _packet(self, span: Span) -> Packet:
        length_s = (len(span.samples) - 1) / self._config.rate_hz
        return Packet(
            samples=span.samples,
            last_sample_ns=span.start_ns + round(length_s * NANOSECONDS_PER_SECOND),
            arrival_ns=self._clock.wall_ns(),
            nominal_rate_hz=self._config.rate_hz,
            clock=ClockState(source=ClockSource.NTP, error_s=self._config.clock_error_s),
        )

    def _fail(self, reason: str) -> SourceError:
        return SourceError("seedlink", self._place, reason)

    def _drop(self, error: PacketError) -> None:
        self.packets_dropped += 1
        if not self._reported:
            self._reported = True
            _log.warning("record dropped", place=error.place, reason=error.reason)
