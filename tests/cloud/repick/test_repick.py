"""An archive is picked into a file, goes on after an end in the middle, and says what it did."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("obspy", reason="ObsPy writes the archive")

from cloud.cli import app
from cloud.errors import PickerError, RepickError
from cloud.picking import PhasePick, Picker
from cloud.picking.config import PickingConfig
from cloud.picking.inline import open_inline_picker
from cloud.repick.archive import find_days
from cloud.repick.command import Wanted
from cloud.repick.output import PROGRESS, Output
from cloud.repick.run import Repicked, repick
from cloud.seismogram import Seismogram
from edge.timestamps import parse_time
from tests.cloud.picking.records import P_S, START_NS, quake
from tests.cloud.repick.archives import write_sds

TERMS = {"picker": "a-1", "p_threshold": None, "s_threshold": None}
RUNNER = CliRunner()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of three stations with an earthquake each."""
    folder = tmp_path_factory.mktemp("sds")
    write_sds(folder, [quake(number, seconds=40) for number in range(3)])
    return folder


@pytest.fixture(scope="module")
def picker() -> Picker:
    """Return the kit's picker, in this process."""
    return open_inline_picker(PickingConfig(providers=("cpu",)))


class _EndsAfter:
    """A picker that fails after some records."""

    def __init__(self, picker: Picker, records: int) -> None:
        self.name = picker.name
        self._picker, self._left = picker, records

    def pick(self, seismograms: Sequence[Seismogram]) -> list[tuple[PhasePick, ...]]:
        self._left -= 1
        if self._left < 0:
            raise PickerError(self.name, "the power went")
        return self._picker.pick(seismograms)


def _run(archive: Path, picker: Picker, path: Path, ahead: int = 1) -> Repicked:
    with Output(path, TERMS) as out:
        return repick(archive, find_days(archive), picker, out, ahead, lambda *_: None)


def test_lines_say_what_when_and_how_sure(archive: Path, picker: Picker, tmp_path: Path) -> None:
    """One pick a line, a station after the other, each in order of time."""
    result = _run(archive, picker, tmp_path / "picks.jsonl")

    lines = [json.loads(line) for line in (tmp_path / "picks.jsonl").read_text().splitlines()]
    assert ["S000", "S001", "S002"] == list(dict.fromkeys(line["station"] for line in lines))
    first = next(line for line in lines if line["phase"] == "P")
    assert P_S == pytest.approx((parse_time(first["time"]) - START_NS) / 1e9, abs=0.2)
    assert ("XX", "00", "HN?", "a-1") == tuple(
        first[key] for key in ("network", "location", "channels", "picker")
    )
    assert 0 < first["uncertainty_s"] < 0.5 < first["probability"] < 1
    assert (3, 0, len(lines)) == (result.days, result.skipped, result.picks.total())
    assert result.hours == pytest.approx(3 * 40 / 3600, rel=0.01)


def test_how_many_are_ahead_changes_nothing(archive: Path, picker: Picker, tmp_path: Path) -> None:
    """To the byte."""
    _run(archive, picker, tmp_path / "a")
    _run(archive, picker, tmp_path / "b", ahead=3)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_goes_on_where_it_ended(archive: Path, picker: Picker, tmp_path: Path) -> None:
    """What was half written is written anew; the file ends as if nothing had happened."""
    whole, path = tmp_path / "whole", tmp_path / "picks.jsonl"
    _run(archive, picker, whole)
    with pytest.raises(PickerError, match="the power went"):
        _run(archive, _EndsAfter(picker, 2), path)
    path.write_bytes(path.read_bytes() + b'{"network": "X')
    progress = path.with_name(path.name + PROGRESS)
    progress.write_text(progress.read_text() + '{"day": "XX.S')

    result = _run(archive, picker, path)

    assert (1, 2) == (result.days, result.skipped)
    assert whole.read_bytes() == path.read_bytes()
    again = _run(archive, picker, path)
    assert (0, 3) == (again.days, again.skipped)


def test_file_of_another_picker_is_not_gone_on_with(tmp_path: Path) -> None:
    """Only --anew may put it away."""
    path = tmp_path / "picks.jsonl"
    with Output(path, TERMS):
        pass
    other = TERMS | {"picker": "b-2"}

    with pytest.raises(RepickError, match="--anew"):
        Output(path, other)
    with Output(path, other, anew=True) as out:
        assert set() == out.done


def test_foreign_file_is_left_alone(tmp_path: Path) -> None:
    """A file that no run left is not written over."""
    path = tmp_path / "thesis.txt"
    path.write_text("years of work")

    with pytest.raises(RepickError, match="name another"):
        Output(path, TERMS)
    assert "years of work" == path.read_text()


def test_archive_without_such_channels_is_told(tmp_path: Path) -> None:
    """With the layout that is looked for."""
    with pytest.raises(RepickError, match=r"CHAN\.D"):
        Wanted(tmp_path).days()


def test_command_says_what_it_did(archive: Path, tmp_path: Path) -> None:
    """As JSON, for programs."""
    out = tmp_path / "picks.jsonl"
    arguments = ["repick", str(archive), "--out", str(out), "--start", "2020-09-13", "--json"]

    done = RUNNER.invoke(app, arguments, catch_exceptions=False)

    told = json.loads(done.stdout)
    assert (3, 3, 0, "local") == tuple(told[k] for k in ("stations", "days", "skipped", "engine"))
    assert told["picks"]["P"] + told["picks"]["S"] == len(out.read_text().splitlines())
    assert "eqd_picker_wide-1" == told["picker"]
