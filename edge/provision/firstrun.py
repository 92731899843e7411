"""Telling a computer by `firstrun.sh`: Raspberry Pi OS 12 and the first images of 13.

The kernel's command line makes systemd run the script once and start anew. It uses the helpers of
`raspberrypi-sys-mods`, which every such image has. The wireless network is written as a keyfile of
NetworkManager with the name as numbers, so that no character of it can mean anything else.
"""

from shlex import quote
from typing import Final

from edge.provision.computer import BOOT, INSTALL, KIT, MARK, Computer

SCRIPT: Final = "firstrun.sh"
_CUSTOM: Final = "/usr/lib/raspberrypi-sys-mods/imager_custom"
_USERCONF: Final = "/usr/lib/userconf-pi/userconf"
_KEYFILE: Final = "/etc/NetworkManager/system-connections/station.nmconnection"
_LOCKED: Final = "*"
"""A hash that nothing fits; keys let in all the same."""


def files(computer: Computer) -> dict[str, bytes]:
    """Return the script."""
    return {SCRIPT: script(computer).encode()}


def kernel_words(_computer: Computer) -> list[str]:
    """Return what makes systemd run it."""
    return [
        f"systemd.run={BOOT}/{SCRIPT}",
        "systemd.run_success_action=reboot",
        "systemd.unit=kernel-command-line.target",
    ]


def script(computer: Computer) -> str:
    """Return the script: each step is tried and told, and none keeps the next from its turn."""
    user = computer.system.user
    secret = computer.password_hash or _LOCKED
    lines = [
        "#!/bin/sh",
        MARK,
        f"exec >>{BOOT}/{KIT}/firstrun.log 2>&1",
        "set -x",
        f"{_CUSTOM} set_hostname {quote(computer.hostname)}",
        "set +x",
        f"{_USERCONF} {quote(user.name)} {quote(secret)}",
        "set -x",
    ]
    if user.ssh_keys:
        lines.append(f"{_CUSTOM} enable_ssh -k {' '.join(map(quote, user.ssh_keys))}")
    if user.has_free_sudo:
        lines += _file("/etc/sudoers.d/020_station", 440, f"{user.name} ALL=(ALL) NOPASSWD: ALL\n")
    lines.append(f"{_CUSTOM} set_timezone {quote(computer.system.timezone)}")
    if computer.wifi is not None:
        lines += ["set +x", *_file(_KEYFILE, 600, keyfile(computer)), "set -x"]
        lines += ["rfkill unblock wifi", *_UNBLOCK]
    return "\n".join([*lines, f"sh {INSTALL} enable", *_LAST]) + "\n"


_UNBLOCK: Final = (
    "for state in /var/lib/systemd/rfkill/*:wlan; do",
    '    [ -e "$state" ] && echo 0 >"$state"',
    "done",
)
_LAST: Final = (
    # Once only; what else was on the command line stays.
    f"sed -i -E 's/ systemd\\.(run|run_success_action|unit)=[^ ]*//g' {BOOT}/cmdline.txt",
    f"rm -f {BOOT}/{SCRIPT}",
    "sync",
    "exit 0",
)


def _file(path: str, mode: int, text: str) -> list[str]:
    """Return commands that write a file that nobody can read in the meantime."""
    return [
        f"install -D -m {mode} /dev/null {path}",
        f"printf %s {quote(text)} >{path}",
    ]


def keyfile(computer: Computer) -> str:
    """Return the wireless network for NetworkManager (nm-settings-keyfile)."""
    wifi = computer.wifi
    if wifi is None:
        return ""
    name = "".join(f"{byte};" for byte in wifi.ssid.encode())
    lines = [
        *("[connection]", "id=station", "type=wifi", ""),
        *("[wifi]", "mode=infrastructure", f"ssid={name}", f"hidden={str(wifi.hidden).lower()}"),
    ]
    if computer.secret is not None:
        management = "sae" if wifi.security == "sae" else "wpa-psk"
        psk = _escaped(computer.secret)
        lines += ["", "[wifi-security]", f"key-mgmt={management}", f"psk={psk}"]
    return "\n".join([*lines, "", "[ipv4]", "method=auto", "", "[ipv6]", "method=auto", ""])


def _escaped(text: str) -> str:
    """Return a value of a keyfile: backslashes doubled, spaces at the start kept (GKeyFile)."""
    kept = text.lstrip(" ")
    return "\\s" * (len(text) - len(kept)) + kept.replace("\\", "\\\\")
