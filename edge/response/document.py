"""The station as FDSN StationXML 1.2, with the complete response of each channel.

A digital sensor has no volts; the one between the two stages stands for one m/s2. The delay of the
sensor's low-pass is in its poles. The converter's stage states it again, and by how much the
sample times are corrected for it, which programs take into account.
"""

import time
import xml.etree.ElementTree as ET
from typing import Final

from edge import __version__
from edge.archive.recorder import codes_of
from edge.config import StationSection
from edge.response.chain import REFERENCE_HZ, Chain
from edge.timestamps import format_time

_NAMESPACE: Final = "http://www.fdsn.org/xml/station/1"
_POINTING: Final = (("Z", 0, -90), ("N", 0, 0), ("E", 90, 0))
_ACCELERATION: Final = ("m/s**2", "Acceleration in metres per square second")
_VOLT: Final = ("V", "Volts; one of a digital sensor stands for one m/s**2")
_COUNTS: Final = ("counts", "Digital counts")
_NO_COUNTS: Final = ("counts", "Floating-point numbers in m/s**2")
_NEXT_TO_NOTHING: Final = (1.0, 0.0)
"""A filter that changes nothing. Evalresp takes one of a single coefficient for a moving average,
centres it, and then leaves the correction of the sample times out of account."""


def station_document(
    place: StationSection,
    channels: tuple[str, str, str],
    ways: tuple[Chain, Chain, Chain],
    start_ns: int,
) -> bytes:
    """Return the document, UTF-8.

    Args:
        place: Codes and coordinates.
        channels: Channel codes of Z, N and E.
        ways: Their responses.
        start_ns: Since when they hold, nanoseconds since 1970 UTC.
    """
    since = format_time(start_ns)
    root = ET.Element("FDSNStationXML", xmlns=_NAMESPACE, schemaVersion="1.2")
    _text(root, "Source", "tremorkit")
    _text(root, "Module", f"tremorkit {__version__} edge-agent stationxml")
    _text(root, "Created", format_time(time.time_ns()))
    code, name, *_ = codes_of(place, channels[0])
    network = ET.SubElement(root, "Network", code=code, startDate=since)
    station = ET.SubElement(network, "Station", code=name, startDate=since)
    _place(station, place)
    _text(ET.SubElement(station, "Site"), "Name", name)
    for index, (channel, way) in enumerate(zip(channels, ways, strict=True)):
        attributes = {"code": channel, "locationCode": place.location, "startDate": since}
        element = ET.SubElement(station, "Channel", attributes)
        _channel(element, place, index, way)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _channel(channel: ET.Element, place: StationSection, index: int, way: Chain) -> None:
    _, azimuth, dip = _POINTING[index]
    _place(channel, place)
    _text(channel, "Depth", 0)
    _text(channel, "Azimuth", azimuth)
    _text(channel, "Dip", dip)
    _text(channel, "SampleRate", way.converter.rate_hz)
    sensor = ET.SubElement(channel, "Sensor")
    _text(sensor, "Type", "MEMS accelerometer")
    _text(sensor, "Description", way.title)
    _text(ET.SubElement(channel, "DataLogger"), "Description", f"tremorkit {__version__}")
    response = ET.SubElement(channel, "Response")
    digital = _COUNTS if way.counts else _NO_COUNTS
    total = ET.SubElement(response, "InstrumentSensitivity")
    _text(total, "Value", way.sensitivity)
    _text(total, "Frequency", REFERENCE_HZ)
    _units(total, _ACCELERATION, digital)
    _sensor_stage(ET.SubElement(response, "Stage", number="1"), way)
    _converter_stage(ET.SubElement(response, "Stage", number="2"), way, digital)


def _sensor_stage(stage: ET.Element, way: Chain) -> None:
    element = ET.SubElement(stage, "PolesZeros")
    _units(element, _ACCELERATION, _VOLT)
    _text(element, "PzTransferFunctionType", "LAPLACE (RADIANS/SECOND)")
    _text(element, "NormalizationFactor", way.sensor.normalisation)
    _text(element, "NormalizationFrequency", REFERENCE_HZ)
    for number, pole in enumerate(way.sensor.poles):
        one = ET.SubElement(element, "Pole", number=str(number))
        _text(one, "Real", float(pole.real))
        _text(one, "Imaginary", float(pole.imag))
    _gain(stage, way.sensor.gain)


def _converter_stage(stage: ET.Element, way: Chain, digital: tuple[str, str]) -> None:
    converter = way.converter
    element = ET.SubElement(stage, "Coefficients")
    _units(element, _VOLT, digital)
    _text(element, "CfTransferFunctionType", "DIGITAL")
    for coefficient in _NEXT_TO_NOTHING:
        _text(element, "Numerator", coefficient)
    decimation = ET.SubElement(stage, "Decimation")
    _text(decimation, "InputSampleRate", converter.rate_hz)
    _text(decimation, "Factor", 1)
    _text(decimation, "Offset", 0)
    _text(decimation, "Delay", converter.delay_s)
    _text(decimation, "Correction", converter.correction_s)
    _gain(stage, converter.counts_per_m_s2)


def _gain(stage: ET.Element, value: float) -> None:
    gain = ET.SubElement(stage, "StageGain")
    _text(gain, "Value", value)
    _text(gain, "Frequency", REFERENCE_HZ)


def _units(parent: ET.Element, before: tuple[str, str], after: tuple[str, str]) -> None:
    for tag, (name, description) in (("InputUnits", before), ("OutputUnits", after)):
        element = ET.SubElement(parent, tag)
        _text(element, "Name", name)
        _text(element, "Description", description)


def _place(parent: ET.Element, place: StationSection) -> None:
    _text(parent, "Latitude", place.latitude)
    _text(parent, "Longitude", place.longitude)
    _text(parent, "Elevation", place.elevation_m)


def _text(parent: ET.Element, tag: str, value: float | str) -> None:
    ET.SubElement(parent, tag).text = value if isinstance(value, str) else repr(value)
