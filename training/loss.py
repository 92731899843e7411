"""The loss for targets that allow several answers."""

import keras
from keras import ops

_SMALLEST = 1e-6


def allowed_answer_loss(target: keras.KerasTensor, probabilities: keras.KerasTensor) -> object:
    """Return the weighted mean of -log of the probability that lies on right answers.

    Args:
        target: (b, hops, 4): right answers among noise, P, S, and the weight of the hop.
        probabilities: (b, hops, 3).
    """
    right = ops.sum(target[..., :3] * probabilities, axis=-1)
    weight = target[..., 3]
    loss = -ops.log(ops.maximum(right, _SMALLEST)) * weight
    return ops.sum(loss) / ops.maximum(ops.sum(weight), 1.0)
