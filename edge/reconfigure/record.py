"""What is kept of changes from afar: those in force, one on trial, what became of others."""

from collections.abc import Sequence
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from edge.timestamps import Timestamp

_REMEMBERED: Final = 64
"""Outcomes; whoever sends a command again does so within the next few."""
_KEPT: Final = ConfigDict(frozen=True, extra="allow")
"""Fields of newer software are kept and written back: older software may run again."""


class Entry(BaseModel):
    """One key that lies over the station file."""

    model_config = _KEPT

    key: str
    """With dots between the tables: `detection.sta_lta.on_ratio`."""
    value: Any = None
    unset: bool = False
    """The key counts as left out, whatever the file says; `value` means nothing."""
    file_value: Any = None
    file_unset: bool = False
    """What the file said when the entry was made: a file that says another thing now is younger."""
    command: str
    time: Timestamp


class Trial(BaseModel):
    """A change that is not proven."""

    model_config = _KEPT

    command: str
    state: Literal["proposed", "trying"] = "proposed"
    tries_left: int = Field(ge=0)
    entries: tuple[Entry, ...]
    """All that shall lie over the file."""
    changed: dict[str, Any]
    """What it comes to, for the answer."""
    network_runs: bool
    """A network must run for the station to be well."""
    since: Timestamp


class Outcome(BaseModel):
    """What became of a change."""

    model_config = _KEPT

    command: str
    ok: bool
    text: str
    result: dict[str, Any]
    time: Timestamp
    """When it was kept or taken back."""
    told: bool = False
    """The answer is in the outbox."""


class Record(BaseModel):
    """The whole file."""

    model_config = _KEPT

    format: Literal[1] = 1
    entries: tuple[Entry, ...] = ()
    trial: Trial | None = None
    outcomes: tuple[Outcome, ...] = ()

    def outcome(self, command: str) -> Outcome | None:
        """Return what became of a command; None where it is not known."""
        return next((one for one in self.outcomes if one.command == command), None)

    def changed_since(self, time_ns: int, *tables: str) -> dict[str, int]:
        """Return which settings of some tables were changed after a time, and when last."""
        return {
            key: outcome.time
            for outcome in self.outcomes
            if outcome.ok and outcome.time > time_ns
            for key in outcome.result.get("changed", {})
            if key.partition(".")[0] in tables
        }

    def on_trial(self, trial: Trial) -> Self:
        """Return the record with a change on trial."""
        return self.model_copy(update={"trial": trial})

    def ended(self, trial: Trial, outcome: Outcome) -> Self:
        """Return the record after a trial: its entries are in force where it went well."""
        entries = trial.entries if outcome.ok else self.entries
        return self.and_outcome(outcome).model_copy(update={"entries": entries, "trial": None})

    def and_outcome(self, outcome: Outcome) -> Self:
        """Return the record with one more outcome; the oldest are forgotten."""
        outcomes = (*self.outcomes, outcome)[-_REMEMBERED:]
        return self.model_copy(update={"outcomes": outcomes})

    def told(self, commands: Sequence[str]) -> Self:
        """Return the record with some outcomes told."""
        told = tuple(
            one.model_copy(update={"told": one.told or one.command in commands})
            for one in self.outcomes
        )
        return self.model_copy(update={"outcomes": told})
