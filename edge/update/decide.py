"""What a station does about an assignment: both signatures are checked, now its own rules count.

The role rollout says what is to run, the role models what may run; a station takes only what both
name. Versions go up. The one exception is the way back to the network that this very station had
had before, by its own record, and never below the floor that the holders of the models' keys set.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import BaseModel

from edge.timestamps import format_time
from edge.update.record import Record
from edge.update.targets import (
    Assignment,
    ConfigurationAssignment,
    ConfigurationFacts,
    ModelFacts,
    version_numbers,
)
from edge.update.versions import order_of

Facts = TypeVar("Facts", bound=BaseModel)
OneFile = Assignment | ConfigurationAssignment
"""An assignment of one file."""


@dataclass(frozen=True, slots=True)
class Offer(Generic[Facts]):
    """A file as the role models lists it, with what was signed of it."""

    path: str
    sha256: str
    length: int
    facts: Facts


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The station that decides."""

    now_ns: int
    agent_version: str
    sensor: str | None
    """Its sensor's profile, where its source has one."""
    most_bytes: int


class Act(StrEnum):
    """What to do."""

    NOTHING = "nothing"
    """There is nothing to do until the repository says something else."""
    WAIT = "wait"
    """Not yet."""
    REFUSE = "refuse"
    """Never, as things stand: somebody should look at it."""
    TAKE = "take"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and why."""

    act: Act
    reason: str
    back: bool = False
    """It is what this station had before: it has shown itself, and needs no shadow."""


def decide(
    record: Record,
    assignment: OneFile | None,
    offer: Offer[ModelFacts] | Offer[ConfigurationFacts] | None,
    here: Surroundings,
    *,
    back: bool = False,
) -> Decision:
    """Return what to do about an assignment.

    Args:
        record: What is kept.
        assignment: What the role rollout wants, a network or settings; None: nothing.
        offer: The file of that name as the role models lists it; None: it does not.
        here: The station.
        back: It is the way back that the station's own record says, whatever its version.
    """
    if assignment is None:
        return Decision(Act.NOTHING, "no network is assigned to this station")
    if record.is_quarantined(assignment.sha256):
        return Decision(Act.NOTHING, f"{_file(assignment)} is quarantined here")
    kept = (record.candidate, record.committed)
    if any(one is not None and one.sha256 == assignment.sha256 for one in kept):
        return Decision(Act.NOTHING, f"{_file(assignment)} is here")
    due = _when(assignment, here.now_ns)
    if due is not None:
        return due
    # Whoever assigns can call anything a return: only what was in charge here is one.
    back = back or (assignment.returning and _was_here(record, assignment))
    reason = _refusal(record, assignment, offer, here, back=back)
    if reason is not None:
        return Decision(Act.REFUSE, reason)
    return Decision(Act.TAKE, "assigned", back)


def _file(assignment: OneFile) -> str:
    """Return the file's name in the repository."""
    return next(iter(assignment.named))


def _was_here(record: Record, assignment: OneFile) -> bool:
    return record.previous is not None and record.previous.sha256 == assignment.sha256


def _when(assignment: OneFile, now_ns: int) -> Decision | None:
    if assignment.not_before is not None and now_ns < assignment.not_before:
        return Decision(Act.WAIT, f"not before {format_time(assignment.not_before)}")
    if assignment.deadline is not None and now_ns > assignment.deadline:
        text = f"rollout {assignment.rollout_id} ended {format_time(assignment.deadline)}"
        return Decision(Act.NOTHING, text)
    return None


def _refusal(
    record: Record,
    assignment: OneFile,
    offer: Offer[ModelFacts] | Offer[ConfigurationFacts] | None,
    here: Surroundings,
    *,
    back: bool,
) -> str | None:
    if offer is None:
        return f"{_file(assignment)} is not listed by the role models: whoever assigned it may not"
    if offer.sha256 != assignment.sha256:
        return (
            f"{_file(assignment)}: assigned with sha256 {assignment.sha256}, listed by the role "
            f"models with {offer.sha256}"
        )
    if offer.length > here.most_bytes:
        return f"{offer.path} has {offer.length} bytes, at most {here.most_bytes} are taken"
    facts = offer.facts
    least = max(version_numbers(assignment.min_agent), version_numbers(facts.min_agent))
    if version_numbers(here.agent_version) < least:
        needed = ".".join(map(str, least))
        return f"{offer.path} needs edge-agent {needed}; this one is {here.agent_version}"
    if facts.device_profiles and here.sensor not in facts.device_profiles:
        fits = ", ".join(facts.device_profiles)
        return f"{offer.path} is for {fits}; this station has {here.sensor or 'another sensor'}"
    return _version_refusal(record, facts, back=back)


def _version_refusal(
    record: Record, facts: ModelFacts | ConfigurationFacts, *, back: bool
) -> str | None:
    floor, highest = record.floors.get(facts.name, 1), record.highest.get(facts.name, 0)
    if order_of(facts.version) < order_of(floor):
        return f"{facts.name} {facts.version} is below the floor {floor} that was signed"
    if order_of(facts.version) > order_of(highest) or back:
        return None
    return (
        f"{facts.name} {facts.version} is not newer than {highest}, which this station had; back "
        "goes only a rollout marked as returning, to the network before"
    )
