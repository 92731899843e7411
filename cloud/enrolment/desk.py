"""Who gets a certificate.

A token is good for one key: the first that comes with it. Asked again with that key, because the
answer was lost on the way, the desk gives the same certificate again. Whoever shows no true secret
is told nothing but no.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from cloud.enrolment.authorities import Authorities
from cloud.enrolment.authority import nanoseconds
from cloud.enrolment.config import EnrolmentConfig
from cloud.enrolment.registry import Issued, Names, Registry
from cloud.errors import EnrolmentRefusedError
from edge.enrol.keys import UNREADABLE
from edge.enrol.wire import RENEWAL_CONTEXT, EnrolRequest, Grant, RenewRequest
from edge.timestamps import NANOSECONDS_PER_SECOND, format_time

_NO_TOKEN: Final = "this token is not known here"  # noqa: S105 - no secret
_NO_CERTIFICATE: Final = "this certificate is none of ours, or was revoked"
_DAY_NS: Final = 86_400 * NANOSECONDS_PER_SECOND
_MOST_A_DAY: Final = 12
"""Certificates of one station; one that was taken over must not fill the database."""


class Desk:
    """Answers stations; blocks for the database.

    Args:
        authorities: Says who signs.
        registry: Knows.
        config: Lives, names and addresses.
        url: The centre's, for the station's next visit.
        now_ns: The clock.
        superseded: Called where certificates ended because a station came with a new token.
    """

    def __init__(
        self,
        authorities: Callable[[], Authorities],
        registry: Registry,
        config: EnrolmentConfig,
        url: str,
        now_ns: Callable[[], int],
        superseded: Callable[[], None] = lambda: None,
    ) -> None:
        self._authorities = authorities
        self._registry = registry
        self._config = config
        self._url = url
        self._now_ns = now_ns
        self._superseded = superseded

    def enrol(self, asked: EnrolRequest, address: str) -> Grant:
        """Return the first certificate of a station.

        Raises:
            EnrolmentRefusedError: It gets none.
        """
        now_ns = self._now_ns()
        token = self._registry.token(asked.token)
        if token is None:
            raise EnrolmentRefusedError(_NO_TOKEN, f"unknown token {asked.token[:8]!r}")
        name = "/".join(token.names)
        if token.revoked:
            raise EnrolmentRefusedError("the token was revoked", station=name)
        key, key_hash = _requested(asked.request, name, name)
        if token.key_hash is None:
            if now_ns >= token.expires_ns:
                until = format_time(token.expires_ns)
                raise EnrolmentRefusedError(f"the token ran out at {until}", station=name)
            issued = self._sign(key, key_hash, token.names, now_ns)
            ended = self._registry.first(token, issued, address)
            if ended is not None:
                if ended:
                    self._superseded()
                return self._grant(issued)
        # Used before, or by somebody else at this very moment.
        again = self._registry.of_key(token.names, key_hash, now_ns)
        if again is None:
            told = "the token was used before, by another key"
            raise EnrolmentRefusedError(told, f"token {token.id} a second time", name)
        return self._grant(again)

    def renew(self, asked: RenewRequest, address: str) -> Grant:
        """Return the next certificate of a station.

        Raises:
            EnrolmentRefusedError: It gets none.
        """
        now_ns = self._now_ns()
        old = self._known(asked.certificate)
        name = "/".join(old.names)
        _check_proof(old, asked)
        if now_ns >= old.not_after_ns + round(self._config.grace_days * _DAY_NS):
            until = format_time(old.not_after_ns)
            told = f"the certificate ran out at {until}, too long ago; a new token is needed"
            raise EnrolmentRefusedError(told, station=name)
        key, key_hash = _requested(asked.request, name, name)
        issued = self._registry.of_key(old.names, key_hash, now_ns)
        if issued is None or _is_half_over(issued, now_ns):
            since_ns = now_ns - _DAY_NS
            if self._registry.issued_since(old.names, since_ns) >= _MOST_A_DAY:
                told = f"it renews too often: {_MOST_A_DAY} certificates in a day; try tomorrow"
                raise EnrolmentRefusedError(told, station=name)
            issued = self._sign(key, key_hash, old.names, now_ns)
            if not self._registry.next(old.serial, issued, address):
                raise EnrolmentRefusedError(_NO_CERTIFICATE, "revoked", name)
        return self._grant(issued)

    def _known(self, pem: str) -> Issued:
        try:
            shown = x509.load_pem_x509_certificate(pem.encode("ascii"))
            is_ours = self._authorities().issuer_of(shown) is not None
        except UNREADABLE as error:
            raise EnrolmentRefusedError(_NO_CERTIFICATE, f"no certificate: {error}") from error
        if not is_ours:
            raise EnrolmentRefusedError(_NO_CERTIFICATE, "foreign certificate")
        known = self._registry.certificate(f"{shown.serial_number:x}")
        if known is None or not self._registry.is_let_in(known.names):
            why = f"certificate {shown.serial_number:x} is revoked or not known"
            raise EnrolmentRefusedError(_NO_CERTIFICATE, why)
        return known

    def _sign(
        self, key: EllipticCurvePublicKey, key_hash: str, names: Names, now_ns: int
    ) -> Issued:
        signed = self._authorities().current.station(
            key, "/".join(names), self._config.station_days, now_ns
        )
        return Issued(
            serial=f"{signed.serial_number:x}",
            names=names,
            key_hash=key_hash,
            issued_ns=now_ns,
            not_after_ns=nanoseconds(signed.not_valid_after_utc),
            pem=signed.public_bytes(Encoding.PEM).decode("ascii"),
        )

    def _grant(self, issued: Issued) -> Grant:
        signed = x509.load_pem_x509_certificate(issued.pem.encode("ascii"))
        known = self._authorities()
        return Grant(
            certificate=issued.pem,
            # Its own first: a station looks for it there.
            authority=known.pem(known.issuer_of(signed)),
            broker=self._config.broker,
            broker_port=self._config.broker_port,
            url=self._url,
            not_before=nanoseconds(signed.not_valid_before_utc),
            not_after=issued.not_after_ns,
        )


def _is_half_over(issued: Issued, now_ns: int) -> bool:
    """Return whether less than half of a certificate's life is left.

    Until then the same question gives it again: who sends an old one once more gets nothing new.
    """
    return now_ns - issued.issued_ns > issued.not_after_ns - now_ns


def _requested(pem: str, name: str, station: str) -> tuple[EllipticCurvePublicKey, str]:
    """Return the public key of a request and its hash.

    Nothing else is taken from it: what else it asks for, the station does not get.
    """
    try:
        request = x509.load_pem_x509_csr(pem.encode("ascii"))
        key = request.public_key()
        is_signed = request.is_signature_valid
        names = [(one.oid, one.value) for one in request.subject]
    except UNREADABLE as error:
        raise EnrolmentRefusedError(
            f"the request cannot be read: {error}", None, station
        ) from error
    if not is_signed:
        raise EnrolmentRefusedError("the request is not signed by its key", None, station)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise EnrolmentRefusedError("the key is none of P-256", None, station)
    if names != [(NameOID.COMMON_NAME, name)]:
        told = f"the token or certificate is for {name}, the request for another"
        raise EnrolmentRefusedError(told, f"{told}: {[value for _, value in names]}", station)
    return key, _key_hash(key)


def _check_proof(old: Issued, asked: RenewRequest) -> None:
    """Do nothing where the holder of the old key asks."""
    try:
        key = _public_key(old.pem)
        der = x509.load_pem_x509_csr(asked.request.encode("ascii")).public_bytes(Encoding.DER)
        signature = base64.b64decode(asked.proof, validate=True)
        key.verify(signature, RENEWAL_CONTEXT + der, ECDSA(SHA256()))
    except UNREADABLE as error:
        why = f"certificate {old.serial} shown without its key: {type(error).__name__}"
        raise EnrolmentRefusedError(_NO_CERTIFICATE, why) from error


def _public_key(pem: str) -> EllipticCurvePublicKey:
    key = x509.load_pem_x509_certificate(pem.encode("ascii")).public_key()
    if not isinstance(key, EllipticCurvePublicKey):
        raise TypeError("is no key of P-256")
    return key


def _key_hash(key: EllipticCurvePublicKey) -> str:
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()
