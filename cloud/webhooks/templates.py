"""The requests: each kind of target in its own form."""

import json
from typing import Any

from cloud.cap import place as place_text
from cloud.shaking import Shaking
from cloud.webhooks.config import Rule
from cloud.webhooks.request import Request
from cloud.webhooks.targets import HomeAssistantTarget, JsonTarget, NtfyTarget
from edge.messages import Event, EventStatus
from edge.timestamps import format_time, ns_to_seconds

_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_STRONG_MMI, _FELT_MMI = 5.0, 3.0


def request_for(rule: Rule, event: Event, shaking: Shaking | None, now_ns: int) -> Request:
    """Return what to post for a revision of an event.

    Raises:
        ConfigError: The token's file cannot be read.
    """
    title, message = _title(event), _message(rule, event, shaking, now_ns)
    content: dict[str, Any]
    match rule.target:
        case NtfyTarget():
            url = str(rule.target.server)
            content = {
                "topic": rule.target.topic,
                "title": title,
                "message": message,
                "priority": _priority(event, shaking),
                "tags": ["test_tube" if event.exercise else "warning"],
            }
        case HomeAssistantTarget():
            server = str(rule.target.server).rstrip("/")
            url = f"{server}/api/webhook/{rule.target.webhook_id}"
            content = {"title": title, "message": message} | _facts(rule, event, shaking, now_ns)
        case JsonTarget():
            url = str(rule.target.url)
            content = {"event": json.loads(event.to_wire())}
            content |= _facts(rule, event, shaking, now_ns)
    headers = {"Content-Type": "application/json"} | rule.target.headers()
    return Request(url, headers, json.dumps(content).encode())


def _title(event: Event) -> str:
    if event.status is EventStatus.RETRACTED:
        words = "No earthquake: taken back"
    elif event.magnitude is None:
        words = "Earthquake"
    else:
        words = f"Earthquake, magnitude {event.magnitude:.1f}"
    return f"EXERCISE: {words}" if event.exercise else words


def _message(rule: Rule, event: Event, shaking: Shaking | None, now_ns: int) -> str:
    if event.status is EventStatus.RETRACTED:
        return f"What was reported for {format_time(event.origin_time)[:19]}Z is taken back."
    parts = [f"{place_text(event)}, depth {event.depth_km:.0f} km, {event.status.value}."]
    if rule.place is not None and shaking is not None:
        name = rule.place.name
        parts.append(f"{shaking.distance_km:.0f} km from {name}.")
        if shaking.intensity is not None:
            numeral = _NUMERALS[round(shaking.intensity) - 1]
            parts.append(f"Expected intensity there: {numeral}.")
        lead_s = ns_to_seconds(shaking.s_ns - now_ns)
        clock = format_time(shaking.s_ns)[11:19]
        if lead_s > 0:
            parts.append(f"The stronger shaking (S) arrives at {clock} UTC, in {lead_s:.0f} s.")
        else:
            parts.append(f"The stronger shaking (S) arrived at {clock} UTC.")
    if event.exercise:
        parts.append("This is an exercise.")
    return " ".join(parts)


def _facts(rule: Rule, event: Event, shaking: Shaking | None, now_ns: int) -> dict[str, Any]:
    """Return what a program decides by."""
    facts: dict[str, Any] = {
        "event_id": event.id,
        "revision": event.revision,
        "status": event.status.value,
        "exercise": event.exercise,
        "origin_time": format_time(event.origin_time),
        "latitude": event.latitude,
        "longitude": event.longitude,
        "depth_km": event.depth_km,
        "magnitude": event.magnitude,
    }
    if rule.place is not None and shaking is not None:
        facts["place"] = {
            "name": rule.place.name,
            "distance_km": round(shaking.distance_km, 1),
            "expected_intensity": shaking.intensity and round(shaking.intensity, 1),
            "p_arrival": format_time(shaking.p_ns),
            "s_arrival": format_time(shaking.s_ns),
            "seconds_to_s": round(ns_to_seconds(shaking.s_ns - now_ns), 1),
        }
    return facts


def _priority(event: Event, shaking: Shaking | None) -> int:
    """Return ntfy's priority, 1 to 5; 5 rings until somebody looks."""
    if event.status is EventStatus.RETRACTED or event.exercise:
        return 3
    intensity = None if shaking is None else shaking.intensity
    if intensity is None:
        return 4
    return 5 if intensity >= _STRONG_MMI else 4 if intensity >= _FELT_MMI else 3
