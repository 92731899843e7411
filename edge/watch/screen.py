"""A scene as the lines of a terminal: bold and inverse, no colour that need be told apart."""

import math
from typing import Any, Final

import numpy as np
from rich.text import Text

from edge.detect.sta_lta import STA_LTA
from edge.timestamps import NANOSECONDS_PER_SECOND
from edge.watch.scene import SPAN_S, DetectorNow, Scene
from edge.watch.traces import bars, dots_wide, drawn, nice_scale, plain, with_unit

_LABEL: Final = 5
_PEAK: Final = 12
_LEAST: Final = (40, 10)
_MOST_TRIGGERS: Final = 3
_TALLEST: Final = 8
_SMALLEST_RATIO: Final = 0.25
_NAME: Final = 15
_FIRES: Final = " FIRES"
_LOUD: Final = "bold reverse"


def lines(scene: Scene, width: int, height: int, *, ascii_only: bool = False) -> list[Text]:
    """Return as many lines as fit, none wider than the terminal.

    Args:
        scene: What is shown.
        width: Characters.
        height: Lines.
        ascii_only: The terminal knows plain characters only.
    """
    if width < _LEAST[0] or height < _LEAST[1]:
        return [Text(f"make the terminal at least {_LEAST[0]} x {_LEAST[1]}"[:width])]
    below = [*_detectors(scene, width, ascii_only=ascii_only), *_events(scene)]
    footer = Text("q quits", style="dim")
    above = [_who(scene), _links(scene)]
    room = height - len(above) - len(below) - 2
    traces = _traces(scene, width, max(1, min(_TALLEST, room // 3)), ascii_only=ascii_only)
    shown = [*[*above, *traces, *below][: height - 1], footer]
    return [_fitting(line, width, ascii_only=ascii_only) for line in shown]


def _fitting(line: Text, width: int, *, ascii_only: bool) -> Text:
    if ascii_only:
        line = Text(plain(line.plain), style=line.style, spans=line.spans)
    line.truncate(width)
    return line


def _who(scene: Scene) -> Text:
    health = scene.health
    line = Text(f"{scene.station or 'no station'} ", style="bold")
    line.append(f" {scene.sensor}", style="not bold")
    if health.get("sampling_rate_hz"):
        line.append(f"  {health['sampling_rate_hz']:.2f} Hz", style="not bold")
    if health.get("time"):
        line.append(f"  {health['time'][:19].replace('T', ' ')} UTC", style="not bold")
    if scene.release is not None:
        line.append(f"  release {scene.agent_version}", style="not bold")
    if scene.gone:
        line.append("  AGENT GONE, waiting", style=_LOUD)
    elif scene.silent_s is not None:
        is_new = math.isinf(scene.silent_s)
        text = "NO SAMPLES YET" if is_new else f"SILENT FOR {scene.silent_s:.0f} s"
        line.append(f"  {text}", style=_LOUD)
    return line


def _links(scene: Scene) -> Text:
    clock = scene.health.get("clock")
    line = Text()
    if clock is not None:
        keeper = f" ({clock['keeper']})" if clock.get("keeper") else ""
        line.append(f"clock {clock['source']}{keeper} ±{1000 * clock['error_s']:.3g} ms")
    line.append(f"  broker {scene.broker} ")
    line.append(*_connection(scene.connected))
    return line


def _connection(connected: bool | None) -> tuple[str, str]:  # noqa: FBT001 - private, one caller
    if connected is None:
        return "not asked", ""
    return ("connected", "") if connected else ("AWAY", _LOUD)


def _traces(scene: Scene, width: int, rows: int, *, ascii_only: bool) -> list[Text]:
    """Return a title and the three components, on one scale."""
    columns = width - _LABEL - _PEAK - 2
    low, high = scene.trace.envelope(dots_wide(columns, ascii_only=ascii_only))
    seen = ~np.isnan(low)
    peak = max(np.abs(low[seen]).max(), np.abs(high[seen]).max()) if seen.any() else math.nan
    scale = nice_scale(float(peak))
    low_hz, high_hz = scene.band_hz
    title = f" {low_hz:g} to {high_hz:g} Hz, ±{with_unit(scale)}, {SPAN_S:g} s "
    shown = [Text(title.center(width, "─"), style="dim")]
    peaks = scene.trace.peaks(SPAN_S)
    for i, channel in enumerate(scene.channels):
        curve = drawn(low[:, i], high[:, i], scale, rows, ascii_only=ascii_only)
        said = "missing" if scene.trace.missing[i] else with_unit(float(peaks[i]))
        for row, text in enumerate(curve):
            is_middle = row == rows // 2
            line = Text(f"{channel if is_middle else '':<{_LABEL}}", style="bold")
            line.append(text, style="not bold")
            line.append(f" {said if is_middle else '':>{_PEAK}}", style="not bold")
            shown.append(line)
    return shown


def _detectors(scene: Scene, width: int, *, ascii_only: bool) -> list[Text]:
    shown = []
    for name, now in sorted(scene.detectors.items(), key=lambda one: one[0] != STA_LTA):
        fires = now.score >= now.threshold
        line = Text(f"{name} "[:_NAME].ljust(_NAME), style="bold")
        value = "asleep" if now.asleep else f"{now.score:.2f}"
        line.append(f"{value:>6} of {now.threshold:.2f} ", style=_LOUD if fires else "not bold")
        columns = max(0, width - line.cell_len - len(_FIRES))
        line.append(_history(scene, name, now, columns, ascii_only=ascii_only))
        line.append(_FIRES if fires else "", style=_LOUD)
        shown.append(line)
        if now.probabilities:
            shown.append(_probabilities(now, width, ascii_only=ascii_only))
    return shown or [Text("the detectors have not spoken yet", style="dim")]


def _history(scene: Scene, name: str, now: DetectorNow, columns: int, *, ascii_only: bool) -> str:
    """Return a bar for each part of the last seconds, full where the detector fires."""
    values = [math.nan] * columns
    for end_ns, score in now.past:
        age_s = (scene.trace.end_ns - end_ns) / NANOSECONDS_PER_SECOND
        place = columns - 1 - math.floor(max(0.0, age_s) * columns / SPAN_S)
        if place >= 0:
            height = _height(score, now.threshold, is_ratio=name == STA_LTA)
            values[place] = height if math.isnan(values[place]) else max(values[place], height)
    return bars(values, ascii_only=ascii_only)


def _height(score: float, threshold: float, *, is_ratio: bool) -> float:
    """Return 1 at the threshold; of a ratio the logarithm counts."""
    if not is_ratio:
        return score / threshold
    over = math.log2(max(score, _SMALLEST_RATIO) / _SMALLEST_RATIO)
    return over / math.log2(threshold / _SMALLEST_RATIO)


def _probabilities(now: DetectorNow, width: int, *, ascii_only: bool) -> Text:
    line = Text("  ")
    room = max(4, width // max(1, len(now.probabilities)) - 14)
    full = "#" if ascii_only else "█"
    for label, probability in now.probabilities.items():
        line.append(f"{label} {probability:.2f} ", style="bold")
        line.append(f"{full * round(probability * room):<{room}} ", style="not bold")
    return line


def _events(scene: Scene) -> list[Text]:
    quality = Text("quality ", style="bold")
    quality.append(" ".join(scene.quality) or "good", style=_LOUD if scene.quality else "not bold")
    for name, key in (("outbox", "outbox_depth"), ("dropped", "packets_dropped"), ("gaps", "gaps")):
        if scene.health.get(key) is not None:
            quality.append(f"  {name} {scene.health[key]}", style="not bold")
    if scene.frames_dropped:
        quality.append(f"  view lost {scene.frames_dropped}", style="not bold")
    newest = list(scene.triggers.values())[-_MOST_TRIGGERS:][::-1]
    shown = [_trigger(one) for one in newest]
    if scene.silent_s is not None and scene.trouble is not None:
        shown.insert(0, Text(scene.trouble, style="bold"))
    return [quality, *(shown or [Text("no trigger since watching", style="dim")])]


def _trigger(trigger: dict[str, Any]) -> Text:
    exercise = "EXERCISE " if trigger.get("exercise") else ""
    line = Text(f"{exercise}{trigger['status']} ", style="bold")
    line.append(f"{trigger['phase']} {trigger['onset'][11:22]}", style="not bold")
    for key, name in (("pga_m_s2", "PGA"),):
        if trigger.get(key) is not None:
            line.append(f"  {name} {with_unit(trigger[key])}", style="not bold")
    if trigger.get("jma_intensity") is not None:
        line.append(f"  JMA {trigger['jma_intensity']:.1f}", style="not bold")
    fired = [one["name"] for one in trigger.get("detectors", ()) if one.get("fired")]
    line.append(f"  {' '.join(fired)}", style="not bold")
    return line
