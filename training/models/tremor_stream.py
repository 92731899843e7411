"""`tremor_stream`: a small causal network that hears every sample once.

Strided causal convolutions bring 32 Hz down to one vector a hop (0.25 s); dilated causal
convolutions over the hops (van den Oord et al. 2016, arXiv:1609.03499; Bai et al. 2018,
arXiv:1803.01271) give it half a minute of memory; a softmax says noise, P or S after each hop.

It exists in two forms of the same weights. The batch form sees whole traces and is trained. The
step form sees one hop and carries, for each convolution, the few rows of past input that the
convolution still needs: nothing is computed twice, and since the state is a finite buffer and not
a recurrence, quantisation errors cannot build up. Custom parts use `keras.ops` alone, so that
training runs on any backend of Keras.
"""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from edge.grid import HOP_SAMPLES
from training.data.labels import LABELS

COMPONENT_COUNT = 3
_STEM_STRIDE = 2
_KERNEL = 3
_CEILING = 6.0
"""Activations end here: an int8 step is then 6/255, and no rare outlier coarsens it."""


class TremorStreamConfig(BaseModel):
    """Shape of the network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stem_channels: tuple[int, int, int] = Field(
        default=(16, 32, 48),
        title="Stem",
        description="Channels of the three convolutions that each halve the rate",
    )
    stem_kernels: tuple[int, int, int] = Field(
        default=(8, 6, 6), title="Stem kernels", description="Their lengths, input rows"
    )
    dilations: tuple[int, ...] = Field(
        default=(1, 2, 4, 8, 16, 32),
        title="Dilations",
        description="Distance of the taps in each block, hops",
    )
    dropout: float = Field(
        default=0.1, ge=0, lt=1, title="Dropout", description="Share of channels left out"
    )

    @property
    def context_hops(self) -> int:
        """Hops before the current one that still have a say (the stem's own rows left out)."""
        return (_KERNEL - 1) * sum(self.dilations)


@dataclass(frozen=True, slots=True)
class StateSpec:
    """One carried buffer."""

    name: str
    rows: int
    channels: int

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape of its tensor."""
        return (1, self.rows, 1, self.channels)


def state_specs(config: TremorStreamConfig) -> list[StateSpec]:
    """Return the buffers of the step form, in the order in which it takes them."""
    inputs = (COMPONENT_COUNT, *config.stem_channels[:-1])
    stem = [
        StateSpec(f"stem_{i}", kernel - _STEM_STRIDE, channels)
        for i, (kernel, channels) in enumerate(zip(config.stem_kernels, inputs, strict=True))
    ]
    width = config.stem_channels[-1]
    blocks = [
        StateSpec(f"block_{i}", (_KERNEL - 1) * dilation, width)
        for i, dilation in enumerate(config.dilations)
    ]
    return stem + blocks


def build(config: TremorStreamConfig) -> keras.Model:
    """Return the batch form: conditioned traces (b, 8 h, 3) in, probabilities (b, h, 3) out."""
    trace = keras.Input((None, COMPONENT_COUNT), name="trace")
    x = trace
    for i, (channels, kernel) in enumerate(
        zip(config.stem_channels, config.stem_kernels, strict=True)
    ):
        x = layers.ZeroPadding1D((kernel - _STEM_STRIDE, 0), name=f"stem_{i}_past")(x)
        x = layers.Conv1D(
            channels, kernel, strides=_STEM_STRIDE, use_bias=False, name=f"stem_{i}_conv"
        )(x)
        x = layers.BatchNormalization(name=f"stem_{i}_norm")(x)
        x = layers.ReLU(_CEILING, name=f"stem_{i}_relu")(x)
    for i, dilation in enumerate(config.dilations):
        x = _block(x, i, dilation, config)
    x = layers.Dense(len(LABELS), activation="softmax", name="probabilities")(x)
    return keras.Model(trace, x, name="tremor_stream")


def _block(
    x: keras.KerasTensor, i: int, dilation: int, config: TremorStreamConfig
) -> keras.KerasTensor:
    width = config.stem_channels[-1]
    past = layers.ZeroPadding1D(((_KERNEL - 1) * dilation, 0), name=f"block_{i}_past")(x)
    y = layers.Conv1D(
        width, _KERNEL, dilation_rate=dilation, use_bias=False, name=f"block_{i}_conv"
    )(past)
    y = layers.BatchNormalization(name=f"block_{i}_norm")(y)
    y = layers.ReLU(_CEILING, name=f"block_{i}_relu")(y)
    y = layers.SpatialDropout1D(config.dropout, name=f"block_{i}_dropout")(y)
    y = layers.Dense(width, name=f"block_{i}_mix")(y)
    x = layers.Add(name=f"block_{i}_sum")([x, y])
    return layers.ReLU(_CEILING, name=f"block_{i}_out")(x)


class TremorStreamStep(keras.Model):
    """The step form: one hop and the buffers in, probabilities and the new buffers out.

    Holds the layers of a trained batch form; nothing is copied. Tensors are (1, rows, 1, channels):
    as two-dimensional convolutions the graph needs no reshaping between layers.
    """

    def __init__(self, batch: keras.Model, config: TremorStreamConfig) -> None:
        super().__init__(name="tremor_stream_step")
        self._batch = batch
        self._config = config
        self._specs = state_specs(config)

    def zero_inputs(self) -> dict[str, NDArray[np.float32]]:
        """Return the inputs of the first hop of a silent stream."""
        states = {spec.name: np.zeros(spec.shape, np.float32) for spec in self._specs}
        return {"trace": np.zeros((1, HOP_SAMPLES, COMPONENT_COUNT), np.float32), **states}

    def call(self, inputs: dict[str, keras.KerasTensor]) -> dict[str, keras.KerasTensor]:
        """Advance by one hop.

        Args:
            inputs: `trace` (1, 8, 3) and each state (1, rows, 1, channels) by its name.

        Returns:
            `probabilities` (1, 3) and `next_<state>` of the shape of each state.
        """
        x = ops.reshape(inputs["trace"], (1, HOP_SAMPLES, 1, COMPONENT_COUNT))
        outputs: dict[str, keras.KerasTensor] = {}
        for spec in self._specs:
            joined = ops.concatenate([inputs[spec.name], x], axis=1)
            outputs[f"next_{spec.name}"] = joined[:, -spec.rows :]
            if spec.name.startswith("stem"):
                x = _relu(self._convolve(spec.name, joined, stride=_STEM_STRIDE))
            else:
                x = self._advance(spec, x, joined)
        probabilities = self._batch.get_layer("probabilities")
        outputs["probabilities"] = probabilities(ops.reshape(x, (1, -1)))
        return outputs

    def _advance(
        self, spec: StateSpec, x: keras.KerasTensor, joined: keras.KerasTensor
    ) -> keras.KerasTensor:
        dilation = spec.rows // (_KERNEL - 1)
        y = _relu(self._convolve(spec.name, joined[:, ::dilation], stride=1))
        mix = self._batch.get_layer(f"{spec.name}_mix")
        kernel = ops.reshape(mix.kernel, (1, 1, *mix.kernel.shape))
        y = ops.conv(y, kernel, padding="valid") + mix.bias
        return _relu(x + y)

    def _convolve(self, name: str, x: keras.KerasTensor, stride: int) -> keras.KerasTensor:
        """Convolve with the normalisation folded into kernel and bias."""
        convolution = self._batch.get_layer(f"{name}_conv")
        norm = self._batch.get_layer(f"{name}_norm")
        gain = norm.gamma / ops.sqrt(norm.moving_variance + norm.epsilon)
        kernel = ops.expand_dims(convolution.kernel * gain, axis=1)
        bias = norm.beta - norm.moving_mean * gain
        return ops.conv(x, kernel, strides=(stride, 1), padding="valid") + bias


def _relu(x: keras.KerasTensor) -> keras.KerasTensor:
    """Rectify, up to `_CEILING`."""
    return ops.relu6(x)
