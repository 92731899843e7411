"""SAC files and folders, written by ObsPy."""

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from obspy.core import Trace, UTCDateTime
from obspy.io.sac import SACTrace

from tests.training.data.quakes import counts, levels
from training.data.drops import Drops
from training.data.readers import sac
from training.data.readers.sac import is_sac, read_sac_folder
from training.data.readers.sac_file import read_sac
from training.errors import BrokenRecordError, DataError

START = UTCDateTime(2021, 4, 18, 14, 14, 30, 250000)
PLACE = {"evla": 23.86, "evlo": 121.48, "evdp": 15.0, "stla": 24.2, "stlo": 121.6}


def _write(
    path: Path, channel: str, column: int, order: str = "little", **header: float | str
) -> Path:
    trace = Trace(counts()[:, column].astype(np.float32))
    trace.stats.update({"sampling_rate": 100.0, "starttime": START, "channel": channel})
    trace.stats.update({"network": "TW", "station": "RCEC"})
    made = SACTrace.from_obspy_trace(trace)
    for key, value in header.items():
        setattr(made, key, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    made.write(str(path), byteorder=order)
    return path


def _triple(folder: Path, record: str = "RCEC.03f.X5ADF9.TW.C2", **header: float | str) -> None:
    for column, letter in enumerate("ZXY"):
        path = folder / f"{record}.HL{letter}.2021.04.18.14.14.30.sac"
        _write(path, f"HL{letter}", column, **header)


@pytest.mark.parametrize("order", ["little", "big"])
def test_file_reads_as_obspy_wrote_it(tmp_path: Path, order: str) -> None:
    """Samples, rate, times and header in either byte order."""
    path = _write(tmp_path / "a.sac", "HLZ", 0, order, a=15.0, ka="P", **PLACE)

    trace = read_sac(path)

    np.testing.assert_array_equal(counts()[:, 0], trace.samples)
    assert (100.0, START.ns) == (trace.rate_hz, trace.start_ns)
    assert pytest.approx(1500.0) == trace.index_of(trace.numbers["a"])
    assert ("RCEC", "TW", "P") == tuple(trace.texts[key] for key in ("kstnm", "knetwk", "ka"))
    assert pytest.approx(23.86, abs=1e-5) == trace.numbers["evla"]
    assert "mag" not in trace.numbers


def test_real_records_read_like_obspys(shared_data: Path) -> None:
    """Every record of the volcano, gzipped, has ObsPy's samples and rate."""
    for path in sorted((shared_data / "volcano" / "bezymianny").glob("*.SAC.gz"))[:8]:
        expected = SACTrace.read(_unzipped(path))
        trace = read_sac(path)

        np.testing.assert_array_equal(expected.data, trace.samples)
        assert 50.0 == trace.rate_hz
        assert abs((expected.reftime + expected.b).ns - (trace.start_ns or 0)) < 1_000_000


def _unzipped(path: Path) -> io.BytesIO:
    return io.BytesIO(gzip.decompress(path.read_bytes()))


@pytest.mark.parametrize("cut", [0, 100, 631, 5000])
def test_cut_file_is_broken(tmp_path: Path, cut: int) -> None:
    """A transfer that ended early is told, not padded."""
    path = _write(tmp_path / "a.sac", "HLZ", 0)
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(BrokenRecordError, match=r"no SAC header|cut short"):
        read_sac(path)


def test_cut_gzip_is_broken(tmp_path: Path) -> None:
    """So is one whose bytes were changed on the way."""
    content = gzip.compress(_write(tmp_path / "a.sac", "HLZ", 0).read_bytes())
    changed = bytearray(content)
    changed[200:260] = b"\x00" * 60
    for broken in (content[:1000], bytes(changed), b"not gzip"):
        path = tmp_path / "a.sac.gz"
        path.write_bytes(broken)

        with pytest.raises(BrokenRecordError, match="no whole gzip"):
            read_sac(path)


def test_other_file_is_no_sac(tmp_path: Path) -> None:
    """Neither byte order gives a header version."""
    path = tmp_path / "a.sac"
    path.write_bytes(b"not seismic " * 100)

    with pytest.raises(BrokenRecordError, match="no SAC header"):
        read_sac(path)


def test_components_are_joined_by_their_part_of_the_name(tmp_path: Path) -> None:
    """Another X in the name stays what it is."""
    _triple(tmp_path / "X5ADF9", a=15.0, t0=20.0, kt0="S")

    (one,) = read_sac_folder(tmp_path, Drops())

    assert [1, 2, 3] == levels(one.samples)
    about = one.about
    assert pytest.approx((1500.0, 2000.0)) == (about.p_index, about.s_index)
    assert ("gal", "acceleration", "TW.RCEC") == (about.unit, about.quantity, about.station)
    assert ("analyst", "earthquake") == (about.picks, about.category)


def test_station_whose_code_looks_like_a_channel(tmp_path: Path) -> None:
    """The last such part of the name is the channel."""
    _triple(tmp_path, "TW.ABE")
    _triple(tmp_path, "TW.ABZ")

    assert [[1, 2, 3]] * 2 == [levels(one.samples) for one in read_sac_folder(tmp_path, Drops())]


def test_arrivals_come_from_source_and_station_where_none_are_picked(tmp_path: Path) -> None:
    """ak135 through the hypocentral distance, not distance plus depth."""
    _triple(tmp_path, o=0.0, **PLACE)

    (one,) = read_sac_folder(tmp_path, Drops())

    assert "theoretical" == one.about.picks
    assert pytest.approx(39.7, abs=0.5) == one.about.distance_km
    assert one.about.p_index is not None
    assert pytest.approx(740, abs=30) == one.about.p_index
    assert one.about.s_index is not None
    assert 1.6 < one.about.s_index / one.about.p_index < 1.8


def test_arrivals_without_obspy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A straight ray serves where TauP is not installed."""
    monkeypatch.setitem(__import__("sys").modules, "obspy.taup", None)
    sac._travel_times_s.cache_clear()
    _triple(tmp_path, o=0.0, **PLACE)

    (one,) = read_sac_folder(tmp_path, Drops())
    sac._travel_times_s.cache_clear()

    assert pytest.approx(np.hypot(39.7, 15) / 6.0 * 100, abs=10) == one.about.p_index


def test_stations_of_one_source_are_one_event(tmp_path: Path) -> None:
    """The split needs to know it."""
    _triple(tmp_path, "AAAA.TW.C2", o=0.0, **PLACE)
    _triple(tmp_path, "BBBB.TW.C2", o=0.5, **PLACE)

    assert 1 == len({one.about.event for one in read_sac_folder(tmp_path, Drops())})


def test_components_that_do_not_belong_together_are_dropped(tmp_path: Path) -> None:
    """Another start or a missing file is counted; other records are read."""
    _triple(tmp_path, "GOOD.TW.C2")
    _triple(tmp_path, "LATE.TW.C2")
    _write(tmp_path / "LATE.TW.C2.HLY.2021.04.18.14.14.30.sac", "HLY", 2, b=5.0)
    drops = Drops()

    assert 1 == len(list(read_sac_folder(tmp_path, drops)))
    assert {"components of different start or length": 1} == drops.counts


def test_folder_without_sac_is_told(tmp_path: Path) -> None:
    """The message says what a name must have."""
    assert not is_sac(tmp_path)
    with pytest.raises(DataError, match="HLZ"):
        list(read_sac_folder(tmp_path, Drops()))
