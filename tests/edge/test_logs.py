"""Logs go to standard error as it is at that moment, as text or as JSON lines."""

import io
import json

import pytest
import structlog

from edge.logs import configure_logs


def test_a_replaced_standard_error_gets_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that was closed meanwhile ends nobody's work."""
    first, second = io.StringIO(), io.StringIO()
    log = structlog.get_logger()
    monkeypatch.setattr("sys.stderr", first)
    configure_logs(as_json=True)
    log.info("before")
    told_first = first.getvalue()
    first.close()
    monkeypatch.setattr("sys.stderr", second)

    log.warning("after", delay_s=2)

    assert "before" == json.loads(told_first)["event"]
    told = json.loads(second.getvalue())
    assert ("after", "warning", 2) == (told["event"], told["level"], told["delay_s"])


def test_lines_for_a_terminal_are_no_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time, level, event and values; no colours where nobody looks."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logs(as_json=False)

    structlog.get_logger().info("trigger", id="a")

    assert "trigger" in stream.getvalue()
    assert "id=a" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_what_is_only_for_developers_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the level of information nothing is written."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logs(as_json=True)

    structlog.get_logger().debug("detail")

    assert "" == stream.getvalue()
