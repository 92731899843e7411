"""An alarm on stations: one trouble of one or many, from its begin to its end."""

from pydantic import Field

from cloud.board.trouble import Trouble
from edge.messages.base import Message
from edge.timestamps import Timestamp


class Affected(Message):
    """One station of an alarm, or a rollout."""

    station: str = Field(description="NETWORK.STATION, or `rollout ID`", examples=["MX.003"])
    text: str = Field(description="What was wrong when it was noticed")
    began: Timestamp
    ended: Timestamp | None = Field(default=None, description="Null: it goes on")


class FleetAlarm(Message):
    """An alarm on stations as it stands; also on MQTT, `tremor/v1/alarm/<id>`, retained."""

    id: str
    revision: int = Field(ge=0, description="Counts every change")
    kind: Trouble
    headline: str = Field(description="One line for people")
    stations: tuple[Affected, ...]
    began: Timestamp = Field(description="When the trouble began")
    published: Timestamp
    ended: Timestamp | None = Field(default=None, description="Null: it goes on")
    acknowledged: Timestamp | None = None
    acknowledged_by: str | None = None

    @property
    def open_stations(self) -> tuple[str, ...]:
        """Names of those for which it goes on."""
        return tuple(one.station for one in self.stations if one.ended is None)
