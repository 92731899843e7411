"""What `retrain` prints and keeps."""

import json
from pathlib import Path

import pytest

from training.errors import RunError
from training.retrain.coincidence import CoincidenceConfig, Detection, select
from training.retrain.command import Places, retrain, settings
from training.retrain.config import FRAMES, STREAM
from training.retrain.folder import Plan, RetrainFolder
from training.retrain.report import (
    Report,
    Table,
    listening,
    report_to_json,
    report_to_text,
)

_PLAN = Plan(base_sha256="00", new="mexico", old=("california",), config=STREAM)


def _report() -> Report:
    seen = [Detection("A", 0, 0), Detection("B", 1, 1), Detection("A", 10**12, 10**12)]
    selection = select(seen, CoincidenceConfig(stations=2))
    new = Table("test events", {"base": {"found": "1/2", "delay": 0.51234, "rate": None}})
    return Report(
        network="tremor_stream",
        base="run base",
        stations=2,
        listening=listening(selection, 3, 0.5, frozenset({seen[0], seen[2]})),
        new=[new],
        old=[Table("california, test part", {"base": {"found": "3/3"}})],
        notes=("A note.",),
    )


def test_text_tells_selection_and_both_domains() -> None:
    """How many, how many kept, why the others not, and whether that was right."""
    text = report_to_text(_report())

    assert "detections: 3\n" in text
    assert "kept, seen by 2 stations and more: 2, 1 events\n" in text
    assert "dropped: too few stations 1, times apart 0, station again 0\n" in text
    assert "right by the labels of the data: 1 of 2 kept, 1 of 1 dropped\n" in text
    assert "new: test events\n" in text
    assert "| base | 1/2 | 0.512 | - |\n" in text
    assert "old: california, test part\n" in text
    assert text.endswith("\nA note.")


def test_json_holds_the_same() -> None:
    """For programs."""
    content = json.loads(report_to_json(_report()))

    assert 2 == content["listening"]["kept"]
    assert {"found": "3/3"} == content["old"][0]["rows"]["base"]


def test_without_labels_nothing_is_called_right() -> None:
    """A new network has none."""
    selection = select([Detection("A", 0, 0)], CoincidenceConfig(stations=2))

    assert listening(selection, 1, 1.0, None).kept_right is None


def test_a_finished_folder_is_refused(tmp_path: Path) -> None:
    """Its report would no longer tell of its weights."""
    folder = RetrainFolder(tmp_path / "run")
    folder.begin(_PLAN)
    folder.begin(_PLAN)
    folder.finish(_report())

    with pytest.raises(RunError, match="is finished"):
        folder.begin(_PLAN)


def test_a_folder_of_another_plan_is_refused(tmp_path: Path) -> None:
    """An interrupted retraining goes on only as it began."""
    folder = RetrainFolder(tmp_path)
    folder.begin(_PLAN)

    with pytest.raises(RunError, match="holds another retraining"):
        folder.begin(_PLAN.model_copy(update={"new": "chile"}))


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    """Weights of a training must not be written over."""
    (tmp_path / "best.weights.h5").write_text("precious")

    with pytest.raises(RunError, match="is not empty"):
        RetrainFolder(tmp_path).begin(_PLAN)


def test_a_broken_plan_is_told(tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / "retrain.json").write_text("{")

    with pytest.raises(RunError, match=r"retrain\.json cannot be read"):
        RetrainFolder(tmp_path).begin(_PLAN)


def test_given_settings_take_the_place_of_defaults() -> None:
    """Each kind of network has defaults of its own."""
    given = {"stations": 4, "epochs": 3, "learning_rate": None, "compare": True}

    config = settings(FRAMES, given)

    assert 4 == config.coincidence.stations
    assert FRAMES.coincidence.slack_s == config.coincidence.slack_s
    assert (3, FRAMES.learning_rate, True) == (config.epochs, config.learning_rate, config.compare)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "has no config.json"),
        ("{", "config.json cannot be read"),
        ('{"config": {"network": "cred"}}', "is of cred, made for detection; tremor_stream and"),
    ],
)
def test_what_is_no_base_is_told(content: str | None, reason: str, tmp_path: Path) -> None:
    """Before anything is listened to."""
    if content is not None:
        (tmp_path / "config.json").write_text(content)

    with pytest.raises(RunError, match=reason):
        retrain(Places(tmp_path, tmp_path, (tmp_path,), tmp_path / "out"), {}, print)
