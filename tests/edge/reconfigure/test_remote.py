"""The way of a change, with the agent dying at every step of it."""

import asyncio
import threading
import typing
from pathlib import Path

import pytest

from edge.commands.configure import ConfigureHandler
from edge.errors import ChangesError
from edge.messages.command import Command, Reply
from edge.outbox import Outbox
from edge.reconfigure.effective import effective, read_station_file
from edge.reconfigure.probation import Vitals
from edge.reconfigure.record import Record
from edge.reconfigure.remote import Remote
from edge.reconfigure.running import run_configured
from edge.reconfigure.store import Store
from tests.edge.reconfigure.station import FieldStation

KEY = "detection.sta_lta.on_ratio"
NOW_NS = 1_700_000_000_000_000_000
MOST_STARTS = 8


class Death(BaseException):
    """Kill -9, or the mains."""


class Machine:
    """A station whose agent dies at a given write to disk, and is started again by somebody."""

    def __init__(self, station: FieldStation, monkeypatch: pytest.MonkeyPatch) -> None:
        self.station = station
        self.outbox = Outbox(station.folder / "state" / "outbox.sqlite", clock_ns=lambda: NOW_NS)
        self.starts = 0
        self.on_trial = 0
        self.writes = 0
        self.die_at: int | None = None
        self.die_before = True
        real = Store._write

        def write(store: Store, record: Record) -> None:
            self.writes += 1
            if self.writes == self.die_at and self.die_before:
                raise Death
            real(store, record)
            if self.writes == self.die_at:
                raise Death

        monkeypatch.setattr(Store, "_write", write)

    def propose(self) -> None:
        """Take the command."""
        remote = self._remote()
        handler = ConfigureHandler(remote, network_runs=False)
        handler(Command(id="c1", name="configure", arguments={"set": {KEY: 7.5}}))

    async def live(self, *, well: bool, dies: bool) -> None:
        """Run until nothing is left to do."""
        while self.starts < MOST_STARTS:
            self.starts += 1
            remote = self._remote()
            try:
                remote.begin(self.outbox)
                if remote.trial is None:
                    return
                self.on_trial += 1
                if dies:
                    continue
                await self._prove(remote, well=well)
            except Death:
                continue
            finally:
                remote.close()

    def outcome(self) -> tuple[float, set[bool], Record]:
        """Return the threshold at the next start, what was told, and what is kept."""
        held = effective(read_station_file(self.station.file))
        told = {Reply.from_wire(message.payload).ok for message in self.outbox.batch(100)}
        return held.config.detection.sta_lta.on_ratio, told, held.record

    def _remote(self) -> Remote:
        return Remote(
            read_station_file(self.station.file), self._never, lambda: NOW_NS, Clock().seconds
        )

    def _never(self) -> None:
        pytest.fail("it hangs")

    async def _prove(self, remote: Remote, *, well: bool) -> None:
        packets = iter(range(1_000_000))

        def vitals() -> Vitals:
            return Vitals(connected=well, packets=next(packets), dropped=0)

        watching = asyncio.create_task(remote.watch(vitals, lambda: None))
        while remote.trial is not None and not watching.done():  # noqa: ASYNC110 - two of them
            await asyncio.sleep(0.005)
        if not remote.restart_wanted:
            watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        if watching.done() and not watching.cancelled() and watching.exception() is not None:
            raise Death


class Clock:
    """A steady clock that is quick: each look is seconds later."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def seconds(self) -> float:
        """Return the time."""
        self._now_s += 0.9
        return self._now_s


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typing.Iterator[Machine]:
    """Return a machine with a change proposed."""
    monkeypatch.setattr("edge.reconfigure.remote._LOOK_S", 0.001)
    station = FieldStation(tmp_path, 1)
    station.write(healthy_s=2.0, deadline_s=10.0)
    made = Machine(station, monkeypatch)
    made.propose()
    yield made
    made.outbox.close()


@pytest.mark.parametrize(("well", "dies"), [(True, False), (False, False), (True, True)])
@pytest.mark.parametrize("die_before", [True, False])
@pytest.mark.parametrize("die_at", [None, 2, 3, 4, 5, 6])
async def test_wherever_it_dies_a_change_ends_in_one_of_two_and_is_told(
    machine: Machine, *, well: bool, dies: bool, die_at: int | None, die_before: bool
) -> None:
    """Committed or returned, answered, nothing left on trial, no more starts than allowed."""
    machine.die_at, machine.die_before = die_at, die_before

    await machine.live(well=well, dies=dies)

    ratio, told, record = machine.outcome()
    assert ratio in {6.0, 7.5}
    assert {ratio == 7.5} == told
    assert [True] == [one.told for one in record.outcomes]
    assert record.trial is None
    assert machine.on_trial <= 2
    assert machine.starts < MOST_STARTS
    if not well or dies:
        assert 6.0 == ratio
    elif die_at is None:
        assert 7.5 == ratio


async def test_a_disk_that_takes_no_countdown_gets_no_trial(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starts that cannot be counted would never end; it is tried when the disk is well again."""
    with monkeypatch.context() as patch:

        def full(_store: Store, _record: Record) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(Store, "_write", full)
        for _ in range(5):
            await machine.live(well=True, dies=False)
    before = machine.on_trial
    await machine.live(well=True, dies=False)

    ratio, told, _ = machine.outcome()
    assert (0, 1) == (before, machine.on_trial)
    assert (7.5, {True}) == (ratio, told)


async def test_who_resets_on_site_during_a_trial_has_the_last_word(machine: Machine) -> None:
    """The agent notices when it would commit, and starts anew with the file alone."""
    remote = machine._remote()
    remote.begin(machine.outbox)
    from edge.reconfigure.on_site import take_back  # noqa: PLC0415 - beside its use

    taken = take_back(remote.file, [])
    await machine._prove(remote, well=True)
    remote.close()

    assert [KEY] == taken
    assert remote.restart_wanted
    await machine.live(well=True, dies=False)
    ratio, told, record = machine.outcome()
    assert (6.0, {False}, None) == (ratio, told, record.trial)
    assert "reset on site" in record.outcomes[0].text


async def test_a_file_that_says_no_is_obeyed(machine: Machine) -> None:
    """With `configure.enabled = false` neither trial nor earlier changes count."""
    machine.station.write(more="enabled = false")

    await machine.live(well=True, dies=False)

    assert 0 == machine.on_trial
    assert 6.0 == machine.outcome()[0]


async def test_a_file_that_was_edited_into_nonsense_with_the_change_returns_it(
    machine: Machine,
) -> None:
    """A trial that no longer fits the file is no reason not to start."""
    text = machine.station.file.read_text()
    machine.station.file.write_text(
        text.replace(
            "[detection.model]", "[detection.sta_lta]\non_ratio = 5.0\n\n[detection.model]"
        )
    )

    await machine.live(well=True, dies=False)

    ratio, told, _ = machine.outcome()
    assert (5.0, {True}) == (ratio, told)


def test_changes_that_cannot_be_read_leave_the_file_alone(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The station starts."""

    def unreadable(store: Store) -> Record:
        raise ChangesError(store.path, "cannot be read: Permission denied")

    monkeypatch.setattr(Store, "read", unreadable)
    remote = machine._remote()

    config = remote.begin(machine.outbox)

    assert (6.0, None) == (config.detection.sta_lta.on_ratio, remote.trial)


async def test_an_agent_that_hangs_on_trial_is_started_anew_without_the_change(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its loop nor its feed need to work for that."""
    monkeypatch.setattr("edge.reconfigure.remote._FAREWELL_S", -9.99)
    started = threading.Event()
    remote = Remote(read_station_file(machine.station.file), started.set, lambda: NOW_NS)

    remote.begin(machine.outbox)
    assert await asyncio.to_thread(started.wait, 60)

    assert "the agent hung with it" in machine.outcome()[2].outcomes[0].text
    await machine.live(well=True, dies=False)
    ratio, told, _ = machine.outcome()
    assert (6.0, {False}) == (ratio, told)


def test_an_agent_that_fails_on_trial_starts_anew_by_itself(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else need be there to start it; without a trial the error is the caller's."""
    starts: list[str] = []

    def fail(_config: object, remote: Remote) -> None:
        remote.begin(machine.outbox)
        raise MemoryError("too large")

    monkeypatch.setattr("edge.reconfigure.running.run_agent", fail)
    run_configured(machine.station.file, lambda: starts.append("anew"))
    with pytest.raises(MemoryError):
        run_configured(machine.station.file, lambda: starts.append("anew"))

    ratio, told, record = machine.outcome()
    assert ["anew"] == starts
    assert (6.0, {False}) == (ratio, told)
    assert "too large" in record.outcomes[0].text


async def test_an_open_trigger_gets_its_last_revision_before_a_restart(machine: Machine) -> None:
    """The ground shakes on: the new start waits, but not for ever."""
    remote = machine._remote()
    looks = iter([True] * 5 + [False] * 100)
    seen: list[bool] = []

    def vitals() -> Vitals:
        seen.append(next(looks))
        return Vitals(connected=True, packets=1, dropped=0, busy=seen[-1])

    remote.want_restart()
    await asyncio.wait_for(remote.watch(vitals, lambda: None), 60)
    ended_after = list(seen)
    await asyncio.wait_for(
        remote._let_finish(lambda: Vitals(connected=True, packets=1, dropped=0, busy=True)), 60
    )
    remote.close()

    assert [True] * 5 + [False] == ended_after
