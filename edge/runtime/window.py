"""A network over windows: features in, a row of answers for each place that it speaks of."""

import math

import numpy as np
from numpy.typing import NDArray

from edge.runtime.network import Network


class WindowNetwork:
    """One input, one output, no past."""

    def __init__(
        self, network: Network, features: str, answers: str, shape: tuple[int, ...], labels: int
    ) -> None:
        """Bind to the network's tensors.

        Args:
            network: A loaded network.
            features: Name of the input that takes one window's features.
            answers: Name of the output.
            shape: Of the features of one window.
            labels: Numbers in a row of answers.

        Raises:
            ValueError: The network has other tensors, or of another shape.
        """
        if {features} != set(network.inputs) or {answers} != set(network.outputs):
            raise ValueError(
                f"inputs are {sorted(network.inputs)} and outputs {sorted(network.outputs)}, "
                f"not {features!r} and {answers!r}"
            )
        self._network = network
        self._features = features
        self._answers = answers
        self._input = network.inputs[features]
        self._output = network.outputs[answers]
        self._labels = labels
        if self._input.shape != (1, *shape):
            raise ValueError(f"input has shape {self._input.shape}; its preparation gives {shape}")
        if math.prod(self._output.shape) % labels:
            raise ValueError(f"output has shape {self._output.shape}; {labels} labels do not fit")

    def run(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the answers to one window, shape (rows, labels).

        Args:
            features: As `Preparation.features` gives them for one window.
        """
        outputs = self._network.run({self._features: self._input.encode(features[None])})
        return self._output.decode(outputs[self._answers]).reshape(-1, self._labels)
