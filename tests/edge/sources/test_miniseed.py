"""Reading miniSEED: components joined by time, units, gaps, damage."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from edge.errors import ConfigError, SourceError
from edge.packet import Packet
from edge.sources import MiniSeedConfig
from edge.timebase import TimeBase
from tests.edge.sources.miniseed_files import RATE_HZ, START_NS, ramp, records, station_xml

THREE = ("HNZ", "HNN", "HNE")


def _write(path: Path, *parts: bytes) -> Path:
    path.write_bytes(b"".join(parts))
    return path


def _read(path: Path, **settings: object) -> list[Packet]:
    values = {"paths": path, "counts_per_m_s2": 1.0, **settings}
    return list(MiniSeedConfig.model_validate(values).open().packets())


def _samples(packets: list[Packet]) -> np.ndarray:
    return np.concatenate([packet.samples for packet in packets])


def _start_ns(packet: Packet) -> int:
    return packet.last_sample_ns - round((len(packet.samples) - 1) * 1e9 / RATE_HZ)


@pytest.mark.parametrize("codes", [THREE, ("HNZ", "HN1", "HN2")])
@pytest.mark.parametrize("version", [2, 3])
def test_three_components_are_joined(tmp_path: Path, codes: tuple[str, ...], version: int) -> None:
    """One file a channel; samples of one moment stand in one row."""
    for number, code in enumerate(codes):
        data = records(code, ramp(3000, 10_000 * number), version=version)
        _write(tmp_path / f"{code}.mseed", data)

    packets = _read(tmp_path)

    expected = np.stack([ramp(3000, 10_000 * number) for number in range(3)], axis=1)
    np.testing.assert_array_equal(expected, _samples(packets))
    assert START_NS == _start_ns(packets[0])


def test_packets_follow_one_another_and_arrive_after_their_last_sample(tmp_path: Path) -> None:
    """Arrival is in order and never before the data was there."""
    path = _write(tmp_path / "a.mseed", *(records(code, ramp(5000)) for code in THREE))

    packets = _read(path)

    arrivals = [packet.arrival_ns for packet in packets]
    assert sorted(arrivals) == arrivals
    assert all(packet.arrival_ns >= packet.last_sample_ns for packet in packets)


def test_a_missing_component_is_nan(tmp_path: Path) -> None:
    """A vertical alone is a station."""
    samples = _samples(_read(_write(tmp_path / "a.mseed", records("HNZ", ramp(500)))))

    np.testing.assert_array_equal(ramp(500), samples[:, 0])
    assert np.isnan(samples[:, 1:]).all()


def test_a_component_that_falls_silent_does_not_stop_the_others(tmp_path: Path) -> None:
    """After ten seconds without it the others go on, and it is NaN."""
    path = _write(
        tmp_path / "a.mseed",
        records("HNZ", ramp(6000)),
        records("HNN", ramp(6000)),
        records("HNE", ramp(1000)),
    )

    samples = _samples(_read(path))

    assert np.isfinite(samples[:1000]).all()
    assert np.isnan(samples[1500:, 2]).all()
    assert len(samples) > 4500


def test_a_gap_passes_through_to_the_time_base(tmp_path: Path) -> None:
    """Two seconds missing in one component are a gap of two seconds in all."""
    later_ns = START_NS + 12 * 10**9
    path = _write(
        tmp_path / "a.mseed",
        records("HNZ", ramp(1000)),
        records("HNZ", ramp(1000, 1200), start_ns=later_ns),
        records("HNN", ramp(2200)),
        records("HNE", ramp(2200)),
    )
    base = TimeBase()
    blocks = [block for packet in _read(path) for block in base.push(packet)]
    blocks += base.flush()

    samples = np.concatenate([block.samples for block in blocks])

    assert 1 == base.counters.gaps
    assert [*range(1000), *range(1200, 2200)] == samples[:, 0].tolist()
    np.testing.assert_array_equal(samples[:, 0], samples[:, 2])


def test_an_overlap_passes_through_to_the_time_base(tmp_path: Path) -> None:
    """What all components repeat comes twice; the time base drops the copy."""
    again_ns = START_NS + 8 * 10**9
    parts = [records(code, ramp(1000)) for code in THREE]
    parts += [records(code, ramp(1000, 800), start_ns=again_ns) for code in THREE]
    packets = _read(_write(tmp_path / "a.mseed", *parts))
    base = TimeBase()
    blocks = [block for packet in packets for block in base.push(packet)] + base.flush()

    assert 2000 == len(_samples(packets))
    assert list(range(1800)) == [int(n) for block in blocks for n in block.samples[:, 0]]


def _damaged(good: bytes) -> dict[str, tuple[bytes, int]]:
    return {
        "garbage before": (b"\0garbage\xff" * 13 + good, 3000),
        "garbage between": (good[:1024] + b"x" * 100 + good[1024:], 3000),
        "half a record between": (good[:1024] + good[512:800] + good[1024:], 2500),
        "cut off": (good[:-200], 2000),
        "empty tail": (good + b"\0" * 4096, 3000),
    }


@pytest.mark.parametrize("kind", list(_damaged(b"\0" * 2048)))
def test_damage_is_counted_and_the_rest_is_read(tmp_path: Path, kind: str) -> None:
    """Whatever lies between records, all but the broken ones are found."""
    content, least = _damaged(records("HNZ", np.tile([0, 999], 1500)))[kind]
    source = MiniSeedConfig(paths=_write(tmp_path / "a.mseed", content), counts_per_m_s2=1.0).open()

    samples = _samples(list(source.packets()))

    assert least <= len(samples) <= 3000
    assert 1 <= source.packets_dropped <= 2


def test_a_record_that_cannot_be_decoded_is_dropped_and_told_once(tmp_path: Path) -> None:
    """A broken payload under a good header costs that record."""
    good = bytearray(records("HNZ", np.tile([0, 99_999], 1500)))
    for start in (1024, 1536):
        good[start + 64 : start + 512] = b"\xa5" * 448
    source = MiniSeedConfig(
        paths=_write(tmp_path / "a.mseed", bytes(good)), counts_per_m_s2=1.0
    ).open()

    with capture_logs() as logs:
        samples = _samples(list(source.packets()))

    assert 2 == source.packets_dropped
    assert ["record dropped"] == [entry["event"] for entry in logs]
    assert "a.mseed:byte 1024" in logs[0]["place"]
    assert 0 < len(samples) < 3000


def test_counting_starts_anew_with_each_reading(tmp_path: Path) -> None:
    """packets() may be called again."""
    path = _write(tmp_path / "a.mseed", b"junk" * 40, records("HNZ", ramp(500)))
    source = MiniSeedConfig(paths=path, counts_per_m_s2=1.0).open()

    first, second = list(source.packets()), list(source.packets())

    np.testing.assert_array_equal(_samples(first), _samples(second))
    assert 1 == source.packets_dropped


def test_the_sensitivity_comes_from_the_settings_first(tmp_path: Path) -> None:
    """Counts divided by counts_per_m_s2 are m/s2, whatever the StationXML says."""
    path = _write(tmp_path / "a.mseed", records("HNZ", np.full(100, 500, dtype=np.int32)))
    xml = station_xml(tmp_path / "a.xml")

    assert 0.5 == _read(path, counts_per_m_s2=1000.0, station_xml=xml)[0].samples[0, 0]


def test_the_sensitivity_comes_from_the_stationxml_next(tmp_path: Path) -> None:
    """The overall sensitivity of the channel's epoch counts."""
    path = _write(tmp_path / "a.mseed", records("HNZ", np.full(100, 500, dtype=np.int32)))
    xml = station_xml(tmp_path / "a.xml", sensitivity=2000.0)

    packets = _read(path, counts_per_m_s2=None, station_xml=xml, sensor="adxl355")

    assert 0.25 == packets[0].samples[0, 0]


def test_the_sensitivity_comes_from_the_sensor_last(tmp_path: Path) -> None:
    """A sensor's profile knows its step."""
    path = _write(tmp_path / "a.mseed", records("HNZ", np.full(100, 3845, dtype=np.int32)))

    packets = _read(path, counts_per_m_s2=None, sensor="rshake4d-mems")

    assert pytest.approx(0.01, rel=1e-3) == packets[0].samples[0, 0]


def test_an_unknown_sensitivity_is_an_error(tmp_path: Path) -> None:
    """Counts are never taken for m/s2."""
    path = _write(tmp_path / "a.mseed", records("HNZ", ramp(100)))

    with pytest.raises(SourceError, match="set `counts_per_m_s2`, `station_xml` or `sensor`"):
        _read(path, counts_per_m_s2=None)


def test_velocity_is_refused(tmp_path: Path) -> None:
    """A geophone, by its code or by its StationXML, is told apart."""
    geophone = _write(tmp_path / "a.mseed", records("EHZ", ramp(100)))
    with pytest.raises(SourceError, match="no accelerometer channel; there are EHZ"):
        _read(geophone)

    path = _write(tmp_path / "b.mseed", records("HNZ", ramp(100)))
    with pytest.raises(SourceError, match="measures 'M/S', not acceleration"):
        _read(path, counts_per_m_s2=None, station_xml=station_xml(tmp_path / "a.xml", "M/S"))


def test_a_broken_stationxml_is_told(tmp_path: Path) -> None:
    """The file is named, with what is wrong."""
    path = _write(tmp_path / "a.mseed", records("HNZ", ramp(100)))
    (tmp_path / "a.xml").write_text("<FDSNStationXML>")

    with pytest.raises(ConfigError, match=r"a\.xml: is no XML"):
        _read(path, counts_per_m_s2=None, station_xml=tmp_path / "a.xml")


def test_several_stations_need_a_choice(tmp_path: Path) -> None:
    """Without `station` they are listed; with it one is read."""
    parts = [records("HNZ", ramp(100)), records("HNZ", ramp(200), station="TW_NAN")]
    path = _write(tmp_path / "a.mseed", *parts)

    with pytest.raises(SourceError, match=r"TW\.HUAL.*TW\.NAN"):
        _read(path)
    assert 200 == len(_samples(_read(path, station="TW.NAN")))
    with pytest.raises(SourceError, match=r"'TW\.NONE' is not among"):
        _read(path, station="TW.NONE")


def test_a_folder_in_sds_layout_is_searched(tmp_path: Path) -> None:
    """An archive's day files of three channels are one station."""
    for code in THREE:
        folder = tmp_path / "2021" / "TW" / "HUAL" / f"{code}.D"
        folder.mkdir(parents=True)
        _write(folder / f"TW.HUAL.00.{code}.D.2021.108", records(code, ramp(1000)))

    assert 1000 == len(_samples(_read(tmp_path)))


@pytest.mark.parametrize("content", [b"", b"no miniSEED at all"])
def test_files_without_records_are_an_error(tmp_path: Path, content: bytes) -> None:
    """An empty file and a text say so when opened."""
    with pytest.raises(SourceError, match="no miniSEED record"):
        _read(_write(tmp_path / "a.mseed", content))


def test_a_misspelt_setting_is_refused() -> None:
    """Unknown keys do not pass."""
    with pytest.raises(ValidationError, match="counts_per_m_s"):
        MiniSeedConfig.model_validate({"paths": "a", "counts_per_m_s": 1})


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("AM.R91E4.00.mseed", 24_001),
        ("testdata_R24FA_20200130.ms", 11_001),
        ("testdata_R24FA_20200305.ms", 9_001),
    ],
)
def test_a_raspberry_shake_is_read_beside_its_geophone(
    shared_data: Path, name: str, count: int
) -> None:
    """Of EHZ and EN? the MEMS is taken; its vertical shows gravity within its offset."""
    source = MiniSeedConfig(paths=shared_data / "rshake" / name, sensor="rshake4d-mems").open()
    samples = _samples(list(source.packets()))

    assert ("ENZ", "ENN", "ENE") == source.describe().channels
    assert (count, 3) == samples.shape
    assert pytest.approx(9.3, abs=0.7) == samples[:, 0].mean()
