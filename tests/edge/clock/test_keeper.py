"""How good the clock is said to be, from the first second to a long time alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.clock.attach import timed
from edge.clock.config import ClockSection
from edge.clock.keeper import BATTERY_ERROR_S, EARLIEST_NS, UNSET_ERROR_S, ClockKeeper
from edge.clock.report import ClockReport
from edge.messages.clock import ClockSource, ClockState
from edge.sources.adxl355 import Adxl355Config
from edge.sources.hostclock import HOST, HostClock
from edge.sources.synthetic import SyntheticConfig

ALONE = ClockState(source=ClockSource.FREE_RUN, error_s=16.0)
KEPT = ClockState(source=ClockSource.NTP, error_s=0.01)
CHRONY = ClockReport("chrony", ClockSource.NTP, error_s=0.002, drift=1e-7, age_s=20.0)
PULSE = ClockReport("gpsd", ClockSource.GNSS_PPS, error_s=2e-6)
DAY_S = 86_400.0


@dataclass
class Host:
    """A host whose kernel says what a test wants."""

    kernel: ClockState = ALONE
    wall_ns: int = EARLIEST_NS + 10**18
    steady_ns: int = 10**12
    asked: int = 0
    clock: HostClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = HostClock(
            wall_ns=lambda: self.wall_ns, state=self._state, steady_ns=lambda: self.steady_ns
        )

    def _state(self) -> ClockState:
        self.asked += 1
        return self.kernel

    def wait(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.wall_ns += round(seconds * 1e9)
        self.steady_ns += round(seconds * 1e9)


def keeper(host: Host, folder: Path | None = None) -> ClockKeeper:
    """Return a keeper on a host without a clock with a battery, or with the file in a folder."""
    return ClockKeeper(ClockSection(), host.clock, (folder or Path("/nowhere")) / "hctosys")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is true, for a minute at most."""
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came true")


def test_a_clock_that_nobody_set_is_a_day_off() -> None:
    """It may stand where the last shutdown left it; the kernel's 16 s are too few."""
    state = keeper(Host()).state()

    assert (ClockSource.FREE_RUN, UNSET_ERROR_S) == (state.source, state.error_s)


def test_a_clock_with_a_battery_is_a_minute_off(tmp_path: Path) -> None:
    """The kernel set the wall clock by it at the start."""
    (tmp_path / "hctosys").write_text("1\n")

    state = keeper(Host(), tmp_path).state()

    assert (ClockSource.RTC, BATTERY_ERROR_S) == (state.source, state.error_s)


@pytest.mark.parametrize("years", [3, 20, 56])
def test_a_clock_from_before_the_kit_is_years_off(tmp_path: Path, years: int) -> None:
    """Even where a battery says otherwise: an empty one begins at 1970 or 2000."""
    (tmp_path / "hctosys").write_text("1\n")
    away_s = years * 365 * DAY_S
    host = Host(wall_ns=EARLIEST_NS - round(away_s * 1e9))

    state = keeper(host, tmp_path).state()

    assert ClockSource.FREE_RUN is state.source
    assert away_s == pytest.approx(state.error_s)


def test_the_kernels_word_is_taken_where_nobody_else_speaks() -> None:
    """Those two, timesyncd and ntpd, are known by the kernel only."""
    state = keeper(Host(KEPT)).state()

    assert ("kernel", ClockSource.NTP) == (state.keeper, state.source)
    assert pytest.approx(0.01, rel=1e-3) == state.error_s


@pytest.mark.parametrize(("report", "source"), [(CHRONY, "ntp"), (PULSE, "gnss-pps")])
def test_chrony_and_gpsd_know_better_than_the_kernel(report: ClockReport, source: str) -> None:
    """Their word counts for three intervals."""
    host = Host(KEPT)
    asked = keeper(host)
    asked.tell(report)

    first = asked.state()
    host.wait(3 * 64 + 1)

    assert (report.keeper, source) == (first.keeper, first.source.value)
    assert pytest.approx(report.error_s, rel=0.1) == first.error_s
    assert "kernel" == asked.state().keeper


def test_alone_the_error_grows_with_the_uncertainty_of_the_rate() -> None:
    """Two parts per million, and the skew that chrony knew, since it last heard of true time."""
    host = Host()
    asked = keeper(host)
    asked.tell(CHRONY)
    errors_s, sources = [], []
    for _ in range(3):
        host.wait(DAY_S)
        state = asked.state()
        errors_s.append(state.error_s)
        sources.append(state.source)

    assert [ClockSource.FREE_RUN] * 3 == sources
    assert [0.173, 0.346, 0.519] == pytest.approx(errors_s, rel=0.01)
    assert pytest.approx(3 * DAY_S + 20) == state.age_s


def test_the_stated_error_holds_for_a_crystal_that_wanders_by_day() -> None:
    """One part per million by day and night, unknown: within two stated sigmas all the time."""
    host = Host()
    asked = keeper(host)
    asked.tell(CHRONY)
    off_s, within = 0.0, 0
    for minute in range(2 * 1440):
        host.wait(60)
        off_s += 60 * 1e-6 * (1 if minute % 1440 < 720 else -1)
        within += off_s <= 2 * asked.state().error_s

    assert 2 * 1440 == within


def test_a_clock_that_is_set_while_alone_is_not_believed_any_more() -> None:
    """Somebody's hand is no synchronisation; the kernel's next word is."""
    host = Host()
    asked = keeper(host)
    asked.tell(CHRONY)
    host.wait(5)
    before = asked.state()
    host.wall_ns += 300 * 10**9
    host.wait(5)
    after = asked.state()
    host.kernel = KEPT
    host.wait(5)

    assert before.error_s < 0.01
    assert UNSET_ERROR_S == after.error_s
    assert asked.state().error_s < 0.02


def test_the_kernel_is_asked_once_a_second_whatever_the_packets() -> None:
    """A hundred packets in a second cost one question."""
    host = Host(KEPT)
    asked = keeper(host)
    for _ in range(100):
        asked.state()
        host.wait(0.01)

    assert 1 == host.asked


async def test_chrony_is_asked_and_nonsense_said_once(tmp_path: Path) -> None:
    """What it says is used; what it says after an update of its form is logged, once."""
    command = tmp_path / "chronyc"
    count = tmp_path / "count"
    command.write_text(f"#!/bin/sh\necho x >> {count}\necho a,b\n")
    command.chmod(0o755)
    config = ClockSection(keeper="chrony", chronyc=str(command), interval_s=4)
    asked = ClockKeeper(config.model_copy(update={"interval_s": 0.01}), Host().clock)

    with capture_logs() as logs:
        task = asyncio.create_task(asked.run())
        await until(lambda: count.exists() and count.read_text().count("x") > 2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert ["clock_keeper_unclear"] == [log["event"] for log in logs]
    assert UNSET_ERROR_S == asked.state().error_s


async def test_a_gpsd_that_does_not_run_is_said_where_it_was_asked_for() -> None:
    """With what to look at."""
    config = ClockSection(keeper="gpsd", gpsd_port=1).model_copy(update={"interval_s": 0.01})
    asked = ClockKeeper(config, Host().clock)

    with capture_logs() as logs:
        task = asyncio.create_task(asked.run())
        await until(lambda: bool(logs))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert "gpsd_port" in logs[0]["reason"]


async def test_a_live_source_is_given_the_keepers_clock_for_as_long_as_it_runs() -> None:
    """Its packets then carry what chrony and gpsd say."""
    source = Adxl355Config(self_test=False).open()

    async with timed(source, ClockSection(keeper="kernel")):
        given = source._clock

    assert given is not HOST
    assert given.wall_ns is HOST.wall_ns


async def test_a_recording_needs_no_clock() -> None:
    """Its packets have their own."""
    source = SyntheticConfig(latitude=0, longitude=0, duration_s=1).open()

    async with timed(source, ClockSection()):
        assert not hasattr(source, "_clock")
