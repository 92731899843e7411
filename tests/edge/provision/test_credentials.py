"""What people paste into a file is checked before it travels."""

import pytest

from edge.provision.credentials import (
    checked_keys,
    checked_passphrase,
    checked_ssid,
    pre_shared_key,
)
from tests.edge.provision.conftest import KEY, KEY_BLOB


@pytest.mark.parametrize(
    "ssid",
    [
        *(
            "Café ☕",
            '"quoted"',
            "it's",
            "back\\slash",
            "$(reboot)",
            "`id`",
            "; rm -rf /",
            "a\tb"[0],
        ),
        *(" leading", "trailing ", "#hash", "no", "{a: b}", "名前", "😀👩‍🚀", "a" * 32, "é" * 16),
    ],
)
def test_name_of_a_network_may_be_almost_anything(ssid: str) -> None:
    """Its owner chose it, and the station must find it."""
    assert ssid == checked_ssid(ssid)


@pytest.mark.parametrize(
    ("ssid", "reason"),
    [
        ("", "has 0 bytes"),
        ("a" * 33, "has 33 bytes"),
        ("é" * 17, "has 34 bytes"),
        ("Valley\n", "line break"),
        ("Valley\r\n", "line break"),
        ("a\x00b", "control character"),
        ("\x1b[31mred", "control character"),
        ("a\u2028b", "line break"),
        ("a\x7f", "control character"),
    ],
)
def test_name_that_no_network_has_is_refused(ssid: str, reason: str) -> None:
    """A line break comes from pasting; it would split a line of the keyfile."""
    with pytest.raises(ValueError, match=reason):
        checked_ssid(ssid)


@pytest.mark.parametrize(
    "password", ["12345678", "a" * 63, "qu\"o\\te's$(id)", "ñandú-ñandú", "F" * 64]
)
def test_password_of_wpa2_may_be_of_any_characters(password: str) -> None:
    """Also 64 hexadecimal digits, which are the key itself."""
    assert password == checked_passphrase(password, is_sae=False)


@pytest.mark.parametrize(
    ("password", "is_sae", "reason"),
    [
        ("1234567", False, "has 7 bytes"),
        ("a" * 64, True, None),
        ("g" * 64, False, "has 64 bytes"),
        ("", True, "is empty"),
        ("password\r\n", False, "line break"),
        ("password\n", True, "line break"),
        ("pass\x00word", False, "control character"),
    ],
)
def test_password_that_cannot_be_one_is_refused(
    password: str,
    is_sae: bool,  # noqa: FBT001 - a column of the table
    reason: str | None,
) -> None:
    """At the desk, not on the mountain. WPA3 knows no limits of length."""
    if reason is None:
        assert password == checked_passphrase(password, is_sae=is_sae)
        return
    with pytest.raises(ValueError, match=reason) as refused:
        checked_passphrase(password, is_sae=is_sae)
    assert not password.strip() or password not in str(refused.value)


@pytest.mark.parametrize(
    ("password", "ssid", "key"),
    [
        ("password", "IEEE", "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"),
        (
            "ThisIsAPassword",
            "ThisIsASSID",
            "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af",
        ),
        ("AB" * 32, "any", "ab" * 32),
    ],
)
def test_key_of_a_network_is_that_of_the_standard(password: str, ssid: str, key: str) -> None:
    """The test vectors of IEEE 802.11-2020, J.4.2."""
    assert key == pre_shared_key(password, ssid)


def test_keys_may_be_pasted_with_any_line_ends() -> None:
    """Several keys, comments and blank lines, from Windows or not."""
    assert (KEY, KEY) == checked_keys(f"# mine\r\n{KEY}\r\n\r\n  {KEY}  \n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
        (KEY[:-4], None),
        (f"ssh-ed25519 {KEY_BLOB[:30]}", "damaged"),
        (f"ssh-rsa {KEY_BLOB}", "none of type ssh-rsa"),
        (f'command="reboot" {KEY}', "no public key"),
        (f"ssh-ed25519 {KEY_BLOB} a\x07b", "control character"),
        ("ssh-ed25519", "none of type"),
        ("ssh-ed25519 $(reboot)", "damaged"),
        ("hello", "no public key"),
    ],
)
def test_text_that_is_no_public_key_is_refused(text: str, reason: str | None) -> None:
    """Each with what is wrong; a cut comment is not."""
    if reason is None:
        assert (text,) == checked_keys(text)
        return
    with pytest.raises(ValueError, match=reason):
        checked_keys(text)
