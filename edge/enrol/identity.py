"""What a station is let in with: one file that is there whole or not at all.

Beside it, made from it and made anew where they differ, lie the files that TLS wants: `tls.pem`
with key and certificate, and `authority.pem`.
"""

import hashlib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.enrol.wire import Grant
from edge.errors import EnrolError
from edge.messages.base import Code
from edge.mqtt import TlsConfig
from edge.update.disk import Disk, make_folder

_FOLDER: Final = "enrolment"
_TOKEN: Final = "enrolment-token"  # noqa: S105 - the name of a file
_RENEW_AFTER: Final = 2 / 3
_SPREAD: Final = 1 / 20
"""Stations that were enrolled together renew over a twentieth of a life."""


class Kept(BaseModel):
    """Key, certificate, and what the centre said with it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    network: Code
    station: Code
    key: str
    """PEM; never leaves the station."""
    token_id: str
    """Of the token that it began with."""
    grant: Grant

    @property
    def renew_at_ns(self) -> int:
        """When to ask for the next: after two thirds of the certificate's life."""
        life_ns = self.grant.not_after - self.grant.not_before
        digest = hashlib.sha256(f"{self.network}/{self.station}".encode()).digest()
        share = _RENEW_AFTER + _SPREAD * (digest[0] / 255)
        return self.grant.not_before + round(life_ns * share)


class IdentityStore:
    """The files.

    Args:
        state_dir: The station's.
        disk: Writes them.
    """

    def __init__(self, state_dir: Path, disk: Disk | None = None) -> None:
        self.folder = state_dir / _FOLDER
        self.default_token = state_dir / _TOKEN
        self.identity = self.folder / "identity.json"
        self.pending = self.folder / "pending.key"
        self.authority = self.folder / "authority.pem"
        self.disk = disk or Disk()

    def read(self) -> Kept | None:
        """Return the identity; None where there is none.

        Raises:
            EnrolError: The file cannot be read.
        """
        try:
            return Kept.model_validate_json(self.identity.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            # A validation error would show the key.
            seen = error if isinstance(error, OSError) else "it is damaged"
            reason = f"{self.identity}: {seen}; give the station a new token"
            raise EnrolError("files", reason) from None

    def keep(self, kept: Kept) -> None:
        """Put an identity in the place of the one before; on the disk when this returns."""
        make_folder(self.folder)
        self.disk.put(self.identity, kept.model_dump_json().encode())

    def read_pending(self) -> bytes | None:
        """Return the key that was made for the next certificate; None where there is none."""
        try:
            return self.pending.read_bytes()
        except FileNotFoundError:
            return None

    def keep_pending(self, key: bytes) -> None:
        """Keep a key before anybody is asked to certify it."""
        make_folder(self.folder)
        self.disk.put(self.pending, key)

    def drop_pending(self) -> None:
        """Forget the key: it is in the identity, or no good."""
        self.disk.remove(self.pending)
        self.disk.sync(self.folder)

    def wipe(self, token: Path) -> None:
        """Overwrite and remove a token file; a disk that remaps its blocks may keep the old ones.

        What was in it is worth nothing by then.
        """
        if not token.exists():
            return
        self.disk.write(token, b"\0" * token.stat().st_size)
        self.disk.remove(token)
        self.disk.sync(token.parent)

    @property
    def tls_config(self) -> TlsConfig:
        """The settings of a connection; `lay_out` makes the files that they name."""
        own = self.folder / "tls.pem"
        return TlsConfig(ca_file=self.authority, cert_file=own, key_file=own)

    def lay_out(self, kept: Kept) -> None:
        """Make the files that a connection reads, where they differ.

        Raises:
            OSError: They cannot be written.
        """
        for path, text in (
            (self.authority, kept.grant.authority),
            (self.folder / "tls.pem", kept.key + kept.grant.certificate),
        ):
            content = text.encode("ascii")
            if not path.is_file() or path.read_bytes() != content:
                self.disk.put(path, content)
