"""Every state of a release, and every way in which it can end badly: an error, a kill, a hang.

After each of them a station must start with software that is whole, and go on: with the new release
where nothing was wrong with it, without it where it was at fault. No loop goes on for ever.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tuf.api.exceptions import SlowRetrievalError

from edge.errors import SourceError, UpdateError, UpdateRefusedError
from edge.software import course
from edge.software.course import SoftwareCourse
from edge.software.part import SoftwarePart
from edge.software.pointer import MOST_STARTS
from edge.update.disk import Disk
from edge.update.record import Candidate, End, Phase
from tests.edge.software.builder import offer, small_release
from tests.edge.software.life import INSTALLED, Killed, SoftwareLife
from tests.updates import Release

TRIES = 3
BEFORE = "99.0.0"


@pytest.fixture
def life(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftwareLife:
    """Return a station that takes software."""
    return SoftwareLife(tmp_path / "station", release, monkeypatch, tries=TRIES)


def _raise(error: BaseException) -> Callable[..., None]:
    def do(*_: object, **__: object) -> None:
        raise error

    return do


class Once:
    """Does something bad the first few times, and else what was there."""

    def __init__(self, bad: Callable[..., object], well: Callable[..., object]) -> None:
        self.left = 1
        self._bad = bad
        self._well = well

    def __call__(self, *words: object, **named: object) -> object:
        """Do it."""
        if self.left > 0:
            self.left -= 1
            return self._bad(*words, **named)
        return self._well(*words, **named)


KILL = _raise(Killed())
HANGS = _raise(UpdateRefusedError("it did not end within 300 s"))

FAULTS: dict[Phase | None, dict[str, Callable[..., None]]] = {
    None: {
        "error": _raise(OSError("connection reset")),
        "killed": KILL,
        "hang": _raise(SlowRetrievalError("not done within 7200 s")),
    },
    Phase.FETCHED: {
        "error": _raise(UpdateRefusedError("it is no archive")),
        "killed": KILL,
        # The process ends itself when its time is over: to its station that is a kill.
        "hang": KILL,
    },
    Phase.VERIFIED: {
        "error": _raise(UpdateRefusedError("the disk gives another content back")),
        "killed": KILL,
        "hang": KILL,
    },
    Phase.PREFLIGHT: {
        "error": _raise(UpdateRefusedError("the station file does not fit it")),
        "killed": KILL,
        "hang": HANGS,
    },
    Phase.PROBATION: {
        # The agent ends by itself: whoever supervises it starts it again.
        "error": KILL,
        "killed": KILL,
        # systemd's watchdog.
        "hang": KILL,
    },
}
AT_FAULT = {
    (Phase.FETCHED, "error"),
    (Phase.VERIFIED, "error"),
    (Phase.PREFLIGHT, "error"),
    (Phase.PREFLIGHT, "hang"),
}


def _live_on(life: SoftwareLife) -> None:
    """Live as a station does: what is killed is started again, what fails is tried again."""
    for _ in range(5 * TRIES):
        try:
            life.look()
        except (Killed, UpdateError):
            continue
        try:
            life.start()
        except Killed:
            continue
        if life.record.candidate is None:
            return


def _arrange(
    life: SoftwareLife,
    monkeypatch: pytest.MonkeyPatch,
    phase: Phase | None,
    bad: Callable[..., object],
) -> Once:
    """Let something bad happen in a phase."""
    match phase:
        case None:
            once = Once(bad, life.fetcher._ask)
            monkeypatch.setattr(life.fetcher, "_ask", once)
        case Phase.FETCHED:
            once = Once(bad, course.unpack)
            monkeypatch.setattr(course, "unpack", once)
        case Phase.VERIFIED:
            once = Once(bad, lambda *_: None)
            monkeypatch.setattr(SoftwareCourse, "check_place", lambda _, one: once(one))
        case Phase.PREFLIGHT:
            once = Once(bad, lambda *_: None)
            life.rehearsal = once  # type: ignore[assignment]
        case _:
            once = Once(bad, lambda *_: None)
            life.in_charge = _but_installed(once)
    return once


def _but_installed(do: Callable[..., object]) -> Callable[[str], None]:
    def run(running: str) -> None:
        if running != INSTALLED:
            do()

    return run


@pytest.mark.parametrize("how", ["error", "killed", "hang"])
@pytest.mark.parametrize("phase", FAULTS, ids=lambda phase: phase.value if phase else "idle")
def test_each_state_and_each_end(
    life: SoftwareLife,
    release: Release,
    monkeypatch: pytest.MonkeyPatch,
    phase: Phase | None,
    how: str,
) -> None:
    """What is at fault is quarantined; all else goes on and is committed."""
    sha256 = offer(release, small_release())
    once = _arrange(life, monkeypatch, phase, FAULTS[phase][how])

    _live_on(life)

    record = life.record
    assert 0 == once.left
    assert record.last is not None
    if (phase, how) in AT_FAULT:
        assert (End.REJECTED, phase) == (record.last.end, record.last.phase)
        assert [sha256] == [one.sha256 for one in record.quarantined]
        assert INSTALLED == life.start()
    else:
        assert End.COMMITTED is record.last.end
        assert sha256 == life.start()
        assert () == record.quarantined


@pytest.mark.parametrize(
    "phase", [Phase.FETCHED, Phase.VERIFIED, Phase.PREFLIGHT, Phase.PROBATION], ids=str
)
def test_break_out_of_a_spontaneous_reboot_loop(
    life: SoftwareLife, release: Release, monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    """A release with which the station goes down each time is given up after a few."""
    sha256 = offer(release, small_release())
    once = _arrange(life, monkeypatch, phase, KILL)
    once.left = 10**9

    _live_on(life)

    assert TRIES == 10**9 - once.left
    assert life.record.is_quarantined(sha256)
    assert INSTALLED == life.start()


@pytest.mark.parametrize("phase", [Phase.FETCHED, Phase.VERIFIED, Phase.PREFLIGHT], ids=str)
def test_break_out_of_an_error_loop(
    life: SoftwareLife, release: Release, monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    """A phase that cannot be done, whatever the reason, is given up after a few tries."""
    sha256 = offer(release, small_release())
    once = _arrange(life, monkeypatch, phase, _raise(UpdateError("files", "read-only disk")))
    once.left = 10**9

    _live_on(life)

    assert TRIES == 10**9 - once.left
    assert life.record.is_quarantined(sha256)
    assert INSTALLED == life.start()


def test_not_well_on_probation_comes_back(life: SoftwareLife, release: Release) -> None:
    """A station that gets no samples with it goes back to what it had, and says why."""
    sha256 = offer(release, small_release())
    life.vitals = replace(life.vitals, source_trouble="no samples", packets=0)

    running = life.whole()

    record = life.record
    assert INSTALLED == running
    assert record.last is not None
    assert (End.ROLLED_BACK, "no samples") == (record.last.end, record.last.reason[-10:])
    assert record.is_quarantined(sha256)


def test_it_comes_back_to_the_release_before(life: SoftwareLife, release: Release) -> None:
    """And not to what was installed, where another one was committed since."""
    before = offer(release, small_release(BEFORE), BEFORE)
    life.whole()
    bad = offer(release, small_release())
    life.in_charge = lambda running: KILL() if running == bad else None

    _live_on(life)

    assert before == life.start()
    assert life.record.is_quarantined(bad)


@pytest.mark.parametrize("how", ["full disk", "killed before", "killed after"])
def test_committing(
    life: SoftwareLife, release: Release, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A disk that is full, a kill before and after the write: committed in the end, once."""
    sha256 = offer(release, small_release())
    put = Disk.put

    def failing(disk: Disk, path: Path, content: bytes) -> None:
        if b'"committed": {' in content:
            monkeypatch.setattr(Disk, "put", put)
            if how == "full disk":
                raise OSError(28, "No space left on device")
            if how == "killed after":
                put(disk, path, content)
            raise Killed
        put(disk, path, content)

    monkeypatch.setattr(Disk, "put", failing)

    _live_on(life)

    record = life.record
    assert sha256 == life.start()
    assert record.last is not None
    assert (End.COMMITTED, None) == (record.last.end, record.candidate)


def test_nothing_rolls_back_what_is_committed(life: SoftwareLife, release: Release) -> None:
    """Not a station that is not well, nor a source that fails at every start."""
    sha256 = offer(release, small_release())
    life.whole()
    life.vitals = replace(life.vitals, packets=0, source_trouble="no samples")

    for _ in range(2 * MOST_STARTS):
        assert sha256 == life.start()

    assert () == life.record.quarantined


def test_what_cannot_be_counted_down_is_not_run(
    life: SoftwareLife, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that takes no write a release on probation could end the station for ever."""
    sha256 = offer(release, small_release())
    life.look()
    life.in_charge = lambda running: KILL() if running == sha256 else None
    with pytest.raises(Killed):
        life.start()
    monkeypatch.setattr(Disk, "put", _raise(OSError(30, "Read-only file system")))

    assert INSTALLED == life.launch()
    assert not life.record.is_quarantined(sha256)


def test_a_committed_release_that_never_comes_up_is_passed_over(
    life: SoftwareLife, release: Release
) -> None:
    """It ends or hangs before it says a word: a few starts, then the one before, and it is told."""
    before = offer(release, small_release(BEFORE), BEFORE)
    life.whole()
    sha256 = offer(release, small_release())
    life.whole()

    started = [life.launch() for _ in range(MOST_STARTS + 1)]

    assert [*[sha256] * MOST_STARTS, before] == started
    assert "did not come up" in life.report().problem
    record = life.record
    assert record.committed is not None
    assert sha256 == record.committed.sha256


def test_a_computer_that_is_started_again_gives_another_chance(
    life: SoftwareLife, release: Release, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What kept the release from coming up may have been mended with the power off."""
    sha256 = offer(release, small_release())
    life.whole()
    for _ in range(MOST_STARTS + 1):
        life.launch()
    assert INSTALLED == life.launch()
    (tmp_path / "boot_id").write_text("another boot")

    monkeypatch.setattr("edge.software.pointer._BOOT_ID", tmp_path / "boot_id")

    assert sha256 == life.launch()


def test_a_station_that_says_what_is_wrong_came_up(
    life: SoftwareLife, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sensor that is away ends the agent at every start, and no release for it."""
    sha256 = offer(release, small_release())
    life.whole()

    def fails(software: SoftwarePart) -> None:
        software.failed(SourceError("adxl355", "spidev0.0", "no such device"))
        raise Killed

    monkeypatch.setattr(life, "_work", lambda software: _later(fails, software))
    for _ in range(2 * MOST_STARTS):
        with pytest.raises(Killed):
            life.start()

    assert sha256 == life.launch()


async def _later(do: Callable[..., None], *words: object) -> None:
    do(*words)


def test_restarts_are_not_endless(life: SoftwareLife, release: Release) -> None:
    """A candidate that is not wanted any more is left once."""
    offer(release, small_release())
    life.look()
    life.rehearsal = _withdrawn(life)

    assert INSTALLED == life.start()
    assert life.record.candidate is None


def _withdrawn(life: SoftwareLife) -> Callable[[Candidate], None]:
    def withdraw(_: Candidate) -> None:
        life.store.change(lambda record: record.model_copy(update={"candidate": None}))

    return withdraw


def test_a_swap_starts_the_agent_once_more(life: SoftwareLife, release: Release) -> None:
    """The installed one makes way, the new one stays."""
    sha256 = offer(release, small_release())
    life.look()
    seen: list[str] = []
    life.in_charge = seen.append

    life.start()

    assert [INSTALLED, sha256] == seen
