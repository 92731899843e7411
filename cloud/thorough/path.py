"""The thorough path of a running centre: asks stations, waits for them, looks, and judges.

Requests go the way of events: into the outbox, which survives a kill, and to the broker. Answers
come by `on_answer`. After a restart the events that are open are asked about anew; requests have
the same names then, and what is in the archive already is not asked for.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from typing import Final, Protocol

import structlog

from cloud.aggregator import Aggregator
from cloud.errors import PickerError
from cloud.holdings import Holdings
from cloud.picking import Picker
from cloud.thorough.config import ThoroughConfig
from cloud.thorough.desk import InquiryDesk
from cloud.thorough.inquiry import Inquiry, Request
from cloud.thorough.looking import measured, picked
from cloud.thorough.pieces import Reading
from cloud.thorough.reading import RecordReader
from cloud.thorough.stretch import Planner, joined
from cloud.thorough.verdict import StationPicks
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from cloud.waveforms import WaveformMessage
from edge.concurrency import wait_at_most
from edge.dataclock import DataClock
from edge.errors import TremorError
from edge.messages import Event, State
from edge.messages.command import Command, Reply
from edge.messages.topics import station_topic
from edge.outbox import Lane
from edge.timestamps import format_time, seconds_to_ns

_log = structlog.get_logger(__name__)

_STEP_S: Final = 0.5
_OPEN_NS: Final = seconds_to_ns(60.0)
"""An event is kept open so much longer each time that waveforms are found to be awaited."""
_RECALLED_NS: Final = seconds_to_ns(300.0)
"""After a restart, an event is kept open so long after its origin, until it is asked about."""
_EXPIRES_NS: Final = seconds_to_ns(600.0)
"""A request that reaches its station later is of no use."""
_HERE_NS: Final = seconds_to_ns(2.0)
_TRIES: Final = 3
_TRY_AGAIN_S: Final = 5.0


class Published(Protocol):
    """What the thorough path needs of the centre."""

    def open_events(self) -> list[Event]:
        """Return the events that were published and may still change."""

    def made_as(self, event_id: str) -> str:
        """Return the id under which the aggregator knows a published event."""

    def state_of(self, station: str) -> State | None:
        """Return what a station, NETWORK.STATION, says of itself."""

    async def carry_on(self, made: list[Event]) -> None:
        """Publish events that the aggregator made."""


class ThoroughPath:
    """Inquiries at work; all methods belong to one event loop.

    Args:
        config: Whom to ask, for what.
        opened: Opens the picker; called with the first waveforms.
        aggregator: Judges.
        centre: Publishes.
        holdings: The recordings, and the outbox.
        clock: The data's clock.
        notify: Called after requests were put into the outbox.

    Attributes:
        desk: The inquiries.
    """

    def __init__(
        self,
        config: ThoroughConfig,
        opened: Callable[[], AbstractContextManager[Picker]],
        aggregator: Aggregator,
        centre: Published,
        holdings: Holdings,
        clock: DataClock,
        notify: Callable[[], None],
    ) -> None:
        self._travel_times = travel_times(iasp91())
        self.desk = InquiryDesk(config, Planner(config, self._travel_times))
        self._open = opened
        self._aggregator = aggregator
        self._centre = centre
        self._outbox = holdings.outbox
        self._reader = RecordReader(holdings.waveforms.folder)
        self._clock = clock
        self._notify = notify
        self._resources = contextlib.ExitStack()
        self._picker: Picker | None = None

    def on_event(self, event: Event) -> None:
        """Take a revision that was published."""
        self.desk.on_event(event, self._aggregator.listening())

    def on_remade(self, event: Event) -> None:
        """Take an event that the aggregator made again after a restart: keep it open for now."""
        self._aggregator.await_waveforms(event.id, event.origin_time + _RECALLED_NS)

    def on_answer(self, answer: Reply | WaveformMessage) -> None:
        """Take what a station answered."""
        if isinstance(answer, Reply):
            self.desk.on_reply(answer, self._clock.now_ns())
            return
        digest = hashlib.blake2b(digest_size=12)
        for record in answer.records:
            digest.update(record.content)
        station = f"{answer.network}.{answer.station}"
        self.desk.on_records(answer.request, station, digest.digest())

    async def run(self, stop: asyncio.Event) -> None:
        """Ask and judge until `stop` is set; do nothing where it is switched off."""
        if not self.desk.config.enabled:
            await stop.wait()
            return
        for event in self._centre.open_events():
            self.on_event(event)
        try:
            while not stop.is_set():
                try:
                    await self._step()
                except Exception:  # noqa: BLE001 - an error of ours, told in full; others go on
                    _log.exception("thorough_path_failed")
                await wait_at_most(stop, _STEP_S)
        finally:
            await asyncio.to_thread(self._resources.close)

    async def _step(self) -> None:
        now_ns = self._clock.now_ns()
        for inquiry in self.desk.inquiries.values():
            until_ns = now_ns + _OPEN_NS if inquiry.is_open else 0
            made = self._centre.made_as(inquiry.event.id)
            self._aggregator.await_waveforms(made, until_ns)
        await self._ask(self.desk.requests(now_ns))
        for inquiry in self.desk.due(now_ns):
            try:
                await self._look(inquiry)
            except PickerError as error:
                _log.error("picker_fails", event_id=inquiry.event.id, reason=str(error))
                self.desk.on_judged(inquiry)

    async def _ask(self, requests: Iterable[Request]) -> None:
        """Ask for what is not in the archive yet."""
        asked = False
        for request in requests:
            if await asyncio.to_thread(self._reader.has, request.stretch, _HERE_NS):
                self.desk.is_here(request)
                continue
            await asyncio.to_thread(self._send, request)
            asked = True
            _log.info("waveforms_asked", station=request.stretch.station, request=request.id)
        if asked:
            self._notify()

    def _send(self, request: Request) -> None:
        stretch = request.stretch
        expires_ns = self._clock.wall_ns() + _EXPIRES_NS
        command = Command(
            id=request.id,
            name="waveform",
            arguments={"start": format_time(stretch.start_ns), "end": format_time(stretch.end_ns)},
            expires=expires_ns,
        )
        network, _, station = stretch.station.partition(".")
        topic = station_topic(network, station, "command")
        self._outbox.put(topic, command.to_wire(), lane=Lane.REPLY, expires_ns=expires_ns)

    async def _look(self, inquiry: Inquiry) -> None:
        """Pick what came, and let the verdict hold.

        Raises:
            PickerError: The picker does not work.
        """
        event = inquiry.event
        readings = await asyncio.to_thread(self._readings, inquiry)
        if not readings:
            _log.warning("waveforms_none", event_id=event.id, asked=len(inquiry.requests()))
            self.desk.on_judged(inquiry)
            return
        picker, seen = await self._picked(readings)
        made = self._centre.made_as(event.id)
        verdict = self._aggregator.judge(made, seen, picker)
        _log.info(
            "waveforms_judged",
            event_id=event.id,
            stations=len(readings),
            picks=sum(len(one.picks) for one in seen),
            verdict=type(verdict).__name__.lower(),
        )
        config = self._aggregator.config.magnitude
        shown = verdict or self._aggregator.explained(made)
        motion = await asyncio.to_thread(measured, shown, readings, self._travel_times, config)
        self.desk.on_judged(inquiry)
        if verdict is not None or motion.magnitudes:
            now_ns = self._clock.now_ns()
            await self._centre.carry_on(self._aggregator.on_verdict(made, verdict, motion, now_ns))

    def _readings(self, inquiry: Inquiry) -> dict[str, Reading]:
        found = {}
        for station, requests in inquiry.here().items():
            stretch = joined(one.stretch for one in requests)
            reading = self._reader.read(stretch, self._centre.state_of(station))
            if reading is not None:
                found[station] = reading
        return found

    async def _picked(self, readings: dict[str, Reading]) -> tuple[str, tuple[StationPicks, ...]]:
        """Return the picker's name, and what it saw; one that fails is tried again.

        Raises:
            PickerError: It failed each time.
        """
        tries = 0
        while True:
            tries += 1
            try:
                picker = await self._opened()
                return picker.name, await asyncio.to_thread(picked, readings, picker)
            except PickerError as error:
                if tries == _TRIES:
                    raise
                _log.warning("picker_tried_again", tries=tries, reason=str(error))
                await asyncio.sleep(_TRY_AGAIN_S)

    async def _opened(self) -> Picker:
        """Return the picker; it starts with the first waveforms.

        Raises:
            PickerError: It does not start.
        """
        if self._picker is None:
            start = partial(self._resources.enter_context, self._open())
            try:
                self._picker = await asyncio.to_thread(start)
            except PickerError:
                raise
            except TremorError as error:
                raise PickerError("of the centre", str(error)) from error
        return self._picker
