"""What no command may change, and that nothing was forgotten."""

import typing
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from edge.config import StationConfig
from edge.reconfigure.config import ConfigureSection
from edge.reconfigure.overlay import is_within
from edge.reconfigure.protected import PROTECTED, refusals

JUDGED_HARMLESS = {
    "detection.model.bundle": "loaded only if it is a bundle whose golden outputs are reproduced",
    "source.device": "opened as the sensor's device, nothing else is written to it",
    "source.paths": "read as recordings; what is in them goes into no answer",
    "source.station_xml": "read as StationXML; what is in it goes into no answer",
}
"""Paths that a command may set, and why."""

DANGEROUS_WORDS = ("command", "argv", "password", "secret", "token", "_file", "folder", "socket")


def _leaves(model: type[BaseModel], above: str = "") -> typing.Iterator[tuple[str, object]]:
    for name, field in model.model_fields.items():
        inner = list(_models_in(field.annotation))
        for one in inner:
            yield from _leaves(one, f"{above}{name}.")
        if not inner:
            yield f"{above}{name}", field.annotation


def _models_in(annotation: object) -> typing.Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in typing.get_args(annotation):
        yield from _models_in(part)


def _types_in(annotation: object) -> set[object]:
    return {annotation}.union(*(_types_in(part) for part in typing.get_args(annotation)))


def test_every_path_secret_and_program_of_the_station_file_is_judged() -> None:
    """A new field that names one is protected, or somebody says here why it need not be."""
    suspicious = {
        key
        for key, annotation in _leaves(StationConfig)
        if _types_in(annotation) & {Path, SecretStr} or any(word in key for word in DANGEROUS_WORDS)
    }
    protected = {key for key in suspicious if any(is_within(key, table) for table in PROTECTED)}

    assert set() == suspicious - protected - set(JUDGED_HARMLESS)
    assert set() == set(JUDGED_HARMLESS) - suspicious


def test_what_is_protected_is_in_the_station_file() -> None:
    """A key that was renamed is noticed."""
    known = {key for key, _ in _leaves(StationConfig)}

    assert [] == [table for table in PROTECTED if not any(is_within(key, table) for key in known)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"mqtt": {"host": "a"}}, {"mqtt": {"host": "b"}}),
        ({"mqtt": {"host": "a"}}, {"mqtt": {}}),
        ({"mqtt": {"host": "a"}}, {}),
        ({}, {"mqtt": {"tls": {}}}),
        ({"mqtt": {"tls": {"ca_file": "a"}}}, {"mqtt": {"tls": {"ca_file": "b"}}}),
        ({"station": {"station": "A"}}, {"station": {"station": "B"}}),
        ({}, {"state_dir": "x"}),
        ({}, {"configure": {"healthy_s": 1}}),
        ({}, {"clock": {"chronyc": "/bin/sh"}}),
    ],
)
def test_it_is_what_comes_of_it_that_is_refused(
    before: dict[str, object], after: dict[str, object]
) -> None:
    """By its key, by its section or by leaving it out."""
    (why,) = refusals(before, after, ConfigureSection())

    assert "is changed on site only" in why


def test_the_broker_may_move_where_the_file_says_so() -> None:
    """Its address, not who is let in."""
    rules = ConfigureSection(broker=True)
    before = {"mqtt": {"host": "a", "port": 1}}

    assert [] == refusals(before, {"mqtt": {"host": "b", "port": 2}}, rules)
    assert 1 == len(refusals(before, {"mqtt": {"host": "b", "username": "u"}}, rules))


def test_other_keys_beside_a_protected_one_may_change() -> None:
    """How long the station waits is no secret."""
    before = {"mqtt": {"host": "a", "password": "p"}}
    after = {"mqtt": {"host": "a", "password": "p", "keepalive_s": 60}}

    assert [] == refusals(before, after, ConfigureSection())
