"""How strongly the ground shook where stations stand, as they told it."""

from collections.abc import Iterable
from typing import Final

from cloud.association.explanation import Origin
from cloud.association.onset import Onset
from cloud.seismogram import Seismogram
from edge.messages import ClockSource, ClockState, QualityFlag, StationShaking
from edge.packet import Block
from edge.signal.intensity import mercalli
from edge.signal.motion import GroundMotion
from edge.timestamps import seconds_to_ns

MOST_STATIONS: Final = 40
"""So many of the nearest stations are told of with an event."""
_BLOCK_S: Final = 1.0
_LONGEST_S: Final = 80.0
"""The filters remember a minute and a half, and ten seconds before the onset are theirs."""
_SPOILS: Final = {QualityFlag.STUCK, QualityFlag.STEP, QualityFlag.TILT}
_NO_CLOCK: Final = ClockState(source=ClockSource.FREE_RUN, error_s=0.0)


def shaking_of_triggers(onsets: Iterable[Onset], origin: Origin) -> tuple[StationShaking, ...]:
    """Return the largest motion that each station told, the nearest stations first.

    Args:
        onsets: The triggers of an event, P, S and later ones.
        origin: Where it was.
    """
    by_station: dict[str, StationShaking] = {}
    for onset in onsets:
        trigger = onset.trigger
        if trigger.pga_m_s2 is None or _SPOILS & set(trigger.quality):
            continue
        told = StationShaking(
            station=onset.station.key,
            distance_km=round(origin.distance_km(onset.station), 1),
            pga_m_s2=trigger.pga_m_s2,
            pgv_m_s=trigger.pgv_m_s,
            mmi=trigger.mmi,
            jma_intensity=trigger.jma_intensity,
        )
        before = by_station.get(told.station)
        by_station[told.station] = told if before is None else _larger(before, told)
    return nearest(by_station.values())


def shaking_of_record(
    seismogram: Seismogram, onset_ns: int, distance_km: float
) -> StationShaking | None:
    """Return the motion in a record, by the station's own filters; None where it lacks the onset.

    Args:
        seismogram: The record; up to a minute and a half after the onset count.
        onset_ns: Onset of P.
        distance_km: Epicentral distance.
    """
    onset = seismogram.index(onset_ns)
    if not 0 < onset < len(seismogram.acceleration_m_s2):
        return None
    motion = GroundMotion(seismogram.rate_hz)
    count = max(1, round(_BLOCK_S * seismogram.rate_hz))
    last = min(len(seismogram.acceleration_m_s2), onset + round(_LONGEST_S * seismogram.rate_hz))
    for first in range(0, last, count):
        start_ns = seismogram.start_ns + seconds_to_ns(first / seismogram.rate_hz)
        samples = seismogram.acceleration_m_s2[first : min(first + count, last)]
        motion.push(
            Block(
                start_ns,
                seismogram.rate_hz,
                samples,
                _NO_CLOCK,
                arrival_ns=start_ns,
                continues=first > 0,
                clipped=seismogram.clipped,
            )
        )
    peaks = motion.peaks(onset_ns, onset_ns + seconds_to_ns(_BLOCK_S))
    if peaks is None:
        return None
    velocity = peaks.pgv_m_s if peaks.pgv_stands_out else None
    intensity = peaks.jma_intensity
    return StationShaking(
        station=seismogram.station,
        distance_km=round(distance_km, 1),
        pga_m_s2=float(f"{peaks.pga_m_s2:.4g}"),
        pgv_m_s=float(f"{peaks.pgv_m_s:.4g}"),
        mmi=round(mercalli(peaks.pga_m_s2, velocity), 1),
        jma_intensity=None if intensity is None else round(intensity, 1),
    )


def merged(
    told: Iterable[StationShaking], seen: Iterable[StationShaking]
) -> tuple[StationShaking, ...]:
    """Return what records show, and where there is none what triggers told."""
    by_station = {each.station: each for each in told}
    by_station |= {each.station: each for each in seen}
    return nearest(by_station.values())


def nearest(shaking: Iterable[StationShaking]) -> tuple[StationShaking, ...]:
    """Return the nearest stations' in order."""
    return tuple(sorted(shaking, key=lambda each: (each.distance_km, each.station))[:MOST_STATIONS])


def _larger(one: StationShaking, other: StationShaking) -> StationShaking:
    """Return the larger of each motion at one station."""
    names = ("pga_m_s2", "pgv_m_s", "mmi", "jma_intensity")
    largest = {}
    for name in names:
        values = [v for v in (getattr(one, name), getattr(other, name)) if v is not None]
        largest[name] = max(values) if values else None
    return one.model_copy(update=largest)
