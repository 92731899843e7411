"""What a query for stations found."""

from dataclasses import dataclass

from cloud.store import Epoch


@dataclass(frozen=True, slots=True)
class Found:
    """An epoch of a station and those of its channels that were asked for."""

    epoch: Epoch
    channels: tuple[str, ...]
