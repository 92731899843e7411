"""The ADXL355 source against a register-level model of the chip, and the chip's faults."""

import math
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice

import numpy as np
import pytest
from structlog.testing import capture_logs

from edge.errors import ConfigError, SourceError
from edge.packet import Packet
from edge.sensor import G_M_S2
from edge.sources.adxl355 import Adxl355Config, Adxl355Source
from edge.sources.adxl355_chip import Adxl355Chip, decode
from edge.sources.gpio import Edges
from edge.sources.spi import SpiBus
from edge.timebase import TimeBase
from tests.edge.sources.adxl355_model import Adxl355Model, ModelEdges
from tests.edge.sources.simulated_host import START_NS, SimulatedTime

DELAY_S = 1.54 / 125


def source_of(chip: Adxl355Model, edges: Edges | None = None, **settings: object) -> Adxl355Source:
    """Return a source whose bus ends at the model."""

    def bus() -> AbstractContextManager[SpiBus]:
        return nullcontext(chip)

    config = Adxl355Config.model_validate({"self_test": False, **settings})
    wired = None if edges is None else lambda: nullcontext(edges)
    return Adxl355Source(config, chip.time.clock(), bus, wired)


def read(source: Adxl355Source) -> Iterator[Packet]:
    """Yield packets in this thread, so that simulated time stands still in between."""
    return source.read(threading.Event())


def swing(second: float) -> tuple[float, float, float]:
    """Return a different slow oscillation of each axis, g."""
    phase = 2 * math.pi * second
    return 0.1 * math.sin(phase), 0.2 * math.sin(phase), 1 + 0.3 * math.sin(phase)


@pytest.fixture
def chip() -> Adxl355Model:
    """Return a chip at rest."""
    return Adxl355Model(SimulatedTime())


def test_samples_are_m_s2_up_north_and_east(chip: Adxl355Model) -> None:
    """The chip's z is Z, y is N, x is E; no sample is lost or doubled."""
    chip.motion, chip.noise_g = swing, 0.0

    packets = list(islice(read(source_of(chip)), 20))

    seen = np.concatenate([packet.samples for packet in packets])
    times_s = np.array(chip.sample_times_ns[: len(seen)]) / 1e9
    expected = G_M_S2 * np.array([swing(second)[::-1] for second in times_s])
    np.testing.assert_allclose(expected, seen, atol=1e-4)


def test_a_sensor_on_its_head_is_turned_by_the_configuration(chip: Adxl355Model) -> None:
    """An axis with a minus is read the other way round."""
    source = source_of(chip, axes=("-z", "x", "-y"))

    packet = next(read(source))

    np.testing.assert_allclose([-G_M_S2, 0, 0], packet.samples.mean(axis=0), atol=0.01)


@pytest.mark.parametrize(("setting", "rate_hz"), [({}, 125.0), ({"rate_hz": 1000.0}, 1000.0)])
def test_polled_samples_are_timed_to_half_a_sample(
    chip: Adxl355Model, setting: dict[str, object], rate_hz: float
) -> None:
    """A stamp is never off by more than the time since the last sample, nor biased."""
    packets = list(islice(read(source_of(chip, **setting)), 200))

    counts = np.cumsum([len(packet.samples) for packet in packets])
    truth_s = np.array([chip.sample_times_ns[count - 1] / 1e9 for count in counts])
    stamps_s = np.array([(packet.last_sample_ns - START_NS) / 1e9 for packet in packets])
    errors_s = stamps_s + 1.54 / rate_hz - truth_s
    assert np.abs(errors_s).max() <= 0.5 / rate_hz + 1e-6
    assert all(packet.arrival_ns >= packet.last_sample_ns for packet in packets)


def test_a_data_ready_edge_times_samples_to_microseconds(chip: Adxl355Model) -> None:
    """However late the host wakes up by it."""
    chip.rate_error = 0.004
    source = source_of(chip, ModelEdges(chip, latency_s=0.01))

    packets = list(islice(read(source), 100))

    counts = np.cumsum([len(packet.samples) for packet in packets])
    truth_s = np.array([chip.sample_times_ns[count - 1] / 1e9 for count in counts])
    stamps_s = np.array([(packet.last_sample_ns - START_NS) / 1e9 for packet in packets])
    assert np.abs(stamps_s + DELAY_S - truth_s).max() < 1e-4


def test_a_cut_data_ready_wire_leaves_polling(chip: Adxl355Model) -> None:
    """Without edges the FIFO is read all the same."""
    source = source_of(chip, ModelEdges(chip, cut=True))

    packets = list(islice(read(source), 20))

    assert 0 == source.packets_dropped
    assert sum(len(packet.samples) for packet in packets) == pytest.approx(20 * 0.2 * 125, abs=2)


def test_the_time_base_finds_the_true_rate_and_time(chip: Adxl355Model) -> None:
    """A chip that is 1 % fast, polled by a host that is late now and then: below 5 ms rms."""
    chip.rate_error = 0.01
    late = np.random.default_rng(3).exponential(0.004, 2000)
    packets = islice(read(source_of(chip)), 1000)
    chip.time.stalls_s = [float(one) for one in late]
    base = TimeBase(125.0)

    blocks = [block for packet in packets for block in base.push(packet)]

    counts = np.cumsum([len(block.samples) for block in blocks])
    truth_s = np.array([chip.sample_times_ns[count - 1] / 1e9 for count in counts])
    seen_s = np.array([(b.time_ns(len(b.samples) - 1) - START_NS) / 1e9 for b in blocks])
    errors_s = (seen_s + DELAY_S - truth_s)[300:]
    assert 126.25 == pytest.approx(base.rate_hz, rel=5e-4)
    assert math.sqrt(np.mean(errors_s**2)) < 0.005


def test_the_temperature_comes_with_the_samples(chip: Adxl355Model) -> None:
    """1885 is 25 degrees; each degree more is 9.05 less."""
    chip.temperature_reading = 1885 - 181
    source = source_of(chip)

    next(read(source))

    assert 45.0 == pytest.approx(source.temperature_c)


@pytest.mark.parametrize(
    ("range_g", "clipped", "seen_g"), [(2.048, True, 2.048), (4.096, False, 3.0)]
)
def test_full_scale_is_said_and_a_larger_range_helps(
    chip: Adxl355Model, range_g: float, *, clipped: bool, seen_g: float
) -> None:
    """3 g are too much for the smallest range."""
    chip.motion = lambda _: (0.0, 0.0, 3.0)

    packet = next(read(source_of(chip, range_g=range_g)))

    assert clipped == packet.clipped
    assert seen_g * G_M_S2 == pytest.approx(packet.samples[-1, 0], rel=0.01)


def test_an_overrun_is_counted_and_shows_as_a_gap(chip: Adxl355Model) -> None:
    """A host that slept for a second lost samples: the newest 32 are right, and rightly timed."""
    source = source_of(chip)
    packets = read(source)
    list(islice(packets, 50))
    chip.time.stalls_s = [1.0]

    with capture_logs() as logs:
        late = next(packets)

    stamp_s = (late.last_sample_ns - START_NS) / 1e9
    assert 32 == len(late.samples)
    assert 1 == source.packets_dropped
    assert ["fifo_overrun"] == [entry["event"] for entry in logs]
    assert chip.sample_times_ns[-1] / 1e9 == pytest.approx(stamp_s + DELAY_S, abs=0.005)


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ((0xAD, 0x1D, 0xEC), "0xad 0x1d 0xec.*another chip"),
        ((0, 0, 0), "nothing answers"),
        ((0xFF, 0xFF, 0xFF), "nothing answers"),
    ],
)
def test_a_wrong_identity_is_told(
    chip: Adxl355Model, identity: tuple[int, ...], message: str
) -> None:
    """Another chip and an empty socket are told apart."""
    chip.identity = identity

    with pytest.raises(SourceError, match=message):
        next(read(source_of(chip)))


def test_a_stuck_axis_is_missing_until_it_moves(chip: Adxl355Model) -> None:
    """Its component is NaN after the time that was set, the others go on."""
    packets = read(source_of(chip, stuck_s=1))
    list(islice(packets, 5))
    chip.stuck = {1: 77}
    with capture_logs() as logs:
        stuck = list(islice(packets, 20))[-1]
        chip.stuck = {}
        list(islice(packets, 2))
        moving = next(packets)

    assert [False, True, False] == np.isnan(stuck.samples).all(axis=0).tolist()
    assert not np.isnan(moving.samples).any()
    assert ["axis_stuck", "axis_moves_again"] == [entry["event"] for entry in logs]
    assert {"N"} == {entry["component"] for entry in logs}


def test_a_chip_none_of_whose_axes_moves_is_set_up_anew(chip: Adxl355Model) -> None:
    """Three broken axes at once are a broken chip."""
    packets = read(source_of(chip, stuck_s=1))
    next(packets)
    chip.stuck = {0: 1, 1: 2, 2: 3}

    with pytest.raises(SourceError, match="no axis moves"):
        list(packets)


def test_a_chip_that_falls_silent_is_set_up_anew_and_comes_back(chip: Adxl355Model) -> None:
    """It lost power for a moment: the source says so, and the next attempt delivers."""
    source = source_of(chip, silence_s=2)
    packets = read(source)
    list(islice(packets, 5))
    chip.silent = True

    with pytest.raises(SourceError, match="no sample for 2 s"):
        list(packets)
    chip.silent = False
    again = next(read(source))

    assert 2 == chip.resets
    assert len(again.samples) > 0


def test_a_disturbed_transfer_is_tried_again(chip: Adxl355Model) -> None:
    """One failure costs nothing: the FIFO keeps the samples."""
    source = source_of(chip)
    packets = read(source)
    before = sum(len(packet.samples) for packet in islice(packets, 10))
    chip.failing = 1

    after = sum(len(packet.samples) for packet in islice(packets, 10))

    assert 1 == source.packets_dropped
    assert len(chip.sample_times_ns) == before + after


def test_a_bus_that_keeps_failing_is_told(chip: Adxl355Model) -> None:
    """Not the first failure ends the reading, the third does."""
    packets = read(source_of(chip))
    next(packets)
    chip.broken = True

    with pytest.raises(SourceError, match=r"3 readings in a row failed.*Input/output error"):
        list(packets)


def test_a_bus_that_fails_at_the_start_is_told(chip: Adxl355Model) -> None:
    """An error of the system does not come out bare."""
    chip.broken = True

    with pytest.raises(SourceError, match="while the chip is set up"):
        next(read(source_of(chip)))


@pytest.mark.parametrize("line", [0x00, 0xFF])
def test_a_line_that_breaks_while_measuring_is_told(chip: Adxl355Model, line: int) -> None:
    """MISO hangs low or high: silence, or nonsense."""
    packets = read(source_of(chip, silence_s=1))
    next(packets)
    chip.line = line

    with pytest.raises(SourceError, match=r"no sample for 1 s|reads 0xff"):
        list(packets)


def test_a_noisy_bus_costs_samples_not_the_station(chip: Adxl355Model) -> None:
    """Words with wrong markers are left out and counted; what is whole goes on."""
    chip.flip_share = 0.01
    source = source_of(chip)

    packets = list(islice(read(source), 100))

    assert source.packets_dropped > 0
    assert sum(len(packet.samples) for packet in packets) > 0.5 * len(chip.sample_times_ns)


def test_what_was_measured_otherwise_does_not_stay_in_the_fifo(chip: Adxl355Model) -> None:
    """Samples of the self-test's range would be four times too small."""
    driver = Adxl355Chip(chip, "here", chip.time.sleep)
    driver.configure(1000.0, 3, 10)
    driver.measure()
    chip.time.sleep(0.02)

    driver.configure(125.0, 1, 10)
    driver.measure()

    assert 0 == len(driver.read_fifo().counts)


def test_a_fast_sensor_is_polled_faster(chip: Adxl355Model) -> None:
    """The FIFO holds 32 ms of 1000 Hz; a tenth of a second would lose two thirds."""
    source = source_of(chip, rate_hz=1000.0)

    packets = list(islice(read(source), 50))

    assert 0 == source.packets_dropped
    assert 16 == pytest.approx(np.mean([len(packet.samples) for packet in packets]), abs=1)


def test_no_content_of_the_fifo_does_harm() -> None:
    """Words of chance: whole samples within 20 bits, the rest counted."""
    chance = np.random.default_rng(5)
    for _ in range(500):
        words = int(chance.integers(0, 98))
        content = chance.integers(0, 256, 3 * words, dtype=np.uint8).tobytes()

        counts, rest, broken = decode(content)

        assert counts.size + len(rest) // 3 + broken <= words
        assert len(rest) // 3 < 3
        assert counts.size == 0 or np.abs(counts).max() <= 1 << 19


def test_the_self_test_passes_once_and_the_sensor_is_set_back(chip: Adxl355Model) -> None:
    """Gravity and the push fit into the range that it uses; afterwards all is as before."""
    source = source_of(chip, self_test=True)

    with capture_logs() as logs:
        packet = next(read(source))
        next(read(source))

    tests = [entry for entry in logs if entry["event"] == "sensor_self_test"]
    assert [True] == [entry["passed"] for entry in tests]
    assert [0.3, 0.3, 1.5] == pytest.approx(tests[0]["change_g"], abs=0.01)
    np.testing.assert_allclose([G_M_S2, 0, 0], packet.samples.mean(axis=0), atol=0.01)


def test_a_failed_self_test_is_said_and_the_sensor_used(chip: Adxl355Model) -> None:
    """A doubtful sensor is better than none."""
    chip.weak_self_test = True

    with capture_logs() as logs:
        packet = next(read(source_of(chip, self_test=True)))

    assert [("warning", False)] == [(entry["log_level"], entry["passed"]) for entry in logs]
    assert len(packet.samples) > 0


def test_its_sibling_is_read_by_its_own_profile(chip: Adxl355Model) -> None:
    """An ADXL357 has five times the range on the same counts."""
    packet = next(read(source_of(chip, sensor="adxl357")))

    assert 5 * G_M_S2 == pytest.approx(packet.samples[:, 0].mean(), rel=0.01)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"rate_hz": 100.0}, "rate_hz: adxl355 cannot be set to 100"), ({"range_g": 2}, "2.048")],
)
def test_a_rate_or_range_that_the_chip_lacks_is_a_mistake_in_the_file(
    settings: dict[str, object], message: str
) -> None:
    """It is told when the station is opened, with what there is."""
    with pytest.raises(ConfigError, match=message):
        Adxl355Config.model_validate(settings).open()


def test_axes_must_name_each_axis_once() -> None:
    """A component can come from one place only."""
    with pytest.raises(ValueError, match="must name each of x, y and z once"):
        Adxl355Config.model_validate({"axes": ["z", "x", "-x"]})


def test_a_missing_device_is_told_with_the_remedy() -> None:
    """SPI is off on a fresh card."""
    source = Adxl355Config(device="/nowhere/spidev0.0").open()

    with pytest.raises(SourceError, match=r"dtparam=spi=on"):
        next(iter(source.packets()))


def test_it_ends_when_it_is_interrupted(chip: Adxl355Model) -> None:
    """From another thread, without waiting for the sensor."""
    source = source_of(chip)
    packets = source.packets()
    next(packets)

    source.interrupt()

    assert len(list(packets)) < 10_000
