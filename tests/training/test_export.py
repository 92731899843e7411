"""A network is exported only if it is full integer, carries state by copy and does not drift."""

from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from edge.runtime.stream import NetworkStream  # noqa: E402 - after the check for the extra
from edge.runtime.tflite import TfliteNetwork  # noqa: E402
from training.errors import ExportError  # noqa: E402
from training.export.convert import convert  # noqa: E402
from training.export.gates import (  # noqa: E402
    check_int8,
    measure_parity,
    operators,
    run_stream,
)
from training.export.quantise import calibration_inputs  # noqa: E402
from training.models.tremor_stream import TremorStreamConfig, build, state_specs  # noqa: E402

SMALL = TremorStreamConfig(stem_channels=(16, 16, 16), dilations=(1, 2))
STATES = {spec.name: f"next_{spec.name}" for spec in state_specs(SMALL)}
LONG_HOPS = 4000


def _network(content: bytes) -> TfliteNetwork:
    return TfliteNetwork(content, "ai-edge-litert", "ai_edge_litert.interpreter")


def _stream(network: TfliteNetwork) -> NetworkStream:
    return NetworkStream(network, "trace", "probabilities", STATES)


def _trace(hops: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    swell = 1 + 3 * (np.sin(np.arange(hops * 8) / 300) > 0.95)
    return (rng.standard_normal((hops * 8, 3)) * swell[:, None]).astype(np.float32)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return weights of a small network."""
    keras.utils.set_random_seed(8)
    path = tmp_path_factory.mktemp("weights") / "small.weights.h5"
    build(SMALL).save_weights(path)
    return path


@pytest.fixture(scope="module")
def parent(weights: Path) -> TfliteNetwork:
    """Return its float form."""
    return _network(convert(SMALL, weights, "float32"))


@pytest.fixture(scope="module")
def quantised(weights: Path, parent: TfliteNetwork) -> TfliteNetwork:
    """Return its int8 form."""
    inputs = calibration_inputs(_stream(parent), [_trace(400, seed) for seed in range(3)])
    return _network(convert(SMALL, weights, "int8", inputs))


def test_float_form_equals_the_batch_form(weights: Path, parent: TfliteNetwork) -> None:
    """Conversion alone changes nothing to 1e-5."""
    batch = build(SMALL)
    batch.load_weights(weights)
    trace = _trace(100, 20)

    expected = batch.predict(trace[None], verbose=0)[0]

    np.testing.assert_allclose(expected, run_stream(_stream(parent), trace, 8), atol=1e-5)


def test_int8_form_passes_the_gates(quantised: TfliteNetwork) -> None:
    """No floating point inside, states in one scale, operators built in."""
    check_int8("small", quantised, STATES)

    assert {"CONV_2D", "CONCATENATION"} <= set(operators(quantised))


def test_int8_does_not_drift_over_thousands_of_hops(
    quantised: TfliteNetwork, parent: TfliteNetwork
) -> None:
    """A quarter of an hour in one go: the end is as near the parent as the beginning."""
    parity = measure_parity(
        _stream(quantised), _stream(parent), [_trace(LONG_HOPS, 21)], hop_samples=8
    )

    assert LONG_HOPS == parity.hops
    assert parity.mean < 0.02
    assert parity.worst < 0.25
    assert parity.late_mean < 2 * parity.mean
    assert parity.state_mean < 0.03


def test_float_file_is_refused_as_int8(parent: TfliteNetwork) -> None:
    """A conversion that silently left floating point does not pass for int8."""
    with pytest.raises(ExportError, match="floating-point tensors remain"):
        check_int8("small", parent, STATES)


def test_states_that_the_file_does_not_carry_are_refused(quantised: TfliteNetwork) -> None:
    """A network is exported with all of its states or not at all."""
    fewer = dict(list(STATES.items())[1:])

    with pytest.raises(ExportError, match="inputs are"):
        check_int8("small", quantised, fewer)


def test_failed_conversion_tells_the_childs_last_words(weights: Path) -> None:
    """The child's failure becomes an error with its reason, not a crash of the trainer."""
    other = TremorStreamConfig(stem_channels=(16, 16, 32), dilations=(1, 2))

    with pytest.raises(ExportError, match="exit 1"):
        convert(other, weights, "float32")
