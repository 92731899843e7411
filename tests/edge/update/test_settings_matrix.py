"""Settings: every state, and every way in which it can end badly: an error, a kill, a hang.

After each of them a station must start with settings that are proven, and go on: with the new ones
where nothing was wrong with them, without them where they were at fault. No loop goes on for ever.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from tuf.api.exceptions import SlowRetrievalError

from edge.errors import UpdateError, UpdateRefusedError
from edge.reconfigure.remote import Remote
from edge.update import settings_part
from edge.update.disk import Disk
from edge.update.record import End, Phase
from edge.update.settings_course import SettingsCourse
from edge.update.settings_part import SettingsPart
from tests.edge.update.settings_life import RATIO, Killed, SettingsLife
from tests.updates import Release

TRIES = 3
NEW = 7.5


@pytest.fixture
def life(trusted: Release, tmp_path: Path) -> SettingsLife:
    """Return a station to which settings are offered."""
    trusted.offer_settings(RATIO.format(NEW))
    return SettingsLife(tmp_path / "station", trusted, tries=TRIES)


def _raise(error: BaseException) -> Callable[..., None]:
    def do(*_: object, **__: object) -> None:
        raise error

    return do


class Often:
    """Does something bad a few times, and then what was there."""

    def __init__(
        self, bad: Callable[..., object], well: Callable[..., object], times: int = 1
    ) -> None:
        self.left = times
        self.done = 0
        self._bad = bad
        self._well = well

    def __call__(self, *words: object, **named: object) -> object:
        """Do it."""
        if self.left > 0:
            self.left -= 1
            self.done += 1
            return self._bad(*words, **named)
        return self._well(*words, **named)


KILL = _raise(Killed())
REFUSE = _raise(UpdateRefusedError("they do not fit"))


def _hang(remote: Remote, _part: SettingsPart) -> None:
    """Hang: the guard writes it down from a thread of its own, and starts the agent anew."""
    remote._overdue()
    raise Killed


def _end(remote: Remote, part: SettingsPart) -> None:
    """End as an agent does whose parts raise."""
    assert part.failed(RuntimeError("cannot be used"))
    remote.want_restart()


# The updater ends itself when its time is over, and the watchdog ends the agent: both are kills.
FAULTS: dict[Phase | None, dict[str, Callable[..., object]]] = {
    None: {
        "error": _raise(OSError("connection reset")),
        "killed": KILL,
        "hang": _raise(SlowRetrievalError("not done within 300 s")),
    },
    Phase.FETCHED: {"error": REFUSE, "killed": KILL, "hang": KILL},
    Phase.VERIFIED: {"error": REFUSE, "killed": KILL, "hang": KILL},
    Phase.PROBATION: {"error": _end, "killed": KILL, "hang": _hang},
}
AT_FAULT = {
    (Phase.FETCHED, "error"),
    (Phase.VERIFIED, "error"),
    (Phase.PROBATION, "error"),
    (Phase.PROBATION, "hang"),
}


def _arrange(
    life: SettingsLife,
    monkeypatch: pytest.MonkeyPatch,
    phase: Phase | None,
    bad: Callable[..., object],
    times: int = 1,
) -> Often:
    """Let something bad happen in a phase."""
    match phase:
        case None:
            often = Often(bad, life.fetcher._ask, times)
            monkeypatch.setattr(life.fetcher, "_ask", often)
        case Phase.FETCHED:
            well = SettingsCourse.verify
            often = Often(bad, well, times)
            bound = lambda *words: often(*words)  # noqa: E731, PLW0108 - objects are not bound
            monkeypatch.setattr(SettingsCourse, "verify", bound)
        case Phase.VERIFIED:
            often = Often(bad, settings_part.fitted, times)
            monkeypatch.setattr(settings_part, "fitted", often)
        case _:
            often = Often(bad, lambda *_: None, times)
            life.on_trial = often  # type: ignore[assignment]
    return often


def _live_on(life: SettingsLife) -> None:
    """Live as a station does: what is killed is started again, what fails is tried again."""
    before = life.ratio()
    for _ in range(4 * TRIES):
        try:
            life.start()
            life.whole()
        except (Killed, UpdateError):
            assert life.ratio() in {before, NEW}
            continue
        if life.record.candidate is None and life.record.last is not None:
            return


@pytest.mark.parametrize("how", ["error", "killed", "hang"])
@pytest.mark.parametrize("phase", [None, Phase.FETCHED, Phase.VERIFIED, Phase.PROBATION], ids=str)
def test_every_phase(
    life: SettingsLife, monkeypatch: pytest.MonkeyPatch, phase: Phase | None, how: str
) -> None:
    """What is at fault is quarantined and its values gone; a kill or a bad line is no fault."""
    before = life.ratio()
    often = _arrange(life, monkeypatch, phase, FAULTS[phase][how])

    _live_on(life)

    record = life.record
    assert 1 == often.done
    assert record.last is not None
    if (phase, how) in AT_FAULT:
        end = End.ROLLED_BACK if phase is Phase.PROBATION else End.REJECTED
        assert (end, phase) == (record.last.end, record.last.phase)
        assert [record.last.sha256] == [one.sha256 for one in record.quarantined]
        assert before == life.ratio()
    else:
        assert End.COMMITTED is record.last.end
        assert () == record.quarantined
        assert NEW == life.ratio()


def test_a_station_that_is_not_well_goes_back(life: SettingsLife) -> None:
    """And says why; the same settings are not taken again."""
    before = life.ratio()
    life.vitals = type(life.vitals)(
        connected=True, packets=0, dropped=0, source_trouble="no such device"
    )

    life.whole()

    last = life.record.last
    assert last is not None
    assert End.ROLLED_BACK is last.end
    assert "no such device" in last.reason
    assert before == life.ratio()
    life.whole()
    assert last == life.record.last


@pytest.mark.parametrize("how", ["error", "killed before", "killed after"])
def test_committing(life: SettingsLife, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """A disk that is full, a kill before and after the write: committed in the end, once."""
    put = Disk.put

    def failing(disk: Disk, path: Path, content: bytes) -> None:
        if b'"committed": {' in content:
            monkeypatch.setattr(Disk, "put", put)
            if how == "error":
                raise OSError(28, "No space left on device")
            if how == "killed after":
                put(disk, path, content)
            raise Killed
        put(disk, path, content)

    monkeypatch.setattr(Disk, "put", failing)
    monkeypatch.setattr(settings_part, "_DISK_RETRY_S", 0.001)

    _live_on(life)

    last = life.record.last
    assert last is not None
    assert (End.COMMITTED, NEW) == (last.end, life.ratio())


@pytest.mark.parametrize("phase", [Phase.FETCHED, Phase.VERIFIED])
def test_break_out_of_an_error_loop(
    life: SettingsLife, monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    """A phase that cannot be done, whatever the reason, is given up after a few tries."""
    before = life.ratio()
    bad = _raise(UpdateError("files", "read-only disk"))
    often = _arrange(life, monkeypatch, phase, bad, 10**9)

    _live_on(life)

    assert TRIES == often.done
    assert 1 == len(life.record.quarantined)
    assert before == life.ratio()


@pytest.mark.parametrize("phase", [Phase.FETCHED, Phase.VERIFIED, Phase.PROBATION])
def test_break_out_of_a_spontaneous_reboot_loop(
    life: SettingsLife, monkeypatch: pytest.MonkeyPatch, phase: Phase
) -> None:
    """Settings with which the machine goes down each time are given up after a few."""
    before = life.ratio()
    often = _arrange(life, monkeypatch, phase, KILL, 10**9)

    _live_on(life)

    assert TRIES == often.done
    assert 1 == len(life.record.quarantined)
    assert before == life.ratio()


def test_what_cannot_be_counted_down_is_not_tried(
    life: SettingsLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that takes no write settings on trial could end the station for ever."""
    before = life.ratio()
    often = _arrange(life, monkeypatch, Phase.PROBATION, KILL)
    with pytest.raises(Killed):
        life.whole()
    monkeypatch.setattr(Disk, "put", _raise(OSError(30, "Read-only file system")))

    remote = life.start()

    assert 1 == often.done
    assert (None, before) == (remote.settings, remote.config.detection.sta_lta.on_ratio)


def test_nothing_rolls_back_what_is_committed(life: SettingsLife) -> None:
    """Not a station that is not well, nor one that ends at every start."""
    life.whole()
    life.vitals = type(life.vitals)(connected=False, packets=0, dropped=0)

    for _ in range(2 * TRIES):
        remote = life.start()
        assert not remote.restart_wanted

    assert NEW == life.ratio()
    assert () == life.record.quarantined
