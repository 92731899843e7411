"""When the alarm rings: on made-up ground, by made-up triggers."""

from collections.abc import Sequence

import numpy as np
import pytest

from edge.alarm.config import AlarmRuleConfig
from edge.alarm.rule import AlarmRule, Ring
from edge.detect.base import Frame
from edge.detect.seen import HopSeen
from edge.messages import DetectorReport, Phase, QualityFlag, Trigger, TriggerStatus
from tests.edge.streams import CLOCK

HOP_NS = 250_000_000
ONSET_NS = 1_600_000_000_000_000_000
TRIGGER = Trigger(
    id="XX.A.00-1",
    revision=0,
    status=TriggerStatus.PRELIMINARY,
    network="XX",
    station="A",
    channels=("HNZ", "HNN", "HNE"),
    latitude=0,
    longitude=0,
    onset=ONSET_NS,
    onset_uncertainty_s=0.1,
    phase=Phase.P,
    window_s=0.25,
    clock=CLOCK,
    sent=ONSET_NS,
)


class Made:
    """A detector, or the ground: what the rule asks of either."""

    version, sha256, scheme, threshold = "1", None, None, 0.5

    def __init__(self, name: str = "sta_lta") -> None:
        self.name = name


class Ground:
    """Ground that moves by the hop; its intensity is what the test says."""

    def __init__(self, peaks_m_s2: Sequence[float], intensity: float | None = 4.0) -> None:
        self.peaks = np.array(peaks_m_s2)
        self.intensity = intensity
        self.asked = 0

    def acceleration(self, begin_ns: int, end_ns: int) -> float | None:
        """The largest of the hops that a span touches."""
        begin, end = (begin_ns - ONSET_NS) // HOP_NS, -((ONSET_NS - end_ns) // HOP_NS)
        found = self.peaks[max(0, begin) : max(0, end)]
        return float(found.max()) if len(found) else None

    def jma_intensity(self, onset_ns: int) -> float | None:
        """What the test says."""
        del onset_ns
        self.asked += 1
        return self.intensity


def hop(
    number: int,
    triggers: Sequence[Trigger] = (),
    quality: Sequence[QualityFlag] = (),
    loud: Sequence[str] = ("sta_lta", "net"),
) -> HopSeen:
    """The hop that ends `number` hops after the onset."""
    end_ns = ONSET_NS + number * HOP_NS
    frames = {name: Frame(end_ns, 0.9) for name in loud}
    return HopSeen(end_ns, frames, frozenset(quality), tuple(triggers))


def rule(
    ground: Ground,
    most_per_hour: int = 6,
    names: Sequence[str] = ("sta_lta", "net"),
    **config: object,
) -> AlarmRule:
    """A rule over ground."""
    settings = AlarmRuleConfig.model_validate(config)
    return AlarmRule(settings, most_per_hour, [Made(name) for name in names], ground)  # type: ignore[misc]


def rings(watcher: AlarmRule, hops: Sequence[HopSeen]) -> list[Ring]:
    """What a rule says to hops."""
    found = (watcher.push(one) for one in hops)
    return [ring for ring in found if ring is not None]


def shaken(count: int = 40, trigger: Trigger = TRIGGER) -> list[HopSeen]:
    """Hops after the onset, the first with the trigger."""
    return [hop(1, [trigger]), *(hop(number) for number in range(2, count))]


STRONG = [0.4] * 40


def test_it_rings_once_when_all_holds() -> None:
    """Two seconds after the onset, with what was measured until then."""
    (ring,) = rings(rule(Ground(STRONG)), shaken())

    assert (ONSET_NS + 2_000_000_000, 0.4, 4.0) == (
        ring.time_ns,
        ring.pga_m_s2,
        ring.jma_intensity,
    )
    assert TRIGGER.id == ring.trigger.id


@pytest.mark.parametrize(
    ("config", "ground"),
    [
        ({"pga_m_s2": 0.5}, Ground(STRONG)),
        ({}, Ground(STRONG, intensity=2.4)),
        ({}, Ground(STRONG, intensity=None)),
        ({}, Ground([0.4] * 3 + [0.001] * 37)),
        ({"sustained_s": 12.0, "within_s": 60.0}, Ground(STRONG)),
    ],
    ids=["weak", "not felt", "no intensity", "a knock", "short"],
)
def test_each_condition_is_needed(config: dict[str, object], ground: Ground) -> None:
    """What falls short of one of them does not ring."""
    assert [] == rings(rule(ground, **config), shaken())


def test_an_echo_is_no_shaking() -> None:
    """Less than a tenth of the peak does not count, however long it lasts; S makes P one."""
    knock, growing = Ground([5.0, 4.0] + [0.4] * 38), Ground([0.4] * 20 + [3.0] * 20)

    assert [] == rings(rule(knock), shaken())
    assert 1 == len(rings(rule(growing, jma_intensity=-3), shaken()))


def test_every_detector_must_agree() -> None:
    """Unless any is enough; what stands in the trigger counts, too."""
    hops = [hop(1, [TRIGGER], loud=["sta_lta"]), *(hop(n, loud=["sta_lta"]) for n in range(2, 40))]
    report = DetectorReport(name="net", version="1", score=0.9, threshold=0.5, fired=True)
    agreed = TRIGGER.model_copy(update={"revision": 1, "detectors": (report,)})

    assert [] == rings(rule(Ground(STRONG)), hops)
    assert 1 == len(rings(rule(Ground(STRONG), detectors="any"), hops))
    assert 1 == len(rings(rule(Ground(STRONG), names=["sta_lta"]), hops))
    assert 1 == len(rings(rule(Ground(STRONG)), [*hops[:8], hop(9, [agreed], loud=[]), *hops[9:]]))


def test_shaking_before_the_trigger_was_told_counts() -> None:
    """A trigger that comes a second and a half after its onset rings no later for it."""
    hops = [hop(n) for n in range(1, 7)] + [hop(7, [TRIGGER]), *(hop(n) for n in range(8, 40))]

    (ring,) = rings(rule(Ground(STRONG)), hops)

    assert ONSET_NS + 2_000_000_000 == ring.time_ns


def test_strong_shaking_may_come_with_s() -> None:
    """Long after the last revision of the trigger."""
    ground = Ground([0.01] * 80 + [0.5] * 40)
    final = TRIGGER.model_copy(update={"revision": 5, "status": TriggerStatus.FINAL})
    hops = [hop(1, [TRIGGER]), *(hop(n, [final] if n == 40 else []) for n in range(2, 120))]

    (ring,) = rings(rule(ground), hops)

    assert ring.time_ns - ONSET_NS == 21_500_000_000


def test_a_trigger_of_long_ago_rings_no_more() -> None:
    """A door that slams a minute after a weak earthquake."""
    ground = Ground([0.01] * 250 + [0.5] * 40)

    assert [] == rings(rule(ground), shaken(290))


def test_a_trigger_that_is_taken_back_does_not_ring() -> None:
    """Nor does a revision that comes late."""
    back = TRIGGER.model_copy(update={"revision": 1, "status": TriggerStatus.RETRACTED})
    late = TRIGGER.model_copy(update={"revision": 2, "status": TriggerStatus.FINAL})
    hops = [hop(1, [TRIGGER]), *(hop(n) for n in range(2, 6)), hop(6, [back]), hop(7, [late])]

    assert [] == rings(rule(Ground(STRONG)), [*hops, *(hop(n) for n in range(8, 40))])


@pytest.mark.parametrize("flag", [QualityFlag.STEP, QualityFlag.STUCK])
def test_a_leap_of_the_sensor_does_not_ring(flag: QualityFlag) -> None:
    """Not while it is told, and not afterwards for what it seemed to be."""
    hops = [hop(1, [TRIGGER])]
    hops += [hop(n, quality=[flag] if 6 <= n < 26 else []) for n in range(2, 40)]

    assert [] == rings(rule(Ground(STRONG)), hops)


def test_clipping_only_waits() -> None:
    """A strong earthquake beyond the range rings as soon as a hop is not clipped."""
    hops = [hop(1, [TRIGGER])]
    hops += [hop(n, quality=[QualityFlag.CLIPPED] if n < 12 else []) for n in range(2, 40)]

    (ring,) = rings(rule(Ground(STRONG)), hops)

    assert ONSET_NS + 3_000_000_000 == ring.time_ns


def test_it_rings_for_clipped_samples_where_that_is_asked_for() -> None:
    """`mute_on = []`."""
    hops = [hop(1, [TRIGGER], [QualityFlag.CLIPPED])]
    hops += [hop(n, quality=[QualityFlag.CLIPPED]) for n in range(2, 40)]

    assert 1 == len(rings(rule(Ground(STRONG), mute_on=[]), hops))


@pytest.mark.parametrize("quality", [(), (QualityFlag.MISSING_COMPONENT,)])
def test_after_a_gap_nothing_of_before_counts(quality: tuple[QualityFlag, ...]) -> None:
    """Samples are missing, or a component is."""
    first = 12 if quality == () else 5
    hops = [hop(n, [TRIGGER] if n == 1 else []) for n in range(1, 5)]
    hops += [hop(n, quality=quality) for n in range(first, 40)]

    assert [] == rings(rule(Ground(STRONG)), hops)


def test_while_it_rings_nothing_rings_again() -> None:
    """S of the same earthquake: not now, and not when the alarm has ended."""
    watcher = rule(Ground(STRONG), most_per_hour=1)
    while_ringing = [watcher.push(one, ringing=True) for one in shaken(20)]

    assert [] == [ring for ring in while_ringing if ring is not None]
    assert [] == rings(watcher, [hop(number) for number in range(20, 40)])
    assert 0 == watcher.suppressed


def test_no_more_than_so_many_an_hour() -> None:
    """A broken sensor that looks like an earthquake again and again."""
    ground = Ground([0.4] * 4000)
    triggers = [
        TRIGGER.model_copy(update={"id": str(n), "onset": ONSET_NS + n * 100 * HOP_NS})
        for n in range(20)
    ]
    hops = [hop(n, [triggers[n // 100]] if n % 100 == 1 else []) for n in range(1, 2000)]
    watcher = rule(ground, most_per_hour=3)

    assert 3 == len(rings(watcher, hops))
    assert 17 == watcher.suppressed


def test_the_next_hour_has_its_own() -> None:
    """An aftershock rings."""
    hour = 3600 * 4
    ground = Ground([0.4] * (hour + 100))
    later = TRIGGER.model_copy(update={"id": "2", "onset": ONSET_NS + (hour + 10) * HOP_NS})
    hops = [*shaken(), *(hop(n) for n in range(40, hour + 10)), hop(hour + 11, [later])]
    hops += [hop(n) for n in range(hour + 12, hour + 60)]

    assert 2 == len(rings(rule(ground, most_per_hour=1), hops))


def test_the_intensity_is_asked_for_last_and_seldom() -> None:
    """It costs; a trigger that does not shake the ground costs none."""
    quiet, strong = Ground([0.001] * 40), Ground(STRONG, intensity=1.0)
    rings(rule(quiet), shaken())
    rings(rule(strong), shaken())

    assert 0 == quiet.asked
    assert 10 <= strong.asked <= 20


def test_strong_shaking_goes_on() -> None:
    """It is asked for while the alarm rings, and a step is none."""
    watcher = rule(Ground([0.4, 0.4, 0.001]))

    assert watcher.is_strong(hop(2))
    assert not watcher.is_strong(hop(3))
    assert not watcher.is_strong(hop(2, quality=[QualityFlag.STEP]))
