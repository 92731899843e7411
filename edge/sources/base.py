"""What every source is: a description and packets in the order in which they arrived.

A source of recordings never sleeps. Each packet carries `arrival_ns`; whoever runs the source live
or at a multiple of real time waits for that moment, and a replay does not wait at all. A live
source (`edge.sources.live`) waits for its sensor, and its packets arrive when they are yielded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from edge.errors import SourceError
from edge.packet import Packet

_BANDS = ((250.0, "C"), (80.0, "H"), (10.0, "B"), (1.0, "M"))
"""Lowest rate in hertz of each band code, highest first."""


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """What is known of a source before its first packet."""

    type: str
    """The source's `type` in the configuration."""
    place: str
    """Where the samples come from, for messages to people."""
    sensor: str
    """Name of the sensor profile."""
    nominal_rate_hz: float
    """The rate that the source claims; the time base finds the true one."""
    channels: tuple[str, str, str]
    """SEED channel codes of the columns Z, N, E."""
    counts_per_m_s2: tuple[float, float, float] | None = None
    """Sensitivity of Z, N and E where the samples were made of whole counts."""
    delay_corrected: bool = False
    """The sample times are corrected for the delay of the sensor's own filters."""


class Source(Protocol):
    """One station's samples."""

    packets_dropped: int
    """Broken packets, lines or records that were counted and left out."""

    def describe(self) -> SourceDescription:
        """Return what is known of the source."""
        ...

    def packets(self) -> Iterator[Packet]:
        """Yield packets in order of arrival."""
        ...


class SourceSettings(BaseModel):
    """Base of the configuration of every source."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def channel_codes(rate_hz: float) -> tuple[str, str, str]:
    """Return the channel codes of an accelerometer that responds to constant acceleration.

    The band code follows the FDSN source identifiers, for sensors without a low corner.
    """
    band = next((code for lowest_hz, code in _BANDS if rate_hz >= lowest_hz), "L")
    return (f"{band}NZ", f"{band}NN", f"{band}NE")


def same_for_all(counts_per_m_s2: float) -> tuple[float, float, float]:
    """Return the sensitivity of a source whose components are alike."""
    return (counts_per_m_s2, counts_per_m_s2, counts_per_m_s2)


def _as_sequence(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


Paths = Annotated[tuple[Path, ...], BeforeValidator(_as_sequence), Field(min_length=1)]
"""One path or several; each a file or a folder."""


def find_files(source: str, paths: tuple[Path, ...], suffixes: tuple[str, ...] = ()) -> list[Path]:
    """Return the files of paths, those of a folder in the order of their names.

    Args:
        source: The source's type, for messages.
        paths: Files, and folders that are searched to any depth.
        suffixes: How the names of files in folders end; any name where left out.

    Raises:
        SourceError: A path does not exist, or there is no file.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (one for one in path.rglob("*") if one.is_file())
            files += sorted(one for one in inside if not suffixes or one.name.endswith(suffixes))
        elif path.is_file():
            files.append(path)
        else:
            raise SourceError(source, str(path), "no such file or folder")
    if not files:
        place = ", ".join(str(path) for path in paths)
        raise SourceError(source, place, f"no file ends in {' or '.join(suffixes) or 'anything'}")
    return files
