"""What Prometheus reads of a station, over HTTP, by Prometheus' own parser."""

import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cloud.toml import to_toml
from edge.config import StationConfig, StationSection
from edge.errors import ConfigError
from edge.messages import (
    AlarmHealth,
    ClockSource,
    ClockState,
    ComponentNoise,
    Health,
    NoiseLevel,
    NoiseSpectrum,
    NoiseVerdict,
)
from edge.metrics.config import MetricsConfig
from edge.metrics.serve import metrics_served
from edge.mqtt import MqttConfig
from edge.sources import SyntheticConfig

ANY_PORT = MetricsConfig(port=0)
BARE = Health(
    network="XX", station="A", time=0, packets=0, packets_dropped=0, gaps=0, outbox_depth=0,
    triggers=0,
)  # fmt: skip
FULL = BARE.model_copy(
    update={
        "packets": 720,
        "triggers": 3,
        "outbox_depth": 2,
        "sampling_rate_hz": 99.9,
        "latency_s": 0.5,
        "temperature_c": 21.5,
        "cpu_s": 12.25,
        "disk_free_bytes": 5_000_000,
        "noise": (NoiseLevel(channel="HNZ", rms_m_s2=2e-4),),
        "clock": ClockState(source=ClockSource.NTP, error_s=0.002),
    }
)


def read(port: int) -> dict[str, tuple[dict[str, str], float]]:
    """Return labels and value of each sample of the endpoint, by its name."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        text = answer.read().decode()
    families = text_string_to_metric_families(text)
    return {one.name: (one.labels, one.value) for family in families for one in family.samples}


def test_a_health_report_becomes_metrics() -> None:
    """Counters end in _total, units are in the names, each is labelled with its station."""
    with metrics_served(ANY_PORT, lambda: FULL) as port:
        told = read(port)

    place = {"network": "XX", "station": "A", "location": "00"}
    assert (place, 720) == told["tremor_station_packets_total"]
    assert (place, 3) == told["tremor_station_triggers_total"]
    assert (place, 2) == told["tremor_station_outbox_messages"]
    assert (place, 99.9) == told["tremor_station_sampling_rate_hertz"]
    assert (place, 21.5) == told["tremor_station_temperature_celsius"]
    assert (place, 12.25) == told["tremor_station_cpu_seconds_total"]
    noise = told["tremor_station_noise_rms_meters_per_second_squared"]
    assert ({**place, "channel": "HNZ"}, 2e-4) == noise
    assert ({**place, "source": "ntp"}, 0.002) == told["tremor_station_clock_error_seconds"]


def test_the_spectrum_is_labelled_by_channel_and_octave() -> None:
    """What Prometheus plots is the density; what it alarms on, the distance from the sensor."""
    component = ComponentNoise(
        channel="HNZ",
        levels_db=(-71.5, -62.0),
        above_sensor_db=11.0,
        above_nlnm_db=100.0,
        above_nhnm_db=30.0,
        verdict=NoiseVerdict.NOISY,
    )
    spectrum = NoiseSpectrum(bands_hz=(0.125, 8.0), span_s=3600, components=(component,))

    with metrics_served(ANY_PORT, lambda: BARE.model_copy(update={"spectrum": spectrum})) as port:
        told = read(port)

    place = {"network": "XX", "station": "A", "location": "00", "channel": "HNZ"}
    level = told["tremor_station_noise_density_decibels"]
    assert ({**place, "octave_hz": "8"}, -62.0) == level
    assert (place, 11.0) == told["tremor_station_noise_above_sensor_decibels"]


def test_the_alarm_is_told_where_there_is_one() -> None:
    """How often it rang, whether it rings, and what it could not do."""
    alarm = AlarmHealth(ringing=True, count=2, problems=("alarm.gpio: no such line",))
    with metrics_served(ANY_PORT, lambda: BARE.model_copy(update={"alarm": alarm})) as port:
        told = read(port)

    assert 2 == told["tremor_station_alarms_total"][1]
    assert 1 == told["tremor_station_alarm_ringing"][1]
    assert 1 == told["tremor_station_alarm_problems"][1]


def test_what_a_station_does_not_know_is_left_out() -> None:
    """No zero in place of a rate, a temperature or a clock."""
    with metrics_served(ANY_PORT, lambda: BARE) as port:
        told = read(port)

    assert 0 == told["tremor_station_packets_total"][1]
    assert not {
        name for name in told if "rate" in name or "temperature" in name or "clock_e" in name
    }


def test_each_reading_asks_anew() -> None:
    """The numbers are those of the moment."""
    reports = iter([FULL, FULL.model_copy(update={"packets": 721})])
    with metrics_served(ANY_PORT, lambda: next(reports)) as port:
        first, second = read(port), read(port)

    assert 720 == first["tremor_station_packets_total"][1]
    assert 721 == second["tremor_station_packets_total"][1]


def test_nothing_listens_unless_it_is_asked_for() -> None:
    """Without the section there is no port."""
    with metrics_served(None, lambda: FULL) as port:
        assert 0 == port


def test_a_port_in_use_is_told() -> None:
    """By the name of the section, with the address."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = MetricsConfig(port=other.getsockname()[1])
        with (
            pytest.raises(ConfigError, match=f"metrics.*{taken.port}"),
            metrics_served(taken, lambda: FULL),
        ):
            pytest.fail("it served on a port of somebody else")


def test_the_port_is_free_again_afterwards() -> None:
    """A station that is started again finds its port."""
    with metrics_served(ANY_PORT, lambda: FULL) as port:
        pass

    with metrics_served(MetricsConfig(port=port), lambda: FULL) as again:
        assert port == again


def free_port() -> int:
    """Return a port that nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_running_agent_is_read(tmp_path: Path) -> None:
    """`edge-agent run` with the section `[metrics]`: its packets are counted up."""
    config = StationConfig(
        station=StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5),
        source=SyntheticConfig(latitude=17.0, longitude=-99.5, start=time.time_ns()),
        detection={"model": {"enabled": False}},
        mqtt=MqttConfig(port=1),
        metrics=MetricsConfig(port=free_port()),
        state_dir=tmp_path / "state",
    )
    file = tmp_path / "station.toml"
    file.write_text(to_toml(config))
    assert config.metrics is not None

    with subprocess.Popen(
        [Path(sys.executable).with_name("edge-agent"), "run", "--config", file],
        stderr=subprocess.DEVNULL,
    ) as process:
        packets = 0.0
        while packets == 0 and process.poll() is None:
            try:
                packets = read(config.metrics.port)["tremor_station_packets_total"][1]
            except URLError:
                time.sleep(0.05)
        process.terminate()

    assert packets > 0
    assert 0 == process.returncode
