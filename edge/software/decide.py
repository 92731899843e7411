"""What a station does about an assignment of agent software.

Both signatures are checked, now its own rules count: an archive for this computer, a version above
all that it had, never below the floor, and room on the disk. Back goes only an assignment that is
marked so, to the release that this very station had before.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.timestamps import format_time
from edge.update.decide import Act, Decision, Offer
from edge.update.record import Record
from edge.update.targets import SoftwareAssignment, SoftwareFacts, version_numbers
from edge.update.versions import order_of

_UNPACKED = 5
"""A release takes so many times its archive while it is unpacked beside it."""


@dataclass(frozen=True, slots=True)
class Place:
    """The station that decides."""

    now_ns: int
    platform: str
    python: str
    installed: str
    """Version of what is installed on site."""
    agent: str
    """Version that runs."""
    most_bytes: int
    free_bytes: int
    """That can be used."""


def free_bytes(folder: Path, spare: int) -> int:
    """Return what the disk of a folder has free beyond what is to stay free, bytes."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    return max(shutil.disk_usage(there).free - spare, 0)


def fitting(offers: Mapping[str, Offer[SoftwareFacts]], here: Place) -> Offer[SoftwareFacts] | None:
    """Return the archive whose signed facts are this computer's; None where there is none."""
    for offer in offers.values():
        if (offer.facts.platform, offer.facts.python) == (here.platform, here.python):
            return offer
    return None


def decide(
    record: Record,
    assignment: SoftwareAssignment,
    offer: Offer[SoftwareFacts] | None,
    here: Place,
    *,
    back: bool = False,
) -> Decision:
    """Return what to do about an assignment.

    Args:
        record: What is kept of releases.
        assignment: What the role rollout wants.
        offer: The archive for this computer, as the role models lists it; None: there is none.
        here: The station.
        back: It is the way back to what this station had.
    """
    if offer is None:
        return Decision(Act.REFUSE, _nothing_fits(assignment, here))
    settled = _nothing_to_do(record, assignment, offer, here) or _when(assignment, here.now_ns)
    if settled is not None:
        return settled
    reason = _refusal(record, assignment, offer, here, back=back)
    if reason is not None:
        return Decision(Act.REFUSE, reason)
    needed = _UNPACKED * offer.length
    if here.free_bytes < needed:
        free = f"{here.free_bytes / 1e6:.0f} MB can be used, {needed / 1e6:.0f} MB are needed"
        text = f"{assignment.version}: {free}; make room on the disk of state_dir"
        return Decision(Act.WAIT, text)
    return Decision(Act.TAKE, "assigned")


def _nothing_to_do(
    record: Record, assignment: SoftwareAssignment, offer: Offer[SoftwareFacts], here: Place
) -> Decision | None:
    version = assignment.version
    if record.is_quarantined(offer.sha256):
        return Decision(Act.NOTHING, f"{version} is quarantined here")
    kept = (record.candidate, record.committed)
    if any(one is not None and one.sha256 == offer.sha256 for one in kept):
        return Decision(Act.NOTHING, f"{version} is here")
    if record.committed is None and record.candidate is None and version == here.installed:
        return Decision(Act.NOTHING, f"{version} is what was installed on site")
    return None


def _when(assignment: SoftwareAssignment, now_ns: int) -> Decision | None:
    if assignment.not_before is not None and now_ns < assignment.not_before:
        return Decision(Act.WAIT, f"not before {format_time(assignment.not_before)}")
    if assignment.deadline is not None and now_ns > assignment.deadline:
        ended = format_time(assignment.deadline)
        return Decision(Act.NOTHING, f"rollout {assignment.rollout_id} ended {ended}")
    return None


def _nothing_fits(assignment: SoftwareAssignment, here: Place) -> str:
    there = ", ".join(assignment.archives)
    return (
        f"{assignment.version}: no archive that the role models lists is for {here.platform} with "
        f"Python {here.python}; assigned are {there}"
    )


def _refusal(
    record: Record,
    assignment: SoftwareAssignment,
    offer: Offer[SoftwareFacts],
    here: Place,
    *,
    back: bool,
) -> str | None:
    facts = offer.facts
    if facts.version != assignment.version:
        return f"assigned is {assignment.version}, signed was {facts.version}"
    if assignment.archives.get(offer.path) != offer.sha256:
        return (
            f"{offer.path}: assigned with sha256 {assignment.archives.get(offer.path)}, listed by "
            f"the role models with {offer.sha256}"
        )
    if offer.length > here.most_bytes:
        return (
            f"{offer.path} has {offer.length} bytes, at most {here.most_bytes} are taken "
            "(update.software_most_bytes)"
        )
    if version_numbers(here.agent) < version_numbers(assignment.min_agent):
        return f"{offer.path} needs edge-agent {assignment.min_agent}; this one is {here.agent}"
    return _version_refusal(record, assignment, facts, here, back=back)


def _version_refusal(
    record: Record,
    assignment: SoftwareAssignment,
    facts: SoftwareFacts,
    here: Place,
    *,
    back: bool,
) -> str | None:
    try:
        order, floor = order_of(facts.version), record.floors.get(facts.name)
        if floor is not None and order < order_of(floor):
            return f"{facts.version} is below the floor {floor} that was signed"
        # What is installed on site is a version that this station had, too.
        highest = order_of(here.installed)
        if facts.name in record.highest:
            highest = max(highest, order_of(record.highest[facts.name]))
    except ValueError as error:
        return str(error)
    if order > highest:
        return None
    before = record.previous
    returns = assignment.returning or back
    if returns and before is not None and before.sha256 in assignment.archives.values():
        return None
    return (
        f"{facts.version} is not newer than what this station had; back goes only a rollout "
        "marked as returning, to the release before"
    )
