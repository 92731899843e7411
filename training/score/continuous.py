"""Contestants over whole streams: earthquakes found, delays, false triggers, disturbances, cost."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from edge.detect.base import Detector, hop_of
from edge.timestamps import ns_to_seconds, seconds_to_ns
from training.data.hand_motion import read_hand_motion
from training.data.openeew import read_openeew
from training.data.record import Part, Record
from training.score.config import ScoreConfig
from training.score.contest import Contestant, Life, Outcome, run
from training.score.counts import Proportion
from training.score.disturb import KINDS, Disturbed, disturbances, judge_disturbances
from training.score.observe import Observation, observe
from training.score.quiet import QuietStretch, long_noise, quiet_stretches
from training.score.snippet import Snippet, snippet
from training.score.snr import snr_db
from training.score.stream import Stream, read_stream
from training.score.summary import LEAST_GAL, Rate, Summary, summarise
from training.score.truth import Truth, read_truths

TEST: frozenset[Part] = frozenset({"test"})
TRAINING: frozenset[Part] = frozenset({"train", "validation"})

BEFORE_TEST = "before test events"
BEFORE_TRAINING = "before training events"
SURROGATES = "surrogates"

_SECONDS_AN_HOUR = 3600.0
_AFTER_S_NS = seconds_to_ns(15.0)
"""A record is heard so long after its latest S: whatever fires later counts for nothing."""
_MOST_SNIPPETS = 3

T = TypeVar("T")

Report = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class FalseTriggers:
    """Triggers where nothing is."""

    sent: Rate
    standing: Rate


@dataclass(frozen=True, slots=True)
class RocPoint:
    """One threshold: what is found, and what is false in test noise and surrogates together."""

    threshold: float
    detected: Proportion
    false: Rate


@dataclass(frozen=True, slots=True)
class Standing:
    """How one contestant does on streams."""

    name: str
    note: str
    summary: Summary
    """On the records of the test events."""
    observations: tuple[Observation, ...]
    false: dict[str, FalseTriggers]
    """By kind of noise."""
    disturbed: tuple[Disturbed, ...]
    roc: tuple[RocPoint, ...]
    detector_cpu_s_an_hour: float
    """CPU time of the detector for an hour of stream, on the records of the test events."""
    cpu_s_an_hour: float
    """CPU time of the whole pipeline."""
    asked_every_s: float
    """Hop of the detector, the shortest where there are several."""
    misses: tuple[Snippet, ...] = ()
    alarms: tuple[Snippet, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """What all contestants are run over."""

    tests: tuple[tuple[Truth, Stream, float | None], ...]
    """Records of the test events up to S, with their signal-to-noise ratios."""
    training: tuple[tuple[Truth, Stream], ...]
    """What was recorded before the events of the training parts."""
    stretches: tuple[QuietStretch, ...]
    """Noise before the test events."""
    motions: tuple[Record, ...]
    """Hand motion that no network learned from."""


def read_material(data: Path) -> Material:
    """Read all recordings once.

    Args:
        data: Folder that holds `openeew_mx/`, and perhaps `hand_motion/`.

    Raises:
        DataError: The recordings are not there.
    """
    tests = []
    for truth in read_truths(data, TEST):
        stream = _head(read_stream(truth), truth.last_s_ns + _AFTER_S_NS)
        tests.append((truth, stream, snr_db(truth, stream)))
    training = [
        (truth, _head(read_stream(truth), truth.noise_end_ns))
        for truth in read_truths(data, TRAINING)
    ]
    motions = list(read_hand_motion(data)) if (data / "hand_motion").is_dir() else []
    return Material(
        tests=tuple(tests),
        training=tuple((truth, stream) for truth, stream in training if stream.packets),
        stretches=tuple(quiet_stretches(list(read_openeew(data, TEST)))),
        motions=tuple(record for record in motions if record.part != "train"),
    )


def run_row(
    contestant: Contestant, material: Material, config: ScoreConfig, report: Report
) -> Standing:
    """Run one contestant over everything.

    One that costs more than `most_cpu_s_an_hour` hears the records of the test events alone.
    """
    row = _Row(contestant, material, config, report)
    row.hear_tests()
    if row.cost <= config.most_cpu_s_an_hour and not contestant.events_only:
        row.hear_before_training()
        row.hear_surrogates()
        row.hear_disturbances()
    return row.standing()


def observe_tests(contestant: Contestant, material: Material) -> list[Observation]:
    """Run one contestant over the records of the test events alone."""
    return [
        observe(truth, stream, contestant, snr_db=ratio_db).own
        for truth, stream, ratio_db in material.tests
    ]


class _Row:
    """Gathers what one contestant does."""

    def __init__(
        self, contestant: Contestant, material: Material, config: ScoreConfig, report: Report
    ) -> None:
        self._contestant = contestant
        self._material = material
        self._config = config
        self._report = report
        self._test: list[Observation] = []
        self._at: dict[float, list[Observation]] = {}
        self._noise_at: dict[float, list[Rate]] = {}
        self._false: dict[str, FalseTriggers] = {}
        self._disturbed: list[Disturbed] = []
        self._misses: list[Snippet] = []
        self._alarms: list[Snippet] = []
        self._outcomes: list[Outcome] = []
        self._hours = 0.0

    @property
    def cost(self) -> float:
        """CPU time in the detector for an hour of stream."""
        return sum(outcome.detector_cpu_s for outcome in self._outcomes) / self._hours

    def hear_tests(self) -> None:
        """Run over the records of the test events."""
        for truth, stream, ratio_db in self._told("test events", self._material.tests):
            seen = observe(truth, stream, self._contestant, roc=True, snr_db=ratio_db)
            self._test.append(seen.own)
            for threshold, observation in seen.at.items():
                self._at.setdefault(threshold, []).append(observation)
            self._outcomes.append(seen.outcome)
            self._hours += stream.hours
            self._illustrate(truth, stream, seen.own)
        summary = summarise(self._test)
        self._false[BEFORE_TEST] = FalseTriggers(summary.sent, summary.standing)

    def hear_before_training(self) -> None:
        """Run over what comes before an event of the training parts: only false triggers count."""
        seen = [
            observe(truth, stream, self._contestant).own
            for truth, stream in self._told("before training events", self._material.training)
        ]
        summary = summarise(seen)
        self._false[BEFORE_TRAINING] = FalseTriggers(summary.sent, summary.standing)

    def hear_surrogates(self) -> None:
        """Run over long noise."""
        config, stretches = self._config, self._material.stretches
        is_slow = self.cost > config.slow_cpu_s_an_hour
        hours = min(config.slow_noise_hours, config.noise_hours) if is_slow else config.noise_hours
        if not hours:
            return
        sent = standing = Rate(0, 0.0)
        made = long_noise(stretches, hours, config.seed)
        for stream in self._told("surrogates", made, len(stretches)):
            lives, watched = self._hear(stream)
            sent += Rate(len(lives), watched)
            standing += Rate(sum(life.standing for life in lives), watched)
        self._false[SURROGATES] = FalseTriggers(sent, standing)

    def hear_disturbances(self) -> None:
        """Run over each kind of disturbance."""
        count, motions = self._config.disturbances, self._material.motions
        if count:
            made = disturbances(self._material.stretches, motions, count, self._config.seed)
            for kind, stream in self._told("disturbances", made, KINDS):
                self._disturbed.append(judge_disturbances(self._contestant, kind, stream))

    def standing(self) -> Standing:
        """Return what was found."""
        return Standing(
            name=self._contestant.name,
            note=self._contestant.note,
            summary=summarise(self._test),
            observations=tuple(self._test),
            false=self._false,
            disturbed=tuple(self._disturbed),
            roc=tuple(self._roc()),
            detector_cpu_s_an_hour=self.cost,
            cpu_s_an_hour=sum(outcome.cpu_s for outcome in self._outcomes) / self._hours,
            asked_every_s=ns_to_seconds(min(map(hop_of, self._detectors()))),
            misses=tuple(self._misses),
            alarms=tuple(self._alarms),
        )

    def _detectors(self) -> Sequence[Detector]:
        return self._contestant.detectors(self._material.tests[0][1])

    def _hear(self, stream: Stream) -> tuple[tuple[Life, ...], float]:
        """Return what comes of a stream of noise, and the hours for which it was watched."""
        outcome = run(self._contestant, stream, roc=True)
        hours = max(0.0, stream.hours - self._contestant.warm_up_s / _SECONDS_AN_HOUR)
        for threshold, lives in outcome.at.items():
            self._noise_at.setdefault(threshold, []).append(Rate(len(lives), hours))
        for life in outcome.lives[: _MOST_SNIPPETS - len(self._alarms)]:
            self._alarms.append(self._alarm(stream, life.onset_ns))
        return outcome.lives, hours

    def _illustrate(self, truth: Truth, stream: Stream, seen: Observation) -> None:
        name = self._contestant.name
        if truth.pga_gal >= LEAST_GAL and not seen.detected:
            title = f"{name} misses {stream.name}, {truth.pga_gal:.1f} gal"
            marks = {"P": truth.first_p_ns}
            self._misses.append(snippet(title, stream, truth.first_p_ns, marks))
        for onset_ns in seen.false_onsets_ns[: _MOST_SNIPPETS - len(self._alarms)]:
            self._alarms.append(self._alarm(stream, onset_ns))

    def _alarm(self, stream: Stream, onset_ns: int) -> Snippet:
        title = f"{self._contestant.name} fires in {stream.name}"
        return snippet(title, stream, onset_ns, {"trigger": onset_ns})

    def _roc(self) -> Iterator[RocPoint]:
        for threshold, observations in sorted(self._at.items()):
            summary = summarise(observations)
            noise = sum(self._noise_at.get(threshold, ()), summary.sent)
            yield RocPoint(threshold, summary.detected, noise)

    def _told(self, what: str, items: Iterable[T], count: int | None = None) -> Iterator[T]:
        """Yield items and report each one that is done."""
        of = len(items) if isinstance(items, Sized) else count or 0
        for done, item in enumerate(items, 1):
            yield item
            self._report(f"{self._contestant.name}, {what}", done, of)


def _head(stream: Stream, until_ns: int) -> Stream:
    packets = tuple(packet for packet in stream.packets if packet.last_sample_ns < until_ns)
    return replace(stream, packets=packets)
