"""How far a bias goes in one step when the answer is quite wrong.

test_compiling.py runs this file once for each backend, with KERAS_BACKEND in the environment.
"""

import sys

import keras
import numpy as np

from training.models.compiling import compile_in_logits
from training.zoo import network

_LOGIT = 60.0
_NAMES = {"softmax": "volcano_tcn", "sigmoid": "cred"}


def step(end: str) -> float:
    """Answer the wrong class with certainty, learn at rate 1; return what changed."""
    answers = 2 if end == "softmax" else 1
    given = keras.Input((1, 1))
    model = keras.Model(given, keras.layers.Dense(answers, activation=end)(given))
    layer = model.layers[-1]
    bias = np.array([0.0, _LOGIT][:answers]) if end == "softmax" else np.array([_LOGIT])
    layer.set_weights([np.zeros((1, answers)), bias])
    compile_in_logits(model, network(_NAMES[end]).sound)
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=model.loss)
    wanted = np.array([1.0, 0.0][:answers]) if end == "softmax" else np.array([0.0])
    model.train_on_batch(np.ones((1, 1, 1)), wanted[None, None])
    return abs(float(np.asarray(layer.get_weights()[1])[0] - bias[0]))


if __name__ == "__main__":
    sys.stdout.write(" ".join(str(step(end)) for end in _NAMES))
