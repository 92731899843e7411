"""What the history says of a station: its normal noise, and when its disk is full."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.board.memory import Learnt
from cloud.fleetview.vitals import NAMES
from cloud.store.history import HealthHistory, Span
from edge.timestamps import NANOSECONDS_PER_SECOND, seconds_to_ns

_HOUR_S: Final = 3_600
_WEEK_NS: Final = seconds_to_ns(7 * 86_400.0)
_LEAST_HOURS: Final = 24
_NOISIEST: Final = 90
_DISK_HOURS: Final = 48
_SURE: Final = 3.0
"""A fall of the free room counts when it is so many times what scatters about it."""
_NOISE: Final = NAMES.index("noise_m_s2")
_DISK: Final = NAMES.index("disk_free_bytes")


def learn(history: HealthHistory, network: str, station: str, now_ns: int) -> Learnt:
    """Return what the hours of the last week say of a station.

    Args:
        history: The hours.
        network: The station's network.
        station: The station.
        now_ns: The data clock.
    """
    hours = history.read(network, station, _HOUR_S, now_ns - _WEEK_NS, now_ns)
    noise = _middles(hours, _NOISE)
    known = noise[~np.isnan(noise)]
    normal = float(np.percentile(known, _NOISIEST)) if len(known) >= _LEAST_HOURS else None
    return Learnt(noise_m_s2=normal, disk_full_days=_disk_full_days(hours[-_DISK_HOURS:]))


def _disk_full_days(hours: list[Span]) -> float | None:
    """Return when a straight line through the free room reaches nothing; None: it does not."""
    free = _middles(hours, _DISK)
    told = ~np.isnan(free)
    if told.sum() < _LEAST_HOURS:
        return None
    start_ns = hours[0].start_ns
    days = np.array(
        [(hour.start_ns - start_ns) / NANOSECONDS_PER_SECOND / 86_400 for hour in hours]
    )
    days, free = days[told], free[told]
    slope, level = np.polyfit(days, free, 1)
    scatter = float(np.std(free - (slope * days + level)))
    fall = -slope * (days[-1] - days[0])
    if fall <= 0 or fall < _SURE * scatter:
        return None
    return max(0.0, float(-(slope * days[-1] + level) / slope))


def _middles(hours: list[Span], number: int) -> NDArray[np.float64]:
    return np.array([hour.middle[number] for hour in hours], dtype=np.float64)
