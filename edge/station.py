"""A station put together from its configuration: source, detectors, pipeline."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge import __version__
from edge.config import StationConfig
from edge.detect.loading import load_detectors
from edge.errors import ConfigError
from edge.messages import Health, ModelIdentity, State
from edge.pipeline import StationPipeline
from edge.signal.proof import prove_filters
from edge.sources.base import Source
from edge.sources.live import LiveSource
from edge.timestamps import ns_to_seconds

if TYPE_CHECKING:
    from edge.alarm.watch import AlarmWatch
    from edge.archive.archive import Archive
    from edge.noise.report import NoiseReporter

_STATM: Final = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Station:
    """Everything of a station but its wires."""

    config: StationConfig
    source: Source
    pipeline: StationPipeline
    models: tuple[ModelIdentity, ...]
    archive: "Archive | None" = None
    """Keeps the samples; None where nobody does."""
    noise: "NoiseReporter | None" = None
    """Tells the spectrum of the background; None where nobody listens to it."""
    alarm: "AlarmWatch | None" = None
    """The station's own alarm; None where there is none."""

    def state(self, now_ns: int) -> State:
        """Return the birth certificate."""
        place, description = self.config.station, self.source.describe()
        return State(
            online=True,
            network=place.network,
            station=place.station,
            location=place.location,
            agent_version=__version__,
            sensor=description.sensor,
            sampling_rate_hz=self.pipeline.rate_hz,
            channels=self.pipeline.channels,
            latitude=place.latitude,
            longitude=place.longitude,
            elevation_m=place.elevation_m,
            models=self.models,
            clock=self.pipeline.clock,
            since=now_ns,
        )

    def health(self, now_ns: int, outbox_depth: int) -> Health:
        """Return a health report."""
        place, pipeline, source = self.config.station, self.pipeline, self.source
        newest_ns = pipeline.newest_sample_ns
        model = next((f"{m.name} {m.version}" for m in self.models if m.running), None)
        return Health(
            network=place.network,
            station=place.station,
            location=place.location,
            time=now_ns,
            clock=pipeline.clock,
            sampling_rate_hz=pipeline.rate_hz,
            latency_s=ns_to_seconds(now_ns - newest_ns) if newest_ns is not None else None,
            noise=pipeline.noise(),
            spectrum=self.noise.report() if self.noise is not None else None,
            quality=tuple(sorted(pipeline.quality)),
            threshold=pipeline.thresholds.health() if pipeline.thresholds is not None else None,
            packets=pipeline.packets,
            packets_dropped=self.source.packets_dropped,
            gaps=pipeline.time_base.counters.gaps,
            clock_steps=pipeline.time_base.counters.steps,
            outbox_depth=outbox_depth,
            triggers=pipeline.triggers,
            temperature_c=source.temperature_c if isinstance(source, LiveSource) else None,
            disk_free_bytes=_free_bytes(self.config.state_dir),
            cpu_s=time.process_time(),
            memory_bytes=_memory_bytes(),
            model=model,
            archive=self.archive.health() if self.archive is not None else None,
            alarm=self.alarm.health() if self.alarm is not None else None,
        )


def with_inputs(config: StationConfig, inputs: list[Path]) -> StationConfig:
    """Return the configuration with other recordings in place of its source's own.

    Raises:
        ConfigError: The source reads no files.
    """
    if "paths" not in type(config.source).model_fields:
        kind = config.source.type
        problem = f"source.type: a {kind!r} source reads no files; leave the inputs out"
        raise ConfigError(None, [problem])
    source = config.source.model_copy(update={"paths": tuple(inputs)})
    return config.model_copy(update={"source": source})


def with_bundle(config: StationConfig, bundle: Path) -> StationConfig:
    """Return the configuration with another network."""
    model = config.detection.model.model_copy(update={"bundle": bundle, "enabled": True})
    detection = config.detection.model_copy(update={"model": model})
    return config.model_copy(update={"detection": detection})


def open_station(config: StationConfig, *, network_must_run: bool = False) -> Station:
    """Return the station of a configuration.

    Args:
        config: The station file.
        network_must_run: A network that is refused is an error; else STA/LTA goes on alone.

    Raises:
        ArithmeticProofError: This processor computes wrong.
        SourceError: The source cannot deliver at all.
        BundleError: The network is refused, and it must run.
        RuntimeUnavailableError: No runtime runs it here, and it must run.
    """
    prove_filters()
    source = config.source.open()
    detectors, models = load_detectors(config.detection, must_run=network_must_run)
    pipeline = StationPipeline(config.station, config.detection, detectors, source.describe())
    return Station(config, source, pipeline, models)


def _memory_bytes() -> int | None:
    """Return this process's memory in RAM; None where the system does not tell (proc(5), statm)."""
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _free_bytes(folder: Path) -> int | None:
    """Return the free space of a disk; None where there is no such folder, which ends nothing."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
