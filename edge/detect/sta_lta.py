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
from edge.grid import DETECTION_RATE_HZ, HOP_SAMPLES
from edge.packet import Block, Samples
from edge.signal.butterworth import Sections, bandpass
from edge.signal.filters import FilterFan, StreamingFilter

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
        shares = [1 / (span_s * DETECTION_RATE_HZ) for span_s in (config.sta_s, config.lta_s)]
        self._averages = FilterFan([_recursive_average(share) for share in shares], channels=1)
        self._kept = (1 - shares[1]) ** np.arange(1, HOP_SAMPLES + 1)
        self._unseen = 1.0
        """What the long-term average still lacks of its start, as a share."""
        self._seen = 0

    def push(self, block: Block) -> list[Frame]:
        """Take a block at 32 Hz and return the hops that it completes."""
        return [
            Frame(end_ns, self._score(hop, continues))
            for end_ns, hop, continues in self._hops.push(block)
        ]

    def _score(self, hop: Samples, continues: bool) -> float:  # noqa: FBT001 - private, one caller
        missing = np.isnan(hop)
        present = np.where(missing, np.float32(0.0), hop) if missing.any() else hop
        if not continues:
            self._restart(present)
        band = self._band(present)
        energy = np.einsum("ij,ij->i", band, band)[:, None]
        sta, lta = self._averages(energy)[:, :, 0]
        unseen = self._unseen * self._kept
        self._unseen = float(unseen[-1])
        self._seen += len(hop)
        if self._seen < self._config.warm_up_s * DETECTION_RATE_HZ:
            return 0.0
        lta = lta / (1 - unseen)
        ratio = np.divide(sta, lta, out=np.zeros_like(lta), where=lta > _TINY_ENERGY)
        return float(ratio.max())

    def _restart(self, hop: Samples) -> None:
        self._band.reset(hop[0].astype(np.float64))
        self._averages.reset()
        self._unseen = 1.0
        self._seen = 0


def _recursive_average(share: float) -> Sections:
    """Return y += share (x - y) as a filter."""
    return np.array([[share, 0.0, 0.0, 1.0, share - 1.0, 0.0]])
