"""Telling a computer by `rpi-preseed.toml`: Raspberry Pi OS from mid-2026 on.

Its reader knows a part of TOML: texts on one line, in which a backslash stands only before another
or before a quotation mark. It blanks the secrets of the file by itself.
"""

from typing import Final

from edge.errors import ProvisionError
from edge.provision.computer import INSTALL, MARK, Computer

FILE: Final = "rpi-preseed.toml"
_VERSION: Final = "1.0"


def files(computer: Computer) -> dict[str, bytes]:
    """Return the file."""
    return {FILE: preseed(computer).encode()}


def kernel_words(_computer: Computer) -> list[str]:
    """Return nothing: that the file is there is enough."""
    return []


def preseed(computer: Computer) -> str:
    """Return the file's text.

    Raises:
        ProvisionError: The password of a WPA3 network would not arrive as it is.
    """
    user = computer.system.user
    account: dict[str, object] = {"name": user.name}
    if computer.password_hash is not None:
        account |= {"password": computer.password_hash, "password_encrypted": True}
    sections: dict[str, dict[str, object]] = {
        "system": {"hostname": computer.hostname},
        "user": {**account, "passwordless_sudo": user.has_free_sudo},
        "ssh": {
            "enabled": bool(user.ssh_keys),
            "password_authentication": False,
            "authorized_keys": list(user.ssh_keys),
        },
        "wlan": _wlan(computer),
        "locale": {"timezone": computer.system.timezone},
        # Before the network is up: the station is installed without one.
        "runcmd": {"early": [f"sh {INSTALL} begin"]},
    }
    lines = [MARK, f"config_version = {_quoted(_VERSION)}"]
    for name, section in sections.items():
        if section:
            lines += ["", f"[{name}]", *(f"{key} = {_value(v)}" for key, v in section.items())]
    return "\n".join(lines) + "\n"


def _wlan(computer: Computer) -> dict[str, object]:
    wifi = computer.wifi
    if wifi is None:
        return {}
    # As digits no character of a name can mean anything to a keyfile.
    section: dict[str, object] = {"ssid_hex": wifi.ssid.encode().hex()}
    if computer.secret is not None:
        if computer.secret.startswith(" ") or "\\" in computer.secret:
            raise ProvisionError(
                "wifi.password",
                "rpi-preseed would spoil a backslash or a space at the start; change the password, "
                'or use a network with security = "wpa-psk"',
            )
        section |= {"password": computer.secret, "password_encrypted": wifi.security == "wpa-psk"}
    management = "none" if wifi.security == "open" else wifi.security
    return {**section, "hidden": wifi.hidden, "country": wifi.country, "key_mgmt": management}


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case list():
            return f"[{', '.join(_quoted(str(inner)) for inner in value)}]"
    raise TypeError(f"no TOML for {value!r}")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
