"""How the kernel's IIO buffers lay out a sample: `scan_elements/*_type`, such as `le:s20/32>>12`.

From the kernel's ABI (Documentation/ABI/testing/sysfs-bus-iio): byte order, sign, valid bits,
stored bits, how often it is repeated, and by how much the value is shifted to the left. Elements
come in the order of their index, each at a multiple of its own size, and the whole is padded to a
multiple of the largest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

_TYPE: Final = re.compile(
    r"(?P<order>[bl]e):(?P<sign>[su])(?P<bits>\d+)/(?P<stored>\d+)"
    r"(?:X(?P<repeat>\d+))?>>(?P<shift>\d+)"
)
_STORED_BITS: Final = frozenset({8, 16, 32, 64})
_BYTE: Final = 8


@dataclass(frozen=True, slots=True)
class ScanType:
    """How one element is stored."""

    little_endian: bool
    signed: bool
    bits: int
    stored_bits: int
    repeat: int
    shift: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the type of a `*_type` file.

        Raises:
            ValueError: The text is no such type.
        """
        match = _TYPE.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text.strip()!r} is no IIO type like le:s20/32>>12")
        bits, stored, shift = (int(match[name]) for name in ("bits", "stored", "shift"))
        if stored not in _STORED_BITS or not 0 < bits <= stored - shift:
            raise ValueError(f"{text.strip()!r}: the bits do not fit into what is stored")
        return cls(
            little_endian=match["order"] == "le",
            signed=match["sign"] == "s",
            bits=bits,
            stored_bits=stored,
            repeat=int(match["repeat"] or 1),
            shift=shift,
        )

    @property
    def size(self) -> int:
        """Bytes of the element."""
        return self.stored_bits // _BYTE * self.repeat

    def decode(self, content: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Return the values of an element that is not repeated.

        Args:
            content: Shape (n, size), its bytes in n scans.

        Returns:
            Shape (n,).
        """
        order = "<" if self.little_endian else ">"
        stored = np.ascontiguousarray(content).view(f"{order}u{self.size}")[:, 0]
        values = stored.astype(np.uint64) >> np.uint64(self.shift)
        unused = np.uint64(64 - self.bits)
        left = values << unused
        if self.signed:
            return left.view(np.int64) >> np.int64(unused)
        return (left >> unused).astype(np.int64)


class ScanLayout:
    """Where each enabled element lies in a scan.

    Args:
        elements: Index and type of each, by name.
    """

    def __init__(self, elements: Mapping[str, tuple[int, ScanType]]) -> None:
        self._places: dict[str, tuple[int, ScanType]] = {}
        end = 0
        for name, (_, kind) in sorted(elements.items(), key=lambda item: item[1][0]):
            start = _aligned(end, kind.size)
            self._places[name] = (start, kind)
            end = start + kind.size
        largest = max((kind.size for _, kind in elements.values()), default=1)
        self.size = _aligned(end, largest)
        """Bytes of a scan."""

    def decode(self, content: bytes, name: str) -> NDArray[np.int64]:
        """Return the values of one element in whole scans, shape (n,)."""
        scans = np.frombuffer(content, dtype=np.uint8).reshape(-1, self.size)
        start, kind = self._places[name]
        return kind.decode(scans[:, start : start + kind.size])


def _aligned(offset: int, size: int) -> int:
    return -(-offset // size) * size
