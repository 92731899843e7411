"""How an agent is, for a change on trial."""

from collections.abc import Callable
from typing import Protocol

from edge.feed import Feed
from edge.publisher import Publisher
from edge.reconfigure.probation import Vitals
from edge.station import Station


class OnTrial(Protocol):
    """A change, or settings."""

    @property
    def network_runs(self) -> bool:
        """A network must run for the station to be well."""


def vitals_of(
    station: Station, feed: Feed, publisher: Publisher, trial: OnTrial | None
) -> Callable[[], Vitals]:
    """Return who says how an agent is.

    Args:
        station: Its samples and detectors.
        feed: Its work.
        publisher: Its connection.
        trial: Says whether a network must run; None where nothing is on trial.
    """
    refused = next((model.reason for model in station.models if not model.running), None)
    runs = any(model.running for model in station.models)
    trouble = None
    if trial is not None and trial.network_runs and not runs:
        trouble = f"the network does not run: {refused or 'there is none'}"

    def vitals() -> Vitals:
        return Vitals(
            connected=publisher.connected,
            packets=station.pipeline.packets,
            dropped=station.source.packets_dropped,
            network_trouble=trouble,
            source_trouble=feed.trouble,
            busy=station.pipeline.is_busy,
        )

    return vitals
