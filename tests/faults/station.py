"""Stations to be harmed: made-up sensors that earthquakes shake again and again."""

from pathlib import Path

from edge.archive.config import ArchiveConfig
from edge.config import ReplaySection, StationConfig, StationSection
from edge.metrics.config import MetricsConfig
from edge.mqtt import MqttConfig
from edge.serve.config import SeedLinkServerConfig
from edge.sources import SyntheticConfig, SyntheticEarthquake
from edge.timestamps import seconds_to_ns

BASE_NS = 1_760_000_000_000_000_000
"""Data time at which made-up stations begin: the same every time."""
PACKET_S = 31 / 125
"""Of data in a packet of the made-up sensor."""
FIRST_QUAKE_S = 40.0
"""Seconds of data before the first earthquake: the detectors settle."""
PLACE = StationSection(network="XX", station="A", latitude=17.0, longitude=-99.5)


def shaken(
    folder: Path,
    port: int,
    *,
    start_ns: int = BASE_NS,
    every_s: float | None = None,
    duration_s: float | None = None,
    speed: float = 20.0,
    archive: bool = False,
    metrics_port: int | None = None,
) -> StationConfig:
    """Return a station near an earthquake of magnitude 5.

    Args:
        folder: Its state directory lies in it.
        port: Of the broker on loopback.
        start_ns: Data time of the first sample, nanoseconds since 1970 UTC.
        every_s: Seconds of data after which it shakes again; once where left out.
        duration_s: Seconds of data; for ever where left out.
        speed: Seconds of data in a second of ours.
        archive: It keeps its samples.
        metrics_port: Metrics are served there, and samples by SeedLink on any free port.
    """
    quake = SyntheticEarthquake(
        origin_time=start_ns + seconds_to_ns(FIRST_QUAKE_S),
        latitude=17.2,
        longitude=-99.5,
        magnitude=5.0,
    )
    return StationConfig(
        station=PLACE,
        source=SyntheticConfig(
            latitude=17.0,
            longitude=-99.5,
            start=start_ns,
            duration_s=duration_s,
            earthquakes=(quake,),
            repeat_every_s=every_s,
        ),
        archive=ArchiveConfig(enabled=archive, keep_free_bytes=0),
        metrics=MetricsConfig(port=metrics_port) if metrics_port is not None else None,
        seedlink_server=SeedLinkServerConfig(port=0) if metrics_port is not None else None,
        mqtt=MqttConfig(port=port, retry_max_s=0.5),
        replay=ReplaySection(speed=speed, data_start=start_ns),
        state_dir=folder / "state",
    )


def quiet(station: StationConfig) -> StationConfig:
    """Return the station without earthquakes: it only sends what waits."""
    return station.model_copy(
        update={"source": station.source.model_copy(update={"earthquakes": ()})}
    )
