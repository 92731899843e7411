"""Settings that a page shows are settings that the kit takes."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from cloud.config import ServiceConfig
from edge.config import StationConfig
from edge.errors import ConfigError
from edge.provision.system import SystemConfig
from edge.settings import validated

_ROOT = Path(__file__).resolve().parents[1]
_TOML = re.compile(r"^( *)```toml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_STATION = {
    "station": {"network": "XX", "station": "A", "latitude": 1.0, "longitude": 2.0},
    "source": {"type": "synthetic", "latitude": 1.0, "longitude": 2.0},
}
_BLOCKS = [
    (f"{page.name}:{page.read_text()[: found.start()].count(chr(10)) + 1}", found[2])
    for page in sorted(_ROOT.glob("docs/**/*.md"))
    for found in _TOML.finditer(page.read_text())
]


def _over(base: dict[str, Any], block: dict[str, Any]) -> dict[str, Any]:
    """Return a file with a page's part laid over it; another type of source is a whole one."""
    merged = dict(base)
    for key, value in block.items():
        below = merged.get(key)
        is_part = isinstance(below, dict) and isinstance(value, dict)
        if is_part and value.get("type", below.get("type")) == below.get("type"):
            value = _over(below, value)  # noqa: PLW2901 - what lies there in the end
        merged[key] = value
    return merged


def _problems(data: dict[str, Any], model: type[BaseModel]) -> list[str]:
    try:
        validated(data, model)
    except ConfigError as error:
        return error.problems
    return []


@pytest.mark.parametrize(("place", "text"), _BLOCKS, ids=[place for place, _ in _BLOCKS])
def test_settings_of_a_page_are_taken(place: str, text: str) -> None:
    """By the station, by the centre, or by what makes cards: keys, sections, kinds of values."""
    block = tomllib.loads(text)

    told = {
        "station": _problems(_over(_STATION, block), StationConfig),
        "centre": _problems(block, ServiceConfig),
        "system": _problems(block, SystemConfig),
    }

    assert [] in told.values(), f"{place}: {told}"
