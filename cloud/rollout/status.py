"""A rollout for people and programs."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from cloud.rollout.compare import Agreement, evidence_of
from cloud.rollout.measures import Measures
from cloud.rollout.rollout import Rollout, of_ring
from cloud.rollout.target import Target, TargetStatus
from edge.timestamps import format_time

_TROUBLE = (TargetStatus.FAILED, TargetStatus.TIMED_OUT)
_SHOWN = 20


def as_dict(rollout: Rollout, targets: Mapping[str, Target]) -> dict[str, Any]:
    """Return a rollout for JSON."""
    plain = rollout.model_dump(mode="json")
    plain |= {"kind": rollout.kind.value, "what": rollout.what, "hashes": sorted(rollout.hashes)}
    plain["rings"] = {ring.name: counts(targets, ring.name) for ring in rollout.plan.rings}
    plain["stations"] = [one.model_dump(mode="json") for one in targets.values()]
    return plain


def counts(targets: Mapping[str, Target], ring: str) -> dict[str, int]:
    """Return how many stations of a ring stand how."""
    found = Counter(one.status.value for one in of_ring(targets.values(), ring))
    return dict(sorted(found.items()))


def as_text(rollout: Rollout, targets: Mapping[str, Target]) -> str:
    """Return a rollout in lines."""
    why = f": {rollout.reason}" if rollout.reason else ""
    lines = [
        f"{rollout.id}  {rollout.state.value}{why}",
        f"  {rollout.what}, started {format_time(rollout.started)[:19]}Z by {rollout.by}",
    ]
    for number, ring in enumerate(rollout.plan.rings):
        said = ", ".join(f"{n} {name}" for name, n in counts(targets, ring.name).items())
        mark = ">" if number == rollout.ring else " "
        lines.append(f"{mark} {ring.name}: {said or 'no stations'}")
    if rollout.held is not None:
        lines.append(f"  on hold: {rollout.held}")
    if rollout.problem is not None:
        lines.append(f"  not signed: {rollout.problem}")
    lines += _comparison(targets)
    troubled = [one for one in targets.values() if one.status in _TROUBLE]
    lines += [f"  {one.station} {one.status.value}: {one.detail}" for one in troubled[:_SHOWN]]
    if len(troubled) > _SHOWN:
        lines.append(f"  and {len(troubled) - _SHOWN} more; --json shows all")
    return "\n".join(lines)


def _comparison(targets: Mapping[str, Target]) -> list[str]:
    found = evidence_of(targets.values(), Agreement(), Agreement())
    lines = []
    if found.heard_s:
        lines.append(
            f"  in the shadow, {found.heard_s / 3600:.3g} h: it fired {found.firings:g} times, the "
            f"network in charge {found.incumbent_firings:g} times"
        )
    if found.after.span_s and found.before.span_s:
        lines.append(
            f"  processor {found.cpu.after:.3f} s a second, before {found.cpu.before:.3f} s; "
            f"samples {found.latency.after:.2f} s old, before {found.latency.before:.2f} s; "
            f"memory {found.memory.after / 1e6:.0f} MB, before {found.memory.before / 1e6:.0f} MB"
        )
        lines += [f"  before: {_happened(found.before)}", f"  with it: {_happened(found.after)}"]
    return lines


def _happened(side: Measures) -> str:
    """Return what came in the time of one side, in words."""
    return (
        f"{side.triggers} triggers, {side.gaps} gaps, {side.restarts} restarts in "
        f"{side.span_s / 3600:.3g} h"
    )
