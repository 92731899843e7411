"""The step form is the batch form, hop by hop; nothing of the future is heard."""

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.data.labels import LABELS  # noqa: E402 - after the check for the extra
from training.loss import allowed_answer_loss  # noqa: E402
from training.models.tremor_stream import (  # noqa: E402
    TremorStreamConfig,
    TremorStreamStep,
    build,
    state_specs,
)

SMALL = TremorStreamConfig(stem_channels=(16, 16, 16), dilations=(1, 2, 4))
HOPS = 64


@pytest.fixture(scope="module")
def batch() -> keras.Model:
    """Return a batch form with statistics as after a training."""
    keras.utils.set_random_seed(5)
    model = build(SMALL)
    rng = np.random.default_rng(5)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            layer.set_weights(
                [
                    rng.uniform(low, high, shape)
                    for low, high in [(0.5, 2), (-1, 1), (-1, 1), (0.5, 2)]
                ]
            )
    return model


@pytest.fixture(scope="module")
def trace() -> np.ndarray:
    """Return a conditioned trace, shape (1, n, 3)."""
    return np.random.default_rng(6).standard_normal((1, HOPS * 8, 3)).astype(np.float32)


def test_probabilities_sum_to_one(batch: keras.Model, trace: np.ndarray) -> None:
    """One answer a hop, a probability for each label."""
    answers = batch.predict(trace, verbose=0)

    assert (1, HOPS, len(LABELS)) == answers.shape
    np.testing.assert_allclose(1.0, answers.sum(axis=-1), rtol=1e-5)


def test_streaming_step_equals_batch_forward(batch: keras.Model, trace: np.ndarray) -> None:
    """The same weights, hop by hop with carried state, give the same to 1e-5."""
    step = TremorStreamStep(batch, SMALL)
    inputs = step.zero_inputs()
    answers = []
    for hop in trace[0].reshape(HOPS, 1, 8, 3):
        outputs = step({**inputs, "trace": hop})
        answers.append(keras.ops.convert_to_numpy(outputs["probabilities"])[0])
        inputs = {spec.name: outputs[f"next_{spec.name}"] for spec in state_specs(SMALL)}

    np.testing.assert_allclose(batch.predict(trace, verbose=0)[0], answers, atol=1e-5)


def test_future_has_no_say(batch: keras.Model, trace: np.ndarray) -> None:
    """Changing all later samples changes no earlier answer."""
    changed = trace.copy()
    changed[:, 320:] = 7.0

    before = batch.predict(trace, verbose=0)[:, :40]
    after = batch.predict(changed, verbose=0)[:, :40]

    np.testing.assert_allclose(before, after, atol=1e-6)


def test_past_beyond_the_context_has_no_say(batch: keras.Model, trace: np.ndarray) -> None:
    """Memory is finite buffers: what is older than the context cannot drift the answers."""
    changed = trace.copy()
    changed[:, :80] = 7.0
    reach = 10 + SMALL.context_hops + 6

    before = batch.predict(trace, verbose=0)[:, reach:]
    after = batch.predict(changed, verbose=0)[:, reach:]

    np.testing.assert_allclose(before, after, atol=1e-6)


def test_default_shape_hears_half_a_minute() -> None:
    """The network that is shipped remembers about 30 s, in channels of multiples of 16."""
    config = TremorStreamConfig()

    assert 28 < config.context_hops * 0.25 < 35
    assert not any(channels % 16 for channels in config.stem_channels)


def test_state_is_small() -> None:
    """What a station carries from hop to hop fits a few kilobytes."""
    size = sum(int(np.prod(spec.shape)) for spec in state_specs(TremorStreamConfig()))

    assert size < 10_000


def test_loss_takes_any_allowed_answer() -> None:
    """Where P or S are both right, either costs nothing; where nothing is asked, nothing counts."""
    target = np.array([[[0, 1, 1, 1.0], [1, 0, 0, 0.0]]], np.float32)
    p_said = np.array([[[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]], np.float32)
    noise_said = np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]], np.float32)

    assert pytest.approx(0.0, abs=1e-5) == float(allowed_answer_loss(target, p_said))
    assert float(allowed_answer_loss(target, noise_said)) > 5
