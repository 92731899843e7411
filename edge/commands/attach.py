"""What a station can do on command, by how it is set up."""

from collections.abc import Callable

from edge.commands.drill import DrillHandler
from edge.commands.receiver import Handler
from edge.outbox import Outbox
from edge.station import Station


def handlers(station: Station, outbox: Outbox, now_ns: Callable[[], int]) -> dict[str, Handler]:
    """Return who does which command.

    Args:
        station: What is commanded.
        outbox: Takes what a command sends.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """
    found: dict[str, Handler] = {"drill": DrillHandler(station, outbox, now_ns)}
    if station.archive is not None:
        from edge.commands.waveform import WaveformHandler  # noqa: PLC0415 - needs pymseed

        config = station.config
        found["waveform"] = WaveformHandler(
            config.station, config.archive, station.archive, outbox, now_ns
        )
    return found
