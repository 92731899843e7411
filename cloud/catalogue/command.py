"""`cloud-aggregator associate`: a file of picks in, a file of events out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cloud.catalogue.config import CatalogueConfig
from cloud.catalogue.messages import messages
from cloud.catalogue.own import OwnAssociator, PickTable
from cloud.catalogue.own import Progress as Report
from cloud.catalogue.picks import PickLine, Site, read_picks
from cloud.recordings.coordinates import read_station_table
from cloud.replay import write_events
from cloud.velocity import VelocityModel
from edge.errors import ConfigError
from edge.messages import Event
from edge.timestamps import NANOSECONDS_PER_SECOND

_P_BY_PHASE = {"P": 1.0, "S": 0.0, "unknown": 0.5}
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class AssociateOptions:
    """How a file of picks is associated; the model is iasp91 where it is left out."""

    engine: Literal["own", "pyocto"] = "own"
    least_probability: float = 0.0
    config: CatalogueConfig = field(default_factory=CatalogueConfig)
    model: VelocityModel | None = None
    quiet: bool = False


def associate_command(
    file: Path, stations: Path, out: Path, options: AssociateOptions
) -> list[Event]:
    """Associate the picks of a file, write the events, and return them.

    Raises:
        ConfigError: Picks or stations cannot be read, or picks are of stations that are not there.
        MissingExtraError: The engine is not installed.
    """
    picks, sites = read_picks(file, options.least_probability), _sites(stations)
    if not picks:
        least = f"of probability {options.least_probability:g} or more"
        raise ConfigError(file, [f"holds no picks {least}, one JSON object a line"])
    reference_ns = picks[0].time
    table = _table(picks, sites, reference_ns, options.config, file)
    latitude, longitude, elevation_m = (
        np.array([getattr(site, name) for site in sites], float)
        for name in ("latitude", "longitude", "elevation_m")
    )
    associator = OwnAssociator(latitude, longitude, elevation_m, options.config, options.model)
    with _shown_progress(len(picks), quiet=options.quiet) as progress:
        if options.engine == "pyocto":
            from cloud.catalogue.octo import OctoAssociator  # noqa: PLC0415 - an extra

            found = OctoAssociator(associator).associate(table, progress)
        else:
            found = associator.associate(table, progress)
    return write_events(messages(found, associator, picks, sites, reference_ns), out)


def _sites(path: Path) -> list[Site]:
    """Return the stations of a table in the order of their codes."""
    table = read_station_table(path)
    return [
        Site(f"{each.network}.{code}", each.latitude, each.longitude, each.elevation_m)
        for code, each in sorted(table.items())
    ]


def _table(
    picks: Sequence[PickLine],
    sites: Sequence[Site],
    reference_ns: int,
    config: CatalogueConfig,
    file: Path,
) -> PickTable:
    """Return picks in numbers."""
    index = {site.key: number for number, site in enumerate(sites)}
    index |= {site.key.partition(".")[2]: number for number, site in enumerate(sites)}
    unknown = sorted({pick.station for pick in picks} - index.keys())
    if unknown:
        named = ", ".join(unknown[:_MOST_NAMED])
        more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
        raise ConfigError(
            file, [f"stations {named}{more} are not in the table; add them with --stations"]
        )
    return PickTable(
        time_s=np.array([pick.time - reference_ns for pick in picks]) / NANOSECONDS_PER_SECOND,
        station=np.array([index[pick.station] for pick in picks], np.intp),
        sigma_s=np.array([pick.uncertainty_s or config.pick_error_s for pick in picks]),
        p_probability=np.array([_P_BY_PHASE[pick.phase] for pick in picks]),
    )


@contextmanager
def _shown_progress(picks: int, *, quiet: bool) -> Iterator[Report]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("picks", total=picks)

        def report(done: int) -> None:
            bar.update(task, completed=done)

        yield report
