"""Time is exact inside and ISO 8601 outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from edge.timestamps import Timestamp, format_time, parse_time


class _Message(BaseModel):
    time: Timestamp


@given(microseconds=st.integers(0, 4_102_444_800_000_000))
def test_wire_form_keeps_microseconds(microseconds: int) -> None:
    """From integer to text and back nothing is lost at the microsecond."""
    assert microseconds * 1_000 == parse_time(format_time(microseconds * 1_000))


def test_wire_form_is_iso_8601_with_z() -> None:
    """Microseconds and Z, rounded to the nearest."""
    assert "2020-01-30T06:51:33.250001Z" == format_time(1_580_367_093_250_000_600)


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-30T06:51:33.25Z",
        "2020-01-30T06:51:33.250",
        "2020-01-30T07:51:33.25+01:00",
        "2020-01-30 06:51:33.25",
    ],
)
def test_other_iso_forms_are_understood(text: str) -> None:
    """Zones are honoured; none means UTC."""
    assert 1_580_367_093_250_000_000 == parse_time(text)


def test_garbage_is_refused_with_an_example() -> None:
    """The error shows what was seen and what it should look like."""
    with pytest.raises(ValueError, match=r"'yesterday' is no ISO 8601 time, like 2020"):
        parse_time("yesterday")


def test_field_is_integer_inside_and_text_in_json() -> None:
    """A pydantic field of a message converts at the border only."""
    message = _Message.model_validate_json('{"time": "2020-01-30T06:51:33.250000Z"}')

    assert 1_580_367_093_250_000_000 == message.time
    assert '{"time":"2020-01-30T06:51:33.250000Z"}' == message.model_dump_json()
    with pytest.raises(ValidationError):
        _Message.model_validate_json('{"time": "soon"}')
