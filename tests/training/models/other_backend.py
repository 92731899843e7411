"""Answer with a network under whatever backend KERAS_BACKEND names; a child of test_backends.

python other_backend.py NAME IN.npz OUT.npy
"""

import sys

import keras
import numpy as np

from training.models.convertible import convertible
from training.zoo import network


def main(name: str, given: str, made: str) -> None:
    """Load weights, answer in training and in export form, save both."""
    with np.load(given) as archive:
        example = archive["example"]
        weights = [archive[f"weight_{i}"] for i in range(len(archive.files) - 1)]
    model = network(name).build()
    model.set_weights(weights)
    answers = [model(example), convertible(model, example.shape[1])(example)]
    np.save(made, np.stack([keras.ops.convert_to_numpy(answer) for answer in answers]))


if __name__ == "__main__":
    main(*sys.argv[1:])
