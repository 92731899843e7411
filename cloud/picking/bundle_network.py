"""The kit's own picker: a bundle with an .onnx network, prepared by the station's own code."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from cloud.picking.curves import Curves, Reading
from cloud.picking.session import Session, open_session
from cloud.picking.windows import cut_windows, join_curves
from cloud.seismogram import Seismogram
from edge.bundle import Bundle, load_bundle
from edge.bundle.card import WindowInputFacts, WindowOutputFacts
from edge.errors import BundleError
from edge.messages import ClockSource, ClockState, Phase
from edge.packet import Block, Samples
from edge.signal.resample import Resampler
from edge.timestamps import seconds_to_ns

FOLDER: Final = Path(__file__).parent / "models"
OWN: Final = "eqd_picker_wide"
_NETWORK: Final = "model.onnx"
_PLAIN_THRESHOLD: Final = 0.3
_PLAIN_SPREAD: Final = 1.0
_NO_CLOCK: Final = ClockState(source=ClockSource.FREE_RUN, error_s=0.0)
_SAME_RATE: Final = 1e-9


class BundleNetwork:
    """A bundle's network over records of any rate and length.

    Attributes:
        name: Name and version of the bundle.
        readings: How its curves are read, by its card.
        provider: What runs it.
    """

    def __init__(self, bundle: Bundle, providers: Sequence[str], threads: int = 1) -> None:
        """Prove the bundle on this machine.

        Args:
            bundle: A loaded bundle.
            providers: Of ONNX Runtime, best first.
            threads: Of the arithmetic.

        Raises:
            BundleError: It is no picker for the centre, or gives other answers here than it should.
        """
        card = bundle.card
        heard, said = card.input, card.output
        if not isinstance(heard, WindowInputFacts) or not isinstance(said, WindowOutputFacts):
            raise BundleError(bundle.path, "its network hears a stream, not windows")
        if said.reading != "curve" or _NETWORK not in bundle.networks:
            raise BundleError(
                bundle.path,
                f"holds no curves of P and S in {_NETWORK}; make one that does with "
                "`model-trainer quantise RUN --for-centre`",
            )
        self.name = f"{card.name}-{card.version}"
        self.readings = _readings(bundle)
        self._phases = [Phase(label) for label in said.labels]
        self._rate_hz = heard.rate_hz
        self._window = heard.window_samples
        self._preparation = heard.preparation()
        self._session: Session = open_session(bundle, providers, threads)
        self.provider = self._session.provider

    def curves(self, seismograms: Sequence[Seismogram]) -> list[Curves]:
        """Return the curves of each seismogram."""
        return [self._curves_of(seismogram) for seismogram in seismograms]

    def _curves_of(self, seismogram: Seismogram) -> Curves:
        start_ns, trace = _at_rate(seismogram, self._rate_hz)
        values = np.empty((0, len(self._phases)), np.float32)
        if len(trace):
            windows = cut_windows(self._preparation.filtered(trace), self._window)
            answers = self._session.run(self._preparation.features(windows))
            values = join_curves(answers, len(trace))
        return Curves(start_ns, self._rate_hz, dict(zip(self._phases, values.T, strict=True)))


def _at_rate(seismogram: Seismogram, rate_hz: float) -> tuple[int, Samples]:
    """Return the time of the first sample and the record at a rate; none where it is too short."""
    samples = seismogram.acceleration_m_s2
    if abs(seismogram.rate_hz / rate_hz - 1) < _SAME_RATE or len(samples) == 0:
        return seismogram.start_ns, samples
    found = _resampled(seismogram, rate_hz)
    return (seismogram.start_ns, samples[:0]) if found is None else (found.start_ns, found.samples)


def _resampled(seismogram: Seismogram, rate_hz: float) -> Block | None:
    samples = seismogram.acceleration_m_s2
    block = Block(
        start_ns=seismogram.start_ns,
        rate_hz=seismogram.rate_hz,
        samples=samples,
        clock=_NO_CLOCK,
        arrival_ns=seismogram.start_ns + seconds_to_ns(len(samples) / seismogram.rate_hz),
        continues=False,
    )
    return Resampler(rate_hz).push(block)


def _readings(bundle: Bundle) -> dict[Phase, Reading]:
    """Return how each phase is read, by the card; plain values where a card says nothing of it."""
    spreads = {metric.name: metric.value for metric in bundle.card.metrics}
    return {
        Phase(label): Reading(
            bundle.card.thresholds.get(label, _PLAIN_THRESHOLD),
            spreads.get(f"{label} peaks, spread", _PLAIN_SPREAD),
        )
        for label in bundle.card.output.labels
    }


def own_bundle() -> Path:
    """Return the newest bundle that comes with the centre.

    Raises:
        BundleError: None was installed.
    """
    found = sorted(FOLDER.glob(f"{OWN}-*.tremor"), key=lambda path: int(path.stem.split("-")[-1]))
    if not found:
        raise BundleError(FOLDER / f"{OWN}-1.tremor", "was not installed with the centre")
    return found[-1]


def open_bundle_network(
    path: Path | None, providers: Sequence[str], threads: int = 1
) -> BundleNetwork:
    """Return the network of a bundle file.

    Args:
        path: The file; the one that comes with the centre if left out.
        providers: Of ONNX Runtime, best first.
        threads: Of the arithmetic.

    Raises:
        BundleError: The bundle is refused.
        MissingExtraError: ONNX Runtime is not installed.
    """
    return BundleNetwork(load_bundle(own_bundle() if path is None else path), providers, threads)
