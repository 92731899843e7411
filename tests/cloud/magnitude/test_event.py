"""Magnitudes and shaking of waveforms in the event, with and without a place from them."""

import numpy as np

from cloud.aggregator import AggregatorConfig
from cloud.magnitude import MagnitudeConfig, MagnitudeType, StationMagnitude
from cloud.thorough.looking import measured
from cloud.thorough.pieces import Reading
from cloud.thorough.verdict import Motion
from cloud.traveltimes import travel_times
from cloud.velocity import iasp91
from edge.messages import Event, EventMethod, EventStatus, Phase, StationShaking
from edge.timestamps import seconds_to_ns
from tests.cloud.magnitude.records import ORIGIN_NS, record_of
from tests.cloud.quakes import CENTRE, START_NS, Centre, Source, grid_network

_LATER_NS = START_NS + seconds_to_ns(60)


def centre_with_event(config: AggregatorConfig | None = None) -> tuple[Centre, Event]:
    """Return a centre that has declared one event."""
    stations = grid_network()
    arrivals = Source(*CENTRE).arrivals(stations, Phase.P)
    triggers = [t.model_copy(update={"pd_m": 1e-5, "pga_m_s2": 0.05}) for t in arrivals]
    centre = Centre(stations, config).feed(triggers)
    return centre, centre.latest()[0]


def motion_of(event: Event, value: float = 5.6, count: int = 4) -> Motion:
    """Return Mw and shaking of some of an event's stations."""
    return Motion(
        tuple(
            StationMagnitude(station, MagnitudeType.MOMENT, value, 0.3)
            for station in event.stations[:count]
        ),
        (StationShaking(station=event.stations[0], distance_km=20, pga_m_s2=0.4),),
    )


def test_waveforms_give_the_event_its_magnitude_where_they_place_nothing() -> None:
    """A picker that sees nothing in a great earthquake does not take its Mw away."""
    centre, event = centre_with_event()
    early_type = event.magnitude_type
    (revised,) = centre.aggregator.on_verdict(event.id, None, motion_of(event), _LATER_NS)

    assert "Mpd" == early_type
    assert (5.6, "Mw") == (revised.magnitude, revised.magnitude_type)
    assert EventMethod.TRIGGERS is revised.method
    assert {"Mpd", "Mw"} == {each.type for each in revised.magnitudes}
    assert 0.4 == max(each.pga_m_s2 or 0 for each in revised.shaking)


def test_the_same_motion_twice_is_no_news() -> None:
    """Waveforms looked at again say nothing new, and no revision is published."""
    centre, event = centre_with_event()
    aggregator, motion = centre.aggregator, motion_of(event)
    first = aggregator.on_verdict(event.id, None, motion, _LATER_NS)

    assert 1 == len(first)
    assert [] == aggregator.on_verdict(event.id, None, motion, _LATER_NS)


def test_corrections_are_taken_off_before_the_event_is_published() -> None:
    """Two of four stations that say a unit too much are put right."""
    centre, event = centre_with_event()
    motion = motion_of(event)
    loud = tuple(
        StationMagnitude(m.station, m.type, 6.6 if number % 2 else 5.6, 0.3)
        for number, m in enumerate(motion.magnitudes)
    )
    centre.aggregator.corrections = {
        (m.station, m.type): 1.0 for m in loud if m.value is not None and m.value > 6
    }
    (revised,) = centre.aggregator.on_verdict(event.id, None, Motion(loud), _LATER_NS)

    assert 5.6 == revised.magnitude


def test_what_stations_said_can_be_asked_for_until_the_event_is_forgotten() -> None:
    """Uncorrected, of triggers and of waveforms; of an unknown event nothing."""
    centre, event = centre_with_event()
    centre.aggregator.on_verdict(event.id, None, motion_of(event), _LATER_NS)
    found = centre.aggregator.station_magnitudes(event.id)

    assert {"Mpd", "Mw"} == {each.type for each in found}
    assert () == centre.aggregator.station_magnitudes("no such event")


def test_nothing_is_explained_of_an_event_that_has_ended() -> None:
    """Waveforms that come after the end change nothing."""
    centre, event = centre_with_event()
    explained = centre.aggregator.explained(event.id)
    centre.finish()

    assert explained is not None
    assert set(event.stations) == set(explained.stations())
    assert EventStatus.FINAL is centre.latest()[0].status
    assert centre.aggregator.explained(event.id) is None
    assert [] == centre.aggregator.on_verdict(event.id, None, motion_of(event), _LATER_NS)


def test_records_of_an_event_are_measured_where_their_units_are_known() -> None:
    """A record in counts is passed over; no verdict is no measurement."""
    centre, event = centre_with_event()
    explained = centre.aggregator.explained(event.id)
    station, other = event.stations[:2]
    record = record_of(5.5, 40.0)
    shift_ns = event.origin_time - ORIGIN_NS
    moved = type(record)(
        station, record.start_ns + shift_ns, record.rate_hz, record.acceleration_m_s2
    )
    readings = {
        station: Reading(moved, calibrated=True, clock_error_s=0.0),
        other: Reading(moved, calibrated=False, clock_error_s=0.0),
    }
    times, config = travel_times(iasp91()), MagnitudeConfig()
    motion = measured(explained, readings, times, config)

    assert {station} == {each.station for each in motion.magnitudes}
    assert [station] == [each.station for each in motion.shaking]
    assert np.isfinite([each.value for each in motion.magnitudes if each.value]).all()
    assert Motion() == measured(None, readings, times, config)
