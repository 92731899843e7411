"""How often a network fires, and what of it is held against it."""

from pathlib import Path

from edge.config import StationConfig, StationSection
from edge.detect.seen import HopSeen
from edge.sources.openeew import OpenEewConfig
from edge.station import open_station
from edge.update.firing import Firing, Said

_EARLY, _CODA = 8, 240
"""Hops of a quarter of a second."""


def _hop(firing: Firing, score: float, ratio: float = 1.0) -> None:
    firing.take({"sta_lta": Said(ratio, 6.0), "net": Said(score, 0.5)})


def _quiet(firing: Firing, hops: int) -> None:
    for _ in range(hops):
        _hop(firing, 0.0)


def test_firing_needs_a_rest_between() -> None:
    """A score that stays up is one firing; NaN is none and is counted."""
    firing = Firing()
    for score in (0.1, 0.9, 0.9, 0.3, 0.9, 0.1, 0.9, float("nan")):
        _hop(firing, score)
    _quiet(firing, _EARLY)

    assert (2, 2, 1, 16) == (firing.firings, firing.alone, firing.broken, firing.hops)


def test_warming_up_makes_no_network_calm() -> None:
    """The network in charge sleeps while nothing moves, and is 0 then; one in the shadow is not."""
    firing = Firing()
    for _ in range(3):
        firing.take({"sta_lta": Said(1.0, 6.0), "net": Said(0.0, 0.5, asked=False)})
    _hop(firing, 0.4)

    assert (0.1, 0.4) == (firing.mean_score, firing.mean_answer)
    assert 0.0 == Firing().mean_answer


def test_firing_with_sta_lta_is_not_alone() -> None:
    """Half of its threshold is enough to say that something moved."""
    firing = Firing()
    _hop(firing, 0.9, ratio=3.0)
    firing.take({"sta_lta": Said(9.0, 6.0)})
    _quiet(firing, _EARLY + 1)

    assert (1, 0) == (firing.firings, firing.alone)


def test_network_may_be_earlier_than_sta_lta() -> None:
    """By two seconds; by more, it saw something else."""
    for quiet, alone in ((_EARLY - 1, 0), (_EARLY, 1)):
        firing = Firing()
        _hop(firing, 0.9)
        _quiet(firing, quiet)
        _hop(firing, 0.0, ratio=20.0)

        assert (1, alone) == (firing.firings, firing.alone)


def test_network_may_fire_again_in_the_coda() -> None:
    """For a minute after STA/LTA saw something, which is deaf then; not for longer."""
    for quiet, alone in ((_CODA - 1, 0), (_CODA, 1)):
        firing = Firing()
        _hop(firing, 0.0, ratio=20.0)
        _quiet(firing, quiet)
        _hop(firing, 0.9)
        _quiet(firing, _EARLY + 1)

        assert (1, alone) == (firing.firings, firing.alone)


def test_span_is_that_of_the_samples() -> None:
    """Whatever time it took to hear them, and whether the network was due or not."""
    firing = Firing()
    _quiet(firing, 7)
    firing.take({"sta_lta": Said(1.0, 6.0)})

    assert (7, 2.0) == (firing.hops, firing.span_s)


def test_earthquake_is_not_held_against_the_network(shared_data: Path) -> None:
    """A recorded M5.1, 48 km away: it fires at P, and in a coda to which STA/LTA is deaf."""
    folder = shared_data / "openeew_mx" / "2020_1_11" / "006"
    station = open_station(
        StationConfig(
            station=StationSection(network="XX", station="A", latitude=16.68, longitude=-98.4),
            source=OpenEewConfig(paths=(folder,)),
        )
    )
    firing = Firing()
    thresholds = {one.name: one.threshold for one in station.pipeline.detectors}

    def listen(seen: HopSeen) -> None:
        frames = seen.frames.items()
        firing.take({name: Said(frame.score, thresholds[name]) for name, frame in frames})

    station.pipeline.listeners.append(listen)
    for packet in station.source.packets():
        station.pipeline.push(packet)

    assert 0 == firing.alone
    assert 2 <= firing.firings
