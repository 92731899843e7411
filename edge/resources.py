"""Where the declarative profiles lie: in a checkout beside `edge`, in a wheel inside it."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def firmware_configs(kind: str) -> Path:
    """Return the folder of profiles of one kind, such as `sensors`.

    Args:
        kind: Name of a folder of `firmware_configs`.
    """
    installed = _PACKAGE / "firmware_configs" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / "firmware_configs" / kind
