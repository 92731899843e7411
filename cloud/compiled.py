"""Functions compiled to machine code by Numba, kept on disk for the next start.

Numba looks at the date of a function's own file only: after a change of a compiled function, those
of other files that call it have to be compiled anew too (delete the `__pycache__` folders).
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.extending import is_jitted

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return a function that is compiled at its first call, or read from the cache.

    The cache lies beside the module or, where that is read-only, in the user's cache folder or
    in that which NUMBA_CACHE_DIR names. Where none can be written each process compiles anew.
    """
    try:
        result = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # Numba's way to say that it finds no folder for its cache
        result = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("F", result)


def is_compiled(function: Callable[..., Any]) -> bool:
    """Return whether calls of a function run machine code."""
    return bool(is_jitted(function))
