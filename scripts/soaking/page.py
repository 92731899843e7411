"""docs/soak.md out of what the parts saw."""

from typing import Any

LEAST_SLOPE_MB = 1.0
"""Memory may grow by less than this in a day."""
LEAST_MINUTES = 180.0
"""A run of less data than this is still warming up: in a day at speed the first hours grow too."""

_TITLES = {
    "day": "A day of data at speed",
    "away": "A day of data without a broker",
    "kills": "Kill -9 at random moments",
    "live": "The live path in real time",
    "fuzz": "Damaged inputs",
}
_ZERO = (
    "triggers_lost",
    "conflicts",
    "packets_dropped",
    "gaps",
    "errors_logged",
    "exit_code",
    "outbox_damaged",
)
_NAMES = {
    "hours": "hours of data",
    "speed": "seconds of data in a second",
    "minutes": "minutes, real time",
    "inputs": "inputs of each format",
    "kills": "kills",
    "seed": "seed",
    "lives_with_triggers": "lives that made a trigger before the kill",
    "packets": "packets through detection",
    "datagrams_sent": "datagrams sent",
    "packets_dropped": "packets dropped",
    "gaps": "gaps",
    "archive_lost_s": "seconds missing in the archive",
    "broker_restarts": "restarts of the broker",
    "connections": "connections made",
    "triggers_made": "trigger revisions that the agent logged",
    "triggers_received": "trigger revisions at the subscriber, each counted once",
    "triggers_lost": "logged but not received",
    "duplicates": "received again, with the same bytes",
    "conflicts": "received again, with other bytes",
    "errors_logged": "errors in the log",
    "outbox_damaged": "outbox files found damaged",
    "archive_records": "archive: records read",
    "archive_damaged": "archive: stretches that are no record",
    "archive_blocks": "archive: blocks read back",
    "cpu_s_per_stream_hour": "CPU seconds an hour of stream",
    "exit_code": "exit code",
    "machine": "machine",
    "when": "when",
}
_INTRODUCTION = """# The long tests

Written by `make soak`: the real `edge-agent run`, a real Mosquitto, and a subscriber with a lasting
session that counts every trigger by id and revision. What each fault is: [faults.md](faults.md).
"""
_NOTES = {
    "day": (
        "The made-up sensor of 125 Hz and three components, an earthquake every ten minutes "
        "of data; network, archive, metrics and SeedLink server on; the broker is restarted "
        "every 45 s of ours. Whatever grows with packets, hops, triggers or archived days "
        "shows here as in a real day. Whatever grows with our time (health reports, keep-"
        "alive) has only the minutes that the run took; that is what the live part is for. "
        "Memory is what no file backs; the first quarter is left out of the slope."
    ),
    "away": (
        "The same with no broker at all until the day of data is over. The agent tries again "
        "every half second at most, so that a few minutes have as many attempts as a day has "
        "by default. The expiry of a trigger after a day is counted on the wall clock, which "
        "did not move by a day here; `tests/faults/test_broker_away.py` moves it."
    ),
    "kills": (
        "Each life begins from nothing. Four of five end 0 to 1.5 s after their start: while "
        "Python starts, while the outbox is opened, in the first packets. Every fifth ends 0 "
        "to 1 s after its first trigger, in a burst of more: the data run as fast as the "
        "processor lets them and shake every 30 s. Every fiftieth life the broker is "
        "restarted. What a killed agent had on disk but never came to log is received too, so "
        "more may be received than logged."
    ),
    "live": (
        "A Raspberry Shake's datagrams over UDP at their true pace, shaking every three "
        "minutes, the broker restarted every five. The ring of the SeedLink server is set to "
        "200 records: with the 4000 that it has by default it takes 45 minutes and 5 MB to "
        "fill, which would look like a leak here. Memory grows in the first hours of data, as "
        "it does in the day at speed, which then levels off: a run of less than three hours "
        "(--live-minutes 180) says nothing about the slope."
    ),
    "fuzz": (
        "Valid examples with one to four things wrong: bits, bytes, values, what is cut off "
        "or comes twice. The only outcomes are that an input is taken, and that it is refused "
        "with an error that says so; an input that does anything else ends the run and is "
        "shown."
    ),
}


def failures(part: str, seen: dict[str, Any]) -> list[str]:
    """Return what is not as it must be."""
    bad = [f"{part}: {_NAMES[name]} {seen[name]}" for name in _ZERO if seen.get(name, 0) != 0]
    if seen.get("triggers_made") == 0:
        bad.append(f"{part}: no trigger was made, so nothing was proved")
    memory = seen.get("memory") if _is_long(seen) else None
    if memory and memory["slope_mb_a_day"] - 2 * memory["slope_error_mb_a_day"] >= LEAST_SLOPE_MB:
        bad.append(f"{part}: memory grows by {memory['slope_mb_a_day']} MB a day")
    return bad


def _is_long(seen: dict[str, Any]) -> bool:
    """Tell whether a run got past the warm-up, so that its slope means something."""
    return bool(seen.get("minutes", LEAST_MINUTES) >= LEAST_MINUTES)


def page(results: dict[str, dict[str, Any]]) -> str:
    """Return docs/soak.md."""
    lines = [_INTRODUCTION]
    for part, title in _TITLES.items():
        if part in results:
            lines += [f"## {title}\n", _NOTES[part] + "\n", *_table(part, results[part]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(part: str, seen: dict[str, Any]) -> list[str]:
    lines = _formats(seen) if "formats" in seen else []
    lines += ["| | |", "|---|---|"]
    lines += [
        f"| {name} | {seen[key]} |" for key, name in _NAMES.items() if seen.get(key) is not None
    ]
    if memory := seen.get("memory"):
        slope, error = memory["slope_mb_a_day"], memory["slope_error_mb_a_day"]
        judged = "" if _is_long(seen) else ", too short to be judged"
        lines.append(f"| memory, slope | {slope:+.2f} ± {error:.2f} MB a day{judged} |")
        last, most = memory["resident_mb"], memory["resident_most_mb"]
        course = ", ".join(f"{value:.1f}" for value in memory["anonymous_mb"])
        lines.append(f"| memory, anonymous part, 24 stretches | {course} MB |")
        lines.append(f"| memory, resident | {last} MB at the end, {most} MB at most |")
    bad = failures(part, seen)
    lines.append(f"| verdict | {'; '.join(bad) if bad else 'as it must be'} |")
    return lines


def _formats(seen: dict[str, Any]) -> list[str]:
    lines = [
        "| format | taken | refused | slowest, s | memory grew by, MB |",
        "|---|---|---|---|---|",
    ]
    for name, one in seen["formats"].items():
        figures = (one["taken"], one["refused"], one["slowest_s"], one["grown_mb"])
        lines.append(f"| {name.replace('_', ' ')} | {' | '.join(map(str, figures))} |")
    return [*lines, ""]
