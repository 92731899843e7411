"""The newest rows of a stream, in one array that is moved only once in a while."""

import numpy as np
from numpy.typing import NDArray


class Ring:
    """Keeps the last `capacity` rows; reading gives a view, oldest first.

    The rows live in a buffer of twice the capacity: appending writes behind the newest row, and
    only when the end is reached are the kept rows moved to the front.
    """

    def __init__(self, capacity: int, columns: int) -> None:
        self._capacity = capacity
        self._buffer = np.zeros((2 * capacity, columns))
        self._end = 0

    def __len__(self) -> int:
        return min(self._end, self._capacity)

    @property
    def rows(self) -> NDArray[np.float64]:
        """The kept rows, shape (n, columns); valid until the next append."""
        return self._buffer[self._end - len(self) : self._end]

    def append(self, rows: NDArray[np.float64]) -> None:
        """Add rows behind the newest."""
        rows = rows[-self._capacity :]
        if self._end + len(rows) > len(self._buffer):
            kept = min(len(self), self._capacity - len(rows))
            self._buffer[:kept] = self._buffer[self._end - kept : self._end]
            self._end = kept
        self._buffer[self._end : self._end + len(rows)] = rows
        self._end += len(rows)

    def clear(self) -> None:
        """Forget all rows."""
        self._end = 0
