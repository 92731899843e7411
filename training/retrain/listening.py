"""A float network listens to a station's record through the station's own pipeline.

What it hears is kept beside what it fires on: the stretches of samples, on the clock that the
station's time base trusts, become the training data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import keras
import numpy as np
from numpy.typing import NDArray

from edge.config import DetectionSection, StationSection
from edge.detect.base import Frame
from edge.detect.hops import HopCutter
from edge.grid import DETECTION_RATE_HZ, HOP_SAMPLES
from edge.messages import Trigger, TriggerStatus
from edge.messages.trigger import Phase
from edge.packet import Block, Samples
from edge.pipeline import StationPipeline
from edge.signal.conditioning import Conditioner
from edge.sources.openeew import OpenEewConfig
from edge.timestamps import NANOSECONDS_PER_SECOND
from training.data.labels import LABELS
from training.loss import allowed_answer_loss
from training.models.tremor_stream import build
from training.retrain.coincidence import Detection
from training.retrain.network import StationRecord
from training.run import RunFolder
from training.score.stream import Stream, detection_blocks

WARM_UP_S: Final = 10.0
"""Nothing fires while filters and levels settle, as in the bundles."""
_WARM_UP_HOPS: Final = round(WARM_UP_S * DETECTION_RATE_HZ / HOP_SAMPLES)
_NOISE: Final = LABELS.index("noise")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples without a gap, at the detection rate."""

    start_ns: int
    samples: Samples
    """Shape (n, 3): Z, N, E, m/s2."""

    def index_of(self, time_ns: int) -> float:
        """Return the place of a time, in samples."""
        return (time_ns - self.start_ns) * DETECTION_RATE_HZ / NANOSECONDS_PER_SECOND

    def holds(self, time_ns: int) -> bool:
        """Tell whether a time lies within."""
        return 0 <= self.index_of(time_ns) < len(self.samples)


@dataclass(frozen=True, slots=True)
class Heard:
    """One station's record and what the network made of it."""

    record: StationRecord
    stretches: tuple[Stretch, ...]
    detections: tuple[Detection, ...]
    """P, or what may be P; triggers that were taken back are left out."""

    @property
    def hours(self) -> float:
        """Length of the data."""
        samples = sum(len(stretch.samples) for stretch in self.stretches)
        return samples / DETECTION_RATE_HZ / 3600


class FloatNetwork:
    """The best weights of a run, unquantised, applied to whole stretches at once.

    The batch form gives the answers of the step form that a station runs (a test of
    `tremor_stream` holds them together), without a conversion and many hops at a time.

    Args:
        run: Of `train` or `retrain`.
        threshold: Score that fires.

    Raises:
        RunError: The run has no weights.
    """

    def __init__(self, run: RunFolder, threshold: float) -> None:
        config = run.config()
        run.weights_sha256()
        self.name = config.network
        self.threshold = threshold
        self._conditioning = config.conditioning
        self._model = build(config.shape)
        self._model.load_weights(run.best_weights)

    def detector(self, stream: Stream) -> "HeardDetector":
        """Return a detector for one stream that knows already what it will say."""
        blocks = list(detection_blocks(stream))
        return HeardDetector(self.name, self.threshold, self._frames(blocks), _stretches(blocks))

    def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        """Return what the network says of a trace after each hop.

        Args:
            samples: Shape (n, 3) at the detection rate; a rest of less than a hop is left out.

        Returns:
            Shape (hops, labels).
        """
        conditioned = Conditioner(self._conditioning, DETECTION_RATE_HZ)(samples)
        return self._of_conditioned(conditioned)

    def loss(self, traces: Samples, targets: NDArray[np.float32]) -> float:
        """Return the training loss of examples.

        Args:
            traces: Conditioned, shape (b, n, 3).
            targets: Shape (b, hops, 4), see `training.data.labels`.
        """
        answers = self._model.predict(traces, verbose=0)
        return float(keras.ops.convert_to_numpy(allowed_answer_loss(targets, answers)))

    def _of_conditioned(self, conditioned: Samples) -> NDArray[np.float32]:
        whole = len(conditioned) // HOP_SAMPLES * HOP_SAMPLES
        if whole == 0:
            return np.empty((0, len(LABELS)), np.float32)
        answers = self._model(conditioned[None, :whole], training=False)
        return np.asarray(keras.ops.convert_to_numpy(answers)[0], np.float32)

    def _frames(self, blocks: Sequence[Block]) -> dict[int, Frame]:
        conditioner = Conditioner(self._conditioning, DETECTION_RATE_HZ)
        cutter = HopCutter()
        runs: list[list[tuple[int, Samples]]] = []
        for block in blocks:
            if not block.continues:
                conditioner.reset()
            conditioned = conditioner(block.samples)
            for end_ns, hop, continues in cutter.push(block, conditioned):
                if not continues:
                    runs.append([])
                runs[-1].append((end_ns, hop))
        frames: dict[int, Frame] = {}
        for run in runs:
            answers = self._of_conditioned(np.concatenate([hop for _, hop in run])).tolist()
            for hops, ((end_ns, _), answer) in enumerate(zip(run, answers, strict=True)):
                frames[end_ns] = _frame(end_ns, answer, warm=hops >= _WARM_UP_HOPS)
        return frames


class HeardDetector:
    """A detector in a station's pipeline that repeats what a network said of the stream.

    Args:
        name: Of the network.
        threshold: Score that fires.
        frames: What it said, by the end of the hop.
        stretches: What it heard.
    """

    version = "run"
    sha256: str | None = None
    scheme: str | None = "float32"

    def __init__(
        self,
        name: str,
        threshold: float,
        frames: Mapping[int, Frame],
        stretches: tuple[Stretch, ...],
    ) -> None:
        self.name = name
        self.threshold = threshold
        self.stretches = stretches
        self._frames = frames
        self._cutter = HopCutter()

    def push(self, block: Block) -> list[Frame]:
        """Take a block at the detection rate and return the hops that it completes."""
        return [self._frames[end_ns] for end_ns, _, _ in self._cutter.push(block)]


def listen(record: StationRecord, network: FloatNetwork) -> Heard:
    """Run a network over one station's record, in the station's own pipeline.

    Raises:
        SourceError: The record cannot be read at all.
    """
    source = OpenEewConfig(paths=(record.folder,)).open()
    name = f"{record.event}/{record.station}"
    stream = Stream(name, source.describe(), tuple(source.packets()))
    detector = network.detector(stream)
    latitude, longitude = record.place
    section = StationSection(
        network="OE", station=record.station, latitude=latitude, longitude=longitude
    )
    pipeline = StationPipeline(section, DetectionSection(), [detector], stream.description)
    revisions = [t for packet in stream.packets for t in pipeline.push(packet)]
    revisions += pipeline.flush()
    return Heard(record, detector.stretches, _detections(record, revisions))


def _detections(record: StationRecord, revisions: Sequence[Trigger]) -> tuple[Detection, ...]:
    last = {revision.id: revision for revision in revisions}
    return tuple(
        Detection(record.station, trigger.onset, trigger.onset, record.place)
        for trigger in last.values()
        if trigger.status is not TriggerStatus.RETRACTED and trigger.phase is not Phase.S
    )


def _stretches(blocks: Sequence[Block]) -> tuple[Stretch, ...]:
    """Return samples cut at the gaps."""
    runs: list[list[Block]] = []
    for block in blocks:
        if not block.continues or not runs:
            runs.append([])
        runs[-1].append(block)
    return tuple(
        Stretch(run[0].start_ns, np.concatenate([block.samples for block in run])) for run in runs
    )


def _frame(end_ns: int, answer: Sequence[float], *, warm: bool) -> Frame:
    if not warm:
        return Frame(end_ns, 0.0)
    return Frame(end_ns, 1.0 - answer[_NOISE], dict(zip(LABELS, answer, strict=True)))
