"""A network is exported only if it is full integer, carries state by copy and does not drift."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from edge.runtime.stream import NetworkStream  # noqa: E402 - after the check for the extra
from training.errors import ExportError  # noqa: E402
from training.export.convert import convert  # noqa: E402
from training.export.gates import (  # noqa: E402
    check_stream,
    measure_parity,
    open_stream,
    run_stream,
)
from training.export.network import Converted  # noqa: E402
from training.export.run_file import run_file  # noqa: E402
from training.export.stream import (  # noqa: E402
    StreamSubject,
    calibration_inputs,
    convert_stream,
    states_of,
)
from training.export.subject import RUNTIMES  # noqa: E402
from training.models.tremor_stream import TremorStreamConfig, build  # noqa: E402

SMALL = TremorStreamConfig(stem_channels=(16, 16, 16), dilations=(1, 2))
STATES = states_of(SMALL)
LONG_HOPS = 4000


def _trace(hops: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    swell = 1 + 3 * (np.sin(np.arange(hops * 8) / 300) > 0.95)
    return (rng.standard_normal((hops * 8, 3)) * swell[:, None]).astype(np.float32)


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> StreamSubject:
    """Return a small network of random weights."""
    keras.utils.set_random_seed(8)
    path = tmp_path_factory.mktemp("weights") / "small.weights.h5"
    build(SMALL).save_weights(path)
    return StreamSubject(SMALL, path)


@pytest.fixture(scope="module")
def float_file(subject: StreamSubject) -> bytes:
    """Return its float form as a file."""
    return convert(SMALL, subject.weights, "float32")


@pytest.fixture(scope="module")
def parent(float_file: bytes) -> NetworkStream:
    """Return its float form."""
    return open_stream(float_file, "tflite", STATES)


@pytest.fixture(
    scope="module",
    params=[
        ("int8", "tflite"),
        # Each conversion starts TensorFlow in a process of its own.
        pytest.param(("int16", "tflite"), marks=pytest.mark.slow),
        pytest.param(("int8", "onnx"), marks=pytest.mark.slow),
        pytest.param(("int16", "onnx"), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def quantised(
    request: pytest.FixtureRequest, subject: StreamSubject, parent: NetworkStream
) -> Converted:
    """Return its integer forms."""
    traces = [_trace(400, seed) for seed in range(3)]
    return convert_stream(subject, *request.param, parent, traces)


def test_float_form_equals_the_batch_form(subject: StreamSubject, parent: NetworkStream) -> None:
    """Conversion alone changes nothing to 1e-5."""
    batch = build(SMALL)
    batch.load_weights(subject.weights)
    trace = _trace(100, 20)

    expected = batch.predict(trace[None], verbose=0)[0]

    np.testing.assert_allclose(expected, run_stream(parent, trace, 8), atol=1e-5)


def test_integer_form_passes_the_gates(quantised: Converted) -> None:
    """No floating point inside, states in one scale, operators built in."""
    joins = {"tflite": "CONCATENATION", "onnx": "Concat"}

    assert joins[quantised.file_format] in quantised.operators


def test_integer_form_does_not_drift_over_thousands_of_hops(
    quantised: Converted, parent: NetworkStream
) -> None:
    """A quarter of an hour in one go: the end is as near the parent as the beginning."""
    stream = open_stream(quantised.content, quantised.file_format, STATES)

    parity = measure_parity(stream, parent, [_trace(LONG_HOPS, 21)], hop_samples=8)

    assert LONG_HOPS == parity.answers
    assert parity.mean < 0.02
    assert parity.worst < 0.25
    assert parity.late_mean < 2 * parity.mean
    assert parity.state_mean < 0.03


def test_stream_is_followed_in_a_process_of_its_own(
    quantised: Converted, parent: NetworkStream
) -> None:
    """`run_file` gives a stream its hops in order and begins anew with each trace."""
    traces = np.stack([_trace(50, 22)] * 2)

    answers = run_file(quantised.content, RUNTIMES[quantised.file_format][0], traces)

    assert (2, 50, 3) == answers.outputs.shape
    np.testing.assert_array_equal(*answers.outputs)
    assert np.abs(run_stream(parent, traces[0], 8) - answers.outputs[0]).mean() < 0.02


def test_float_file_is_refused_as_int8(float_file: bytes) -> None:
    """A conversion that silently left floating point does not pass for int8."""
    with pytest.raises(ExportError, match="floating-point tensors remain"):
        check_stream("small", float_file, "int8", "tflite", STATES)
    fewer = dict(list(STATES.items())[1:])
    with pytest.raises(ExportError, match="inputs are"):
        check_stream("small", float_file, "float32", "tflite", fewer)


@pytest.mark.slow
def test_failed_conversion_tells_the_childs_last_words(subject: StreamSubject) -> None:
    """The child's failure becomes an error with its reason, not a crash of the trainer."""
    other = TremorStreamConfig(stem_channels=(16, 16, 32), dilations=(1, 2))

    with pytest.raises(ExportError, match="exit 1"):
        convert(other, subject.weights, "float32")


def test_calibration_shows_each_state_at_its_largest(parent: NetworkStream) -> None:
    """A state leaves in the scale in which it enters only if both have seen the largest value."""
    trace = 0.1 * _trace(40, 22)
    # The first samples of a hop never reach the first state, which keeps the last ones.
    trace[8 * 31] = 7.5

    inputs = calibration_inputs(parent, [trace])

    assert 7.5 == np.abs(inputs["trace"]).max() == np.abs(inputs["stem_0"]).max()
    parent.reset()
    for hop in trace.reshape(-1, 8, 3):
        for name, value in parent.state().items():
            assert np.abs(value).max() <= np.abs(inputs[name]).max()
        parent.push(hop)


def test_integers_need_calibration(subject: StreamSubject) -> None:
    """Ranges are measured, never guessed."""
    with pytest.raises(ExportError, match="needs calibration"):
        convert(SMALL, subject.weights, "int16")
