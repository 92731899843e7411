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
from training.retrain.coincidence import CoincidenceConfig
from training.retrain.config import RetrainConfig
from training.retrain.folder import Plan, RetrainFolder
from training.retrain.frames_data import (
    FrameRecord,
    as_earthquakes,
    folds_of,
    normalised,
    read_frame_records,
)
from training.retrain.frames_heard import HeardRecords, confirmed, hear
from training.retrain.frames_scores import Answered, score_frames
from training.retrain.frames_training import Lesson, Tuner, Weights
from training.retrain.report import (
    BASE,
    BASE_ANYTHING,
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
class _Way:
    """One choice of training data."""

    name: str
    lessons: Callable[[HeardRecords], list[Lesson]]
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
    everything = hear(tuner, records, job.config.heard)
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
            confirmed(everything),
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
            _Way(LABELLED, HeardRecords.labelled, share),
        ]
    return ways


def _judged(
    job: FramesJob,
    tuner: Tuner,
    records: Sequence[FrameRecord],
    left_out: frozenset[str],
    old: Sequence[Lesson],
    fold: int,
) -> dict[str, list[Answered]]:
    """Return what networks tuned without some earthquakes say of these."""
    listened = [record for record in records if record.event not in left_out]
    heard = hear(tuner, listened, job.config.heard)
    judged = [
        record
        for record in records
        if record.event in left_out and (record.labels != UNLABELLED).any()
    ]
    answers = {
        name: [
            Answered(record.labels, tuner.classes(weights, normalised(record, heard.scaler)))
            for record in judged
        ]
        for name, weights in _networks(job, tuner, heard, old, fold).items()
    }
    if job.config.heard == "anything":
        said = [(one.labels, as_earthquakes(one.classes, "anything")) for one in answers[BASE]]
        answers[BASE_ANYTHING] = [Answered(*one) for one in said]
    return answers


def _networks(
    job: FramesJob, tuner: Tuner, heard: HeardRecords, old: Sequence[Lesson], fold: int
) -> dict[str, Weights]:
    """Return the base and what each way makes of it."""
    seed = (job.config.seed, fold + 1)
    tuned = {
        way.name: tuner.tune(way.lessons(heard), old, way.rehearsal, seed) for way in _ways(job)
    }
    return {BASE: tuner.base} | tuned


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


def _keep(job: FramesJob, tuner: Tuner, weights: Weights, heard: HeardRecords) -> None:
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
