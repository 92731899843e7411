"""What a station can do on command, by how it is set up."""

from collections.abc import Callable

from edge.commands.drill import DrillHandler
from edge.commands.receiver import Handler
from edge.outbox import Outbox
from edge.reconfigure.remote import Remote
from edge.station import Station
from edge.update.supervisor import Supervisor


def handlers(
    station: Station,
    outbox: Outbox,
    now_ns: Callable[[], int],
    remote: Remote | None = None,
    updates: Supervisor | None = None,
) -> dict[str, Handler]:
    """Return who does which command.

    Args:
        station: What is commanded.
        outbox: Takes what a command sends.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
        remote: Changes the configuration; None where nobody may.
        updates: Looks for networks over the air; None where nobody does.
    """
    found: dict[str, Handler] = {"drill": DrillHandler(station, outbox, now_ns)}
    if station.archive is not None:
        from edge.commands.waveform import WaveformHandler  # noqa: PLC0415 - needs pymseed

        config = station.config
        found["waveform"] = WaveformHandler(
            config.station, config.archive, station.archive, outbox, now_ns
        )
    if remote is not None:
        from edge.commands.restart import RestartHandler  # noqa: PLC0415 - rare

        found["restart"] = RestartHandler(remote.want_restart, now_ns)
    if remote is not None and station.config.configure.enabled:
        from edge.commands.configure import ConfigureHandler  # noqa: PLC0415 - rare

        network_runs = any(model.running for model in station.models)
        found["configure"] = ConfigureHandler(remote, network_runs=network_runs)
    if updates is not None:
        from edge.commands.update import UpdateHandler  # noqa: PLC0415 - rare

        found["update"] = UpdateHandler(updates.want, updates.report)
    return found
