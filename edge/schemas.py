"""JSON Schemas of the files that people write, for editors that complete and check while typing."""

import difflib
import json
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from edge.errors import ConfigError
from edge.reconfigure.protected import PROTECTED

if TYPE_CHECKING:
    from pydantic import BaseModel

_MODELS: Final = {
    "station": ("edge.config", "StationConfig"),
    "system": ("edge.provision.system", "SystemConfig"),
    "board": ("edge.board", "BoardProfile"),
    "sensor": ("edge.sensor", "SensorProfile"),
    "settings": ("edge.config", "StationConfig"),
}
_SETTINGS: Final = "settings"
NAMES: Final = tuple(_MODELS)
"""Kinds of file."""
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_text(name: str) -> str:
    """Return the schema of a kind of file; the same code gives the same text.

    Args:
        name: One of `NAMES`.

    Raises:
        ConfigError: There is no such kind.
    """
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1)
        meant = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(NAMES)}"
        raise ConfigError(None, [f"no schema {name!r}; {meant}"])
    schema = {"$schema": _DIALECT, **_model(name).model_json_schema()}
    if name == _SETTINGS:
        schema = _partial(schema)
    return json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _model(name: str) -> "type[BaseModel]":
    """Return the model that reads a kind of file; imported only where it is asked for."""
    module, model = _MODELS[name]
    found: type[BaseModel] = getattr(import_module(module), model)
    return found


def _partial(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a station file for settings over one: no key must be there.

    What is changed on site only is left out: an editor marks it as unknown.
    """
    found: dict[str, Any] = _optional(schema)
    found["title"] = "Settings"
    for key in PROTECTED:
        section, _, name = key.partition(".")
        if not name:
            found["properties"].pop(section, None)
        elif "." not in name:
            for part in _sections(found, section):
                part.get("properties", {}).pop(name, None)
    return found


def _sections(schema: dict[str, Any], section: str) -> list[dict[str, Any]]:
    """Return what a section may be: one table, or each of a choice."""
    at = schema["properties"].get(section, {})
    named = [at, *at.get("anyOf", ()), *at.get("oneOf", ())]
    names = [one["$ref"].rpartition("/")[2] for one in named if "$ref" in one]
    return [schema["$defs"][name] for name in names]


def _optional(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a schema in which nothing must be there, so that one may be like several."""
    if isinstance(value, list):
        return [_optional(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _optional(one) for key, one in value.items() if key != "required"}
    if "oneOf" in kept:
        kept["anyOf"] = kept.pop("oneOf")
        kept.pop("discriminator", None)
    return kept
