"""YAML that every reader understands alike."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.provision.yaml import to_yaml

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_VALUES = st.recursive(
    _TEXTS | st.integers() | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(_TEXTS, inner),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(_TEXTS, _VALUES, min_size=1))
def test_any_text_comes_back_as_it_was(value: dict[str, object]) -> None:
    """Quotes, backslashes, control characters, words that mean something: nothing is lost."""
    assert value == yaml.load(to_yaml(value), Loader=yaml.CSafeLoader)


@pytest.mark.parametrize("text", ["no", "12:30", "1e3", "~", "0x1F", "- a", "a: b", "# x", "!t"])
def test_text_stays_text(text: str) -> None:
    """What looks like a number, a truth value or a structure is none."""
    assert {"value": text, text: "key"} == yaml.safe_load(to_yaml({"value": text, text: "key"}))


def test_control_character_is_written_as_an_escape() -> None:
    """A terminal that shows the file is not commanded by it."""
    assert 'ssid: "\\u001b[2J\\u2028"\n' == to_yaml({"ssid": "\x1b[2J\u2028"})


def test_value_of_another_kind_is_refused() -> None:
    """A number with a point would be written in one way and read in another."""
    with pytest.raises(TypeError, match=r"no YAML for 1\.5"):
        to_yaml({"value": 1.5})
