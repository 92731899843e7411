"""Alarms on stations as news: which rules want them, and in which form."""

import json
from typing import Any

from cloud.board.alarm import FleetAlarm
from cloud.board.trouble import Trouble
from cloud.webhooks.config import Rule
from cloud.webhooks.request import Request
from cloud.webhooks.targets import HomeAssistantTarget, JsonTarget, NtfyTarget

_A_FEW = 12
_URGENT = frozenset({Trouble.SILENT, Trouble.MOVED, Trouble.TWIN, Trouble.DOUBT})


def wants_alarm(rule: Rule, alarm: FleetAlarm, *, told: bool) -> bool:
    """Return whether a rule wants an alarm.

    Args:
        rule: The rule.
        alarm: As it stands.
        told: Its begin was told, or is about to be: its end is told then.
    """
    if rule.about != "stations":
        return False
    if alarm.ended is not None:
        return told
    return not rule.troubles or alarm.kind in rule.troubles


def alarm_request(rule: Rule, alarm: FleetAlarm) -> Request:
    """Return what to post for an alarm on stations.

    Raises:
        ConfigError: The token's file cannot be read.
    """
    over = alarm.ended is not None
    title = "Stations: over" if over else f"Stations: {alarm.kind.value}"
    message = f"{alarm.headline}."
    if len(alarm.stations) > 1:
        names = [one.station for one in alarm.stations]
        more = f" and {len(names) - _A_FEW} more" if len(names) > _A_FEW else ""
        message += f" {', '.join(names[:_A_FEW])}{more}."
    facts: dict[str, Any] = {
        "alarm_id": alarm.id,
        "revision": alarm.revision,
        "kind": alarm.kind.value,
        "over": over,
        "stations": [one.station for one in alarm.stations],
    }
    content: dict[str, Any]
    match rule.target:
        case NtfyTarget():
            priority = 4 if alarm.kind in _URGENT and not over else 3
            content = {"topic": rule.target.topic, "title": title, "message": message}
            content |= {"priority": priority, "tags": ["satellite"]}
            url = str(rule.target.server)
        case HomeAssistantTarget():
            server = str(rule.target.server).rstrip("/")
            url = f"{server}/api/webhook/{rule.target.webhook_id}"
            content = {"title": title, "message": message} | facts
        case JsonTarget():
            url = str(rule.target.url)
            content = {"alarm": json.loads(alarm.to_wire())} | facts
    headers = {"Content-Type": "application/json"} | rule.target.headers()
    return Request(url, headers, json.dumps(content).encode())
