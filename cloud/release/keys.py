"""Keys of holders and of the centre: ed25519, PKCS #8 PEM, encrypted by a passphrase.

The public half is a small JSON file with the holder's name, which goes into the repository.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import Key

from cloud.errors import ReleaseError

HOLDER: Final = "x-tremor-holder"
_LEAST_PASSPHRASE: Final = 8


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as the repository knows it."""

    holder: str
    key: Key


def make_key(private: Path, public: Path, holder: str, passphrase: str | None) -> PublicKey:
    """Make a key.

    Args:
        private: New file for the secret half, which only its owner may read.
        public: New file for the public half.
        holder: Whose it is.
        passphrase: Encrypts the secret half; None only for the centre's own key.

    Raises:
        ReleaseError: A file is there already, or the passphrase is short.
    """
    if passphrase is not None and len(passphrase) < _LEAST_PASSPHRASE:
        raise ReleaseError("passphrase", f"it is shorter than {_LEAST_PASSPHRASE} characters")
    for path in (private, public):
        if path.exists():
            raise ReleaseError(str(path), "it is there already; a key is never written over")
    secret = Ed25519PrivateKey.generate()
    how: KeySerializationEncryption = (
        NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase.encode())
    )
    pem = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
    number = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    key = _named(SSlibKey.from_crypto(secret.public_key()), holder)
    content = {"holder": holder, "keyid": key.keyid, "key": key.to_dict()}
    public.write_text(json.dumps(content, indent=2) + "\n")
    return PublicKey(holder, key)


def read_public(path: Path) -> PublicKey:
    """Return the public half of a key.

    Raises:
        ReleaseError: The file cannot be read, or holds none.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text())
        key = Key.from_dict(content["keyid"], dict(content["key"]))
        return PublicKey(str(content["holder"]), key)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"holds no public key ({error}); `cloud-aggregator release keys` makes one"
        raise ReleaseError(str(path), reason) from error


def load_signer(path: Path, passphrase: str | None) -> CryptoSigner:
    """Return who signs with the secret half of a key.

    Raises:
        ReleaseError: The file cannot be read, or the passphrase is wrong.
    """
    try:
        secret = load_pem_private_key(
            path.read_bytes(), passphrase.encode() if passphrase is not None else None
        )
    except OSError as error:
        raise ReleaseError(str(path), f"cannot be read: {error.strerror}") from error
    except (TypeError, ValueError) as error:
        reason = "is no such key, or the passphrase is wrong or missing"
        raise ReleaseError(str(path), reason) from error
    if not isinstance(secret, Ed25519PrivateKey):
        raise ReleaseError(str(path), "is no ed25519 key")
    return CryptoSigner(secret)


def holder_of(key: Key) -> str:
    """Return whose key it is."""
    return str(key.unrecognized_fields.get(HOLDER, "nobody named"))


def _named(key: Key, holder: str) -> Key:
    key.unrecognized_fields[HOLDER] = holder
    return key
