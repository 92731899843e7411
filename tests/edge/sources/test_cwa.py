"""Strong-motion text files: header, units, zone of time, broken lines."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from edge.errors import SourceError
from edge.sources import CwaConfig
from edge.timestamps import parse_time

_HEADER = """\
#Earthquake Information
#Origin Time(GMT+08): 2021/04/18-22:11:39
#Station Information
#StationCode: HUAL
#StationLongitude(E): 121.600
#StationLatitude(N): 23.900
#StartTime(GMT+08): 2021/04/18-22:11:30.000
#RecordLength(sec): 3
#SampleRate(Hz): 100
#AmplitudeUnit:  gal. DCoffset(corr)
#DataSequence: Time U(+); N(+); E(+)
#Data: 4F10.3
"""


def _rows(count: int) -> list[str]:
    return [f"{i / 100:10.3f}{i * 0.1:10.3f}{-i * 0.1:10.3f}{1.0:10.3f}" for i in range(count)]


def _file(folder: Path, rows: list[str], header: str = _HEADER) -> CwaConfig:
    path = folder / "2-HUAL.dat"
    path.write_bytes((header + "\n".join(rows) + "\n").replace("\n", "\r\n").encode())
    return CwaConfig(paths=(path,))


def test_columns_are_m_s2_at_utc_times(tmp_path: Path) -> None:
    """Gal become m/s2 in the order Z, N, E; GMT+08 becomes UTC."""
    packets = list(_file(tmp_path, _rows(300)).open().packets())

    samples = np.concatenate([packet.samples for packet in packets])
    assert (300, 3) == samples.shape
    np.testing.assert_allclose(samples[10], [0.01, -0.01, 0.01], rtol=1e-6)
    assert parse_time("2021-04-18T14:11:30.99Z") == packets[0].last_sample_ns
    assert 100.0 == packets[0].nominal_rate_hz


def test_gzipped_file_is_the_same(tmp_path: Path) -> None:
    """A `.dat.gz` gives what its `.dat` gives."""
    plain = _file(tmp_path, _rows(300))
    packed = tmp_path / "2-HUAL.dat.gz"
    packed.write_bytes(gzip.compress(plain.paths[0].read_bytes()))

    first, second = (list(c.open().packets()) for c in (plain, CwaConfig(paths=(packed,))))

    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.samples, b.samples)


def test_broken_line_drops_its_packet_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The packet of a torn line is counted and told with file and line; the rest comes."""
    rows = _rows(300)
    rows[150] = "     1.500     x"
    source = _file(tmp_path, rows).open()

    packets = list(source.packets())

    assert (2, 1) == (len(packets), source.packets_dropped)
    assert "2-HUAL.dat:163" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["StationCode", "SampleRate(Hz)", "StartTime(GMT+08)"])
def test_missing_header_line_is_named(tmp_path: Path, name: str) -> None:
    """The error says which line is missing in which file."""
    header = "\n".join(x for x in _HEADER.splitlines() if name not in x) + "\n"

    with pytest.raises(SourceError, match=r"2-HUAL\.dat: the header lacks a line #"):
        _file(tmp_path, _rows(3), header).open()


def test_other_text_is_refused(tmp_path: Path) -> None:
    """A file that is no such record is refused, not read as noise."""
    with pytest.raises(SourceError, match="the header lacks"):
        _file(tmp_path, [], "hello\n").open()


def test_real_records_have_the_peaks_of_their_headers(shared_data: Path) -> None:
    """The largest sample of each component is the one that the header states."""
    for path in sorted((shared_data / "taiwan_20210418").glob("*.dat.gz"))[:5]:
        samples = np.concatenate([p.samples for p in CwaConfig(paths=(path,)).open().packets()])
        with gzip.open(path, "rt") as file:
            header = [line for line in file if line.startswith("#AmplitudeMAX")]
        stated = [float(line.split(":")[1].split("~")[0]) for line in header]

        np.testing.assert_allclose(samples.max(axis=0) * 100, stated, atol=0.01)
