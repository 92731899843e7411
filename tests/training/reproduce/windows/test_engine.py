"""A protocol from a data set to a table, on a set that the test writes."""

from pathlib import Path

import pytest

pytest.importorskip("keras", reason="the training extra is not installed")

from tests.training.data.quakes import recording
from training.data.store import StoreWriter
from training.errors import DataError, ReproductionError, RunError
from training.reproduce.options import Options
from training.reproduce.registry import reproduce
from training.reproduce.text import to_markdown


def _store(folder: Path, count: int) -> Path:
    """Write a data set of two stations an event; every part has events."""
    with StoreWriter(folder) as writer:
        for seed in range(count):
            event = seed // 2
            part = ("train", "test", "validation")[event % 3]
            writer.append(recording(seed, event=f"event-{event}", part=part, source="stead"))
    return folder


def test_a_whole_reproduction(tmp_path: Path) -> None:
    """Four columns, published figures in theirs; what is done is not done again."""
    options = Options(_store(tmp_path / "set", 24), tmp_path / "out", quick=True)
    told: list[str] = []

    first = reproduce("quake_cnn", options, told.append)
    trained = sum("training, epoch" in text for text in told)
    again = reproduce("quake_cnn", options, told.append)

    assert first == again
    assert 3 == trained == sum("training, epoch" in text for text in told)
    assert ["published", "by-event", "by-event-moved", "sound"] == [run.key for run in first.runs]
    assert first.sample
    keys = {figure.key for figure in first.figures}
    assert all(keys <= set(run.measures) for run in first.runs)
    shared = [run.about["tested events also trained on"] for run in first.runs]
    assert "0%" != shared[0]
    assert ["0%"] * 3 == shared[1:]
    page = to_markdown(first)
    assert "93.47 %" in page
    assert "A sample, not the published data" in page
    assert page == (tmp_path / "out" / "result.md").read_text()
    with pytest.raises(RunError, match="something else"):
        reproduce("cred", options, told.append)


def test_too_few_recordings(tmp_path: Path) -> None:
    """Nothing is parted that cannot be."""
    options = Options(_store(tmp_path / "set", 6), tmp_path / "out", quick=True)

    with pytest.raises(ReproductionError, match="6 recordings with events or noise; 10 are needed"):
        reproduce("quake_cnn", options, lambda _: None)


def test_test_events_of_openeew_are_not_read(tmp_path: Path, tiny_data: Path) -> None:
    """They are for the scoreboard alone, whoever asks."""
    options = Options(tiny_data / "openeew_mx", tmp_path / "out", quick=True)

    with pytest.raises(DataError, match="OpenEEW recordings alone"):
        reproduce("quake_cnn", options, lambda _: None)


def test_our_own_network_was_never_published(tmp_path: Path) -> None:
    """The error names those that were."""
    options = Options(tmp_path, tmp_path / "out")

    with pytest.raises(ReproductionError, match="no published protocol; there are cred, "):
        reproduce("tremor_stream", options, lambda _: None)
