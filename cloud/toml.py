"""Writing a configuration model as the TOML that a person would."""

import json
from typing import Any

from pydantic import BaseModel


def to_toml(config: BaseModel) -> str:
    """Return TOML that reads back as the same model; values that are left out stay so."""
    data = config.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    _add_types(config, data)
    return "\n".join(_table(data, ())) + "\n"


def _add_types(model: BaseModel, data: dict[str, Any]) -> None:
    """Name the `type` of every choice, which code often leaves to the class."""
    if "type" in type(model).model_fields:
        data["type"] = getattr(model, "type")  # noqa: B009 - no field of every model
    for name, value in model:
        if isinstance(value, BaseModel) and name in data:
            _add_types(value, data[name])


def _table(data: dict[str, Any], path: tuple[str, ...]) -> list[str]:
    lines = [f"{key} = {_value(value)}" for key, value in data.items() if not _is_table(value)]
    if path and lines:
        lines = [f"[{'.'.join(path)}]", *lines, ""]
    for key, value in data.items():
        if _is_table(value):
            lines += _table(value, (*path, key))
    return lines


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _value(value: Any) -> str:  # noqa: ANN401 - whatever JSON knows
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_value(one)}' for key, one in value.items())}}}"
    # JSON escapes what TOML does but for the last control character, and halves of characters.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
