"""A station and a centre, over real TLS."""

import asyncio
import http.client
import json
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from cloud.enrolment.authority import make_authority
from cloud.enrolment.views import Standing
from edge.config import StationConfig
from edge.enrol.attach import let_in
from edge.enrol.client import ask
from edge.enrol.enroller import Done
from edge.enrol.keys import load_key, make_key, make_request, prove
from edge.enrol.wire import ENROL_PATH, EnrolRequest, Grant, RenewRequest
from edge.errors import EnrolError, EnrolRefusedError
from edge.update.updater import UpdateRun
from tests.cloud.enrolment.conftest import DAY_NS, Centre
from tests.updates import Release


def _standings(centre: Centre) -> list[Standing]:
    return [one.standing for one in centre.office.registry.all(centre.clock())]


async def test_a_card_becomes_a_certificate(open_centre: Centre) -> None:
    """The key stays, the token is wiped, and all of it stands in the audit."""
    store = open_centre.card()
    assert [Standing.WAITING] == _standings(open_centre)

    done = await asyncio.to_thread(open_centre.enroller(store).run)

    kept = store.read()
    assert Done.ENROLLED is done
    assert kept is not None
    section = open_centre.office.section
    told = (kept.grant.broker, kept.grant.broker_port)
    assert ("localhost", section.broker_port) == told
    assert [Standing.ENROLLED] == _standings(open_centre)
    assert not store.default_token.exists()
    assert not store.pending.exists()
    assert 0o600 == store.identity.stat().st_mode & 0o777
    assert [0o600] == [(store.folder / "tls.pem").stat().st_mode & 0o777]
    assert (1, 1) == (len(open_centre.audited("token")), len(open_centre.audited("enrol")))
    assert Done.HELD is await asyncio.to_thread(open_centre.enroller(store).run)


async def test_a_token_works_for_one_key(open_centre: Centre) -> None:
    """Whoever copied the card comes too late, and is seen."""
    first = open_centre.card()
    copied = open_centre.folder / "thief"
    copied.mkdir()
    thief = type(first)(copied)
    thief.default_token.write_bytes(first.default_token.read_bytes())
    await asyncio.to_thread(open_centre.enroller(first).run)

    with pytest.raises(EnrolRefusedError, match="used before, by another key"):
        await asyncio.to_thread(open_centre.enroller(thief).run)

    assert "a second time" in open_centre.audited("refuse")[0]
    assert thief.read() is None


async def test_many_at_once_with_one_token_leave_one(open_centre: Centre) -> None:
    """The database decides, not the order of arrival."""
    first = open_centre.card()
    token = first.default_token.read_bytes()
    stores = []
    for number in range(6):
        store = type(first)(open_centre.folder / f"copy{number}")
        store.default_token.parent.mkdir()
        store.default_token.write_bytes(token)
        stores.append(store)

    outcomes = await asyncio.gather(
        *(asyncio.to_thread(open_centre.enroller(one).run) for one in stores),
        return_exceptions=True,
    )

    assert 1 == outcomes.count(Done.ENROLLED)
    assert 5 == sum(isinstance(one, EnrolRefusedError) for one in outcomes)


async def test_an_expired_token_is_refused(open_centre: Centre) -> None:
    """It says when it ran out; the station keeps nothing."""
    store = open_centre.card()
    open_centre.clock.ahead_ns = 31 * DAY_NS

    with pytest.raises(EnrolRefusedError, match="the token ran out at"):
        await asyncio.to_thread(open_centre.enroller(store, now_ns=time.time_ns).run)

    assert [Standing.TOKEN_EXPIRED] == _standings(open_centre)


async def test_a_newer_token_ends_the_older_one(open_centre: Centre) -> None:
    """A card that was lost before it was used is worth nothing."""
    lost = open_centre.card()
    content = lost.default_token.read_bytes()
    open_centre.card()
    lost.default_token.write_bytes(content)

    with pytest.raises(EnrolRefusedError, match="the token was revoked"):
        await asyncio.to_thread(open_centre.enroller(lost).run)


async def test_a_token_of_another_station_is_refused_on_both_sides(open_centre: Centre) -> None:
    """The station sees mixed-up cards; a station that lies is seen by the centre."""
    store = open_centre.card("KARA2")
    with pytest.raises(EnrolError, match="were two cards mixed up"):
        await asyncio.to_thread(open_centre.enroller(store, "KARA1").run)

    ticket = open_centre.office.add(("XX", "KARA2"))
    question = EnrolRequest(token=ticket.token, request=make_request(make_key(), "XX/KARA1"))
    with pytest.raises(EnrolRefusedError, match="the request for another"):
        await asyncio.to_thread(ask, ticket.url + ENROL_PATH, question, ticket.authority, 60)


@pytest.mark.parametrize("token", ["", "0" * 8 + "." + "A" * 43, "é.x", "a" * 64])
async def test_whoever_knows_no_token_is_told_nothing(open_centre: Centre, token: str) -> None:
    """Known and unknown ids get the same words."""
    ticket = open_centre.office.add(("XX", "KARA1"))
    guesses = [token, ticket.token_id + token[8:]]

    for guess in guesses:
        question = EnrolRequest(token=guess[:64], request=make_request(make_key(), "XX/KARA1"))
        with pytest.raises(EnrolRefusedError, match="not known here"):
            await asyncio.to_thread(ask, ticket.url + ENROL_PATH, question, ticket.authority, 60)

    assert not any(ticket.token in line for line in open_centre.audited("refuse"))


async def test_an_answer_that_was_lost_is_given_again(open_centre: Centre) -> None:
    """The centre signed, the power went off: the same key gets the same certificate."""
    store = open_centre.card()
    lost: list[Grant] = []

    def cut(*words: object) -> Grant:
        lost.append(ask(*words))  # type: ignore[arg-type]
        raise EnrolError("centre", "the power went off")

    with pytest.raises(EnrolError, match="went off"):
        await asyncio.to_thread(open_centre.enroller(store, ask=cut).run)
    await asyncio.to_thread(open_centre.enroller(store).run)

    kept = store.read()
    assert kept is not None
    assert lost[0].certificate == kept.grant.certificate
    assert 1 == len(open_centre.audited("enrol"))


async def test_nobody_else_gets_a_byte(open_centre: Centre, centre: Centre) -> None:
    """A man in the middle with an authority of his own sees a handshake that fails."""
    other = make_authority(centre.folder / "other", "other", 10, None, time.time_ns())
    store = open_centre.card(authority=other.pem)

    with pytest.raises(EnrolError, match="who answers is not the centre") as caught:
        await asyncio.to_thread(open_centre.enroller(store).run)

    assert "authority" == caught.value.stage
    assert [] == open_centre.audited("refuse")
    assert store.default_token.exists()


async def test_a_certificate_is_renewed_by_its_key(open_centre: Centre) -> None:
    """After two thirds of its life, with a new key; the token is not needed."""
    store = open_centre.card()
    await asyncio.to_thread(open_centre.enroller(store).run)
    before = store.read()
    assert before is not None
    open_centre.clock.ahead_ns = 65 * DAY_NS
    # TLS goes by the machine's clock, the rest by this one.

    assert Done.RENEWED is await asyncio.to_thread(open_centre.enroller(store).run)

    after = store.read()
    assert after is not None
    assert before.key != after.key
    assert before.grant.certificate != after.grant.certificate
    assert after.grant.not_after - before.grant.not_after > 60 * DAY_NS
    assert 1 == len(open_centre.audited("renew"))
    assert Done.HELD is await asyncio.to_thread(open_centre.enroller(store).run)


async def test_a_station_from_a_drawer_renews_within_the_grace(open_centre: Centre) -> None:
    """Run out for months, its key still proves it; after the grace it needs a token."""
    store = open_centre.card()
    await asyncio.to_thread(open_centre.enroller(store).run)
    open_centre.clock.ahead_ns = 500 * DAY_NS
    with pytest.raises(EnrolRefusedError, match="too long ago"):
        await asyncio.to_thread(open_centre.enroller(store).run)

    open_centre.clock.ahead_ns = 200 * DAY_NS
    assert Done.RENEWED is await asyncio.to_thread(open_centre.enroller(store).run)


async def test_a_certificate_without_its_key_renews_nothing(open_centre: Centre) -> None:
    """Certificates are no secret."""
    store = open_centre.card()
    await asyncio.to_thread(open_centre.enroller(store).run)
    kept = store.read()
    assert kept is not None
    mine = make_key()
    request = make_request(mine, "XX/KARA1")
    question = RenewRequest(
        certificate=kept.grant.certificate, request=request, proof=prove(mine, request)
    )

    with pytest.raises(EnrolRefusedError, match="none of ours, or was revoked"):
        await asyncio.to_thread(
            ask, kept.grant.url + "enrolment/v1/renew", question, kept.grant.authority, 60
        )

    assert "without its key" in open_centre.audited("refuse")[0]


async def test_a_renewal_cannot_change_the_name(open_centre: Centre) -> None:
    """The request's name must be the certificate's."""
    store = open_centre.card()
    await asyncio.to_thread(open_centre.enroller(store).run)
    kept = store.read()
    assert kept is not None
    request = make_request(make_key(), "XX/KARA2")
    question = RenewRequest(
        certificate=kept.grant.certificate,
        request=request,
        proof=prove(kept.key.encode(), request),
    )

    with pytest.raises(EnrolRefusedError, match="the request for another"):
        await asyncio.to_thread(
            ask, kept.grant.url + "enrolment/v1/renew", question, kept.grant.authority, 60
        )


async def test_a_revoked_station_gets_nothing_more(open_centre: Centre) -> None:
    """Neither a renewal nor, with an old token, a beginning."""
    store = open_centre.card()
    await asyncio.to_thread(open_centre.enroller(store).run)
    assert open_centre.office.registry.revoke(("XX", "KARA1"), open_centre.clock())
    assert not open_centre.office.registry.revoke(("XX", "KARA1"), open_centre.clock())

    with pytest.raises(EnrolRefusedError, match="was revoked"):
        await asyncio.to_thread(lambda: open_centre.enroller(store).run(renew_now=True))

    assert [Standing.REVOKED] == _standings(open_centre)
    assert 1 == len(open_centre.office.registry.revoked(open_centre.clock()))


async def test_a_new_token_ends_the_certificate_before(open_centre: Centre) -> None:
    """The stolen board of a station that was made anew is shut out."""
    stolen = open_centre.card()
    await asyncio.to_thread(open_centre.enroller(stolen).run)
    fresh = open_centre.folder / "fresh"
    fresh.mkdir()
    again = type(stolen)(fresh)
    again.default_token.write_bytes(open_centre.office.add(("XX", "KARA1")).to_bytes())

    await asyncio.to_thread(open_centre.enroller(again).run)

    with pytest.raises(EnrolRefusedError, match="was revoked"):
        await asyncio.to_thread(lambda: open_centre.enroller(stolen).run(renew_now=True))
    assert Done.RENEWED is await asyncio.to_thread(
        lambda: open_centre.enroller(again).run(renew_now=True)
    )


def _post(centre: Centre, body: bytes, method: str = "POST") -> tuple[int, bytes]:
    context = ssl.create_default_context(cadata=centre.office.authorities.pem())
    port = centre.office.section.port
    link = http.client.HTTPSConnection("localhost", port, timeout=60, context=context)
    try:
        link.request(method, "/" + ENROL_PATH, body)
        answer = link.getresponse()
        return answer.status, answer.read()
    finally:
        link.close()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff\xfe\x00", 400),
        (b"[" * 10_000, 400),
        (b'{"token": 3}', 400),
        (b"x" * 20_000, 400),
        (json.dumps({"version": 1, "token": "a", "request": "-----"}).encode(), 403),
        (json.dumps({"token": "a", "request": "b", "more": 1}).encode(), 400),
    ],
)
async def test_garbage_is_refused_and_noted(open_centre: Centre, body: bytes, status: int) -> None:
    """No traceback, no 500, a line of the audit."""
    found, said = await asyncio.to_thread(_post, open_centre, body)

    assert status == found
    assert "detail" in json.loads(said)
    assert 1 == len(open_centre.audited("refuse"))


async def test_whoever_is_wrong_too_often_waits(open_centre: Centre) -> None:
    """The audit of a flood stays short."""
    statuses = [(await asyncio.to_thread(_post, open_centre, b"x"))[0] for _ in range(14)]

    assert [400] * 10 == statuses[:10]
    assert 429 in statuses[10:]
    assert len(open_centre.audited("refuse")) == statuses.count(400)


async def test_what_a_request_asks_beyond_its_key_is_not_given(open_centre: Centre) -> None:
    """A request that wants to be an authority gets a station's certificate."""
    ticket = open_centre.office.add(("XX", "KARA1"))
    wanted = x509.load_pem_x509_csr(make_request(make_key(), "XX/KARA1").encode())
    greedy = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(wanted.subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(load_key(make_key()), SHA256())
    )
    question = EnrolRequest(token=ticket.token, request=greedy.public_bytes(Encoding.PEM).decode())

    grant = await asyncio.to_thread(ask, ticket.url + ENROL_PATH, question, ticket.authority, 60)

    given = x509.load_pem_x509_certificate(grant.certificate.encode())
    assert not given.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    with pytest.raises(x509.ExtensionNotFound):
        given.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    use = given.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [x509.ExtendedKeyUsageOID.CLIENT_AUTH] == list(use)


async def test_an_enrolled_station_finds_the_updates(open_centre: Centre) -> None:
    """At the centre's own port, by the authority of its card; its file says no address."""
    repository = Release(open_centre.config.updates_folder)
    store = open_centre.card()
    await asyncio.to_thread(open_centre.enroller(store).run)
    folder = store.default_token.parent
    (folder / "root.json").write_bytes(repository.root)
    config = StationConfig.model_validate(
        {
            "station": {"network": "XX", "station": "KARA1", "latitude": 1, "longitude": 2},
            "source": {"type": "synthetic", "latitude": 1, "longitude": 2},
            "enrolment": {},
            "update": {"enabled": True, "root": folder / "root.json", "clock": "any"},
            "state_dir": folder,
        }
    )

    report = await asyncio.to_thread(UpdateRun(let_in(config)).run)

    assert "no network is assigned to this station" == report.reason
    assert report.source == f"{open_centre.office.url()}updates/"
