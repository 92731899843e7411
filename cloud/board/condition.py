"""The rule that puts a station into one word: quiet, triggering, degraded or offline.

What is wrong with it is found in `faults`.

A pure function of what the station said and of the time; the board asks it again when
time alone may have changed it, since silence is a condition too.
"""

from dataclasses import dataclass, field

from cloud.board.faults import faults_of
from cloud.board.limits import ConditionConfig
from cloud.board.memory import Seen
from cloud.board.picture import Condition
from cloud.board.trouble import Fault, Trouble
from cloud.board.upkeep import Upkeep, upkeep_faults, upkeep_moments_ns
from edge.messages import Health, State, Trigger, TriggerStatus
from edge.timestamps import ns_to_seconds, seconds_to_ns

_SLACK_NS = 1_000_000
"""A limit is passed, not reached, and seconds are rounded."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a station when the rule is asked."""

    state: State | None
    health: Health | None
    trigger: Trigger | None
    trigger_heard_ns: int | None
    heard_ns: int
    doubts: tuple[str, ...] = ()
    """Why the centre does not believe the station."""
    seen: Seen = field(default_factory=Seen)
    upkeep: Upkeep = field(default_factory=Upkeep)


def judge(
    facts: Facts, now_ns: int, speed: float, config: ConditionConfig
) -> tuple[Condition, tuple[Fault, ...]]:
    """Return a station's condition and what is wrong with it.

    Args:
        facts: What the station said last.
        now_ns: The data clock.
        speed: Seconds of the data clock in a second of ours.
        config: The limits.
    """
    offline = _why_offline(facts, now_ns, speed, config)
    if offline is not None:
        return Condition.OFFLINE, (Fault(Trouble.SILENT, offline),)
    faults = faults_of(facts.state, facts.health, facts.seen, facts.doubts, config)
    faults += tuple(upkeep_faults(facts.upkeep, now_ns, config))
    if _is_triggering(facts, now_ns, speed, config):
        return Condition.TRIGGERING, faults
    return (Condition.DEGRADED if faults else Condition.QUIET), faults


def look_again_ns(facts: Facts, now_ns: int, speed: float, config: ConditionConfig) -> int | None:
    """Return when time alone may change the condition, on the data clock; None: never.

    Args:
        facts: What the station said last.
        now_ns: The data clock.
        speed: Seconds of the data clock in a second of ours.
        config: The limits.
    """
    moments_ns = [facts.heard_ns + seconds_to_ns(config.silence_s * speed)]
    moments_ns += upkeep_moments_ns(facts.upkeep, config)
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
