"""STA/LTA: the detector that needs no model and always runs.

The ratio of a short-term to a long-term average of signal energy (Allen 1978, BSSA 68), both as
recursive averages, over the energy of all components in the detection band. Unlike the usual
form, the long-term average is corrected for its own start-up, so that a station is watching ten
seconds after it starts and not after several times the long-term window.
"""

from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from edge.detect.base import Frame
from edge.detect.hops import HopCutter
from edge.grid import DETECTION_RATE_HZ
from edge.packet import Block, Samples
from edge.signal.butterworth import bandpass
from edge.signal.filters import StreamingFilter

STA_LTA = "sta_lta"
_BAND_ORDER = 2
_TINY_ENERGY = 1e-20
"""(m/s2)^2, far below any sensor's noise: a stuck sensor gives the ratio 0, not a division by 0."""

PositiveSeconds = Annotated[float, Field(gt=0)]


class StaLtaConfig(BaseModel):
    """Settings of the STA/LTA detector."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low_hz: float = Field(default=1.0, gt=0, lt=16, description="Lower corner of the band, Hz")
    high_hz: float = Field(default=10.0, gt=0, lt=16, description="Upper corner of the band, Hz")
    sta_s: PositiveSeconds = Field(default=0.5, description="Short-term average, seconds")
    lta_s: PositiveSeconds = Field(default=30.0, description="Long-term average, seconds")
    on_ratio: float = Field(default=6.0, gt=1, description="Ratio of energies that fires")
    off_ratio: float = Field(default=2.0, gt=0, description="Ratio under which it is over")
    warm_up_s: PositiveSeconds = Field(default=10.0, description="Silent after a start, seconds")


class StaLtaDetector:
    """Recursive STA/LTA on the energy of all components."""

    name = STA_LTA
    version = "1"
    sha256: str | None = None
    scheme: str | None = None

    def __init__(self, config: StaLtaConfig) -> None:
        self.threshold = config.on_ratio
        self._config = config
        self._hops = HopCutter()
        sections = bandpass(_BAND_ORDER, config.low_hz, config.high_hz, DETECTION_RATE_HZ)
        self._band = StreamingFilter(sections, channels=3)
        self._sta_share = 1 / (config.sta_s * DETECTION_RATE_HZ)
        self._lta_share = 1 / (config.lta_s * DETECTION_RATE_HZ)
        self._sta = _recursive_average(self._sta_share)
        self._lta = _recursive_average(self._lta_share)
        self._seen = 0

    def push(self, block: Block) -> list[Frame]:
        """Take a block at 32 Hz and return the hops that it completes."""
        return [
            Frame(end_ns, self._score(hop, continues))
            for end_ns, hop, continues in self._hops.push(block)
        ]

    def _score(self, hop: Samples, continues: bool) -> float:  # noqa: FBT001 - private, one caller
        present = np.where(np.isnan(hop), np.float32(0.0), hop)
        if not continues:
            self._restart(present)
        energy = np.square(self._band(present)).sum(axis=1, keepdims=True)
        sta, lta = self._sta(energy)[:, 0], self._lta(energy)[:, 0]
        counts = np.arange(self._seen + 1, self._seen + len(hop) + 1)
        self._seen += len(hop)
        if self._seen < self._config.warm_up_s * DETECTION_RATE_HZ:
            return 0.0
        lta /= 1 - (1 - self._lta_share) ** counts
        ratio = np.where(lta > _TINY_ENERGY, sta / np.maximum(lta, _TINY_ENERGY), 0.0)
        return float(ratio.max())

    def _restart(self, hop: Samples) -> None:
        self._band.reset(hop[0].astype(np.float64))
        self._sta.reset()
        self._lta.reset()
        self._seen = 0


def _recursive_average(share: float) -> StreamingFilter:
    """Return y += share (x - y) as a filter."""
    return StreamingFilter(np.array([[share, 0.0, 0.0, 1.0, share - 1.0, 0.0]]), channels=1)
