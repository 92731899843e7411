"""Inspection finds what is wrong with a data set, and nothing where nothing is."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.data.quakes import recording
from training.data.drops import Drops
from training.data.faults import (
    CLIPPED,
    DEAD,
    FAULTS,
    IDENTICAL,
    MISSING,
    NOT_FINITE,
    SILENT_STRETCH,
    UPSAMPLED,
    faults_of,
)
from training.data.inspection import Inspection, inspect_set
from training.data.inspection_plot import plot_inspection
from training.data.layouts import find_layout
from training.data.recording import Recording
from training.errors import BrokenRecordError


def _anywhere(count: int, **changes: object) -> list[Recording]:
    places = np.random.default_rng(1).uniform(700, 4000, count)
    return [
        recording(seed, p_index=float(p), s_index=float(p + 400), **changes)
        for seed, p in enumerate(places)
    ]


def _found(recordings: list[Recording]) -> dict[str, int]:
    findings = inspect_set(recordings, Drops()).findings()
    return {finding.kind: finding.count for finding in findings}


def _dead(samples: np.ndarray) -> None:
    samples[:, 1] = 1234.0


def _missing(samples: np.ndarray) -> None:
    samples[:, 1] = np.nan


def _not_finite(samples: np.ndarray) -> None:
    samples[100:110, 0] = np.nan
    samples[120, 2] = np.inf


def _clipped(samples: np.ndarray) -> None:
    np.clip(samples[:, 0], -1000, 3000, out=samples[:, 0])


def _upsampled(samples: np.ndarray) -> None:
    spectrum = np.fft.rfft(samples - samples.mean(axis=0), axis=0)
    spectrum[len(spectrum) // 2 :] = 0
    samples[:] = np.fft.irfft(spectrum, len(samples), axis=0)


def _identical(samples: np.ndarray) -> None:
    samples[:, 2] = samples[:, 0]


def _silent(samples: np.ndarray) -> None:
    samples[3000:3300] = samples[3000]


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_dead, DEAD),
        (_missing, MISSING),
        (_not_finite, NOT_FINITE),
        (_clipped, CLIPPED),
        (_upsampled, UPSAMPLED),
        (_identical, IDENTICAL),
        (_silent, SILENT_STRETCH),
    ],
)
def test_fault_of_a_recording_is_found(spoil: Callable[[np.ndarray], None], fault: str) -> None:
    """Each kind by its own, and only it."""
    one = recording()
    assert [] == faults_of(one)

    spoil(one.samples)

    assert [fault] == faults_of(one)


def test_all_faults_have_a_test() -> None:
    """The list above is whole."""
    kinds = {DEAD, MISSING, NOT_FINITE, CLIPPED, UPSAMPLED, IDENTICAL, SILENT_STRETCH}
    assert kinds == set(FAULTS)


def test_weak_noise_in_few_counts_is_not_clipped() -> None:
    """A quiet station repeats its few values."""
    rng = np.random.default_rng(1)
    samples = np.rint(rng.normal(0, 2, (6000, 3))).astype(np.float32)

    assert [] == faults_of(Recording(recording().about, samples))


def test_sound_set_has_no_findings() -> None:
    """P anywhere, one rate, each event in one part."""
    assert {} == _found(_anywhere(30))


def test_p_at_one_place_is_found() -> None:
    """Exactly, nearly, and at whole seconds."""
    fixed = [recording(seed) for seed in range(20)]
    places = np.random.default_rng(2).uniform(1480, 1520, 20)
    near = [recording(seed, p_index=float(p)) for seed, p in enumerate(places)]
    seconds = np.random.default_rng(3).integers(2, 19, 20)
    whole = [recording(seed, p_index=100.0 * s - 1) for seed, s in enumerate(seconds)]

    assert {"P at one place": 20} == _found(fixed) == _found(near)
    assert {"P at whole seconds": 20} == _found(whole)


def test_event_in_two_parts_is_found() -> None:
    """One earthquake at two stations on two sides of the split."""
    recordings = _anywhere(20)
    recordings[3] = Recording(
        replace(recordings[3].about, event=recordings[2].about.event, part="test"),
        recordings[3].samples,
    )
    finding = inspect_set(recordings, Drops()).findings()[0]

    assert ("error", "event across parts", 1) == (finding.severity, finding.kind, finding.count)
    assert ("event-2",) == finding.examples


def test_duplicate_waveforms_are_found() -> None:
    """Within a part a warning, across parts an error."""
    within, across = _anywhere(20), _anywhere(20)
    within[3] = Recording(within[3].about, within[2].samples)
    across[3] = Recording(replace(across[3].about, part="test"), across[2].samples)

    assert {"duplicate": 1} == _found(within)
    assert {"duplicate across parts": 1} == _found(across)


def test_other_rate_is_found() -> None:
    """One record of forty at another rate is told."""
    recordings = _anywhere(40)
    recordings[7] = Recording(replace(recordings[7].about, rate_hz=40.0), recordings[7].samples)

    assert {"other rate": 1} == _found(recordings)


def test_dropped_records_are_found() -> None:
    """What the reader left out belongs to the report, with a place."""
    drops = Drops()
    drops.drop("table.csv:7", BrokenRecordError("x", "no waveform"))

    (finding,) = inspect_set(_anywhere(20), drops).findings()

    assert ("dropped", 1, ("table.csv:7",)) == (finding.kind, finding.count, finding.examples)


def test_summary_is_json(tmp_path: Path) -> None:
    """Counts, spreads and findings, of an empty set too."""
    summary = inspect_set(_anywhere(12, magnitude=3.0, distance_km=20.0), Drops()).summary()

    assert (12, 12, 1) == (summary["recordings"], summary["events"], summary["stations"])
    assert json.loads(json.dumps(summary)) == summary
    assert 0 == json.loads(json.dumps(Inspection(Drops()).summary()))["recordings"]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_plot_is_a_picture(tmp_path: Path, count: int) -> None:
    """Of any number of recordings."""
    inspection = inspect_set(_anywhere(count, magnitude=3.0, distance_km=20.0), Drops())

    plot_inspection(inspection, "made", tmp_path / "plot.png")

    assert b"\x89PNG" == (tmp_path / "plot.png").read_bytes()[:4]


def test_traps_of_the_real_sets_are_found(shared_data: Path) -> None:
    """P at sample 3000 in NCEDC's windows; in STEAD's at whole seconds, of a 40 Hz station."""
    kinds = {}
    for name in ("ncedc_windows", "stead_sample"):
        drops = Drops()
        path = shared_data / name
        inspection = inspect_set(find_layout(path).read(path, drops), drops)
        kinds[name] = {finding.kind: finding.count for finding in inspection.findings()}

    assert 139 == kinds["ncedc_windows"]["P at one place"]
    assert {"P at whole seconds": 50, UPSAMPLED: 50} == kinds["stead_sample"]
