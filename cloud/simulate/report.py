"""The figures of a simulated time, for programs and for people."""

from typing import Any

from cloud.simulate.run import Outcome
from cloud.simulate.score import LEAST_STATIONS, RIGHT_KM, RIGHT_S, percentile
from cloud.simulate.script import Script

_TOO_SLOW_S = 1.0


def figures_of(script: Script, outcome: Outcome) -> dict[str, Any]:
    """Return the figures of a run."""
    result = outcome.score
    spent_s = outcome.centre_cpu_s + (outcome.broker_cpu_s or 0.0)
    return {
        "stations": script.config.stations,
        "minutes": script.config.minutes,
        "seed": script.config.seed,
        "events": result.events,
        "detected": result.detected,
        "missed": result.missed,
        "false": result.false,
        "latency_p50_s": percentile(result.latency_s, 50),
        "latency_p99_s": percentile(result.latency_s, 99),
        "declared_p50_s": percentile(result.declared_s, 50),
        "epicentre_p50_km": percentile(result.epicentre_km, 50),
        "messages": outcome.messages,
        "cpu_s": round(spent_s, 2),
        "centre_cpu_s": round(outcome.centre_cpu_s, 2),
        "broker_cpu_s": outcome.broker_cpu_s,
        "stations_per_core": round(script.config.stations * script.length_s / spent_s),
        "behind_s": round(outcome.behind_s, 3),
    }


def in_words(figures: dict[str, Any]) -> str:
    """Return the same as lines to read."""
    lines = [
        (
            f"{figures['detected']} of {figures['events']} earthquakes that {LEAST_STATIONS} "
            f"stations or more saw were declared within {RIGHT_KM:g} km and {RIGHT_S:g} s; "
            f"{figures['false']} false"
        ),
        (
            f"from a trigger to its event: median {_s(figures['latency_p50_s'])}, "
            f"99 of 100 within {_s(figures['latency_p99_s'])}"
        ),
        f"from the origin to the declaration: median {_s(figures['declared_p50_s'])}",
        (
            f"{figures['messages']} messages, {figures['cpu_s']} CPU-s in centre and broker: "
            f"{figures['stations_per_core']} stations a core"
        ),
    ]
    if figures["behind_s"] > _TOO_SLOW_S:
        lines.append(
            f"this machine was {figures['behind_s']:.1f} s behind the script: the latencies are "
            "its own; take fewer stations"
        )
    return "\n".join(lines)


def _s(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds:.3f} s"
