"""A wheel that may not go on a station is found by what it says of itself."""

from email.message import Message

import pytest

from edge.wheelhouse.licences import is_allowed, licence_of


def _metadata(*headers: tuple[str, str]) -> Message:
    message = Message()
    for name, value in headers:
        message[name] = value
    return message


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MIT AND BSD-3-Clause", True),
        ("EPL-2.0 OR BSD-3-Clause", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("(GPL-3.0-only OR MIT) AND (MIT OR EPL-2.0)", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("EPL-2.0 OR GPL-2.0-only AND MIT", False),
        ("LGPL-3.0-or-later", False),
        ("GPL-3.0-only WITH GCC-exception-3.1", False),
        ("", False),
        ("MIT AND", False),
        ("(MIT", False),
        ("MIT)", False),
        ("MIT MIT", False),
        ("see the file", False),
    ],
)
def test_expression_is_met_by_allowed_licences_alone(expression: str, *, allowed: bool) -> None:
    """AND needs all, OR any, AND binds more strongly; what cannot be read is not allowed."""
    assert allowed == is_allowed(expression)


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        (_metadata(("License-Expression", "MIT"), ("License", "GPL")), "MIT"),
        (_metadata(("Classifier", "License :: OSI Approved :: BSD License")), "BSD-3-Clause"),
        (
            _metadata(
                ("Classifier", "Topic :: Home Automation"),
                ("Classifier", "License :: OSI Approved :: MIT License"),
                ("Classifier", "License :: OSI Approved :: Apache Software License"),
            ),
            "MIT AND Apache-2.0",
        ),
        (_metadata(("License", "3-Clause BSD License")), "BSD-3-Clause"),
        (_metadata(("License", "MPL-2.0 AND MIT")), "MPL-2.0 AND MIT"),
        (_metadata(("License", "Ours alone\nAll rights reserved")), "Ours alone"),
        (_metadata(), ""),
    ],
)
def test_licence_is_read_where_the_metadata_have_it(metadata: Message, licence: str) -> None:
    """The expression first, then classifiers, then the text; none is none."""
    assert licence == licence_of(metadata)


def test_classifier_that_is_not_known_is_not_allowed() -> None:
    """Its words stay, for the error."""
    name = "GNU General Public License v3 (GPLv3)"

    licence = licence_of(_metadata(("Classifier", f"License :: OSI Approved :: {name}")))

    assert "GPLv3" in licence
    assert not is_allowed(licence)
