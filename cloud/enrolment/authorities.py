"""The authorities of a centre: the one that signs, and during a rotation the one before it.

    authority.key, authority.pem         the first
    authority-2.key, authority-2.pem     the next, and so on

The certificate is written before the key and removed after it: a power cut leaves an authority
that is there or not. While two are there, stations' certificates come from the newer one, and those
of broker and centre from the older one, which every station believes; whoever renews is told both.
What the broker must refuse is signed by both, for OpenSSL asks for a list of each issuer.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509

from cloud.enrolment.authority import (
    Authority,
    key_file,
    load_authority,
    make_authority,
    nanoseconds,
    pem_file,
)
from cloud.errors import AuthorityError
from edge.enrol.keys import UNREADABLE
from edge.timestamps import NANOSECONDS_PER_SECOND
from edge.update.disk import Disk

_KEY: Final = re.compile(r"authority(?:-([1-9][0-9]{0,5}))?\.key")
_MOST_OF_A_TICKET: Final = 2900
"""Characters that a token file has for certificates to believe; the next one's is about as long."""
_SKEW: Final = dt.timedelta(hours=1)
"""By which `make_authority` dates back."""


@dataclass(frozen=True, slots=True)
class Authorities:
    """Who signs, and who signed before."""

    current: Authority
    previous: Authority | None = None
    """There while a rotation lasts."""

    @property
    def server(self) -> Authority:
        """Who signs for broker and centre: every station believes it."""
        return self.previous or self.current

    @property
    def all(self) -> tuple[Authority, ...]:
        """Both, the newer first."""
        return (self.current,) if self.previous is None else (self.current, self.previous)

    @property
    def since_ns(self) -> int:
        """When the current one was surely there, nanoseconds since 1970 UTC.

        Certificates know whole seconds.
        """
        made_ns = nanoseconds(self.current.certificate.not_valid_before_utc + _SKEW)
        return made_ns + NANOSECONDS_PER_SECOND

    def pem(self, first: Authority | None = None) -> str:
        """Return the certificates of all, for whoever shall believe them.

        Args:
            first: Stands at the beginning; the current one where left out.
        """
        head = first or self.current
        return head.pem + "".join(one.pem for one in self.all if one is not head)

    def issuer_of(self, certificate: x509.Certificate) -> Authority | None:
        """Return who signed a certificate; None where it was none of these."""
        return next((one for one in self.all if _is_by(certificate, one)), None)

    def revoked(self, serials: Iterable[tuple[int, int]], made_ns: int) -> bytes:
        """Return the lists of revoked certificates (PEM), one by each authority.

        Args:
            serials: Number of each certificate and when it was revoked.
            made_ns: When the lists were made.
        """
        listed = list(serials)
        return b"".join(one.revoked(listed, made_ns) for one in self.all)


def load_authorities(folder: Path, passphrase: str | None) -> Authorities:
    """Return the authorities of a folder.

    Raises:
        AuthorityError: There is none, or one of them cannot be used.
    """
    numbers = _numbers(folder)
    current = load_authority(folder, passphrase, numbers[-1] if numbers else 1)
    if len(numbers) == 1:
        return Authorities(current)
    return Authorities(current, load_authority(folder, passphrase, numbers[-2]))


def rotate(folder: Path, passphrase: str | None, days: float, name: str, now_ns: int) -> Authority:
    """Make the next authority beside the one that is there.

    Args:
        folder: Has the authority's key and certificate.
        passphrase: Of its key, and of the next one's.
        days: How long the next one holds.
        name: What the next one is called.
        now_ns: Now.

    Raises:
        AuthorityError: A rotation is under way, the name is that of the authority before it, or two
            certificates do not fit a token file.
    """
    known = load_authorities(folder, passphrase)
    if known.previous is not None:
        reason = "a rotation is under way; end it first: cloud-aggregator ca retire"
        raise AuthorityError(str(folder), reason)
    if name == known.current.name:
        reason = f"{name!r} is what the present one is called; OpenSSL tells them apart by the name"
        raise AuthorityError("name", reason)
    if 2 * len(known.current.pem) > _MOST_OF_A_TICKET:
        reason = "its certificate is too long for two to fit a token file: it names many domains"
        raise AuthorityError(str(folder), reason)
    within = known.current.within
    number = _numbers(folder)[-1] + 1
    return make_authority(folder, name, days, passphrase, now_ns, within, number)


def next_name(name: str) -> str:
    """Return a name for the authority after one: `valley`, `valley 2`, `valley 3`."""
    base, _, number = name.rpartition(" ")
    if base and number.isdecimal():
        return f"{base} {int(number) + 1}"
    return f"{name[:60]} 2"


def retire(folder: Path, passphrase: str | None) -> Authority:
    """Remove the authority before the current one, and return it: nobody is to believe it any more.

    Raises:
        AuthorityError: There is none, or it cannot be removed.
    """
    known = load_authorities(folder, passphrase)
    if known.previous is None:
        reason = "there is one authority; `cloud-aggregator ca rotate` makes the next"
        raise AuthorityError(str(folder), reason)
    number, disk = _numbers(folder)[-2], Disk()
    key, pem = key_file(folder, number), pem_file(folder, number)
    try:
        disk.write(key, b"\0" * key.stat().st_size)
        for path in (key, pem):
            disk.remove(path)
            disk.sync(folder)
    except OSError as error:
        raise AuthorityError(str(key), f"cannot be removed: {error}") from error
    return known.previous


class AuthorityFolder:
    """The authorities of a folder, read anew when they change: commands work beside the service.

    Args:
        folder: Theirs.
        passphrase: Of their keys.
    """

    def __init__(self, folder: Path, passphrase: str | None) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._seen: list[int] = []
        self._known: Authorities | None = None

    def read(self) -> Authorities:
        """Return the authorities.

        Raises:
            AuthorityError: There is none that can be used.
        """
        numbers = _numbers(self._folder)
        if self._known is None or numbers != self._seen:
            self._known = load_authorities(self._folder, self._passphrase)
            self._seen = numbers
        return self._known


def _numbers(folder: Path) -> list[int]:
    """Return the numbers of the authorities, oldest first; a key that was wiped is none."""
    try:
        found = [(path, _KEY.fullmatch(path.name)) for path in folder.glob("authority*.key")]
        return sorted(
            int(match[1] or 1)
            for path, match in found
            if match is not None and path.read_bytes().strip(b"\0")
        )
    except OSError as error:
        raise AuthorityError(str(folder), f"cannot be read: {error}") from error


def _is_by(certificate: x509.Certificate, authority: Authority) -> bool:
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except UNREADABLE:
        return False
    return True
