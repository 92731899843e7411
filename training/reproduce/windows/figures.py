"""Rows of the tables of the networks of windows, with the published values."""

from collections.abc import Mapping

from training.reproduce.result import Figure
from training.reproduce.windows import scores

_INDEPENDENT = (
    "arXiv v1, the authors' own test set; an independent measurement on STEAD gave 98 % (LightEQ, "
    "2023)"
)


def bins() -> tuple[Figure, ...]:
    """Return the rows of CRED."""
    return (
        Figure(
            key=scores.F1,
            title="F1 at 0.05",
            published=99.95,
            source=_INDEPENDENT,
            honest=False,
        ),
        Figure(key=scores.PRECISION, title="precision at 0.05", honest=False),
        Figure(key=scores.RECALL, title="recall at 0.05", honest=False),
        Figure(
            key=scores.ACCURACY,
            title="accuracy of the bins",
            published=99.02,
            source="the authors' log, of the training part",
            honest=False,
        ),
        *_honest_detection(),
    )


def classes(positive: str, published: Mapping[str, float], source: str) -> tuple[Figure, ...]:
    """Return the rows of a network that tells earthquakes from noise.

    Args:
        positive: Class of which the authors print precision and recall.
        published: By key, percent.
        source: Of these.
    """
    printed = tuple(
        Figure(
            key=key,
            title=f"{title} of {positive}",
            published=published.get(key),
            honest=False,
        )
        for key, title in (
            (scores.PRECISION, "precision"),
            (scores.RECALL, "recall"),
            (scores.F1, "F1"),
        )
    )
    accuracy = Figure(
        key=scores.ACCURACY,
        title="accuracy",
        published=published[scores.ACCURACY],
        source=source,
        honest=False,
    )
    return (accuracy, *printed, *_honest_detection())


def phases(accuracy: float, source: str) -> tuple[Figure, ...]:
    """Return the rows of a network that tells P, S and noise."""
    first = Figure(
        key=scores.ACCURACY, title="accuracy", published=accuracy, source=source, honest=False
    )
    return (
        first,
        Figure(key=scores.MACRO_F1, title="mean F1 of P, S, noise"),
        *_honest_detection(),
    )


def picks(
    published: Mapping[str, tuple[float, float, float | None]], source: str
) -> tuple[Figure, ...]:
    """Return the rows of a picker.

    Args:
        published: By phase: mean absolute error (s), its spread (s), share within 1 s (%).
        source: Of these.
    """
    return tuple(
        row for phase, values in published.items() for row in _phase_rows(phase, values, source)
    )


def magnitudes(mse: float, source: str) -> tuple[Figure, ...]:
    """Return the rows of a network that answers with a magnitude."""
    return (
        Figure(
            key=scores.MSE,
            title="mean square error",
            unit="",
            published=mse,
            source=source,
            honest=False,
        ),
        Figure(key=scores.ACCURACY, title="accuracy of a number", honest=False),
        Figure(key=scores.RMSE, title="root mean square error", unit=""),
        Figure(key=scores.MAE, title="mean absolute error", unit=""),
    )


def _phase_rows(
    phase: str, values: tuple[float, float, float | None], source: str
) -> tuple[Figure, ...]:
    mae, sigma, near = values
    shown = (
        ("mae", "mean absolute error, over 2 s as 0", "s", mae, source),
        ("sigma", "spread of the errors, over 2 s as 0", "s", sigma, ""),
        ("near", "within 1 s, over 2 s as 0", "%", near, ""),
    )
    honest = (
        ("top mae", "mean absolute error of the highest point, nothing left out", "s"),
        ("top near", "highest point within 1 s", "%"),
        ("honest precision", "picks above 0.5 that are right to 0.5 s", "%"),
        ("honest recall", "arrivals picked within 0.5 s", "%"),
        ("honest close", "arrivals picked within 0.1 s", "%"),
        ("honest f1", "F1 of picks", "%"),
    )
    return (
        *(
            Figure(
                key=f"{phase} {key}",
                title=f"{phase}: {title}",
                unit=unit,
                published=value,
                source=told,
                honest=False,
            )
            for key, title, unit, value, told in shown
        ),
        *(
            Figure(key=f"{phase} {key}", title=f"{phase}: {title}", unit=unit)
            for key, title, unit in honest
        ),
    )


def _honest_detection() -> tuple[Figure, ...]:
    return (
        Figure(key=scores.HONEST_PRECISION, title="precision of earthquakes at 0.5"),
        Figure(key=scores.HONEST_RECALL, title="recall of earthquakes at 0.5"),
        Figure(key=scores.HONEST_F1, title="F1 of earthquakes at 0.5"),
        Figure(key=scores.FALSE_SHARE, title="noise windows that fire at 0.5"),
    )
