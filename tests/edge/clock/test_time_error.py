"""The proof: sample times of a wrong, drifting, jittering sensor are right to 5 ms."""

import numpy as np
import pytest

from edge.timebase import TimeBase
from tests.edge.clock.oscillator import Case, Errors, errors_of, sample

JITTER_S = 0.05
BOUND_S = 0.005
SETTLED_S = 600.0


def run(case: Case, seed: int) -> tuple[TimeBase, Errors]:
    """Return the errors of all samples of a run."""
    sampled = sample(case, seed)
    base = TimeBase(case.rate_hz)
    blocks = [block for packet in sampled.packets for block in base.push(packet)]
    return base, errors_of([*blocks, *base.flush()], sampled.times_s)


HOST = {"on_host": True, "lost_share": 0.005, "jitter_s": JITTER_S, "hours": 0.4}
DEVICE = {"jitter_s": JITTER_S, "hours": 0.4}
RAMP = {"ppm_per_degree": 100.0, "warming_c": 10.0, "tells_temperature": True, "hours": 0.6}


@pytest.mark.parametrize(
    "case",
    [
        Case("20 ppm", ppm=20, **DEVICE),
        Case("200 ppm", ppm=200, **DEVICE),
        Case("2 %", ppm=20_000, **DEVICE),
        Case("2 %, warming by 20 degrees an hour", ppm=20_000, **(DEVICE | RAMP)),
        Case("FIFO of the host, 2 %, readings lost", ppm=20_000, **HOST),
        Case("the same, warming", ppm=20_000, **(HOST | RAMP)),
    ],
    ids=lambda case: case.name,
)
def test_samples_are_timed_to_5_ms_though_every_stamp_is_off_by_50(case: Case) -> None:
    """FIFO of 32 samples, 50 ms of jitter; after ten minutes, root mean square."""
    errors = [run(case, seed)[1].after(SETTLED_S) for seed in (3, 4)]

    assert np.mean([one.rms_s for one in errors]) < BOUND_S


def test_a_good_clock_gives_times_to_a_millisecond() -> None:
    """A host kept by chrony: what is left is the reading of the FIFO."""
    good = HOST | {"jitter_s": 0.0005}
    _, errors = run(Case("chrony", ppm=20_000, **good), 5)

    assert errors.after(60.0).rms_s < 0.001


def test_late_packets_do_not_make_times_late() -> None:
    """Two of a hundred stamps are 0.1 s late on average: the mean moves by less than 1 ms."""
    _, errors = run(Case("late", jitter_s=0.002, late_share=0.02, hours=0.4), 6)

    assert abs(np.median(errors.after(SETTLED_S).error_s)) < 0.001


@pytest.mark.parametrize(
    ("ppm_per_degree", "jitter_s"),
    [
        (30.0, 0.05),
        pytest.param(0.0, 0.05, marks=pytest.mark.slow),
        pytest.param(0.0, 0.002, marks=pytest.mark.slow),
        pytest.param(30.0, 0.002, marks=pytest.mark.slow),
    ],
)
def test_the_stated_error_is_the_true_one(ppm_per_degree: float, jitter_s: float) -> None:
    """In 95 of 100 samples or more the error is within two of its stated sigmas, and no farce."""
    case = Case(
        "calibration",
        ppm=20_000,
        ppm_per_degree=ppm_per_degree,
        warming_c=5,
        jitter_s=jitter_s,
        hours=0.6,
    )
    errors = [run(case, seed)[1].after(60.0) for seed in (7, 8)]

    assert np.mean([one.honest_share for one in errors]) >= 0.95
    assert np.mean([one.stated_s.mean() for one in errors]) < 3 * np.mean(
        [one.rms_s for one in errors]
    )


def test_nothing_is_lost_of_what_was_read() -> None:
    """Lost readings are gaps, one each; every other sample comes out once, in order."""
    case = Case("lost", ppm=20_000, **HOST)
    sampled = sample(case, 11)
    base = TimeBase(case.rate_hz)
    blocks = [block for packet in sampled.packets for block in base.push(packet)]
    blocks += base.flush()
    numbers = np.concatenate([block.samples[:, 0] for block in blocks]).astype(int)
    read = np.concatenate([packet.samples[:, 0] for packet in sampled.packets]).astype(int)
    places = np.flatnonzero(np.diff(read) > 1)

    assert read.tolist() == numbers.tolist()
    assert len(places) == base.counters.gaps
    assert 0 == base.counters.steps
