"""Stations as FDSN StationXML 1.2."""

import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from cloud.fdsnws.found import Found
from cloud.fdsnws.orientation import azimuth_and_dip
from cloud.fdsnws.sensitivity import FREQUENCY_HZ, counts_per_m_s2
from edge import __version__
from edge.messages import State
from edge.timestamps import format_time

_NAMESPACE: Final = "http://www.fdsn.org/xml/station/1"
_WITH_CHANNELS: Final = ("channel", "response")


def stationxml(found: Sequence[Found], level: str, base: str) -> bytes:
    """Return the document of what was found.

    Args:
        found: Sorted by network, station, and start.
        level: `network`, `station`, `channel`, or `response`.
        base: The address of the service.
    """
    ET.register_namespace("", _NAMESPACE)
    root = ET.Element(f"{{{_NAMESPACE}}}FDSNStationXML", schemaVersion="1.2")
    _text(root, "Source", "tremorkit")
    _text(root, "Sender", "tremorkit")
    _text(root, "Module", f"tremorkit {__version__} fdsnws-station")
    _text(root, "ModuleURI", base)
    _text(root, "Created", format_time(time.time_ns()))
    for code, group in groupby(found, key=lambda one: one.epoch.state.network):
        stations = list(group)
        start_ns = min(one.epoch.start_ns for one in stations)
        network = _child(root, "Network", code=code, startDate=format_time(start_ns))
        count = str(len({one.epoch.state.station for one in stations}))
        _text(network, "TotalNumberStations", count)
        _text(network, "SelectedNumberStations", count)
        for one in stations if level != "network" else ():
            _station(network, one, level)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _station(network: ET.Element, one: Found, level: str) -> None:
    state = one.epoch.state
    element = _child(network, "Station", code=state.station, **_times(one))
    _place(element, state)
    _text(_child(element, "Site"), "Name", state.station)
    _text(element, "CreationDate", format_time(one.epoch.start_ns))
    for channel in one.channels if level in _WITH_CHANNELS else ():
        _channel(element, one, channel, with_response=level == "response")


def _channel(station: ET.Element, one: Found, code: str, *, with_response: bool) -> None:
    state = one.epoch.state
    attributes = {"code": code, "locationCode": state.location}
    element = _child(station, "Channel", **attributes, **_times(one))
    _place(element, state)
    _text(element, "Depth", "0")
    azimuth, dip = azimuth_and_dip(code)
    if azimuth is not None:
        _text(element, "Azimuth", f"{azimuth:g}")
        _text(element, "Dip", f"{dip:g}")
    if state.sampling_rate_hz is not None:
        _text(element, "SampleRate", f"{state.sampling_rate_hz:.6g}")
    if state.sensor:
        _text(_child(element, "Sensor"), "Description", state.sensor)
    sensitivity = counts_per_m_s2(state.sensor or "")
    if sensitivity is not None:
        _response(element, sensitivity, with_stage=with_response)


def _response(channel: ET.Element, sensitivity: float, *, with_stage: bool) -> None:
    response = _child(channel, "Response")
    total = _child(response, "InstrumentSensitivity")
    _gain(total, sensitivity)
    _units(total)
    if with_stage:
        stage = _child(response, "Stage", number="1")
        flat = _child(stage, "PolesZeros")
        _units(flat)
        _text(flat, "PzTransferFunctionType", "LAPLACE (RADIANS/SECOND)")
        _text(flat, "NormalizationFactor", "1")
        _text(flat, "NormalizationFrequency", f"{FREQUENCY_HZ:g}")
        _gain(_child(stage, "StageGain"), sensitivity)


def _gain(parent: ET.Element, sensitivity: float) -> None:
    _text(parent, "Value", f"{sensitivity:.8g}")
    _text(parent, "Frequency", f"{FREQUENCY_HZ:g}")


def _units(parent: ET.Element) -> None:
    for name, unit in (("InputUnits", "m/s**2"), ("OutputUnits", "count")):
        _text(_child(parent, name), "Name", unit)


def _times(one: Found) -> dict[str, str]:
    times = {"startDate": format_time(one.epoch.start_ns)}
    if one.epoch.end_ns is not None:
        times["endDate"] = format_time(one.epoch.end_ns)
    return times


def _place(parent: ET.Element, state: State) -> None:
    _text(parent, "Latitude", f"{state.latitude or 0.0:.6f}")
    _text(parent, "Longitude", f"{state.longitude or 0.0:.6f}")
    _text(parent, "Elevation", f"{state.elevation_m or 0.0:.1f}")


def _child(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{_NAMESPACE}}}{name}", attributes)


def _text(parent: ET.Element, name: str, text: str) -> None:
    _child(parent, name).text = text
