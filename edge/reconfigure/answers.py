"""What a station answers to `configure`."""

from typing import Any, Final

from edge.commands.receiver import Answer
from edge.config import StationConfig
from edge.messages.command import Reply
from edge.reconfigure.config import ConfigureSection
from edge.reconfigure.effective import Effective
from edge.reconfigure.record import Entry, Outcome, Trial

CONFIGURE: Final = "configure"
_LONGEST: Final = 200
"""Characters of names in a sentence."""


def interim(trial: Trial, rules: ConfigureSection) -> Answer:
    """Return the answer while a change is on trial: not done yet."""
    text = (
        f"on trial: {_settings(trial)}; kept if the station is well for {rules.healthy_s:g} s "
        f"within {rules.deadline_s:g} s, else taken back; the answer follows"
    )
    result = {"state": trial.state, "changed": trial.changed}
    return Answer(text, result, ok=False, done=False)


def committed(trial: Trial, now_ns: int) -> Outcome:
    """Return the outcome of a change that is proven."""
    result = {"state": "committed", "changed": trial.changed}
    text = f"in force: {_settings(trial)}"
    return Outcome(command=trial.command, ok=True, text=text, result=result, time=now_ns)


def returned(trial: Trial, reason: str, now_ns: int) -> Outcome:
    """Return the outcome of a change that is taken back."""
    result = {"state": "returned", "changed": {}, "reason": reason}
    text = f"taken back: {reason}"
    return Outcome(command=trial.command, ok=False, text=text, result=result, time=now_ns)


def final(outcome: Outcome) -> Answer:
    """Return the answer when a change is kept or taken back."""
    return Answer(outcome.text, outcome.result, ok=outcome.ok)


def reply(outcome: Outcome, config: StationConfig, now_ns: int) -> Reply:
    """Return what is sent of an outcome.

    Args:
        outcome: What became of a change.
        config: The station's.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    return Reply(
        id=outcome.command,
        name=CONFIGURE,
        network=config.station.network,
        station=config.station.station,
        ok=outcome.ok,
        text=outcome.text,
        result=outcome.result,
        time=now_ns,
    )


def shown(held: Effective) -> dict[str, Any]:
    """Return a station's configuration and what lies over its file; secrets are masked."""
    trial = held.record.trial
    return {
        "configuration": held.config.model_dump(mode="json", exclude_none=True),
        "changes": [_entry(one) for one in held.entries],
        "overtaken": [_entry(one) for one in held.overtaken],
        "over_the_air": [_entry(one) for one in held.ring.entries],
        "on_trial": None if trial is None else trial.command,
        "problem": held.problem or held.ring.problem,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude={"value"} if entry.unset else set())


def _settings(trial: Trial) -> str:
    names = ", ".join(trial.changed)
    return names if len(names) <= _LONGEST else f"{len(trial.changed)} settings"
