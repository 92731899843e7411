"""Certificates of broker and centre: made where they are missing, made anew before they run out."""

from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from cloud.enrolment.authority import Authority, nanoseconds
from edge.update.disk import Disk, make_folder

_RENEW_AFTER: Final = 2 / 3


class ServerCertificate:
    """A server's key and certificate in one folder.

    Args:
        folder: Where `NAME.key` and `NAME.pem` are.
        name: Of the files.
        names: Names or addresses under which the server is reached.
        days: How long a certificate holds.
        mode: Of the key's file.
    """

    def __init__(
        self, folder: Path, name: str, names: tuple[str, ...], days: float, mode: int = 0o600
    ) -> None:
        self.key = folder / f"{name}.key"
        self.certificate = folder / f"{name}.pem"
        self._names = names
        self._days = days
        self._mode = mode

    def ensure(self, authority: Authority, now_ns: int) -> bool:
        """Make the files where it is time; return whether they are new.

        Raises:
            OSError: They cannot be written.
        """
        if self._holds(authority, now_ns):
            return False
        key, certificate = authority.server(self._names, self._days, now_ns)
        make_folder(self.key.parent)
        # The key with its certificate behind it: either file alone is never half of a new pair.
        put_readable(self.key, key + certificate, self._mode)
        put_readable(self.certificate, certificate, 0o644)
        return True

    def _holds(self, authority: Authority, now_ns: int) -> bool:
        try:
            pem = self.certificate.read_bytes()
            found = x509.load_pem_x509_certificate(pem)
            fits = self.key.read_bytes().endswith(pem)
        except (OSError, ValueError):
            return False
        begin_ns = nanoseconds(found.not_valid_before_utc)
        life_ns = nanoseconds(found.not_valid_after_utc) - begin_ns
        try:
            found.verify_directly_issued_by(authority.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return (
            fits
            and _names(found) == set(self._names)
            and (begin_ns <= now_ns < begin_ns + round(life_ns * _RENEW_AFTER))
        )


def _names(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(one.value) for one in found}


def put_readable(path: Path, content: bytes, mode: int) -> None:
    """Replace a file as a whole, with a mode of its own.

    Raises:
        OSError: It cannot be written; what was there still is.
    """
    disk = Disk()
    partial = path.with_name(f"{path.name}.part")
    disk.write(partial, content)
    partial.chmod(mode)
    disk.rename(partial, path)
    disk.sync(path.parent)
