"""QuakeML that others read: valid by the schema, and the same figures come back."""

import io

import obspy
import pytest
from obspy.io.quakeml.core import _validate

from cloud.quakeml import quakeml
from edge.messages import Arrival, Event, EventStatus, Phase
from edge.timestamps import format_time

_TIME_NS = 1_580_367_089_125_000_000
_EVENT = Event(
    id="20200130t065129-16.8n100.1w",
    revision=7,
    status=EventStatus.FINAL,
    origin_time=_TIME_NS,
    latitude=16.8312,
    longitude=-100.1034,
    depth_km=12.0,
    horizontal_uncertainty_km=5.0,
    magnitude=5.1,
    magnitude_type="Mpd",
    magnitude_uncertainty=0.3,
    stations=("OE.011", "OE.014"),
    arrivals=(
        Arrival(
            station="OE.011",
            trigger="OE.011.00-20200130T065133.25Z",
            phase=Phase.P,
            time=_TIME_NS + 4_000_000_000,
            residual_s=-0.12,
            weight=0.9,
            distance_km=21.3,
        ),
    ),
    first_published=_TIME_NS + 9_000_000_000,
    published=_TIME_NS + 20_000_000_000,
)


def _read(*events: Event) -> obspy.Catalog:
    return obspy.read_events(io.BytesIO(quakeml(events)), format="QUAKEML")


def test_document_is_valid_by_the_schema() -> None:
    """QuakeML 1.2's own schema accepts events with and without a magnitude."""
    bare = _EVENT.model_copy(update={"id": "b", "magnitude": None, "arrivals": ()})

    assert _validate(io.BytesIO(quakeml([_EVENT, bare])))


def test_figures_come_back() -> None:
    """Place, time, depth, magnitude, picks and arrivals survive the way through ObsPy."""
    (event,) = _read(_EVENT)
    origin, magnitude = event.preferred_origin(), event.preferred_magnitude()

    assert (16.8312, -100.1034, 12000.0) == (origin.latitude, origin.longitude, origin.depth)
    assert _TIME_NS == origin.time.ns
    assert 5000.0 == origin.origin_uncertainty.horizontal_uncertainty
    assert (5.1, "Mpd", 0.3) == (
        magnitude.mag,
        magnitude.magnitude_type,
        magnitude.mag_errors.uncertainty,
    )
    assert "OE.011.." == event.picks[0].waveform_id.id
    assert ("P", -0.12) == (origin.arrivals[0].phase, origin.arrivals[0].time_residual)
    assert event.picks[0].resource_id == origin.arrivals[0].pick_id
    assert format_time(_EVENT.published) == str(event.creation_info.creation_time)


def test_the_odds_of_a_false_association_are_a_comment() -> None:
    """What chance could have done is told in words, and the document stays valid."""
    stated = _EVENT.model_copy(update={"false_association_odds": 0.0031})

    (event,) = _read(stated)

    assert ["probability of a chance association: 3.1e-03"] == [c.text for c in event.comments]
    assert _validate(io.BytesIO(quakeml([stated])))


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"status": EventStatus.RETRACTED, "reason": "a lorry"}, "not existing", "a lorry"),
        ({"exercise": True}, "earthquake", "EXERCISE"),
    ],
)
def test_what_is_not_real_says_so(change: dict[str, object], kind: str, words: str) -> None:
    """A retracted event does not exist; an exercise is marked as one."""
    (event,) = _read(_EVENT.model_copy(update=change))

    assert kind == event.event_type
    assert words in event.comments[0].text
