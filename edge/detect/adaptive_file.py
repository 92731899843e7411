"""What the thresholds have learned, on disk: a restart forgets nothing, and the past is explained.

The file is replaced as a whole, once an hour. One that is damaged is set aside in the log and
learning begins anew: at worst the thresholds are the configured ones for some days.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.config import StationConfig
from edge.detect.adaptive import HourlyThresholds, PastThresholds, Since
from edge.detect.seen import HopSeen
from edge.station import Station

_log = structlog.get_logger(__name__)


class _Learned(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    base: float = Field(gt=0)
    levels: tuple[float, ...]
    history: tuple[tuple[int, float], ...]


def thresholds_file(config: StationConfig) -> Path:
    """Return where a station keeps what its thresholds have learned."""
    return config.state_dir / "thresholds.json"


def past_thresholds(config: StationConfig) -> PastThresholds:
    """Return which threshold held when, as far as it is known."""
    learned = _read(thresholds_file(config))
    history = [Since(*row) for row in learned.history] if learned is not None else []
    return PastThresholds(config.detection.sta_lta.on_ratio, history)


@contextmanager
def adapting(station: Station) -> Iterator[Station]:
    """Let a station's threshold follow its noise, where it is set up so."""
    config = station.config
    if not config.detection.adaptive.enabled:
        yield station
        return
    path = thresholds_file(config)
    thresholds = _open(config, path)
    keeper = _Keeper(path, config.detection.sta_lta.on_ratio, thresholds)
    station.pipeline.thresholds = thresholds
    station.pipeline.listeners += [thresholds.listen, keeper.listen]
    try:
        yield station
    finally:
        keeper.write()


def _open(config: StationConfig, path: Path) -> HourlyThresholds:
    base = config.detection.sta_lta.on_ratio
    learned = _read(path)
    if learned is None:
        return HourlyThresholds(config.detection.adaptive, base)
    # What was learned is a ratio of the site's noise: it holds for another setting too.
    history = [Since(*row) for row in learned.history]
    return HourlyThresholds(config.detection.adaptive, base, learned.levels, history)


def _read(path: Path) -> _Learned | None:
    try:
        return _Learned.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.warning("thresholds_unreadable", path=str(path), reason=str(error))
        return None


class _Keeper:
    """Writes when the hour changes."""

    def __init__(self, path: Path, base: float, thresholds: HourlyThresholds) -> None:
        self._path = path
        self._base = base
        self._thresholds = thresholds
        self._written = 0

    def listen(self, seen: HopSeen) -> None:
        """Look whether there is something to write."""
        del seen
        newest = self._thresholds.history[-1].start_ns if self._thresholds.history else 0
        if newest != self._written:
            self._written = newest
            self.write()

    def write(self) -> None:
        """Replace the file; a disk that does not take it costs what was learned, no more."""
        history = tuple((since.start_ns, since.threshold) for since in self._thresholds.history)
        learned = _Learned(base=self._base, levels=self._thresholds.levels, history=history)
        partial = self._path.with_suffix(".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(learned.model_dump_json().encode())
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._path)
        except OSError as error:
            _log.warning("thresholds_not_written", path=str(self._path), reason=str(error))
