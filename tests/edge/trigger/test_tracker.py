"""The life of a trigger: opened, refined, measured, ended or taken back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from edge.config import DetectionSection, StationSection
from edge.detect.base import Frame
from edge.detect.sta_lta import StaLtaDetector
from edge.grid import HOP_NS
from edge.messages import Phase, QualityFlag, Trigger, TriggerStatus
from edge.packet import Block
from edge.signal.motion import GroundMotion
from edge.signal.onset import OnsetPicker
from edge.trigger import Surroundings, TriggerTracker
from tests.edge.streams import CLOCK, START_NS, blocks, burst, noise

_STATION = StationSection(network="XX", station="KARA1", latitude=46.9, longitude=7.4)
_CONFIG = DetectionSection()
_SECOND = 1_000_000_000


@dataclass
class _ScriptedNetwork:
    """A detector whose score is a function of time."""

    script: Callable[[float], tuple[float, dict[str, float]]]
    name: str = "scripted"
    version: str = "3"
    sha256: str | None = "ab" * 32
    scheme: str | None = "int8"
    threshold: float = 0.5
    memory_s: float = 0.0

    def push(self, block: Block) -> list[Frame]:
        """Speak at the end of every hop."""
        ends = range(-(-(block.start_ns + 1) // HOP_NS) * HOP_NS, block.end_ns + 1, HOP_NS)
        return [Frame(end, *self.script((end - START_NS) / _SECOND)) for end in ends]


def _run(trace: np.ndarray, *others: _ScriptedNetwork) -> list[Trigger]:
    detectors = [StaLtaDetector(_CONFIG.sta_lta), *others]
    picker, motion = OnsetPicker(), GroundMotion()
    tracker = TriggerTracker(_STATION, _CONFIG, detectors, picker, motion)
    triggers = []
    for block in blocks(trace):
        surroundings = Surroundings(CLOCK, block.arrival_ns, frozenset(), ("BNZ", "BNN", "BNE"))
        motion.push(block)
        picker.push(block)
        frames = {d.name: f for d in detectors for f in d.push(block)}
        triggers += tracker.push(block.end_ns, frames, surroundings)
    return triggers


_QUAKE = burst(noise(90), onset_s=40.0, peak_m_s2=0.05, decay_s=8.0)


def test_earthquake_is_one_id_with_rising_revisions() -> None:
    """Preliminary, the configured updates, final: one id, revisions 0, 1, 2, ..."""
    triggers = _run(_QUAKE)

    expected = [TriggerStatus.PRELIMINARY, *[TriggerStatus.UPDATE] * 4, TriggerStatus.FINAL]
    assert expected == [t.status for t in triggers]
    assert list(range(6)) == [t.revision for t in triggers]
    assert 1 == len({t.id for t in triggers})
    assert "XX.KARA1.00-2020" in triggers[0].id


def test_preliminary_goes_out_with_the_hop_that_fired() -> None:
    """Not more than half a second of data separates the onset from the first message."""
    first = _run(_QUAKE)[0]

    assert first.sent - (START_NS + 40 * _SECOND) <= 0.5 * _SECOND


def test_onset_is_right_in_every_revision() -> None:
    """The first onset is within 0.3 s, the refined one within 0.1 s."""
    triggers = _run(_QUAKE)

    errors_s = [abs(t.onset - START_NS - 40 * _SECOND) / _SECOND for t in triggers]
    assert errors_s[0] <= 0.3
    assert max(errors_s[1:]) <= 0.1


def test_measures_grow_with_the_window() -> None:
    """PGA, PGV and the window never shrink from one revision to the next."""
    triggers = _run(_QUAKE)

    for name in ("window_s", "pga_m_s2", "pgv_m_s"):
        values = [getattr(t, name) for t in triggers]
        assert sorted(values) == values
    assert triggers[-1].pga_m_s2 == pytest.approx(0.05, rel=0.15)


def test_bump_is_retracted() -> None:
    """A knock of a third of a second is announced at once and then taken back."""
    triggers = _run(burst(noise(60), onset_s=40.0, peak_m_s2=0.02, decay_s=0.08))

    assert TriggerStatus.PRELIMINARY == triggers[0].status
    assert TriggerStatus.RETRACTED == triggers[-1].status
    assert triggers[-1].sent - triggers[0].sent <= 3 * _SECOND


def test_noise_makes_no_trigger() -> None:
    """Ten minutes of sensor noise."""
    assert [] == _run(noise(600))


def test_second_shock_after_the_first_is_a_second_trigger() -> None:
    """Once the detectors were quiet, a new onset opens a new trigger with an id of its own."""
    trace = burst(noise(150), onset_s=30.0, peak_m_s2=0.02, decay_s=1.5)
    triggers = _run(burst(trace, onset_s=110.0, peak_m_s2=0.1, decay_s=4.0))

    assert 2 == len({t.id for t in triggers})
    assert abs(triggers[-1].onset - START_NS - 110 * _SECOND) <= 0.1 * _SECOND


def test_network_alone_triggers_and_names_the_phase() -> None:
    """Where STA/LTA sleeps, the network's word is enough, and its phase is told."""
    network = _ScriptedNetwork(
        lambda t: (
            (0.9, {"noise": 0.1, "P": 0.8, "S": 0.1})
            if 40 <= t < 45
            else (0.01, {"noise": 0.99, "P": 0.01, "S": 0.0})
        )
    )
    triggers = _run(noise(60), network)

    reports = {r.name: r for r in triggers[-1].detectors}
    assert Phase.P == triggers[-1].phase
    assert {"noise": 0.1, "P": 0.8, "S": 0.1} == triggers[-1].probabilities
    assert (True, False) == (reports["scripted"].fired, reports["sta_lta"].fired)
    assert ("3", "ab" * 32, "int8") == (
        reports["scripted"].version,
        reports["scripted"].sha256,
        reports["scripted"].scheme,
    )


def test_phase_is_that_of_the_onset_not_of_what_follows() -> None:
    """A trigger of P stays P when the network sees S, louder, four seconds later."""
    network = _ScriptedNetwork(
        lambda t: (
            (0.7, {"noise": 0.3, "P": 0.6, "S": 0.1})
            if 40 <= t < 44
            else (0.99, {"noise": 0.01, "P": 0.01, "S": 0.98})
            if 44 <= t < 55
            else (0.0, {"noise": 1.0, "P": 0.0, "S": 0.0})
        )
    )
    triggers = _run(_QUAKE, network)

    assert {Phase.P} == {t.phase for t in triggers[1:]}


def test_network_that_has_not_noticed_names_no_phase() -> None:
    """A fifth of a probability is no ground to call an onset P."""
    network = _ScriptedNetwork(lambda _: (0.25, {"noise": 0.75, "P": 0.2, "S": 0.05}))

    assert {Phase.UNKNOWN} == {t.phase for t in _run(_QUAKE, network)}


def test_without_a_network_the_phase_is_unknown() -> None:
    """STA/LTA knows no phases and does not pretend to."""
    assert {Phase.UNKNOWN} == {t.phase for t in _run(_QUAKE)}


def test_gap_ends_the_trigger_and_flags_it() -> None:
    """After a gap the trigger is final with what it has, marked as cut by a gap."""
    detectors = [StaLtaDetector(_CONFIG.sta_lta)]
    picker, motion = OnsetPicker(), GroundMotion()
    tracker = TriggerTracker(_STATION, _CONFIG, detectors, picker, motion)
    surroundings = Surroundings(CLOCK, START_NS, frozenset(), ("BNZ", "BNN", "BNE"))
    for block in blocks(_QUAKE[: 42 * 32]):
        motion.push(block)
        picker.push(block)
        frames = {d.name: f for d in detectors for f in d.push(block)}
        tracker.push(block.end_ns, frames, surroundings)

    (last,) = tracker.interrupt(surroundings)

    assert TriggerStatus.FINAL == last.status
    assert (QualityFlag.GAP,) == last.quality
    assert [] == tracker.interrupt(surroundings)


def test_quality_seen_once_stays_with_the_trigger() -> None:
    """A clipped block in the middle marks every later revision."""
    detectors = [StaLtaDetector(_CONFIG.sta_lta)]
    picker, motion = OnsetPicker(), GroundMotion()
    tracker = TriggerTracker(_STATION, _CONFIG, detectors, picker, motion)
    triggers = []
    for number, block in enumerate(blocks(_QUAKE)):
        flags = frozenset({QualityFlag.CLIPPED}) if number == 40 * 4 + 5 else frozenset()
        motion.push(block)
        picker.push(block)
        frames = {d.name: f for d in detectors for f in d.push(block)}
        surroundings = Surroundings(CLOCK, block.arrival_ns, flags, ("BNZ", "BNN", "BNE"))
        triggers += tracker.push(block.end_ns, frames, surroundings)

    assert () == triggers[0].quality
    assert (QualityFlag.CLIPPED,) == triggers[-1].quality


def _phases(t: float, p_s: float, s_s: float) -> tuple[float, dict[str, float]]:
    """P from its onset, S from its own for ten seconds, noise before and after."""
    if p_s <= t < s_s:
        return 0.9, {"noise": 0.1, "P": 0.8, "S": 0.1}
    if s_s <= t < s_s + 10:
        return 0.95, {"noise": 0.05, "P": 0.05, "S": 0.9}
    return 0.0, {"noise": 1.0, "P": 0.0, "S": 0.0}


def test_s_within_the_life_of_p_is_a_trigger_of_its_own() -> None:
    """S four seconds after P goes out at once, final, with its own id and a refined onset."""
    trace = burst(noise(90), onset_s=40.0, peak_m_s2=0.02, decay_s=4.0)
    trace = burst(trace, onset_s=44.0, peak_m_s2=0.1, decay_s=5.0)
    triggers = _run(trace, _ScriptedNetwork(lambda t: _phases(t, 40.0, 44.0)))

    (s,) = [t for t in triggers if t.phase is Phase.S]
    assert (0, TriggerStatus.FINAL) == (s.revision, s.status)
    assert abs(s.onset - START_NS - 44 * _SECOND) <= 0.1 * _SECOND
    assert s.sent - s.onset <= 2 * _SECOND
    assert {t.id for t in triggers if t.phase is Phase.P} == {triggers[0].id}
    assert s.id != triggers[0].id


def test_s_of_an_s_trigger_is_not_told_twice() -> None:
    """Where the trigger itself is S there is no second S."""
    network = _ScriptedNetwork(lambda t: _phases(t, 40.0, 40.0))

    assert 1 == len({t.id for t in _run(_QUAKE, network)})


def test_wiggles_of_the_coda_make_no_trigger() -> None:
    """After an earthquake the network's word needs an onset that stands out of the coda."""
    network = _ScriptedNetwork(
        lambda t: (
            (0.9, {"noise": 0.1, "P": 0.8, "S": 0.1})
            if 40 <= t < 48 or 62 <= t < 64
            else (0.0, {"noise": 1.0, "P": 0.0, "S": 0.0})
        )
    )
    slow = burst(noise(90), onset_s=40.0, peak_m_s2=0.05, decay_s=30.0)

    assert 1 == len({t.id for t in _run(slow, network)})


def test_aftershock_that_stands_out_of_the_coda_is_a_trigger() -> None:
    """The same network's word counts where the shaking begins anew."""
    network = _ScriptedNetwork(
        lambda t: (
            (0.9, {"noise": 0.1, "P": 0.8, "S": 0.1})
            if 40 <= t < 48 or 70 <= t < 74
            else (0.0, {"noise": 1.0, "P": 0.0, "S": 0.0})
        )
    )
    trace = burst(noise(100), onset_s=40.0, peak_m_s2=0.05, decay_s=6.0)
    trace = burst(trace, onset_s=70.0, peak_m_s2=0.02, decay_s=6.0)

    triggers = _run(trace, network)

    assert 2 == len({t.id for t in triggers})
    assert abs(triggers[-1].onset - START_NS - 70 * _SECOND) <= 0.2 * _SECOND


def test_onset_moves_from_a_weak_forerunner_to_p() -> None:
    """The network fires on a faint stir two seconds early; the final onset is where P rises."""
    trace = burst(noise(90), onset_s=38.0, peak_m_s2=0.0012, decay_s=3.0)
    trace = burst(trace, onset_s=40.0, peak_m_s2=0.05, decay_s=8.0)
    network = _ScriptedNetwork(
        lambda t: (
            (0.9, {"noise": 0.1, "P": 0.8, "S": 0.1})
            if 38.5 <= t < 50
            else (0.0, {"noise": 1.0, "P": 0.0, "S": 0.0})
        )
    )
    triggers = _run(trace, network)

    assert 1 == len({t.id for t in triggers})
    assert triggers[0].onset < START_NS + 39 * _SECOND
    assert abs(triggers[-1].onset - START_NS - 40 * _SECOND) <= 0.1 * _SECOND


def test_s_does_not_draw_the_onset_of_p_to_itself() -> None:
    """Where STA/LTA wakes up only at S, which the network names, the onset stays at P."""
    trace = burst(noise(90), onset_s=37.0, peak_m_s2=0.0016, decay_s=6.0)
    trace = burst(trace, onset_s=40.0, peak_m_s2=0.05, decay_s=8.0)
    network = _ScriptedNetwork(lambda t: _phases(t, 37.5, 40.0))

    p = [t for t in _run(trace, network) if t.phase is Phase.P]

    assert p[-1].onset < START_NS + 38 * _SECOND


def _remembers(begin_s: float, end_s: float) -> Callable[[float], tuple[float, dict[str, float]]]:
    return lambda time_s: (0.9 if begin_s < time_s <= end_s else 0.0, {})


def _onsets_s(triggers: list[Trigger]) -> list[float]:
    first = {t.id: t.onset for t in reversed(triggers)}
    return sorted((onset - START_NS) / _SECOND for onset in first.values())


def test_network_with_a_long_memory_silences_no_other() -> None:
    """It holds its window for an earthquake for a minute; STA/LTA sees the next one meanwhile."""
    trace = burst(noise(120), onset_s=40.0, peak_m_s2=0.05, decay_s=2.0)
    trace = burst(trace, onset_s=75.0, peak_m_s2=0.5, decay_s=4.0)
    network = _ScriptedNetwork(_remembers(41.0, 101.0))

    network.memory_s = 60.0
    remembering = _onsets_s(_run(trace, network))
    network.memory_s = 0.0
    loud = _onsets_s(_run(trace, network))

    assert pytest.approx([40.0, 75.0], abs=0.3) == remembering
    assert pytest.approx([40.0], abs=0.3) == loud


def test_network_with_a_long_memory_fires_once_an_event() -> None:
    """It must have been quiet before it opens a trigger itself again."""
    network = _ScriptedNetwork(_remembers(41.0, 101.0))
    network.memory_s = 60.0
    trace = burst(noise(120), onset_s=40.0, peak_m_s2=0.05, decay_s=2.0)

    assert 1 == len(_onsets_s(_run(trace, network)))
