"""What goes between the processes arrives whole, however the socket cuts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.fanin.frames import Handed, NumberUnpacker, Unpacker, pack, pack_number
from cloud.fanin.settings import WorkerSettings
from edge.mqtt import MqttConfig, Protocol

_MESSAGES = st.lists(
    st.builds(Handed, st.integers(0, 2**63), st.text(max_size=20), st.binary(max_size=200)),
    max_size=8,
)


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(_MESSAGES, st.integers(1, 400))
def test_messages_come_whole_and_in_order(messages: list[Handed], size: int) -> None:
    """Whatever the pieces are."""
    unpacker = Unpacker()
    pieces = _cut(b"".join(map(pack, messages)), size)

    assert messages == [one for piece in pieces for one in unpacker.feed(piece)]


@given(st.lists(st.integers(0, 2**63), min_size=1, max_size=20), st.integers(1, 40))
def test_last_number_holds(numbers: list[int], size: int) -> None:
    """All before it are safe too."""
    unpacker = NumberUnpacker()
    pieces = _cut(b"".join(map(pack_number, numbers)), size)
    found = [number for piece in pieces if (number := unpacker.feed(piece)) is not None]

    assert numbers[-1] == found[-1]


@pytest.mark.parametrize("password", [None, "secret/%"])
def test_settings_arrive_with_the_password(password: str | None) -> None:
    """Which stands neither in the command line nor in a file."""
    user = None if password is None else "centre"
    mqtt = MqttConfig(port=1884, username=user, password=password)
    settings = WorkerSettings(mqtt=mqtt, client_id="a-0", group="g", json_logs=True)
    read = WorkerSettings.model_validate_json(settings.to_line())

    assert settings == read
    assert password == read.broker().read_password()
    assert Protocol.V5 is read.broker().protocol
    assert "secret" not in repr(settings)
