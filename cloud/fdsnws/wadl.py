"""The description of a service for programs (WADL): ObsPy asks for it before anything else."""

import typing
import xml.etree.ElementTree as ET
from types import NoneType, UnionType

from pydantic.fields import FieldInfo

from cloud.fdsnws.parameters import Query

_NAMESPACE = "http://wadl.dev.java.net/2009/02"
_TYPES = {bool: "xs:boolean", float: "xs:double", int: "xs:int", str: "xs:string"}


def wadl(base: str, model: type[Query], media_types: tuple[str, ...]) -> bytes:
    """Return the description of a service.

    Args:
        base: Where it is.
        model: Its query.
        media_types: What it answers with.
    """
    ET.register_namespace("", _NAMESPACE)
    root = _child(None, "application", {"xmlns:xs": "http://www.w3.org/2001/XMLSchema"})
    resources = _child(root, "resources", {"base": base})
    query = _child(_child(resources, "resource", {"path": "query"}), "method", {})
    query.attrib.update({"name": "GET", "id": "query"})
    request = _child(query, "request", {})
    for name, field in model.model_fields.items():
        parameter = _child(request, "param", _attributes(name, field))
        for option in _options(field):
            _child(parameter, "option", {"value": option})
        ET.SubElement(parameter, f"{{{_NAMESPACE}}}doc").text = field.description
    response = _child(query, "response", {"status": "200"})
    for media_type in media_types:
        _child(response, "representation", {"mediaType": media_type})
    for path, media_type in (("version", "text/plain"), ("application.wadl", "application/xml")):
        method = _child(_child(resources, "resource", {"path": path}), "method", {"name": "GET"})
        _child(_child(method, "response", {}), "representation", {"mediaType": media_type})
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def kind_of(field: FieldInfo) -> str:
    """Return the XML Schema type of a parameter."""
    kind = field.annotation
    if typing.get_origin(kind) in {typing.Union, UnionType}:
        kind = next(one for one in typing.get_args(kind) if one is not NoneType)
    if any(type(one).__name__ == "BeforeValidator" for one in field.metadata):
        return "xs:dateTime"
    return _TYPES.get(kind, "xs:string") if isinstance(kind, type) else "xs:string"


def _attributes(name: str, field: FieldInfo) -> dict[str, str]:
    found = {"name": name, "style": "query", "type": kind_of(field)}
    if field.is_required():
        found["required"] = "true"
    elif field.default is not None:
        default = str(field.default)
        found["default"] = default.lower() if isinstance(field.default, bool) else default
    return found


def _options(field: FieldInfo) -> tuple[str, ...]:
    if typing.get_origin(field.annotation) is typing.Literal:
        return tuple(str(one) for one in typing.get_args(field.annotation))
    return ()


def _child(parent: ET.Element | None, name: str, attributes: dict[str, str]) -> ET.Element:
    tag = f"{{{_NAMESPACE}}}{name}"
    return ET.Element(tag, attributes) if parent is None else ET.SubElement(parent, tag, attributes)
