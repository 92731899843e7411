"""Trained here, tested there: the same kind of network after other data, on both kinds of data."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.data.example import Example
from training.score.contest import Contestant
from training.score.continuous import Material, observe_tests
from training.score.pipeline_windows import StreamedWindows, run_windows
from training.score.summary import Summary, summarise


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One training, tested on MEMS streams and on analysts' windows."""

    name: str
    streams: Summary
    windows: StreamedWindows | None


def measure_elsewhere(
    contestant: Contestant, material: Material, windows: Sequence[Example]
) -> Elsewhere:
    """Return how a network does on the OpenEEW test events and on the NCEDC and STEAD windows."""
    return Elsewhere(
        name=contestant.name,
        streams=summarise(observe_tests(contestant, material)),
        windows=run_windows(contestant, windows) if windows else None,
    )
