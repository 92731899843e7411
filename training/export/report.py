"""What `quantise` made of a run, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from training.export.runtimes import RuntimeResult
from training.export.subject import Format, Scheme

_COLUMN = 18


@dataclass(frozen=True, slots=True)
class Parity:
    """How far a network is from its float parent."""

    answers: int
    """Windows or hops that were compared."""
    mean: float
    """Mean difference of an output."""
    worst: float
    """Largest difference of an output."""
    p999: float
    """99.9 % of the differences are smaller."""
    flipped: float
    """Share of answers in which the likeliest label is another."""
    late_mean: float | None = None
    """Of a stream: mean difference in its last tenth; as small as the first, or it drifts."""
    state_mean: float | None = None
    """Of a stream: largest, over the states, mean difference as a share of the state's largest."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file of a bundle."""

    scheme: Scheme
    file_format: Format
    size_bytes: int
    operators: Mapping[str, int]
    parity: Parity
    runtimes: Mapping[str, RuntimeResult]
    bias_bits: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What `quantise` made of a run."""

    network: str
    version: int
    threshold: float | None
    """Score that fires; none where nothing can."""
    data: str
    """On which the accuracy was measured."""
    bundles: Mapping[Scheme, Path]
    files: tuple[FileReport, ...]
    accuracy: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Figures of float Keras and of each scheme, by the names of `training.score`."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Schemes and formats that did not pass, and why, in the words of the program that refused."""


def release_to_json(release: Release) -> str:
    """Return a release for programs."""
    facts = asdict(release)
    for told, report in zip(facts["files"], release.files, strict=True):
        told["format"] = told.pop("file_format")
        told["runtimes"] = {
            name: result.model_dump(exclude_none=True) for name, result in report.runtimes.items()
        }
    return json.dumps(facts, default=str, indent=2)


def release_to_text(release: Release) -> str:
    """Return a release for a terminal."""
    lines = [f"{scheme:<8} {path}" for scheme, path in release.bundles.items()]
    if release.threshold is not None:
        lines.append(f"threshold {release.threshold:g}")
    for report in release.files:
        lines += _file_lines(report)
    lines += [f"{what} was not made: {why}" for what, why in release.failures.items()]
    if release.accuracy:
        lines += _accuracy_lines(release)
    return "\n".join(lines)


def _file_lines(report: FileReport) -> list[str]:
    parity = report.parity
    biases = "" if report.bias_bits is None else f", {report.bias_bits}-bit biases"
    counted = ", ".join(f"{name} {count}" for name, count in sorted(report.operators.items()))
    drift = "" if parity.late_mean is None else f", last tenth {parity.late_mean:.2g}"
    near = f"mean {parity.mean:.2g}, 99.9 % under {parity.p999:.2g}, worst {parity.worst:.2g}"
    lines = [
        f"{report.scheme} {report.file_format}: {report.size_bytes:,} bytes{biases}",
        f"  operators: {counted}",
        f"  parity over {parity.answers} answers: {near}{drift}, flipped {parity.flipped:.2%}",
    ]
    for runtime, result in report.runtimes.items():
        if result.failure is not None:
            lines.append(f"  {runtime}: {result.failure}")
        else:
            lines.append(
                f"  {runtime}: {result.call_ms:.3g} ms of CPU, mean error {result.mean_error:.2g}, "
                f"worst {result.worst_error:.2g}"
            )
    return lines


def _accuracy_lines(release: Release) -> list[str]:
    """Return a table: a row a figure, a column a form."""
    forms = list(release.accuracy)
    names = list(dict.fromkeys(name for found in release.accuracy.values() for name in found))
    lines = [
        f"accuracy on {release.data}:",
        "  " + " " * 34 + "".join(f"{f:>{_COLUMN}}" for f in forms),
    ]
    for name in names:
        values = [release.accuracy[form].get(name) for form in forms]
        shown = "".join(
            f"{'' if value is None else format(value, '.4g'):>{_COLUMN}}" for value in values
        )
        lines.append(f"  {name:<34}{shown}")
    return lines
