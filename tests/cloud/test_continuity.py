"""One earthquake stays one event over a restart."""

from cloud.continuity import Continuity
from edge.messages import Event, EventMethod, EventStatus

SECOND = 1_000_000_000


def event(
    name: str = "e",
    revision: int = 0,
    status: EventStatus = EventStatus.DECLARED,
    origin_s: float = 0.0,
    latitude: float = 17.0,
    magnitude: float = 5.0,
) -> Event:
    """Return a revision of an event."""
    return Event(
        id=name,
        revision=revision,
        status=status,
        origin_time=round(origin_s * SECOND),
        latitude=latitude,
        longitude=-99.0,
        depth_km=10.0,
        horizontal_uncertainty_km=2.0,
        magnitude=magnitude,
        stations=("XX.A",),
        first_published=SECOND,
        published=revision * SECOND,
    )


def test_without_a_past_events_pass_as_they_are() -> None:
    """The aggregator counts by itself."""
    continuity = Continuity()

    assert event() == continuity.carry_on(event())
    assert event(revision=1, magnitude=5.2) == continuity.carry_on(event(revision=1, magnitude=5.2))


def test_revisions_count_on_from_what_was_published() -> None:
    """Readers ignore a revision that is not higher than the last."""
    continuity = Continuity([event(revision=7)])

    onward = continuity.carry_on(event(revision=2, magnitude=5.4))

    assert onward is not None
    assert (8, 5.4, SECOND) == (onward.revision, onward.magnitude, onward.first_published)


def test_an_event_that_was_remade_under_another_id_keeps_its_first() -> None:
    """Its like in time and place was published before."""
    continuity = Continuity([event("old", revision=3)])

    continuity.recall(event("new", origin_s=2.0, latitude=17.1))
    onward = continuity.carry_on(event("new", revision=1, origin_s=2.0, magnitude=5.5))

    assert onward is not None
    assert ("old", 4) == (onward.id, onward.revision)


def test_another_earthquake_at_the_same_time_elsewhere_is_another() -> None:
    """Likeness needs both time and place."""
    continuity = Continuity([event("old")])
    continuity.recall(event("far", latitude=25.0))
    continuity.recall(event("late", origin_s=100.0))

    assert "far" == _id(continuity.carry_on(event("far", latitude=25.0, magnitude=4.0)))
    assert "late" == _id(continuity.carry_on(event("late", origin_s=100.0, magnitude=4.0)))


def test_a_fresh_event_is_never_taken_for_an_old_one() -> None:
    """Only what was remade from old triggers is compared: an aftershock comes soon and near."""
    continuity = Continuity([event("main")])

    assert "after" == _id(continuity.carry_on(event("after", origin_s=20.0)))


def test_a_revision_that_says_nothing_new_is_not_published() -> None:
    """Only revision and time of publishing differ."""
    continuity = Continuity([event(revision=3)])

    assert continuity.carry_on(event(revision=0)) is None


def test_what_the_restart_cut_off_is_published_after_all() -> None:
    """The trigger was in the database, the event that it made was not."""
    continuity = Continuity([event("seen", revision=3)])
    continuity.recall(event("seen", revision=3))
    continuity.recall(event("cut", origin_s=300.0))

    assert ["cut"] == [one.id for one in continuity.recalled()]
    assert [] == continuity.recalled()


def test_a_closed_event_is_not_opened_again_by_the_restart() -> None:
    """Its triggers are recalled in part only; what they make is no news."""
    closed = event("done", revision=9, status=EventStatus.FINAL)
    continuity = Continuity([closed])
    continuity.recall(event("done", revision=2, magnitude=4.0))

    assert [] == continuity.recalled()


def _id(onward: Event | None) -> str | None:
    return onward.id if onward is not None else None


def located(revision: int, **change: object) -> Event:
    """Return a revision from waveforms, nearer to the truth."""
    better = {"method": EventMethod.WAVEFORMS, "latitude": 17.2}
    return event(revision=revision).model_copy(update=better | change)


def test_what_waveforms_showed_is_not_taken_back_by_triggers() -> None:
    """After a restart the triggers come first: their event is poorer, and nothing is said."""
    continuity = Continuity([located(5)])
    continuity.recall(event())

    assert [] == continuity.recalled()
    assert continuity.carry_on(event(revision=1, magnitude=5.5)) is None


def test_an_event_ends_as_its_waveforms_showed_it() -> None:
    """Though this life of the centre made it of triggers alone; retracted by them it is not."""
    for status in (EventStatus.FINAL, EventStatus.RETRACTED):
        continuity = Continuity([located(5)])
        continuity.recall(event())

        last = continuity.carry_on(event(revision=1, status=status))

        assert last == located(6, status=EventStatus.FINAL, published=SECOND)


def test_waveforms_looked_at_again_say_nothing_twice() -> None:
    """The archive has them; the second life comes to the same."""
    continuity = Continuity([located(5)])
    continuity.recall(event())

    assert continuity.carry_on(located(3)) is None
    assert continuity.carry_on(located(3, latitude=17.3)) == located(
        6, latitude=17.3, published=3 * SECOND
    )


def test_open_events_are_those_that_may_still_change() -> None:
    """With the ids under which the aggregator knows them."""
    ended = event("ended", status=EventStatus.FINAL)
    continuity = Continuity([event("old"), ended, event("forgotten", origin_s=9e3)])
    continuity.recall(event("new", origin_s=2.0))
    continuity.recall(event("ended"))

    assert ["old"] == [one.id for one in continuity.open_events()]
    assert "new" == continuity.made_as("old")
    assert "other" == continuity.made_as("other")
