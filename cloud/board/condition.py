"""The rule that puts a station into one word: quiet, triggering, degraded or offline.

A pure function of what the station said and of the time; the board asks it again every second,
since silence is a condition too.
"""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from cloud.board.picture import Condition
from edge.messages import ClockSource, ClockState, Health, State, Trigger, TriggerStatus
from edge.timestamps import ns_to_seconds, seconds_to_ns

_SLACK_NS = 1_000_000
"""A limit is passed, not reached, and seconds are rounded."""


class ConditionConfig(BaseModel):
    """Where well ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    silence_s: float = Field(
        default=35.0,
        gt=0,
        title="Silence",
        description="Seconds of our clock without a message after which a station is offline",
    )
    trigger_hold_s: float = Field(
        default=60.0,
        gt=0,
        title="Trigger hold",
        description="Seconds of the data clock after an onset for which a station is triggering",
    )
    trigger_shown_s: float = Field(
        default=5.0,
        gt=0,
        title="Trigger shown",
        description="Seconds of our clock for which it is triggering at least, in a fast replay",
    )
    clock_error_s: float = Field(
        default=0.5,
        gt=0,
        title="Clock error",
        description="Estimated clock error in seconds from which a station is degraded",
    )
    latency_s: float = Field(
        default=10.0,
        gt=0,
        title="Latency",
        description="Age of the newest sample in seconds from which a station is degraded",
    )
    outbox_depth: int = Field(
        default=20,
        gt=0,
        title="Outbox depth",
        description="Messages waiting for the broker from which a station is degraded",
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a station when the rule is asked."""

    state: State | None
    health: Health | None
    trigger: Trigger | None
    trigger_heard_ns: int | None
    heard_ns: int


def judge(
    facts: Facts, now_ns: int, speed: float, config: ConditionConfig
) -> tuple[Condition, tuple[str, ...]]:
    """Return a station's condition and the reasons for it.

    Args:
        facts: What the station said last.
        now_ns: The data clock.
        speed: Seconds of the data clock in a second of ours.
        config: The limits.
    """
    offline = _why_offline(facts, now_ns, speed, config)
    if offline is not None:
        return Condition.OFFLINE, (offline,)
    reasons = _why_degraded(facts, config)
    if _is_triggering(facts, now_ns, speed, config):
        return Condition.TRIGGERING, reasons
    return (Condition.DEGRADED if reasons else Condition.QUIET), reasons


def look_again_ns(facts: Facts, now_ns: int, speed: float, config: ConditionConfig) -> int | None:
    """Return when time alone may change the condition, on the data clock; None: never.

    Args:
        facts: What the station said last.
        now_ns: The data clock.
        speed: Seconds of the data clock in a second of ours.
        config: The limits.
    """
    moments_ns = [facts.heard_ns + seconds_to_ns(config.silence_s * speed)]
    if facts.trigger is not None:
        moments_ns.append(facts.trigger.onset + seconds_to_ns(config.trigger_hold_s))
    if facts.trigger_heard_ns is not None:
        moments_ns.append(facts.trigger_heard_ns + seconds_to_ns(config.trigger_shown_s * speed))
    return min((at + _SLACK_NS for at in moments_ns if at + _SLACK_NS > now_ns), default=None)


def _why_offline(facts: Facts, now_ns: int, speed: float, config: ConditionConfig) -> str | None:
    if facts.state is not None and not facts.state.online:
        return "signed off or lost the broker"
    silent_s = ns_to_seconds(now_ns - facts.heard_ns) / speed
    if silent_s > config.silence_s:
        return f"silent for more than {config.silence_s:.0f} s"
    return None


def _is_triggering(facts: Facts, now_ns: int, speed: float, config: ConditionConfig) -> bool:
    trigger = facts.trigger
    if trigger is None or trigger.status is TriggerStatus.RETRACTED:
        return False
    if ns_to_seconds(now_ns - trigger.onset) <= config.trigger_hold_s:
        return True
    if facts.trigger_heard_ns is None:
        return False
    return ns_to_seconds(now_ns - facts.trigger_heard_ns) <= config.trigger_shown_s * speed


def _why_degraded(facts: Facts, config: ConditionConfig) -> tuple[str, ...]:
    reasons = []
    health = facts.health
    clock = health.clock if health is not None else None
    if clock is None and facts.state is not None:
        clock = facts.state.clock
    if clock is not None:
        reasons += _clock_reasons(clock, config)
    if health is not None:
        if health.latency_s is not None and health.latency_s > config.latency_s:
            reasons.append(f"data {health.latency_s:.0f} s late")
        if health.outbox_depth >= config.outbox_depth:
            reasons.append(f"{health.outbox_depth} messages waiting")
    if facts.state is None:
        reasons.append("has not introduced itself")
    else:
        reasons += [
            f"{model.name} not running: {model.reason or 'no reason given'}"
            for model in facts.state.models
            if not model.running
        ]
    return tuple(reasons)


def _clock_reasons(clock: ClockState, config: ConditionConfig) -> list[str]:
    if clock.error_s >= config.clock_error_s:
        return [f"clock uncertain by {clock.error_s:.1f} s"]
    if clock.source is ClockSource.FREE_RUN:
        return ["clock runs free"]
    return []
