"""Commands of the trainer need packages that a station has not; this says which `pip install`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from edge.errors import MissingExtraError

_EXTRA = "training"


@contextmanager
def training_extra() -> Iterator[None]:
    """Name the extra that a missing package belongs to, and keep TensorFlow's greetings away.

    Raises:
        MissingExtraError: A package of the extra is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in {"", "edge", "training"}:
            raise
        raise MissingExtraError(_EXTRA, package) from error
