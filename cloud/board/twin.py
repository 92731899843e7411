"""Desired against reported: what a station is to run, what it runs, and how far it is between them.

`twin_of` is pure; it knows no time, so that it is made anew only when a station or an assignment
says something else. What took how long is said by whoever shows it.
"""

from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from cloud.board.view import View
from cloud.board.wanted import KINDS, Assigned, Wanted
from edge.messages import State
from edge.messages.update import UpdateModel, UpdateReport
from edge.timestamps import Timestamp
from edge.update.targets import Kind

_BAD_ENDS: Final = {"rejected", "rolled back"}
_NOT_YET: Final = "not before "
_FAILED: Final = "update: "
"""So begins what a station says of a look that did not succeed; other problems are refusals."""


class Standing(StrEnum):
    """How a station stands to what it is to run."""

    AS_WANTED = "as wanted"
    UNASSIGNED = "nothing assigned"
    EXPECTED = "not begun"
    """It has not looked since, or has not said so."""
    ON_ITS_WAY = "on its way"
    WAITS = "waits"
    REFUSED = "refused"
    """It will not take it as things stand."""
    REJECTED = "rejected"
    """It tried it, and never let it take charge."""
    ROLLED_BACK = "rolled back"
    SILENT = "silent"


BEHIND: Final = frozenset({Standing.EXPECTED, Standing.ON_ITS_WAY, Standing.WAITS})
"""Standings that end well if they only last long enough."""


class TwinPart(View):
    """One kind: networks, agent software or settings."""

    kind: Kind
    standing: Standing
    detail: str = Field(default="", description="Phase, what it waits for, or why")
    since: Timestamp | None = Field(default=None, description="When it came to stand so")
    wanted: str | None = Field(default=None, description="Name and version that are assigned")
    wanted_since: Timestamp | None = Field(default=None, description="When that was assigned")
    ring: str | None = Field(default=None, description="Whose assignment it is")
    rollout: str | None = Field(default=None, description="Which rollout brought it")
    running: str | None = Field(default=None, description="Name and version that are in charge")
    running_since: Timestamp | None = None


class Twin(View):
    """One station, desired against reported."""

    ring: str | None = Field(description="The one it says that it is in")
    looked: Timestamp | None = Field(description="When it looked for updates last")
    parts: tuple[TwinPart, ...]

    def silenced(self) -> "Twin":
        """Return the twin of a station that is not heard: what it does now, nobody knows."""
        parts = tuple(
            part.model_copy(update={"standing": Standing.SILENT, "detail": str(part.standing)})
            if part.standing in BEHIND
            else part
            for part in self.parts
        )
        return self.model_copy(update={"parts": parts})


def twin_of(station: str, state: State | None, wanted: Wanted) -> Twin | None:
    """Return a station's twin; None where it takes no updates and none is assigned to it.

    Args:
        station: NETWORK.STATION.
        state: What it said last of itself.
        wanted: What is assigned.
    """
    reports = _reports(state)
    ring = next((report.ring for report in reports.values()), None)
    parts = []
    for kind in KINDS:
        order, report = wanted.of(station, ring, kind), reports.get(kind)
        if order is not None or report is not None:
            parts.append(_part(kind, order, report, state))
    looked = max((one.looked for one in reports.values() if one.looked is not None), default=None)
    return Twin(ring=ring, looked=looked, parts=tuple(parts)) if parts else None


def report_of(state: State | None, kind: Kind) -> UpdateReport | None:
    """Return what a station says of a kind; None where it takes none."""
    return _reports(state).get(kind)


def _reports(state: State | None) -> dict[Kind, UpdateReport]:
    if state is None:
        return {}
    told = {
        Kind.MODEL: state.update,
        Kind.SOFTWARE: state.software,
        Kind.CONFIGURATION: state.configuration,
    }
    return {kind: report for kind, report in told.items() if report is not None}


def _passed_over(kind: Kind, report: UpdateReport | None, state: State | None) -> str | None:
    """Return why what was committed is not in charge; None where it is, or nothing was."""
    if report is None or report.committed is None or state is None:
        return None
    sha256 = report.committed.sha256
    if kind is Kind.MODEL:
        idle = (one for one in state.models if one.sha256 == sha256 and not one.running)
        return next((one.reason or "it does not run" for one in idle), None)
    if kind is Kind.SOFTWARE and report.candidate is None and report.running != sha256:
        return report.problem or "another release runs"
    return None


def _running(kind: Kind, committed: UpdateModel | None, state: State | None) -> str | None:
    """Return what is in charge, in words."""
    if committed is not None:
        return f"{committed.name} {committed.version}"
    if state is None:
        return None
    if kind is Kind.SOFTWARE:
        return None if state.agent_version is None else f"tremorkit {state.agent_version}"
    if kind is Kind.CONFIGURATION:
        return "station file"
    running = (f"{model.name} {model.version}" for model in state.models if model.running)
    return next(running, None)


def _part(
    kind: Kind, order: Assigned | None, report: UpdateReport | None, state: State | None
) -> TwinPart:
    passed_over = _passed_over(kind, report, state)
    in_charge = report.committed if report is not None and passed_over is None else None
    running = _running(kind, in_charge, state)
    known: dict[str, Any] = {"running": running}
    if in_charge is not None:
        known["running_since"] = in_charge.since
    if order is not None:
        known |= {"wanted": order.what, "wanted_since": order.since_ns}
        known |= {"ring": order.ring, "rollout": order.rollout}
    standing, detail, since = _standing(order, report, running)
    if standing is Standing.AS_WANTED and passed_over is not None:
        standing, detail = Standing.REFUSED, f"it is not in charge: {passed_over}"
    return TwinPart(kind=kind, standing=standing, detail=detail, since=since, **known)


def _standing(
    order: Assigned | None, report: UpdateReport | None, running: str | None
) -> tuple[Standing, str, int | None]:
    """Return how a kind stands, in which way, and since when."""
    if order is None:
        candidate = report.candidate if report is not None else None
        if candidate is None or report is None:
            return Standing.UNASSIGNED, "", None
        return Standing.ON_ITS_WAY, report.phase, candidate.since
    if report is None:
        return Standing.REFUSED, "the station takes no updates of this kind", order.since_ns
    return _reported(order, report, running)


def _reported(
    order: Assigned, report: UpdateReport, running: str | None
) -> tuple[Standing, str, int | None]:
    committed, candidate = report.committed, report.candidate
    if committed is not None and committed.sha256 in order.leaving:
        if candidate is not None:
            return Standing.ON_ITS_WAY, f"back; {report.phase}", candidate.since
        return Standing.EXPECTED, "back to what it had before", order.since_ns
    if candidate is not None and candidate.sha256 in order.hashes:
        detail = f"{report.phase}; {report.problem}" if report.problem else report.phase
        return Standing.ON_ITS_WAY, detail, candidate.since
    if _is_there(order, report, running):
        return Standing.AS_WANTED, "", None if committed is None else committed.since
    return _not_taken(order, report)


def _is_there(order: Assigned, report: UpdateReport, running: str | None) -> bool:
    if not order.hashes:
        return report.candidate is None
    if report.committed is not None:
        return report.committed.sha256 in order.hashes
    return order.version is not None and running == f"tremorkit {order.version}"


def _not_taken(order: Assigned, report: UpdateReport) -> tuple[Standing, str, int | None]:
    """Return why it is not there, and nothing was begun."""
    last = report.last
    if not order.hashes & set(report.quarantined):
        return (*_not_begun(order, report), order.since_ns)
    if last is not None and last.sha256 in order.hashes and last.end in _BAD_ENDS:
        return Standing(last.end), f"in {last.phase}: {last.reason}", last.since
    return Standing.REJECTED, "it is quarantined since an earlier try", None


def _not_begun(order: Assigned, report: UpdateReport) -> tuple[Standing, str]:
    problem = report.problem
    is_older = report.looked is not None and report.looked < order.since_ns
    if problem is None or is_older:  # of what was assigned before
        if report.window_utc is None:
            return Standing.EXPECTED, ""
        begin, end = report.window_utc
        return Standing.WAITS, f"window {begin:02}-{end:02} UTC"
    if problem.startswith(_NOT_YET):
        return Standing.WAITS, problem
    if problem.startswith(_FAILED):
        return Standing.WAITS, problem.removeprefix(_FAILED)
    return Standing.REFUSED, problem
