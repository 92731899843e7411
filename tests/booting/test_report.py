"""The page says what was seen, good or bad."""

from scripts.booting.cuts import Cut
from scripts.booting.report import Seen, page, problems
from scripts.booting.stages import BROKER, FIRST_BOOT, LATER_BOOT, TRIGGER, Boot, unit
from scripts.booting.system import AMD64
from scripts.booting.trial import Trial

_GOOD = [
    Cut("card 1", "systemd + 3.0 s", 12.0),
    Cut("card 1", "cloud-init begins + 1.0 s", 34.0, begun_anew=True, works_after_s=200.0),
]


def _boot(stages: dict[str, str]) -> Boot:
    names = [*stages, BROKER, TRIGGER]
    seconds = {name: 10.0 * number for number, name in enumerate(names, 1)}
    clock = {"source": "ntp", "error_s": 0.0105}
    models = [{"name": "tremor_stream", "version": "1"}]
    return Boot(seconds, dict.fromkeys(names, 5.0), {"clock": clock, "models": models})


def _seen(cuts: list[Cut], *, finished: bool = True) -> Seen:
    trial = Trial(
        first=_boot(FIRST_BOOT),
        later=_boot(LATER_BOOT),
        agent=unit("NRestarts=0\r\nActiveState=active\r\nWatchdogUSec=1min\n"),
        findings={"memory of the agent": "68M"},
        watchdog_s=58.7,
        restarted_s=16.0,
        record={"first_boot": "cloud-init", "agent": "tremorkit 1", "size_bytes": 57_000_000},
        cuts=cuts,
        finished=finished,
    )
    kind = AMD64
    return Seen("2026-11-22", "x86_64", "1.0", "QEMU 10", kind, "6.12", 1, trial)


def test_good_run_says_so() -> None:
    """With every stage, every cut and what came of it."""
    text = page(_seen(_GOOD))

    assert "**All is well.**" in text
    for stage in FIRST_BOOT:
        assert f"| {stage} |" in text
    assert "| card 1 | systemd + 3.0 s | 12 |  | next cut |" in text
    assert "| card 1 | cloud-init begins + 1.0 s | 34 | yes | 200 s |" in text
    assert "active, 0 restarts, watchdog\n  1min" in text
    assert "ended it after\n  59 s, and 16 s later" in text


def test_station_that_does_not_come_back_is_told() -> None:
    """In the verdict, in the table, and by the exit code."""
    bad = [Cut("card 2", "in service + 4.0 s", 60.0, finding="no trigger")]

    assert ["card 2 after in service + 4.0 s: no trigger"] == problems(_seen(bad).trial)
    text = page(_seen(bad))
    assert "**Not all is well: card 2 after in service + 4.0 s: no trigger.**" in text
    assert "| never |" in text


def test_run_that_was_ended_says_so() -> None:
    """What it saw until then is on the page, and its verdict is none."""
    seen = _seen(_GOOD, finished=False)

    assert ["the run was ended before all was done"] == problems(seen.trial)
    assert "Not all is well: the run was ended" in page(seen)
