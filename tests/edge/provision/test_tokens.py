"""A card's token is the station's own, and one that it can still use."""

import time
from pathlib import Path

import pytest

from edge.errors import ProvisionError
from edge.provision.archive import provision_archive
from edge.provision.order import compose
from edge.provision.tokens import read_token
from tests.edge.provision.conftest import DAY_NS, SECRET, Desk, ticket

_STEP_NS = 1_000
"""The least that a token's times differ by."""
_NOW_NS = 1_800_000_000 * 10**9


def test_token_of_another_station_is_refused(desk: Desk) -> None:
    """Twenty cards and twenty tokens: one of them is mixed up."""
    token = desk.token(station="KARA2")

    with pytest.raises(ProvisionError, match=r"is the token of XX\.KARA2") as refused:
        compose(desk.order(token=token))
    assert SECRET not in str(refused.value)


def test_token_that_ended_is_refused_and_the_remedy_named(desk: Desk) -> None:
    """Nobody should drive to a valley with it."""
    token = desk.token(issued=_NOW_NS - 2 * DAY_NS, expires=_NOW_NS)

    with pytest.raises(ProvisionError, match=r"ended 2027-01-15T08:00:00.*station add XX\.KARA1"):
        compose(desk.order(token=token), _NOW_NS)


@pytest.mark.parametrize(
    ("mqtt", "broker", "notes"),
    [
        ("", "hub.example.org:8884 by TLS", []),
        ('[mqtt]\nhost = "hub.example.org"\n', "hub.example.org:8884 by TLS", []),
        (
            '[mqtt]\nhost = "broker.example"\n',
            "broker.example:8884 by TLS",
            [
                (
                    "the station file says mqtt.host = broker.example, which goes before the "
                    "token's hub.example.org; leave [mqtt] out where that is not meant"
                )
            ],
        ),
    ],
)
def test_record_says_which_broker_the_station_will_look_for(
    desk: Desk, tmp_path: Path, mqtt: str, broker: str, notes: list[str]
) -> None:
    """The station file's goes before the one that the token names: an example's by mistake, too."""
    text = desk.station.read_text()
    desk.station.write_text(text[: text.index("[mqtt]")] + mqtt)
    token = desk.token(broker="hub.example.org", broker_port=8884)

    record = provision_archive(compose(desk.order(token=token)), tmp_path / "KARA1.tar")

    assert (broker, notes) == (record.broker, record.notes)


@pytest.mark.parametrize(
    ("left_ns", "warned"), [(DAY_NS, True), (DAY_NS + _STEP_NS, False), (_STEP_NS, True)]
)
def test_token_that_ends_within_a_day_is_told(desk: Desk, left_ns: int, *, warned: bool) -> None:
    """The card is made all the same: perhaps it is put in at once."""
    token = desk.token(expires=_NOW_NS + left_ns)
    told = "note: the token ends 2027-01-1"

    page = provision_archive(compose(desk.order(token=token), _NOW_NS), None).page()

    assert warned == (told in page)


def test_record_says_until_when_the_token_holds(desk: Desk, tmp_path: Path) -> None:
    """By the name that the centre shows, and without the secret."""
    token = desk.token(expires=time.time_ns() + 14 * DAY_NS)
    card = compose(desk.order(token=token))

    record = provision_archive(card, tmp_path / "KARA1.tar")

    assert card.ticket is not None
    assert "0123abcd" == record.token_id
    assert f"0123abcd, until {record.token_expires}; wiped at the first boot" in record.page()
    assert SECRET not in record.page() + str(record.as_dict())


_NO_TOKENS = {
    "empty": b"",
    "huge": bytes(5000),
    "wiped": bytes(500),
    "another file": b"[station]\n",
    "no address": ticket().to_bytes().replace(b"https://", b"http://"),
}


@pytest.mark.parametrize("content", _NO_TOKENS.values(), ids=_NO_TOKENS.keys())
def test_what_is_no_token_is_refused(tmp_path: Path, content: bytes) -> None:
    """Whatever was written into the file's place; its content is not shown."""
    path = tmp_path / "token"
    path.write_bytes(content)

    with pytest.raises(ProvisionError, match="is no token") as refused:
        read_token(path, "XX.KARA1", _NOW_NS)
    assert SECRET not in str(refused.value)


def test_missing_token_is_told(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(ProvisionError, match=r"KARA1\.token: is no token: it is not there"):
        read_token(tmp_path / "KARA1.token", "XX.KARA1", _NOW_NS)
