"""The script as messages: what each station sends, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cloud.simulate.script import NETWORK, Script, VirtualStation
from cloud.simulate.shaking import Seen, noise, seen_of
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import ClockSource, ClockState, Health, Phase, State, Trigger, TriggerStatus
from edge.messages.topics import station_topic
from edge.timestamps import seconds_to_ns

CHANNELS: Final = ("HNZ", "HNN", "HNE")
HEALTH_EVERY_S: Final = 10.0
_REACTION_S: Final = 0.45
"""From the arrival to the first message: half a packet, a hop, the detector."""
_LINE_S: Final = 0.08
_LATE_S: Final = (2.0, 10.0)
_UPDATES_S: Final = (1.0, 3.0, 10.0)
"""Window of each later revision of an earthquake's trigger."""
_NOISE_LASTS_S: Final = 1.5
_LEAST_APART_S: Final = 10.0
"""A station has one trigger at a time."""
_NOISE: Final = 0.1
_P_OF: Final = {Phase.P: 0.8, Phase.S: 0.15, Phase.UNKNOWN: 0.45}


@dataclass(frozen=True, slots=True)
class Sending:
    """One trigger revision on its way."""

    at_s: float
    """Seconds since the beginning."""
    seen: Seen
    trigger: str
    revision: int
    window_s: float
    status: TriggerStatus


def schedule(script: Script) -> list[Sending]:
    """Return every trigger revision in the order of sending."""
    random = np.random.default_rng([script.config.seed, 1])
    times = travel_times(iasp91())
    every = [one for n in range(len(script.quakes)) for one in seen_of(script, n, times, random)]
    every += noise(script, random)
    sendings = [
        sending
        for number, seen in enumerate(_one_at_a_time(every))
        for sending in _life(number, seen, script, random)
        if not _is_away(seen.station, sending.at_s)
    ]
    return sorted(sendings, key=lambda sending: (sending.at_s, sending.trigger))


def triggered(script: Script, sendings: list[Sending]) -> dict[int, int]:
    """Return at how many stations each earthquake made a P trigger that was sent."""
    stations: dict[int, set[str]] = {number: set() for number in range(len(script.quakes))}
    for sending in sendings:
        if sending.seen.quake >= 0 and sending.seen.phase is Phase.P:
            stations[sending.seen.quake].add(sending.seen.station.code)
    return {number: len(codes) for number, codes in stations.items()}


def trigger_of(sending: Sending, start_ns: int) -> Trigger:
    """Return the message of a sending.

    Args:
        sending: What is sent.
        start_ns: When the script began, nanoseconds since 1970 UTC.
    """
    seen, station = sending.seen, sending.seen.station
    onset_ns = start_ns + seconds_to_ns(seen.arrival_s + station.clock_offset_s)
    p = _P_OF[seen.phase]
    probabilities = {"noise": _NOISE, "P": p, "S": round(1 - _NOISE - p, 3)}
    return Trigger(
        id=sending.trigger,
        revision=sending.revision,
        status=sending.status,
        network=NETWORK,
        station=station.code,
        channels=CHANNELS,
        latitude=station.latitude,
        longitude=station.longitude,
        onset=onset_ns,
        onset_uncertainty_s=0.15,
        phase=seen.phase,
        probabilities=probabilities,
        window_s=sending.window_s,
        pd_m=seen.pd_m,
        clock=clock_of(station),
        sent=start_ns + seconds_to_ns(sending.at_s),
    )


def state_of(station: VirtualStation, now_ns: int) -> State:
    """Return a station's birth certificate."""
    return State(
        online=True,
        network=NETWORK,
        station=station.code,
        sensor="adxl355",
        sampling_rate_hz=100.0,
        channels=CHANNELS,
        latitude=station.latitude,
        longitude=station.longitude,
        elevation_m=0.0,
        clock=clock_of(station),
        since=now_ns,
    )


def health_of(station: VirtualStation, now_ns: int, packets: int) -> Health:
    """Return a station's report."""
    return Health(
        network=NETWORK,
        station=station.code,
        time=now_ns,
        clock=clock_of(station),
        sampling_rate_hz=100.0,
        latency_s=0.3,
        packets=packets,
        packets_dropped=0,
        gaps=0,
        outbox_depth=0,
        triggers=0,
    )


def clock_of(station: VirtualStation) -> ClockState:
    """Return what a station says of its clock."""
    synchronised = station.clock_error_s < 0.1  # noqa: PLR2004 - a tenth of a second is not NTP
    source = ClockSource.NTP if synchronised else ClockSource.FREE_RUN
    return ClockState(source=source, error_s=station.clock_error_s)


def topic_of(station: VirtualStation, kind: str) -> str:
    """Return the topic of a station."""
    return station_topic(NETWORK, station.code, kind)


def _one_at_a_time(every: list[Seen]) -> list[Seen]:
    """Return what remains where a station cannot open a trigger within another."""
    busy_until_s: dict[str, float] = {}
    kept = []
    for seen in sorted(every, key=lambda one: one.arrival_s):
        free_s = busy_until_s.get(seen.station.code, 0.0)
        # S is told within the life of P; nothing else is.
        if seen.phase is Phase.S or seen.arrival_s >= free_s:
            kept.append(seen)
            busy_until_s[seen.station.code] = max(free_s, seen.arrival_s + _LEAST_APART_S)
    return kept


def _life(
    number: int, seen: Seen, script: Script, random: np.random.Generator
) -> Iterator[Sending]:
    """Yield the revisions of one trigger: noise is taken back, an earthquake grows."""
    name = f"{NETWORK}.{seen.station.code}.00-{number:07d}"
    first_s = seen.arrival_s + _REACTION_S + float(random.exponential(_LINE_S))
    if random.random() < script.config.lost_share:
        first_s += float(random.uniform(*_LATE_S))
    yield Sending(first_s, seen, name, 0, 0.5, TriggerStatus.PRELIMINARY)
    if seen.quake < 0:
        retracted = TriggerStatus.RETRACTED
        yield Sending(first_s + _NOISE_LASTS_S, seen, name, 1, _NOISE_LASTS_S, retracted)
        return
    for revision, window_s in enumerate(_UPDATES_S, start=1):
        is_last = window_s == _UPDATES_S[-1]
        status = TriggerStatus.FINAL if is_last else TriggerStatus.UPDATE
        yield Sending(first_s + window_s, seen, name, revision, window_s, status)


def _is_away(station: VirtualStation, at_s: float) -> bool:
    return station.away_s is not None and station.away_s[0] <= at_s < station.away_s[1]
