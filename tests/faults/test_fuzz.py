"""Malformed packets, records, commands and files: a typed error or a counted drop, nothing else."""

from pathlib import Path

import pytest

from tests.faults.formats import FORMATS, OPENEEW, RECORDS
from tests.faults.fuzzing import ALL_FORMATS, fuzz


@pytest.mark.parametrize("count", [400, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ALL_FORMATS)
def test_no_input_does_harm(name: str, count: int) -> None:
    """Every input is taken or refused, and there are some of both."""
    seen = fuzz(name, count, seed=1)

    assert count == seen.taken + seen.refused
    assert 0 < seen.taken < count


def test_what_did_harm_once_is_refused(tmp_path: Path) -> None:
    """Found by these inputs, damaged: each ended the agent, or the reading of a file."""
    harmful = {
        "station_files": b"latitude = " + b"9" * 5000,
        "seedlink": _wrong_codes(b"SL000001", _record()),
        "miniseed_records": _wrong_codes(b"", _record()),
        "openeew": OPENEEW.replace(b'"sr":31.25', b'"sr":0'),
        "iio": b"be:s20/32X3>>12\x000\x00nan\x000",
    }
    for name, content in harmful.items():
        (tmp_path / name).mkdir()
        with FORMATS[name](tmp_path / name) as form:
            assert not form.take(content), name


def _record() -> bytes:
    return next(record for record in RECORDS if not record.startswith(b"MS"))


def _wrong_codes(before: bytes, record: bytes) -> bytes:
    """Return a record of version 2 whose channel code is no text."""
    return before + record[:16] + b"\xe4\xad" + record[18:]
