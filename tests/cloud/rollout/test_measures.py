"""What two health reports show of the time between them, and what they do not."""

import pytest

from cloud.rollout.follow import Seen, follow
from cloud.rollout.measures import Measures, Reading, between
from cloud.rollout.reading import seen_of
from cloud.rollout.target import Target, TargetStatus
from edge.messages import Health, State
from edge.messages.update import UpdateModel, UpdateReport
from edge.update.targets import Kind
from tests.cloud.rollout.test_engine import SECOND, SHA, begun

OTHER = "ef" * 32
FIRST = Reading(time=0, cpu_s=10.0, latency_s=1.0, triggers=5, gaps=2, with_new=False)


def later(**changes: object) -> Reading:
    """Return a report a minute later."""
    said = {"time": 60 * SECOND, "cpu_s": 16.0, "memory_bytes": 80, "triggers": 7, "gaps": 3}
    return FIRST.model_copy(update=said | changes)


def test_the_time_between_two_reports() -> None:
    """Counts since the start of the agent become counts of that minute."""
    whole = Measures(
        span_s=60.0,
        cpu_s=6.0,
        latency_sum_s=1.0,
        reports=1,
        memory_sum_bytes=80,
        memory_reports=1,
        gaps=1,
        quiet_s=60.0,
        triggers=2,
    )
    shaken = whole.model_copy(update={"quiet_s": 0.0, "triggers": 0})

    assert whole == between(FIRST, later())
    assert shaken == between(FIRST, later(), quiet=False)
    assert (0.1, 1.0, 80.0) == (whole.cpu_share, whole.latency_s, whole.memory_bytes)
    assert (0.0, 0.0, 0.0) == (Measures().cpu_share, Measures().latency_s, Measures().memory_bytes)
    assert 2 * whole.span_s == whole.plus(whole).span_s


@pytest.mark.parametrize(
    ("second", "shows"),
    [
        (later(with_new=True), Measures()),
        (later(time=901 * SECOND), Measures()),
        (later(time=0), Measures()),
        (later(cpu_s=None), Measures()),
        (later(cpu_s=1.0), Measures(restarts=1)),
    ],
    ids=["swapped", "far apart", "twice", "unknown", "began anew"],
)
def test_what_says_nothing(second: Reading, shows: Measures) -> None:
    """An agent that began anew counts that, and nothing of the minute."""
    assert shows == between(FIRST, second)
    assert Measures() == between(None, second)


def health(at_s: float, triggers: int) -> Health:
    """Return a station's report."""
    return Health(
        network="XX",
        station="0",
        time=round(at_s * SECOND),
        packets=1,
        packets_dropped=0,
        gaps=0,
        outbox_depth=0,
        triggers=triggers,
        cpu_s=at_s / 10,
    )


def committed(sha256: str, since_s: float = 0.0) -> UpdateReport:
    """Return what a station says that committed something."""
    since = round(since_s * SECOND)
    model = UpdateModel(name="net", version=2, sha256=sha256, rollout_id="r", since=since)
    return UpdateReport(ring="canary", phase="idle", committed=model)


def state(model: UpdateReport | None, software: UpdateReport | None) -> State:
    """Return a station's retained word."""
    return State(online=True, network="XX", station="0", update=model, software=software)


class Story:
    """One station over time."""

    def __init__(self) -> None:
        start = Target(station="XX.0", ring="canary", status=TargetStatus.WAITING, since=0)
        self.targets = {"XX.0": start}
        self.triggers = 0

    def tell(self, at_s: float, said: State) -> Target:
        """Let it say how it is; a trigger a minute."""
        self.triggers += 1
        seen = seen_of([said], [health(at_s, self.triggers)])
        self.targets, _ = follow(begun(), self.targets, seen, round(at_s * SECOND))
        return self.targets["XX.0"]


def test_what_changes_beside_it_is_not_its_doing() -> None:
    """New software in the middle: before begins anew with it; after it nothing is counted."""
    old, new = committed(OTHER), committed(SHA, 200.0)
    software = committed("01" * 32)
    story = Story()
    story.tell(0, state(old, None))
    one = story.tell(60, state(old, None))
    story.tell(120, state(old, software))
    two = story.tell(180, state(old, software))
    story.tell(240, state(new, software))
    three = story.tell(300, state(new, software))
    story.tell(360, state(new, None))
    four = story.tell(420, state(new, None))

    assert [60.0, 60.0, 60.0] == [one.before.span_s, two.before.span_s, three.before.span_s]
    assert [60.0, 60.0] == [three.after.span_s, four.after.span_s]
    assert (1, 1) == (four.before.triggers, four.after.triggers)


def test_a_network_on_probation_is_in_charge() -> None:
    """It is what runs beside software, before it is committed; each kind has its own report."""
    trying = committed(OTHER).model_copy(
        update={"phase": "probation", "candidate": committed(SHA).committed}
    )
    said = state(trying, committed("01" * 32))
    of_software = seen_of([said], [], (), Kind.SOFTWARE)
    of_settings = seen_of([said], [], (), Kind.CONFIGURATION)

    assert {"XX.0": f"{SHA} -"} == of_software.beside
    assert {"XX.0": committed("01" * 32)} == of_software.reports
    assert Seen() == of_settings
