"""What the answers of a network of windows mean at the newest moment."""

import math

import numpy as np
from numpy.typing import NDArray

from edge.bundle.card import WindowOutputFacts


class AnswerReader:
    """Reads a score and a probability of each label off the answers to one window."""

    def __init__(self, said: WindowOutputFacts, window_s: float) -> None:
        """Prepare to read.

        Args:
            said: What the network says.
            window_s: Length of its window.

        Raises:
            ValueError: It says values, which are no probabilities.
        """
        if said.reading == "value":
            raise ValueError(f"it answers with {', '.join(said.labels)}, which cannot fire")
        self.memory_s = window_s if said.reading == "classes" else said.newest_s or 0.0
        """How long an event keeps counting after it has passed."""
        self._labels = said.labels
        self._quiet = None if said.quiet is None else said.labels.index(said.quiet)
        self._newest_share = 0.0 if said.newest_s is None else said.newest_s / window_s

    def read(self, answers: NDArray[np.float32]) -> tuple[float, dict[str, float]]:
        """Return the score and the probabilities.

        Of classes and frames it is the newest row, and the score is what is left of quiet; of
        bins and curves the largest value of each label over the newest rows, and the score is the
        largest of all.

        Args:
            answers: Shape (rows, labels), oldest first.
        """
        newest = max(1, math.ceil(self._newest_share * len(answers)))
        probabilities = answers[-newest:].max(axis=0).tolist()
        labelled = dict(zip(self._labels, probabilities, strict=True))
        if self._quiet is None:
            return max(probabilities), labelled
        return 1.0 - probabilities[self._quiet], labelled
