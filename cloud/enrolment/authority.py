"""The authority: a key on the centre's disk, and what it signs (X.509, RFC 5280).

ECDSA on P-256 throughout. What a station gets says that it is a client, and what a server gets that
it is a server, so that no station can pose as the broker.
"""

import datetime as dt
import ipaddress
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cloud.errors import AuthorityError
from edge.timestamps import NANOSECONDS_PER_SECOND
from edge.update.disk import Disk, make_folder

KEY: Final = "authority.key"
_LEAST_PASSPHRASE: Final = 8
_OTHERS_MAY: Final = 0o077
_SKEW: Final = dt.timedelta(hours=1)
"""What is signed now holds for clocks that are so much behind."""


def moment(time_ns: int) -> dt.datetime:
    """Return a time as X.509 has it: whole seconds."""
    return dt.datetime.fromtimestamp(time_ns // NANOSECONDS_PER_SECOND, dt.UTC)


def nanoseconds(time: dt.datetime) -> int:
    """Return a time of X.509 in nanoseconds since 1970 UTC."""
    return round(time.timestamp()) * NANOSECONDS_PER_SECOND


def key_file(folder: Path, number: int) -> Path:
    """Return where the key of the first, second, ... authority of a folder is."""
    return folder / (KEY if number == 1 else f"authority-{number}.key")


def pem_file(folder: Path, number: int) -> Path:
    """Return where its certificate is."""
    return key_file(folder, number).with_suffix(".pem")


class Authority:
    """A key and its certificate.

    Args:
        key: The key.
        certificate: Its certificate.
    """

    def __init__(self, key: EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self.certificate = certificate

    @property
    def pem(self) -> str:
        """The certificate, for whoever shall believe the authority."""
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate."""
        return self.certificate.fingerprint(SHA256()).hex()

    @property
    def name(self) -> str:
        """What it is called."""
        (one,) = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(one.value)

    @property
    def within(self) -> tuple[str, ...]:
        """Domains outside of which it can name no server; any where there are none."""
        try:
            found = self.certificate.extensions.get_extension_for_class(x509.NameConstraints)
        except x509.ExtensionNotFound:
            return ()
        return tuple(str(one.value) for one in found.value.permitted_subtrees or ())

    def station(
        self, key: EllipticCurvePublicKey, name: str, days: float, now_ns: int
    ) -> x509.Certificate:
        """Return a certificate of a station.

        Args:
            key: Its public key.
            name: NETWORK/STATION.
            days: How long it holds, at most as long as the authority.
            now_ns: Now.
        """
        builder = self._leaf(key, name, days, now_ns, ExtendedKeyUsageOID.CLIENT_AUTH)
        return builder.sign(self._key, SHA256())

    def server(self, names: tuple[str, ...], days: float, now_ns: int) -> tuple[bytes, bytes]:
        """Return key and certificate (PEM) of a server.

        Args:
            names: Names or addresses under which it is reached.
            days: How long it holds, at most as long as the authority.
            now_ns: Now.
        """
        key = generate_private_key(SECP256R1())
        builder = self._leaf(
            key.public_key(), names[0][:64], days, now_ns, ExtendedKeyUsageOID.SERVER_AUTH
        )
        alternative = x509.SubjectAlternativeName([_general(name) for name in names])
        certificate = builder.add_extension(alternative, critical=False).sign(self._key, SHA256())
        pem = certificate.public_bytes(Encoding.PEM)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), pem

    def revoked(self, serials: Iterable[tuple[int, int]], made_ns: int) -> bytes:
        """Return the list of revoked certificates (CRL, PEM).

        It holds as long as the authority: a list that ran out would shut every station out.

        Args:
            serials: Number of each certificate and when it was revoked.
            made_ns: When the list was made.
        """
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(moment(made_ns))
            .next_update(self.certificate.not_valid_after_utc)
            .add_extension(x509.CRLNumber(made_ns // NANOSECONDS_PER_SECOND), critical=False)
            .add_extension(self._by_whom(), critical=False)
        )
        for serial, at_ns in serials:
            revoked = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(
                revoked.revocation_date(moment(at_ns)).build()
            )
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)

    def _leaf(
        self,
        key: EllipticCurvePublicKey,
        name: str,
        days: float,
        now_ns: int,
        use: x509.ObjectIdentifier,
    ) -> x509.CertificateBuilder:
        now, last = moment(now_ns), self.certificate.not_valid_after_utc
        begin = max(now - _SKEW, self.certificate.not_valid_before_utc)
        if now >= last:
            raise AuthorityError("certificate", f"the authority has run out ({last:%Y-%m-%d})")
        return (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(self.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(min(now + dt.timedelta(days=days), last))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(self._by_whom(), critical=False)
        )

    def _by_whom(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())


def make_authority(
    folder: Path,
    name: str,
    days: float,
    passphrase: str | None,
    now_ns: int,
    within: tuple[str, ...] = (),
    number: int = 1,
) -> Authority:
    """Make an authority.

    Args:
        folder: Gets key and certificate.
        name: What it is called.
        days: How long it holds.
        passphrase: Encrypts the key; None leaves it to the file's mode, 0600.
        now_ns: Now.
        within: Domains outside of which it can name no server; any where left out.
        number: Of how many in this folder it is the one.

    Raises:
        AuthorityError: There is one, or the passphrase is short.
    """
    if passphrase is not None and len(passphrase) < _LEAST_PASSPHRASE:
        raise AuthorityError("passphrase", f"it is shorter than {_LEAST_PASSPHRASE} characters")
    own, pem = key_file(folder, number), pem_file(folder, number)
    if own.exists() or (number == 1 and any(folder.glob("authority*"))):
        reason = "there is an authority already; every station believes in it, none is made over it"
        raise AuthorityError(str(folder), reason)
    key = generate_private_key(SECP256R1())
    certificate = _self_signed(key, name, days, now_ns, within)
    how: KeySerializationEncryption = (
        NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase.encode())
    )
    try:
        make_folder(folder)
        folder.chmod(0o700)
        disk = Disk()
        # The key last: what has one is whole.
        disk.put(pem, certificate.public_bytes(Encoding.PEM))
        disk.put(own, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
    except OSError as error:
        raise AuthorityError(str(folder), f"cannot be written: {error}") from error
    return Authority(key, certificate)


def load_authority(folder: Path, passphrase: str | None, number: int = 1) -> Authority:
    """Return an authority of a folder.

    Args:
        folder: Has key and certificate.
        passphrase: Of the key; None where it has none.
        number: Which one.

    Raises:
        AuthorityError: There is none, others may read its key, or it does not open.
    """
    path, beside = key_file(folder, number), pem_file(folder, number)
    try:
        mode = path.stat().st_mode
        secret, pem = path.read_bytes(), beside.read_bytes()
    except FileNotFoundError as error:
        reason = "there is no authority; make one: cloud-aggregator ca init"
        raise AuthorityError(str(folder), reason) from error
    except OSError as error:
        raise AuthorityError(str(folder), f"cannot be read: {error}") from error
    if mode & _OTHERS_MAY and os.name == "posix":
        raise AuthorityError(str(path), f"others may read it (mode {mode & 0o777:o}); chmod 600")
    try:
        key = load_pem_private_key(secret, passphrase.encode() if passphrase is not None else None)
        certificate = x509.load_pem_x509_certificate(pem)
    except (ValueError, TypeError) as error:
        reason = f"does not open: {error}; is enrolment.passphrase_file right?"
        raise AuthorityError(str(path), reason) from error
    if not isinstance(key, EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise AuthorityError(str(path), f"is not the key of {beside.name}")
    return Authority(key, certificate)


def _self_signed(
    key: EllipticCurvePrivateKey, name: str, days: float, now_ns: int, within: tuple[str, ...]
) -> x509.Certificate:
    now = moment(now_ns)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if within:
        allowed = [x509.DNSName(domain) for domain in within]
        no_address = [x509.IPAddress(ipaddress.ip_network(one)) for one in ("0.0.0.0/0", "::/0")]
        limits = x509.NameConstraints(allowed, no_address)
        builder = builder.add_extension(limits, critical=True)
    return builder.sign(key, SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
