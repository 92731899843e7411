"""What Mosquitto reads: who may do what, which certificates are revoked, whom to believe.

Written whenever a station comes or goes. Rights go with the station's name at once, at the
broker's next reading; a revoked certificate is refused at the next connection.
"""

import fcntl
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography import x509

from cloud.acl import HomeAssistant, acl_file
from cloud.enrolment.authorities import Authorities
from cloud.enrolment.authority import nanoseconds
from cloud.enrolment.registry import Registry
from cloud.enrolment.server import put_readable
from cloud.errors import AuthorityError
from edge.timestamps import NANOSECONDS_PER_SECOND
from edge.update.disk import make_folder

ACL: Final = "tremorkit.acl"
CRL: Final = "revoked.pem"
AUTHORITY: Final = "authority.pem"
RELOAD: Final = "enrolment.reload"
"""Subject of the error that the files are there and Mosquitto was not told."""
_FOR_ALL: Final = 0o644
_BEHIND_NS: Final = 60 * NANOSECONDS_PER_SECOND
"""The broker's clock may be so much behind."""
_RELOAD_S: Final = 30.0


class Lists:
    """The files, in one folder.

    Args:
        folder: Mosquitto's.
        registry: Who is let in.
        centre: The centre's user at the broker.
        readers: Users who may watch.
        home_assistant: User of a Home Assistant.
        reload: Program and words that let Mosquitto read anew.
    """

    def __init__(
        self,
        folder: Path,
        registry: Registry,
        centre: str,
        readers: Sequence[str] = (),
        home_assistant: str | None = None,
        reload: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self._registry = registry
        self._centre = centre
        self._readers = readers
        self._house = None if home_assistant is None else HomeAssistant(home_assistant)
        self._reload = reload

    def write(self, authorities: Authorities, now_ns: int) -> None:
        """Write the files and let Mosquitto read them.

        Raises:
            AuthorityError: They cannot be written, or the program of `reload` fails.
        """
        try:
            make_folder(self.folder)
            with _alone(self.folder):
                self._write(authorities, now_ns)
        except OSError as error:
            raise AuthorityError(str(self.folder), f"cannot be written: {error}") from error
        self.reload()

    def _write(self, authorities: Authorities, now_ns: int) -> None:
        rights = acl_file(self._registry.let_in(), self._centre, self._readers, self._house)
        revoked = authorities.revoked(self._registry.revoked(now_ns), self._newer(now_ns))
        put_readable(self.folder / AUTHORITY, authorities.pem().encode(), _FOR_ALL)
        put_readable(self.folder / CRL, revoked, _FOR_ALL)
        put_readable(self.folder / ACL, rights.encode(), _FOR_ALL)

    def reload(self) -> None:
        """Let Mosquitto read its files anew.

        Raises:
            AuthorityError: The program fails.
        """
        if not self._reload:
            return
        try:
            subprocess.run(  # noqa: S603 - the words of the centre's own file
                self._reload, check=True, capture_output=True, timeout=_RELOAD_S
            )
        except (OSError, subprocess.SubprocessError) as error:
            reason = f"{' '.join(self._reload)} fails: {error}; reload Mosquitto by hand"
            raise AuthorityError(RELOAD, reason) from error

    def _newer(self, now_ns: int) -> int:
        """Return a time for the list: Mosquitto keeps older ones, and OpenSSL takes the newest."""
        try:
            before = x509.load_pem_x509_crl((self.folder / CRL).read_bytes())
        except (FileNotFoundError, ValueError):
            return now_ns - _BEHIND_NS
        after_ns = nanoseconds(before.last_update_utc) + NANOSECONDS_PER_SECOND
        return max(now_ns - _BEHIND_NS, after_ns)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only one who writes: a list that was begun before a revocation must not follow it."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)
