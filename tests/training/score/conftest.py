"""Contestants that need no network, and the tiny recordings as streams."""

from pathlib import Path

import numpy as np
import pytest

from edge.detect.base import Frame
from edge.detect.sta_lta import StaLtaConfig, StaLtaDetector
from edge.packet import Block
from training.score.contest import Contestant
from training.score.stream import Stream, made_stream
from training.score.truth import Truth, read_truths

RATE_HZ = 32.0


class Mute:
    """A detector that never fires."""

    name, version, sha256, scheme, threshold = "mute", "1", None, None, 0.5

    def push(self, block: Block) -> list[Frame]:
        """Say that nothing is there."""
        return [Frame(block.end_ns, 0.0)]


@pytest.fixture(scope="session")
def mute() -> Contestant:
    """Return somebody who never fires."""
    return Contestant("mute", lambda _: (Mute(),))


@pytest.fixture(scope="session")
def nervous() -> Contestant:
    """Return STA/LTA that fires on plain noise."""
    config = StaLtaConfig(on_ratio=1.5, off_ratio=1.2)
    return Contestant("nervous", lambda _: (StaLtaDetector(config),))


@pytest.fixture(scope="session")
def sta_lta() -> Contestant:
    """Return the kit's STA/LTA with thresholds for a ROC."""
    config = StaLtaConfig()
    return Contestant(
        "sta_lta", lambda _: (StaLtaDetector(config),), thresholds=(2.0, 6.0, 1e6), identity="kit"
    )


@pytest.fixture(scope="session")
def truths(tiny_data: Path) -> list[Truth]:
    """Return the two records of the tiny test event."""
    return read_truths(tiny_data, frozenset({"test"}))


@pytest.fixture(scope="session")
def noise() -> Stream:
    """Return four minutes of white noise."""
    rng = np.random.default_rng(5)
    samples = 5e-4 * rng.standard_normal((round(240 * RATE_HZ), 3))
    return made_stream("noise", samples.astype(np.float32), RATE_HZ)
