"""What `cloud-aggregator repick` does: find, pick, show how far it is, say what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from cloud.errors import RepickError
from cloud.picking import PickingConfig, open_picker
from cloud.repick.archive import StationDay, find_days
from cloud.repick.output import Output
from cloud.repick.run import Repicked, repick


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be picked.

    Attributes:
        archive: Root of the SDS tree.
        channels: Pattern of channel codes.
        first: First day.
        last: Last day.
    """

    archive: Path
    channels: str = "?N?"
    first: date | None = None
    last: date | None = None

    def days(self) -> list[StationDay]:
        """Return the days of stations.

        Raises:
            RepickError: There are none.
        """
        found = find_days(self.archive, self.channels, self.first, self.last)
        if not found:
            raise RepickError(
                self.archive,
                f"holds no channel {self.channels} in these days, in files named "
                "YEAR/NET/STA/CHAN.D/NET.STA.LOC.CHAN.D.YEAR.DAY; --channels '*' takes every one",
            )
        return found


def repick_command(
    wanted: Wanted, out: Path, config: PickingConfig, *, anew: bool, quiet: bool
) -> dict[str, object]:
    """Pick an archive and return what came of it, for people and programs.

    Raises:
        RepickError: The archive holds nothing, or the file is of another run.
        PickerError: The picker does not start, or fails.
    """
    days = wanted.days()
    lanes = config.ray.actors if config.engine == "ray" else config.workers
    with open_picker(config) as picker:
        terms: dict[str, object] = {
            "picker": picker.name,
            "p_threshold": config.p_threshold,
            "s_threshold": config.s_threshold,
        }
        with Output(out, terms, anew=anew) as output, _bar(len(days), quiet=quiet) as bar:

            def tell(so_far: Repicked, day: StationDay) -> None:
                count = so_far.picks.total()
                bar.update(bar.task_ids[0], advance=1, description=f"{day}, {count} picks")

            result = repick(wanted.archive, days, picker, output, 2 * lanes, tell)
        return {
            "picker": picker.name,
            "engine": config.engine,
            "stations": len({day[:2] for day in days}),
            "days": result.days,
            "skipped": result.skipped,
            "hours": round(result.hours, 3),
            "picks": {phase: result.picks[phase] for phase in ("P", "S")},
            "out": str(out),
        }


@contextmanager
def _bar(days: int, *, quiet: bool) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bar:
        bar.add_task("looking", total=days)
        yield bar
