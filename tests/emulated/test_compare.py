"""Triggers of two processors are told to be the same, or what differs."""

import json
from dataclasses import replace

import pytest

from scripts.emulated.compare import SAMPLE_S, Comparison, Seen, compare, last_revisions

_P = Seen(100.0, "final", "P", 5, {"tremor_stream": 0.9, "sta_lta": 12.0})
_LATER = Seen(160.0, "retracted", "unknown", 3, {"sta_lta": 7.0})


def _but(**others: object) -> Seen:
    return replace(_P, **others)


def _compared(here: list[Seen], there: list[Seen]) -> Comparison:
    return compare("a recording", 300, here, there)


def test_same_triggers_are_the_same() -> None:
    """To the last digit, and with none at all."""
    assert _compared([_P, _LATER], [_P, _LATER]).same
    assert _compared([], []).same


@pytest.mark.parametrize(
    "other",
    [
        _but(onset_s=100.0 + SAMPLE_S),
        _but(scores={"tremor_stream": 0.65, "sta_lta": 12.0}),
        _but(scores={"tremor_stream": 0.9, "sta_lta": 12.3}),
    ],
)
def test_rounding_is_no_difference(other: Seen) -> None:
    """A sample, an int8 score, a ratio: processors differ by that much."""
    assert _compared([_P], [other]).same


@pytest.mark.parametrize(
    ("there", "shown"),
    [
        ([], "unmatched=1"),
        ([_P, _LATER], "unmatched=1"),
        ([_but(onset_s=103.0)], "unmatched=2"),
        ([_but(onset_s=100.0 + 2 * SAMPLE_S)], "worst_onset_s=0.0625"),
        ([_but(scores={"tremor_stream": 0.5})], "'tremor_stream': 0.4"),
        ([_but(status="retracted")], "status final here, retracted there"),
        ([_but(phase="S")], "phase P here, S there"),
        ([_but(revisions=4)], "revisions 5 here, 4 there"),
    ],
)
def test_difference_is_found_and_shown(there: list[Seen], shown: str) -> None:
    """One trigger more or less, late, unsure, or with another end."""
    comparison = _compared([_P], there)

    assert not comparison.same
    assert shown in str(comparison)


def test_pairs_are_those_next_to_each_other() -> None:
    """Two triggers within two seconds are not mixed up."""
    here = [_but(onset_s=100.0), _but(onset_s=101.5)]
    there = [_but(onset_s=100.01), _but(onset_s=101.51)]

    assert pytest.approx(0.01) == _compared(here, there).worst_onset_s


def test_last_revision_counts() -> None:
    """A trigger is what its last revision says; a detector without a score has none."""
    lines = [_revision("a", 20, 0.8, "preliminary"), _revision("b", 10, 0.5, "preliminary")]
    lines.append(_revision("a", 20, 0.9, "final"))

    seen = last_revisions(lines)

    assert ["preliminary", "final"] == [one.status for one in seen]
    assert [1, 2] == [one.revisions for one in seen]
    assert {"tremor_stream": 0.9} == seen[1].scores
    assert 10.0 == seen[1].onset_s - seen[0].onset_s


def _revision(name: str, second: int, score: float, status: str) -> str:
    detectors = [{"name": "tremor_stream", "score": score}, {"name": "sta_lta", "score": None}]
    onset = f"2026-01-01T00:00:{second}.000000Z"
    return json.dumps(
        {"id": name, "onset": onset, "status": status, "phase": "P", "detectors": detectors}
    )
