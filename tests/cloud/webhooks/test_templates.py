"""Each kind of target gets its own form."""

import json
from pathlib import Path
from typing import Any

import pytest

from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from cloud.webhooks import Rule
from cloud.webhooks.judge import shaking_of
from cloud.webhooks.templates import request_for
from edge.errors import ConfigError
from edge.messages import Event, EventStatus
from edge.timestamps import seconds_to_ns
from tests.cloud.webhooks.test_rules import EVENT, PLACE

TIMES = travel_times(iasp91())
NTFY = {"type": "ntfy", "server": "https://ntfy.example.org", "topic": "quakes"}
HOME = {"type": "home-assistant", "server": "http://home.example.org:8123/", "webhook_id": "abc"}


def posted(
    target: dict[str, object], event: Event = EVENT, after_s: float = 8.0
) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Return address, headers and content of a request."""
    rule = Rule.model_validate({"name": "r", "target": target, "place": PLACE})
    now_ns = EVENT.origin_time + seconds_to_ns(after_s)
    request = request_for(rule, event, shaking_of(rule, event, TIMES), now_ns)
    return request.url, request.headers, json.loads(request.body)


def test_ntfy_gets_a_notification_for_people(tmp_path: Path) -> None:
    """What, how far, how strong, when; the topic in the content, as ntfy wants it."""
    token = tmp_path / "token"
    token.write_text("tk_secret\n")
    url, headers, content = posted(NTFY | {"token_file": str(token)})

    assert "https://ntfy.example.org/" == url
    assert "Bearer tk_secret" == headers["Authorization"]
    assert ("quakes", "Earthquake, magnitude 5.5") == (content["topic"], content["title"])
    assert "54 km from Home." in content["message"]
    assert "Expected intensity there: IV." in content["message"]
    assert "(S) arrives at 02:00:16 UTC, in 8 s." in content["message"]
    assert 4 == content["priority"]


def test_home_assistant_gets_facts_to_decide_by() -> None:
    """Times, distances and the seconds that are left."""
    url, _, content = posted(HOME)
    place = content["place"]

    assert "http://home.example.org:8123/api/webhook/abc" == url
    assert ("e2", "declared", 5.5) == (content["event_id"], content["status"], content["magnitude"])
    assert 54 == pytest.approx(place["distance_km"], abs=1)
    assert 8 == pytest.approx(place["seconds_to_s"], abs=0.5)
    assert "2026-03-14T02:00:16" == place["s_arrival"][:19]


def test_what_is_past_is_told_as_past() -> None:
    """Nobody takes cover from what has gone through."""
    _, _, content = posted(NTFY, after_s=60)

    assert "arrived at 02:00:16 UTC." in content["message"]


def test_exercises_and_retractions_look_like_what_they_are() -> None:
    """And ring less."""
    _, _, drill = posted(NTFY, EVENT.model_copy(update={"exercise": True}))
    _, _, gone = posted(
        NTFY, EVENT.model_copy(update={"status": EventStatus.RETRACTED, "reason": "a lorry"})
    )

    assert drill["title"].startswith("EXERCISE: ")
    assert "This is an exercise." in drill["message"]
    assert "No earthquake: taken back" == gone["title"]
    assert [3, 3] == [drill["priority"], gone["priority"]]


def test_a_missing_token_is_said(tmp_path: Path) -> None:
    """With the file's name, not its content."""
    with pytest.raises(ConfigError, match=r"token_file .*nothing"):
        posted(NTFY | {"token_file": str(tmp_path / "nothing")})
