"""What people order: each returns a rollout as it stands then, or says why it cannot be."""

from cloud.errors import RolloutError
from cloud.rollout.engine import taken_back
from cloud.rollout.plan import RolloutPlan
from cloud.rollout.rollout import LIVE, Rollout, RolloutState, Wanted


def started(order: Wanted, plan: RolloutPlan, by: str, now_ns: int) -> Rollout:
    """Return a new rollout; its first ring begins with the first step.

    Args:
        order: Id, and what stations are to run.
        plan: Rings, and what is asked of each.
        by: Who starts it.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    return Rollout(id=order.rollout_id, order=order, plan=plan, started=now_ns, by=by)


def superseding(new: Rollout, old: Rollout) -> tuple[Rollout, Rollout]:
    """Return a new rollout, and the one in whose place it comes.

    What the old one had brought is not proven: the way back leads past it, to what was before.
    """
    left = {*old.hashes, *old.superseded} - new.hashes
    begun = {"before": {**old.before, **new.before}, "superseded": tuple(sorted(left))}
    ended = {"state": RolloutState.SUPERSEDED, "reason": f"by {new.id}", "pending": {}}
    return new.model_copy(update=begun), old.model_copy(update=ended)


def paused(rollout: Rollout, reason: str) -> Rollout:
    """Return a rollout that begins no ring; stations that have begun go on, failures count.

    Raises:
        RolloutError: It does not run.
    """
    if rollout.state is not RolloutState.RUNNING:
        raise RolloutError(rollout.id, f"is {rollout.state.value}, only a running one pauses")
    return rollout.model_copy(
        update={"state": RolloutState.PAUSED, "reason": reason, "at_end": False}
    )


def resumed(rollout: Rollout) -> Rollout:
    """Return a rollout that goes on; one that paused at the end of a ring begins the next.

    Raises:
        RolloutError: It is not paused.
    """
    if rollout.state is not RolloutState.PAUSED:
        raise RolloutError(rollout.id, f"is {rollout.state.value}, only a paused one is resumed")
    approved = rollout.ring if rollout.at_end else rollout.approved
    return rollout.model_copy(
        update={
            "state": RolloutState.RUNNING,
            "reason": "",
            "at_end": False,
            "approved": approved,
        }
    )


def aborted(rollout: Rollout, reason: str, now_ns: int) -> Rollout:
    """Return a rollout whose stations go back.

    Raises:
        RolloutError: It is over, or they do already.
    """
    if rollout.state not in LIVE or rollout.state is RolloutState.RETURNING:
        what = f"is {rollout.state.value}; `release assign --returning` brings single rings back"
        raise RolloutError(rollout.id, what)
    return taken_back(rollout, reason, now_ns)
