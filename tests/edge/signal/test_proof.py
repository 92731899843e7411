"""A processor that computes wrong is found out before it triggers on nothing."""

from pathlib import Path

import numpy as np
import pytest

from edge.check import check_station
from edge.config import load_station_config
from edge.errors import ArithmeticProofError
from edge.resources import firmware_configs
from edge.signal.filters import Array, FilterFan
from edge.signal.proof import prove_filters
from edge.station import open_station

_SYNTHETIC = firmware_configs("stations") / "synthetic.toml"


@pytest.fixture
def _wrong_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matrix products in which one number in a thousand is off by one percent."""
    right = FilterFan.__call__

    def wrong(self: FilterFan, samples: Array) -> Array:
        filtered = right(self, samples)
        filtered[0, 40, 1] *= 1.01
        return filtered

    monkeypatch.setattr(FilterFan, "__call__", wrong)


def test_this_processor_is_right() -> None:
    """Nothing is said where all is well."""
    prove_filters()


@pytest.mark.usefixtures("_wrong_products")
def test_one_wrong_number_is_seen() -> None:
    """With its size and what to do."""
    with pytest.raises(ArithmeticProofError, match="OPENBLAS_CORETYPE") as caught:
        prove_filters()

    assert 1e-9 < caught.value.difference < 1


def test_not_a_number_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison with NaN is neither true nor false; it must not pass."""
    monkeypatch.setattr(
        FilterFan, "__call__", lambda _self, samples: np.full((2, *samples.shape), np.nan)
    )

    with pytest.raises(ArithmeticProofError):
        prove_filters()


@pytest.mark.usefixtures("_wrong_products")
def test_station_does_not_start_on_it() -> None:
    """No trigger is better than any that such a processor makes."""
    with pytest.raises(ArithmeticProofError):
        open_station(load_station_config(_SYNTHETIC))


@pytest.mark.usefixtures("_wrong_products")
def test_check_says_it(tmp_path: Path) -> None:
    """In its place, before the source."""
    config = load_station_config(_SYNTHETIC).model_copy(update={"state_dir": tmp_path})

    found = {finding.subject: finding for finding in check_station(config)}

    assert ["station", "arithmetic", "source"] == list(found)[:3]
    assert not found["arithmetic"].ok
    assert "wrong on this processor" in found["arithmetic"].text
