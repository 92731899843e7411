"""What is replayed on both sides."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_STATION: Final = """\
state_dir = "{state}"

[station]
network = "XX"
station = "ARM64"
latitude = 16.5
longitude = -98.4

[mqtt]
host = "127.0.0.1"
port = {port}

"""
_EARTHQUAKE: Final = """
[[source.earthquakes]]
origin_time = "{origin}"
latitude = 16.6
longitude = -98.3
depth_km = 8
magnitude = 4.5
"""
_SYNTHETIC: Final = """\
[source]
type = "synthetic"
latitude = 16.5
longitude = -98.4
seed = 7
rate_error_ppm = 300
"""
_OPENEEW: Final = """\
[source]
type = "openeew"
paths = ["{path}"]
"""
_MINISEED: Final = """\
[source]
type = "miniseed"
paths = ["{path}"]
station = "AM.R91E4"
channels = "EN"
sensor = "rshake4d-mems"
"""
_OPENEEW_STATIONS: Final = (
    *("2020_1_30/001", "2020_1_30/004", "2020_1_11/004", "2019_3_9/009", "2018_2_16/000"),
    # A clock that is off by an hour; gaps and packets that come a quarter of an hour late.
    *("2018_2_16/012", "2020_1_29/024"),
)
_SHAKE: Final = "rshake/AM.R91E4.00.mseed"


@dataclass(frozen=True)
class Recording:
    """A source of the same samples on every machine."""

    name: str
    source: str
    """Table `[source]` of the station file; `{path}` stands for the recording."""
    path: Path | None = None
    """Of the recording on this machine; None where there is no file."""

    def station_file(self, state: str, path: str, port: int = 1883) -> str:
        """Return a station file.

        Args:
            state: The state directory, where it will run.
            path: Of the recording, where it will run.
            port: Of the broker.
        """
        return _STATION.format(state=state, port=port) + self.source.format(path=path)

    def place(self, folder: Path) -> None:
        """Copy the recording into a folder of the root."""
        if self.path is not None and self.path.is_dir():
            shutil.copytree(self.path, folder / self.path.name, copy_function=shutil.copyfile)
        elif self.path is not None:
            shutil.copyfile(self.path, folder / self.path.name)


def synthetic(origin: str, start: str | None = None, duration_s: float | None = None) -> str:
    """Return the `[source]` of a made-up station.

    Args:
        origin: Time of its earthquake, ISO 8601.
        start: Of its samples; now where left out.
        duration_s: Of its samples; for ever where left out.
    """
    begin = "" if start is None else f'start = "{start}"\n'
    end = "" if duration_s is None else f"duration_s = {duration_s}\n"
    return _SYNTHETIC + begin + end + _EARTHQUAKE.format(origin=origin)


def recordings(data: Path) -> list[Recording]:
    """Return what there is to replay.

    Args:
        data: Folder of real recordings; where it is absent the made-up one remains.
    """
    made = synthetic("2026-01-01T00:02:00Z", "2026-01-01T00:00:00Z", 240)
    openeew = data / "openeew_mx"
    found = [
        Recording("synthetic, M 4.5 at 16 km", made),
        *(Recording(f"OpenEEW {name}", _OPENEEW, openeew / name) for name in _OPENEEW_STATIONS),
        Recording("Raspberry Shake AM.R91E4 (miniSEED)", _MINISEED, data / _SHAKE),
    ]
    return [one for one in found if one.path is None or one.path.exists()]
