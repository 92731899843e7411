"""Every state, and every way in which it can end badly: an error, a kill, a hang.

After each of them a station must start with a network that is whole, and go on: with the new one
where nothing was wrong with it, without it where it was at fault. No loop goes on for ever.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tuf.api.exceptions import SlowRetrievalError

from edge.errors import BundleError, UpdateError, UpdateRefusedError
from edge.update import child, works
from edge.update.record import Candidate, End, Phase
from tests.edge.update.conftest import Offered
from tests.edge.update.life import Killed, Life

TRIES = 3


@pytest.fixture
def life(offered: Offered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Life:
    """Return a station whose preflight is no process."""
    monkeypatch.setattr(child, "run_child", lambda *_: {})
    return Life(tmp_path / "station", offered.release, tries=TRIES)


def _raise(error: BaseException) -> Callable[..., None]:
    def do(*_: object, **__: object) -> None:
        raise error

    return do


def _hang(*_: object, **__: object) -> None:
    """Hang as a child does, until its parent has had enough."""
    endless = (sys.executable, "-c", "import time; time.sleep(600)")
    try:
        subprocess.run(endless, timeout=0.2, check=False)
    except subprocess.TimeoutExpired as error:
        raise UpdateRefusedError("it did not end within 0.2 s") from error


class Once:
    """Does something bad the first time, or always, and else what was there."""

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

IDLE: dict[str, Callable[..., None]] = {
    "error": _raise(OSError("connection reset")),
    "killed": KILL,
    "hang": _raise(SlowRetrievalError("not done within 300 s")),
}
FETCHED = {
    "error": _raise(BundleError(Path("x"), "no sound zip file")),
    "killed": KILL,
    # The process ends itself when its time is over: to its station that is a kill.
    "hang": KILL,
}
VERIFIED = {
    "error": _raise(UpdateRefusedError("the disk gives another content back")),
    "killed": KILL,
    "hang": KILL,
}
PREFLIGHT = {
    "error": _raise(UpdateRefusedError("golden output differs by 0.5")),
    "killed": KILL,
    "hang": _hang,
}
SHADOW = {
    "error": _raise(UpdateRefusedError("it fired 90 times")),
    "killed": KILL,
    "hang": _hang,
}
AT_FAULT = {
    (Phase.FETCHED, "error"),
    (Phase.VERIFIED, "error"),
    (Phase.PREFLIGHT, "error"),
    (Phase.PREFLIGHT, "hang"),
    (Phase.SHADOW, "error"),
    (Phase.SHADOW, "hang"),
}


def _live_on(life: Life) -> None:
    """Live as a station does: what is killed is started again, what fails is tried again."""
    for _ in range(4 * TRIES):
        try:
            life.whole()
        except (Killed, UpdateError):
            kept = life.record.candidate
            # To start is to take a try of a network on probation.
            if kept is None or kept.phase is not Phase.PROBATION:
                assert life.runs() in {None, *_known(life)}
            continue
        if life.record.candidate is None:
            return


def _known(life: Life) -> set[str]:
    record = life.record
    known = (record.committed, record.previous, record.candidate)
    return {one.sha256 for one in known if one is not None}


def _arrange(
    life: Life, monkeypatch: pytest.MonkeyPatch, phase: Phase | None, bad: Callable[..., object]
) -> Once:
    """Let something bad happen in a phase."""
    match phase:
        case None:
            once = Once(bad, life.fetcher._ask)
            monkeypatch.setattr(life.fetcher, "_ask", once)
        case Phase.FETCHED:
            once = Once(bad, works.load_bundle)
            monkeypatch.setattr(works, "load_bundle", once)
        case Phase.VERIFIED:
            once = Once(bad, lambda *_: None)
            monkeypatch.setattr(works, "check_place", lambda _, one: once(one))
        case Phase.PREFLIGHT:
            once = Once(bad, lambda *_: {})
            monkeypatch.setattr(child, "run_child", once)
        case _:
            once = Once(bad, lambda *_: None)
            life.in_shadow = once  # type: ignore[assignment]
    return once


@pytest.mark.parametrize("how", ["error", "killed", "hang"])
@pytest.mark.parametrize(
    ("phase", "faults"),
    [
        (None, IDLE),
        (Phase.FETCHED, FETCHED),
        (Phase.VERIFIED, VERIFIED),
        (Phase.PREFLIGHT, PREFLIGHT),
        (Phase.SHADOW, SHADOW),
    ],
    ids=["idle", "fetched", "verified", "preflight", "shadow"],
)
def test_before_it_is_in_charge(
    life: Life,
    offered: Offered,
    monkeypatch: pytest.MonkeyPatch,
    phase: Phase | None,
    faults: dict[str, Callable[..., None]],
    how: str,
) -> None:
    """The network in charge never changes for it; who is at fault is quarantined."""
    once = _arrange(life, monkeypatch, phase, faults[how])

    _live_on(life)

    record = life.record
    assert 0 == once.left
    assert record.last is not None
    if (phase, how) in AT_FAULT:
        assert (End.REJECTED, phase) == (record.last.end, record.last.phase)
        assert [offered.sha256] == [one.sha256 for one in record.quarantined]
        assert life.runs() is None
    else:
        assert End.COMMITTED is record.last.end
        assert offered.sha256 == life.runs()
        assert () == record.quarantined


def test_an_error_on_probation_rolls_back(life: Life, offered: Offered) -> None:
    """A station that is not well with it goes back to what it had, and says why."""
    life.vitals = replace(life.vitals, source_trouble="no samples", packets=0)

    life.whole()

    record = life.record
    assert record.last is not None
    assert (End.ROLLED_BACK, "no samples") == (record.last.end, record.last.reason[-10:])
    assert [offered.sha256] == [one.sha256 for one in record.quarantined]
    assert life.runs() is None


def test_killed_once_on_probation_is_a_power_cut(life: Life, offered: Offered) -> None:
    """It is tried again, and committed."""
    once = Once(KILL, lambda *_: None)
    life.in_charge = once  # type: ignore[assignment]
    with pytest.raises(Killed):
        life.whole()

    life.start()

    assert offered.sha256 == life.runs()
    assert life.record.committed is not None


def test_a_hang_on_probation_rolls_back(life: Life, offered: Offered) -> None:
    """The guard writes it down from a thread of its own, and starts the agent anew."""
    life.in_charge = _raise(Killed())
    life.look()
    life.shadow()
    with pytest.raises(Killed):
        life.start()
    candidate = life.record.candidate
    assert candidate is not None

    life.machine.give_up(candidate, "the agent hung with it")

    assert life.runs() is None
    assert life.record.is_quarantined(offered.sha256)


@pytest.mark.parametrize("how", ["error", "killed before", "killed after"])
def test_committing(
    life: Life, offered: Offered, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A disk that is full, a kill before and after the write: committed in the end, once."""
    life.look()
    life.shadow()
    put = life.store.disk.put

    def failing(path: Path, content: bytes) -> None:
        if b'"committed": {' in content:
            monkeypatch.setattr(life.store.disk, "put", put)
            if how == "error":
                raise OSError(28, "No space left on device")
            if how == "killed after":
                put(path, content)
            raise Killed
        put(path, content)

    monkeypatch.setattr(life.store.disk, "put", failing)
    if how == "error":
        life.start()
    else:
        with pytest.raises(Killed):
            life.start()

    life.start()

    assert offered.sha256 == life.runs()
    assert (End.COMMITTED, None) == (
        life.record.last.end if life.record.last is not None else None,
        life.record.candidate,
    )


def test_nothing_rolls_back_what_is_committed(life: Life, offered: Offered) -> None:
    """Not a station that is not well, nor one that ends at every start, nor a late verdict."""
    life.whole()
    candidate = Candidate(
        sha256=offered.sha256,
        name="loudness",
        version=2,
        path="models/loudness-2.tremor",
        floor=1,
        rollout_id="r-2",
        ring="all",
        phase=Phase.PROBATION,
        tries_left=0,
        since=0,
    )
    life.vitals = replace(life.vitals, packets=0)

    life.machine.give_up(candidate, "too late")
    for _ in range(2 * TRIES):
        life.start()

    assert offered.sha256 == life.runs()
    assert () == life.record.quarantined


@pytest.mark.parametrize("phase", [Phase.FETCHED, Phase.VERIFIED, Phase.PREFLIGHT, Phase.SHADOW])
def test_break_out_of_an_error_loop(
    life: Life, offered: Offered, monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    """A phase that cannot be done, whatever the reason, is given up after a few tries."""
    once = _arrange(life, monkeypatch, phase, _raise(UpdateError("files", "read-only disk")))
    once.left = 10**9

    _live_on(life)

    assert TRIES == 10**9 - once.left
    assert life.record.is_quarantined(offered.sha256)
    assert "read-only disk" in life.record.quarantined[0].reason or phase is Phase.SHADOW
    assert life.runs() is None


@pytest.mark.parametrize(
    "phase", [Phase.FETCHED, Phase.VERIFIED, Phase.PREFLIGHT, Phase.SHADOW, Phase.PROBATION]
)
def test_break_out_of_a_spontaneous_reboot_loop(
    life: Life, offered: Offered, monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    """A network with which the machine goes down each time is given up after a few."""
    if phase is Phase.PROBATION:
        once = Once(KILL, lambda *_: None)
        life.in_charge = once  # type: ignore[assignment]
    else:
        once = _arrange(life, monkeypatch, phase, KILL)
    once.left = 10**9

    _live_on(life)

    assert TRIES == 10**9 - once.left
    assert life.record.is_quarantined(offered.sha256)
    assert life.runs() is None


def test_what_cannot_be_counted_down_is_not_run(
    life: Life, offered: Offered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that takes no write a network on probation could end the station for ever."""
    life.look()
    life.shadow()
    monkeypatch.setattr(life.store.disk, "put", _raise(OSError(30, "Read-only file system")))

    assert life.runs() is None
    assert not life.record.is_quarantined(offered.sha256)
