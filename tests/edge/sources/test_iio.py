"""The IIO source against a made-up sysfs tree with a FIFO in place of the device."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from edge.errors import ConfigError, SourceError
from edge.sources.hostclock import HostClock
from edge.sources.iio import IioConfig, IioSource
from tests.edge.sources.fake_iio import ADXL355_TYPES, FakeIio, adxl355_scans
from tests.edge.sources.simulated_host import CLOCK, START_NS

PERIOD_NS = 8_000_000
ARRIVAL_NS = START_NS + 5_000_000_000
SCALE = 0.000038245
DELAY_NS = 12_320_000


@pytest.fixture
def device(tmp_path: Path) -> Iterator[FakeIio]:
    """Return an ADXL355 as the kernel shows it."""
    made = FakeIio(tmp_path)
    yield made
    made.close()


def source_of(device: FakeIio, /, **settings: object) -> IioSource:
    """Return a source of a made-up device."""
    config = {"device": "adxl355", "sensor": "adxl355", "sysfs": device.sysfs, "dev": device.dev}
    clock = HostClock(wall_ns=lambda: ARRIVAL_NS, state=lambda: CLOCK)
    return IioSource(IioConfig.model_validate({**config, **settings}), clock)


def counts_of(count: int, first: int = 0) -> np.ndarray:
    """Return samples that can be told apart, of which every axis moves."""
    numbers = np.arange(first, first + count)
    return np.stack([numbers, -numbers, 200_000 + numbers], axis=1)


def times_of(count: int) -> np.ndarray:
    """Return the times of samples."""
    return START_NS + PERIOD_NS * np.arange(count)


def test_samples_times_and_temperature_are_those_of_the_device(device: FakeIio) -> None:
    """Z from z, N from y, E from x; the kernel's time, less the sensor's own delay."""
    device.write(adxl355_scans(counts_of(12), times_of(12), temperature_reading=1885 - 181))
    source = source_of(device)

    packet = next(source.packets())

    np.testing.assert_allclose(counts_of(12)[:, ::-1] * SCALE, packet.samples, rtol=1e-6)
    assert START_NS + 11 * PERIOD_NS - DELAY_NS == packet.last_sample_ns
    assert (ARRIVAL_NS, 125.0, CLOCK) == (packet.arrival_ns, packet.nominal_rate_hz, packet.clock)
    assert 45.0 == pytest.approx(source.temperature_c, abs=0.1)


def test_the_device_is_set_up_and_switched_off_at_the_end(device: FakeIio) -> None:
    """Only what is used is on; the kernel keeps ten seconds."""
    device.write(adxl355_scans(counts_of(4), times_of(4)))
    packets = source_of(device, trigger="adxl355-dev0").packets()
    next(packets)

    seen = {
        path: device.content(path)
        for path in ("buffer/enable", "buffer/length", "buffer/watermark")
    }
    packets.close()  # type: ignore[attr-defined]

    assert {"buffer/enable": "1", "buffer/length": "1250", "buffer/watermark": "12"} == seen
    assert "1" == device.content("scan_elements/in_accel_z_en")
    assert "adxl355-dev0" == device.content("trigger/current_trigger")
    assert "0" == device.content("buffer/enable")


def test_a_scan_that_comes_in_pieces_is_put_together(device: FakeIio) -> None:
    """No byte of it is lost."""
    scans = adxl355_scans(counts_of(3), times_of(3))
    packets = source_of(device).packets()
    device.write(scans[:37])
    first = next(packets)
    device.write(scans[37:])

    second = next(packets)

    np.testing.assert_allclose(
        counts_of(3)[:, ::-1] * SCALE, np.concatenate([first.samples, second.samples]), rtol=1e-6
    )


def test_samples_that_the_kernel_lost_part_the_packet(device: FakeIio) -> None:
    """Each part has its own time, and the loss is counted."""
    times = times_of(10)
    times[6:] += 40 * PERIOD_NS
    device.write(adxl355_scans(counts_of(10), times))
    source = source_of(device)

    parts = list(islice(source.packets(), 2))

    assert [6, 4] == [len(part.samples) for part in parts]
    assert [times[5] - DELAY_NS, times[9] - DELAY_NS] == [part.last_sample_ns for part in parts]
    assert 1 == source.packets_dropped


def test_a_driver_that_stamps_nothing_is_timed_by_arrival(tmp_path: Path) -> None:
    """Some give zeros; the newest sample is half a period old on average."""
    device = FakeIio(tmp_path)
    device.write(adxl355_scans(counts_of(12), np.zeros(12, dtype=np.int64)))

    packet = next(source_of(device).packets())
    device.close()

    assert ARRIVAL_NS - PERIOD_NS // 2 - DELAY_NS == packet.last_sample_ns


def test_another_chip_with_its_own_offset_and_words_is_read(tmp_path: Path) -> None:
    """An MPU-6050 as its driver shows it: scales of its axes, 16 bits, no temperature."""
    types = {f"in_accel_{a}": (i, "be:s16/16>>0") for i, a in enumerate("xyz")}
    types |= {"in_anglvel_x": (3, "be:s16/16>>0"), "in_timestamp": (4, "le:s64/64>>0")}
    files = {"in_accel_scale": "0.000598", "in_accel_z_scale": "0.0012", "in_accel_x_offset": "10"}
    device = FakeIio(tmp_path, "mpu6050", 3, types, files)
    kind = np.dtype([("xyz", ">i2", 3), ("gap", "V2"), ("time", "<i8")])
    scans = np.zeros(2, dtype=kind)
    scans["xyz"], scans["time"] = [(1, 2, 8000), (3, 4, 8001)], times_of(2)
    device.write(scans.tobytes())

    packet = next(source_of(device, device="iio:device3", sensor="mpu6050").packets())
    device.close()

    np.testing.assert_allclose(
        [8000 * 0.0012, 2 * 0.000598, 11 * 0.000598], packet.samples[0], rtol=1e-6
    )
    assert "0" == device.content("scan_elements/in_anglvel_x_en")


def test_a_device_set_up_by_somebody_else_is_only_read(tmp_path: Path) -> None:
    """Without the right to write, what is as it should be does no harm."""
    device = FakeIio(tmp_path)
    first = source_of(device)
    device.write(adxl355_scans(counts_of(4), times_of(4)))
    next(first.packets())
    for path in device.folder.rglob("*_en"):
        path.chmod(0o444)
    device.write(adxl355_scans(counts_of(4), times_of(4)))

    packet = next(source_of(device, rate_hz=125.0).packets())
    device.close()

    assert 4 == len(packet.samples)


def test_clipping_is_at_the_end_of_the_bits(device: FakeIio) -> None:
    """Full scale follows from the type and the scale."""
    counts = counts_of(4)
    counts[2, 1] = -(1 << 19)
    device.write(adxl355_scans(counts, times_of(4)))

    assert next(source_of(device).packets()).clipped


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"scan_elements/in_accel_x_type": "rubbish"}, "rubbish' is no IIO type"),
        ({"in_accel_scale": "much"}, "in_accel_scale holds 'much', which is no number"),
        ({"sampling_frequency": ""}, "sampling_frequency holds ''"),
        ({"sampling_frequency": "-125"}, "sampling_frequency holds -125, which is no sampling"),
        ({"in_accel_scale": "inf"}, "in_accel_scale holds 'inf', which is no number"),
        ({"in_accel_scale": "0"}, "in_accel_scale holds 0: everything would look still"),
        ({"scan_elements/in_accel_x_index": "nan"}, "in_accel_x_index holds 'nan'"),
        ({"scan_elements/in_accel_x_type": "be:s20/32X2>>12"}, "2 values at once"),
    ],
)
def test_a_broken_file_is_told_by_name(
    tmp_path: Path, damage: dict[str, str], message: str
) -> None:
    """Drivers under development write anything."""
    device = FakeIio(tmp_path, files=damage)
    device.write(adxl355_scans(counts_of(4), times_of(4)))

    with pytest.raises(SourceError, match=message):
        next(source_of(device).packets())
    device.close()


def test_a_device_that_is_no_accelerometer_is_told(tmp_path: Path) -> None:
    """A thermometer has no x axis."""
    types = {name: kind for name, kind in ADXL355_TYPES.items() if "accel" not in name}
    device = FakeIio(tmp_path, types=types)

    with pytest.raises(SourceError, match="no buffered channel in_accel_x"):
        next(source_of(device).packets())
    device.close()


def test_an_unknown_device_is_told_with_those_that_are_there(device: FakeIio) -> None:
    """A misspelt name, or an overlay that is not loaded."""
    with pytest.raises(SourceError, match=r"there are: adxl355 \(iio:device0\); is its overlay"):
        next(source_of(device, device="adxl357").packets())


def test_a_rate_that_the_driver_refuses_is_told(device: FakeIio) -> None:
    """The kernel answers EINVAL; here the file is a folder, which refuses as well."""
    (device.folder / "sampling_frequency").unlink()
    (device.folder / "sampling_frequency").mkdir()

    with pytest.raises(SourceError, match="sampling_frequency"):
        next(source_of(device, rate_hz=999.0).packets())


def test_a_silent_device_is_told_and_switched_off(device: FakeIio) -> None:
    """Its trigger may have been lost."""
    with pytest.raises(SourceError, match=r"gave no sample for 0\.5 s"):
        next(source_of(device, silence_s=0.5).packets())

    assert "0" == device.content("buffer/enable")


def test_a_device_that_goes_away_is_told(device: FakeIio) -> None:
    """Its driver was unloaded: the file ends."""
    device.write(adxl355_scans(counts_of(4), times_of(4)))
    packets = source_of(device).packets()
    next(packets)
    device.close()

    with pytest.raises(SourceError, match="is gone"):
        next(packets)


def test_a_stuck_device_is_set_up_anew(device: FakeIio) -> None:
    """None of its axes moves."""
    still = np.full((30, 3), 7)
    device.write(adxl355_scans(still, times_of(30)))

    with pytest.raises(SourceError, match="no axis moves"):
        list(source_of(device, stuck_s=0.2).packets())


def test_it_ends_when_it_is_interrupted(device: FakeIio) -> None:
    """At once, though no sample comes."""
    source = source_of(device, silence_s=3600)
    source.interrupt()

    assert [] == list(source.packets())


def test_a_profile_that_does_not_exist_is_a_mistake_in_the_file(device: FakeIio) -> None:
    """Told when the station is opened."""
    with pytest.raises(ConfigError, match="no profile"):
        source_of(device, sensor="adxl")
