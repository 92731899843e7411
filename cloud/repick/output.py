"""The file of picks, and how far it is: an interrupted run goes on where it ended.

picks.jsonl             a JSON object a pick and line
picks.jsonl.progress    first what picks; then a line for each day of a station that is done, with
                        the size of the file after it
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from cloud.errors import RepickError
from cloud.picking import PhasePick
from cloud.repick.archive import StationDay
from edge.timestamps import format_time

PROGRESS: Final = ".progress"


class Output:
    """Writes picks, whole days at a time.

    Attributes:
        done: Days that are in the file.
    """

    def __init__(self, path: Path, terms: dict[str, object], *, anew: bool = False) -> None:
        """Open a file, or go on with it.

        Args:
            path: Of the picks.
            terms: What decides which picks come: network, thresholds.
            anew: Begin from nothing, whatever is there.

        Raises:
            RepickError: The file holds picks of another run.
        """
        self._path = path
        self._progress = path.with_name(path.name + PROGRESS)
        self._picker = str(terms["picker"])
        path.parent.mkdir(parents=True, exist_ok=True)
        entries = [] if anew else self._entries(terms)
        self.done = {str(entry["day"]) for entry in entries}
        kept = entries[-1]["bytes"] if entries else 0
        # Written anew, so that no line that a power cut tore is gone on with.
        lines = [json.dumps(terms, sort_keys=True), *map(json.dumps, entries)]
        self._progress.write_text("\n".join(lines) + "\n")
        self._file: BinaryIO = path.open("r+b" if path.exists() else "w+b")
        self._file.truncate(kept)
        self._file.seek(kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, day: StationDay, picks: Iterable[PhasePick]) -> None:
        """Add the picks of a day; they are on the disk when this returns."""
        for pick in picks:
            self._file.write(self._line(day, pick).encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        with self._progress.open("a") as progress:
            progress.write(json.dumps({"day": str(day), "bytes": self._file.tell()}) + "\n")
        self.done.add(str(day))

    def _line(self, day: StationDay, pick: PhasePick) -> str:
        facts = {
            "network": day.network,
            "station": day.station,
            "location": day.location,
            "channels": f"{day.instrument}?",
            "phase": pick.phase.value,
            "time": format_time(pick.time_ns),
            "probability": pick.probability,
            "uncertainty_s": pick.uncertainty_s,
            "picker": self._picker,
        }
        return json.dumps(facts) + "\n"

    def _entries(self, terms: dict[str, object]) -> list[dict[str, Any]]:
        """Return the days that are whole in the file, with its size after each."""
        if not self._progress.exists():
            if self._path.exists() and self._path.stat().st_size:
                raise RepickError(
                    self._path, "is there already and no run of `repick` left it; name another file"
                )
            return []
        first, *lines = self._progress.read_text().splitlines() or [""]
        if first != json.dumps(terms, sort_keys=True):
            raise RepickError(
                self._path, f"holds picks of {first}; --anew begins from nothing, or name another"
            )
        entries: list[dict[str, Any]] = []
        for line in lines:
            try:
                entries.append(json.loads(line))
            except ValueError:
                # The machine went down while it was written: that day is done again.
                break
        return entries
