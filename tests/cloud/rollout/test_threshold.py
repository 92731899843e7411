"""How many may fail: the cases of hawkBit's error threshold."""

import pytest

from cloud.rollout.threshold import parse_threshold


@pytest.mark.parametrize(
    ("text", "failed", "executed", "exceeded"),
    [
        ("20%", 3, 10, True),
        ("20%", 1, 10, False),
        ("20%", 0, 10, False),
        ("20%", 2, 10, False),
        ("20%", 0, 0, False),
        ("2", 3, 200, True),
        ("2", 2, 2, False),
        ("0", 1, 100, True),
        ("0%", 1, 100, True),
        ("33.333%", 1, 3, True),
        ("100%", 5, 5, False),
    ],
    ids=[
        "exceeds",
        "below",
        "none failed",
        "exactly at",
        "zero targets",
        "a number exceeds",
        "a number exactly",
        "not one",
        "not one in percent",
        "a third",
        "all may",
    ],
)
def test_more_than_the_threshold_is_too_much(
    text: str,
    failed: int,
    executed: int,
    exceeded: bool,  # noqa: FBT001 - a parameter of the cases
) -> None:
    """Just so many is not; without stations nothing is."""
    assert exceeded is parse_threshold(text).exceeded(failed, executed)


@pytest.mark.parametrize(
    "text", ["", "abc", "-1%", "101%", "2.5", "10 % of all", "%", "1e3", "nan"]
)
def test_an_invalid_expression_is_refused(text: str) -> None:
    """The error says what was seen."""
    with pytest.raises(ValueError, match=repr(text).replace("%", "%")):
        parse_threshold(text)
