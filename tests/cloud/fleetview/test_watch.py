"""Alarms on stations: patient, one for many, over when all are well."""

from collections.abc import Iterable

import pytest
from pydantic import ValidationError

from cloud.board.alarm import FleetAlarm
from cloud.board.trouble import Fault, Trouble
from cloud.fleetview.config import FleetConfig
from cloud.fleetview.watch import Change, Watch
from tests.cloud.fleetview.reports import NOW_NS, SECOND

CONFIG = FleetConfig()
SILENT = Fault(Trouble.SILENT, "silent for more than 35 s")
CLOCK = Fault(Trouble.CLOCK, "clock runs free")
Faults = dict[str, tuple[Fault, ...]]


class Fleet:
    """Sixty stations, and a watch that looks every five seconds."""

    def __init__(self, config: FleetConfig = CONFIG, left: Iterable[FleetAlarm] = ()) -> None:
        self.watch = Watch(config, left, NOW_NS)
        self.faults: Faults = {f"XX.S{n:02}": () for n in range(60)}
        self.now_ns = NOW_NS
        self.changes: list[Change] = []

    def ail(self, *names: str, fault: Fault = SILENT) -> None:
        """Let stations have a trouble."""
        for name in names:
            self.faults[name] += (fault,)

    def mend(self, *names: str) -> None:
        """Let stations be well."""
        for name in names:
            self.faults[name] = ()

    def wait(self, seconds: float) -> list[FleetAlarm]:
        """Let time pass; return the alarms of which people are told meanwhile."""
        told = []
        for _ in range(int(seconds / 5)):
            self.now_ns += 5 * SECOND
            changes = self.watch.look(self.faults.items(), self.now_ns)
            self.changes += changes
            told += [change.alarm for change in changes if change.notice]
        return told


def test_one_notice_when_it_begins_and_one_when_it_ends() -> None:
    """After a minute of silence, and two minutes after the station is back."""
    fleet = Fleet()
    fleet.ail("XX.S07")
    early, begun = fleet.wait(55), fleet.wait(600)
    fleet.mend("XX.S07")
    still, over = fleet.wait(120), fleet.wait(600)

    assert ([], []) == (early, still)
    (alarm,), (end,) = begun, over
    assert "XX.S07 gone quiet: silent for more than 35 s" == alarm.headline
    assert "Over: XX.S07 gone quiet: silent for more than 35 s" == end.headline
    assert NOW_NS + 5 * SECOND == alarm.began
    assert (alarm.id, 1) == (end.id, end.revision)
    assert () == fleet.watch.open


def test_a_hiccup_alarms_nobody() -> None:
    """What lasts shorter than the patience never was."""
    fleet = Fleet()
    fleet.ail("XX.S07")
    fleet.wait(50)
    fleet.mend("XX.S07")

    assert [] == fleet.wait(600)


def test_a_trouble_that_comes_and_goes_is_one_alarm() -> None:
    """It is over only when the station was well for a while."""
    fleet = Fleet()
    fleet.ail("XX.S07", fault=CLOCK)
    told = fleet.wait(700)
    for _ in range(10):
        fleet.mend("XX.S07")
        told += fleet.wait(60)
        fleet.ail("XX.S07", fault=CLOCK)
        told += fleet.wait(60)

    assert 1 == len(told)


def test_fifty_stations_at_once_are_one_notice() -> None:
    """Also where their last reports lie ten seconds apart, and they come back one by one."""
    fleet = Fleet()
    told = []
    names = [f"XX.S{n:02}" for n in range(50)]
    for first in (0, 25):
        fleet.ail(*names[first : first + 25])
        told += fleet.wait(10)
    told += fleet.wait(300)
    back = []
    for name in names:
        fleet.mend(name)
        back += fleet.wait(5)
    back += fleet.wait(300)

    (alarm,), (end,) = told, back
    assert 50 == len(alarm.stations)
    assert alarm.headline.startswith("50 stations gone quiet at once: power, line or broker")
    assert end.headline.startswith("Over: 50 stations")


def test_an_outage_that_spreads_is_not_a_notice_each() -> None:
    """From the fifth station on the alarm is wide, and the others join it."""
    fleet = Fleet()
    told = []
    for number in range(30):
        fleet.ail(f"XX.S{number:02}")
        told += fleet.wait(60)
    told += fleet.wait(300)

    assert 5 == len(told)
    assert 26 == len(fleet.watch.open[-1].stations)


def test_two_stations_far_apart_in_time_are_two_notices() -> None:
    """A single alarm takes no others in: somebody must hear of each."""
    fleet = Fleet()
    fleet.ail("XX.S01")
    first = fleet.wait(120)
    fleet.ail("XX.S02")

    assert (1, 1) == (len(first), len(fleet.wait(120)))


def test_a_silent_station_keeps_its_other_troubles() -> None:
    """Nobody says that its clock is well while it cannot be heard."""
    fleet = Fleet()
    fleet.ail("XX.S07", fault=CLOCK)
    fleet.wait(700)
    fleet.mend("XX.S07")
    fleet.ail("XX.S07")
    told = fleet.wait(600)

    assert [Trouble.SILENT] == [alarm.kind for alarm in told]
    assert [Trouble.CLOCK, Trouble.SILENT] == [alarm.kind for alarm in fleet.watch.open]


def test_alarms_outlive_a_restart() -> None:
    """What was told is not told again, and its end is."""
    before = Fleet()
    before.ail("XX.S07")
    (alarm,) = before.wait(100)
    after = Fleet(left=[alarm])
    after.ail("XX.S07")
    again = after.wait(600)
    after.mend("XX.S07")
    (end,) = after.wait(300)

    assert [] == again
    assert (alarm.id, alarm.revision + 1) == (end.id, end.revision)


def test_a_station_that_is_known_no_more_is_over() -> None:
    """A station that was taken away alarms for ever otherwise."""
    fleet = Fleet()
    fleet.ail("XX.S07")
    fleet.wait(100)
    del fleet.faults["XX.S07"]

    assert 1 == len(fleet.wait(300))


def test_an_acknowledgement_is_kept_and_tells_nobody() -> None:
    """Once; the alarm goes on."""
    fleet = Fleet()
    fleet.ail("XX.S07")
    (alarm,) = fleet.wait(100)
    (change,) = fleet.watch.acknowledge(alarm.id, "ana", fleet.now_ns, fleet.now_ns)

    assert (False, "ana") == (change.notice, change.alarm.acknowledged_by)
    assert [] == fleet.watch.acknowledge(alarm.id, "ben", fleet.now_ns, fleet.now_ns)
    assert [] == fleet.watch.acknowledge("another", "ana", fleet.now_ns, fleet.now_ns)


def test_a_moved_station_alarms_until_somebody_says_it_is_right() -> None:
    """Only people know where it should be: also where it forgets where it was."""
    fleet = Fleet()
    fleet.ail("XX.S07", fault=Fault(Trouble.MOVED, "says it stands 3.2 km from where it was"))
    (alarm,) = fleet.wait(100)
    fleet.mend("XX.S07")
    silence = fleet.wait(600)
    (change,) = fleet.watch.acknowledge(alarm.id, "ana", fleet.now_ns, fleet.now_ns)

    assert [] == silence
    assert change.notice
    assert fleet.now_ns == change.alarm.ended


def test_what_is_muted_alarms_nobody() -> None:
    """The page shows it all the same."""
    fleet = Fleet(FleetConfig(mute=(Trouble.SILENT,)))
    fleet.ail("XX.S07")

    assert [] == fleet.wait(600)


def test_patience_is_counted_on_our_own_clock() -> None:
    """At tenfold speed ten minutes of data are one of ours."""
    watch = Watch(CONFIG)
    faults = {"XX.A": (SILENT,)}
    told = [
        bool(watch.look(faults.items(), NOW_NS + at_s * SECOND, speed=10.0))
        for at_s in (0, 590, 800)
    ]

    assert [False, False, True] == told


def test_the_patience_of_one_kind_can_be_set() -> None:
    """The others keep theirs; less than nothing is none."""
    config = FleetConfig(after_s={Trouble.SILENT: 300.0})

    assert (300.0, 600.0) == (config.patience_s(Trouble.SILENT), config.patience_s(Trouble.CLOCK))
    with pytest.raises(ValidationError, match=r"unlike \{'clock': -1"):
        FleetConfig(after_s={Trouble.CLOCK: -1})


def test_every_change_is_a_revision() -> None:
    """Whoever gets them twice or out of order knows which one holds."""
    fleet = Fleet()
    fleet.ail(*(f"XX.S{n:02}" for n in range(8)))
    fleet.wait(100)
    for number in range(8):
        fleet.mend(f"XX.S{number:02}")
        fleet.wait(60)
    fleet.wait(300)

    assert list(range(9)) == [change.alarm.revision for change in fleet.changes]
    assert (
        "8 stations gone quiet at once: power, line or broker rather than the stations; 7 still"
        in [change.alarm.headline for change in fleet.changes]
    )
