"""Opening HDF5 files of which a download may have left a part."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from training.errors import DataError


@contextmanager
def open_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open a file to read.

    Raises:
        DataError: It is no HDF5, or was cut short.
    """
    try:
        file = h5py.File(path)
    except OSError as error:
        size = path.stat().st_size if path.is_file() else 0
        reason = f"no whole HDF5 file ({size} bytes): {error}; was its download complete?"
        raise DataError(path, reason) from None
    with file:
        yield file
