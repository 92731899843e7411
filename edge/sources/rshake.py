"""A Raspberry Shake on the network, by the UDP datagrams that its "UDP data" output sends.

A datagram is text: `{'EHZ', 1507760140.530, 614, 916, 1095}`: the channel, the time of the first
sample in seconds since 1970, and counts; about four a second and channel. The accelerometer of a
Shake 4D is ENZ, ENN, ENE; geophones (EH?) measure velocity and are not used.
"""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import structlog
from numpy.typing import NDArray
from pydantic import Field

from edge.errors import PacketError, SourceError
from edge.messages.clock import ClockSource, ClockState
from edge.packet import COMPONENTS, Packet
from edge.sensor import load_sensor_profile
from edge.sources.base import SourceDescription, same_for_all
from edge.sources.components import ComponentJoiner, Span
from edge.sources.deviceclock import DeviceClock
from edge.sources.hostclock import HOST, HostClock
from edge.sources.live import LOOK_S, LiveSettings, LiveSource
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds

_log = structlog.get_logger(__name__)

MOST_SAMPLES: Final = 4000
"""More do not come in a datagram of a quarter of a second."""
_MAX_EPOCH_NS: Final = 4_102_444_800 * NANOSECONDS_PER_SECOND
"""2100-01-01: a later time is garbage."""
_MOST_BYTES: Final = 65_535
_KEPT_BYTES: Final = 1 << 20
"""The kernel keeps datagrams for a minute while the station is busy."""
_FORM: Final = re.compile(
    rb"\{'([A-Z0-9]{3})', ?([0-9]{1,10})(?:\.([0-9]{1,9}))?((?:, ?-?[0-9]{1,10})+)\}\s*"
)
_CHANNEL: Final = re.compile(rb"\{'[A-Z0-9]{3}',")
"""The geophone's datagrams are a quarter of all and need not be read."""
_NANOSECOND_DIGITS: Final = 9
_SHOWN_BYTES: Final = 60
_ALL: Final = "0.0.0.0"  # noqa: S104 - a Shake sends from another machine
_UNDECIDED: Final = ClockState(source=ClockSource.FREE_RUN, error_s=0.5)


class RaspberryShakeConfig(LiveSettings):
    """The accelerometer of a Raspberry Shake on the network."""

    type: Literal["rshake"] = "rshake"
    listen: str = Field(default=_ALL, title="Listen", description="Own address that is listened on")
    port: int = Field(
        default=8888, ge=1, le=65535, title="Port", description="UDP port that is listened on"
    )
    sender: str | None = Field(
        default=None,
        title="Sender",
        description="Address of the Shake; datagrams of others are dropped. Any where left out",
    )
    channels: str = Field(
        default="EN",
        pattern=r"^[A-Z]N$",
        title="Channels",
        description="Band and instrument code of the accelerometer",
    )
    sensor: str = Field(
        default="rshake4d-mems", title="Sensor", description="Name or path of a sensor profile"
    )
    counts_per_m_s2: float | None = Field(
        default=None,
        gt=0,
        title="Sensitivity",
        description="Counts per m/s2, from the Shake's own response file; the profile's where left"
        " out",
    )
    transport_latency_s: float = Field(
        default=0.1,
        ge=0,
        le=10,
        title="Transport latency",
        description="Typical seconds from the last sample to its arrival, for a wrong clock",
    )

    def open(self) -> "RaspberryShakeSource":
        """Return the source; it listens when packets are asked for.

        Raises:
            ConfigError: The sensor profile does not exist or has a mistake.
        """
        return RaspberryShakeSource(self)


@dataclass(frozen=True, slots=True)
class Datagram:
    """What one datagram says."""

    channel: str
    start_ns: int
    """Time of the first sample."""
    counts: NDArray[np.int64]


def parse(content: bytes, sender: str) -> Datagram:
    """Return what a datagram says.

    Args:
        content: The datagram.
        sender: Where it came from, for messages.

    Raises:
        PacketError: It is no datagram of a Shake.
    """
    match = _FORM.fullmatch(content)
    if match is None:
        raise PacketError(sender, f"{content[:_SHOWN_BYTES]!r} is no datagram of a Raspberry Shake")
    start_ns = int(match[2] + (match[3] or b"").ljust(_NANOSECOND_DIGITS, b"0"))
    if not 0 < start_ns < _MAX_EPOCH_NS:
        raise PacketError(sender, f"time {match[2].decode()} is not in seconds since 1970")
    values = match[4].split(b",")[1:]
    if len(values) > MOST_SAMPLES:
        raise PacketError(sender, f"{len(values)} samples; at most {MOST_SAMPLES} can be")
    return Datagram(
        channel=match[1].decode(), start_ns=start_ns, counts=np.array([int(one) for one in values])
    )


class RaspberryShakeSource(LiveSource):
    """Packets of one Shake's accelerometer.

    Args:
        config: Where to listen, and to whom.
        clock: The host's clock.
    """

    def __init__(self, config: RaspberryShakeConfig, clock: HostClock = HOST) -> None:
        super().__init__()
        self._config = config
        self._clock = clock
        profile = load_sensor_profile(config.sensor)
        self._sensor = profile.name
        self._rate_hz = profile.rate_hz
        self._sensitivity = config.counts_per_m_s2 or profile.counts_per_m_s2
        self._reported = False
        codes = [config.channels + component for component in COMPONENTS]
        self._channels = (codes[0], codes[1], codes[2])
        self._beginnings = tuple(f"{{'{code}'".encode() for code in codes)

    @property
    def _place(self) -> str:
        return f"UDP {self._config.listen}:{self._config.port}"

    def describe(self) -> SourceDescription:
        """Return what is known of the Shake."""
        return SourceDescription(
            type="rshake",
            place=self._place,
            sensor=self._sensor,
            nominal_rate_hz=self._rate_hz,
            channels=self._channels,
            counts_per_m_s2=same_for_all(self._sensitivity),
        )

    def packets(self) -> Iterator[Packet]:
        """Yield packets as datagrams complete them, until interrupted.

        Raises:
            SourceError: The port is taken, or the Shake fell silent.
        """
        joiner = ComponentJoiner(frozenset(range(len(COMPONENTS))), self._rate_hz)
        device_clock = DeviceClock(self._config.transport_latency_s)
        with self._listening() as listener:
            for datagram in self._datagrams(listener):
                component = self._channels.index(datagram.channel)
                samples = (datagram.counts / self._sensitivity).astype(np.float32)
                for span in joiner.push(component, datagram.start_ns, samples):
                    yield from self._stamped(device_clock, span)

    def _stamped(self, device_clock: DeviceClock, span: Span) -> Iterator[Packet]:
        length_ns = round((len(span.samples) - 1) * NANOSECONDS_PER_SECOND / self._rate_hz)
        arrival_ns = self._clock.wall_ns()
        packet = Packet(
            samples=span.samples,
            last_sample_ns=span.start_ns + length_ns,
            arrival_ns=arrival_ns,
            nominal_rate_hz=self._rate_hz,
            clock=_UNDECIDED,
        )
        for stamped in device_clock.push(packet):
            yield replace(stamped, arrival_ns=arrival_ns)

    def _listening(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KEPT_BYTES)
            listener.bind((self._config.listen, self._config.port))
        except OSError as error:
            listener.close()
            reason = f"cannot be listened on ({error.strerror}); does another program?"
            raise SourceError("rshake", self._place, reason) from None
        listener.settimeout(LOOK_S)
        return listener

    def _datagrams(self, listener: socket.socket) -> Iterator[Datagram]:
        """Yield the accelerometer's datagrams; count what is broken or of somebody else."""
        heard_ns = self._clock.monotonic_ns()
        while not self._interrupted.is_set():
            if ns_to_seconds(self._clock.monotonic_ns() - heard_ns) > self._config.silence_s:
                raise self._silent()
            try:
                content, (sender, *_) = listener.recvfrom(_MOST_BYTES)
            except TimeoutError:
                continue
            if self._config.sender not in {None, sender}:
                self._drop(PacketError(sender, f"is not the Shake at {self._config.sender}"))
                continue
            if _CHANNEL.match(content) and not content.startswith(self._beginnings):
                continue
            try:
                datagram = parse(content, sender)
            except PacketError as error:
                self._drop(error)
                continue
            heard_ns = self._clock.monotonic_ns()
            yield datagram

    def _silent(self) -> SourceError:
        reason = (
            f"no {self._config.channels}? datagram for {self._config.silence_s:g} s; does the"
            f" Shake send to this address and port, and is it one with an accelerometer?"
        )
        return SourceError("rshake", self._place, reason)

    def _drop(self, error: PacketError) -> None:
        self.packets_dropped += 1
        if not self._reported:
            self._reported = True
            _log.warning("datagram dropped", place=error.place, reason=error.reason)
