"""The command `configure`: a change of the configuration, kept if the station is well with it.

Arguments: `set` (values by key with dots, or whole sections), `unset` (keys that count as left
out), `reset` (keys that follow the station file again; `*` for all), `dry_run` (only say what it
would come to), or `show` alone. A change is answered twice: `done` is false while it is on trial.
"""

from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.commands.arguments import read_arguments
from edge.commands.receiver import Answer, Result
from edge.config import StationConfig
from edge.errors import ChangesError, CommandError, ConfigError
from edge.messages.command import Command
from edge.reconfigure import answers
from edge.reconfigure.difference import difference
from edge.reconfigure.effective import Effective, StationFile, effective, read_station_file
from edge.reconfigure.overlay import entry_for, laid_over, with_entry, without
from edge.reconfigure.protected import refusals
from edge.reconfigure.record import Entry, Record, Trial
from edge.reconfigure.remote import Remote

_ALL: Final = "*"
_MOST_ENTRIES: Final = 200
_MOST_BYTES: Final = 32_768
"""Half of what the centre takes in an answer."""


class ConfigureArguments(BaseModel):
    """What is to be changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: dict[str, Any] = Field(default_factory=dict, alias="set")
    unset: tuple[str, ...] = ()
    reset: tuple[str, ...] = ()
    dry_run: bool = False
    show: bool = False

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        changes = bool(self.to or self.unset or self.reset)
        if self.show == changes:
            raise ValueError("give `show`, or one or more of `set`, `unset` and `reset`")
        return self


class ConfigureHandler:
    """Puts a change on trial.

    Args:
        remote: The agent's configuration.
        network_runs: A network runs at the moment.
    """

    def __init__(self, remote: Remote, *, network_runs: bool) -> None:
        self._remote = remote
        self._network_runs = network_runs

    def __call__(self, command: Command) -> Result | Answer:
        """Look at a change, keep it as proposed, and ask for a new start.

        Raises:
            CommandError: It is wrong, not allowed, or another one is on trial.
        """
        wanted = read_arguments(command, ConfigureArguments)
        try:
            held = effective(self._file_as_started(command))
            if held.problem is not None:
                raise CommandError(command.name, held.problem)
            if wanted.show:
                return "configuration", answers.shown(held)
            known = held.record.outcome(command.id)
            if known is not None:
                return answers.final(known)
            return self._on_trial(command, held) or self._change(command, wanted, held)
        except (ChangesError, ConfigError) as error:
            reason = "; ".join(str(error).splitlines())
            raise CommandError(command.name, reason) from error

    def _file_as_started(self, command: Command) -> StationFile:
        """Return the station file, if a new start would find what this one found."""
        file = read_station_file(self._remote.file.path)
        if file.config != self._remote.file.config:
            reason = (
                "the station file was edited since the agent started: restart the agent, or undo "
                "the edit, before a change from afar"
            )
            raise CommandError(command.name, reason)
        return file

    def _on_trial(self, command: Command, held: Effective) -> Answer | None:
        """Answer again who asks again; refuse others."""
        trial = held.record.trial
        if trial is None:
            if self._remote.settings is not None:
                rollout = self._remote.settings.candidate.rollout_id
                reason = f"settings of rollout {rollout!r} are on trial; ask again later"
                raise CommandError(command.name, reason)
            return None
        if trial.command == command.id:
            return answers.interim(trial, held.config.configure)
        reason = f"{trial.command!r} is on trial; ask again when it is answered"
        raise CommandError(command.name, reason)

    def _change(
        self, command: Command, wanted: ConfigureArguments, held: Effective
    ) -> Result | Answer:
        entries = self._entries(command, wanted, held)
        after = _allowed(command, held, entries)
        changed = difference(held.config, after)
        if not changed:
            return "nothing changes", {"state": "unchanged", "changed": {}}
        if wanted.dry_run:
            return f"would change {', '.join(changed)}", {"state": "dry run", "changed": changed}
        model = after.detection.model
        touches_network = any(key.startswith("detection.model.") for key in changed)
        trial = Trial(
            command=command.id,
            tries_left=held.config.configure.tries,
            entries=entries,
            changed=changed,
            network_runs=model.enabled and (self._network_runs or touches_network),
            since=self._remote.wall_ns(),
        )
        self._propose(command, trial)
        answer = answers.interim(trial, held.config.configure)
        return answer.followed_by(self._remote.want_restart)

    def _propose(self, command: Command, trial: Trial) -> None:
        def propose(record: Record) -> Record:
            if record.trial is not None:
                raise CommandError(command.name, f"{record.trial.command!r} is on trial")
            return record.on_trial(trial)

        self._remote.file.store.change(propose)

    def _entries(
        self, command: Command, wanted: ConfigureArguments, held: Effective
    ) -> tuple[Entry, ...]:
        """Return all that shall lie over the file; what the file has overtaken goes for good."""
        entries: tuple[Entry, ...] = held.entries
        for key in wanted.reset:
            entries = () if key == _ALL else _reset(entries, key)
        made = {"command": command.id, "time": self._remote.wall_ns()}
        changes: list[tuple[str, dict[str, Any]]] = [(key, {"unset": True}) for key in wanted.unset]
        changes += [(key, {"value": value}) for key, value in wanted.to.items()]
        for key, change in changes:
            if change.get("value", ...) is None:
                raise ChangesError(None, f"{key}: null is no value; to leave a key out, unset it")
            entries = with_entry(entries, entry_for(key, held.file.data, change, made))
        size = sum(len(entry.model_dump_json()) for entry in entries)
        if len(entries) > _MOST_ENTRIES or size > _MOST_BYTES:
            reason = (
                f"{len(entries)} keys and {size} bytes would lie over the file, at most "
                f"{_MOST_ENTRIES} and {_MOST_BYTES} may; change the file itself on site"
            )
            raise ChangesError(None, reason)
        return entries


def _allowed(command: Command, held: Effective, entries: tuple[Entry, ...]) -> StationConfig:
    """Return the configuration with a change.

    What is protected is looked at first: a message about what does not fit shows values.

    Raises:
        CommandError: It touches what is protected.
        ConfigError: It does not fit.
    """
    data = laid_over(held.file.data, held.ring.entries)
    refused = refusals(
        laid_over(data, held.entries), laid_over(data, entries), held.file.config.configure
    )
    if refused:
        raise CommandError(command.name, "; ".join(refused))
    return held.file.laid_under(entries, held.ring.entries)[1]


def _reset(entries: tuple[Entry, ...], key: str) -> tuple[Entry, ...]:
    left = without(entries, key)
    if len(left) == len(entries):
        known = ", ".join(entry.key for entry in entries) or "none"
        raise ChangesError(None, f"{key!r} is not changed from afar; changed keys: {known}")
    return left
