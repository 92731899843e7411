"""Pickles of NumPy arrays, as the volcano networks' features are published, read without trust.

A pickle is a program that may call anything. This reader knows the few calls that rebuild an array
of numbers, in stand-ins of its own, and refuses every other; NumPy's own unpickling, which trusts
its input, is never reached.
"""

import math
import pickle
import re
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.errors import DataError

_ARRAY_MODULES: Final = frozenset({"numpy.core.multiarray", "numpy._core.multiarray"})
_BUFFER_MODULES: Final = frozenset({"numpy.core.numeric", "numpy._core.numeric"})
_NUMBERS: Final = re.compile(r"[biuf][1248]")
_LARGEST: Final = 2_000_000_000
_BROKEN = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a broken or hostile pickle makes the unpickler raise."""


class _Dtype:
    """Stands for `numpy.dtype`: a kind and size of number, and its byte order."""

    def __init__(self, code: object, *_: object) -> None:
        if not _NUMBERS.fullmatch(str(code)):
            raise pickle.UnpicklingError(f"asks for elements of type {code!r}")
        self._code = str(code)
        self._order = "|"

    def __setstate__(self, state: tuple[object, ...]) -> None:
        if state[1] not in ("<", ">", "|", "=") or any(state[2:5]):
            raise pickle.UnpicklingError("asks for elements that are no plain numbers")
        self._order = str(state[1])

    @property
    def dtype(self) -> "np.dtype[np.generic]":
        return np.dtype(self._order + self._code)


class _Array:
    """Stands for `numpy.ndarray` while it is rebuilt."""

    def __init__(self) -> None:
        self.array: NDArray[np.generic] = np.empty(0)

    def __setstate__(self, state: tuple[object, ...]) -> None:
        _, shape, element, fortran, data = state
        self.fill(data, element, shape, "F" if fortran else "C")

    def fill(self, data: object, element: object, shape: object, order: object) -> None:
        """Take the values, in C or Fortran order."""
        if not isinstance(element, _Dtype) or not isinstance(shape, tuple):
            raise pickle.UnpicklingError("asks for something else than an array of numbers")
        if not isinstance(data, bytes | bytearray | str) or order not in {"C", "F"}:
            raise pickle.UnpicklingError("asks for something else than an array of numbers")
        raw = data.encode("latin-1") if isinstance(data, str) else bytes(data)
        sides = [int(side) for side in shape]
        if min(sides, default=0) < 0 or math.prod(sides) * element.dtype.itemsize != len(raw):
            raise pickle.UnpicklingError("announces another size than it has")
        values = np.frombuffer(raw, element.dtype)
        self.array = values.reshape(sides, order="F" if order == "F" else "C")


class _ArrayUnpickler(pickle.Unpickler):
    """Knows an array, its type, and the bytes that an old pickle holds as text."""

    def find_class(self, module: str, name: str) -> object:
        if module in _ARRAY_MODULES and name == "_reconstruct":
            return _reconstruct
        if module in _BUFFER_MODULES and name == "_frombuffer":
            return _from_buffer
        if (module, name) == ("numpy", "ndarray"):
            return "ndarray"
        if (module, name) == ("numpy", "dtype"):
            return _Dtype
        if (module, name) == ("_codecs", "encode"):
            return _encode
        raise pickle.UnpicklingError(f"asks for {module}.{name}, which is no array")


def read_arrays(path: Path) -> list[NDArray[np.generic]]:
    """Return the arrays of a pickle, in their order, out of whatever lists they are in.

    Raises:
        DataError: The file holds anything but arrays of numbers, is too large, or is broken.
    """
    size = path.stat().st_size
    if size > _LARGEST:
        raise DataError(path, f"has {size} bytes; at most {_LARGEST} are read")
    arrays: list[NDArray[np.generic]] = []
    try:
        with path.open("rb") as file:
            _collect(_ArrayUnpickler(file, encoding="latin1").load(), arrays)
    except _BROKEN as error:
        raise DataError(path, f"is no pickle of arrays of numbers: {error}") from None
    return arrays


def _collect(content: object, arrays: list[NDArray[np.generic]]) -> None:
    match content:
        case _Array():
            arrays.append(content.array)
        case list() | tuple():
            for item in content:
                _collect(item, arrays)
        case dict():
            for item in content.values():
                _collect(item, arrays)
        case _:
            raise pickle.UnpicklingError(f"holds a {type(content).__name__} among its arrays")


def _reconstruct(kind: object, *_: object) -> _Array:
    if kind != "ndarray":
        raise pickle.UnpicklingError("asks for something else than an array")
    return _Array()


def _from_buffer(data: object, element: object, shape: object, order: object) -> _Array:
    """Rebuild an array as protocol 5 holds it."""
    array = _Array()
    array.fill(data, element, shape, order)
    return array


def _encode(text: str, encoding: str) -> bytes:
    if encoding not in {"latin1", "latin-1"}:
        raise pickle.UnpicklingError(f"asks for the encoding {encoding!r}")
    return text.encode("latin-1")
