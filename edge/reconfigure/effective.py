"""A station's configuration as it holds: the station file, and over it what was changed from afar.

Above the file lie the settings of the station's ring, above these what was commanded. Every command
that reads a station file reads it so. Changes that cannot be used, because they are damaged or no
longer fit the file, are left out as a whole, the ring's first: the file alone is always a way to
start.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from edge.config import StationConfig
from edge.errors import ChangesError, ConfigError
from edge.reconfigure.overlay import Data, in_force, laid_over, plain
from edge.reconfigure.record import Entry, Record
from edge.reconfigure.ring import RingSettings, committed_settings
from edge.reconfigure.store import Store
from edge.settings import read_toml, validated

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StationFile:
    """A station file that is right by itself."""

    path: Path
    data: Data
    """As JSON knows it."""
    config: StationConfig

    @property
    def store(self) -> Store:
        """What keeps changes of this station."""
        return Store(self.config.state_dir)

    def laid_under(
        self, entries: Sequence[Entry], settings: Sequence[Entry] = ()
    ) -> tuple[Data, StationConfig]:
        """Return data and configuration with those entries that the file has not overtaken.

        Args:
            entries: Commanded.
            settings: Of the ring, below them.

        Raises:
            ConfigError: They do not fit the file.
        """
        try:
            below = laid_over(self.data, in_force(self.data, settings))
            data = laid_over(below, in_force(self.data, entries))
        except ChangesError as error:
            raise ConfigError(None, [str(error)]) from error
        return data, validated(data, StationConfig)


@dataclass(frozen=True, slots=True)
class Effective:
    """What holds."""

    file: StationFile
    config: StationConfig
    record: Record = field(default_factory=Record)
    entries: tuple[Entry, ...] = ()
    """In force."""
    overtaken: tuple[Entry, ...] = ()
    """The file was edited since they were made: they do nothing."""
    problem: str | None = None
    """Why changes are left out; None where they are not."""
    ring: RingSettings = field(default_factory=RingSettings)
    """Settings over the air, below the entries."""

    def changed_since(self, time_ns: int, *tables: str) -> dict[str, int]:
        """Return which settings of some tables were changed after a time, and when last.

        Args:
            time_ns: Nanoseconds since 1970 UTC.
            tables: Such as `detection`.
        """
        over_the_air = {
            one.key: one.time
            for one in self.ring.entries
            if one.time > time_ns and one.key.partition(".")[0] in tables
        }
        return over_the_air | self.record.changed_since(time_ns, *tables)


def read_station_file(path: Path) -> StationFile:
    """Return a station file.

    Raises:
        ConfigError: It has mistakes.
    """
    text, data = read_toml(path)
    return StationFile(path, plain(data), validated(data, StationConfig, path, text))


def effective(file: StationFile) -> Effective:
    """Return what holds of a station, without what is on trial."""
    if not file.config.configure.enabled:
        return Effective(file, file.config)
    ring = committed_settings(file.config, file.data)
    try:
        record, problem = file.store.read(), None
    except ChangesError as error:
        record, problem = Record(), str(error)
    active = in_force(file.data, record.entries)
    overtaken = tuple(one for one in record.entries if one not in active)
    held = Effective(file, file.config, record, active, overtaken, problem, ring)
    return _with_what_fits(held)


def _with_what_fits(held: Effective) -> Effective:
    """Return what holds of a station when what does not fit is left out."""
    file, ring, entries = held.file, held.ring, held.entries
    try:
        return replace(held, config=file.laid_under(entries, ring.entries)[1])
    except ConfigError as error:
        reason = "; ".join(str(error).splitlines())
    try:
        config = file.laid_under(entries)[1]
    except ConfigError as error:
        left = replace(held, entries=(), problem=held.problem or str(error))
        return _with_what_fits(left) if entries else left
    without = RingSettings(problem=f"settings of the ring are left out: {reason}")
    return replace(held, config=config, ring=without)


def load_effective_config(path: Path) -> StationConfig:
    """Return a station's configuration as it holds; what is changed from afar is logged.

    Raises:
        ConfigError: The station file has mistakes.
    """
    held = effective(read_station_file(path))
    log_changes(held)
    return held.config


def log_changes(held: Effective) -> None:
    """Say what lies over the station file, and what is left out."""
    remedy = f"edge-agent config show --config {held.file.path}"
    if held.problem is not None:
        _log.error("changes_left_out", reason=held.problem, see=remedy)
    if held.ring.problem is not None:
        _log.error("settings_left_out", reason=held.ring.problem, see=remedy)
    if held.ring.entries:
        keys = [one.key for one in held.ring.entries]
        _log.info("settings_over_the_air", keys=keys, see=remedy)
    if held.overtaken:
        keys = [one.key for one in held.overtaken]
        _log.warning("changes_overtaken_by_file", keys=keys, see=remedy)
    if held.entries:
        keys = [one.key for one in held.entries]
        _log.warning("changed_from_afar", keys=keys, see=remedy)
