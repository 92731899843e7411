"""What stamps are like is learnt, and late ones do not decide it."""

import numpy as np
import pytest

from edge.clock.jitter import Colour, Jitter


@pytest.mark.parametrize("sigma_s", [0.002, 0.05])
def test_late_stamps_hardly_change_the_scatter(sigma_s: float) -> None:
    """Ten of a hundred are late by 0.1 s on average; the rest scatters as it does."""
    random = np.random.default_rng(2)
    jitter = Jitter(0.1)
    learnt_s = []
    for _ in range(2000):
        late_s = random.exponential(0.1) if random.random() < 0.1 else 0.0
        jitter.cut(sigma_s * random.standard_normal() + late_s, jitter.sigma_s, 0.0)
        learnt_s.append(jitter.sigma_s)

    assert sigma_s == pytest.approx(np.median(learnt_s[500:]), rel=0.5)
    assert 0.02 < jitter.lateness < 0.15


def test_what_late_stamps_add_is_taken_off() -> None:
    """The mean of cut stamps less that is the mean of the others, within a tenth of their sigma."""
    random = np.random.default_rng(3)
    jitter = Jitter(0.1)
    left_s = []
    for number in range(6000):
        late_s = float(random.exponential(0.1)) if random.random() < 0.1 else 0.0
        cut_s = jitter.cut(0.01 * random.standard_normal() + late_s, jitter.sigma_s, 0.0)
        if number > 1000:
            left_s.append(cut_s - jitter.late_s)

    assert abs(np.mean(left_s)) < 0.001


@pytest.mark.parametrize(("likeness", "inflation"), [(0.0, 1.0), (0.5, 3**0.5), (0.8, 3.0)])
def test_the_colour_of_an_autoregression_is_found(likeness: float, inflation: float) -> None:
    """By how much a mean is worse follows from how alike neighbours are."""
    random = np.random.default_rng(5)
    found = []
    for _ in range(10):
        colour, value = Colour(), 0.0
        for _ in range(2000):
            value = likeness * value + float(random.standard_normal())
            colour.learn(value)
        found.append(colour.inflation)

    assert inflation == pytest.approx(np.mean(found), rel=0.15)


def test_too_few_measurements_have_no_colour() -> None:
    """The first ones are alike because the rate is not known yet."""
    colour = Colour()
    for _ in range(30):
        colour.learn(1.0)

    assert 1.0 == colour.inflation
