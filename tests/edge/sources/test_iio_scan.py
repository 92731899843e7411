"""The kernel's description of a scan, read as the kernel means it."""

import numpy as np
import pytest

from edge.sources.iio_scan import ScanLayout, ScanType


@pytest.mark.parametrize(
    ("kind", "content", "value"),
    [
        ("le:s12/16>>4", "f0ff", -1),
        ("le:s12/16>>4", "f07f", 2047),
        ("be:s12/16>>0", "0800", -2048),
        ("be:u12/16>>0", "f75d", 1885),
        ("le:s16/16>>0", "0080", -32768),
        ("le:s20/32>>12", "00f0ffff", -1),
        ("be:s20/32>>12", "7ffff000", 524287),
        ("le:u8/8>>0", "ff", 255),
        ("le:s64/64>>0", "feffffffffffffff", -2),
        ("be:s24/32>>8", "800000aa", -8388608),
    ],
)
def test_a_value_is_shifted_cut_and_signed(kind: str, content: str, value: int) -> None:
    """Bits beside the valid ones mean nothing."""
    raw = np.frombuffer(bytes.fromhex(content), dtype=np.uint8)[None]

    assert [value] == ScanType.parse(kind).decode(raw).tolist()


@pytest.mark.parametrize(
    "text",
    ["", "le:s12", "xe:s12/16>>4", "le:s20/16>>0", "le:s12/16>>8", "le:s12/24>>0", "le:s0/16>>0"],
)
def test_what_is_no_type_is_refused(text: str) -> None:
    """A driver of one's own may write anything."""
    with pytest.raises(ValueError, match=r"IIO type|do not fit"):
        ScanType.parse(text)


def test_elements_are_aligned_to_their_size_and_the_scan_to_the_largest() -> None:
    """Three words of 16 bits, two bytes of nothing, then the time (the kernel's own example)."""
    word, time = ScanType.parse("le:s16/16>>0"), ScanType.parse("le:s64/64>>0")
    layout = ScanLayout({"t": (3, time), "z": (2, word), "x": (0, word), "y": (1, word)})
    scan = bytes.fromhex("0100 0200 0300 eeee 0400000000000000".replace(" ", ""))

    values = {name: layout.decode(scan + scan, name).tolist() for name in ("x", "y", "z", "t")}

    assert 16 == layout.size
    assert {"x": [1, 1], "y": [2, 2], "z": [3, 3], "t": [4, 4]} == values


def test_an_element_may_be_repeated() -> None:
    """It takes the room of all of its copies."""
    repeated, word = ScanType.parse("le:s16/16X3>>0"), ScanType.parse("le:s16/16>>0")

    assert 6 == repeated.size
    assert 12 == ScanLayout({"a": (0, repeated), "b": (1, word)}).size
