"""One event's inquiry: which stretches are wanted, and what became of each request."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from cloud.thorough.stretch import Stretch
from edge.messages import Event
from edge.timestamps import format_time, ns_to_seconds, seconds_to_ns

_NOT_WORTH_NS: Final = seconds_to_ns(20.0)
"""So much may be missing at either end of a stretch: margins are wide."""


class Progress(Enum):
    """How far a request is."""

    WAITING = auto()
    """It is not time yet."""
    ASKED = auto()
    HERE = auto()
    GIVEN_UP = auto()


@dataclass(slots=True, eq=False)
class Request:
    """One stretch asked of one station."""

    stretch: Stretch
    attempt: int = 1
    progress: Progress = Progress.WAITING
    not_before_ns: int = 0
    asked_ns: int = 0
    """When it was asked, on the data's clock."""
    expected: int | None = None
    """Messages that the station says it sent."""
    received: set[bytes] = field(default_factory=set)
    """Hashes of the messages that came."""
    reason: str | None = None
    """Why it was given up."""

    @property
    def id(self) -> str:
        """Return its name: the same stretch and attempt have the same, over a restart too."""
        moment = format_time(self.stretch.start_ns)[:19].replace("-", "").replace(":", "")
        length_s = ns_to_seconds(self.stretch.end_ns - self.stretch.start_ns)
        return f"wf-{self.stretch.station}-{moment}-{length_s:.0f}-{self.attempt}"

    def learn_from(self, twin: "Request") -> bool:
        """Take over what is known of the same request of another event; return if it was asked."""
        if twin.progress is Progress.HERE:
            self.progress = Progress.HERE
        self.expected, self.received = twin.expected, set(twin.received)
        return twin.progress in (Progress.ASKED, Progress.HERE)

    def settle(self) -> None:
        """Be here, once the station said how many messages it sent and so many came."""
        if self.progress is Progress.ASKED and self.expected is not None:
            if self.expected == 0:
                self.give_up("the station has no record of this time")
            elif len(self.received) >= self.expected:
                self.progress = Progress.HERE

    def give_up(self, reason: str) -> None:
        """Want it no more."""
        self.progress, self.reason = Progress.GIVEN_UP, reason

    def missing(self) -> str:
        """Return what did not come."""
        if self.expected is None:
            return "no answer"
        return f"{len(self.received)} of {self.expected} messages came"


@dataclass(slots=True, eq=False)
class Inquiry:
    """What is asked about an event."""

    event: Event
    """As it was published last."""
    rounds: int = 0
    """How often its waveforms were looked at."""
    is_open: bool = False
    """Whether there is something new to look at, or will be."""
    being_judged: bool = False
    _wanted: dict[str, list[Request]] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will come."""
        over = (Progress.HERE, Progress.GIVEN_UP)
        return all(request.progress in over for request in self.requests())

    def requests(self) -> list[Request]:
        """Return all requests, by station in the order of asking."""
        return [request for requests in self._wanted.values() for request in requests]

    def here(self) -> dict[str, list[Request]]:
        """Return the requests whose answers are at hand, wholly or in part, by station."""
        found: dict[str, list[Request]] = {}
        for request in self.requests():
            if request.progress is Progress.HERE or request.received:
                found.setdefault(request.stretch.station, []).append(request)
        return found

    def plan(self, stretches: Iterable[Stretch]) -> None:
        """Want these; what was asked already is not asked again."""
        wanted = {stretch.station: stretch for stretch in stretches}
        for station in list(self._wanted):
            asked = [r for r in self._wanted[station] if r.progress is not Progress.WAITING]
            retries = [r for r in self._wanted[station] if r.attempt > 1 and r not in asked]
            self._wanted[station] = [*asked, *retries]
        for station, stretch in wanted.items():
            known = self._wanted.setdefault(station, [])
            known += [Request(part) for part in _missing(stretch, [r.stretch for r in known])]
        self._wanted = {station: known for station, known in self._wanted.items() if known}
        self.is_open = self.is_open or not self.is_settled

    def ask_again(self, refused: Request, not_before_ns: int) -> None:
        """Put another attempt in the place of a request that was refused for now."""
        known = self._wanted[refused.stretch.station]
        known[known.index(refused)] = Request(
            refused.stretch, refused.attempt + 1, not_before_ns=not_before_ns
        )

    def end_round(self) -> None:
        """Rest until something new is wanted."""
        self.rounds += 1
        self.being_judged = False
        self.is_open = not self.is_settled


def _missing(wanted: Stretch, asked: list[Stretch]) -> list[Stretch]:
    """Return what of a stretch was not asked for and is worth it."""
    if not asked:
        return [wanted]
    start_ns = min(one.start_ns for one in asked)
    end_ns = max(one.end_ns for one in asked)
    parts = []
    if start_ns - wanted.start_ns > _NOT_WORTH_NS:
        parts.append(Stretch(wanted.station, wanted.start_ns, start_ns))
    if wanted.end_ns - end_ns > _NOT_WORTH_NS:
        parts.append(Stretch(wanted.station, end_ns, wanted.end_ns))
    return parts
