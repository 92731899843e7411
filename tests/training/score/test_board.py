"""The command writes a whole scoreboard, from recordings or from what anybody can make."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.detect.loading import shipped_bundle
from training.cli import app
from training.score.board import Board, Given, measure
from training.score.config import ScoreConfig
from training.score.continuous import BEFORE_TEST, SURROGATES
from training.score.lineup import KIT_STA_LTA, STATION
from training.score.page import page
from training.score.stand import where_we_stand
from training.score.write import board_to_json, write_board

RUNNER = CliRunner()
SMALL = ScoreConfig(noise_hours=0.05, disturbances=1, examples=2)


@pytest.fixture(scope="module")
def board(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Board:
    """Return the scoreboard of the shipped network on the tiny recordings."""
    given = Given([shipped_bundle()], elsewhere=[("elsewhere", shipped_bundle())])
    keep = tmp_path_factory.mktemp("keep")
    return measure(tiny_data, given, SMALL, keep, lambda *_: None)


def test_everybody_is_there(board: Board) -> None:
    """The network, the kit's STA/LTA, ObsPy's where it is, and both together."""
    names = [one.name for one in board.standings]

    assert "tremor_stream int8" == names[0]
    assert {KIT_STA_LTA, STATION} <= set(names)
    assert board.has_obspy is ("STA/LTA, ObsPy" in names)


def test_rows_are_of_the_test_events_alone(board: Board) -> None:
    """No training event is counted as detected."""
    assert ("2019_3_9",) == board.events
    assert {"2019_3_9"} == {o.truth.event for one in board.standings for o in one.observations}


def test_noise_is_told_apart(board: Board) -> None:
    """Recorded and made noise have hours of their own."""
    for row in board.standings:
        assert row.false[BEFORE_TEST].sent.hours > 0.01
        assert row.false[SURROGATES].sent.hours > 0.005


def test_both_together_find_what_one_finds(board: Board) -> None:
    """A station with two detectors misses nothing that either of them triggers on alone."""
    alone = [row.summary.detected.hit for row in board.standings[:2]]

    assert board.standings[-1].summary.detected.hit >= min(alone)
    assert STATION == board.standings[-1].name


def test_same_bundle_elsewhere_is_the_same(board: Board) -> None:
    """The network under another name has the first row's figures."""
    (other,) = board.elsewhere

    assert board.ours.summary == other.streams


def test_page_names_the_command_and_says_where_we_stand(board: Board, tmp_path: Path) -> None:
    """Page, figures and pictures lie beside each other; pictures are small."""
    text = write_board(board, tmp_path, "model-trainer score --data recordings")

    assert "model-trainer score --data recordings" in text
    assert where_we_stand(board) in text
    assert board.entries[0].sha256[:16] in text
    assert text == (tmp_path / "README.md").read_text()
    assert {"roc.png", "delay.png"} <= {picture.name for picture in tmp_path.glob("*.png")}
    assert all(picture.stat().st_size < 120_000 for picture in tmp_path.glob("*.png"))
    for picture in tmp_path.glob("*.png"):
        assert f"({picture.name})" in text


def test_every_table_is_as_wide_as_its_head(board: Board) -> None:
    """Rows of Markdown tables have a cell for each column."""
    blocks = page(board, "x", []).split("\n\n")
    tables = [block.splitlines() for block in blocks if block.startswith("|")]

    assert len(tables) > 5
    for lines in tables:
        assert 1 == len({line.count("|") for line in lines}), lines[0]


def test_figures_are_json(board: Board) -> None:
    """Without single records and without NaN, which JSON has not."""
    facts = json.loads(board_to_json(board))

    assert "tremor_stream int8" == facts["standings"][0]["name"]
    assert "observations" not in facts["standings"][0]
    assert "NaN" not in board_to_json(board)


def test_uncertainty_is_told(board: Board) -> None:
    """Two records and minutes of noise prove nothing, and the text says so."""
    text = where_we_stand(board)

    assert "cannot prove it" in text
    assert "neither proven nor disproven" in text


def test_command_works_on_made_recordings(tmp_path: Path) -> None:
    """From a fresh clone: synthesise, then score."""
    made = ["data", "synthesise", "--layout", "openeew", "--out", str(tmp_path / "made")]
    size = ["--events", "3", "--stations", "1"]
    few = ["--noise-hours", "0", "--disturbances", "0", "--bundle", str(shipped_bundle())]
    out = tmp_path / "board"

    assert 0 == RUNNER.invoke(app, [*made, *size]).exit_code
    result = RUNNER.invoke(
        app, ["score", "--data", str(tmp_path / "made"), "--out", str(out), "--json", *few]
    )

    assert 0 == result.exit_code, result.output
    assert (out / "README.md").read_text().startswith("# Scoreboard")
    assert json.loads(result.stdout)["config"]["noise_hours"] == 0


def test_elsewhere_wants_a_name(tiny_data: Path) -> None:
    """`--elsewhere BUNDLE` without a name is wrong usage."""
    result = RUNNER.invoke(app, ["score", "--data", str(tiny_data), "--elsewhere", "x.tremor"])

    assert 2 == result.exit_code
    assert "NAME=BUNDLE" in result.output
