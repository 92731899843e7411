"""miniSEED with QuakeML, as ObsPy writes both, and real files of stations."""

from pathlib import Path

import numpy as np
import pytest
from obspy import Stream, Trace, UTCDateTime
from obspy.core.event import (
    Arrival,
    Catalog,
    Event,
    Magnitude,
    Origin,
    Pick,
    WaveformStreamID,
)

from tests.training.data.quakes import counts, levels
from training.data.drops import Drops
from training.data.readers.miniseed import BEFORE_S, read_miniseed
from training.data.readers.quakeml import read_quakeml
from training.errors import DataError

START = UTCDateTime(2020, 1, 30, 6, 51, 0)
P_TIME = START + 60.123


def _pick(station: str, time: UTCDateTime, phase: str, mode: str = "manual") -> Pick:
    stream = WaveformStreamID(network_code="XX", station_code=station, channel_code="HNZ")
    return Pick(time=time, waveform_id=stream, phase_hint=phase, evaluation_mode=mode)


def _write(folder: Path, channels: str = "ZNE", late: float = 0.0) -> None:
    whole = counts(20000, 6012)
    stream = Stream()
    for column, letter in enumerate(channels):
        trace = Trace(np.ascontiguousarray(whole[:, column]))
        trace.stats.update(
            {"network": "XX", "station": "AAA", "channel": f"HN{letter}", "sampling_rate": 100.0}
        )
        trace.stats.starttime = START + (late if column == 1 else 0.0)
        stream.append(trace)
    stream.write(str(folder / "day.mseed"), format="MSEED", encoding="STEIM2", reclen=512)
    unnamed = _pick("AAA", P_TIME + 8, "")
    origin = Origin(time=START + 50, latitude=16.5, longitude=-98.4, depth=10000.0)
    origin.arrivals.append(Arrival(pick_id=unnamed.resource_id, phase="Sg"))
    event = Event(
        picks=[_pick("AAA", P_TIME, "Pg"), unnamed, _pick("GONE", P_TIME, "P")],
        origins=[origin],
        magnitudes=[Magnitude(mag=4.2)],
    )
    event.preferred_origin_id = origin.resource_id
    Catalog([event]).write(str(folder / "catalogue.xml"), format="QUAKEML")


def test_window_is_cut_around_the_picks(tmp_path: Path) -> None:
    """P from its hint, S from the arrival that names it; a station without data is no window."""
    _write(tmp_path)
    drops = Drops()

    (one,) = read_miniseed(tmp_path, drops)

    assert 0 == drops.total
    assert [1, 2, 3] == levels(one.samples)
    about = one.about
    assert (100.0, "acceleration", "analyst", 4.2) == (
        about.rate_hz,
        about.quantity,
        about.picks,
        about.magnitude,
    )
    assert pytest.approx(BEFORE_S * 100, abs=1) == about.p_index
    assert pytest.approx((BEFORE_S + 8) * 100, abs=1) == about.s_index
    assert about.p_index is not None
    assert about.start_ns is not None
    assert pytest.approx(P_TIME.ns, abs=1000) == about.start_ns + about.p_index * 1e7
    strong = np.abs(np.diff(one.samples[:, 0]))
    assert abs(int(np.argmax(strong > 200)) - about.p_index) < 5


def test_component_that_begins_later_cuts_the_window(tmp_path: Path) -> None:
    """What the components share is kept; the P stays on its onset."""
    _write(tmp_path, late=40.0)

    (one,) = read_miniseed(tmp_path, Drops())

    assert np.isfinite(one.samples).all()
    assert pytest.approx(2012, abs=1) == one.about.p_index


def test_missing_component_is_nan(tmp_path: Path) -> None:
    """A vertical alone is read as such."""
    _write(tmp_path, channels="Z")

    (one,) = read_miniseed(tmp_path, Drops())

    assert np.isfinite(one.samples[:, 0]).all()
    assert np.isnan(one.samples[:, 1:]).all()


def test_quakeml_says_what_obspy_wrote(tmp_path: Path) -> None:
    """Origin, magnitude and picks with their phase."""
    _write(tmp_path)

    (event,) = read_quakeml(tmp_path / "catalogue.xml")

    assert (START + 50).ns == event.origin_ns
    assert (16.5, -98.4, 4.2) == (event.latitude, event.longitude, event.magnitude)
    assert ["P", "S", "P"] == [pick.phase for pick in event.picks]
    assert P_TIME.ns == event.picks[0].time_ns


def test_broken_catalogue_is_told(tmp_path: Path) -> None:
    """The file is named."""
    path = tmp_path / "catalogue.xml"
    path.write_text("<quakeml><event>")

    with pytest.raises(DataError, match=r"catalogue\.xml: no QuakeML"):
        read_quakeml(path)


def test_damage_between_records_is_counted(tmp_path: Path) -> None:
    """A stretch of other bytes costs the records that it hit."""
    _write(tmp_path)
    path = tmp_path / "day.mseed"
    content = bytearray(path.read_bytes())
    content[-1000:-600] = b"\xff" * 400
    path.write_bytes(bytes(content))
    drops = Drops()

    assert 1 == len(list(read_miniseed(tmp_path, drops)))
    assert 1 <= drops.total


def test_station_files_without_a_catalogue(shared_data: Path) -> None:
    """Each contiguous stretch of a band is an unlabelled recording."""
    recordings = list(read_miniseed(shared_data / "rshake" / "AM.R91E4.00.mseed", Drops()))
    by_quantity = {one.about.quantity: one for one in recordings}

    assert {"velocity", "acceleration"} == set(by_quantity)
    assert np.isfinite(by_quantity["acceleration"].samples).all()
    assert np.isnan(by_quantity["velocity"].samples[:, 1:]).all()
    assert {"unlabelled"} == {one.about.category for one in recordings}


def test_folder_without_miniseed_is_told(tmp_path: Path) -> None:
    """The message says what is missing."""
    with pytest.raises(DataError, match="no miniSEED"):
        list(read_miniseed(tmp_path, Drops()))
