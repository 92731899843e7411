"""The synthetic station: repeatable, endless, shaken when and as strongly as it should be."""

from itertools import islice

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from edge.errors import ConfigError
from edge.packet import Packet
from edge.sources import (
    SourceConfig,
    SyntheticConfig,
    SyntheticEarthquake,
    open_source,
    synthetic_ground,
)
from edge.sources.synthetic import SyntheticSource
from edge.sources.synthetic_waveform import synthesise
from edge.timebase import TimeBase
from edge.timestamps import parse_time

START = "2026-01-01T00:00:00Z"
START_NS = parse_time(START)
QUAKE = SyntheticEarthquake(
    origin_time=START_NS + 20 * 10**9,
    latitude=17.3,
    longitude=-100.0,
    depth_km=12.0,
    magnitude=5.5,
)


def _config(**changes: object) -> SyntheticConfig:
    values = {
        "latitude": 17.0,
        "longitude": -100.0,
        "start": START,
        "duration_s": 60.0,
        "earthquakes": (QUAKE,),
    }
    return SyntheticConfig.model_validate({**values, **changes})


def _samples(packets: list[Packet]) -> np.ndarray:
    return np.concatenate([packet.samples for packet in packets])


def test_one_configuration_gives_the_same_packets() -> None:
    """Two sources of one seed are equal to the bit, another seed differs."""
    first = _samples(list(_config().open().packets()))

    np.testing.assert_array_equal(first, _samples(list(_config().open().packets())))
    assert not np.array_equal(first, _samples(list(_config(seed=1).open().packets())))


def test_the_samples_do_not_depend_on_the_packet_size() -> None:
    """Quarter-second and one-second packets carry the same trace."""
    short = _samples(list(_config(packet_s=0.25).open().packets()))
    long = _samples(list(_config(packet_s=1.0).open().packets()))

    count = min(len(short), len(long))
    np.testing.assert_array_equal(short[:count], long[:count])


def test_the_earthquake_arrives_when_its_travel_time_says() -> None:
    """Before P only noise; P of an M5.5 at 35 km stands out within half a second."""
    packets = list(_config().open().packets())
    times = np.arange(len(_samples(packets))) / 125.0
    motion = np.abs(_samples(packets)[:, 0])
    p_s = 20 + np.hypot(33.36, 12.0) / 5.8

    quiet = motion[(times > p_s - 10) & (times < p_s - 0.05)].max()
    onset = motion[(times > p_s) & (times < p_s + 0.5)].max()

    assert quiet < 0.01
    assert onset > 5 * quiet


def test_a_travel_time_of_ones_own_is_used() -> None:
    """A velocity model can be put in place of straight rays."""
    source = SyntheticSource(
        _config(), travel_time=lambda phase, *_: 10.0 if phase == "P" else 25.0
    )
    motion = np.abs(_samples(list(source.packets()))[:, 0])

    assert motion[: 30 * 125 - 10].max() < 0.01
    assert motion[30 * 125 : 31 * 125].max() > 0.02


def test_it_runs_for_ever_from_now_on() -> None:
    """Without start and duration packets begin at the clock's now and do not end."""
    config = _config(start=None, duration_s=None, earthquakes=())
    source = SyntheticSource(config, now_ns=lambda: START_NS)

    packets = list(islice(source.packets(), 2000))

    assert 2000 == len(packets)
    assert abs(packets[0].last_sample_ns - START_NS) < 10**9
    assert all(packet.arrival_ns > packet.last_sample_ns for packet in packets)


def test_earthquakes_repeat() -> None:
    """Each round shakes the station again, with other chance."""
    packets = _config(duration_s=200.0, repeat_every_s=80.0).open().packets()
    motion = np.abs(_samples(list(packets))).max(axis=1)

    peaks = [motion[n * 80 * 125 : (n + 1) * 80 * 125].max() for n in range(2)]

    assert min(peaks) > 0.05
    assert peaks[0] != peaks[1]


def test_a_year_of_rounds_before_the_start_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A station that is started long after the first round shakes in step with one that ran on."""
    year_s = 365 * 86_400
    made: list[int] = []
    monkeypatch.setattr(
        synthetic_ground,
        "synthesise",
        lambda *arguments: (made.append(1), synthesise(*arguments))[1],
    )
    rounds = year_s // 300
    late = START_NS + rounds * 300 * 10**9
    config = _config(start=late, duration_s=60.0, repeat_every_s=300.0)

    motion = np.abs(_samples(list(config.open().packets()))).max(axis=1)

    assert len(made) < 20
    assert motion[: 25 * 125].max() < 0.01
    assert motion[25 * 125 :].max() > 0.02


def test_the_time_base_finds_the_oscillator_and_the_times() -> None:
    """An oscillator 2 % fast is found in a minute, sample times are right to 2 ms."""
    config = _config(rate_error_ppm=20_000, stamp_jitter_s=0.005, earthquakes=(), duration_s=120)
    base = TimeBase()
    blocks = [block for packet in config.open().packets() for block in base.push(packet)]
    done, errors = 0, []
    for block in blocks:
        true_ns = START_NS + round(done * 1e9 / 127.5)
        errors.append(abs(block.start_ns - true_ns) / 1e9)
        done += len(block.samples)

    assert pytest.approx(127.5, rel=2e-4) == base.rate_hz
    assert max(errors[100:]) < 0.002


def test_strong_motion_clips_and_says_so() -> None:
    """An M8 underfoot exceeds 2 g."""
    near = QUAKE.model_copy(update={"magnitude": 8.5, "latitude": 17.0, "depth_km": 3.0})
    packets = list(_config(earthquakes=(near,)).open().packets())

    assert any(packet.clipped for packet in packets)
    assert not packets[0].clipped


def test_the_type_chooses_the_source() -> None:
    """A configuration is read by its `type`."""
    adapter: TypeAdapter[SourceConfig] = TypeAdapter(SourceConfig)
    config = adapter.validate_python({"type": "synthetic", "latitude": 1, "longitude": 2})

    assert "synthetic" == open_source(config).describe().type
    with pytest.raises(ValidationError, match="openeew"):
        adapter.validate_python({"type": "sintetic"})


def test_an_unknown_sensor_is_told_at_once() -> None:
    """The mistake is found when the source is opened."""
    with pytest.raises(ConfigError, match="mpu6050"):
        _config(sensor="mpu6500").open()
