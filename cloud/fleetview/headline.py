"""An alarm on stations in one line."""

from typing import Final

from cloud.board.alarm import FleetAlarm
from cloud.board.trouble import Trouble

_MANY: Final = {
    Trouble.SILENT: "stations gone quiet at once: power, line or broker rather than the stations",
    Trouble.STRANGER: "stations have not introduced themselves",
    Trouble.CLOCK: "stations have lost their clock: time server or line",
    Trouble.LATE: "stations send late data",
    Trouble.QUEUE: "stations cannot send what they have: line or broker",
    Trouble.MODEL: "stations do not run their network",
    Trouble.NOISE: "stations are noisy: weather, traffic or an earthquake's coda",
    Trouble.DOUBT: "stations are not believed",
    Trouble.DISK: "stations run out of disk",
    Trouble.ARCHIVE: "stations cannot write their recordings",
    Trouble.TEMPERATURE: "stations are too hot or too cold",
    Trouble.MOVED: "stations say that they have moved",
    Trouble.TWIN: "codes are used twice",
    Trouble.ROLLBACK: "stations gave back what they were to run: the release rather than them",
    Trouble.REFUSED: "stations do not take what they are to run",
    Trouble.BEHIND: "stations do not run what they are to run since long",
    Trouble.CERTIFICATE: "stations do not renew their certificates: they will fall silent",
    Trouble.ROLLOUT: "rollouts stand still",
}
_ONE: Final = {Trouble.SILENT: "gone quiet: "}
_A_FEW: Final = 3


def headline(alarm: FleetAlarm) -> str:
    """Return the line; it says whether the alarm is over."""
    if len(alarm.stations) == 1:
        one = alarm.stations[0]
        words = f"{one.station} {_ONE.get(alarm.kind, '')}{one.text}"
    elif len(alarm.stations) <= _A_FEW:
        names = ", ".join(one.station for one in alarm.stations)
        words = f"{len(alarm.stations)} {_MANY[alarm.kind]} ({names})"
    else:
        words = f"{len(alarm.stations)} {_MANY[alarm.kind]}"
    if alarm.ended is not None:
        return f"Over: {words}"
    left = len(alarm.open_stations)
    return words if left == len(alarm.stations) else f"{words}; {left} still"
