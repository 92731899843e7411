"""What every picker takes and gives, whatever runs behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cloud.seismogram import Seismogram
from edge.messages import Phase


@dataclass(frozen=True, slots=True)
class PhasePick:
    """One arrival that a picker sees.

    Attributes:
        phase: P or S.
        time_ns: When, nanoseconds since 1970 UTC.
        probability: What the picker gives it, 0 to 1.
        uncertainty_s: Standard error of the time, from the width of the peak, s.
    """

    phase: Phase
    time_ns: int
    probability: float
    uncertainty_s: float


class Picker(Protocol):
    """A deep picker; takes as many seismograms as come, of any rate and length."""

    @property
    def name(self) -> str:
        """Return name and version, for the event's arrivals."""

    def pick(self, seismograms: Sequence[Seismogram]) -> list[tuple[PhasePick, ...]]:
        """Return the picks of each seismogram, in order of time.

        Raises:
            PickerError: The picker cannot work at the moment.
        """
