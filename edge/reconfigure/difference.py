"""What a change comes to: the settings that differ between two configurations."""

from typing import Any, Final

from pydantic import BaseModel

_ABSENT: Final = object()


def changed_keys(before: BaseModel, after: BaseModel) -> list[str]:
    """Return the keys whose values differ, secrets included, in alphabetical order."""
    old, new = _flat(before.model_dump()), _flat(after.model_dump())
    return sorted(
        key for key in old.keys() | new.keys() if old.get(key, _ABSENT) != new.get(key, _ABSENT)
    )


def difference(before: BaseModel, after: BaseModel) -> dict[str, dict[str, Any]]:
    """Return `{key: {"from": ..., "to": ...}}` as JSON knows it; secrets are masked."""
    old = _flat(before.model_dump(mode="json"))
    new = _flat(after.model_dump(mode="json"))
    return {key: {"from": old.get(key), "to": new.get(key)} for key in changed_keys(before, after)}


def _flat(data: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Return the leaves of tables, by their keys with dots."""
    leaves: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            leaves |= _flat(value, f"{above}{name}.")
        else:
            leaves[f"{above}{name}"] = value
    return leaves
