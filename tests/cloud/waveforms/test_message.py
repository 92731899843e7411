"""A message with records is taken whole or not at all."""

import pytest
from obspy import UTCDateTime

from cloud.errors import BrokenMessageError
from cloud.station_messages import read_station_message
from cloud.waveforms import WaveformMessage
from cloud.waveforms.message import MAX_WAVEFORM_BYTES
from edge.timestamps import NANOSECONDS_PER_SECOND
from tests.cloud.records import START, miniseed, trace

TOPIC = "tremor/v1/XX/A/waveform/request-1"
GOOD = miniseed(trace())


def test_records_come_with_codes_and_times() -> None:
    """All of them, byte for byte."""
    message = read_station_message(TOPIC, miniseed(trace(), trace("HNN")))

    assert isinstance(message, WaveformMessage)
    assert ("XX", "A", "request-1") == (message.network, message.station, message.request)
    assert {"HNZ", "HNN"} == {record.channel for record in message.records}
    assert message.records[0].start_ns == round(START.timestamp) * NANOSECONDS_PER_SECOND
    assert miniseed(trace(), trace("HNN")) == b"".join(one.content for one in message.records)


LIES = {
    "empty": (b"", "no record"),
    "too large": (b"0" * (MAX_WAVEFORM_BYTES + 1), "at most"),
    "no miniSEED": (b"hello", "no miniSEED"),
    "cut off": (GOOD[:-100], "no miniSEED"),
    "damaged samples": (GOOD[:100] + b"\xff" * 300 + GOOD[400:], "no miniSEED"),
    "another station": (miniseed(trace(station="B")), "comes from XX.B"),
    "before 1970": (miniseed(trace(start=UTCDateTime(1960, 1, 1))), "1970"),
    "another way": (GOOD.replace(b"HNZ", b"../"), "codes"),
}


@pytest.mark.parametrize(("payload", "reason"), LIES.values(), ids=LIES.keys())
def test_a_lie_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    """What a station, a fault or an attacker may send."""
    with pytest.raises(BrokenMessageError, match=reason):
        read_station_message(TOPIC, payload)
