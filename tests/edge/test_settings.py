"""A mistake in a file is told with line, key path, value and remedy."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from edge.errors import ConfigError
from edge.mqtt import MqttConfig
from edge.settings import load_settings

_STRICT = ConfigDict(frozen=True, extra="forbid")


class _Cat(BaseModel):
    model_config = _STRICT
    type: Literal["cat"]
    lives: int = Field(default=9, ge=1, le=9)


class _Dog(BaseModel):
    model_config = _STRICT
    type: Literal["dog"]
    barks_per_minute: float = 3.0


class _Inner(BaseModel):
    model_config = _STRICT
    sampling_rate_hz: float = Field(gt=0)


class _Settings(BaseModel):
    model_config = _STRICT
    name: str
    inner: _Inner
    pet: Annotated[_Cat | _Dog, Field(discriminator="type")]


_GOOD = """\
name = "ok"

[inner]
sampling_rate_hz = 100.0

[pet]
type = "dog"
"""

_MISTAKES = {
    "misspelt key": (
        ("sampling_rate_hz", "samplng_rate_hz"),
        ["line 4, inner.samplng_rate_hz: unknown key; did you mean 'sampling_rate_hz'?"],
    ),
    "value out of range": (
        ("100.0", "-5"),
        ["line 4, inner.sampling_rate_hz: Input should be greater than 0 (seen: -5)"],
    ),
    "wrong type": (
        ('"ok"', "3"),
        ["line 1, name: Input should be a valid string (seen: 3)"],
    ),
    "missing key": (
        ("sampling_rate_hz = 100.0\n", ""),
        ["line 3, inner.sampling_rate_hz: is missing; add it"],
    ),
    "unknown table": (
        ("[pet]", "[pets]"),
        ["line 6, pets: unknown key; did you mean 'pet'?"],
    ),
    "misspelt key in a chosen plugin": (
        ('"dog"', '"dog"\nbark_per_minute = 1'),
        ["line 8, pet.bark_per_minute: unknown key; did you mean 'barks_per_minute'?"],
    ),
    "unknown plugin": (
        ('"dog"', '"dgo"'),
        ["line 6, pet: Input tag 'dgo' found using 'type' does not match"],
    ),
    "no TOML at all": (("[inner]", "[inner"), ["is no TOML:"]),
}


def _write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text)
    return path


def test_good_file_is_read(tmp_path: Path) -> None:
    """A file without mistakes gives the model."""
    settings = load_settings(_write(tmp_path, _GOOD), _Settings)

    assert 100.0 == settings.inner.sampling_rate_hz
    assert _Dog(type="dog") == settings.pet


@pytest.mark.parametrize("mistake", _MISTAKES)
def test_mistake_is_told_with_place_and_remedy(tmp_path: Path, mistake: str) -> None:
    """Each mistake names the file, the line, the key path and what to do."""
    (old, new), expected = _MISTAKES[mistake]
    path = _write(tmp_path, _GOOD.replace(old, new))

    with pytest.raises(ConfigError) as caught:
        load_settings(path, _Settings)

    assert path == caught.value.path
    for text in expected:
        assert any(problem.startswith(text) for problem in caught.value.problems)
        assert str(path) in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one error a run."""
    path = _write(tmp_path, _GOOD.replace("100.0", "0").replace("name", "nmae"))

    with pytest.raises(ConfigError) as caught:
        load_settings(path, _Settings)

    assert 3 == len(caught.value.problems)


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A file that is not there is an error with its path, not a traceback."""
    with pytest.raises(
        ConfigError, match=r"nowhere\.toml: cannot be read: No such file or directory$"
    ):
        load_settings(tmp_path / "nowhere.toml", _Settings)


def test_a_table_that_is_wrong_as_a_whole_shows_no_password(tmp_path: Path) -> None:
    """Its rule is told, not what is in it."""
    path = tmp_path / "mqtt.toml"
    path.write_text('password = "very secret"\n')

    with pytest.raises(ConfigError) as error:
        load_settings(path, MqttConfig)

    assert "a password needs a username" in str(error.value)
    assert "very secret" not in str(error.value)
