"""What the files of a repository may be called, and what an assignment may say."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from edge.update.targets import (
    Assignment,
    ConfigurationAssignment,
    ConfigurationPath,
    Kind,
    ModelPath,
    Order,
    Return,
    SoftwareAssignment,
    SoftwarePath,
    kind_of,
    model_path,
    read_order,
    rollout_path,
    station_ring,
    version_numbers,
)

SHA = "ab" * 32
ARCHIVE = "software/tremorkit-1.2.0-aarch64-cp313.tar"
MODEL: dict[str, object] = {"rollout_id": "r", "model": "models/net-2.tremor", "sha256": SHA}
SOFTWARE: dict[str, object] = {"rollout_id": "r", "version": "1.2.0", "archives": {ARCHIVE: SHA}}
SETTINGS: dict[str, object] = {
    "rollout_id": "r",
    "configuration": "configuration/quiet-3.toml",
    "sha256": SHA,
}


def order(kind: Kind, said: object) -> Order:
    """Return what JSON says."""
    return read_order(kind, json.dumps(said).encode())


@pytest.mark.parametrize(
    ("form", "good"),
    [
        (ModelPath, "models/tremor_stream-12.tremor"),
        (SoftwarePath, ARCHIVE),
        (SoftwarePath, "software/tremorkit-0.2.0.dev1+ab-x86_64-cp39.tar"),
        (ConfigurationPath, "configuration/quiet-3.toml"),
    ],
)
def test_names_of_files(form: type[str], good: str) -> None:
    """Each kind has its folder, its form and its ending."""
    assert good == TypeAdapter(form).validate_python(good)


@pytest.mark.parametrize("form", [ModelPath, SoftwarePath, ConfigurationPath])
@pytest.mark.parametrize(
    "bad",
    [
        "",
        "models/../../etc/passwd-1.tremor",
        "models/net-1.tremor/..",
        "models/net-1.tremor\n",
        "models/Net-1.tremor",
        "models/net-1.toml",
        "software/tremorkit-../x-1-a-cp313.tar",
        "software/tremorkit-1.0-aarch64-cp313.tar.gz",
        "configuration/a/b-1.toml",
        "configuration/quiet-x.toml",
        "/configuration/quiet-1.toml",
        "rollout/all.json",
    ],
)
def test_names_that_lead_elsewhere(form: type[str], bad: str) -> None:
    """Nothing in a name is a way out of its folder, or another kind's file."""
    with pytest.raises(ValidationError):
        TypeAdapter(form).validate_python(bad)


def test_where_assignments_lie() -> None:
    """A ring's name has no @, so that no ring of one kind is one of another."""
    assert ("models/net-2.tremor", "XX.A") == (model_path("net", 2), station_ring("XX", "A"))
    assert ["rollout/all.json", "rollout/all@software.json", "rollout/all@configuration.json"] == [
        rollout_path("all", kind) for kind in Kind
    ]


def test_a_folder_tells_the_kind() -> None:
    """What lies elsewhere is none; the error says where it may lie."""
    paths = ("models/net-2.tremor", ARCHIVE, "configuration/quiet-3.toml")

    assert list(Kind) == [kind_of(path) for path in paths]
    with pytest.raises(ValueError, match="in none of models, software, configuration"):
        kind_of("rollout/all.json")


@pytest.mark.parametrize(
    ("kind", "said", "form", "named"),
    [
        (Kind.MODEL, MODEL, Assignment, {"models/net-2.tremor": SHA}),
        (Kind.SOFTWARE, SOFTWARE, SoftwareAssignment, {ARCHIVE: SHA}),
        (
            Kind.CONFIGURATION,
            SETTINGS,
            ConfigurationAssignment,
            {"configuration/quiet-3.toml": SHA},
        ),
        (Kind.MODEL, {"rollout_id": "r", "leaving": [SHA]}, Return, {}),
        (Kind.SOFTWARE, {"rollout_id": "r", "leaving": [SHA]}, Return, {}),
        (Kind.MODEL, MODEL | {"leaving": [SHA]}, Assignment, {"models/net-2.tremor": SHA}),
    ],
)
def test_each_kind_has_its_assignment(
    kind: Kind, said: object, form: type[Order], named: dict[str, str]
) -> None:
    """A way back alone is the same for all; what newer centres add is passed over."""
    found = order(kind, said)

    assert (form, named) == (type(found), found.named)
    assert found == read_order(kind, found.model_dump_json().encode())
    assert isinstance(said, dict)
    assert found == order(kind, said | {"since_version_9": True})


@pytest.mark.parametrize(
    ("kind", "said", "where"),
    [
        (Kind.SOFTWARE, MODEL, "version"),
        (Kind.MODEL, SETTINGS, "model"),
        (Kind.MODEL, {"rollout_id": "r"}, "model"),
        (Kind.MODEL, {"rollout_id": "r", "leaving": []}, "leaving"),
        (Kind.MODEL, {"rollout_id": "r", "leaving": [SHA] * 17}, "leaving"),
        (Kind.MODEL, MODEL | {"leaving": ["short"]}, "leaving"),
        (Kind.MODEL, MODEL | {"format": 2}, "format"),
        (Kind.MODEL, [], ""),
        (Kind.SOFTWARE, SOFTWARE | {"archives": {}}, "archives"),
        (Kind.SOFTWARE, SOFTWARE | {"archives": {"models/net-2.tremor": SHA}}, "archives"),
    ],
)
def test_assignments_that_make_no_sense(kind: Kind, said: object, where: str) -> None:
    """One of another kind is none of this; the error says where it is wrong."""
    with pytest.raises(ValidationError) as caught:
        order(kind, said)

    assert where in {str(part) for part in (*caught.value.errors()[0]["loc"], "")}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"model": '])
def test_what_is_no_json(content: bytes) -> None:
    """A ValueError that says where."""
    with pytest.raises(ValueError, match=r"line 1 column|Invalid JSON"):
        read_order(Kind.MODEL, content)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.2.0.dev1", (0, 2, 0)),
        ("10.0.1", (10, 0, 1)),
        ("1.2", (1, 2)),
        ("1.2.0rc1", (1, 2, 0)),
        ("1.2+local.7", (1, 2)),
    ],
)
def test_versions_in_numbers(text: str, numbers: tuple[int, ...]) -> None:
    """Ten comes after nine."""
    assert numbers == version_numbers(text)
