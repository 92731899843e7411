"""A new volcano teaches a network of frames, from listening to report."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.training.retrain.volcano_made import made_record
from training.data.pool import Pool
from training.data.store import StoreWriter
from training.errors import DataError
from training.models import volcano_tcn
from training.retrain.config import FRAMES
from training.retrain.folder import RetrainFolder
from training.retrain.frames import FramesJob, retrain_frames
from training.retrain.frames_data import normalised, read_frame_records, scaler_of
from training.retrain.frames_training import Lesson, Tuner
from training.retrain.report import (
    BASE,
    BASE_ANYTHING,
    LABELLED,
    OWN,
    RETRAINED,
    UNREHEARSED,
    Report,
)
from training.zoo_run import ZooRunConfig, ZooRunFolder

_STATIONS = {"e0": ("BZ01", "BZ02"), "e1": ("BZ01", "BZ02"), "e2": ("BZ01",), "e3": ("BZ02",)}
_OLD_SEQUENCES = 16
_TEACHING = FRAMES.model_copy(update={"epochs": 40, "learning_rate": 0.02})
_SHORT = FRAMES.model_copy(update={"epochs": 2, "folds": 2})


@pytest.fixture(scope="module")
def volcano(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return records of four earthquakes, two of them at two stations."""
    folder = tmp_path_factory.mktemp("volcano") / "set"
    with StoreWriter(folder) as writer:
        for number, (event, stations) in enumerate(_STATIONS.items()):
            for station in stations:
                writer.append(made_record(event, station, start_s=1000.0 * (number + 1)))
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, volcano: Path) -> ZooRunFolder:
    """Return a run that knows a louder hum from noise."""
    run = ZooRunFolder(tmp_path_factory.mktemp("base"))
    run.begin(ZooRunConfig(network="volcano_tcn"), {"train": Pool()})
    keras.utils.set_random_seed(4)
    fresh = volcano_tcn.build()
    fresh.save_weights(run.best_weights)
    records = read_frame_records(volcano, volcano_tcn.RECIPE, "acceleration")
    scaler = scaler_of(records)
    lessons = [Lesson(normalised(record, scaler), record.labels) for record in records]
    tuner = Tuner(run, _TEACHING)
    tuner.save(tuner.tune(lessons, [], 0.0, (1,)), run.best_weights)
    return run


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return sequences of another volcano: silence and tremor."""
    rng = np.random.default_rng(5)
    path = tmp_path_factory.mktemp("old") / "island.npz"
    lengths = np.full(_OLD_SEQUENCES, 30)
    features = rng.standard_normal((lengths.sum(), 48)).astype(np.float32)
    labels = np.tile(np.repeat([0, 1], 15), _OLD_SEQUENCES)
    np.savez(path, features=features, labels=labels, lengths=lengths)
    return path


def _retrain(base: ZooRunFolder, volcano: Path, old: Path, out: Path, **changes: object) -> Report:
    config = _SHORT.model_copy(update=changes)
    job = FramesJob(base, volcano, (old,), RetrainFolder(out), config)
    return retrain_frames(job, lambda _step: None)


@pytest.fixture(scope="module")
def report(
    base: ZooRunFolder, volcano: Path, old: Path, tmp_path_factory: pytest.TempPathFactory
) -> Report:
    """Return the report of a retraining, with its folder in `base`'s name."""
    return _retrain(base, volcano, old, tmp_path_factory.mktemp("out") / "run", rehearsal=0.3)


def test_only_what_two_stations_saw_is_kept(report: Report) -> None:
    """Two of four earthquakes were recorded at two stations."""
    heard = report.listening

    assert (6, 6) == (heard.records, heard.detections)
    assert (2, 4) == (heard.events, heard.kept)
    assert 2 == heard.dropped["too few stations"]
    assert (4, 2) == (heard.kept_right, heard.dropped_right)


def test_each_earthquake_is_judged_once(report: Report) -> None:
    """By a network that was tuned without it."""
    (table,) = report.new

    assert {BASE, RETRAINED, BASE_ANYTHING} == set(table.rows)
    for figures in table.rows.values():
        assert str(figures["earthquakes found"]).endswith("/6")


def test_the_old_domain_is_judged_too(report: Report) -> None:
    """What was forgotten."""
    (table,) = report.old

    assert "island.npz, test part" == table.title
    assert {BASE, RETRAINED} == set(table.rows)


def test_the_folder_is_a_run(base: ZooRunFolder, volcano: Path, old: Path, tmp_path: Path) -> None:
    """Weights, scaler and configuration, as `quantise` wants them; and the report."""
    _retrain(base, volcano, old, tmp_path / "run")

    run = ZooRunFolder(tmp_path / "run")
    assert run.finished
    assert base.weights_sha256() == run.config().start_sha256
    assert run.scaler() is not None
    records = read_frame_records(volcano, volcano_tcn.RECIPE, "acceleration")
    features = normalised(records[0], scaler_of(records))
    assert (1, len(features), 5) == run.load_model()(features[None]).shape
    kept = json.loads((tmp_path / "run" / "report.json").read_text())
    assert 4 == kept["listening"]["kept"]


def test_nothing_seen_together_is_told(
    base: ZooRunFolder, volcano: Path, old: Path, tmp_path: Path
) -> None:
    """Not a network that learnt nothing."""
    strict = FRAMES.coincidence.model_copy(update={"stations": 3})

    with pytest.raises(DataError, match="nothing that enough stations saw"):
        _retrain(base, volcano, old, tmp_path / "run", coincidence=strict)


@pytest.mark.slow
def test_ways_stand_beside_each_other(
    base: ZooRunFolder, volcano: Path, old: Path, tmp_path: Path
) -> None:
    """What coincidence and rehearsal are worth."""
    report = _retrain(base, volcano, old, tmp_path / "run", compare=True, rehearsal=0.5)

    expected = [BASE, RETRAINED, UNREHEARSED, OWN, LABELLED]
    assert [*expected, BASE_ANYTHING] == list(report.new[0].rows)
    assert expected == list(report.old[0].rows)
