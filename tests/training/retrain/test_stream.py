"""A new network of stations teaches `tremor_stream`, from made recordings to report."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from training.cli import app
from training.data.example import single
from training.errors import DataError
from training.retrain.config import STREAM
from training.retrain.folder import RetrainFolder
from training.retrain.stream import Job, retrain_stream
from training.retrain.stream_examples import Rehearsal, old_records
from training.run import RunFolder
from training.synthesise import SynthesisConfig, synthesise_store
from training.synthesise_openeew import synthesise_openeew

_EVENTS, _STATIONS = 3, 4
_NETWORK = SynthesisConfig(events=_EVENTS, stations=_STATIONS, least_magnitude=5.5, seed=2)
_OLD = SynthesisConfig(events=30, stations=1, length_s=90.0, least_magnitude=6.0, rate_hz=50.0)


class _Constant:
    """Makes examples that tell where they come from."""

    def __init__(self, value: float) -> None:
        self._value = value

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return one sample of the value."""
        rng.random()
        return single(np.full((8, 3), self._value)), np.zeros((1, 4), np.float32)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folder of a made network and a made data set of the old domain."""
    folder = tmp_path_factory.mktemp("made")
    synthesise_openeew(_NETWORK, folder)
    synthesise_store(_OLD, folder / "old")
    return folder, folder / "old"


@pytest.fixture(scope="module")
def printed(
    loudness_run: RunFolder, places: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, object], Path]:
    """Return what the command prints as JSON, and the folder that it made."""
    out = tmp_path_factory.mktemp("retrained") / "run"
    new, old = places
    options = ["--epochs", "1", "--batches", "1", "--rehearsal", "0.25", "--json"]
    asked = ["retrain", str(loudness_run.folder), "--data", str(new), "--old", str(old)]

    result = CliRunner().invoke(app, [*asked, "--out", str(out), *options])

    assert 0 == result.exit_code, result.output
    return json.loads(result.stdout), out


def test_coincidences_are_counted(printed: tuple[dict[str, object], Path]) -> None:
    """Two of three events are listened to; each is strong enough for most stations."""
    report, _ = printed
    heard = report["listening"]

    assert 2 * _STATIONS == heard["records"]
    assert 2 == heard["events"]
    assert 3 * 2 <= heard["kept"] == heard["kept_right"]
    assert heard["detections"] == heard["kept"] + sum(heard["dropped"].values())


def test_both_domains_are_reported(printed: tuple[dict[str, object], Path]) -> None:
    """Before and after, on events and windows that took no part."""
    report, _ = printed

    assert ["validation events", "test events"] == [table["title"] for table in report["new"]]
    assert ["old, test part"] == [table["title"] for table in report["old"]]
    for table in (*report["new"], *report["old"]):
        assert ["base", "retrained"] == list(table["rows"])
    assert report["old"][0]["rows"]["base"]["loss"] > 0


def test_the_result_is_a_run(
    printed: tuple[dict[str, object], Path], loudness_run: RunFolder
) -> None:
    """With its own weights, and the hash of those that it began with."""
    report, out = printed
    run = RunFolder(out)

    assert loudness_run.weights_sha256() == run.config().start_sha256
    assert loudness_run.weights_sha256() != run.weights_sha256()
    assert report == json.loads((out / "report.json").read_text())


def test_nothing_seen_together_is_told(
    loudness_run: RunFolder, places: tuple[Path, Path], tmp_path: Path
) -> None:
    """More stations are asked for than there are."""
    rule = STREAM.coincidence.model_copy(update={"stations": 9})
    config = STREAM.model_copy(update={"coincidence": rule})
    job = Job(loudness_run, places[0], (places[1],), RetrainFolder(tmp_path / "run"), config)

    with pytest.raises(DataError, match=r"fewer stations than 9 \(--stations\), may help"):
        retrain_stream(job, lambda _step: None)


def test_old_examples_come_with_their_share() -> None:
    """Rehearsal against forgetting."""
    mixed = Rehearsal(_Constant(0.0), _Constant(1.0), share=0.3)
    rng = np.random.default_rng(1)

    drawn = [mixed.draw(rng)[0][0, 0] for _ in range(1000)]

    assert pytest.approx(0.3, abs=0.05) == np.mean(drawn)


def test_an_old_domain_without_the_part_is_told(tmp_path: Path) -> None:
    """A score of nothing would look like forgetting nothing."""
    config = SynthesisConfig(events=1, stations=1, noise_share=0.0, rate_hz=50.0)
    synthesise_store(config, tmp_path / "old")
    parts = {"train", "validation", "test"}
    missing = [part for part in sorted(parts) if not _has(tmp_path / "old", part)]

    assert 2 == len(missing)
    with pytest.raises(DataError, match=f"no record of the parts {missing[0]}"):
        old_records((tmp_path / "old",), frozenset(missing[:1]))


def _has(place: Path, part: str) -> bool:
    try:
        return bool(old_records((place,), frozenset({part})))
    except DataError:
        return False
