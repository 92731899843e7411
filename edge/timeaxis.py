"""The time axis of emitted samples: where the next sample goes, and whether a packet fits there.

It runs on the estimated sampling rate and is steered gently towards the stamps, so that blocks
which continue one another join without a seam.
"""

import math
from collections import deque
from dataclasses import replace
from typing import Final

import numpy as np

from edge.packet import Block, Packet
from edge.sampleclock import SampleClock
from edge.timestamps import NANOSECONDS_PER_SECOND, ns_to_seconds, seconds_to_ns

MAX_STEER: Final = 0.01
"""The axis leaves the estimated rate by at most this much to meet the stamps."""
MAX_STEER_DEBT_S: Final = 0.5
"""An axis further behind the stamps than this is set, not steered."""
MAX_LEAP_DEBT_S: Final = 0.1
"""The same where stamps in a row show that something happened which was not seen."""
SELDOM: Final = 0.7
"""At this part of the gate jitter is seldom: once in 200 packets, which then wait for the next."""
_ORIGIN_AGE_S: Final = 1000
_RECENT_PACKETS: Final = 60


class TimeAxis:
    """A time axis that starts at a packet.

    Args:
        nominal_rate_hz: First guess of the sampling rate.
    """

    def __init__(self, nominal_rate_hz: float) -> None:
        self.clock = SampleClock(nominal_rate_hz)
        self.next_ns = 0
        """Time of the next sample on the axis."""
        self.last_arrival_ns = 0
        """When the newest packet on the axis arrived."""
        self._delays_ns: deque[int] = deque(maxlen=_RECENT_PACKETS)
        self._origin_ns = 0

    def fits(self, packet: Packet, after: int = 0) -> bool:
        """Tell whether a packet's stamp is right where the axis ends, or `after` samples on.

        A stamp that is late by more than half a packet rather shows that a packet was lost,
        where jitter seldom does that.
        """
        expected_s, gate_s = self.clock.predict(after + len(packet.samples))
        off_s = self._stamp_s(packet) - expected_s
        half_s = len(packet.samples) * self.clock.period_s / 2
        return -gate_s <= off_s <= min(gate_s, max(half_s, SELDOM * gate_s))

    def follows(self, earlier: Packet, later: Packet) -> bool:
        """Tell whether one packet goes on where the other ends, by their own stamps."""
        elapsed_s = ns_to_seconds(later.last_sample_ns - earlier.last_sample_ns)
        expected_s = len(later.samples) * self.clock.period_s
        return abs(elapsed_s - expected_s) <= math.sqrt(2) * self.clock.gate_s(0)

    def new_samples(self, packet: Packet) -> int:
        """Return how many of a packet's samples lie beyond the end of the axis."""
        beyond_s = ns_to_seconds(packet.last_sample_ns - self.next_ns)
        count = round(beyond_s / self.clock.period_s) + 1
        return min(max(count, 0), len(packet.samples))

    def starts_beyond(self, packet: Packet) -> float:
        """Return how many seconds after the end of the axis a packet starts."""
        span_s = (len(packet.samples) - 1) * self.clock.period_s
        return ns_to_seconds(packet.last_sample_ns - self.next_ns) - span_s

    def leapt(self, packet: Packet) -> bool:
        """Tell whether a packet came in its turn, though its stamp leaps ahead: a clock was set.

        After a gap a packet comes as late as its stamp is, and is no less delayed than others;
        in a burst of old packets it comes at once.
        """
        duration_s = len(packet.samples) * self.clock.period_s
        leap_s = self.starts_beyond(packet)
        waited_s = ns_to_seconds(packet.arrival_ns - self.last_arrival_ns)
        delay_ns = packet.arrival_ns - packet.last_sample_ns
        sooner_s = ns_to_seconds(min(self._delays_ns, default=delay_ns) - delay_ns)
        return duration_s / 2 <= waited_s and sooner_s > leap_s / 2

    def anchor(self, packet: Packet) -> Block:
        """Set the axis by a packet's stamp; the block does not continue the one before."""
        self._origin_ns = packet.last_sample_ns
        self.clock.restart(0.0)
        span_ns = seconds_to_ns((len(packet.samples) - 1) * self.clock.period_s)
        return self._emit(packet, packet.last_sample_ns - span_ns, continues=False)

    def resume(self, packet: Packet) -> Block:
        """Put a packet onto the axis after a gap.

        Where it is certain how many samples were lost they are counted; else the axis is set
        by the packet's stamp.
        """
        count = len(packet.samples)
        first_s = self._stamp_s(packet) - (count - 1) * self.clock.period_s
        expected_s, _ = self.clock.predict(1)
        lost = self.clock.lost(first_s - expected_s, count)
        if not lost:
            return self.anchor(packet)
        self.clock.advance(lost)
        self.clock.update(count, self._stamp_s(packet), packet.temperature_c)
        first_s = self.clock.last_s - (count - 1) * self.clock.period_s
        start_ns = max(self._origin_ns + seconds_to_ns(first_s), self.next_ns)
        return self._emit(packet, start_ns, continues=False)

    def step(self, packet: Packet) -> Block:
        """Set the axis after the device's clock was set; earlier delays tell nothing any more."""
        self._delays_ns.clear()
        return self.anchor(packet)

    def extend(self, packet: Packet, *, believe: bool = True) -> Block:
        """Put a packet where the axis ends.

        Args:
            packet: Its first sample follows the axis's last.
            believe: Its stamp corrects the axis; if not, its samples are only counted.
        """
        count = len(packet.samples)
        leaps = self.clock.leaps
        if believe:
            self.clock.update(count, self._stamp_s(packet), packet.temperature_c)
        else:
            self.clock.advance(count)
        first_s = self.clock.last_s - (count - 1) * self.clock.period_s
        behind_s = first_s - ns_to_seconds(self.next_ns - self._origin_ns)
        leapt = self.clock.leaps > leaps and abs(behind_s) > MAX_LEAP_DEBT_S
        if leapt or behind_s > MAX_STEER_DEBT_S:
            return self._emit(packet, self._origin_ns + seconds_to_ns(first_s), continues=False)
        return self._emit(packet, self.next_ns, continues=True)

    def _stamp_s(self, packet: Packet) -> float:
        return ns_to_seconds(packet.last_sample_ns - self._origin_ns)

    def _emit(self, packet: Packet, start_ns: int, *, continues: bool) -> Block:
        count = len(packet.samples)
        clock = self.clock
        goal_s = clock.last_s + clock.period_s - ns_to_seconds(start_ns - self._origin_ns)
        lowest, highest = clock.period_s * (1 - MAX_STEER), clock.period_s * (1 + MAX_STEER)
        period_s = min(max(goal_s / count, lowest), highest)
        debt_s = goal_s - count * period_s
        error_s = math.hypot(packet.clock.error_s, clock.error_s, debt_s)
        block = Block(
            start_ns=start_ns,
            rate_hz=1 / period_s,
            samples=packet.samples,
            clock=packet.clock.with_error(error_s),
            arrival_ns=packet.arrival_ns,
            continues=continues,
            clipped=packet.clipped,
        )
        self.next_ns = block.end_ns
        self.last_arrival_ns = packet.arrival_ns
        self._delays_ns.append(packet.arrival_ns - packet.last_sample_ns)
        self._move_origin()
        return block

    def _move_origin(self) -> None:
        """Keep the origin near the data, so that float seconds stay exact to the nanosecond."""
        whole_s = int(self.clock.last_s)
        if whole_s > _ORIGIN_AGE_S:
            self.clock.shift_origin(whole_s)
            self._origin_ns += whole_s * NANOSECONDS_PER_SECOND


def last_samples(packet: Packet, count: int) -> Packet:
    """Return a packet with only its last `count` samples."""
    return replace(packet, samples=packet.samples[len(packet.samples) - count :])


def is_same(one: Packet, other: Packet) -> bool:
    """Tell whether two packets are copies of each other."""
    same_stamp = one.last_sample_ns == other.last_sample_ns
    return same_stamp and np.array_equal(one.samples, other.samples, equal_nan=True)
