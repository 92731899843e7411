"""Telling a computer by cloud-init: Raspberry Pi OS 13 of 2025 and 2026, Ubuntu, Debian's images.

The data source NoCloud reads three files on the boot partition. `ds=nocloud;i=NAME` on the kernel's
command line makes it believe its copy at later boots, when the files were blanked.

`bootcmd` runs at every boot and before users are made, `runcmd` once and at the end: between them
lies what a power cut must not leave half done (install.sh, `first`).
"""

from typing import Final

from edge.provision.computer import GROUPS, INSTALL, MARK, Computer
from edge.provision.yaml import to_yaml

USER_DATA: Final = "user-data"
NETWORK_CONFIG: Final = "network-config"
META_DATA: Final = "meta-data"


def files(computer: Computer) -> dict[str, bytes]:
    """Return the three files, by name."""
    return {
        USER_DATA: f"#cloud-config\n{MARK}\n{to_yaml(user_data(computer))}".encode(),
        NETWORK_CONFIG: f"{MARK}\n{to_yaml(network_config(computer))}".encode(),
        META_DATA: f"{MARK}\n{to_yaml(meta_data(computer))}".encode(),
    }


def kernel_words(computer: Computer) -> list[str]:
    """Return what the kernel's command line says besides."""
    return [f"ds=nocloud;i={computer.instance}"]


def user_data(computer: Computer) -> dict[str, object]:
    """Return who may log in, and the one command that installs the station."""
    return {
        "hostname": computer.hostname,
        "manage_etc_hosts": True,
        "timezone": computer.system.timezone,
        "ssh_pwauth": False,
        "users": [_user(computer)],
        "bootcmd": [["sh", "-c", f"! test -e {INSTALL} || sh {INSTALL} first"]],
        "runcmd": [["sh", INSTALL, "begin"]],
    }


def meta_data(computer: Computer) -> dict[str, object]:
    """Return which instance this is.

    The name is kept here as well, for the day when user-data is blanked.
    """
    return {"instance-id": computer.instance, "local-hostname": computer.hostname}


def network_config(computer: Computer) -> dict[str, object]:
    """Return the network: a cable where there is one, and the wireless one (netplan, version 2)."""
    network: dict[str, object] = {
        "version": 2,
        # Boot does not wait for a cable that is not plugged in.
        "ethernets": {"eth0": {"dhcp4": True, "dhcp6": True, "optional": True}},
    }
    if computer.wifi is not None:
        network["wifis"] = {
            "wlan0": {
                "dhcp4": True,
                "dhcp6": True,
                "optional": True,
                "regulatory-domain": computer.wifi.country,
                "access-points": {computer.wifi.ssid: _access_point(computer)},
            }
        }
    return {"network": network}


def _user(computer: Computer) -> dict[str, object]:
    user = computer.system.user
    entry: dict[str, object] = {
        "name": user.name,
        "groups": list(GROUPS),
        "shell": "/bin/bash",
        "lock_passwd": computer.password_hash is None,
    }
    if computer.password_hash is not None:
        entry["passwd"] = computer.password_hash
    if user.ssh_keys:
        entry["ssh_authorized_keys"] = list(user.ssh_keys)
    if user.has_free_sudo:
        entry["sudo"] = "ALL=(ALL) NOPASSWD:ALL"
    return entry


def _access_point(computer: Computer) -> dict[str, object]:
    wifi = computer.wifi
    point: dict[str, object] = {"hidden": True} if wifi and wifi.hidden else {}
    if wifi and wifi.security == "sae":
        point["auth"] = {"key-management": "sae", "password": computer.secret}
    elif computer.secret is not None:
        point["password"] = computer.secret
    return point
