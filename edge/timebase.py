"""Gives every sample a time: packets with jittering stamps in, blocks on a smooth axis out.

Use: `blocks = base.push(packet)` for each packet in order of arrival, `base.flush()` at the end.

A packet whose stamp does not fit the axis is held until the next one shows what happened:

* the next fits behind the held one as if nothing had been: the stamp was wild, the samples good;
* the next follows the held one by its stamp: samples are missing (a gap), are there twice (an
  overlap; second copies are dropped), or the clock was set (a step);
* the next fits as if the held one had not come: that was out of order, or late, or a duplicate.
  What is older than the end of the axis is dropped, as the detectors are past it;
* neither: the held one is an island between two gaps.

So a gap costs one packet of delay, once. After a gap or a step a block says
`continues=False`, and where a component goes missing or comes back. Times of emitted samples
increase strictly, except over a step backwards.

Packets of a sensor on this host also carry the time of a clock that is never set
(`Packet.steady_ns`). Then all this happens on that clock, and `edge.clock.wallaxis` turns it
into wall time at the end: no setting of the wall clock is taken for a gap, or the reverse.

A gap shorter than the gate (0.05 s, or five times the stamps' jitter) cannot be told from
jitter; the axis is steered over it.
"""

from collections import deque
from dataclasses import replace
from typing import Final

import numpy as np

from edge.clock.counters import TimeBaseCounters
from edge.clock.wallaxis import WallAxis
from edge.packet import Block, Packet
from edge.timeaxis import TimeAxis, is_same, last_samples
from edge.timestamps import ns_to_seconds

STEP_SPAN_S: Final = 3.0
"""A clock that was set back is believed after this long."""
STEP_PACKETS: Final = 4
MAX_HELD: Final = 256
SHORT_GAP_S: Final = 0.3
SHORT_PACKETS: Final = 3
"""So many packets must show a gap as short as a packet may be late."""
FUTURE_S: Final = 2.0
"""A lone stamp this far in its packet's future is wild."""
NEW_NOMINAL: Final = 0.15
"""A change of the nominal rate by more than this is another setting of the sensor."""
_WHOLE: Final = [False, False, False]
REMEMBERED: Final = 8
"""Duplicates are looked for among this many packets."""


class TimeBase:
    """Makes blocks on a steady time axis of packets.

    Args:
        nominal_rate_hz: First guess of the sampling rate; left out, the first packet's.
    """

    def __init__(self, nominal_rate_hz: float | None = None) -> None:
        self._nominal_rate_hz = nominal_rate_hz
        self._axis: TimeAxis | None = None
        self._held: list[Packet] = []
        self._recent: deque[Packet] = deque(maxlen=REMEMBERED)
        self._missing: list[bool] | None = None
        self.counters = TimeBaseCounters()
        self._wall = WallAxis(self.counters)

    @property
    def rate_hz(self) -> float | None:
        """The estimated true sampling rate; None before the first packet."""
        return self._axis.clock.rate_hz if self._axis is not None else None

    def push(self, packet: Packet) -> list[Block]:
        """Take one packet; return the blocks that it completes.

        Args:
            packet: Packets come in order of arrival; one without samples is ignored.

        Returns:
            Blocks in order, possibly none while a packet is held.
        """
        if len(packet.samples) == 0:
            return []
        if packet.steady_ns is None:
            return self._push(packet)
        blocks = self._push(self._wall.to_steady(packet, packet.steady_ns))
        return [self._wall.to_wall(block) for block in blocks]

    def _push(self, packet: Packet) -> list[Block]:
        self.counters.samples_in += len(packet.samples)
        if any(is_same(packet, other) for other in self._recent):
            self._drop_late([packet])
            return []
        self._recent.append(packet)
        if self._axis is None or self._is_new_setting(packet):
            blocks = self._flush()
            return [*blocks, *self._part([self._begin(packet)])]
        return self._part(self._take(self._axis, packet))

    def flush(self) -> list[Block]:
        """Return what is held when no more packets come."""
        blocks = self._flush()
        return [self._wall.to_wall(block) for block in blocks] if self._wall.is_used else blocks

    def _flush(self) -> list[Block]:
        held = self._take_held()
        if self._axis is None or not held:
            return []
        return self._part(self._settle(self._axis, held))

    def _part(self, blocks: list[Block]) -> list[Block]:
        """Let filters start anew where a component goes missing or comes back.

        Its offset would look like a shock to them, and a NaN would stay in them for ever.
        """
        parted = []
        for block in blocks:
            missing = _WHOLE if block.is_whole else np.isnan(block.samples).any(axis=0).tolist()
            changed = self._missing is not None and self._missing != missing
            self._missing = missing
            parted.append(replace(block, continues=False) if changed else block)
        return parted

    def _is_new_setting(self, packet: Packet) -> bool:
        nominal = self._nominal_rate_hz or packet.nominal_rate_hz
        return abs(packet.nominal_rate_hz / nominal - 1) > NEW_NOMINAL

    def _begin(self, packet: Packet) -> Block:
        if self._nominal_rate_hz is None or self._axis is not None:
            self._nominal_rate_hz = packet.nominal_rate_hz
        self._axis = TimeAxis(self._nominal_rate_hz)
        return self._axis.anchor(packet)

    def _take(self, axis: TimeAxis, packet: Packet) -> list[Block]:
        if not self._held:
            if axis.fits(packet):
                return [self._extend(axis, packet)]
            self._held.append(packet)
            return []
        if axis.fits(packet, after=sum(len(one.samples) for one in self._held)):
            return self._accept_wild(axis, packet)
        if axis.follows(self._held[-1], packet):
            return self._take_run(axis, packet)
        if axis.fits(packet):
            return self._reorder(axis, packet)
        return [*self._settle(axis, self._take_held()), *self._take(axis, packet)]

    def _extend(self, axis: TimeAxis, packet: Packet, *, believe: bool = True) -> Block:
        end_ns = axis.next_ns
        block = axis.extend(packet, believe=believe)
        if block.start_ns < end_ns:
            self.counters.steps += 1
        elif not block.continues:
            self.counters.gaps += 1
        return block

    def _accept_wild(self, axis: TimeAxis, packet: Packet) -> list[Block]:
        """The held packets carried wild stamps on good samples."""
        held = self._take_held()
        self.counters.wild_stamps += len(held)
        blocks = [self._extend(axis, one, believe=False) for one in held]
        return [*blocks, self._extend(axis, packet)]

    def _take_run(self, axis: TimeAxis, packet: Packet) -> list[Block]:
        """The packet goes on where the held ones end: a gap, an overlap or a step."""
        self._held.append(packet)
        if 0 < axis.starts_beyond(self._held[0]) < SHORT_GAP_S and len(self._held) < SHORT_PACKETS:
            return []
        if axis.new_samples(packet) > 0:
            return self._place(axis, self._take_held())
        if self._is_step_back():
            self.counters.steps += 1
            first, *others = self._take_held()
            return [axis.step(first), *(self._extend(axis, one) for one in others)]
        if len(self._held) > MAX_HELD:
            self._drop_late([self._held.pop(0)])
        return []

    def _is_step_back(self) -> bool:
        """Tell whether old stamps keep coming in real time, not as a burst of old data."""
        span_s = ns_to_seconds(self._held[-1].arrival_ns - self._held[0].arrival_ns)
        return len(self._held) >= STEP_PACKETS and span_s >= STEP_SPAN_S

    def _reorder(self, axis: TimeAxis, packet: Packet) -> list[Block]:
        """The packet belongs where the axis ends; the held ones came too early or too late."""
        held = self._take_held()
        blocks = [self._extend(axis, packet)]
        for one in held:
            blocks += self._take(axis, one)
        return blocks

    def _settle(self, axis: TimeAxis, held: list[Packet]) -> list[Block]:
        """Use held packets that nothing followed: islands, unless old or of the future."""
        first = held[0]
        if len(held) == 1 and self._is_wild(axis, first):
            self.counters.wild_stamps += 1
            self.counters.samples_dropped += len(first.samples)
            return []
        return self._place(axis, held)

    def _is_wild(self, axis: TimeAxis, packet: Packet) -> bool:
        ahead_s = ns_to_seconds(packet.last_sample_ns - packet.arrival_ns)
        axis_ahead_s = ns_to_seconds(axis.next_ns - axis.last_arrival_ns)
        return ahead_s > max(axis_ahead_s, 0.0) + FUTURE_S

    def _place(self, axis: TimeAxis, run: list[Packet]) -> list[Block]:
        """Put a run of packets on the axis by its stamps; drop what the axis already has."""
        old = [one for one in run if axis.new_samples(one) == 0]
        if old:
            self._drop_late(old)
        new = run[len(old) :]
        if not new:
            return []
        first, *others = new
        return [self._join(axis, first), *(self._extend(axis, one) for one in others)]

    def _join(self, axis: TimeAxis, packet: Packet) -> Block:
        """Put a packet on the axis after a gap, or with the samples trimmed that it has."""
        count = axis.new_samples(packet)
        surplus = len(packet.samples) - count
        if surplus:
            self.counters.overlaps += 1
            self.counters.samples_dropped += surplus
            packet = last_samples(packet, count)
        if axis.fits(packet):
            return self._extend(axis, packet)
        if axis.leapt(packet):
            self.counters.steps += 1
            return axis.step(packet)
        self.counters.gaps += 1
        return axis.resume(packet)

    def _take_held(self) -> list[Packet]:
        held, self._held = self._held, []
        return held

    def _drop_late(self, packets: list[Packet]) -> None:
        self.counters.late += len(packets)
        self.counters.samples_dropped += sum(len(packet.samples) for packet in packets)
