"""QuakeML that others read: valid by the schema, and the same figures come back."""

import io

import obspy
import pytest
from obspy.io.quakeml.core import _validate

from cloud.quakeml import quakeml
from edge.messages import (
    Arrival,
    Ellipsoid,
    Event,
    EventStatus,
    MagnitudeEstimate,
    Phase,
    StationShaking,
)
from edge.timestamps import format_time

ELLIPSOID = Ellipsoid(
    semi_major_km=12.3,
    semi_intermediate_km=4.5,
    semi_minor_km=2.1,
    major_azimuth_deg=40.0,
    major_plunge_deg=10.0,
    major_rotation_deg=-20.0,
    confidence=0.683,
)
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


def _estimate(kind: str, value: float, up: float | None = None) -> MagnitudeEstimate:
    return MagnitudeEstimate(
        type=kind, value=value, uncertainty=0.2, uncertainty_up=up, stations=6, window_s=12.0
    )


_MEASURED = _EVENT.model_copy(
    update={
        "magnitude": 5.2,
        "magnitude_type": "Mw",
        "magnitudes": (_estimate("Mpd", 4.9, up=0.7), _estimate("ML", 5.4), _estimate("Mw", 5.2)),
        "ellipsoid": ELLIPSOID,
        "shaking": (
            StationShaking(station="OE.011", distance_km=21.3, pga_m_s2=0.34, pgv_m_s=0.021),
            StationShaking(station="OE.014", distance_km=60.0, pga_m_s2=0.05),
        ),
    }
)


def test_every_magnitude_comes_back_and_one_is_preferred() -> None:
    """Three kinds with errors and station counts; Mw is the one to show."""
    (event,) = _read(_MEASURED)
    by_type = {each.magnitude_type: each for each in event.magnitudes}

    assert {"Mpd": 4.9, "ML": 5.4, "Mw": 5.2} == {k: m.mag for k, m in by_type.items()}
    assert "Mw" == event.preferred_magnitude().magnitude_type
    assert 6 == by_type["ML"].station_count
    assert 0.7 == by_type["Mpd"].mag_errors.upper_uncertainty
    assert by_type["Mw"].mag_errors.upper_uncertainty is None


def test_the_ellipsoid_comes_back_in_metres_and_degrees() -> None:
    """Axes and angles as QuakeML names them, with their probability."""
    (event,) = _read(_MEASURED)
    uncertainty = event.preferred_origin().origin_uncertainty
    ellipsoid = uncertainty.confidence_ellipsoid

    assert (12300, 4500, 2100) == (
        ellipsoid.semi_major_axis_length,
        ellipsoid.semi_intermediate_axis_length,
        ellipsoid.semi_minor_axis_length,
    )
    assert (40.0, 10.0, -20.0) == (
        ellipsoid.major_axis_azimuth,
        ellipsoid.major_axis_plunge,
        ellipsoid.major_axis_rotation,
    )
    assert ("confidence ellipsoid", 68.3) == (
        uncertainty.preferred_description,
        uncertainty.confidence_level,
    )


def test_the_shaking_of_stations_are_amplitudes() -> None:
    """PGA and PGV in SI units at their stations; what is not known is left out."""
    (event,) = _read(_MEASURED)

    assert [
        ("OE.011..", "PGA", 0.34, "m/(s*s)"),
        ("OE.011..", "PGV", 0.021, "m/s"),
        ("OE.014..", "PGA", 0.05, "m/(s*s)"),
    ] == [(a.waveform_id.id, a.type, a.generic_amplitude, a.unit) for a in event.amplitudes]


def test_an_event_with_everything_is_valid_by_the_schema() -> None:
    """Magnitudes, ellipsoid and amplitudes are where the schema wants them."""
    assert _validate(io.BytesIO(quakeml([_MEASURED, _EVENT])))


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
