"""Is the new one worse than the one before it? Over all stations that tried it.

A network is compared by what it did in the shadow, at the same time as the one in charge; that and
everything else by what the same stations showed before and after it took charge.

One station's figures are few; those of a ring together show what each one's own limits let pass.
Differences that chance makes are let pass: three standard errors, of counts (Poisson) and of shares
(binomial). No station alone decides (`fair`).
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from cloud.rollout.fair import fair_measures, fair_sum
from cloud.rollout.measures import Measures
from cloud.rollout.plan import ComparisonRules
from cloud.rollout.target import Target

_ERRORS: Final = 3.0
"""Standard errors that chance may make."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Chances to trigger on a confirmed earthquake nearby, and those that were taken."""

    chances: int = 0
    hits: int = 0

    @property
    def share(self) -> float:
        """Of the chances that were taken; 0 without any."""
        return self.hits / self.chances if self.chances else 0.0


@dataclass(frozen=True, slots=True)
class Paired:
    """One cost at stations that were measured with both, each for as long as with the shorter.

    Sums over all time would compare one station with another where some were measured long with
    the old one and some with the new.
    """

    span_s: float = 0.0
    before: float = 0.0
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen with the one and with the other, all stations together."""

    heard_s: float = 0.0
    firings: float = 0.0
    incumbent_firings: float = 0.0
    before: Measures = field(default_factory=Measures)
    after: Measures = field(default_factory=Measures)
    cpu: Paired = Paired()
    """Seconds of processor time a second."""
    memory: Paired = Paired()
    """Bytes."""
    latency: Paired = Paired()
    """Seconds."""
    agreement_before: Agreement = Agreement()
    agreement_after: Agreement = Agreement()


def evidence_of(
    targets: Iterable[Target], agreement_before: Agreement, agreement_after: Agreement
) -> Evidence:
    """Return what the stations of a rollout show together.

    Args:
        targets: The stations.
        agreement_before: With confirmed earthquakes, the one before in charge.
        agreement_after: The same, the new one in charge.
    """
    all_of_them = list(targets)
    # Where no network was in charge, or it slept, there is nothing to count against.
    shadows = [one.figures for one in all_of_them if one.figures.get("incumbent_hops")]
    heard_s, firings, incumbent = (
        fair_sum([figures.get(name, 0.0) for figures in shadows])
        for name in ("heard_s", "firings", "incumbent_firings")
    )
    # The same stations with both: boards differ more than networks do.
    measured = [one for one in all_of_them if one.after.span_s or one.after.restarts]
    before = fair_measures(one.before for one in measured)
    after = fair_measures(one.after for one in measured)
    return Evidence(
        *(heard_s, firings, incumbent, before, after),
        _paired(measured, lambda side: side.cpu_share if side.span_s else None),
        _paired(measured, lambda side: side.memory_bytes if side.memory_reports else None),
        _paired(measured, lambda side: side.latency_s if side.reports else None),
        agreement_before,
        agreement_after,
    )


def _paired(targets: Iterable[Target], cost: Callable[[Measures], float | None]) -> Paired:
    """Return a cost before and after, each station weighted by the shorter of both times."""
    rows = [
        (span_s, span_s * before, span_s * after)
        for one in targets
        if (span_s := min(one.before.span_s, one.after.span_s)) > 0
        and (before := cost(one.before)) is not None
        and (after := cost(one.after)) is not None
    ]
    if not rows:
        return Paired()
    span_s, before, after = (fair_sum(column) for column in zip(*rows, strict=True))
    return Paired(span_s, before / span_s, after / span_s)


def worse(evidence: Evidence, rules: ComparisonRules) -> str | None:
    """Return in what the new one is worse; None where nothing says so."""
    found = (
        _fires(evidence, rules),
        _misses(evidence, rules),
        *_costs(evidence, rules),
        *_happens(evidence, rules),
    )
    said = [one for one in found if one is not None]
    return "; ".join(said) or None


def _fires(evidence: Evidence, rules: ComparisonRules) -> str | None:
    if evidence.firings < rules.least_firings:
        return None
    allowed = rules.firings_factor * evidence.incumbent_firings
    # Of the difference of both counts, each of them with its own chance.
    spread = math.sqrt(allowed + rules.firings_factor**2 * evidence.incumbent_firings)
    if evidence.firings <= allowed + _ERRORS * max(spread, 1.0):
        return None
    return (
        f"in the shadow it fired {evidence.firings:g} times in {evidence.heard_s / 3600:.3g} h, "
        f"the network in charge {evidence.incumbent_firings:g} times"
    )


def _misses(evidence: Evidence, rules: ComparisonRules) -> str | None:
    old, new = evidence.agreement_before, evidence.agreement_after
    if min(old.chances, new.chances) < rules.least_chances:
        return None
    both = (old.hits + new.hits) / (old.chances + new.chances)
    spread = math.sqrt(both * (1 - both) * (1 / old.chances + 1 / new.chances))
    if old.share - new.share <= rules.agreement_drop + _ERRORS * spread:
        return None
    return (
        f"of confirmed earthquakes nearby its stations saw {new.share:.0%} ({new.hits} of "
        f"{new.chances}), before {old.share:.0%} ({old.hits} of {old.chances})"
    )


def _costs(evidence: Evidence, rules: ComparisonRules) -> Iterable[str]:
    cpu, memory, latency = (
        one if one.span_s >= rules.least_span_s else Paired()
        for one in (evidence.cpu, evidence.memory, evidence.latency)
    )
    if cpu.after > rules.cpu_factor * cpu.before:
        yield (
            f"the agent needs {cpu.after:.3f} s of processor time a second with it, before "
            f"{cpu.before:.3f} s"
        )
    if memory.after > rules.memory_factor * memory.before:
        yield (
            f"the agent has {memory.after / 1e6:.0f} MB of memory with it, before "
            f"{memory.before / 1e6:.0f} MB"
        )
    if latency.after > latency.before + rules.latency_more_s:
        yield f"samples are {latency.after:.1f} s old with it, before {latency.before:.1f} s"


def _happens(evidence: Evidence, rules: ComparisonRules) -> Iterable[str]:
    """Say what comes more often than chance makes it: triggers, gaps, starts of the agent."""
    old, new = evidence.before, evidence.after
    kinds = (
        ("triggers", old.triggers, new.triggers, old.quiet_s, new.quiet_s),
        ("gaps", old.gaps, new.gaps, old.span_s, new.span_s),
        ("restarts", old.restarts, new.restarts, old.span_s, new.span_s),
    )
    for name, before, after, before_s, after_s in kinds:
        if (
            min(before_s, after_s) < rules.least_span_s
            or not before_s
            or after < rules.least_counts
        ):
            continue
        # One more than was seen: that nothing was seen in an hour does not mean that nothing comes.
        factor = rules.rates_factor * after_s / before_s
        allowed = factor * (before + 1)
        spread = math.sqrt(allowed + factor**2 * (before + 1))
        if after > allowed + _ERRORS * spread:
            yield (
                f"{after} {name} in {after_s / 3600:.3g} h with it, before {before} in "
                f"{before_s / 3600:.3g} h"
            )
