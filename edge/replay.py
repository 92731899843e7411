"""The whole station over recorded data, on the data's clock: as fast as it goes, same bytes."""

from collections.abc import Iterator
from pathlib import Path

from edge.messages import Trigger
from edge.station import Station


def replay(station: Station) -> Iterator[Trigger]:
    """Yield every trigger revision that the recording causes, in the order of its making."""
    for packet in station.source.packets():
        yield from station.pipeline.push(packet)
    yield from station.pipeline.flush()


def write_triggers(station: Station, out: Path) -> int:
    """Write one JSON object a revision and line; returns how many.

    The file appears only when it is whole.
    """
    partial = out.with_name(out.name + ".part")
    count = 0
    with partial.open("wb") as file:
        for trigger in replay(station):
            file.write(trigger.to_wire() + b"\n")
            count += 1
    partial.replace(out)
    return count
