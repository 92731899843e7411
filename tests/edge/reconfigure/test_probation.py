"""When a station counts as well."""

from dataclasses import replace

import pytest

from edge.reconfigure.config import ConfigureSection
from edge.reconfigure.probation import Probation, Verdict, Vitals

RULES = ConfigureSection(healthy_s=60, deadline_s=300)
WELL = Vitals(connected=True, packets=0, dropped=0)
BREAKS = {
    "no connection to the broker": {"connected": False},
    "packets were dropped": {"dropped": 1},
    "the network does not run": {"network_trouble": "the network does not run: refused"},
}


def verdict_of(vitals_at: dict[int, Vitals], until_s: int = 400) -> tuple[int, Verdict] | None:
    """Return when the verdict comes and what it is; packets come every second by themselves.

    Args:
        vitals_at: From which second on the station is how.
        until_s: How long to look.
    """
    probation = Probation(RULES, 0.0)
    now = WELL
    for second in range(until_s):
        now = vitals_at.get(second, now)
        seen = replace(now, packets=second) if now.packets == 0 else now
        verdict = probation.look(float(second), seen)
        if verdict is not None:
            return second, verdict
    return None


def test_a_station_that_is_well_from_the_start_is_kept_after_a_minute() -> None:
    """The first second has no packet."""
    found = verdict_of({})

    assert found == (61, Verdict(ok=True, reason="well for 60 s"))


@pytest.mark.parametrize("reason", BREAKS)
def test_a_break_begins_the_minute_anew(reason: str) -> None:
    """A moment after 40 s costs those 40 s."""
    bad = replace(WELL, **BREAKS[reason])
    good = replace(WELL, dropped=bad.dropped)

    found = verdict_of({40: bad, 41: good})

    assert found is not None
    assert (101, True) == (found[0], found[1].ok)


@pytest.mark.parametrize("reason", [r for r in BREAKS if r != "packets were dropped"])
def test_a_station_that_is_never_well_is_given_up_with_the_reason(reason: str) -> None:
    """At the deadline."""
    found = verdict_of({0: replace(WELL, **BREAKS[reason])})

    assert found is not None
    assert (300, False) == (found[0], found[1].ok)
    assert found[1].reason.startswith("not well for 60 s within 300 s: ")
    assert reason in found[1].reason


def test_a_station_that_drops_packets_again_and_again_is_given_up() -> None:
    """Every half minute one."""
    drops = {second: replace(WELL, dropped=second // 30) for second in range(30, 400, 30)}

    found = verdict_of(drops)

    assert found is not None
    assert (300, False) == (found[0], found[1].ok)
    assert "were dropped" in found[1].reason


def test_a_sensor_that_falls_silent_is_no_sensor() -> None:
    """One packet, then none: the last one is too old before the minute is over."""
    found = verdict_of({2: replace(WELL, packets=1)})

    assert found is not None
    assert "no samples went through detection" in found[1].reason


def test_the_sources_own_words_are_told() -> None:
    """What the source said is more than that there were no samples."""
    probation = Probation(RULES, 0.0)
    silent = Vitals(connected=True, packets=0, dropped=0, source_trouble="no such device")

    verdict = probation.look(300.0, silent)

    assert verdict is not None
    assert verdict.reason.endswith("no such device")
