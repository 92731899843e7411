"""The noise models, against ObsPy's copy of them."""

import pytest
from obspy.signal.spectral_estimation import get_nhnm, get_nlnm

from edge.noise.peterson import nhnm_db, nlnm_db


@pytest.mark.parametrize(("theirs", "ours"), [(get_nlnm, nlnm_db), (get_nhnm, nhnm_db)])
def test_the_models_are_those_of_obspy(theirs: object, ours: object) -> None:
    """At each period from 0.1 to 100 s, to the digits of the table."""
    periods_s, levels_db = theirs()  # type: ignore[operator]
    wanted = {p: db for p, db in zip(periods_s, levels_db, strict=True) if 0.1 <= p <= 100}

    told = {p: ours(1 / p) for p in wanted}  # type: ignore[operator]

    assert len(wanted) > 50
    assert pytest.approx(wanted, abs=0.05) == told


@pytest.mark.parametrize("frequency_hz", [0.009, 10.5, 32.0])
def test_where_a_model_says_nothing_nothing_is_made_up(frequency_hz: float) -> None:
    """Neither model is told below 0.01 or above 10 Hz."""
    assert nlnm_db(frequency_hz) is None
    assert nhnm_db(frequency_hz) is None
