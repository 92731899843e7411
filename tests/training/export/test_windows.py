"""A run of a network of windows becomes bundles that prove themselves, or none."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from edge.bundle import load_bundle, verify_bundle
from tests.training.data.quakes import recording
from training.data.pool import Pool
from training.data.recording import at_rate
from training.data.windows import WindowExamples
from training.export import window_card
from training.export.bundles import Naming, Wanted
from training.export.finetune import WEIGHTS, Finetuning
from training.export.report import Release, release_to_json, release_to_text
from training.export.window_card import output_facts, reading_of, tolerance_of
from training.export.window_data import cut_pieces
from training.export.windows import FLOAT, TUNED, quantise_windows
from training.zoo import network, zoo
from training.zoo_run import ZooRunConfig, ZooRunFolder
from training.zoo_train import train_network

CONFIG = ZooRunConfig(network="quake_cnn", epochs=2, batches=6, batch_size=8)
NAMING = Naming(version=3, threshold=None, recipe="by hand", licence="CC0", remark="A remark.")


@pytest.fixture(scope="module")
def pools() -> Mapping[str, Pool]:
    """Return a few made-up earthquakes for each part."""
    return {
        "train": Pool([at_rate(recording(seed), 40.0) for seed in range(6)]),
        "validation": Pool([at_rate(recording(seed), 40.0) for seed in range(6, 10)]),
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, pools: Mapping[str, Pool]) -> ZooRunFolder:
    """Return a short training of quake_cnn."""
    folder = ZooRunFolder(tmp_path_factory.mktemp("run"))
    train_network(CONFIG, pools, folder)
    return folder


@pytest.fixture(scope="module")
def release(
    run: ZooRunFolder, pools: Mapping[str, Pool], tmp_path_factory: pytest.TempPathFactory
) -> Release:
    """Return what becomes of it in int8, fine-tuned too."""
    out = tmp_path_factory.mktemp("bundles")
    wanted = Wanted(("int8",), ("tflite",))
    return quantise_windows(run, pools, out, NAMING, wanted, Finetuning(1, batches=2))


def test_bundle_proves_itself_and_says_what_it_is(release: Release) -> None:
    """Name, version, task, scheme, reading, threshold and data are on the card."""
    bundle = load_bundle(release.bundles["int8"])
    card = bundle.card

    assert ("quake_cnn", 3, "phase-detection") == (card.name, card.version, card.task)
    assert "int8" == card.quantisation.scheme
    assert card.summary.endswith(" A remark.")
    assert ("classes", "noise") == (card.output.reading, card.output.quiet)
    assert card.thresholds["trigger"] == release.threshold
    assert {"made": {"train": 6, "validation": 4}} == {
        source.name: source.recordings for source in card.training_data
    }
    assert {"F1", "macro-F1 of float", "parity mean"} <= {metric.name for metric in card.metrics}
    verify_bundle(bundle)


def test_accuracy_is_told_before_and_after(release: Release) -> None:
    """Float, int8 and int8 after fine-tuning, by the same figures."""
    assert [FLOAT, "int8", TUNED] == list(release.accuracy)
    assert len({frozenset(figures) for figures in release.accuracy.values()}) == 1


def test_report_is_for_people_and_programs(release: Release) -> None:
    """Sizes, operators, parity, CPU time and accuracy, in both."""
    told = json.loads(release_to_json(release))
    text = release_to_text(release)

    (file,) = told["files"]
    assert ("int8", "tflite") == (file["scheme"], file["format"])
    assert file["operators"]["CONV_2D"] == 3
    assert file["runtimes"]["ai-edge-litert"]["call_ms"] > 0
    assert told["accuracy"][FLOAT]["windows"] > 0
    for piece in ("operators: ", "parity over", "ms of CPU", "accuracy on", "float Keras"):
        assert piece in text


def test_fine_tuned_weights_are_others_of_the_same_network(
    release: Release, run: ZooRunFolder
) -> None:
    """They lie beside the run's own, which stay as they were."""
    model = run.load_model()
    before = [weight.copy() for weight in model.get_weights()]
    model.load_weights(run.folder / WEIGHTS)

    assert release.bundles
    assert any(
        not np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True)
    )


def test_bundle_that_fails_its_golden_vectors_is_not_left_behind(
    run: ZooRunFolder,
    pools: Mapping[str, Pool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a tolerance that no int8 file keeps nothing is written, and it is told why."""
    monkeypatch.setitem(window_card._MEAN, "int8", 0.0)

    made = quantise_windows(run, pools, tmp_path, NAMING, Wanted(("int8",), ("tflite",)))

    assert ["int8"] == list(made.failures)
    assert "golden outputs differs" in made.failures["int8"]
    assert "--finetune" in made.failures["int8"]
    assert {} == made.bundles
    assert [] == list(tmp_path.rglob("*.tremor"))


READINGS = {
    "cred": "bins",
    "eqd_classifier": "classes",
    "eqd_picker_wide": "curve",
    "techtonics_regressor": "value",
    "volcano_lstm": "frames",
}


@pytest.mark.parametrize("name", READINGS)
def test_card_says_how_the_output_is_read(name: str) -> None:
    """Each kind of answer has its reading; what means nothing is named where there are classes."""
    said = output_facts(network(name).sound)

    assert READINGS[name] == said.reading
    assert (said.reading in {"classes", "frames"}) == (said.quiet is not None)


def test_every_network_of_windows_has_tolerances() -> None:
    """Integers may differ more than float, and 8 bits more than 16."""
    for name in set(zoo()) - {"tremor_stream"}:
        recipe = network(name).sound
        schemes = ("float32", "int16", "int8")
        found = [tolerance_of(recipe, reading_of(recipe), scheme) for scheme in schemes]

        assert sorted(one.worst for one in found) == [one.worst for one in found]
        assert sorted(one.mean for one in found) == [one.mean for one in found]


def test_sequences_are_cut_into_windows_in_which_something_is_asked() -> None:
    """The last one is filled up; one without a label is left out."""
    inputs = np.arange(2 * 7 * 2, dtype=np.float32).reshape(2, 7, 2)
    targets = np.ones((2, 7, 3), np.float32)
    targets[1, 4:] = 0

    pieces = cut_pieces(WindowExamples(inputs, targets), 4)

    assert (3, 4, 2) == pieces.inputs.shape
    np.testing.assert_array_equal(inputs[0, 4:], pieces.inputs[1, :3])
    assert not pieces.inputs[1, 3:].any()


def test_what_did_not_pass_is_told(release: Release) -> None:
    """A scheme that failed has its line."""
    failed = replace(release, failures={"int16 onnx": "op XYZ is unknown"})

    assert "int16 onnx was not made: op XYZ is unknown" in release_to_text(failed)
