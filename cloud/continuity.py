"""One earthquake stays one event over a restart of the centre.

After a restart the aggregator is fed the triggers of the last minutes again and makes its events
anew. They may be numbered from 0, and, as time passed differently, even bear another id. Here
they are tied to the events that were published before: same id, revisions counting on.
"""

from collections.abc import Iterable

from edge.geodesy import great_circle_km
from edge.messages import Event, EventMethod, EventStatus
from edge.timestamps import ns_to_seconds

_SAME_S = 30.0
_SAME_KM = 150.0
_MOST = 4_096
_CLOSED = (EventStatus.FINAL, EventStatus.RETRACTED)


class Continuity:
    """Ids and revisions of events across a restart.

    Args:
        published: The newest revision of each event that was published before.
    """

    def __init__(self, published: Iterable[Event] = ()) -> None:
        self._latest = {event.id: event for event in published}
        self._alias: dict[str, str] = {}
        self._remade: dict[str, Event] = {}
        self._made: dict[str, str] = {}

    def made_as(self, name: str) -> str:
        """Return the id under which the aggregator knows a published event."""
        return self._made.get(name, name)

    def open_events(self) -> list[Event]:
        """Return the published events that the aggregator holds and that may still change."""
        return [
            event
            for name, event in self._latest.items()
            if name in self._made and event.status not in _CLOSED
        ]

    def recall(self, remade: Event) -> None:
        """Take an event that the aggregator made from triggers of before the restart.

        It is not to be published: it was, under its own id or under that of its like.
        """
        self._remade[remade.id] = remade
        if remade.id not in self._latest and remade.id not in self._alias:
            like = self._like(remade)
            if like is not None:
                self._alias[remade.id] = like
        self._made[self._alias.get(remade.id, remade.id)] = remade.id

    def recalled(self) -> list[Event]:
        """Return what is to be published after all: where the restart cut a revision off."""
        remade, self._remade = list(self._remade.values()), {}
        open_ones = [event for event in remade if not self._is_closed(event)]
        return [onward for event in open_ones if (onward := self.carry_on(event)) is not None]

    def carry_on(self, event: Event) -> Event | None:
        """Return the event as it shall be published, or None where it says nothing new.

        Args:
            event: As the aggregator made it.
        """
        name = self._alias.get(event.id, event.id)
        self._made[name] = event.id
        before = self._latest.get(name)
        if before is None:
            self._keep(event)
            return event
        if _is_poorer(event, before):
            if event.status not in _CLOSED:
                return None
            event = before.model_copy(
                update={"status": EventStatus.FINAL, "published": event.published}
            )
        revision = max(event.revision, before.revision + 1)
        onward = event.model_copy(
            update={
                "id": name,
                "revision": revision,
                "first_published": before.first_published,
            }
        )
        if _substance(onward) == _substance(before):
            return None
        self._keep(onward)
        return onward

    def _is_closed(self, event: Event) -> bool:
        before = self._latest.get(self._alias.get(event.id, event.id))
        return before is not None and before.status in _CLOSED

    def _keep(self, event: Event) -> None:
        self._latest.pop(event.id, None)
        self._latest[event.id] = event
        while len(self._latest) > _MOST:
            oldest = next(iter(self._latest))
            del self._latest[oldest]
            self._made.pop(oldest, None)

    def _like(self, event: Event) -> str | None:
        for known in self._latest.values():
            if known.status is EventStatus.RETRACTED or known.exercise != event.exercise:
                continue
            apart_s = abs(ns_to_seconds(known.origin_time - event.origin_time))
            apart_km = great_circle_km(
                (known.latitude, known.longitude), (event.latitude, event.longitude)
            )
            if apart_s <= _SAME_S and apart_km <= _SAME_KM:
                return known.id
        return None


def _is_poorer(event: Event, before: Event) -> bool:
    """Return whether an event made anew from triggers was published as its waveforms show it."""
    return before.method is EventMethod.WAVEFORMS and event.method is EventMethod.TRIGGERS


def _substance(event: Event) -> Event:
    """Return the event without what every revision changes."""
    return event.model_copy(update={"revision": 0, "published": 0})
