"""The thorough path of a replay: waveforms come straight from the recordings.

A station is asked at the moment of the data's clock at which a running centre would ask it, and
answers at once with what it has recorded until then.
"""

from collections.abc import Iterable, Mapping, Sequence

from cloud.aggregator import Aggregator
from cloud.picking import Picker
from cloud.thorough.config import ThoroughConfig
from cloud.thorough.desk import InquiryDesk
from cloud.thorough.inquiry import Inquiry, Request
from cloud.thorough.looking import measured, picked
from cloud.thorough.pieces import Piece, Reading, put_together
from cloud.thorough.recorded import RecentRecord
from cloud.thorough.stretch import Planner, joined
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import Event
from edge.timestamps import seconds_to_ns

_OPEN_NS = seconds_to_ns(60.0)
"""An event is kept open so much longer each time that waveforms are found to be awaited."""


class ReplayedThorough:
    """Asks, looks and judges on the data's clock.

    Args:
        config: Whom to ask, for what.
        aggregator: The one of the replay.
        records: What each station recorded of late, by NETWORK.STATION.
        picker: Picks.
    """

    def __init__(
        self,
        config: ThoroughConfig,
        aggregator: Aggregator,
        records: Mapping[str, RecentRecord],
        picker: Picker,
    ) -> None:
        self._travel_times = travel_times(iasp91())
        self._desk = InquiryDesk(config, Planner(config, self._travel_times))
        self._aggregator = aggregator
        self._records = records
        self._picker = picker
        self._cut: dict[str, tuple[Piece, ...]] = {}
        """What came on each request, by its id."""

    def on_events(self, events: Iterable[Event]) -> None:
        """Take revisions that went out."""
        for event in events:
            self._desk.on_event(event, self._aggregator.listening())

    def advance(self, now_ns: int) -> list[Event]:
        """Let time pass; return the revisions that waveforms made.

        Args:
            now_ns: The data's clock.
        """
        for inquiry in self._desk.inquiries.values():
            until_ns = now_ns + _OPEN_NS if inquiry.is_open else 0
            self._aggregator.await_waveforms(inquiry.event.id, until_ns)
        for request in self._desk.requests(now_ns):
            self._cut[request.id] = self._records[request.stretch.station].pieces(request.stretch)
            self._desk.is_here(request)
        open_ones = {one.id for each in self._desk.inquiries.values() for one in each.requests()}
        self._cut = {name: cut for name, cut in self._cut.items() if name in open_ones}
        events: list[Event] = []
        for inquiry in self._desk.due(now_ns):
            events += self._look(inquiry, now_ns)
        return events

    def _look(self, inquiry: Inquiry, now_ns: int) -> list[Event]:
        event_id = inquiry.event.id
        readings = {
            station: reading
            for station, requests in inquiry.here().items()
            if (reading := self._reading(station, requests)) is not None
        }
        self._desk.on_judged(inquiry)
        verdict = self._aggregator.judge(
            event_id, picked(readings, self._picker), self._picker.name
        )
        shown = verdict or self._aggregator.explained(event_id)
        config = self._aggregator.config.magnitude
        motion = measured(shown, readings, self._travel_times, config)
        if verdict is None and not motion.magnitudes:
            return []
        events = self._aggregator.on_verdict(event_id, verdict, motion, now_ns)
        self.on_events(events)
        return events

    def _reading(self, station: str, requests: Sequence[Request]) -> Reading | None:
        stretch = joined(one.stretch for one in requests)
        pieces = [piece for one in requests for piece in self._cut.get(one.id, ())]
        return put_together(station, pieces, stretch.start_ns, stretch.end_ns, calibrated=True)
