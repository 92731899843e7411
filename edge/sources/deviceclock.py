"""Decides, packet by packet, whether a device's own clock can be believed.

Two clocks stamp each packet: the device's (steady from packet to packet, but possibly set wrong)
and the receiver's (right, but late by the transport). Their difference, the lag, tells which of
three things happened:

* the lag is that of a network: the device's clock is right and is used;
* the lag is impossible and steady: the device's clock is wrong. Its steadiness is still good, so
  the stamps are shifted by the smallest lag seen of late (the least delayed packet; the minimum
  filter of NTP, RFC 5905) less a typical transport latency;
* the lag is long and changes, or the device's stamps run on where the last packet ended: the
  clock is right and the packet is late (the network was away, the device sends what it kept).

The decision uses only what has arrived. While the first packets leave it open they are held back;
packets that are held count as arrived when they are let go.
"""

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from edge.messages.clock import ClockSource, ClockState
from edge.packet import Packet
from edge.timestamps import ns_to_seconds, seconds_to_ns

LAG_RANGE_S: Final = (-0.5, 5.0)
"""Lags that a network explains; a little below zero, as both clocks err by tenths of a second."""
STEADY_SPREAD_S: Final = 1.0
STEADY_SPAN_S: Final = 3.0
STEADY_PACKETS: Final = 4
MAX_HOLD_S: Final = 30.0
MAX_HELD_PACKETS: Final = 2000
CONTIGUOUS_S: Final = 0.3
RECENT_PACKETS: Final = 60

TRUSTED_ERROR_S: Final = 0.05
"""Error of an NTP-disciplined clock behind a mobile network."""
SHIFTED_ERROR_S: Final = 0.2
"""Error of a shifted clock: the transport latency itself is not known better."""
ARRIVAL_ERROR_S: Final = 0.5
"""Error of a time taken from a single arrival."""


@dataclass(frozen=True, slots=True)
class _Reading:
    packet: Packet
    device_ns: int
    lag_ns: int


class DeviceClock:
    """Turns packets stamped by a device into packets stamped as well as can be known.

    Args:
        transport_latency_s: Typical time from the last sample to the receiver's stamp.
    """

    def __init__(self, transport_latency_s: float = 0.1) -> None:
        self._latency_ns = seconds_to_ns(transport_latency_s)
        self._shift_ns: int | None = None
        self._proven = False
        self._held: list[_Reading] = []
        self._suspects: list[_Reading] = []
        self._recent_lags: deque[int] = deque(maxlen=RECENT_PACKETS)
        self._last_device_ns: int | None = None
        self.shifts = 0
        """How often the clock was found wrong, or right again."""

    def push(self, packet: Packet) -> list[Packet]:
        """Take a packet whose `last_sample_ns` is the device's; return packets that can go on.

        Args:
            packet: Packets come in order of arrival.

        Returns:
            Packets with the chosen time and clock state, in order of arrival.
        """
        device_ns = packet.last_sample_ns
        reading = _Reading(packet, device_ns, packet.arrival_ns - device_ns)
        if self._shift_ns is None:
            released = self._settle(reading)
        else:
            released = [self._follow(reading, self._shift_ns)]
        self._last_device_ns = device_ns
        return released

    def flush(self) -> list[Packet]:
        """Return what is still held at the end of the data, as the device stamped it."""
        return self._release(0) if self._held else []

    def _settle(self, reading: _Reading) -> list[Packet]:
        """Hold the first packets until their lags tell which clock is right."""
        self._held.append(reading)
        if _is_plausible(reading.lag_ns):
            self._proven = True
            return self._release(0)
        if _is_steady(self._held):
            return self._release(self._shift_for(self._held))
        held_s = ns_to_seconds(reading.packet.arrival_ns - self._held[0].packet.arrival_ns)
        if held_s > MAX_HOLD_S or len(self._held) > MAX_HELD_PACKETS:
            return self._release(0)
        return []

    def _shift_for(self, readings: list[_Reading]) -> int:
        """Adopt a new shift: the device's clock is wrong by the lag of these readings."""
        self._recent_lags.clear()
        self._recent_lags.extend(reading.lag_ns for reading in readings)
        self._proven = True
        self.shifts += 1
        smallest = min(self._recent_lags)
        return 0 if _is_plausible(smallest) else smallest - self._latency_ns

    def _release(self, shift_ns: int) -> list[Packet]:
        self._shift_ns = shift_ns
        arrival_ns = self._held[-1].packet.arrival_ns
        held, self._held = self._held, []
        return [replace(self._stamp(one, shift_ns), arrival_ns=arrival_ns) for one in held]

    def _follow(self, reading: _Reading, shift_ns: int) -> Packet:
        """Stamp a packet once the clock is settled, watching for a step of the clock."""
        lag_ns = reading.lag_ns - shift_ns
        if _is_plausible(lag_ns):
            self._suspects.clear()
            self._proven = True
            return self._stamp(reading, self._tightened(reading))
        if lag_ns > 0 and self._proven and not self._suspects and self._runs_on(reading):
            return self._stamp(reading, shift_ns)
        self._suspects.append(reading)
        del self._suspects[:-RECENT_PACKETS]
        if _is_steady(self._suspects):
            self._shift_ns = self._shift_for(self._suspects)
            self._suspects.clear()
            return self._stamp(reading, self._shift_ns)
        if lag_ns > 0:
            return self._stamp(reading, shift_ns)
        return self._stamp_by_arrival(reading)

    def _runs_on(self, reading: _Reading) -> bool:
        """Tell whether the device's stamps go on where the last packet ended: no step."""
        if self._last_device_ns is None:
            return False
        packet = reading.packet
        expected = len(packet.samples) / packet.nominal_rate_hz
        elapsed = ns_to_seconds(reading.device_ns - self._last_device_ns)
        return abs(elapsed - expected) < CONTIGUOUS_S

    def _tightened(self, reading: _Reading) -> int:
        """Note the lag; a shifted clock follows the least delayed of the recent packets."""
        self._recent_lags.append(reading.lag_ns)
        if self._shift_ns:
            self._shift_ns = min(self._recent_lags) - self._latency_ns
        return self._shift_ns or 0

    def _stamp(self, reading: _Reading, shift_ns: int) -> Packet:
        if shift_ns:
            source, error_s = ClockSource.FREE_RUN, SHIFTED_ERROR_S
        else:
            source, error_s = ClockSource.NTP, self._trusted_error_s()
        clock = ClockState(source=source, offset_s=ns_to_seconds(shift_ns), error_s=error_s)
        return replace(reading.packet, last_sample_ns=reading.device_ns + shift_ns, clock=clock)

    def _trusted_error_s(self) -> float:
        """Half of what the least lag lies off the typical one: that much is unexplained."""
        if not self._recent_lags:
            return TRUSTED_ERROR_S
        unexplained_s = abs(ns_to_seconds(min(self._recent_lags) - self._latency_ns))
        return max(TRUSTED_ERROR_S, unexplained_s / 2)

    def _stamp_by_arrival(self, reading: _Reading) -> Packet:
        time_ns = reading.packet.arrival_ns - self._latency_ns
        clock = ClockState(
            source=ClockSource.FREE_RUN,
            offset_s=ns_to_seconds(time_ns - reading.device_ns),
            error_s=ARRIVAL_ERROR_S,
        )
        return replace(reading.packet, last_sample_ns=time_ns, clock=clock)


def _is_plausible(lag_ns: int) -> bool:
    lowest, highest = LAG_RANGE_S
    return lowest <= ns_to_seconds(lag_ns) <= highest


def _is_steady(readings: list[_Reading]) -> bool:
    """Tell whether the latest readings arrived in real time with one and the same lag."""
    newest = readings[-1].packet.arrival_ns
    span_ns = seconds_to_ns(STEADY_SPAN_S)
    lags: list[int] = []
    for reading in reversed(readings):
        lags.append(reading.lag_ns)
        enough = len(lags) >= STEADY_PACKETS
        if enough and newest - reading.packet.arrival_ns >= span_ns:
            return ns_to_seconds(max(lags) - min(lags)) <= STEADY_SPREAD_S
    return False
