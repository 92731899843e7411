"""Which network an agent starts with.

First a candidate on probation, if a try is left and could be counted down on the disk. Else what
was committed last, else what was committed before, else the station file's own. Each must load and
give its golden outputs here; where none does, STA/LTA goes on alone, and the state says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from edge.bundle import load_bundle
from edge.config import StationConfig
from edge.detect.loading import open_detector
from edge.errors import BundleError, RuntimeUnavailableError, UpdateError
from edge.messages import ModelIdentity
from edge.station import with_bundle
from edge.update.machine import Machine
from edge.update.record import Candidate, Installed, Phase
from edge.update.store import UpdateStore
from edge.update.wayback import file_says

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the agent starts with."""

    config: StationConfig
    """With the network that was chosen."""
    candidate: Candidate | None = None
    """It is on probation; None: it is proven."""
    passed_over: tuple[ModelIdentity, ...] = ()
    """What should have been in charge and does not run here."""


def choose(config: StationConfig, store: UpdateStore, now_ns: Callable[[], int]) -> Chosen:
    """Return what an agent starts with; takes a try of a candidate on probation.

    Args:
        config: The station's.
        store: What is kept of updates.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    if not config.update.enabled or not config.detection.model.enabled:
        return Chosen(config)
    machine = Machine(store, config.update.tries, now_ns)
    candidate = _on_probation(machine)
    if candidate is not None:
        reason = _trouble(store.place(candidate.sha256), candidate.sha256, config)
        if reason is None:
            _log.warning("update_on_probation", model=candidate.path, tries=candidate.tries_left)
            chosen = with_bundle(config, store.place(candidate.sha256))
            return Chosen(chosen, candidate)
        _given_up(machine, candidate, reason)
    return _proven(config, store)


def _on_probation(machine: Machine) -> Candidate | None:
    try:
        return machine.begin({Phase.PROBATION})
    except UpdateError as error:
        # What cannot be counted down could end the station at every start.
        _log.error("update_not_tried", reason=str(error))
        return None


def _given_up(machine: Machine, candidate: Candidate, reason: str) -> None:
    try:
        machine.give_up(candidate, reason)
    except UpdateError as error:
        # The tries that are left are on the disk.
        _log.error("update_not_given_up", reason=str(error))


def _proven(config: StationConfig, store: UpdateStore) -> Chosen:
    record = store.read()
    passed_over: list[ModelIdentity] = []
    for installed in (record.committed, record.previous):
        if installed is None or installed.over != file_says(config):
            continue
        path = store.place(installed.sha256)
        reason = _trouble(path, installed.sha256, config)
        if reason is None:
            return Chosen(with_bundle(config, path), passed_over=tuple(passed_over))
        _log.error("update_passed_over", model=installed.name, reason=reason)
        passed_over.append(_identity(installed, reason))
    return Chosen(config, passed_over=tuple(passed_over))


def in_charge(config: StationConfig) -> StationConfig:
    """Return a station's configuration with the network that is proven, for who looks on.

    A network on probation is left out: to start with it takes one of its tries.
    """
    if not config.update.enabled or not config.detection.model.enabled:
        return config
    return _proven(config, UpdateStore(config.state_dir)).config


def _trouble(path: Path, sha256: str, config: StationConfig) -> str | None:
    """Return why a network does not run here; None where it does."""
    try:
        open_detector(load_bundle(path, sha256), config.detection.model.threshold)
    except (BundleError, RuntimeUnavailableError) as error:
        return str(error)
    return None


def _identity(installed: Installed, reason: str) -> ModelIdentity:
    return ModelIdentity(
        name=installed.name,
        version=str(installed.version),
        sha256=installed.sha256,
        running=False,
        reason=reason,
    )
