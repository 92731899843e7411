"""Rows that were measured before are not measured again, and nothing else is taken for them."""

from dataclasses import dataclass
from pathlib import Path

from training.score.config import ScoreConfig
from training.score.contest import Contestant
from training.score.continuous import Standing, read_material, run_row
from training.score.keep import Keep, fingerprint


@dataclass(frozen=True)
class Result:
    """Something measured."""

    value: float


class Measured:
    """Counts how often it was asked."""

    times = 0

    def __call__(self) -> Result:
        """Measure."""
        self.times += 1
        return Result(1.5)


def test_same_key_is_measured_once(tmp_path: Path) -> None:
    """The second answer comes from the folder, also for another process."""
    measured = Measured()

    assert [Result(1.5)] * 2 == [Keep(tmp_path)(Result, ("a", "b"), measured) for _ in range(2)]
    assert 1 == measured.times


def test_other_key_is_measured_anew(tmp_path: Path) -> None:
    """Another bundle, other data, other amounts: other figures."""
    measured = Measured()
    for key in (("a", "b"), ("a", "c"), ("b", "b")):
        Keep(tmp_path)(Result, key, measured)

    assert 3 == measured.times


def test_without_a_folder_nothing_is_kept() -> None:
    """Every call measures."""
    measured = Measured()
    for _ in range(2):
        Keep(None)(Result, ("a",), measured)

    assert 2 == measured.times


def test_a_whole_row_comes_back_as_it_was(
    tmp_path: Path, tiny_data: Path, sta_lta: Contestant
) -> None:
    """Records, rates, intervals and waveforms survive the way through JSON."""
    config = ScoreConfig(noise_hours=0.02, disturbances=0)
    row = run_row(sta_lta, read_material(tiny_data), config, lambda *_: None)
    key = ("streams", sta_lta.identity, fingerprint(tiny_data))

    assert row == Keep(tmp_path)(Standing, key, lambda: row)
    assert row == Keep(tmp_path)(Standing, key, lambda: None)


def test_other_picks_have_another_fingerprint(tiny_data: Path, tmp_path: Path) -> None:
    """Data without picks have none."""
    assert "" == fingerprint(tmp_path) != fingerprint(tiny_data)
