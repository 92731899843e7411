"""The kit's picker over records as stations have them, and the proof of what runs it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog

import cloud.picking.session
from cloud.picking.bundle_network import BundleNetwork, open_bundle_network, own_bundle
from cloud.picking.config import PickingConfig
from cloud.picking.inline import InlinePicker
from edge.bundle import load_bundle
from edge.bundle.shipped import shipped_bundle
from edge.errors import BundleError
from edge.messages import Phase
from edge.runtime.onnx import CPU, OnnxNetwork
from tests.cloud.picking.records import P_S, START_NS, noise, quake, times_s

_MOST_BYTES = 1_000_000


@pytest.fixture(scope="module")
def network() -> BundleNetwork:
    """Return the network that comes with the centre, on the CPU."""
    return open_bundle_network(None, ["cpu"])


@pytest.fixture(scope="module")
def picker(network: BundleNetwork) -> InlinePicker:
    """Return a picker with it."""
    return InlinePicker(network, PickingConfig())


def test_bundle_is_small_and_says_how_it_is_read(network: BundleNetwork) -> None:
    """Under a megabyte; a threshold and a spread of each phase."""
    assert own_bundle().stat().st_size < _MOST_BYTES
    assert {Phase.P, Phase.S} == set(network.readings)
    assert all(0.1 <= r.threshold < 1 and 0 < r.spread < 2 for r in network.readings.values())


def test_it_is_the_network_of_the_station() -> None:
    """The golden answers of both bundles, of one training, to the rounding of weights."""
    here, there = load_bundle(own_bundle()), load_bundle(shipped_bundle("eqd_picker_wide"))

    np.testing.assert_array_equal(here.golden.samples, there.golden.samples)
    np.testing.assert_allclose(here.golden.probabilities, there.golden.probabilities, atol=1e-3)


@pytest.mark.parametrize("rate_hz", [31.25, 50.0, 99.7, 100.0, 200.0, 250.0])
def test_any_sampling_rate(picker: InlinePicker, rate_hz: float) -> None:
    """The kit's own resampler brings it to 100 Hz."""
    (picks,) = picker.pick([quake(1, rate_hz=rate_hz)])

    assert P_S == pytest.approx(min(times_s(picks, Phase.P)), abs=0.25)


@pytest.mark.parametrize(("seconds", "p_s"), [(30.0, 20.0), (45.0, 20.0), (240.0, 130.0)])
def test_any_length(picker: InlinePicker, seconds: float, p_s: float) -> None:
    """Shorter than a window, and many windows."""
    (picks,) = picker.pick([quake(1, seconds=seconds, p_s=p_s)])

    found = times_s(picks, Phase.P)
    assert any(p_s == pytest.approx(time_s, abs=0.25) for time_s in found)
    assert all(0 <= time_s <= seconds for time_s in found)


@pytest.mark.parametrize("count", [0, 1, 5])
@pytest.mark.parametrize("rate_hz", [100.0, 50.0])
def test_hardly_anything_is_nothing(picker: InlinePicker, count: int, rate_hz: float) -> None:
    """A record of a few samples has no picks and does no harm."""
    record = quake(1, rate_hz=rate_hz)
    short = replace(record, acceleration_m_s2=record.acceleration_m_s2[:count])

    assert () == picker.pick([short])[0]


@pytest.mark.parametrize("missing", [[1, 2], [0], [2]])
def test_missing_components(picker: InlinePicker, missing: list[int]) -> None:
    """They are zeros, as in the training; what is left is picked."""
    record = quake(2)
    samples = record.acceleration_m_s2.copy()
    samples[:, missing] = np.nan
    there = replace(record, acceleration_m_s2=samples, rate_hz=record.rate_hz)

    (picks,) = picker.pick([there])

    assert picks
    assert all(np.isfinite([pick.probability, pick.uncertainty_s]).all() for pick in picks)


def test_station_that_is_dead_says_nothing(picker: InlinePicker) -> None:
    """Zeros throughout, or no component at all."""
    dead = replace(noise(1), acceleration_m_s2=np.zeros((6000, 3), np.float32))
    empty = replace(noise(1), acceleration_m_s2=np.full((6000, 3), np.nan, np.float32))

    assert [(), ()] == picker.pick([dead, empty])


def test_unit_of_the_samples_does_not_matter(picker: InlinePicker) -> None:
    """Counts are picked as m/s2 are."""
    record = quake(1)
    counts = replace(record, acceleration_m_s2=record.acceleration_m_s2 * np.float32(2**17))

    assert picker.pick([record]) == picker.pick([counts])


def test_start_of_the_record_does_not_matter(picker: InlinePicker) -> None:
    """The same earthquake, asked for from ten seconds later on."""
    record = quake(1, seconds=90)
    later = replace(
        record,
        start_ns=START_NS + 10_000_000_000,
        acceleration_m_s2=record.acceleration_m_s2[1000:],
    )

    first, second = (times_s(picks, Phase.P)[0] for picks in picker.pick([record, later]))

    assert first == pytest.approx(second, abs=0.1)


def test_configured_thresholds_hold(network: BundleNetwork) -> None:
    """In the place of those of the card."""
    deaf = InlinePicker(network, PickingConfig(p_threshold=1.0, s_threshold=1.0))
    keen = InlinePicker(network, PickingConfig(p_threshold=0.02))

    assert ((),) == tuple(deaf.pick([quake(1)]))
    assert len(keen.pick([quake(1)])[0]) > 1


def test_provider_that_is_not_here_is_passed_over() -> None:
    """Named together, the next one runs; named alone, it is told."""
    assert "cpu" == open_bundle_network(None, ["tensorrt", "cpu"]).provider
    with pytest.raises(BundleError, match="tensorrt is not installed"):
        open_bundle_network(None, ["tensorrt"])


class _WrongNetwork(OnnxNetwork):
    """A provider whose arithmetic is a little off."""

    def __init__(self, content: bytes, providers: list[Any], threads: int) -> None:
        super().__init__(content, (CPU,), threads)
        self._off = 0.0 if providers[0] == CPU else 0.01

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value + self._off for name, value in super().run(inputs).items()}


def test_provider_that_gives_other_answers_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Farther from the golden answers than the card allows: the CPU takes its place; it is told."""
    everywhere = ["CUDAExecutionProvider", CPU]
    monkeypatch.setattr(cloud.picking.session, "_available", lambda: everywhere)
    monkeypatch.setattr(cloud.picking.session, "OnnxNetwork", _WrongNetwork)

    with structlog.testing.capture_logs() as log:
        opened = open_bundle_network(None, ["cuda", "cpu"])

    assert "cpu" == opened.provider
    (line,) = log
    assert ("picker_provider_refused", "cuda") == (line["event"], line["provider"])
    assert "differs by 0.0100" in line["reason"]


def test_batches_of_a_gpu_give_the_answers_of_single_windows(
    network: BundleNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many windows a call differ from one a call by rounding alone."""
    record = quake(1, seconds=300)
    (single,) = network.curves([record])
    monkeypatch.setattr(network._session, "_at_once", 4)
    (together,) = network.curves([record])

    for phase in (Phase.P, Phase.S):
        np.testing.assert_allclose(
            single.probabilities[phase], together.probabilities[phase], atol=1e-5
        )


def test_bundle_without_curves_is_refused() -> None:
    """With the command that makes one."""
    for name in ("cred", "tremor_stream", "eqd_picker_wide"):
        with pytest.raises(BundleError, match=r"for-centre|hears a stream"):
            open_bundle_network(shipped_bundle(name), ["cpu"])


def test_missing_file_is_told() -> None:
    """With its name."""
    with pytest.raises(BundleError, match="none-1"):
        open_bundle_network(Path("none-1.tremor"), ["cpu"])
