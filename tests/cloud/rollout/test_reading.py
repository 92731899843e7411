"""Who had a chance to trigger on a confirmed earthquake, and took it."""

from cloud.rollout.compare import Agreement
from cloud.rollout.reading import agreement
from cloud.rollout.target import Target
from edge.messages import Arrival, EventStatus, Phase
from tests.cloud.store.test_store import event

PLACES = {
    "XX.A": (17.0, -99.0),
    "XX.B": (17.1, -99.0),
    "XX.C": (17.2, -99.0),
    "XX.D": (20.0, -99.0),
}


def arrival(station: str, distance_km: float, picker: str | None = None) -> Arrival:
    """Return a station's part in an event."""
    return Arrival(
        station=station,
        trigger="t",
        picker=picker,
        phase=Phase.P,
        time=5,
        residual_s=0.0,
        weight=1.0,
        distance_km=distance_km,
    )


def test_stations_within_the_median_distance_had_a_chance() -> None:
    """What the centre picked from waveforms is no trigger; who is far away missed nothing."""
    arrivals = (
        arrival("XX.A", 1.0),
        arrival("XX.C", 25.0),
        arrival("YY.Z", 400.0),
        arrival("XX.B", 12.0, "deep 1"),
    )
    quake = event(origin=100).model_copy(
        update={
            "latitude": 17.0,
            "longitude": -99.0,
            "status": EventStatus.FINAL,
            "arrivals": arrivals,
        }
    )
    doubtful = quake.model_copy(update={"status": EventStatus.POSSIBLE})
    charge = {"XX.A": 50, "XX.B": None, "XX.C": 500, "XX.D": 50}
    targets = {
        name: Target(station=name, ring="all", since=0, in_charge_since=since)
        for name, since in charge.items()
    }

    before, after = agreement([quake, doubtful], PLACES, targets)

    assert (Agreement(2, 1), Agreement(1, 1)) == (before, after)
    assert (Agreement(), Agreement()) == agreement([quake], {}, targets)
