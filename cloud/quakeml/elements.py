"""Elements of QuakeML's basic event description, and resource ids."""

import xml.etree.ElementTree as ET
from typing import Final

BED: Final = "http://quakeml.org/xmlns/bed/1.2"


def child(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    """Add an element and return it."""
    return ET.SubElement(parent, f"{{{BED}}}{name}", attributes)


def text(parent: ET.Element, name: str, words: str) -> None:
    """Add an element that holds text."""
    child(parent, name).text = words


def quantity(parent: ET.Element, name: str, value: str, uncertainty: str | None = None) -> None:
    """Add an element that holds a value and, where it is known, its uncertainty."""
    element = child(parent, name)
    text(element, "value", value)
    if uncertainty is not None:
        text(element, "uncertainty", uncertainty)


def resource(identity: str) -> str:
    """Return an id as a resource identifier allows it."""
    return "".join(c if c.isalnum() or c in "-._~" else "_" for c in identity)
