"""The command `drill`: a trigger marked as an exercise, on the way of real ones.

Arguments, all optional: `onset` (ISO 8601; the moment of the command where left out), `phase`,
`pd_m`, `pga_m_s2`, `jma_intensity`. Detectors, archive and counts know nothing of it, and it gives
way to real triggers where the outbox is full. The centre keeps exercises apart from real events.
"""

from collections.abc import Callable
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from edge.commands.arguments import read_arguments
from edge.commands.receiver import Result
from edge.errors import CommandError
from edge.messages import Phase, Trigger, TriggerStatus
from edge.messages.command import Command
from edge.messages.topics import station_topic
from edge.outbox import Lane, Outbox
from edge.station import Station
from edge.timestamps import Timestamp, format_time, ns_to_seconds, seconds_to_ns

_EARLIEST_S: Final = 600.0
_LATEST_S: Final = 5.0
"""The clock of who sends the command may be ahead of ours; the centre takes no onset beyond."""
_LIFE_NS: Final = seconds_to_ns(600.0)
"""An exercise that comes later disturbs the next one."""


class DrillArguments(BaseModel):
    """What is to be played."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    onset: Timestamp | None = None
    phase: Phase = Phase.P
    pd_m: float | None = Field(default=None, ge=0, le=10)
    pga_m_s2: float | None = Field(default=None, ge=0, le=100)
    jma_intensity: float | None = Field(default=None, ge=-3, le=8)


class DrillHandler:
    """Sends a trigger that is none.

    Args:
        station: Whose trigger it would be.
        outbox: Takes it.
        now_ns: The wall clock, nanoseconds since 1970 UTC.
    """

    def __init__(self, station: Station, outbox: Outbox, now_ns: Callable[[], int]) -> None:
        self._station = station
        self._outbox = outbox
        self._now_ns = now_ns

    def __call__(self, command: Command) -> Result:
        """Put the exercise into the outbox.

        Raises:
            CommandError: The arguments are wrong, or the station could not trigger either.
        """
        trigger = self._trigger(command, read_arguments(command, DrillArguments))
        topic = station_topic(trigger.network, trigger.station, "trigger")
        kept = self._outbox.put(
            topic, trigger.to_wire(), lane=Lane.REPLY, expires_ns=trigger.sent + _LIFE_NS
        )
        if kept is None:
            raise CommandError(command.name, "the outbox is full of triggers; try later")
        if self._station.alarm is not None:
            self._station.alarm.drill(trigger)
        return f"exercise {trigger.id}", {"trigger": trigger.id}

    def _trigger(self, command: Command, wanted: DrillArguments) -> Trigger:
        now_ns, place = self._now_ns(), self._station.config.station
        onset_ns = now_ns if wanted.onset is None else wanted.onset
        after_s = ns_to_seconds(onset_ns - now_ns)
        if not -_EARLIEST_S <= after_s <= _LATEST_S:
            reason = (
                f"onset lies {after_s:g} s after the station's clock; give one from "
                f"{-_EARLIEST_S:g} s to {_LATEST_S:g} s"
            )
            raise CommandError(command.name, reason)
        clock = self._station.pipeline.clock
        if clock is None:
            raise CommandError(command.name, "no samples yet: this station could not trigger")
        return Trigger(
            id=f"drill-{place.network}.{place.station}.{place.location}-{_compact(onset_ns)}",
            revision=0,
            status=TriggerStatus.FINAL,
            network=place.network,
            station=place.station,
            location=place.location,
            channels=self._station.pipeline.channels,
            latitude=place.latitude,
            longitude=place.longitude,
            elevation_m=place.elevation_m,
            onset=onset_ns,
            onset_uncertainty_s=0.1,
            phase=wanted.phase,
            window_s=max(0.0, -after_s),
            pd_m=wanted.pd_m,
            pga_m_s2=wanted.pga_m_s2,
            jma_intensity=wanted.jma_intensity,
            clock=clock,
            exercise=True,
            sent=now_ns,
        )


def _compact(time_ns: int) -> str:
    """Return a time to the hundredth of a second, as in the ids of real triggers."""
    return format_time(time_ns).replace("-", "").replace(":", "").rstrip("Z")[:-4] + "Z"
