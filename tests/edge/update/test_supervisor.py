"""The agent's part: when it looks, when it swaps, what it does with a network on probation."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge.commands.update import UpdateHandler
from edge.detect.base import Frame
from edge.detect.seen import HopSeen
from edge.errors import CommandError
from edge.messages.command import Command
from edge.reconfigure.probation import Vitals
from edge.update import child, moments, supervisor
from edge.update.record import Candidate, End, Phase, Record
from edge.update.steps import begun
from edge.update.supervisor import Supervisor, Wires
from tests.edge.update.conftest import Offered
from tests.updates import station_config

WELL = {"heard_s": 99.0, "firings": 0, "answers": 9, "mean_score": 0.0}
QUICK = {
    "every_s": 1.0,
    "quiet_s": 0.0,
    "healthy_s": 1.0,
    "deadline_s": 20.0,
    "shadow": {"span_s": 50.0},
}
PATIENCE_S = 60.0


class FakeRemote:
    """Says when the agent is to start anew, and whether a configuration is on trial."""

    def __init__(self, path: Path) -> None:
        self.file = SimpleNamespace(path=path)
        self.trial: object = None
        self.wanted = asyncio.Event()
        self.at_once = False
        self.restart_wanted = False

    def want_restart(self) -> None:
        """Take note."""
        self.wanted.set()

    def restart_now(self) -> None:
        """Take note."""
        self.at_once = True


class Bench:
    """A supervisor whose children are told what to say.

    Attributes:
        looks: Command lines of looks.
        shadow: Code of the shadow's process.
        look: Code of the updater's process.
        vitals: How the station is.
        triggers: Since its start.
    """

    def __init__(self, folder: Path, offered: Offered, **changes: object) -> None:
        self.config = station_config(folder, offered.release.root, **{**QUICK, **changes})
        self.remote = FakeRemote(folder / "station.toml")
        self.offered = offered
        self.looks = 0
        self.shadow = f"print('{json.dumps(WELL)}')"
        self.look = "print('{}')"
        self.vitals = Vitals(connected=False, packets=1, dropped=0)
        self.triggers = 0
        self.store = supervisor.UpdateStore(self.config.state_dir)
        self.store.prepare()
        self.store.place(offered.sha256).write_bytes(offered.good.read_bytes())

    def command(self, module: str, _: object) -> tuple[str, ...]:
        """Return what runs in place of a child."""
        if module == "edge.cli":
            self.looks += 1
        code = self.look if module == "edge.cli" else self.shadow
        return (sys.executable, "-c", code)

    def has(self, phase: Phase, *, returning: bool = False) -> None:
        """Let the network be in a phase."""
        candidate = Candidate(
            sha256=self.offered.sha256,
            name="loudness",
            version=2,
            path="models/loudness-2.tremor",
            floor=1,
            rollout_id="r-2",
            ring="all",
            returning=returning,
            phase=phase,
            tries_left=3,
            since=time.time_ns(),
        )
        self.store.change(lambda record: begun(record, candidate))

    @property
    def record(self) -> Record:
        """What is kept."""
        return self.store.read()

    def wires(self) -> Wires:
        """Return what the supervisor asks."""

        def vitals() -> Vitals:
            self.vitals = replace(self.vitals, packets=self.vitals.packets + 1)
            return self.vitals

        return Wires(vitals, lambda: self.triggers, dict)

    def open(self) -> Supervisor:
        """Start an agent's supervisor."""
        return Supervisor(self.config, self.remote)  # type: ignore[arg-type]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Supervisor]:
        """Run it as long as the context lasts."""
        one = self.open()
        running = asyncio.create_task(one.run(self.wires()))
        try:
            yield one
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            one.close()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - files and counters
                await asyncio.sleep(0.01)


@pytest.fixture
def bench(
    offered: Offered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Bench]:
    """Return a maker of benches."""
    monkeypatch.setattr(supervisor, "_LOOK_S", 0.02)
    monkeypatch.setattr(moments, "LOOK_S", 0.02)
    monkeypatch.setattr(supervisor, "_GRACE_S", 0.2)

    def make(**changes: object) -> Bench:
        made = Bench(tmp_path, offered, **changes)
        monkeypatch.setattr(child, "command", made.command)
        return made

    return make


async def test_what_did_well_in_the_shadow_is_put_in_charge(bench: Callable[..., Bench]) -> None:
    """It looks once more, writes it down, and lets the agent start anew."""
    made = bench()
    made.has(Phase.SHADOW)

    async with made.running():
        await asyncio.wait_for(made.remote.wanted.wait(), PATIENCE_S)

    candidate = made.record.candidate
    assert candidate is not None
    assert (Phase.PROBATION, 99.0) == (candidate.phase, candidate.figures["heard_s"])
    assert 1 <= made.looks


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ('print(\'{"refused": "it fires"}\'); raise SystemExit(3)', "it fires"),
        ("import os; os.abort()", "ended by signal"),
        ("raise RuntimeError('no')", "ended with 1"),
    ],
    ids=["refused", "crashed", "failed"],
)
async def test_what_did_not_is_quarantined(
    bench: Callable[..., Bench], code: str, reason: str
) -> None:
    """And the agent goes on as if nothing had been."""
    made = bench()
    made.has(Phase.SHADOW)
    made.shadow = code

    async with made.running():
        await made.until(lambda: bool(made.record.quarantined))

    assert reason in made.record.quarantined[0].reason
    assert not made.remote.wanted.is_set()


async def test_a_shadow_that_hangs(bench: Callable[..., Bench]) -> None:
    """It is killed when its time is over."""
    made = bench(shadow={"span_s": 1.0, "deadline_s": 2.0})
    made.has(Phase.SHADOW)
    made.shadow = "import time; time.sleep(600)"

    async with made.running():
        await made.until(lambda: bool(made.record.quarantined))

    assert "did not end within 2.4 s" in made.record.quarantined[0].reason


async def test_a_shadow_that_heard_nothing_is_tried_again(bench: Callable[..., Bench]) -> None:
    """A silent sensor is no fault of a network; but not for ever."""
    made = bench(tries=2)
    made.has(Phase.SHADOW)
    made.shadow = "print('{\"heard_s\": 0.5}')"

    async with made.running():
        await made.until(lambda: made.record.candidate is None)

    assert "only 0.5 s of samples were heard" in made.record.quarantined[0].reason


async def test_no_swap_while_the_ground_shakes(bench: Callable[..., Bench]) -> None:
    """An open trigger, then a quiet that is too short: the swap waits."""
    made = bench(quiet_s=0.3)
    made.has(Phase.SHADOW)
    made.vitals = replace(made.vitals, busy=True)

    async with made.running() as one:
        await made.until(lambda: bool(made.record.candidate and made.record.candidate.figures))
        for _ in range(20):
            made.triggers += 1
            await asyncio.sleep(0.02)
        assert not made.remote.wanted.is_set()
        made.vitals = replace(made.vitals, busy=False)
        await asyncio.wait_for(made.remote.wanted.wait(), PATIENCE_S)
        assert one.chosen.candidate is None


async def test_no_swap_outside_the_window(bench: Callable[..., Bench]) -> None:
    """Nor a look."""
    hour = time.gmtime().tm_hour
    made = bench(window_utc=((hour + 2) % 24, (hour + 3) % 24))
    made.has(Phase.SHADOW)

    async with made.running():
        await made.until(lambda: bool(made.record.candidate and made.record.candidate.figures))
        await asyncio.sleep(0.2)

    assert (False, 0) == (made.remote.wanted.is_set(), made.looks)


async def test_a_rollout_that_is_withdrawn_meanwhile(bench: Callable[..., Bench]) -> None:
    """It was well in the shadow, and nobody wants it any more: nothing is swapped."""
    made = bench()
    made.has(Phase.SHADOW)
    record = str(made.store.path)
    made.look = f"import pathlib; pathlib.Path({record!r}).write_text('{{}}'); print('{{}}')"

    async with made.running():
        await made.until(lambda: made.looks >= 2)

    assert not made.remote.wanted.is_set()


async def test_one_trial_at_a_time(bench: Callable[..., Bench]) -> None:
    """While a configuration is on trial no network is: nobody could tell whose fault it is."""
    made = bench()
    made.has(Phase.SHADOW)
    made.remote.trial = object()

    async with made.running():
        await asyncio.sleep(0.3)

    assert 3 == made.record.candidate.tries_left  # type: ignore[union-attr]


async def test_well_on_probation_is_committed(bench: Callable[..., Bench]) -> None:
    """Without a broker, too: that nobody hears of it is no fault of a network."""
    made = bench()
    made.has(Phase.PROBATION)

    async with made.running() as one:
        assert one.chosen.candidate is not None
        await made.until(lambda: made.record.committed is not None)
        await made.until(lambda: one.report().committed is not None)
        report = one.report()
        late = one.failed(RuntimeError("later"))

    assert (False, False) == (made.remote.wanted.is_set(), late)
    assert ("idle", "committed") == (report.phase, report.last and report.last.end)


async def test_not_well_on_probation_is_rolled_back(bench: Callable[..., Bench]) -> None:
    """At the deadline at the latest; the agent starts anew without it."""
    made = bench(deadline_s=2.0)
    made.has(Phase.PROBATION)
    made.vitals = replace(made.vitals, network_trouble="the network does not run")

    async with made.running():
        await asyncio.wait_for(made.remote.wanted.wait(), PATIENCE_S)

    last = made.record.last
    assert last is not None
    assert (End.ROLLED_BACK, True) == (last.end, "does not run" in last.reason)
    assert made.open().chosen.candidate is None


async def test_withdrawn_on_probation(bench: Callable[..., Bench]) -> None:
    """A rollout that was stopped takes its canaries back."""
    made = bench(healthy_s=15.0)
    made.has(Phase.PROBATION)

    async with made.running():
        made.store.change(lambda record: record.model_copy(update={"candidate": None}))
        await asyncio.wait_for(made.remote.wanted.wait(), PATIENCE_S)

    assert () == made.record.quarantined


@pytest.mark.parametrize(
    ("score", "hops", "reason"),
    [(float("nan"), 1, "no numbers"), (0.9, 3, "fired 3 times where STA/LTA saw nothing")],
)
async def test_what_no_later_health_makes_good(
    bench: Callable[..., Bench], score: float, hops: int, reason: str
) -> None:
    """Answers that are none, or a network that fires alone, again and again."""
    made = bench(healthy_s=15.0)
    made.has(Phase.PROBATION)

    async with made.running() as one:
        for hop in range(hops):
            for now in (score, *[0.0] * 9):
                frames = {"sta_lta": Frame(hop, 1.0), "loudness": Frame(hop, now, {"P": now})}
                seen = HopSeen(hop, frames, frozenset(), ())
                one.listen(seen, {"sta_lta": 6.0, "loudness": 0.5})
        await asyncio.wait_for(made.remote.wanted.wait(), PATIENCE_S)

    assert reason in made.record.quarantined[0].reason


async def test_an_agent_that_hangs_is_started_by_its_guard(bench: Callable[..., Bench]) -> None:
    """From a thread of its own; the loop need not turn."""
    made = bench(deadline_s=2.0)
    made.has(Phase.PROBATION)

    one = made.open()
    time.sleep(0.1)  # noqa: ASYNC251 - the loop hangs
    one._overdue()
    one.close()

    assert made.remote.at_once
    assert "hung with it" in made.record.quarantined[0].reason


async def test_an_error_on_probation(bench: Callable[..., Bench]) -> None:
    """Whatever ends the agent: the network goes, and the agent starts anew."""
    made = bench()
    made.has(Phase.PROBATION)

    one = made.open()
    anew = one.failed(RuntimeError("tensor of another shape"))
    one.close()

    assert anew
    assert "tensor of another shape" in made.record.quarantined[0].reason


async def test_a_look_that_fails_ends_nothing(bench: Callable[..., Bench]) -> None:
    """Whatever the updater does: crash, hang, or say nonsense."""
    made = bench(limit_s=1.0, preflight_s=1.0)
    made.look = "raise SystemExit(1)"

    async with made.running():
        await made.until(lambda: made.looks >= 2)


async def test_looks_grow_rarer_with_failures(bench: Callable[..., Bench]) -> None:
    """An hour, two, four, at most a day; and never in step with others."""
    made = bench(every_s=3600.0)
    one = made.open()

    def delays(failures: int) -> list[float]:
        made.store.change(lambda record: record.model_copy(update={"failures": failures}))
        return [one._delay_s() for _ in range(50)]

    fresh, often, hopeless = delays(0), delays(3), delays(500)

    assert 2700 <= min(fresh) < max(fresh) <= 4500
    assert 8 * 2700 <= min(often) < max(often) <= 8 * 4500
    assert max(hopeless) <= 1.25 * 86_400
    assert max(fresh) - min(fresh) > 100


async def test_the_command_lets_it_look(bench: Callable[..., Bench]) -> None:
    """Soon, and not a hundred times for a hundred commands."""
    made = bench(every_s=3600.0)

    async with made.running() as one:
        handler = UpdateHandler(one.want, one.report)
        for _ in range(100):
            text, result = handler(Command(id="c", name="update"))
        await made.until(lambda: made.looks == 1)
        await asyncio.sleep(0.2)
        with pytest.raises(CommandError, match="force"):
            handler(Command(id="c", name="update", arguments={"force": True}))

    assert ("looking for a network", "idle", 1) == (text, result["phase"], made.looks)


async def test_a_return_needs_no_shadow(bench: Callable[..., Bench]) -> None:
    """This station had it in charge before: it goes straight to probation."""
    made = bench()
    made.has(Phase.SHADOW, returning=True)
    made.shadow = "raise SystemExit(1)"

    async with made.running():
        await asyncio.wait_for(made.remote.wanted.wait(), PATIENCE_S)

    assert made.record.candidate is not None
    assert Phase.PROBATION is made.record.candidate.phase


async def test_what_a_stick_brought_goes_on_by_itself(bench: Callable[..., Bench]) -> None:
    """A station without an address looks nowhere, and goes on with what somebody brought."""
    made = bench(url=None, every_s=3600.0)

    async with made.running():
        await asyncio.sleep(0.1)
        made.has(Phase.SHADOW)
        await asyncio.wait_for(made.remote.wanted.wait(), PATIENCE_S)

    assert 0 == made.looks


async def test_it_says_when_it_looked_and_when_it_may(bench: Callable[..., Bench]) -> None:
    """Of a look that failed nothing; before the first one nobody knows."""
    made = bench(window_utc=(0, 24))
    made.look = "raise SystemExit(1)"

    async with made.running() as one:
        before = one.report()
        await made.until(lambda: made.looks > 0)
        failed = one.report().looked
        made.look = "print('{}')"
        began_ns = time.time_ns()
        await made.until(lambda: one.report().looked is not None)
        looked_ns = one.report().looked

    assert (None, (0, 24), None) == (before.looked, before.window_utc, failed)
    assert looked_ns is not None
    assert began_ns <= looked_ns <= time.time_ns()
