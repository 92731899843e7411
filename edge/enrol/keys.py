"""Keys, requests and certificates, as a station sees them: ECDSA on P-256.

Mosquitto and OpenSSL of every Debian take these, and a Pi makes and uses them within milliseconds.
"""

import base64
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from edge.enrol.wire import RENEWAL_CONTEXT, Grant
from edge.errors import EnrolError

UNREADABLE: Final = (
    *(ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion),
    *(x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)
"""What `cryptography` raises of a request or a certificate that somebody made up."""


def make_key() -> bytes:
    """Return a new key (PKCS #8, PEM)."""
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_key(pem: bytes) -> EllipticCurvePrivateKey:
    """Return a key.

    Raises:
        ValueError, TypeError: It is none of P-256.
    """
    key = load_pem_private_key(pem, None)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise TypeError("is no key of P-256")
    return key


def make_request(key: bytes, name: str) -> str:
    """Return a certificate request (PEM).

    Args:
        key: PEM.
        name: NETWORK/STATION.
    """
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(load_key(key), SHA256()).public_bytes(Encoding.PEM).decode("ascii")


def prove(old_key: bytes, request: str) -> str:
    """Return the signature of the old key over a request, base64."""
    der = x509.load_pem_x509_csr(request.encode("ascii")).public_bytes(Encoding.DER)
    signature = load_key(old_key).sign(RENEWAL_CONTEXT + der, ECDSA(SHA256()))
    return base64.b64encode(signature).decode("ascii")


def check_grant(grant: Grant, key: bytes, name: str, now_ns: int) -> None:
    """Do nothing where a certificate is ours and can be used.

    Raises:
        EnrolError: It cannot; says why.
    """
    try:
        certificate = x509.load_pem_x509_certificate(grant.certificate.encode("ascii"))
        # Of several, while an authority gives way to the next, its own comes first.
        authority, *_ = x509.load_pem_x509_certificates(grant.authority.encode("ascii"))
        certificate.verify_directly_issued_by(authority)
        public = certificate.public_key()
        names = [str(one.value) for one in certificate.subject]
    except UNREADABLE as error:
        reason = f"what came is no certificate of the authority: {error or 'wrong signature'}"
        raise EnrolError("answer", reason) from error
    if public != load_key(key).public_key():
        raise EnrolError("answer", "the certificate is for another key")
    if names != [name]:
        raise EnrolError("answer", f"the certificate is for {names}, not for {name}")
    if not grant.not_before <= now_ns < grant.not_after:
        raise EnrolError("clock", "the certificate does not hold now by this clock; set the clock")
