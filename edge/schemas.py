"""JSON Schemas of the files that people write, for editors that complete and check while typing."""

import difflib
import json
from importlib import import_module
from typing import TYPE_CHECKING, Final

from edge.errors import ConfigError

if TYPE_CHECKING:
    from pydantic import BaseModel

_MODELS: Final = {
    "station": ("edge.config", "StationConfig"),
    "system": ("edge.provision.system", "SystemConfig"),
    "board": ("edge.board", "BoardProfile"),
    "sensor": ("edge.sensor", "SensorProfile"),
}
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
    return json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _model(name: str) -> "type[BaseModel]":
    """Return the model that reads a kind of file; imported only where it is asked for."""
    module, model = _MODELS[name]
    found: type[BaseModel] = getattr(import_module(module), model)
    return found
