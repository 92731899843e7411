"""Where an agent is watched: a Unix socket in its `state_dir`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

NAME: Final = "watch.sock"
_LONGEST: Final = 107
"""Bytes of a socket's path that Linux takes (unix(7))."""


@contextmanager
def socket_address(folder: Path) -> Iterator[str]:
    """Yield the address of the socket in a folder, also where the folder's path is long.

    Raises:
        OSError: There is no such folder, or it must not be read.
    """
    address = str(folder / NAME)
    if len(os.fsencode(address)) <= _LONGEST:
        yield address
        return
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{number}/{NAME}"
    finally:
        os.close(number)
