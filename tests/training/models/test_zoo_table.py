"""The table of the zoo: every network once, counted, with what became of it when converted."""

import json
from pathlib import Path

import pytest

keras = pytest.importorskip("keras", reason="the training extra is not installed")

from training.export.runtimes import RuntimeResult  # noqa: E402 - after the check for the extra
from training.export.subject import FORMATS, SCHEMES  # noqa: E402
from training.zoo import zoo  # noqa: E402
from training.zoo_conversions import (  # noqa: E402
    Conversion,
    Conversions,
    read_conversions,
    write_conversions,
)
from training.zoo_page import zoo_page  # noqa: E402
from training.zoo_table import ZooRow, table_to_json, table_to_text, zoo_table  # noqa: E402


@pytest.fixture(scope="module")
def rows() -> list[ZooRow]:
    """Return the table."""
    return zoo_table()


def test_json_lists_every_network_with_the_promised_keys(rows: list[ZooRow]) -> None:
    """Programs find name, parameters, MACs, input, task, citation and schemes."""
    listed = json.loads(table_to_json(rows))

    assert list(zoo()) == [row["name"] for row in listed]
    for row in listed:
        assert row["parameters"] > 0
        assert row["macs"] > 0
        assert {"input", "task", "citation", "schemes", "differences"} <= set(row)


def test_text_has_a_line_for_each_network(rows: list[ZooRow]) -> None:
    """A person finds them too."""
    lines = table_to_text(rows).splitlines()

    assert list(zoo()) == [line.split()[0] for line in lines[1:]]
    assert "292,641" in next(line for line in lines if line.startswith("cred"))


def test_page_is_fresh(rows: list[ZooRow], project_root: Path) -> None:
    """docs/zoo.md is what python scripts/write_zoo_page.py writes."""
    page = (project_root / "docs" / "zoo.md").read_text(encoding="utf-8")

    assert zoo_page(rows, read_conversions()) == page, "run python scripts/write_zoo_page.py"


def test_measured_network_was_measured_in_every_scheme(rows: list[ZooRow]) -> None:
    """A scheme that does not convert has its reason; a network not measured is named as such."""
    measured = {(one.network, one.scheme, one.format) for one in read_conversions().results}
    formats = {(name, file_format) for name, _, file_format in measured}
    page = zoo_page(rows, read_conversions())

    assert {(n, scheme, f) for n, f in formats for scheme in SCHEMES} == measured
    for name, file_format in {(n, f) for n in zoo() for f in FORMATS} - formats:
        line = next(line for line in page.splitlines() if line.startswith("Not measured yet"))
        assert f"`{name}` as {file_format}" in line


def test_measurement_is_a_size_or_a_reason() -> None:
    """Never neither, never both."""
    for found in read_conversions().results:
        assert (found.size_bytes is None) != (found.failure is None), found


def test_our_own_network_shows_what_its_bundle_says(rows: list[ZooRow]) -> None:
    """Size and figures are those of the bundle that the agent comes with."""
    bundle = next(row for row in rows if row.name == "tremor_stream").bundle

    assert "int8" == bundle.scheme
    assert bundle.size_bytes < 1_000_000
    assert {"parity mean", "detected of them"} <= {score.name for score in bundle.scores}
    assert f"| `tremor_stream` | {bundle.version} | int8 |" in zoo_page(rows, read_conversions())


def test_words_of_a_failure_reach_the_page(rows: list[ZooRow]) -> None:
    """What does not work is on the page, in the words of the program that refused."""
    refused = Conversion(network="cred", scheme="int8", format="onnx", failure="op XYZ is unknown")
    partly = Conversion(
        network="cred",
        scheme="int16",
        format="tflite",
        size_bytes=12_345,
        bias_bits=64,
        runtimes={"tflite-runtime": RuntimeResult(failure="got INT16")},
    )

    page = zoo_page(rows, Conversions(converter="c", runtimes={}, results=(refused, partly)))

    assert "- `cred` as int8 onnx, converter: op XYZ is unknown" in page
    assert "- `cred` as int16 tflite, tflite-runtime: got INT16" in page
    assert "| `cred` | int16* | 12 |" in page
    assert "| `cred` | int8 | not made |" in page


def test_measurements_are_read_as_they_were_written(tmp_path: Path) -> None:
    """The file keeps what it was given."""
    path = tmp_path / "conversions.json"
    result = Conversion(
        network="cred", scheme="int8", format="onnx", size_bytes=1, operators={"ADD": 2}
    )
    conversions = Conversions(converter="c", runtimes={"r": "1"}, results=(result,))

    write_conversions(conversions, path)

    assert conversions == read_conversions(path)
