"""The time server answers as systemd-timesyncd wants it."""

import struct

from scripts.booting.timeserver import answer, stamp

_1900_TO_1970_S = 2_208_988_800


def test_answer_is_of_a_server_that_keeps_time() -> None:
    """RFC 4330, 4: mode 4, no warning, a stratum, and the question's own stamp comes back."""
    question = bytes([0b00_100_011]) + bytes(39) + b"question"

    said = answer(question, 1_800_000_000.5)

    leap, version, mode = said[0] >> 6, said[0] >> 3 & 7, said[0] & 7
    assert (48, 0, 4, 4) == (len(said), leap, version, mode)
    assert 1 <= said[1] <= 15
    assert b"question" == said[24:32]
    assert said[32:40] == said[40:48] == stamp(1_800_000_000.5)


def test_stamp_counts_from_1900_in_parts_of_a_second() -> None:
    """Thirty-two bits of each; the era ends in 2036 and begins again at nought."""
    assert (_1900_TO_1970_S + 1, 1 << 31) == struct.unpack(">II", stamp(1.5))
    assert (0, 0) == struct.unpack(">II", stamp(2**32 - _1900_TO_1970_S))
