"""Sums over stations in which no single one decides: what stations say of themselves may be a lie.

The largest figure counts for as much as the second largest (a sum Winsorised by one, Dixon 1960,
Annals of Mathematical Statistics 31): a station that says a million counts for what another says,
too, and one that says less than nothing for nothing. Of two nobody knows which one lies.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from cloud.rollout.measures import Measures

_LEAST: Final = 3
"""Stations from which on one is told from the others."""


def fair_sum(values: Sequence[float]) -> float:
    """Return a sum in which the largest counts for as much as the second largest.

    Args:
        values: One a station.
    """
    known = sorted(max(one, 0.0) for one in values)
    return sum(known) if len(known) < _LEAST else sum(known[:-1]) + known[-2]


def fair_measures(sides: Iterable[Measures]) -> Measures:
    """Return what stations showed together, figure by figure.

    Args:
        sides: One a station, all with the old one or all with the new.
    """
    rows = list(sides)
    sums = {}
    for name, field in Measures.model_fields.items():
        total = fair_sum([float(getattr(one, name)) for one in rows])
        sums[name] = round(total) if field.annotation is int else total
    return Measures.model_validate(sums)
