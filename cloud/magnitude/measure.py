"""One station's record in, its magnitudes out."""

from cloud.magnitude.config import MagnitudeConfig
from cloud.magnitude.local import local_station
from cloud.magnitude.model import StationMagnitude
from cloud.magnitude.moment import moment_station
from cloud.magnitude.record import record_of
from cloud.seismogram import Seismogram

_DEFAULT = MagnitudeConfig()


def measure(
    seismogram: Seismogram,
    origin_ns: int,
    p_ns: int,
    s_ns: int | None,
    epicentral_km: float,
    depth_km: float,
    config: MagnitudeConfig = _DEFAULT,
) -> tuple[StationMagnitude, ...]:
    """Return ML and Mw of one station's record, or why it gives none.

    Args:
        seismogram: The record; it should begin half a minute before P and hold S.
        origin_ns: Origin time, nanoseconds since 1970 UTC.
        p_ns: Onset of P; predicted where it was not picked.
        s_ns: Onset of S; None where it was not picked.
        epicentral_km: Distance of the epicentre.
        depth_km: Depth of the source.
        config: How magnitudes are made.

    Returns:
        One entry a kind, with a value or a refusal.
    """
    record = record_of(seismogram, origin_ns, p_ns, s_ns, epicentral_km, depth_km)
    return local_station(record, config.local), moment_station(record, config.moment)
