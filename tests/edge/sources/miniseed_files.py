"""Writes miniSEED and StationXML for tests."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pymseed import DataEncoding, MS3TraceList

START_NS = 1_618_723_800_000_000_000
RATE_HZ = 100.0


def records(
    channel: str,
    samples: NDArray[np.int32],
    *,
    start_ns: int = START_NS,
    rate_hz: float = RATE_HZ,
    station: str = "TW_HUAL",
    version: int = 2,
) -> bytes:
    """Return the records of one contiguous trace."""
    traces = MS3TraceList()
    traces.add_data(
        sourceid=f"FDSN:{station}_00_{'_'.join(channel)}",
        data_samples=np.asarray(samples, dtype=np.int32),
        sample_type="i",
        sample_rate=rate_hz,
        starttime=start_ns,
    )
    packed = traces.generate(
        format_version=version, max_record_length=512, encoding=DataEncoding.STEIM2
    )
    return b"".join(bytes(record) for record in packed)


def ramp(count: int, first: int = 0) -> NDArray[np.int32]:
    """Return numbers that tell each sample's place."""
    return np.arange(first, first + count, dtype=np.int32)


def station_xml(path: Path, units: str = "M/S**2", sensitivity: float = 2000.0) -> Path:
    """Write a StationXML of the test station's three channels."""
    channels = "".join(
        f"""<Channel code="{code}" locationCode="00" startDate="2020-01-01T00:00:00Z"
             endDate="2599-12-31T23:59:59Z">
          <Latitude>23.9</Latitude><Longitude>121.6</Longitude><Elevation>16</Elevation>
          <Depth>0</Depth>
          <Response><InstrumentSensitivity><Value>{sensitivity}</Value><Frequency>1</Frequency>
            <InputUnits><Name>{units}</Name></InputUnits>
            <OutputUnits><Name>counts</Name></OutputUnits>
          </InstrumentSensitivity></Response>
        </Channel>"""
        for code in ("HNZ", "HNN", "HNE")
    )
    path.write_text(
        f"""<?xml version="1.0"?>
        <FDSNStationXML xmlns="http://www.fdsn.org/xml/station/1" schemaVersion="1.1">
          <Source>test</Source><Created>2021-01-01T00:00:00Z</Created>
          <Network code="TW"><Station code="HUAL">
            <Latitude>23.9</Latitude><Longitude>121.6</Longitude><Elevation>16</Elevation>
            {channels}
          </Station></Network>
        </FDSNStationXML>"""
    )
    return path
