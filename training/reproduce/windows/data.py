"""The recordings of a user's data set that a protocol uses."""

from dataclasses import dataclass
from typing import Final

from training.data.layouts import find_layout
from training.data.pool import JoinedRecordings, Pool, Recordings, Rows
from training.data.record import Part
from training.data.sets import read_pools, sets_of
from training.errors import DataError, ReproductionError
from training.models.recipe import Recipe
from training.reproduce.options import Options
from training.reproduce.windows.protocols import Protocol
from training.reproduce.windows.selection import Selection
from training.reproduce.windows.splits import ChosenRecordings

_PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test")
_FORBIDDEN: Final = "openeew"
"""Its test events are read by `model-trainer score` alone."""
_WHOLE: Final = 0.9
"""Share of the published recordings from which a data set is no sample."""
_LEAST: Final = 10
"""Recordings below which nothing can be parted."""


@dataclass(frozen=True, slots=True)
class ProtocolData:
    """Recordings of all parts, and which of them are used.

    Attributes:
        recordings: All.
        rows: Of those that are used.
        sources: Number of used recordings by data set.
        fingerprint: SHA-256 of what is known of the used ones.
        fitting: Number that fit the protocol's limits; where these are too few, all are used.
    """

    recordings: Recordings
    rows: Rows
    sources: dict[str, int]
    fingerprint: str
    fitting: int

    def pool(self, rows: Rows) -> Pool:
        """Return a pool of some recordings, in the order of the rows."""
        return Pool(JoinedRecordings((ChosenRecordings(self.recordings, rows),)))

    @property
    def limited(self) -> bool:
        """Whether the protocol's limits are kept."""
        return self.fitting == len(self.rows)

    def is_sample_of(self, protocol: Protocol) -> bool:
        """Tell whether these are fewer or other recordings than the published ones."""
        others = set(self.sources) - set(protocol.sources)
        return not self.limited or bool(others) or len(self.rows) < _WHOLE * protocol.recordings


def read_protocol_data(protocol: Protocol, options: Options, recipe: Recipe) -> ProtocolData:
    """Return the recordings of a data set that a protocol uses, as they were recorded.

    Args:
        protocol: Of the network.
        options: Where the data are, and the cache.
        recipe: Of the network, which decides the rate.

    Raises:
        DataError: The data are not there or in no known layout, or are OpenEEW's.
        ReproductionError: Too few recordings fit.
    """
    places = [
        path for path in sets_of([options.data], recipe) if find_layout(path).name != _FORBIDDEN
    ]
    if not places:
        raise DataError(
            options.data,
            f"holds OpenEEW recordings alone; {protocol.network} was not published on them",
        )
    pools = read_pools(places, recipe, _PARTS, "as-recorded", options.cache)
    recordings = JoinedRecordings([pools[part].recordings for part in _PARTS])
    rows = protocol.selection.rows(recordings, options.seed)
    fitting = len(rows)
    if fitting < _LEAST:
        rows = Selection().rows(recordings, options.seed)
    if len(rows) < _LEAST:
        raise ReproductionError(
            protocol.network, f"{len(rows)} recordings with events or noise; {_LEAST} are needed"
        )
    used = Pool(JoinedRecordings((ChosenRecordings(recordings, rows),)))
    return ProtocolData(recordings, rows, used.sources, used.fingerprint, fitting)
