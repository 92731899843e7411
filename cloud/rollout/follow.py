"""What stations say of themselves becomes how their part stands."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from cloud.rollout.measures import Measures, between, reading_of
from cloud.rollout.rollout import Note, Rollout, RolloutState
from cloud.rollout.target import OPEN, Target, TargetStatus
from edge.messages import Health
from edge.messages.update import UpdateReport
from edge.printable import shown

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
_LONGEST_DETAIL: Final = 1000
"""Of what a station says; it stands in the audit, and on operators' terminals."""
_BAD_ENDS: Final = ("rejected", "rolled back")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the centre knows of the stations that take updates of a kind, by NETWORK.STATION.

    Attributes:
        reports: What they say of this kind.
        health: Their newest health reports.
        beside: What of other kinds is in charge there.
        on_site: Version of the agent software that was installed on site, where that runs.
    """

    reports: Mapping[str, UpdateReport] = field(default_factory=dict)
    health: Mapping[str, Health] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    on_site: Mapping[str, str] = field(default_factory=dict)


def follow(
    rollout: Rollout,
    targets: Mapping[str, Target],
    seen: Seen,
    now_ns: int,
    *,
    quiet: bool = True,
) -> tuple[dict[str, Target], list[Note]]:
    """Return the stations' parts as they stand now, and what is new of them.

    Stations that came into a ring are taken in; those that left it are gone, and count no more.

    Args:
        rollout: How it stands.
        targets: Its stations, as they stood.
        seen: What they say now.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        quiet: No earthquake was confirmed lately.
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
        has_it = rollout.version is not None and seen.on_site.get(station) == rollout.version
        target = _followed(rollout, known, report, now_ns, has_it=has_it)
        health = seen.health.get(station)
        if health is not None:
            target = _measured(target, health, seen.beside.get(station, ""), quiet=quiet)
        followed[station] = target
        is_news = (target.status, target.detail) != (known.status, known.detail)
        if is_news and target.status in _LOUD:
            notes.append(_note(target))
    return followed, notes


def _followed(
    rollout: Rollout, target: Target, report: UpdateReport | None, now: int, *, has_it: bool
) -> Target:
    if report is None:
        return _changed(target, TargetStatus.GONE, "it is not there any more", now)
    if report.ring not in {ring.name for ring in rollout.plan.rings}:
        return _changed(target, TargetStatus.GONE, f"it is in ring {report.ring} now", now)
    target = target.model_copy(update={"ring": report.ring})
    since = _in_charge_since(rollout.hashes, report)
    figures = _figures(rollout, report) or target.figures
    target = target.model_copy(update={"in_charge_since": since, "figures": figures})
    if rollout.state is RolloutState.RETURNING:
        return _coming_back(rollout, target, report, now)
    if target.ring not in rollout.begun:
        return _changed(target, TargetStatus.PLANNED, "", now)
    status, detail = _standing(rollout, report)
    if has_it and status is TargetStatus.WAITING:
        # Such a station has nothing to fetch, and will never say that it committed anything.
        status, detail = TargetStatus.COMMITTED, "it was installed on site"
    if status in OPEN and target.status is TargetStatus.TIMED_OUT:
        # Nobody waits for it any more; that it ends is still news.
        return target
    return _changed(target, status, detail, now)


def _standing(rollout: Rollout, report: UpdateReport) -> tuple[TargetStatus, str]:
    hashes, last, candidate = rollout.hashes, report.last, report.candidate
    if report.committed is not None and report.committed.sha256 in hashes:
        return TargetStatus.COMMITTED, ""
    if candidate is not None and candidate.sha256 in hashes:
        return TargetStatus.TRYING, report.phase
    is_out = not hashes.isdisjoint(report.quarantined)
    if last is not None and last.sha256 in hashes and last.end in _BAD_ENDS:
        if is_out or last.rollout_id == rollout.id:
            return TargetStatus.FAILED, f"{last.end} in {last.phase}: {last.reason}"
    elif is_out:
        return TargetStatus.FAILED, "it is quarantined since an earlier try"
    return TargetStatus.WAITING, report.problem or ""


def _coming_back(rollout: Rollout, target: Target, report: UpdateReport, now: int) -> Target:
    if target.ring not in rollout.touched:
        return target
    status, detail = _standing(rollout, report)
    if status is TargetStatus.COMMITTED and rollout.was_there(target.ring):
        return _changed(target, status, "its ring was to run it before, too", now)
    has_it = status in {TargetStatus.COMMITTED, TargetStatus.TRYING}
    if has_it or _has_one_of(rollout.superseded, report):
        return _changed(target, TargetStatus.RETURNING, report.problem or detail, now)
    if target.status in _HAD_IT:
        return _changed(target, TargetStatus.RETURNED, "", now)
    return target


def _has_one_of(hashes: Collection[str], report: UpdateReport) -> bool:
    return any(
        one is not None and one.sha256 in hashes for one in (report.committed, report.candidate)
    )


def _changed(target: Target, status: TargetStatus, detail: str, now_ns: int) -> Target:
    detail = shown(detail[:_LONGEST_DETAIL])
    if (target.status, target.detail) == (status, detail):
        return target
    since = target.since if target.status is status else now_ns
    return target.model_copy(update={"status": status, "detail": detail, "since": since})


def _in_charge_since(hashes: Collection[str], report: UpdateReport) -> int | None:
    committed, candidate = report.committed, report.candidate
    if committed is not None and committed.sha256 in hashes:
        return committed.since
    if candidate is not None and candidate.sha256 in hashes and report.phase == _PROBATION:
        return candidate.since
    return None


def _figures(rollout: Rollout, report: UpdateReport) -> dict[str, float]:
    """Return what the new network did in this station's shadow; nothing where it did nothing."""
    candidate, last = report.candidate, report.last
    if candidate is not None and candidate.sha256 in rollout.hashes:
        return report.figures
    if last is not None and last.sha256 in rollout.hashes and last.rollout_id == rollout.id:
        return last.figures
    return {}


def _measured(target: Target, health: Health, beside: str, *, quiet: bool) -> Target:
    """Return a station's part with what a report shows.

    What changes beside it, a network in a rollout of software say, would be taken for its doing:
    the time before begins anew with it, and after it nothing more is counted.
    """
    if target.reading is not None and health.time <= target.reading.time:
        return target
    with_new = target.in_charge_since is not None and health.time >= target.in_charge_since
    reading = reading_of(health, with_new=with_new)
    if beside != target.beside:
        if with_new and target.beside is not None:
            return target.model_copy(update={"reading": reading})
        update = {"reading": reading, "beside": beside, "before": Measures()}
        return target.model_copy(update=update)
    side = "after" if with_new else "before"
    shown = between(target.reading, reading, quiet=quiet)
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
