"""What a magnitude is: of one station and one kind, and of the network."""

from dataclasses import dataclass
from enum import StrEnum

from edge.messages import MagnitudeEstimate

__all__ = ["MagnitudeEstimate", "MagnitudeType", "Refusal", "StationMagnitude"]


class MagnitudeType(StrEnum):
    """The kinds of magnitude, by the names that catalogues give them."""

    PD = "Mpd"
    """Peak displacement of P."""
    TAU_C = "Mtc"
    """Period of P."""
    EARLY = "Mew"
    """Both of the above, weighted by their errors."""
    LOCAL = "ML"
    """Amplitude on a Wood-Anderson seismograph."""
    MOMENT = "Mw"
    """Level of the displacement spectrum."""


class Refusal(StrEnum):
    """Why a station gives no magnitude of a kind."""

    CLIPPED = "clipped"
    GAP = "gap"
    NO_COMPONENT = "no-component"
    NO_NOISE = "no-noise-before-p"
    NOISE = "below-noise"
    BAND = "band-too-narrow"
    DISTANCE = "distance"
    SHORT = "record-too-short"


@dataclass(frozen=True, slots=True)
class StationMagnitude:
    """What one station says of one kind of magnitude, or why it says nothing.

    Attributes:
        station: NETWORK.STATION.
        type: The kind.
        value: The magnitude without any correction of the station; None where it was refused.
        uncertainty: Its standard error, site and radiation included; None where it was refused.
        refusal: Why there is no value; None where there is one.
        window_s: Length of the stretch of data that it is from, s.
        band_hz: Lowest and highest frequency that it is from, where that means something, Hz.
    """

    station: str
    type: MagnitudeType
    value: float | None = None
    uncertainty: float | None = None
    refusal: Refusal | None = None
    window_s: float | None = None
    band_hz: tuple[float, float] | None = None
