"""Retraining of the volcano networks, as their authors did it: a new volcano, nobody labels.

The base listens to the records of the new network. Runs of frames that it calls an earthquake at
enough stations at the same time become its labels, with the silence that it hears away from them.
What this is worth is measured by cross-validation over earthquakes: each is judged by a network
that was tuned without it. The run that is kept is tuned on all.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data.pool import FeatureSequence, Pool
from training.data.record import Part
from training.data.sets import read_pools
from training.data.volcano_features import feature_sequences
from training.models.volcano_labels import UNLABELLED
from training.preparations import Scaler
from training.retrain.coincidence import CoincidenceConfig, Detection, Selection, select
from training.retrain.config import RetrainConfig
from training.retrain.folder import Plan, RetrainFolder
from training.retrain.frames_data import (
    EARTHQUAKE,
    FrameRecord,
    Labels,
    detections_of,
    folds_of,
    normalised,
    pseudo_labels,
    read_frame_records,
    scaler_of,
)
from training.retrain.frames_scores import Answered, score_frames
from training.retrain.frames_training import Lesson, Tuner, Weights
from training.retrain.report import (
    BASE,
    LABELLED,
    OWN,
    RETRAINED,
    UNREHEARSED,
    Figures,
    Report,
    Table,
    listening,
)
from training.zoo_run import ZooRunFolder

Progress = Callable[[str], None]
"""Told of each step."""

_NORMALISED = (
    "Features are normalised by mean and spread over the records listened to, without their labels."
)
_EVERYTHING = -1
"""The fold that leaves nothing out."""


@dataclass(frozen=True, slots=True)
class FramesJob:
    """What is retrained on what."""

    base: ZooRunFolder
    data: Path
    """Records of the new network."""
    old: tuple[Path, ...]
    """Data sets of the old domain."""
    out: RetrainFolder
    config: RetrainConfig


@dataclass(frozen=True, slots=True)
class _Heard:
    """Records of which the base has spoken."""

    records: Sequence[FrameRecord]
    scaler: Scaler
    classes: Sequence[Labels]
    spans: Sequence[Mapping[Detection, tuple[int, int]]]

    def selection(self, config: CoincidenceConfig) -> Selection:
        """Return what coincidence makes of the detections."""
        return select([detection for spans in self.spans for detection in spans], config)

    def pseudo(self, config: CoincidenceConfig) -> list[Lesson]:
        """Return lessons from the records with a believed detection."""
        kept = self.selection(config).kept
        lessons = []
        for record, classes, spans in zip(self.records, self.classes, self.spans, strict=True):
            believed = [frames for detection, frames in spans.items() if detection in kept]
            if believed:
                labels = pseudo_labels(classes, believed)
                lessons.append(Lesson(normalised(record, self.scaler), labels))
        return lessons

    def labelled(self) -> list[Lesson]:
        """Return lessons with the analyst's labels."""
        return [
            Lesson(normalised(record, self.scaler), record.labels)
            for record in self.records
            if (record.labels != UNLABELLED).any()
        ]


@dataclass(frozen=True, slots=True)
class _Way:
    """One choice of training data."""

    name: str
    lessons: Callable[[_Heard], list[Lesson]]
    rehearsal: float


def retrain_frames(job: FramesJob, progress: Progress) -> Report:
    """Select, tune and score; returns the report, which is also kept in the folder.

    Raises:
        RunError: The base is no run, or the folder holds something else.
        DataError: Recordings are missing, or nothing was seen by enough stations.
    """
    base_config = job.base.config()
    recipe, sha256 = base_config.recipe(), job.base.weights_sha256()
    names = tuple(path.resolve().name for path in job.old)
    job.out.begin(
        Plan(base_sha256=sha256, new=job.data.resolve().name, old=names, config=job.config)
    )
    progress("listening")
    records = read_frame_records(job.data, recipe, base_config.quantity)
    old = _old_lessons(job)
    tuner = Tuner(job.base, job.config)
    everything = _listen(tuner, records)
    selection = everything.selection(job.config.coincidence)
    answers: dict[str, list[Answered]] = {}
    folds = folds_of(records, job.config.folds)
    for fold, left_out in enumerate(folds):
        progress(f"earthquakes left out: {fold + 1} of {len(folds)} parts")
        for name, answered in _judged(job, tuner, records, left_out, old["train"], fold).items():
            answers.setdefault(name, []).extend(answered)
    progress("tuning on all")
    networks = _networks(job, tuner, everything, old["train"], _EVERYTHING)
    _keep(job, tuner, networks[RETRAINED], everything)
    report = Report(
        network=base_config.network,
        base=f"run {job.base.folder.resolve().name}, sha256 {sha256[:12]}",
        stations=job.config.coincidence.stations,
        listening=listening(
            selection,
            len(records),
            sum(record.hours for record in records),
            _right(everything),
        ),
        new=[
            Table(f"{len(folds)} parts, each judged by networks tuned without it", _rows(answers))
        ],
        old=[Table(f"{', '.join(names)}, test part", _old_rows(tuner, networks, old["test"]))],
        notes=(_NORMALISED,),
    )
    job.out.finish(report)
    return report


def _ways(job: FramesJob) -> list[_Way]:
    rule, share = job.config.coincidence, job.config.rehearsal
    ways = [_Way(RETRAINED, lambda heard: heard.pseudo(rule), share)]
    if job.config.compare:
        alone = CoincidenceConfig(stations=1)
        ways += [_Way(UNREHEARSED, lambda heard: heard.pseudo(rule), 0.0)] if share else []
        ways += [
            _Way(OWN, lambda heard: heard.pseudo(alone), share),
            _Way(LABELLED, _Heard.labelled, share),
        ]
    return ways


def _listen(tuner: Tuner, records: Sequence[FrameRecord]) -> _Heard:
    scaler = scaler_of(records)
    classes = [tuner.classes(tuner.base, normalised(record, scaler)) for record in records]
    spans = [detections_of(record, said) for record, said in zip(records, classes, strict=True)]
    return _Heard(records, scaler, classes, spans)


def _judged(
    job: FramesJob,
    tuner: Tuner,
    records: Sequence[FrameRecord],
    left_out: frozenset[str],
    old: Sequence[Lesson],
    fold: int,
) -> dict[str, list[Answered]]:
    """Return what networks tuned without some earthquakes say of these."""
    heard = _listen(tuner, [record for record in records if record.event not in left_out])
    judged = [
        record
        for record in records
        if record.event in left_out and (record.labels != UNLABELLED).any()
    ]
    return {
        name: [
            Answered(record.labels, tuner.classes(weights, normalised(record, heard.scaler)))
            for record in judged
        ]
        for name, weights in _networks(job, tuner, heard, old, fold).items()
    }


def _networks(
    job: FramesJob, tuner: Tuner, heard: _Heard, old: Sequence[Lesson], fold: int
) -> dict[str, Weights]:
    """Return the base and what each way makes of it."""
    seed = (job.config.seed, fold + 1)
    tuned = {
        way.name: tuner.tune(way.lessons(heard), old, way.rehearsal, seed) for way in _ways(job)
    }
    return {BASE: tuner.base} | tuned


def _right(heard: _Heard) -> frozenset[object] | None:
    """Return the detections that the analyst's labels confirm; None where there are none."""
    if all((record.labels == UNLABELLED).all() for record in heard.records):
        return None
    return frozenset(
        detection
        for record, spans in zip(heard.records, heard.spans, strict=True)
        for detection, (begin, end) in spans.items()
        if (record.labels[begin:end] == EARTHQUAKE).any()
    )


def _rows(answers: Mapping[str, Sequence[Answered]]) -> dict[str, Figures]:
    return {name: score_frames(answered) for name, answered in answers.items() if answered}


def _old_lessons(job: FramesJob) -> dict[Part, list[Lesson]]:
    config = job.base.config()
    recipe = config.recipe()
    parts: tuple[Part, ...] = ("train", "test")
    pools = read_pools(job.old, recipe, parts, config.quantity)
    scaler = job.base.scaler()
    return {
        part: [
            Lesson(sequence.features, sequence.labels)
            for sequence in feature_sequences(recipe, pools[part], scaler)
        ]
        for part in parts
    }


def _old_rows(
    tuner: Tuner, networks: Mapping[str, Weights], lessons: Sequence[Lesson]
) -> dict[str, Figures]:
    return {
        name: score_frames(
            Answered(lesson.labels, tuner.classes(weights, lesson.features)) for lesson in lessons
        )
        for name, weights in networks.items()
    }


def _keep(job: FramesJob, tuner: Tuner, weights: Weights, heard: _Heard) -> None:
    """Write the run, which `quantise` takes like any other."""
    lessons = heard.pseudo(job.config.coincidence)
    sequences = [
        FeatureSequence(f"lesson-{i}", job.data.resolve().name, lesson.features, lesson.labels)
        for i, lesson in enumerate(lessons)
    ]
    run = ZooRunFolder(job.out.folder)
    changes = {
        "seed": job.config.seed,
        "epochs": job.config.epochs,
        "learning_rate": job.config.learning_rate,
        "start_sha256": job.base.weights_sha256(),
    }
    config = job.base.config().model_copy(update=changes)
    if not run.config_path.exists():
        run.begin(config, {"train": Pool(sequences=sequences)})
    run.keep_scaler(heard.scaler)
    tuner.save(weights, run.best_weights)
    taught = [Answered(one.labels, tuner.classes(weights, one.features)) for one in lessons]
    figures = {
        f"{name}, on its own labels": value
        for name, value in score_frames(taught).items()
        if isinstance(value, float)
    }
    run.validation_path.write_text(json.dumps(figures, indent=2) + "\n")
