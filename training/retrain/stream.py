"""Retraining of `tremor_stream`: a new network of stations teaches it, nobody picks.

The base listens to the training and validation events of the new network through the station's
own pipeline, as if they were continuous data. P detections that enough stations saw within the
time that P needs between them become its labels; what was quiet everywhere becomes its noise.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data.batches import ExampleMaker
from training.data.collection import TRAINING_PARTS, census
from training.data.openeew import read_openeew
from training.data.record import Part, Record
from training.errors import DataError
from training.retrain.coincidence import CoincidenceConfig, Detection, Selection, select
from training.retrain.config import RetrainConfig
from training.retrain.folder import Plan, RetrainFolder
from training.retrain.listening import FloatNetwork, Heard, listen
from training.retrain.network import network_folder, station_records
from training.retrain.pseudo import pseudo_records
from training.retrain.report import (
    BASE,
    LABELLED,
    OWN,
    RETRAINED,
    UNREHEARSED,
    Listening,
    Report,
    Table,
    listening,
)
from training.retrain.stream_examples import Rehearsal, mixer, old_records
from training.retrain.stream_scores import score_network, score_windows
from training.run import RunFolder
from training.score.truth import read_truths
from training.train import fit

Progress = Callable[[str], None]
"""Told of each step."""

_EARLY_NS = 2_000_000_000
"""A detection may lie so much before the P of the list and still be of its earthquake."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is retrained on what."""

    base: RunFolder
    data: Path
    """Folder that holds `openeew_mx/`, the new network."""
    old: tuple[Path, ...]
    """Data sets of the old domain, in any layout."""
    out: RetrainFolder
    config: RetrainConfig


@dataclass(frozen=True, slots=True)
class _Way:
    """One choice of training data."""

    name: str
    records: Sequence[Record]
    rehearsal: float


def retrain_stream(job: Job, progress: Progress) -> Report:
    """Select, tune and score; returns the report, which is also kept in the folder.

    Raises:
        RunError: The base is no run, or the folder holds something else.
        DataError: Recordings are missing, or no event was seen by enough stations.
    """
    data = network_folder(job.data)
    names = tuple(path.resolve().name for path in job.old)
    sha256 = job.base.weights_sha256()
    job.out.begin(
        Plan(base_sha256=sha256, new=job.data.resolve().name, old=names, config=job.config)
    )
    progress("listening")
    base = FloatNetwork(job.base, job.config.threshold)
    heard = [listen(record, base) for record in station_records(data, TRAINING_PARTS)]
    detections = [detection for one in heard for detection in one.detections]
    selection = select(detections, job.config.coincidence)
    runs = {BASE: job.base}
    for way in _ways(job, data, heard, selection):
        progress(f"tuning: {way.name}")
        folder = job.out.folder if way.name == RETRAINED else job.out.way(way.name)
        runs[way.name] = _tune(job, way, RunFolder(folder))
    progress("scoring")
    networks = {name: FloatNetwork(run, job.config.threshold) for name, run in runs.items()}
    report = Report(
        network=job.base.config().network,
        base=f"run {job.base.folder.resolve().name}, sha256 {sha256[:12]}",
        stations=job.config.coincidence.stations,
        listening=_listening(data, heard, selection),
        new=_new_tables(data, networks),
        old=[_old_table(job, networks)],
        notes=(f"all at the threshold {job.config.threshold:g}, float networks",),
    )
    job.out.finish(report)
    return report


def _ways(job: Job, data: Path, heard: Sequence[Heard], selection: Selection) -> list[_Way]:
    share = job.config.rehearsal
    coincident = pseudo_records(heard, selection)
    ways = [_Way(RETRAINED, coincident, share)]
    if job.config.compare:
        every = select(
            [detection for one in heard for detection in one.detections],
            CoincidenceConfig(stations=1),
        )
        ways += [_Way(UNREHEARSED, coincident, 0.0)] if share else []
        ways += [
            _Way(OWN, pseudo_records(heard, every), share),
            _Way(LABELLED, list(read_openeew(data, TRAINING_PARTS)), share),
        ]
    return ways


def _tune(job: Job, way: _Way, run: RunFolder) -> RunFolder:
    """Fine-tune the base in a folder; one that is done is left as it is."""
    base, settings = job.base.config(), job.config
    config = base.model_copy(
        update={
            "seed": settings.seed,
            "epochs": settings.epochs,
            "batches": settings.batches,
            "learning_rate": settings.learning_rate,
            "start_sha256": job.base.weights_sha256(),
        }
    )
    run.begin(config)
    if run.epochs_done() >= config.epochs:
        return run
    run.data_path.write_text(json.dumps(census(list(way.records)), indent=2) + "\n")
    examples = _examples(job, way, "train"), _examples(job, way, "validation")
    fit(config, examples, run, lambda _epoch, _losses: None, start=job.base)
    return run


def _examples(job: Job, way: _Way, part: Part) -> ExampleMaker:
    base, stations = job.base.config(), job.config.coincidence.stations
    reason = (
        f"{way.name}: no P clear of its noise, or no quiet 20 s, in part {part}; "
        f"more events, or fewer stations than {stations} (--stations), may help"
    )
    records = [record for record in way.records if record.part == part]
    new = mixer(base, records, lambda: DataError(job.data, reason))
    if not way.rehearsal:
        return new
    reason_old = f"no event or no noise to rehearse in part {part}"
    rehearsed = old_records(job.old, frozenset({part}))
    old = mixer(base, rehearsed, lambda: DataError(job.old[0], reason_old))
    return Rehearsal(new, old, way.rehearsal)


def _listening(data: Path, heard: Sequence[Heard], selection: Selection) -> Listening:
    """Return counts; the list of picks, which selecting did not look at, says what was right."""
    truths = {(t.event, t.station): t for t in read_truths(data, TRAINING_PARTS)}
    right: set[Detection] = set()
    for one in heard:
        truth = truths.get((one.record.event, one.record.station))
        right |= {
            detection
            for detection in one.detections
            if truth is not None
            and truth.first_p_ns - _EARLY_NS <= detection.begin_ns <= truth.last_s_ns
        }
    hours = sum(one.hours for one in heard)
    return listening(selection, len(heard), hours, frozenset(right))


def _new_tables(data: Path, networks: Mapping[str, FloatNetwork]) -> list[Table]:
    parts: tuple[Part, ...] = ("validation", "test")
    return [Table(f"{part} events", score_network(data, part, networks)) for part in parts]


def _old_table(job: Job, networks: Mapping[str, FloatNetwork]) -> Table:
    records = old_records(job.old, frozenset({"test"}))
    reason = "no event or no noise in the test part"
    examples = mixer(job.base.config(), records, lambda: DataError(job.old[0], reason))
    names = ", ".join(path.resolve().name for path in job.old)
    rows = {name: score_windows(one, records, examples) for name, one in networks.items()}
    return Table(f"{names}, test part", rows)
