"""The engine at work in the running centre.

Each look reads what stations said last, takes a step, keeps it, and signs what rings are to run.
What is to be signed is kept before it is signed, and signing it twice does no harm: a centre that
dies in between goes on where it was.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cloud.errors import ReleaseError, RolloutError
from cloud.release.config import UpdatesConfig
from cloud.release.keys import load_signer
from cloud.release.listing import assignments
from cloud.release.online import Online
from cloud.release.renewer import passphrase
from cloud.release.repository import Repository
from cloud.rollout.compare import evidence_of
from cloud.rollout.engine import Around, Step, step
from cloud.rollout.follow import follow
from cloud.rollout.log import Change, Kept, RolloutLog, changed
from cloud.rollout.plan import RolloutsConfig
from cloud.rollout.reading import agreement, last_confirmed_ns, places_of, revoked, seen_of
from cloud.rollout.rollout import Note, Rollout
from cloud.rollout.target import Target
from cloud.store import Store
from edge.concurrency import wait_at_most
from edge.messages import Event, Health, State
from edge.timestamps import format_time, seconds_to_ns
from edge.update.targets import Kind, Order

_log = structlog.get_logger(__name__)

_EVENTS_EVERY_NS: Final = seconds_to_ns(300.0)
_LATEST: Final = 50
_LONGEST_REASON: Final = 500
_BEFORE_NS: Final = seconds_to_ns(30 * 86_400.0)
"""How far back earthquakes show how stations did with the network before."""


@dataclass(frozen=True, slots=True)
class _World:
    """What all rollouts look at."""

    now_ns: int
    states: list[State]
    health: list[Health]
    revoked: set[str]
    hold: str | None


class Conductor:
    """Takes rollouts through their rings.

    Args:
        rules: How often to look, and when to hold.
        updates: With the centre's key.
        repository: What stations fetch from.
        store: What stations said.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """

    def __init__(
        self,
        rules: RolloutsConfig,
        updates: UpdatesConfig,
        repository: Repository,
        store: Store,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._rules = rules
        self._updates = updates
        self._repository = repository
        self._store = store
        self._log = RolloutLog(store.engine)
        self._now_ns = now_ns
        self._events: dict[str, tuple[int, list[Event]]] = {}
        """By rollout: when they were read, and which."""
        self._targets: dict[str, dict[str, Target]] = {}
        """By rollout: its stations as the database has them."""

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop` is set; a failure ends nothing else."""
        while not await wait_at_most(stop, self._rules.look_s):
            await asyncio.to_thread(self.look)

    def look(self) -> list[Rollout]:
        """Take one step with each rollout that is not over; return those that could take it."""
        try:
            live = self._log.live()
            if not live:
                return []
            world = self._world()
        except (SQLAlchemyError, OSError) as error:
            _log.warning("rollouts_wait", reason=str(error)[:_LONGEST_REASON])
            return []
        known = {kept.rollout.id for kept in live}
        self._events = {name: one for name, one in self._events.items() if name in known}
        self._targets = {name: one for name, one in self._targets.items() if name in known}
        done = []
        for kept in live:
            # One that cannot go on holds up no other.
            try:
                done.append(self._go_on(kept, world))
            except (RolloutError, ReleaseError, SQLAlchemyError, OSError, ValueError) as error:
                self._targets.pop(kept.rollout.id, None)
                reason = str(error)[:_LONGEST_REASON]
                _log.warning("rollout_waits", id=kept.rollout.id, reason=reason)
        return done

    def _world(self) -> _World:
        """Read what all rollouts look at, once."""
        now_ns = self._now_ns()
        return _World(
            now_ns,
            [state for state, _ in self._store.states()],
            [report for report, _ in self._store.health()],
            revoked(self._store.engine),
            self._hold(now_ns),
        )

    def _go_on(self, kept: Kept, world: _World) -> Rollout:
        name, now_ns = kept.rollout.id, world.now_ns
        # Nobody else changes them: they are read once, not parsed again at every look.
        before = self._targets.get(name)
        if before is None:
            before = self._log.targets(name)
        done = self._step(kept.rollout, before, world)
        news = changed(before, done.targets)
        if news or done.notes or done.rollout != kept.rollout:
            kept = self._log.save(kept, Change(done.rollout, news, done.notes), now_ns)
        self._targets[name] = done.targets
        for note in done.notes:
            if note.station is None:
                said = note.model_dump(include={"action", "ring", "detail"})
                _log.info("rollout", id=name, **said)
        return self._signed(kept).rollout if kept.rollout.pending else kept.rollout

    def _step(self, rollout: Rollout, before: Mapping[str, Target], world: _World) -> Step:
        assigned = assignments(self._repository, rollout.kind)
        # Stations with an assignment of their own do not hear their ring's.
        left_out = world.revoked | set(assigned)
        seen = seen_of(world.states, world.health, left_out, rollout.kind)
        now_ns, quiet = world.now_ns, world.hold is None
        targets, notes = follow(rollout, before, seen, now_ns, quiet=quiet)
        events = self._earthquakes(rollout, now_ns)
        places = places_of(world.states)
        evidence = evidence_of(targets.values(), *agreement(events, places, targets))
        done = step(rollout, targets, Around(now_ns, evidence, assigned, world.hold))
        return Step(done.rollout, done.targets, [*notes, *done.notes])

    def _earthquakes(self, rollout: Rollout, now_ns: int) -> list[Event]:
        """Return what shows how stations agreed; a month of them is not read at every look."""
        read_ns, events = self._events.get(rollout.id, (-_EVENTS_EVERY_NS, []))
        if now_ns - read_ns >= _EVENTS_EVERY_NS:
            events = self._store.events_between(rollout.started - _BEFORE_NS, now_ns)
            self._events[rollout.id] = now_ns, events
        return events

    def _hold(self, now_ns: int) -> str | None:
        """Return why no ring may begin now: nobody swaps anything in an earthquake sequence."""
        last_ns = last_confirmed_ns(self._store.latest_events(_LATEST))
        if last_ns is None:
            return None
        if now_ns >= last_ns + seconds_to_ns(self._rules.hold_after_event_s):
            return None
        return f"an earthquake was at {format_time(last_ns)}"

    def _signed(self, kept: Kept) -> Kept:
        """Sign what rings are to run, and keep that it was."""
        rollout = kept.rollout
        problem = self._sign(rollout.pending, rollout.kind)
        if problem is not None and problem == rollout.problem:
            return kept
        pending = rollout.pending if problem is not None else {}
        after = rollout.model_copy(update={"pending": pending, "problem": problem})
        notes = [_assigned(ring, one) for ring, one in rollout.pending.items()]
        if problem is not None:
            _log.error("rollout_not_signed", id=rollout.id, reason=problem)
            notes = [Note(action="not signed", detail=problem)]
        return self._log.save(kept, Change(after, (), notes), self._now_ns())

    def _sign(self, wanted: Mapping[str, Order | None], kind: Kind) -> str | None:
        """Sign assignments; return why that cannot be done, None where it was."""
        if self._updates.online_key is None:
            return "the centre has no key: set [updates] online_key"
        try:
            signer = load_signer(self._updates.online_key, passphrase(self._updates))
            Online(self._repository, signer).assign(wanted, kind)
        except (ReleaseError, OSError) as error:
            return str(error)
        return None


def _assigned(ring: str, order: Order | None) -> Note:
    said = "nothing" if order is None else ", ".join(order.named) or "nothing new"
    back = order is not None and order.leaving
    return Note(action="assign", ring=ring, detail=f"{said}, and the way back" if back else said)
