"""Settings in charge on trial: fitted to this station, until they are committed or rolled back.

They are looked at as the command `configure` looks at a change: nothing protected, and station
file, settings and what was commanded must go together. Nothing rolls back what is committed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog

from edge.config import StationConfig
from edge.errors import ChangesError, ConfigError, UpdateError, UpdateRefusedError
from edge.reconfigure.config import ConfigureSection
from edge.reconfigure.difference import difference
from edge.reconfigure.effective import Effective
from edge.reconfigure.overlay import Data, laid_over
from edge.reconfigure.protected import refusals
from edge.reconfigure.record import Entry
from edge.reconfigure.ring import (
    by_rollout,
    entries_of,
    over_of,
    settings_store,
    takes_settings,
)
from edge.update.machine import SETTINGS_WAY, Machine
from edge.update.record import Candidate, Phase, Record
from edge.update.steps import committed, is_same
from edge.update.store import UpdateStore

_log = structlog.get_logger(__name__)

NONE: Final = hashlib.sha256(b"").hexdigest()
NONE_PATH: Final = "configuration/none-1.toml"
"""No settings at all: where the way back leads when a station had none before. No file is this."""
_BROKER: Final = "mqtt."
_NETWORK: Final = "detection.model."


@dataclass(frozen=True, slots=True)
class Fitted:
    """Settings as they lie on one station."""

    entries: tuple[Entry, ...]
    config: StationConfig
    """With them, and with what was commanded above them."""
    changed: dict[str, Any]
    """What they come to here; empty: nothing changes."""

    @property
    def touches_network(self) -> bool:
        """They choose a network, or say how it is to run."""
        return any(key.startswith(_NETWORK) for key in self.changed)

    @property
    def needs_broker(self) -> bool:
        """The broker must be reached for the station to be well.

        Else that nobody can be told is no fault of the settings.
        """
        return any(key.startswith(_BROKER) for key in self.changed)


def settings_machine(config: StationConfig, now_ns: Callable[[], int]) -> Machine:
    """Return who writes down how far settings are.

    Args:
        config: The station's, by its file.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    return Machine(settings_store(config), config.update.tries, now_ns, SETTINGS_WAY)


def fitted(store: UpdateStore, candidate: Candidate, held: Effective) -> Fitted:
    """Return settings as they lie on a station.

    Args:
        store: Where they lie.
        candidate: Which.
        held: What holds of the station.

    Raises:
        UpdateRefusedError: They are others, change what is protected, or do not fit.
    """
    file = held.file
    try:
        entries = () if is_none(candidate) else _entries(store, candidate, file.data)
        refused = refusals(file.data, laid_over(file.data, entries), ConfigureSection())
        if refused:
            raise UpdateRefusedError("; ".join(refused))
        # Alone, too: what was commanded may be reset tomorrow.
        file.laid_under((), entries)
        config = file.laid_under(held.entries, entries)[1]
    except OSError as error:
        raise UpdateRefusedError(f"they cannot be read: {error.strerror}") from error
    except (ChangesError, ConfigError) as error:
        raise UpdateRefusedError("; ".join(str(error).splitlines())) from error
    return Fitted(entries, config, difference(held.config, config))


def is_none(candidate: Candidate) -> bool:
    """Tell whether a candidate is the way back to no settings at all."""
    return (candidate.sha256, candidate.path) == (NONE, NONE_PATH)


def _entries(store: UpdateStore, candidate: Candidate, file: Data) -> tuple[Entry, ...]:
    content = store.place(candidate.sha256).read_bytes()
    made = by_rollout(candidate.rollout_id, candidate.since)
    return entries_of(content, candidate.sha256, file, made)


class SettingsTrial:
    """Settings on probation.

    Args:
        candidate: Which.
        fitted: What they come to here.
        machine: Writes down what becomes of them.
    """

    def __init__(self, candidate: Candidate, fitted: Fitted, machine: Machine) -> None:
        self.candidate = candidate
        self.fitted = fitted
        self._machine = machine

    @property
    def network_runs(self) -> bool:
        """A network must run for the station to be well: one ran, or is asked for."""
        wanted = self.candidate.network_ran or self.fitted.touches_network
        return wanted and self.fitted.config.detection.model.enabled

    def is_wanted(self) -> bool:
        """Return whether the rollout still wants them."""
        return is_same(self._machine.store.read().candidate, self.candidate)

    def commit(self, now_ns: Callable[[], int]) -> bool:
        """Put them in charge for good; return whether that is on the disk."""
        return commit(self._machine.store, self.candidate, self.fitted, now_ns)

    def roll_back(self, reason: str) -> None:
        """Write down that they are not to hold."""
        try:
            self._machine.give_up(self.candidate, reason)
        except UpdateError as error:
            # The tries that are left are on the disk.
            _log.error("settings_not_rolled_back", reason=str(error))


def commit(
    store: UpdateStore, candidate: Candidate, fitted: Fitted, now_ns: Callable[[], int]
) -> bool:
    """Put settings in charge for good; return whether that is on the disk.

    Args:
        store: What is kept of settings.
        candidate: Which.
        fitted: What they come to here.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    over = over_of(fitted.entries)

    def edit(record: Record) -> Record:
        after = committed(record, candidate, over, now_ns())
        if is_none(candidate) and is_same(record.candidate, candidate):
            return after.model_copy(update={"committed": None, "highest": record.highest})
        return after

    try:
        store.change(edit)
    except UpdateError as error:
        _log.error("settings_not_committed", reason=str(error))
        return False
    keys = list(fitted.changed)
    _log.warning("settings_committed", settings=candidate.path, changed=keys)
    return True


def settings_on_trial(held: Effective, now_ns: Callable[[], int]) -> SettingsTrial | None:
    """Return the settings with which an agent starts on trial; None where there are none.

    Takes one of their tries, on the disk before this returns.

    Args:
        held: What holds of the station without them.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    if not takes_settings(held.file.config):
        return None
    machine = settings_machine(held.file.config, now_ns)
    try:
        candidate = machine.begin({Phase.PROBATION})
        if candidate is None:
            return None
        try:
            found = fitted(machine.store, candidate, held)
        except UpdateRefusedError as error:
            machine.give_up(candidate, error.reason)
            return None
    except UpdateError as error:
        # What cannot be counted down could end the station at every start.
        _log.error("settings_not_tried", reason=str(error))
        return None
    changed = list(found.changed)
    _log.warning("settings_on_trial", settings=candidate.path, changed=changed)
    return SettingsTrial(candidate, found, machine)
