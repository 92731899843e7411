"""What the converter's choice of scales must not do to a network in 8 bits."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")
tf = pytest.importorskip("tensorflow", reason="the training extra is not installed")

from training.export.run_file import run_file  # noqa: E402 - after the check for the extra
from training.export.tflite import ask_for_integers  # noqa: E402
from training.models.attention import hybrid_attention  # noqa: E402
from training.models.convertible import convertible  # noqa: E402

STEPS, CHANNELS = 64, 8
LEAST_BITS = 6.0


def in_int8(model: keras.Model, examples: np.ndarray) -> bytes:
    """Return a network as an int8 file, calibrated on examples of shape (n, ...)."""
    with tempfile.TemporaryDirectory() as folder:
        archive = keras.export.ExportArchive()
        archive.track(model)
        signature = [tf.TensorSpec(model.input_shape, tf.float32)]
        archive.add_endpoint("serve", lambda x: model(x, training=False), signature)
        archive.write_out(str(Path(folder) / "saved"), verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "saved"))
        ask_for_integers(converter, "int8", 32, lambda: ([one[None]] for one in examples))
        return bytes(converter.convert())


@pytest.mark.parametrize("as_published", [False, True], ids=["sound", "as published"])
def test_attention_keeps_what_is_negative(*, as_published: bool) -> None:
    """The maxima over channels are positive; the trace that they are taken of is not."""
    keras.utils.set_random_seed(2)
    given = keras.Input((STEPS, CHANNELS), name="given")
    model = keras.Model(given, hybrid_attention(given, 2, "attention", as_published=as_published))
    examples = np.random.default_rng(2).standard_normal((40, STEPS, CHANNELS)).astype(np.float32)
    expected = np.asarray(model(examples))

    content = in_int8(convertible(model), examples)

    actual = run_file(content, "ai-edge-litert", examples).outputs
    error = np.sqrt(np.mean((expected - actual) ** 2, where=expected < 0))
    assert np.log2(np.ptp(expected) / error) > LEAST_BITS
