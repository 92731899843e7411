"""From one record to the next: nothing here touches a disk or a clock."""

from typing import Final

from edge.update.record import (
    Candidate,
    End,
    Installed,
    Model,
    Outcome,
    Phase,
    Quarantined,
    Record,
)
from edge.update.versions import newest

_REMEMBERED: Final = 32
"""Quarantined networks; more never come in a station's life."""


def begun(record: Record, candidate: Candidate) -> Record:
    """Return the record with a new candidate."""
    return record.model_copy(update={"candidate": candidate, "problem": None})


def entered(record: Record, candidate: Candidate, phase: Phase, tries: int, now_ns: int) -> Record:
    """Return the record with its candidate in another phase; as it is where that is another one.

    Args:
        record: What is kept.
        candidate: Whose phase it is.
        phase: The phase.
        tries: Times that it may be begun.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    if not is_same(record.candidate, candidate):
        return record
    update = {"phase": phase, "tries_left": tries, "since": now_ns, "trouble": None}
    return record.model_copy(update={"candidate": candidate.model_copy(update=update)})


def counted_down(record: Record, candidate: Candidate) -> Record:
    """Return the record with one try fewer for the phase in which a candidate is."""
    if not is_same(record.candidate, candidate) or candidate.tries_left == 0:
        return record
    update = {"tries_left": candidate.tries_left - 1}
    return record.model_copy(update={"candidate": candidate.model_copy(update=update)})


def troubled(record: Record, candidate: Candidate, trouble: str) -> Record:
    """Return the record with the reason why a phase could not be done now."""
    if record.candidate is None or not is_same(record.candidate, candidate):
        return record
    kept = record.candidate.model_copy(update={"trouble": trouble})
    return record.model_copy(update={"candidate": kept})


def given_up(
    record: Record, candidate: Candidate, reason: str, now_ns: int, *, quarantine: bool = True
) -> Record:
    """Return the record without a candidate that did not do well.

    Args:
        record: What is kept.
        candidate: Which.
        reason: Why.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        quarantine: Never take it again.
    """
    if not is_same(record.candidate, candidate):
        return record
    end = End.ROLLED_BACK if candidate.phase is Phase.PROBATION else End.REJECTED
    if not quarantine:
        end = End.ROLLED_BACK if end is End.ROLLED_BACK else End.SUPERSEDED
    out = record.quarantined
    if quarantine:
        out = (
            *record.quarantined,
            Quarantined(**_model(candidate), phase=candidate.phase, reason=reason, time=now_ns),
        )[-_REMEMBERED:]
    outcome = _outcome(candidate, end, reason, now_ns)
    return record.model_copy(update={"candidate": None, "quarantined": out, "last": outcome})


def committed(record: Record, candidate: Candidate, over: str | None, now_ns: int) -> Record:
    """Return the record with a candidate in charge for good.

    Args:
        record: What is kept.
        candidate: Which.
        over: What the station file says of its network.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    if not is_same(record.candidate, candidate):
        return record
    installed = Installed(
        **_model(candidate), rollout_id=candidate.rollout_id, since=now_ns, over=over
    )
    name = candidate.name
    highest = newest(record.highest.get(name, candidate.version), candidate.version)
    floor = newest(record.floors.get(name, candidate.floor), candidate.floor)
    return record.model_copy(
        update={
            "candidate": None,
            "committed": installed,
            "previous": record.committed,
            "highest": {**record.highest, name: highest},
            "floors": {**record.floors, name: floor},
            "last": _outcome(candidate, End.COMMITTED, "the station is well with it", now_ns),
        }
    )


def left(record: Record, now_ns: int) -> Record:
    """Return the record with what came with the station in charge again: the way back to it.

    Args:
        record: What is kept.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    before = record.committed
    if before is None:
        return record
    outcome = Outcome(
        **before.model_dump(include=set(Model.model_fields)),
        rollout_id=before.rollout_id,
        end=End.ROLLED_BACK,
        phase=Phase.PROBATION,
        reason="it was to be left; what came with the station is in charge again",
        time=now_ns,
    )
    return record.model_copy(update={"committed": None, "previous": None, "last": outcome})


def is_same(kept: Candidate | None, candidate: Candidate) -> bool:
    """Return whether a candidate is still the one that is kept, in the same phase."""
    return (
        kept is not None
        and (kept.sha256, kept.rollout_id) == (candidate.sha256, candidate.rollout_id)
        and kept.phase is candidate.phase
    )


def _model(candidate: Candidate) -> dict[str, object]:
    return candidate.model_dump(include=set(Model.model_fields))


def _outcome(candidate: Candidate, end: End, reason: str, now_ns: int) -> Outcome:
    return Outcome(
        **_model(candidate),
        rollout_id=candidate.rollout_id,
        end=end,
        phase=candidate.phase,
        reason=reason,
        time=now_ns,
        figures=candidate.figures,
    )
