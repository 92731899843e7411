"""A picture of a data set: where P stands, what sizes and distances, and some recordings."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from training.data.inspection import Inspection
from training.data.recording import Recording

_COLUMNS = 3
_BINS = 40


def plot_inspection(inspection: Inspection, title: str, path: Path) -> None:
    """Write a PNG."""
    figure = Figure(figsize=(13, 7), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(f"{title}: {inspection.recordings} recordings")
    axes = figure.subplots(2, _COLUMNS)
    _histogram(axes[0, 0], inspection.p_s, "P after the start, s")
    _histogram(axes[0, 1], inspection.s_minus_p_s, "S after P, s")
    _sizes(axes[0, 2], inspection.sizes)
    for axis, recording in zip(axes[1], inspection.shown, strict=False):
        _waveform(axis, recording)
    for axis in axes[1, len(inspection.shown) :]:
        axis.set_axis_off()
    figure.savefig(path, dpi=100)


def _histogram(axis: Axes, values: list[float], label: str) -> None:
    axis.set_xlabel(label)
    axis.set_ylabel("recordings")
    if values:
        axis.hist(values, bins=_BINS, color="tab:blue")
    else:
        axis.text(0.5, 0.5, "none", ha="center", transform=axis.transAxes)


def _sizes(axis: Axes, sizes: list[tuple[float, float]]) -> None:
    axis.set_xlabel("distance, km")
    axis.set_ylabel("magnitude")
    if sizes:
        magnitudes, distances = zip(*sizes, strict=True)
        axis.scatter(distances, magnitudes, s=6, color="tab:blue")
    else:
        axis.text(0.5, 0.5, "none", ha="center", transform=axis.transAxes)


def _waveform(axis: Axes, recording: Recording) -> None:
    about = recording.about
    times_s = np.arange(len(recording.samples)) / about.rate_hz
    for row, (column, name) in enumerate(zip(recording.samples.T, "ZNE", strict=True)):
        if not np.isfinite(column).any():
            continue
        level = column - np.nanmedian(column)
        peak = np.nanmax(np.abs(level)) or 1.0
        axis.plot(times_s, level / peak / 2 - row, linewidth=0.5, color="black", label=name)
    for index, colour in ((about.p_index, "tab:red"), (about.s_index, "tab:green")):
        if index is not None:
            axis.axvline(index / about.rate_hz, color=colour, linewidth=1)
    axis.set_yticks([0, -1, -2], ["Z", "N", "E"])
    axis.set_title(about.name, fontsize="small")
    axis.set_xlabel(f"s ({about.unit}, {about.rate_hz:g} Hz)")
