"""What no command may change: with it a station could be lost, taken over or made to run programs.

A trial proves that a station came back, not to whom. So the keys by which it is reached and by
which it is let in stay with the file, and so does everything that names a program, a secret, or
a place where files are deleted or written.
"""

from typing import Final

from edge.reconfigure.config import ConfigureSection
from edge.reconfigure.overlay import Data, lookup

_REACHED: Final = "commands and rights at the broker are by this name"
_LET_IN: Final = "whoever may send commands could make the station theirs, or read a file by it"
_PROGRAM: Final = "it names a program that would be run, or one that would be asked"

PROTECTED: Final[dict[str, str]] = {
    "station.network": _REACHED,
    "station.station": _REACHED,
    "station.location": _REACHED,
    "mqtt.host": "the station would be somebody else's; [configure] broker = true allows it",
    "mqtt.port": "the station would be somebody else's; [configure] broker = true allows it",
    "mqtt.protocol": "the station would be out of reach; [configure] broker = true allows it",
    "mqtt.username": _LET_IN,
    "mqtt.password": _LET_IN,
    "mqtt.password_file": _LET_IN,
    "mqtt.tls": _LET_IN,
    "mqtt.client_id": "two stations with one name end each other's connections",
    "state_dir": "what survives a power cut lies there, this change too",
    "archive.folder": "the oldest days of that folder are deleted",
    "clock.chronyc": _PROGRAM,
    "clock.chrony_socket": _PROGRAM,
    "source.sysfs": "the agent writes there",
    "source.dev": "it belongs to source.sysfs",
    "alarm.command": _PROGRAM,
    "alarm.gpio": "something that is wired to the station would move",
    "alarm.broker": _LET_IN,
    "replay": "it is for recordings",
    "configure": "a change must not choose its judge",
    "enrolment": _LET_IN,
    "update": "who may send networks is decided on site, and how they are judged",
}
_BROKER: Final = ("mqtt.host", "mqtt.port", "mqtt.protocol")


def refusals(before: Data, after: Data, rules: ConfigureSection) -> list[str]:
    """Return why a change is refused, a text a key; none where it may be made.

    Args:
        before: The data in force.
        after: The data with the change.
        rules: What the station file allows.
    """
    return [
        f"{key} is changed on site only, in the station file: {why}"
        for key, why in PROTECTED.items()
        if not (rules.broker and key in _BROKER) and lookup(before, key) != lookup(after, key)
    ]
