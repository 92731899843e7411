"""Where a channel points to, by the last letter of its code."""

_POINTING: dict[str, tuple[float, float]] = {"Z": (0.0, -90.0), "N": (0.0, 0.0), "E": (90.0, 0.0)}


def azimuth_and_dip(channel: str) -> tuple[float, float] | tuple[None, None]:
    """Return degrees from north and down from the horizontal; None for letters that say nothing."""
    return _POINTING.get(channel[-1:], (None, None))
