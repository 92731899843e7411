"""A stream carries the network's state and refuses one that changes on the way."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from edge.bundle import load_bundle, verify_bundle
from edge.bundle.shipped import shipped_bundle
from edge.runtime import TensorInfo
from edge.runtime.stream import NetworkStream

INT8 = np.dtype(np.int8)


class Counter:
    """A network that adds the newest sample to its state."""

    runtime = "test"

    def __init__(self, successor: TensorInfo) -> None:
        self.inputs: Mapping[str, TensorInfo] = {
            "trace": TensorInfo("trace", (1, 1, 3), INT8, 1.0),
            "sum": TensorInfo("sum", (1, 1), INT8, 1.0),
        }
        self.outputs: Mapping[str, TensorInfo] = {
            "probabilities": TensorInfo("probabilities", (1, 1), INT8, 1.0),
            "next_sum": successor,
        }

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Add the hop to the sum."""
        total = inputs["sum"] + inputs["trace"][:, 0, :1]
        return {"probabilities": total, "next_sum": total}


SAME_FORM = TensorInfo("next_sum", (1, 1), INT8, 1.0)


def _stream(successor: TensorInfo = SAME_FORM) -> NetworkStream:
    return NetworkStream(Counter(successor), "trace", "probabilities", {"sum": "next_sum"})


def test_state_comes_back_at_the_next_hop() -> None:
    """Each answer includes all hops since the start."""
    stream = _stream()
    hop = np.ones((1, 3), np.float32)

    assert [1.0, 2.0, 3.0] == [float(stream.push(hop)[0]) for _ in range(3)]
    assert 3.0 == stream.state()["sum"].item()


def test_reset_begins_anew() -> None:
    """After a gap nothing is remembered."""
    stream = _stream()
    stream.push(np.ones((1, 3), np.float32))
    stream.reset()

    assert 1.0 == stream.push(np.ones((1, 3), np.float32)).item()


@pytest.mark.parametrize(
    "successor",
    [
        TensorInfo("next_sum", (1, 1), INT8, 0.5),
        TensorInfo("next_sum", (1, 1), INT8, 1.0001),
        TensorInfo("next_sum", (1, 1), INT8, 1.0, zero_point=3),
        TensorInfo("next_sum", (1, 2), INT8, 1.0),
        TensorInfo("next_sum", (1, 1), np.dtype(np.float32)),
    ],
    ids=["scale", "nearly the scale", "zero point", "shape", "type"],
)
def test_state_that_changes_its_form_is_refused(successor: TensorInfo) -> None:
    """Carrying a state must be a plain copy."""
    with pytest.raises(ValueError, match="another form"):
        _stream(successor)


def test_rounding_of_a_scale_is_no_other_form() -> None:
    """The converter finds the scale of one tensor twice, and differs in the eighth digit."""
    stream = _stream(TensorInfo("next_sum", (1, 1), INT8, 1.0 + 1e-7))

    assert 1.0 == stream.push(np.ones((1, 3), np.float32)).item()


def test_tensors_that_the_card_does_not_name_are_refused() -> None:
    """A network with other inputs or outputs than the card says is another network."""
    with pytest.raises(ValueError, match="inputs"):
        NetworkStream(Counter(SAME_FORM), "trace", "probabilities", {})
    with pytest.raises(ValueError, match="outputs"):
        NetworkStream(Counter(SAME_FORM), "trace", "answer", {"sum": "next_sum"})


def test_recurrent_state_never_forgets() -> None:
    """A sum holds all that ever came: after no number of hops is it as after a fresh start."""
    assert _stream().memory_hops is None


def test_convolutions_forget_after_their_steps() -> None:
    """The kit's own network says after so many hops what one says that heard all."""
    verified = verify_bundle(load_bundle(shipped_bundle()))
    hops = np.random.default_rng(1).normal(size=(300, 8, 3)).astype(np.float32)
    whole, late = verified.stream(), verified.stream()
    memory_hops = late.memory_hops
    assert memory_hops is not None

    for hop in hops:
        whole.push(hop)
    for hop in hops[-memory_hops:]:
        late.push(hop)

    assert memory_hops <= 150
    for name, value in whole.state().items():
        np.testing.assert_array_equal(value, late.state()[name])
