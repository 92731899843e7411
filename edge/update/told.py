"""What a station tells of updates: in its retained state, so that no report is ever lost."""

from typing import Any

from edge.messages.update import UpdateModel, UpdateOutcome, UpdateReport
from edge.update.record import Record


def told(record: Record, ring: str) -> UpdateReport:
    """Return the part of a station's state.

    Args:
        record: What is kept.
        ring: The station's.
    """
    candidate, last = record.candidate, record.last
    outcome = None
    if last is not None:
        outcome = UpdateOutcome.model_validate(_plain(last) | {"since": last.time})
    return UpdateReport(
        ring=ring,
        phase="idle" if candidate is None else candidate.phase.value,
        candidate=_model(candidate),
        figures={} if candidate is None else candidate.figures,
        committed=_model(record.committed),
        last=outcome,
        quarantined=tuple(one.sha256 for one in record.quarantined),
        problem=record.problem,
    )


def _model(one: Any) -> UpdateModel | None:  # noqa: ANN401 - a candidate or what is committed
    return None if one is None else UpdateModel.model_validate(_plain(one))


def _plain(one: Any) -> dict[str, Any]:  # noqa: ANN401 - part of a record
    plain: dict[str, Any] = one.model_dump()
    return plain
