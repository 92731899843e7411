"""What runs on a station: sources, time base, detectors, triggers, outbox.

Nothing here imports `training` or `cloud`. The signal processing in `edge.signal` is the only one
in the kit: networks are trained with the very code that feeds them on the station.
"""

import sys

__version__ = "0.1.0"


def _import_structlog_alone() -> None:
    """Import structlog without rich, which it takes along wherever it finds it.

    rich would print an exception with the values of all variables, passwords among them, and it
    costs a station 7 MB and a quarter of its start.
    """
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # "there is no such module"
    try:
        import structlog  # noqa: F401, PLC0415 - for those who import it later
    finally:
        del sys.modules["rich"]


_import_structlog_alone()
