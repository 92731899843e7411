"""A reproduction as Markdown, which is also what the command prints."""

from collections.abc import Sequence

from training.reproduce.result import Figure, Measure, Reproduction, Run


def to_markdown(result: Reproduction) -> str:
    """Return the table, the confusions and what is to be known about them."""
    parts = [
        f"# {result.network}",
        f"{result.citation}. {result.protocol}",
        _standing(result),
        _table(
            ("figure", "published", *(run.title for run in result.runs)),
            [_row(figure, result.runs) for figure in result.figures],
        ),
        _table(
            ("run", "tested", *_about_names(result.runs)),
            [
                (
                    run.title,
                    f"{run.tested:,}",
                    *(run.about.get(n, "") for n in _about_names(result.runs)),
                )
                for run in result.runs
            ],
        ),
    ]
    if result.published_confusion:
        parts.append(_confusion("published", result.published_confusion, result.labels))
    parts += [
        _confusion(run.title, run.confusion, result.labels) for run in result.runs if run.confusion
    ]
    sources = sorted({f"{f.title}: {f.source}" for f in result.figures if f.source})
    parts.append("\n".join(f"- {line}" for line in (*sources, *result.differs)))
    return "\n\n".join(part for part in parts if part) + "\n"


def _standing(result: Reproduction) -> str:
    words = [f"Data: {result.data}."]
    if result.quick:
        words.append("**Quick run**: trained for a moment, to show that everything works.")
    if result.sample:
        words.append(
            "**A sample, not the published data**: no figure compares with a published one."
        )
    return " ".join(words)


def _row(figure: Figure, runs: Sequence[Run]) -> tuple[str, ...]:
    title = figure.title if figure.honest else f"{figure.title} (as published)"
    published = "" if figure.published is None else _number(figure.published, figure.unit)
    cells = (_measure(run.measures.get(figure.key), figure.unit) for run in runs)
    return (title, published, *cells)


def _measure(measure: Measure | None, unit: str) -> str:
    if measure is None:
        return ""
    if measure.value is None:
        return "none"
    text = _number(measure.value, unit)
    if measure.low is not None and measure.high is not None:
        text += f" ({_bare(measure.low, unit)} to {_bare(measure.high, unit)})"
    return text


def _number(value: float, unit: str) -> str:
    return f"{_bare(value, unit)} {unit}".rstrip()


def _bare(value: float, unit: str) -> str:
    return f"{value:.2f}" if unit == "%" else f"{value:.3g}"


def _about_names(runs: Sequence[Run]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for run in runs for name in run.about))


def _confusion(title: str, counts: Sequence[Sequence[int]], labels: Sequence[str]) -> str:
    rows = [(label, *(str(n) for n in row)) for label, row in zip(labels, counts, strict=True)]
    return f"Answers (columns) to each class (rows), {title}:\n\n" + _table(("", *labels), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
