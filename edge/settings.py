"""Reading a TOML file into a configuration model, with errors that say how to mend them."""

import difflib
import re
import tomllib
import typing
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from edge.errors import ConfigError

_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.-]+|\"[^\"]*\")\s*=")

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]


def load_settings(path: Path, model: type[Model]) -> Model:
    """Return the validated configuration of a file.

    Raises:
        ConfigError: The file cannot be read, is no TOML, or does not fit; every problem is named
            with its line, key path, the value seen and, for a misspelt key, the nearest valid one.
    """
    text, data = read_toml(path)
    return validated(data, model, path, text)


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a TOML file and its data.

    Raises:
        ConfigError: The file cannot be read, or is no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, [f"cannot be read: {error}"]) from error
    except (ValueError, RecursionError) as error:  # also of numbers and depths beyond Python's
        raise ConfigError(path, [f"is no TOML: {error}"]) from error


def validated(
    data: dict[str, Any], model: type[Model], path: Path | None = None, text: str = ""
) -> Model:
    """Return the configuration of data.

    Args:
        data: As TOML or JSON gives it.
        model: What it shall be.
        path: The file that it comes from; None where it is none's.
        text: The file's text, for the numbers of lines.

    Raises:
        ConfigError: It does not fit; every problem is named as by `load_settings`.
    """
    try:
        return model.model_validate(data, context={"base": path.parent if path else Path()})
    except ValidationError as error:
        problems = [_problem(detail, text, model) for detail in error.errors()]
        raise ConfigError(path, problems) from error


def _problem(detail: ErrorDetails, text: str, model: type[BaseModel]) -> str:
    location = _without_tags(detail["loc"], model)
    line = _line_of(text, location)
    where = f"line {line}, " if line else ""
    keys = ".".join(str(part) for part in location) or "the whole file"
    match detail["type"]:
        case "extra_forbidden":
            return f"{where}{keys}: unknown key{_suggestion(location, model)}"
        case "missing":
            return f"{where}{keys}: is missing; add it"
        case _:
            # A whole table would show passwords that lie in it.
            seen = "" if isinstance(detail["input"], dict) else f" (seen: {detail['input']!r})"
            said = detail["msg"].removeprefix("Value error, ")
            return f"{where}{keys}: {said}{seen}"


def _suggestion(location: Location, model: type[BaseModel]) -> str:
    fields = _fields_at(location[:-1], model)
    near = difflib.get_close_matches(str(location[-1]), fields, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; valid here: {', '.join(sorted(fields))}" if fields else ""


def _fields_at(location: Location, model: type[BaseModel]) -> list[str]:
    candidates: list[type[BaseModel]] = [model]
    for part in location:
        nested = []
        for candidate in candidates:
            field = candidate.model_fields.get(str(part))
            if field is not None:
                nested += _models_in(field.annotation)
        candidates = nested or candidates
    return sorted({name for candidate in candidates for name in candidate.model_fields})


def _models_in(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - any type expression
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in typing.get_args(annotation) for found in _models_in(part)]


def _without_tags(location: Location, model: type[BaseModel]) -> Location:
    """Drop the tag that pydantic inserts for a discriminated union: it is no key of the file."""
    kept: list[str | int] = []
    candidates: list[type[BaseModel]] = [model]
    for part in location:
        nested = [
            found
            for candidate in candidates
            if (field := candidate.model_fields.get(str(part))) is not None
            for found in _models_in(field.annotation)
        ]
        is_tag = len(candidates) > 1 and not any(str(part) in c.model_fields for c in candidates)
        tagged = [c for c in candidates if _tag(c) == part]
        if is_tag and tagged:
            candidates = tagged
            continue
        kept.append(part)
        candidates = nested
    return tuple(kept)


def _tag(model: type[BaseModel]) -> object:
    field = model.model_fields.get("type")
    choices = typing.get_args(field.annotation) if field is not None else ()
    return choices[0] if choices else None


def _line_of(text: str, location: Location) -> int | None:
    """Return the line of a key, or of the table that it belongs into, or None."""
    wanted = [str(part) for part in location if not isinstance(part, int)]
    table: list[str] = []
    nearest: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = [part.strip().strip('"') for part in header.group(1).split(".")]
            if table == wanted[: len(table)]:
                nearest = number
        if (key := _KEY.match(line)) and [*table, *key.group(1).strip('"').split(".")] == wanted:
            return number
    return nearest
