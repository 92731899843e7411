"""Computers to be told: an ordinary one, and the most hostile ones that are allowed."""

from edge.provision.computer import Computer
from edge.provision.system import SystemConfig
from edge.settings import validated
from tests.edge.provision.conftest import HASH, KEY

SSIDS = (
    *("Café ☕", '"quoted"', "it's", "back\\slash\\", "$(reboot)", "`reboot`", "; reboot #"),
    *(" leading", "trailing ", "#hash", "no", "{a: b}", "名前", "😀👩‍🚀", "a" * 32, "%s%n", "\\n"),
)
PASSWORDS = (
    *("qu\"ote's", "back\\slash\\n", "$(reboot)", "`reboot`", "; reboot #", " leading space"),
    *("trailing space ", "ñandú ☕☕", "%s%n%x%d", "key: [value", "=psk=psk=", "12345678"),
)
HOSTILE_KEY = f"""{KEY} '; reboot; echo "$(id)" \\"""


def computer(
    wifi: dict[str, object] | None = None, user: dict[str, object] | None = None
) -> Computer:
    """Return a computer."""
    parts = {
        "board": "raspberry-pi-4",
        "user": {"name": "ada", "ssh_keys": [KEY], **(user or {})},
        **({} if wifi is None else {"wifi": {"country": "CH", **wifi}}),
    }
    return Computer(validated(parts, SystemConfig), "XX", "KARA1", "xx-kara1-0badcafe")


GOLDEN = {
    "cable": computer(),
    "wpa2": computer({"ssid": "Valley", "password": "correct horse battery"}),
    "open": computer({"ssid": "Café ☕", "security": "open", "hidden": True}),
    "wpa3": computer(
        {"ssid": '"; reboot #', "security": "sae", "password": 'it\'s "$(x)" ☕'},
        {"ssh_keys": [HOSTILE_KEY, KEY], "password_hash": HASH},
    ),
}
"""By name of the folder with what is expected."""
