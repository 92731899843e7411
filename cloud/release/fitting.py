"""Do settings fit a station? The centre has no station file: the examples stand in for them."""

from typing import Any

from edge.config import StationConfig
from edge.errors import ConfigError
from edge.examples import examples
from edge.reconfigure.overlay import Data, plain
from edge.settings import read_toml, validated
from edge.update.configuration import read_settings


def check_settings(content: bytes) -> None:
    """Check that settings can lie over a station file of some sensor.

    Raises:
        ConfigError: They fit none; with what is wrong for the one that they come nearest.
    """
    settings = read_settings(content)
    nearest: ConfigError | None = None
    for example in examples():
        if example.path.parent.name != "stations":
            continue
        data = plain(read_toml(example.path)[1])
        try:
            validated(_laid(data, settings), StationConfig)
        except ConfigError as error:
            if nearest is None or len(error.problems) < len(nearest.problems):
                nearest = error
        else:
            return
    if nearest is not None:
        raise nearest


def _laid(file: Data, settings: Data) -> Data:
    """Return a file's data with settings over it, key by key."""
    laid: dict[str, Any] = dict(file)
    for key, value in settings.items():
        below = laid.get(key)
        both = isinstance(value, dict) and isinstance(below, dict)
        laid[key] = _laid(below or {}, value) if both else value
    return laid
