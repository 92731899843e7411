"""CAP 1.2 as the standard has it: order, codes, references."""

import re

import pytest
from lxml import etree

from cloud.cap import cap
from cloud.identity import IdentityConfig
from edge.messages import Event, EventStatus
from tests.cloud.fdsnws.conftest import quake

ME = IdentityConfig(name="Guerrero network", sender="alerts@example.org", actual=True)
ALERT = [
    *("identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction"),
    *("addresses", "code", "note", "references", "incidents", "info"),
]
INFO = [
    *("language", "category", "event", "responseType", "urgency", "severity", "certainty"),
    *("audience", "eventCode", "effective", "onset", "expires", "senderName", "headline"),
    *("description", "instruction", "web", "contact", "parameter", "resource", "area"),
]
CODES = {
    "status": "Actual Exercise System Test Draft",
    "msgType": "Alert Update Cancel Ack Error",
    "scope": "Public Restricted Private",
    "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
    "urgency": "Immediate Expected Future Past Unknown",
    "severity": "Extreme Severe Moderate Minor Unknown",
    "certainty": "Observed Likely Possible Unlikely Unknown",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")


def history() -> list[Event]:
    """Return an event that grows, and is taken back."""
    return [
        quake(3, revision=0, status=EventStatus.PRELIMINARY, magnitude=None),
        quake(3, revision=2, status=EventStatus.DECLARED),
        quake(3, revision=5, status=EventStatus.RETRACTED, reason="lorries & <trains>"),
    ]


def read(*revisions: Event, identity: IdentityConfig = ME) -> etree._Element:
    """Return the message."""
    return etree.fromstring(cap(revisions, identity))


def text(message: etree._Element, name: str) -> str | None:
    """Return the text of an element anywhere in the message."""
    return message.findtext(f".//{{*}}{name}")


@pytest.mark.parametrize("last", [1, 2, 3])
def test_elements_codes_and_times_are_those_of_the_standard(last: int) -> None:
    """In its order, in its namespace."""
    message = read(*history()[:last])
    names = [etree.QName(one).localname for one in message]
    (info,) = message.findall("{*}info")
    in_info = [etree.QName(one).localname for one in info]

    assert "urn:oasis:names:tc:emergency:cap:1.2" == etree.QName(message).namespace
    assert sorted(names, key=ALERT.index) == names
    assert sorted(in_info, key=INFO.index) == in_info
    for name, codes in CODES.items():
        assert text(message, name) in codes.split()
    for name in ("sent", "effective", "onset", "expires"):
        assert TIME.fullmatch(text(message, name) or ""), name
    assert not re.search(r"[\s,<&]", text(message, "identifier") or " ")
    assert len(text(message, "headline") or "") <= 160
    assert re.fullmatch(r"-?[\d.]+,-?[\d.]+ [\d.]+", text(message, "circle") or "")


def test_an_update_refers_to_everything_before_it() -> None:
    """Sender, identifier and time of each; the retraction cancels."""
    alert, update, cancel = (read(*history()[:last]) for last in (1, 2, 3))
    kinds = [text(one, "msgType") for one in (alert, update, cancel)]
    names = [
        f"alerts@example.org,{text(one, 'identifier')},{text(one, 'sent')}"
        for one in (alert, update)
    ]

    assert ["Alert", "Update", "Cancel"] == kinds
    assert text(alert, "references") is None
    assert names[0] == text(update, "references")
    assert " ".join(names) == text(cancel, "references")
    assert "lorries & <trains>" == text(cancel, "note")
    assert "AllClear" == text(cancel, "responseType")


def test_an_exercise_is_one_wherever_one_looks() -> None:
    """Status and headline."""
    message = read(quake(3, exercise=True))

    assert "Exercise" == text(message, "status")
    assert (text(message, "headline") or "").startswith("EXERCISE")


def test_a_centre_alarms_only_when_it_was_told_to() -> None:
    """Until then its real events are tests."""
    message = read(quake(3), identity=IdentityConfig())

    assert "Test" == text(message, "status")


def test_severity_grows_with_magnitude() -> None:
    """From what is to be expected above the hypocentre."""
    severities = [
        text(read(quake(1, magnitude=magnitude, depth_km=10.0)), "severity")
        for magnitude in (None, 2.5, 4.2, 5.5, 7.5)
    ]

    assert ["Unknown", "Minor", "Moderate", "Severe", "Extreme"] == severities
