"""What stations say of themselves becomes how their part stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cloud.rollout.measures import between, reading_of
from cloud.rollout.rollout import Note, Rollout, RolloutState
from cloud.rollout.target import Target, TargetStatus
from edge.messages import Health
from edge.messages.update import UpdateReport

_LOUD: Final = frozenset(
    {
        TargetStatus.TRYING,
        TargetStatus.COMMITTED,
        TargetStatus.FAILED,
        TargetStatus.TIMED_OUT,
        TargetStatus.GONE,
        TargetStatus.RETURNED,
    }
)
_HAD_IT: Final = frozenset({TargetStatus.TRYING, TargetStatus.COMMITTED, TargetStatus.RETURNING})
_PROBATION: Final = "probation"
_BAD_ENDS: Final = ("rejected", "rolled back")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the centre knows of the stations that take updates, by NETWORK.STATION."""

    reports: Mapping[str, UpdateReport] = field(default_factory=dict)
    health: Mapping[str, Health] = field(default_factory=dict)


def follow(
    rollout: Rollout, targets: Mapping[str, Target], seen: Seen, now_ns: int
) -> tuple[dict[str, Target], list[Note]]:
    """Return the stations' parts as they stand now, and what is new of them.

    Stations that came into a ring are taken in; those that left it are gone, and count no more.
    """
    rings = {ring.name for ring in rollout.plan.rings}
    followed: dict[str, Target] = {}
    notes: list[Note] = []
    for station in sorted({*targets, *seen.reports}):
        report = seen.reports.get(station)
        known = targets.get(station)
        if known is None:
            if report is None or report.ring not in rings:
                continue
            known = Target(station=station, ring=report.ring, since=now_ns)
        target = _followed(rollout, known, report, now_ns)
        health = seen.health.get(station)
        if health is not None:
            target = _measured(target, health)
        followed[station] = target
        is_news = (target.status, target.detail) != (known.status, known.detail)
        if is_news and target.status in _LOUD:
            notes.append(_note(target))
    return followed, notes


def _followed(rollout: Rollout, target: Target, report: UpdateReport | None, now: int) -> Target:
    if report is None:
        return _changed(target, TargetStatus.GONE, "it is not there any more", now)
    if report.ring not in {ring.name for ring in rollout.plan.rings}:
        return _changed(target, TargetStatus.GONE, f"it is in ring {report.ring} now", now)
    target = target.model_copy(update={"ring": report.ring})
    since = _in_charge_since(rollout.sha256, report)
    figures = _figures(rollout, report) or target.figures
    target = target.model_copy(update={"in_charge_since": since, "figures": figures})
    if rollout.state is RolloutState.RETURNING:
        return _coming_back(rollout, target, report, now)
    if target.ring not in rollout.begun:
        return _changed(target, TargetStatus.PLANNED, "", now)
    status, detail = _standing(rollout, report)
    if status is TargetStatus.WAITING and target.status is TargetStatus.TIMED_OUT:
        return target
    return _changed(target, status, detail, now)


def _standing(rollout: Rollout, report: UpdateReport) -> tuple[TargetStatus, str]:
    sha256, last, candidate = rollout.sha256, report.last, report.candidate
    if report.committed is not None and report.committed.sha256 == sha256:
        return TargetStatus.COMMITTED, ""
    if candidate is not None and candidate.sha256 == sha256:
        return TargetStatus.TRYING, report.phase
    is_out = sha256 in report.quarantined
    if last is not None and last.sha256 == sha256 and last.end in _BAD_ENDS:
        if is_out or last.rollout_id == rollout.id:
            return TargetStatus.FAILED, f"{last.end} in {last.phase}: {last.reason}"
    elif is_out:
        return TargetStatus.FAILED, "it is quarantined since an earlier try"
    return TargetStatus.WAITING, report.problem or ""


def _coming_back(rollout: Rollout, target: Target, report: UpdateReport, now: int) -> Target:
    if target.ring not in rollout.begun:
        return target
    status, detail = _standing(rollout, report)
    if status is TargetStatus.COMMITTED and rollout.way_back(target.ring) is None:
        return _changed(target, status, "there is no network to go back to", now)
    if status in {TargetStatus.COMMITTED, TargetStatus.TRYING}:
        return _changed(target, TargetStatus.RETURNING, report.problem or detail, now)
    if target.status in _HAD_IT:
        return _changed(target, TargetStatus.RETURNED, "", now)
    return target


def _changed(target: Target, status: TargetStatus, detail: str, now_ns: int) -> Target:
    if (target.status, target.detail) == (status, detail):
        return target
    since = target.since if target.status is status else now_ns
    return target.model_copy(update={"status": status, "detail": detail, "since": since})


def _in_charge_since(sha256: str, report: UpdateReport) -> int | None:
    committed, candidate = report.committed, report.candidate
    if committed is not None and committed.sha256 == sha256:
        return committed.since
    if candidate is not None and candidate.sha256 == sha256 and report.phase == _PROBATION:
        return candidate.since
    return None


def _figures(rollout: Rollout, report: UpdateReport) -> dict[str, float]:
    """Return what the new network did in this station's shadow; nothing where it did nothing."""
    candidate, last = report.candidate, report.last
    if candidate is not None and candidate.sha256 == rollout.sha256:
        return report.figures
    if last is not None and last.sha256 == rollout.sha256 and last.rollout_id == rollout.id:
        return last.figures
    return {}


def _measured(target: Target, health: Health) -> Target:
    if target.reading is not None and health.time <= target.reading.time:
        return target
    with_new = target.in_charge_since is not None and health.time >= target.in_charge_since
    reading = reading_of(health, with_new=with_new)
    side = "after" if with_new else "before"
    shown = between(target.reading, reading)
    sums = (target.after if with_new else target.before).plus(shown)
    return target.model_copy(update={"reading": reading, side: sums})


def _note(target: Target) -> Note:
    return Note(
        action=target.status.value,
        by=target.station,
        ring=target.ring,
        station=target.station,
        detail=target.detail,
    )
