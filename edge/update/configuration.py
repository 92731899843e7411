"""What a file of settings says: the keys of a station file that may be changed from afar.

    configuration/NAME-VERSION.toml

It lies over the station file, key by key, as the command `configure` does; what that may not change
no file of settings may. Whoever signs reads each key and its value as text.
"""

import json
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from edge.errors import ConfigError
from edge.reconfigure.config import ConfigureSection
from edge.reconfigure.overlay import Data, plain
from edge.reconfigure.protected import refusals
from edge.update.targets import CONFIGURATION, ConfigurationFacts

MOST_BYTES: Final = 65_536


def read_settings(content: bytes) -> Data:
    """Return the settings of a file.

    Raises:
        ConfigError: It is no TOML, too large, empty, or changes what is changed on site only.
    """
    if len(content) > MOST_BYTES:
        raise ConfigError(None, [f"has {len(content)} bytes, at most {MOST_BYTES} are taken"])
    try:
        data: Data = plain(tomllib.loads(content.decode()))
    except (ValueError, RecursionError) as error:
        raise ConfigError(None, [f"is no TOML: {error}"]) from error
    if not settings_as_text(data):
        raise ConfigError(None, ["says nothing: write keys of a station file into it"])
    # No table hides what is in it: an empty one of a protected name is refused as well.
    refused = refusals({}, data, ConfigureSection())
    if refused:
        raise ConfigError(None, refused)
    return data


def settings_as_text(data: Data) -> dict[str, str]:
    """Return key with dots and value as JSON, as a person reads them before signing."""
    return dict(sorted(_leaves(data, "")))


def settings_path(name: str, version: int) -> str:
    """Return the name of a file of settings in the repository."""
    return f"{CONFIGURATION}/{name}-{version}.toml"


def settings_facts(content: bytes, **known: Any) -> ConfigurationFacts:  # noqa: ANN401 - its fields
    """Return what is signed of a file of settings.

    Args:
        content: The file.
        known: Name, version, and what else is no setting.

    Raises:
        ConfigError: See `read_settings`.
    """
    said = settings_as_text(read_settings(content))
    return ConfigurationFacts.model_validate(known | {"settings": said})


def _leaves(data: Data, above: str) -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", json.dumps(value, ensure_ascii=False)
