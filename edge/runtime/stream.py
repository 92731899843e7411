"""A network over a stream: the state that it gives after one hop it gets back at the next."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edge.packet import Samples
from edge.runtime.network import Network

_SAME_SCALE = 1e-5
"""Relative: a row is carried a few dozen times, and the converter rounds its scales."""

_TIMED_DIMENSIONS = 3
"""Batch, steps, channels at least; fewer are a recurrent state, which never quite forgets."""


class NetworkStream:
    """Steps a network hop by hop.

    A state leaves and enters the network in the same integer scale, so that carrying it is a copy
    of numbers: no rounding accumulates, however long the stream.
    """

    def __init__(
        self, network: Network, trace: str, probabilities: str, states: Mapping[str, str]
    ) -> None:
        """Bind to the network's tensors.

        Args:
            network: A loaded network.
            trace: Name of the input that takes the hop, shape (1, hop samples, 3).
            probabilities: Name of the output, shape (1, labels).
            states: Name of the output that holds the next value of each state input.

        Raises:
            ValueError: The network has no such tensors, or a state changes its form on the way.
        """
        self._network = network
        self._trace = trace
        self._probabilities = probabilities
        self._states = dict(states)
        self._check()
        self._input = network.inputs[trace]
        self._output = network.outputs[probabilities]
        self._values = {name: network.inputs[name].zeros() for name in states}

    def reset(self) -> None:
        """Begin anew: every state as before the first sample."""
        self._values = {name: self._network.inputs[name].zeros() for name in self._states}

    def push(self, hop: Samples) -> NDArray[np.float32]:
        """Advance by one hop.

        Args:
            hop: Conditioned trace, shape (hop samples, 3).

        Returns:
            Probability of each label, shape (labels,).
        """
        outputs = self._network.run({self._trace: self._input.encode(hop[None]), **self._values})
        self._values = {name: outputs[successor] for name, successor in self._states.items()}
        return self._output.decode(outputs[self._probabilities]).reshape(-1)

    def state(self) -> dict[str, NDArray[np.float32]]:
        """Return the real values of every state."""
        return {name: self._network.inputs[name].decode(v) for name, v in self._values.items()}

    @property
    def memory_hops(self) -> int | None:
        """Hops after which nothing is left of what came before; None where that is not known.

        A convolution's state holds its newest input steps, in the shape (1, steps, ..., channels);
        no layer steps less often than once a hop. So the sum of the steps of all states is enough.
        """
        shapes = [self._network.inputs[name].shape for name in self._states]
        if any(len(shape) < _TIMED_DIMENSIONS or shape[0] != 1 for shape in shapes):
            return None
        return sum(shape[1] for shape in shapes)

    def _check(self) -> None:
        inputs, outputs = self._network.inputs, self._network.outputs
        if {self._trace, *self._states} != set(inputs):
            raise ValueError(f"inputs are {sorted(inputs)}, not the trace and the states named")
        if {self._probabilities, *self._states.values()} != set(outputs):
            raise ValueError(f"outputs are {sorted(outputs)}, not those named")
        for name, successor in self._states.items():
            before, after = inputs[name], outputs[successor]
            is_same = math.isclose(before.scale, after.scale, rel_tol=_SAME_SCALE)
            if not is_same or (before.shape, before.dtype, before.zero_point) != (
                after.shape,
                after.dtype,
                after.zero_point,
            ):
                raise ValueError(f"state {name!r} comes back in another form: {before}, {after}")
