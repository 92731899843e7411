"""What is wrong with a station that is heard."""

from typing import Any

import pytest

from cloud.board.faults import faults_of
from cloud.board.limits import ConditionConfig
from cloud.board.memory import Learnt, Seen
from cloud.board.trouble import Trouble
from edge.messages import (
    ArchiveHealth,
    ComponentNoise,
    ModelIdentity,
    NoiseLevel,
    NoiseSpectrum,
    NoiseVerdict,
)
from tests.cloud.scene import health, state

NOW_NS = 1_000_000_000_000


def spectrum(above_sensor_db: float | None, above_nhnm_db: float) -> NoiseSpectrum:
    """Return the background of one component."""
    noise = ComponentNoise(
        channel="HNZ",
        levels_db=(-80.0,),
        above_sensor_db=above_sensor_db,
        above_nlnm_db=above_nhnm_db + 40,
        above_nhnm_db=above_nhnm_db,
        verdict=NoiseVerdict.VERY_NOISY,
    )
    return NoiseSpectrum(bands_hz=(1.0,), span_s=3_600.0, components=(noise,))


def found(seen: Seen | None = None, **changes: Any) -> list[tuple[Trouble, str]]:  # noqa: ANN401 - fields of a report
    """Return what is wrong with a station that is well but for the changes."""
    report = health("001", NOW_NS, **changes)
    faults = faults_of(state("001"), report, seen or Seen(), (), ConditionConfig())
    return [(fault.kind, fault.text) for fault in faults]


LOUD = (NoiseLevel(channel="HNZ", rms_m_s2=0.05),)
NORMAL = Seen(learnt=Learnt(noise_m_s2=0.005))


@pytest.mark.parametrize(
    ("seen", "changes", "expected"),
    [
        pytest.param(None, {}, [], id="well"),
        pytest.param(
            NORMAL,
            {"noise": LOUD},
            [(Trouble.NOISE, "10 times as noisy as normally")],
            id="noisier than itself",
        ),
        pytest.param(None, {"noise": LOUD}, [], id="its normal is not known yet"),
        pytest.param(
            None,
            {"spectrum": spectrum(35.0, 41.0)},
            [(Trouble.NOISE, "noise 35 dB above sensor and noise model")],
            id="noisy by the model",
        ),
        pytest.param(None, {"spectrum": spectrum(3.0, 41.0)}, [], id="a cheap sensor"),
        pytest.param(None, {"spectrum": spectrum(None, 41.0)}, [], id="an unknown sensor"),
        pytest.param(
            None,
            {"disk_free_bytes": 120_000_000},
            [(Trouble.DISK, "0.12 GB free on disk")],
            id="disk nearly full",
        ),
        pytest.param(
            Seen(learnt=Learnt(disk_full_days=1.25)),
            {"disk_free_bytes": 9_000_000_000},
            [(Trouble.DISK, "disk full in 1.2 days, as it goes")],
            id="disk full soon",
        ),
        pytest.param(None, {"temperature_c": 84.0}, [(Trouble.TEMPERATURE, "84 °C")], id="too hot"),
        pytest.param(
            None,
            {"archive": ArchiveHealth(ok=False, problem="read-only file system")},
            [(Trouble.ARCHIVE, "recordings fail: read-only file system")],
            id="recordings fail",
        ),
        pytest.param(
            Seen(moved_km=3.2),
            {},
            [(Trouble.MOVED, "says it stands 3.2 km from where it was")],
            id="moved",
        ),
        pytest.param(Seen(moved_km=0.05), {}, [], id="GNSS wanders"),
        pytest.param(
            Seen(twin=True), {}, [(Trouble.TWIN, "two stations report under this code")], id="twin"
        ),
    ],
)
def test_each_trouble_is_found(
    seen: Seen | None, changes: dict[str, Any], expected: list[tuple[Trouble, str]]
) -> None:
    """With its kind and the value seen."""
    assert expected == found(seen, **changes)


def test_a_station_cannot_flood_a_screen_with_its_words() -> None:
    """One line, and not a long one."""
    model = ModelIdentity(
        name="tremor", version="1", running=False, reason="x\n\x1b[2J" + "y" * 999
    )
    (fault,) = faults_of(state("001", models=(model,)), None, Seen(), (), ConditionConfig())

    assert fault.text.startswith("tremor not running: x  [2Jyyy")
    assert fault.text.endswith("yyy...")
    assert len(fault.text) < 150


def test_doubts_of_the_centre_are_troubles() -> None:
    """In the words of the guard."""
    faults = faults_of(state("001"), None, Seen(), ("its clock is 3 h ahead",), ConditionConfig())

    assert [(Trouble.DOUBT, "its clock is 3 h ahead")] == [(f.kind, f.text) for f in faults]
