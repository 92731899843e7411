"""Moments at which power goes: by chance, and the same for the same seed."""

from scripts.booting.cuts import CARDS, SECONDS_IN_SERVICE, moments, service_spans
from scripts.booting.stages import BROKER, FIRST_BOOT

_SECONDS = {stage: 10.0 * number for number, stage in enumerate([*FIRST_BOOT, BROKER])}


def test_moments_lie_between_their_stages() -> None:
    """Of a boot without a cut; every stage is one that the console can tell."""
    for seed in range(20):
        for row in moments(_SECONDS, CARDS, seed):
            for moment in row:
                assert 0 <= moment.after_s <= _SECONDS[moment.until] - _SECONDS[moment.stage]
                assert FIRST_BOOT[moment.stage] == moment.pattern


def test_first_boot_is_cut_at_least_five_times() -> None:
    """In cloud-init, in the installation, and while the station enrols."""
    stages = [moment.stage for row in moments(_SECONDS, CARDS, 1) for moment in row]

    assert len(stages) >= 5
    assert {"cloud-init begins", "installation begins", "installation done"} <= set(stages)


def test_same_seed_is_the_same_trial() -> None:
    """So that a finding can be had again; another seed is another one."""
    assert moments(_SECONDS, CARDS, 3) == moments(_SECONDS, CARDS, 3)
    assert moments(_SECONDS, CARDS, 3) != moments(_SECONDS, CARDS, 4)
    assert service_spans(5, 3) == service_spans(5, 3)


def test_cuts_in_service_come_when_the_station_works() -> None:
    """Earthquakes come between them."""
    least_s, most_s = SECONDS_IN_SERVICE
    spans = service_spans(50, 1)

    assert 50 == len(spans)
    assert least_s <= min(spans) < max(spans) <= most_s
