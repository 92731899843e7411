"""Networks of SeisBench (Woollam et al. 2022, Seismological Research Letters 93(3)).

SeisBench is under the GPL and comes with the extra `seisbench`, never with the kit; it is imported
here, when a centre is told to pick with it, and in the picker's own process. It prepares, cuts,
batches and joins by its own rules (`annotate`); the picks are read off its curves as off ours.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cloud.errors import PickerError
from cloud.picking.config import SeisBenchNetworkConfig
from cloud.picking.curves import Curves, Reading
from cloud.picking.windows import mirrored
from cloud.seismogram import COMPONENTS, Seismogram
from edge.errors import MissingExtraError
from edge.messages import Phase

_PLAIN: Final = Reading(threshold=0.3, spread=1.0)
_SUFFIX: Final = ".pt"


class SeisBenchNetwork:
    """A model of SeisBench over records of any rate and length.

    Attributes:
        name: Model and weights.
        provider: torch, which chooses the processor itself.
        readings: Plain ones: how exact its picks are is not known here.
    """

    def __init__(self, model: Any, name: str) -> None:  # noqa: ANN401 - SeisBench is untyped
        """Wrap a model.

        Args:
            model: A SeisBench WaveformModel with weights.
            name: For arrivals.
        """
        self.name = name
        self.provider = "torch"
        self.readings: Mapping[Phase, Reading] = {Phase.P: _PLAIN, Phase.S: _PLAIN}
        self._model = model

    def curves(self, seismograms: Sequence[Seismogram]) -> list[Curves]:
        """Return the curves of each seismogram, all in one call of SeisBench."""
        import obspy  # noqa: PLC0415 - comes with SeisBench, and only with it

        stream = obspy.Stream()
        for number, seismogram in enumerate(seismograms):
            for trace, channel in self._traces(seismogram):
                header = {
                    "network": "XX",
                    "station": _code(number),
                    "channel": channel,
                    "sampling_rate": seismogram.rate_hz,
                    "starttime": obspy.UTCDateTime(
                        ns=seismogram.end_ns - round(len(trace) * 1e9 / seismogram.rate_hz)
                    ),
                }
                stream.append(obspy.Trace(trace, header))
        answered = self._model.annotate(stream)
        return [
            _curves(answered.select(station=_code(number)), seismogram)
            for number, seismogram in enumerate(seismograms)
        ]

    def _traces(self, seismogram: Seismogram) -> list[tuple[NDArray[np.float32], str]]:
        """Return the components that are there, long enough for one window."""
        seconds = self._model.in_samples / self._model.sampling_rate
        least = int(np.ceil(seconds * seismogram.rate_hz)) + 1
        samples = mirrored(seismogram.acceleration_m_s2, least)
        return [
            (np.ascontiguousarray(column), f"HN{letter}")
            for column, letter in zip(samples.T, COMPONENTS, strict=True)
            if np.isfinite(column).all()
        ]


def open_seisbench_network(config: SeisBenchNetworkConfig) -> SeisBenchNetwork:
    """Return a model with its weights.

    Args:
        config: Which.

    Raises:
        MissingExtraError: SeisBench is not installed.
        PickerError: It has no such model, or no such weights.
    """
    try:
        import seisbench.models  # noqa: PLC0415 - GPL, and some gigabytes: only where it is wanted
    except ImportError as missing:
        raise MissingExtraError("seisbench", "seisbench") from missing
    name = f"{config.model}-{Path(config.weights).stem}"
    kind = getattr(seisbench.models, config.model, None)
    if kind is None:
        raise PickerError(name, f"seisbench.models has no {config.model!r}; PhaseNet is one")
    try:
        if config.weights.endswith(_SUFFIX):
            model = kind.load(config.weights.removesuffix(_SUFFIX))
        else:
            model = kind.from_pretrained(config.weights)
    except (OSError, ValueError, RuntimeError) as error:
        raise PickerError(
            name,
            f"its weights cannot be had: {error}; a file NAME.pt has NAME.json beside it, as the "
            "model's save() writes them",
        ) from error
    if not {"P", "S"} <= set(model.labels):
        raise PickerError(name, f"answers with {', '.join(model.labels)}, not with P and S")
    return SeisBenchNetwork(model, name)


def _curves(answered: Any, seismogram: Seismogram) -> Curves:  # noqa: ANN401 - an ObsPy stream
    """Return the curves of P and S of one record; empty where SeisBench gave none."""
    found = {trace.stats.channel.rpartition("_")[2]: trace for trace in answered}
    if not {"P", "S"} <= found.keys():
        empty = np.empty(0, np.float32)
        return Curves(seismogram.start_ns, seismogram.rate_hz, {Phase.P: empty, Phase.S: empty})
    stats = found["P"].stats
    rate_hz = float(stats.sampling_rate)
    # What was mirrored lies before the record.
    skipped = max(0, int(np.ceil((seismogram.start_ns - stats.starttime.ns) * rate_hz / 1e9)))
    return Curves(
        start_ns=stats.starttime.ns + round(skipped * 1e9 / rate_hz),
        rate_hz=rate_hz,
        probabilities={
            phase: np.asarray(found[phase.value].data[skipped:], np.float32)
            for phase in (Phase.P, Phase.S)
        },
    )


def _code(number: int) -> str:
    return f"{number:05d}"
