"""Which clock is believed: right, wrong, stepped, late, or nonsense."""

import numpy as np
import pytest

from edge.messages.clock import ClockSource, ClockState
from edge.packet import Packet
from edge.sources.deviceclock import MAX_HOLD_S, DeviceClock

START_S = 1_580_000_000.0
PACKET_S = 1.024


def _packet(number: int, *, device_s: float = 0.0, arrival_s: float | None = None) -> Packet:
    """Return packet `number`; its device's clock is off by `device_s`."""
    true_s = number * PACKET_S
    arrival_s = true_s + 0.2 if arrival_s is None else arrival_s
    return Packet(
        samples=np.zeros((32, 3), dtype=np.float32),
        last_sample_ns=round((START_S + true_s + device_s) * 1e9),
        arrival_ns=round((START_S + arrival_s) * 1e9),
        nominal_rate_hz=31.25,
        clock=ClockState(source=ClockSource.FREE_RUN, error_s=1.0),
    )


def _run(packets: list[Packet]) -> tuple[DeviceClock, list[Packet]]:
    clock = DeviceClock()
    out = [one for packet in packets for one in clock.push(packet)]
    return clock, [*out, *clock.flush()]


def _errors_s(packets: list[Packet], first: int = 0) -> np.ndarray:
    """Return stated minus true time of packets first, first + 1, ..."""
    return np.array(
        [
            packet.last_sample_ns / 1e9 - START_S - (first + number) * PACKET_S
            for number, packet in enumerate(packets)
        ]
    )


def test_a_right_clock_is_believed_at_once() -> None:
    """The first packet goes on without waiting."""
    (packet,) = DeviceClock().push(_packet(0))

    assert ClockSource.NTP == packet.clock.source
    assert 0.0 == packet.clock.offset_s


@pytest.mark.parametrize("device_s", [-6.3e8, -3000.0, -60.0, -9.0, 2.0, 60.0, 1e6, 6.3e8])
def test_a_wrong_clock_is_shifted_after_a_few_packets(device_s: float) -> None:
    """A steady impossible lag is the clock's error; times are then right to the latency."""
    clock, out = _run([_packet(n, device_s=device_s) for n in range(60)])

    assert 60 == len(out)
    assert 1 == clock.shifts
    assert np.abs(_errors_s(out)).max() < 0.2
    assert pytest.approx(-device_s, abs=0.2) == out[-1].clock.offset_s
    assert {ClockSource.FREE_RUN} == {packet.clock.source for packet in out}


def test_held_packets_count_as_arrived_when_they_are_let_go() -> None:
    """Arrivals stay in order, and no packet goes on before the decision."""
    _, out = _run([_packet(n, device_s=-3000.0) for n in range(20)])

    arrivals = [packet.arrival_ns for packet in out]
    assert sorted(arrivals) == arrivals
    assert arrivals[0] >= _packet(3).arrival_ns


def test_a_shifted_clock_follows_the_least_delayed_packet() -> None:
    """Transport jitter of half a second leaves times within 0.15 s."""
    random = np.random.default_rng(2)
    packets = [
        _packet(n, device_s=-3000.0, arrival_s=n * PACKET_S + 0.1 + random.exponential(0.15))
        for n in range(200)
    ]

    _, out = _run(packets)

    assert np.abs(_errors_s(out)[60:]).max() < 0.15


def test_a_burst_of_old_packets_at_the_start_is_late_not_wrong() -> None:
    """All at once and then live: the device's clock was right all the time."""
    burst = [_packet(n, arrival_s=100 * PACKET_S + 0.1) for n in range(100)]
    clock, out = _run([*burst, *(_packet(n) for n in range(100, 120))])

    assert 0 == clock.shifts
    assert np.abs(_errors_s(out)).max() < 1e-6
    assert {ClockSource.NTP} == {packet.clock.source for packet in out}


def test_an_outage_and_its_backlog_are_late_not_wrong() -> None:
    """After the network came back, even a slow backlog keeps its stamps."""
    packets = [_packet(n) for n in range(30)]
    packets += [_packet(n, arrival_s=60 * PACKET_S + (n - 30) * PACKET_S) for n in range(30, 60)]

    clock, out = _run(packets)

    assert 0 == clock.shifts
    assert np.abs(_errors_s(out)).max() < 1e-6


def test_old_packets_among_live_ones_keep_their_stamps() -> None:
    """Back-filled packets from long ago do not disturb the live ones."""
    packets = [_packet(n) for n in range(20)]
    packets += [_packet(-900 - 5 * n, arrival_s=20 * PACKET_S) for n in range(8)]
    packets += [_packet(n) for n in range(20, 40)]

    clock, out = _run(packets)

    assert 0 == clock.shifts
    assert [packet.last_sample_ns for packet in packets] == [p.last_sample_ns for p in out]


@pytest.mark.parametrize("before_s", [0.0, -3000.0, -6.3e8])
@pytest.mark.parametrize("after_s", [0.0, 50.0, -200.0])
def test_a_clock_that_is_set_is_followed(before_s: float, after_s: float) -> None:
    """Some seconds after a step the times are right again."""
    packets = [_packet(n, device_s=before_s) for n in range(40)]
    packets += [_packet(n, device_s=after_s) for n in range(40, 80)]

    _, out = _run(packets)

    assert 80 == len(out)
    assert np.abs(_errors_s(out)[46:]).max() < 0.3


def test_one_absurd_stamp_changes_nothing() -> None:
    """A stamp from the future is replaced by the arrival; the next packets are as before."""
    packets = [_packet(n) for n in range(20)]
    packets[10] = _packet(10, device_s=1e8)

    clock, out = _run(packets)

    assert 0 == clock.shifts
    assert abs(_errors_s(out)[10]) < 0.3
    assert out[10].clock.error_s >= 0.5
    assert np.abs(np.delete(_errors_s(out), 10)).max() < 1e-6


def test_a_lag_that_never_settles_does_not_hold_packets_for_ever() -> None:
    """After half a minute what is held goes on, as the device stamped it."""
    packets = [_packet(n, device_s=-100 - 2.0 * n) for n in range(80)]
    clock = DeviceClock()

    held = next(n for n, packet in enumerate(packets) if clock.push(packet))

    assert held * PACKET_S < MAX_HOLD_S + 5


def test_what_is_held_at_the_end_goes_on() -> None:
    """A file of two packets from a wrong clock gives two packets."""
    _, out = _run([_packet(n, device_s=-3000.0) for n in range(2)])

    assert 2 == len(out)


@pytest.mark.parametrize(("lag_s", "error_s"), [(0.1, 0.05), (0.9, 0.4), (-0.4, 0.25)])
def test_an_unexplained_lag_is_stated_as_error(lag_s: float, error_s: float) -> None:
    """A clock that seems a second slow, or fast, is not claimed good to 50 ms."""
    _, out = _run([_packet(n, arrival_s=n * PACKET_S + lag_s) for n in range(10)])

    assert pytest.approx(error_s, abs=0.01) == out[-1].clock.error_s
