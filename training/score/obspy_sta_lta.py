"""ObsPy's own STA/LTA as a contestant: what most live systems run.

Its functions take whole traces, so that they run over a stream beforehand; they know nothing of
the future, and a live system would get the same. Filter and averages begin anew after a gap.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from edge.config import DetectionSection
from edge.detect.sta_lta import StaLtaConfig
from edge.grid import DETECTION_RATE_HZ, HOP_SAMPLES, SAMPLE_NS
from training.score.contest import Contestant
from training.score.stream import Stream, detection_blocks
from training.score.taps import ReadAhead

TUNED = Path(__file__).with_name("obspy_sta_lta.json")
"""What `model-trainer tune-sta-lta` found on the training and validation events."""

NAME = "STA/LTA, ObsPy"

_CORNERS = 2
_KIT_NAME = "sta_lta"
"""Under this name the trigger's rules know that averages decay slowly, as with the kit's own."""

Array = NDArray[np.float64]


class ObspyStaLtaConfig(BaseModel):
    """Settings of ObsPy's STA/LTA."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    function: Literal["recursive", "classic"] = Field(
        default="recursive", title="Function", description="recursive_sta_lta or classic_sta_lta"
    )
    trace: Literal["vertical", "vector"] = Field(
        default="vector", title="Trace", description="Vertical, or length of the vector"
    )
    low_hz: float = Field(default=1.0, gt=0, title="Low", description="Lower corner, Hz")
    high_hz: float = Field(default=10.0, gt=0, title="High", description="Upper corner, Hz")
    sta_s: float = Field(default=0.5, gt=0, title="STA", description="Short-term average, s")
    lta_s: float = Field(default=30.0, gt=0, title="LTA", description="Long-term average, s")
    on_ratio: float = Field(default=6.0, gt=1, title="On", description="Ratio that fires")

    @property
    def off_ratio(self) -> float:
        """Ratio under which it is over."""
        return max(1.0, self.on_ratio / 2)

    def text(self) -> str:
        """Return the settings in a line."""
        return (
            f"{self.function}_sta_lta of the {self.trace}, {self.low_hz:g}-{self.high_hz:g} Hz, "
            f"STA {self.sta_s:g} s, LTA {self.lta_s:g} s, on at {self.on_ratio:g}"
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples without a gap, at the detection rate."""

    start_ns: int
    samples: Array
    """Shape (n, 3)."""


def has_obspy() -> bool:
    """Tell whether ObsPy is installed; the kit does not need it."""
    try:
        import obspy.signal.trigger  # noqa: F401, PLC0415 - only asked whether it is there
    except ImportError:
        return False
    return True


def contestant(config: ObspyStaLtaConfig, thresholds: tuple[float, ...] = ()) -> Contestant:
    """Return ObsPy's STA/LTA as one row of the scoreboard."""
    kit = StaLtaConfig(
        low_hz=config.low_hz,
        high_hz=config.high_hz,
        sta_s=config.sta_s,
        lta_s=config.lta_s,
        on_ratio=config.on_ratio,
        off_ratio=config.off_ratio,
    )
    return Contestant(
        name=NAME,
        identity=f"obspy {config.model_dump_json()}",
        detectors=lambda stream: (_detector(config, stream),),
        thresholds=thresholds,
        section=DetectionSection(sta_lta=kit),
        warm_up_s=config.lta_s,
        note=config.text(),
    )


def stretches(stream: Stream) -> list[Stretch]:
    """Return what the station's resampler gives, cut at the gaps; missing samples are zero."""
    starts: list[int] = []
    pieces: list[list[Array]] = []
    for block in detection_blocks(stream):
        if not block.continues:
            starts.append(block.start_ns)
            pieces.append([])
        pieces[-1].append(np.nan_to_num(block.samples).astype(np.float64))
    return [
        Stretch(start_ns, np.concatenate(piece))
        for start_ns, piece in zip(starts, pieces, strict=True)
    ]


def band_passed(config: ObspyStaLtaConfig, samples: Array) -> Array:
    """Return the one trace whose energy is averaged, shape (n,)."""
    from obspy.signal.filter import bandpass  # noqa: PLC0415 - a peer that users may not have

    columns = (samples - samples[0]).T
    columns = columns[:1] if config.trace == "vertical" else columns
    filtered = [
        bandpass(column, config.low_hz, config.high_hz, DETECTION_RATE_HZ, corners=_CORNERS)
        for column in columns
    ]
    return np.asarray(np.sqrt(np.square(filtered).sum(axis=0)))


def ratio(config: ObspyStaLtaConfig, trace: Array) -> Array:
    """Return STA/LTA of each sample; zero until the long-term window was seen once."""
    from obspy.signal import trigger  # noqa: PLC0415 - a peer that users may not have

    short, long = (round(s * DETECTION_RATE_HZ) for s in (config.sta_s, config.lta_s))
    if len(trace) <= long:
        return np.zeros(len(trace))
    function = getattr(trigger, f"{config.function}_sta_lta")
    return np.asarray(function(trace, short, long), np.float64)


def _detector(config: ObspyStaLtaConfig, stream: Stream) -> ReadAhead:
    pieces = stretches(stream)
    begin_s = time.process_time()
    scores = {end: score for piece in pieces for end, score in _hops(config, piece)}
    cpu_s = time.process_time() - begin_s
    return ReadAhead(_KIT_NAME, config.on_ratio, scores, cpu_s)


def _hops(config: ObspyStaLtaConfig, piece: Stretch) -> Iterator[tuple[int, float]]:
    """Yield the end of each hop of the absolute grid and the largest ratio in it."""
    values = ratio(config, band_passed(config, piece.samples))
    skip = -(piece.start_ns // SAMPLE_NS) % HOP_SAMPLES
    whole = (len(values) - skip) // HOP_SAMPLES
    hops = values[skip : skip + whole * HOP_SAMPLES].reshape(whole, HOP_SAMPLES).max(axis=1)
    first_end_ns = piece.start_ns + (skip + HOP_SAMPLES) * SAMPLE_NS
    for i, score in enumerate(hops):
        yield first_end_ns + i * HOP_SAMPLES * SAMPLE_NS, float(score)
