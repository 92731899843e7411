"""What people type or paste into a file: names, keys and passwords, checked before they travel.

Everything that passes is on one line and without control characters, so that it means the same in
YAML, TOML, a shell and a keyfile.
"""

import base64
import binascii
import hashlib
import re
import struct
import unicodedata
from typing import Final

MOST_SSID_BYTES: Final = 32
"""IEEE 802.11-2020, 9.4.2.2."""
_PASSPHRASE_BYTES: Final = range(8, 64)
"""IEEE 802.11-2020, J.4.1; counted in octets as wpa_supplicant does, so that UTF-8 may be used."""
_PSK: Final = re.compile(r"[0-9A-Fa-f]{64}")
_PSK_ROUNDS: Final = 4096
_UNPRINTABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's control characters, half characters, separators of lines and of paragraphs."""
_SHOWN_CHARACTERS: Final = 24
_KEY_TYPES: Final = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)


def is_printable(text: str) -> bool:
    """Tell whether a text is on one line and has no control character."""
    return not any(unicodedata.category(character) in _UNPRINTABLE for character in text)


def checked_ssid(text: str) -> str:
    """Return the name of a wireless network.

    Raises:
        ValueError: It cannot be one; says why.
    """
    size = len(text.encode())
    if not 1 <= size <= MOST_SSID_BYTES:
        raise ValueError(f"has {size} bytes; a network's name has 1 to {MOST_SSID_BYTES}")
    if not is_printable(text):
        raise ValueError("has a control character or a line break in it; was it pasted?")
    return text


def checked_passphrase(text: str, *, is_sae: bool) -> str:
    """Return the password of a wireless network.

    Args:
        text: As typed, or 64 hexadecimal digits.
        is_sae: WPA3 alone, which knows no least length.

    Raises:
        ValueError: It cannot be one; says why, without showing it.
    """
    if not is_printable(text):
        raise ValueError("has a control character or a line break in it; was it pasted?")
    size = len(text.encode())
    if is_sae and size == 0:
        raise ValueError("is empty")
    if not is_sae and size not in _PASSPHRASE_BYTES and not _PSK.fullmatch(text):
        raise ValueError(
            f"has {size} bytes; WPA2 wants 8 to 63, or 64 hexadecimal digits; "
            'a longer one needs security = "sae"'
        )
    return text


def pre_shared_key(passphrase: str, ssid: str) -> str:
    """Return the 64 digits that stand for a passphrase in this one network.

    PBKDF2-HMAC-SHA1 of 4096 rounds with the network's name as salt (IEEE 802.11-2020, J.4.1). The
    passphrase itself, which people use elsewhere as well, then need not travel.
    """
    if _PSK.fullmatch(passphrase):
        return passphrase.lower()
    key = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), ssid.encode(), _PSK_ROUNDS, 32)
    return key.hex()


def checked_keys(text: str) -> tuple[str, ...]:
    """Return the public keys of a text, one a line, as `authorized_keys` has them.

    Raises:
        ValueError: A line is no public key; says which and why.
    """
    lines = (line.strip() for line in re.split(r"[\r\n]+", text))
    return tuple(_checked_key(line) for line in lines if line and not line.startswith("#"))


def _checked_key(line: str) -> str:
    shown = repr(line[:_SHOWN_CHARACTERS])
    if "PRIVATE KEY" in line:
        raise ValueError("that is a private key, which never leaves its owner; give the .pub file")
    if not is_printable(line):
        raise ValueError(f"{shown} has a control character in it")
    kind, _, rest = line.partition(" ")
    blob = rest.partition(" ")[0]
    if kind not in _KEY_TYPES:
        raise ValueError(f"{shown} is no public key; it begins with one of {', '.join(_KEY_TYPES)}")
    try:
        data = base64.b64decode(blob, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{shown}: the key is damaged ({error}); was a part cut off?") from None
    # The key says its own type again: RFC 4253, 6.6.
    start = struct.pack(">I", len(kind)) + kind.encode()
    if not data.startswith(start) or len(data) <= len(start):
        raise ValueError(f"{shown}: the key is none of type {kind}; was a part cut off?")
    return line
