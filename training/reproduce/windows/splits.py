"""How recordings are parted: at random, as published, or by event."""

from dataclasses import dataclass

import numpy as np

from training.data.pool import Recordings, Rows
from training.data.record import Part
from training.data.recording import Description, Recording

Parts = dict[Part, Rows]


@dataclass(frozen=True, slots=True)
class RandomSplit:
    """Recordings dealt at random, so that one event may be in every part."""

    test: float
    """Share of all."""
    validation: float
    """Share of all."""
    tested_on_validation: bool = False
    """The authors report the part by which they chose the epoch."""

    def deal(self, rows: Rows, seed: int) -> Parts:
        """Return the rows of each part; every part has one at least."""
        order = np.random.default_rng(seed).permutation(rows)
        held = max(1, round(self.test * len(rows)))
        if self.tested_on_validation:
            return {"train": order[held:], "validation": order[:held], "test": order[:held]}
        kept = max(1, round(self.validation * len(rows)))
        return {
            "train": order[held + kept :],
            "validation": order[held : held + kept],
            "test": order[:held],
        }


def split_by_event(recordings: Recordings, rows: Rows) -> Parts:
    """Return the rows of each part of the kit's own split: an event is in one part alone."""
    parts = np.array([recordings.facts(int(row))[0].part for row in rows])
    return {part: rows[parts == part] for part in ("train", "validation", "test")}


def shared_events(recordings: Recordings, parts: Parts) -> float:
    """Return the share of the test recordings whose event is also trained on."""
    trained = {recordings.facts(int(row))[0].event for row in parts["train"]}
    tested = [recordings.facts(int(row))[0].event for row in parts["test"]]
    return sum(event in trained for event in tested) / len(tested) if tested else 0.0


class ChosenRecordings:
    """Some of a sequence of recordings, in a given order; nothing is read before it is asked for.

    Args:
        recordings: All of them.
        rows: Which.
    """

    def __init__(self, recordings: Recordings, rows: Rows) -> None:
        self._recordings, self._rows = recordings, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: int) -> Recording:
        return self._recordings[int(self._rows[row])]

    def facts(self, row: int) -> tuple[Description, int]:
        """Return description and length of a recording."""
        return self._recordings.facts(int(self._rows[row]))
