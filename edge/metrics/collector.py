"""A health report as Prometheus metrics, one family a fact; units are in the names.

Names follow Prometheus' rules: base units, `_total` for what only grows. A fact that the station
does not know is left out, so that no alarm rests on an invented number.
"""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.messages import Health

_PLACE = ["network", "station", "location"]
_PREFIX = "tremor_station"

_COUNTERS = {
    "packets": "Packets that went through detection",
    "packets_dropped": "Broken packets that were dropped",
    "gaps": "Gaps in the samples",
    "clock_steps": "Settings of the clock",
    "triggers": "Triggers",
}
_GAUGES = {
    "sampling_rate_hz": ("sampling_rate_hertz", "Estimated true sampling rate"),
    "latency_s": ("latency_seconds", "Age of the newest sample"),
    "outbox_depth": ("outbox_messages", "Messages waiting for the broker"),
    "temperature_c": ("temperature_celsius", "Of the sensor"),
    "disk_free_bytes": ("disk_free_bytes", "Free on the disk of the state directory"),
}


class HealthCollector(Collector):
    """Asks for a health report whenever Prometheus asks.

    Args:
        health: Returns the report of this moment.
    """

    def __init__(self, health: Callable[[], Health]) -> None:
        self._health = health

    def describe(self) -> list[Metric]:
        """Return nothing: names are not asked for before the station works."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield what the report knows."""
        health = self._health()
        place = [health.network, health.station, health.location]
        yield from _counters(health, place)
        yield from _gauges(health, place)
        yield _noise(health, place)
        yield from _spectrum(health, place)
        yield from _clock(health, place)
        yield from _alarm(health, place)


def _counters(health: Health, place: list[str]) -> Iterator[Metric]:
    for field, text in _COUNTERS.items():
        family = CounterMetricFamily(f"{_PREFIX}_{field}", text, labels=_PLACE)
        family.add_metric(place, getattr(health, field))
        yield family
    if health.cpu_s is not None:
        cpu = CounterMetricFamily(f"{_PREFIX}_cpu_seconds", "CPU time of the agent", labels=_PLACE)
        cpu.add_metric(place, health.cpu_s)
        yield cpu


def _gauges(health: Health, place: list[str]) -> Iterator[Metric]:
    for field, (name, text) in _GAUGES.items():
        value = getattr(health, field)
        if value is not None:
            family = GaugeMetricFamily(f"{_PREFIX}_{name}", text, labels=_PLACE)
            family.add_metric(place, value)
            yield family


def _noise(health: Health, place: list[str]) -> Metric:
    family = GaugeMetricFamily(
        f"{_PREFIX}_noise_rms_meters_per_second_squared",
        "Background of a channel in the detection band",
        labels=[*_PLACE, "channel"],
    )
    for level in health.noise:
        family.add_metric([*place, level.channel], level.rms_m_s2)
    return family


def _spectrum(health: Health, place: list[str]) -> Iterator[Metric]:
    if health.spectrum is None:
        return
    level = GaugeMetricFamily(
        f"{_PREFIX}_noise_density_decibels",
        "Background of a channel in an octave, decibels relative to 1 (m/s2)^2/Hz",
        labels=[*_PLACE, "channel", "octave_hz"],
    )
    above = GaugeMetricFamily(
        f"{_PREFIX}_noise_above_sensor_decibels",
        "Background of a channel above the sensor's own noise",
        labels=[*_PLACE, "channel"],
    )
    for component in health.spectrum.components:
        for centre_hz, level_db in zip(health.spectrum.bands_hz, component.levels_db, strict=True):
            level.add_metric([*place, component.channel, f"{centre_hz:g}"], level_db)
        if component.above_sensor_db is not None:
            above.add_metric([*place, component.channel], component.above_sensor_db)
    yield level
    yield above


def _clock(health: Health, place: list[str]) -> Iterator[Metric]:
    if health.clock is None:
        return
    family = GaugeMetricFamily(
        f"{_PREFIX}_clock_error_seconds",
        "How far the time of a sample may be off",
        labels=[*_PLACE, "source"],
    )
    family.add_metric([*place, health.clock.source.value], health.clock.error_s)
    yield family


def _alarm(health: Health, place: list[str]) -> Iterator[Metric]:
    if health.alarm is None:
        return
    count = CounterMetricFamily(f"{_PREFIX}_alarms", "The station's own alarms", labels=_PLACE)
    count.add_metric(place, health.alarm.count)
    yield count
    for name, text, value in (
        ("alarm_ringing", "The station's own alarm rings", int(health.alarm.ringing)),
        ("alarm_problems", "What the alarm would do and cannot", len(health.alarm.problems)),
    ):
        family = GaugeMetricFamily(f"{_PREFIX}_{name}", text, labels=_PLACE)
        family.add_metric(place, value)
        yield family
