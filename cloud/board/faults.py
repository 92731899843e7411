"""What is wrong with a station that is heard: from what it said last, and what is known of it."""

from collections.abc import Iterator, Sequence

from cloud.board.limits import ConditionConfig
from cloud.board.memory import Seen
from cloud.board.trouble import Fault, Trouble
from edge.messages import ClockSource, ClockState, ComponentNoise, Health, State

_GB = 1e9
_LONGEST = 120
"""Characters of a station's own words; they go to logs, telephones and screens."""


def faults_of(
    state: State | None,
    health: Health | None,
    seen: Seen,
    doubts: Sequence[str],
    config: ConditionConfig,
) -> tuple[Fault, ...]:
    """Return what is wrong.

    Args:
        state: Its birth certificate.
        health: Its last report.
        seen: What is remembered of it.
        doubts: Why the centre does not believe it.
        config: The limits.
    """
    found = [Fault(Trouble.DOUBT, doubt) for doubt in doubts]
    clock = health.clock if health is not None else None
    if clock is None and state is not None:
        clock = state.clock
    if clock is not None:
        found += _of_clock(clock, config)
    if health is not None:
        found += _of_line(health, config)
        found += _of_place(health, seen, config)
    found += _of_memory(seen, config)
    if state is None:
        found.append(Fault(Trouble.STRANGER, "has not introduced itself"))
    else:
        found += [
            Fault(Trouble.MODEL, f"{_said(model.name)} not running: {_said(model.reason)}")
            for model in state.models
            if not model.running
        ]
    return tuple(found)


def _of_clock(clock: ClockState, config: ConditionConfig) -> Iterator[Fault]:
    if clock.error_s >= config.clock_error_s:
        yield Fault(Trouble.CLOCK, f"clock uncertain by {clock.error_s:.1f} s")
    elif clock.source is ClockSource.FREE_RUN:
        yield Fault(Trouble.CLOCK, "clock runs free")


def _of_line(health: Health, config: ConditionConfig) -> Iterator[Fault]:
    if health.latency_s is not None and health.latency_s > config.latency_s:
        yield Fault(Trouble.LATE, f"data {health.latency_s:.0f} s late")
    if health.outbox_depth >= config.outbox_depth:
        yield Fault(Trouble.QUEUE, f"{health.outbox_depth} messages waiting")


def _of_place(health: Health, seen: Seen, config: ConditionConfig) -> Iterator[Fault]:
    """Tell of noise, disk and heat."""
    rms_m_s2 = max((level.rms_m_s2 for level in health.noise), default=None)
    normal_m_s2 = seen.learnt.noise_m_s2
    if rms_m_s2 is not None and normal_m_s2 and rms_m_s2 > config.noise_times * normal_m_s2:
        yield Fault(Trouble.NOISE, f"{rms_m_s2 / normal_m_s2:.0f} times as noisy as normally")
    elif health.spectrum is not None:
        over_db = max(map(_over_both_db, health.spectrum.components), default=0.0)
        if over_db > config.noise_db:
            yield Fault(Trouble.NOISE, f"noise {over_db:.0f} dB above sensor and noise model")
    free_bytes, days = health.disk_free_bytes, seen.learnt.disk_full_days
    if free_bytes is not None and free_bytes < config.disk_free_bytes:
        yield Fault(Trouble.DISK, f"{free_bytes / _GB:.2f} GB free on disk")
    elif days is not None and days < config.disk_full_days:
        yield Fault(Trouble.DISK, f"disk full in {days:.1f} days, as it goes")
    celsius = health.temperature_c
    if celsius is not None and not config.coldest_c <= celsius <= config.hottest_c:
        yield Fault(Trouble.TEMPERATURE, f"{celsius:.0f} °C")
    if health.archive is not None and not health.archive.ok:
        yield Fault(Trouble.ARCHIVE, f"recordings fail: {_said(health.archive.problem)}")


def _said(words: str | None) -> str:
    """Return what a station said, on one line and not too long."""
    if not words:
        return "no reason given"
    line = "".join(letter if letter.isprintable() else " " for letter in words[: _LONGEST + 1])
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


def _over_both_db(noise: ComponentNoise) -> float:
    """Return how far a component is above its sensor's own noise and the high noise model."""
    if noise.above_sensor_db is None:
        return 0.0
    return min(noise.above_sensor_db, noise.above_nhnm_db)


def _of_memory(seen: Seen, config: ConditionConfig) -> Iterator[Fault]:
    if seen.moved_km > config.moved_km:
        yield Fault(Trouble.MOVED, f"says it stands {seen.moved_km:.1f} km from where it was")
    if seen.twin:
        yield Fault(Trouble.TWIN, "two stations report under this code")
