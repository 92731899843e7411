"""Sources of samples: one module a source, joined in one discriminated union on `type`.

Use: validate a configuration as `SourceConfig`, then `open_source(config)` gives a `Source`.
"""

from typing import Annotated

from pydantic import Field

from edge.sources.adxl355 import Adxl355Config
from edge.sources.base import Source, SourceDescription
from edge.sources.cwa import CwaConfig
from edge.sources.iio import IioConfig
from edge.sources.live import LiveSource
from edge.sources.miniseed import MiniSeedConfig
from edge.sources.openeew import OpenEewConfig
from edge.sources.rshake import RaspberryShakeConfig
from edge.sources.seedlink import SeedLinkConfig
from edge.sources.synthetic import SyntheticConfig
from edge.sources.synthetic_ground import SyntheticEarthquake

SourceConfig = Annotated[
    Adxl355Config
    | CwaConfig
    | IioConfig
    | MiniSeedConfig
    | OpenEewConfig
    | RaspberryShakeConfig
    | SeedLinkConfig
    | SyntheticConfig,
    Field(discriminator="type"),
]
"""The configuration of any source."""


def open_source(config: SourceConfig) -> Source:
    """Return the source that a configuration describes.

    Raises:
        SourceError: Nothing can be read from it.
    """
    return config.open()


__all__ = [
    "Adxl355Config",
    "CwaConfig",
    "IioConfig",
    "LiveSource",
    "MiniSeedConfig",
    "OpenEewConfig",
    "RaspberryShakeConfig",
    "SeedLinkConfig",
    "Source",
    "SourceConfig",
    "SourceDescription",
    "SyntheticConfig",
    "SyntheticEarthquake",
    "open_source",
]
