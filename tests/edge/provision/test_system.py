"""The system file says who may log in, and refuses what would lock everybody out."""

from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.provision.system import SystemConfig, load_system_config
from edge.settings import validated
from tests.edge.provision.conftest import HASH, KEY, SYSTEM

_USER = {"name": "ada", "ssh_keys": [KEY]}


def _config(**parts: object) -> SystemConfig:
    return validated({"board": "raspberry-pi-5", "user": _USER, **parts}, SystemConfig)


def test_a_file_is_read(tmp_path: Path) -> None:
    """As the documentation shows one."""
    path = tmp_path / "system.toml"
    path.write_text(SYSTEM)

    config = load_system_config(path)

    assert ("ada", (KEY,), True) == (
        config.user.name,
        config.user.ssh_keys,
        config.user.has_free_sudo,
    )


def test_several_keys_in_one_text_become_several() -> None:
    """As a whole authorized_keys pasted between three quotation marks."""
    config = _config(user={"name": "ada", "ssh_keys": f"{KEY}\r\n{KEY}\n"})

    assert (KEY, KEY) == config.user.ssh_keys


def test_sudo_asks_where_there_is_a_password() -> None:
    """A password that nobody is asked for would be none."""
    assert not _config(user={**_USER, "password_hash": HASH}).user.has_free_sudo


@pytest.mark.parametrize(
    "name",
    ["root", "a b", "a;reboot", "$(id)", "o'neil", "Ada", "-x", "ädä", "", "a" * 32, "edge-agent"],
)
def test_hostile_or_foreign_account_is_refused(name: str) -> None:
    """The name stands in a shell script and in sudoers."""
    with pytest.raises(ConfigError, match="user"):
        _config(user={"name": name, "ssh_keys": [KEY]})


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"user": {"name": "ada"}}, "nobody could log in"),
        ({"user": {**_USER, "passwordless_sudo": False}}, "there is not"),
        ({"user": {"name": "ada", "password_hash": "secret"}}, "openssl passwd"),
        ({"user": {"name": "ada", "ssh_keys": ["x"]}}, "ssh_keys: 'x' is no public key"),
        ({"user": {"name": "ada", "ssh_keys": [1]}}, "ssh_keys"),
        ({"board": "abacus"}, "there are: jetson-nano"),
        ({"hostname": "-kara"}, "hostname"),
        ({"hostname": "kara.example.org"}, "hostname"),
        ({"timezone": "$(reboot)"}, "timezone"),
        ({"wifi": {"ssid": "Valley", "country": "CH"}}, 'security = "open"'),
        (
            {"wifi": {"ssid": "V", "country": "CH", "security": "open", "password": "12345678"}},
            "has no password",
        ),
        ({"wifi": {"ssid": "V", "country": "ch", "password": "12345678"}}, "wifi.country"),
        ({"wifi": {"ssid": "V", "country": "CH", "password": "123"}}, "password has 3 bytes"),
        ({"wfi": {}}, "did you mean 'wifi'"),
    ],
)
def test_mistake_is_named(parts: dict[str, object], reason: str) -> None:
    """At the desk, with what to do."""
    with pytest.raises(ConfigError, match=reason):
        _config(**parts)


@pytest.mark.parametrize("name", ["operator", "backup", "gpio", "systemd-network", "edge-agent"])
def test_user_that_could_not_be_made_is_refused(name: str) -> None:
    """Debian has a group of this name: without a user nobody comes in."""
    with pytest.raises(ConfigError, match="is an account or a group of the system"):
        _config(user={**_USER, "name": name})


@pytest.mark.parametrize(
    "parts",
    [
        {"wifi": {"ssid": "V", "country": "CH", "password": "s3cr3t\n!"}},
        {"user": {"name": "ada", "password_hash": "s3cr3t"}},
        {"user": {"name": "root", "password_hash": "s3cr3t"}},
    ],
)
def test_mistake_does_not_show_a_password(parts: dict[str, object]) -> None:
    """Errors are copied into mails."""
    with pytest.raises(ConfigError) as refused:
        _config(**parts)

    assert "s3cr3t" not in str(refused.value)


def test_configuration_does_not_show_a_password() -> None:
    """Nor do logs."""
    config = _config(
        user={**_USER, "password_hash": HASH},
        wifi={"ssid": "V", "country": "CH", "password": "s3cr3t-s3cr3t"},
    )

    assert "s3cr3t" not in repr(config)
    assert HASH not in repr(config)
