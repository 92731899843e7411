"""The layouts of data sets that the trainer reads, and which of them a folder has.

Use: `layout = find_layout(path)`, then `for recording in layout.read(path, Drops())`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from training.data.drops import Drops
from training.data.readers.miniseed import is_miniseed, read_miniseed
from training.data.readers.ncedc import is_ncedc, read_ncedc_folder
from training.data.readers.openeew import is_openeew, read_openeew_folder
from training.data.readers.sac import is_sac, read_sac_folder
from training.data.readers.seisbench import is_seisbench, read_seisbench
from training.data.readers.stead import is_stead, read_stead_files
from training.data.readers.txed import is_txed, read_txed
from training.data.readers.volcano import is_volcano, read_volcano
from training.data.record import Part, Record
from training.data.recording import Recording, to_record
from training.data.store import is_store, read_store
from training.errors import DataError

Read = Callable[[Path, Drops], Iterator[Recording]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a data set lies on disk."""

    name: str
    title: str
    fits: Callable[[Path], bool]
    read: Read


LAYOUTS = (
    Layout("tremorkit", "written by model-trainer data convert", is_store, read_store),
    Layout("openeew", "OpenEEW events in folders, with lists of picks", is_openeew,
           read_openeew_folder),
    Layout("ncedc", "npz windows with index.csv", is_ncedc, read_ncedc_folder),
    Layout("stead", "STEAD: HDF5 and CSV, either generation", is_stead, read_stead_files),
    Layout("seisbench", "SeisBench: metadata.csv and waveforms.hdf5", is_seisbench,
           read_seisbench),
    Layout("txed", "TXED: one HDF5 group a trace", is_txed, read_txed),
    Layout("volcano", "SAC records with .trs segments", is_volcano, read_volcano),
    Layout("sac", "SAC, a file a component, arrivals in the headers", is_sac, read_sac_folder),
    Layout("miniseed", "miniSEED, with QuakeML for its picks", is_miniseed, read_miniseed),
)  # fmt: skip


def find_layout(path: Path, name: str | None = None) -> Layout:
    """Return the layout of a data set.

    Args:
        path: Its folder or file.
        name: Of the layout, where it is not to be found out.

    Raises:
        DataError: There is no such layout, or the folder has none that is known.
    """
    known = {layout.name: layout for layout in LAYOUTS}
    if name is not None:
        if name not in known:
            raise DataError(path, f"layout {name!r} is none of {', '.join(known)}")
        return known[name]
    if not path.exists():
        raise DataError(path, "does not exist")
    for layout in LAYOUTS:
        if layout.fits(path):
            return layout
    raise DataError(path, f"has none of the layouts {', '.join(known)}; name one with --layout")


def read_records(path: Path, drops: Drops, parts: frozenset[Part]) -> Iterator[Record]:
    """Yield a data set in any layout as `tremor_stream` trains on it, at the detection rate.

    Args:
        path: Folder or file of the set.
        drops: Takes note of what is broken.
        parts: Recordings of other parts are left out.
    """
    for recording in find_layout(path).read(path, drops):
        if recording.about.part in parts:
            yield to_record(recording)
