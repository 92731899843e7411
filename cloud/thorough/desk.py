"""Keeps account of what is asked of whom for which event: no clock, no net, no disk.

desk.on_event(event, listening)       an event began, moved, grew or ended
for request in desk.requests(now_ns)  what is to be asked now; each is given once
desk.on_reply(...), desk.on_records(...), desk.is_here(...)
for inquiry in desk.due(now_ns)       everybody answered, or time is over
desk.on_judged(...)                   its waveforms were looked at
"""

import re
from collections.abc import Iterable
from typing import Final

import structlog

from cloud.association.stations import Station
from cloud.thorough.config import ThoroughConfig
from cloud.thorough.inquiry import Inquiry, Progress, Request
from cloud.thorough.stretch import Planner
from edge.messages import Event, EventStatus
from edge.messages.command import Reply
from edge.timestamps import seconds_to_ns

_log = structlog.get_logger(__name__)

_ORDER: Final = (EventStatus.POSSIBLE, EventStatus.PRELIMINARY, EventStatus.DECLARED)
_CLOSED: Final = (EventStatus.FINAL, EventStatus.RETRACTED)
_WAIT: Final = re.compile(r"ask in (\d{1,6}) s")
_LATER: Final = re.compile(r"ask again later|try later")
_LATER_S: Final = 20.0
_MOST_CLOSED: Final = 1024
_MOST_MESSAGES: Final = 4096
"""Messages of one answer that are told apart; an honest one has a few."""


class InquiryDesk:
    """The inquiries of the moment.

    Args:
        config: Whom, for what, how long.
        planner: Knows the stretches.
    """

    def __init__(self, config: ThoroughConfig, planner: Planner) -> None:
        self.config = config
        self.inquiries: dict[str, Inquiry] = {}
        self._planner = planner
        self._closed: dict[str, None] = {}

    def on_event(self, event: Event, listening: Iterable[Station]) -> None:
        """Take a revision of an event, as it was published.

        Args:
            event: The revision.
            listening: Stations that are online.
        """
        if event.exercise or event.id in self._closed:
            return
        if event.status in _CLOSED:
            self.close(event.id)
            return
        inquiry = self.inquiries.get(event.id)
        if inquiry is None:
            if _ORDER.index(event.status) < _ORDER.index(self.config.ask_from):
                return
            inquiry = self.inquiries[event.id] = Inquiry(event)
            self._make_room()
        inquiry.event = event
        if inquiry.rounds >= self.config.rounds:
            return
        inquiry.plan(self._planner.stretches(event, listening))

    def requests(self, now_ns: int) -> list[Request]:
        """Return what is to be asked now; it counts as asked.

        What was asked for another event already is not asked again: both get the answer.

        Args:
            now_ns: The data's clock.
        """
        delay_ns = seconds_to_ns(self.config.delay_s)
        found = []
        for inquiry in self.inquiries.values():
            for request in inquiry.requests():
                ready_ns = max(request.stretch.end_ns + delay_ns, request.not_before_ns)
                if request.progress is Progress.WAITING and now_ns >= ready_ns:
                    twins = [one for _, one in self._named(request.id) if one is not request]
                    request.progress, request.asked_ns = Progress.ASKED, now_ns
                    if not any(request.learn_from(twin) for twin in twins):
                        found.append(request)
        return found

    def on_reply(self, reply: Reply, now_ns: int) -> None:
        """Take what a station says of a request; replies to others are passed over.

        Args:
            reply: The reply.
            now_ns: The data's clock.
        """
        for inquiry, request in self._named(reply.id):
            if request.stretch.station != f"{reply.network}.{reply.station}":
                continue
            if request.progress is not Progress.ASKED:
                continue
            if reply.ok:
                messages = reply.result.get("messages")
                request.expected = messages if isinstance(messages, int) else None
                request.settle()
            else:
                self._refused(inquiry, request, reply.text, now_ns)

    def on_records(self, request_id: str, station: str, digest: bytes) -> None:
        """Take the news that records came; the same ones twice count once.

        Args:
            request_id: Whose answer they are.
            station: NETWORK.STATION that sent them.
            digest: A hash of them.
        """
        for _, request in self._named(request_id):
            if request.stretch.station == station and len(request.received) < _MOST_MESSAGES:
                request.received.add(digest)
                request.settle()

    def is_here(self, request: Request) -> None:
        """Take the news that what a request wants is at hand."""
        request.progress = Progress.HERE

    def due(self, now_ns: int) -> list[Inquiry]:
        """Return the inquiries whose waveforms are to be looked at now.

        Args:
            now_ns: The data's clock.
        """
        found = []
        for inquiry in self.inquiries.values():
            if not inquiry.is_open or inquiry.being_judged:
                continue
            if inquiry.is_settled or now_ns >= self.deadline_ns(inquiry):
                self._tell_missing(inquiry)
                inquiry.being_judged = True
                found.append(inquiry)
        return found

    def deadline_ns(self, inquiry: Inquiry) -> int:
        """Return when an inquiry waits no longer, on the data's clock."""
        delay_ns = seconds_to_ns(self.config.delay_s)
        asked_ns = [max(one.asked_ns, one.stretch.end_ns + delay_ns) for one in inquiry.requests()]
        return max(asked_ns, default=0) + seconds_to_ns(self.config.deadline_s)

    def on_judged(self, inquiry: Inquiry) -> None:
        """Take the news that an inquiry's waveforms were looked at."""
        inquiry.end_round()

    def close(self, event_id: str) -> None:
        """Ask no more about an event."""
        self.inquiries.pop(event_id, None)
        self._closed[event_id] = None
        while len(self._closed) > _MOST_CLOSED:
            self._closed.pop(next(iter(self._closed)))

    def _named(self, request_id: str) -> list[tuple[Inquiry, Request]]:
        """Return the requests of a name; several events may want the same stretch."""
        return [
            (inquiry, request)
            for inquiry in self.inquiries.values()
            for request in inquiry.requests()
            if request.id == request_id
        ]

    def _refused(self, inquiry: Inquiry, request: Request, reason: str, now_ns: int) -> None:
        """Ask again when the station says that it makes sense, and as often as is allowed."""
        wait_s = _wait_s(reason)
        again = wait_s is not None and request.attempt < self.config.attempts
        _log.warning(
            "waveforms_refused",
            station=request.stretch.station,
            request=request.id,
            reason=reason[:500],
            again_in_s=wait_s if again else None,
        )
        if wait_s is None or not again:
            request.give_up(reason)
            return
        inquiry.ask_again(request, now_ns + seconds_to_ns(wait_s))

    def _tell_missing(self, inquiry: Inquiry) -> None:
        for request in inquiry.requests():
            if request.progress in (Progress.WAITING, Progress.ASKED):
                request.give_up(request.missing())
                _log.warning(
                    "waveforms_missing",
                    event_id=inquiry.event.id,
                    station=request.stretch.station,
                    request=request.id,
                    reason=request.reason,
                )

    def _make_room(self) -> None:
        """Let the smallest event give way where there are too many."""
        while len(self.inquiries) > self.config.most_events:
            smallest = min(self.inquiries.values(), key=lambda one: len(one.event.stations))
            _log.warning("inquiry_gave_way", event_id=smallest.event.id)
            self.close(smallest.event.id)


def _wait_s(reason: str) -> float | None:
    """Return in how many seconds a station wants to be asked again; None for never."""
    if (found := _WAIT.search(reason)) is not None:
        return float(found[1])
    return _LATER_S if _LATER.search(reason) else None
