"""The lines of a terminal."""

from typing import Any

import numpy as np
import pytest

from edge.watch.report import report
from edge.watch.scene import Scene
from edge.watch.screen import lines

NOW_NS = 1_700_000_000_000_000_000
HEALTH = {
    "time": "2026-03-01T06:51:33.250000Z",
    "sampling_rate_hz": 125.02,
    "latency_s": 0.3,
    "clock": {"source": "ntp", "keeper": "chrony", "error_s": 0.0042},
    "outbox_depth": 3,
    "packets_dropped": 0,
    "gaps": 1,
}
TRIGGER = {
    "id": "t1",
    "status": "final",
    "phase": "P",
    "onset": "2026-03-01T06:51:30.120000Z",
    "pga_m_s2": 0.123,
    "jma_intensity": 2.34,
    "detectors": [{"name": "sta_lta", "fired": True}, {"name": "tremor_stream", "fired": False}],
}


def scene(**changes: Any) -> Scene:  # noqa: ANN401 - attributes of a scene
    """Return a scene in which there is something of everything."""
    made = Scene()
    made.take(
        {
            "kind": "hello",
            "station": "XX.KARA1.00",
            "sensor": "adxl355",
            "channels": ["HNZ", "HNN", "HNE"],
            "band_hz": [1.0, 10.0],
            "broker": "broker.example.org:8883",
        }
    )
    wave = 0.01 * np.sin(np.arange(3000) / 5)
    made.take(
        {
            "kind": "samples",
            "start_ns": NOW_NS - 30_000_000_000,
            "rate_hz": 100.0,
            "continues": False,
            "m_s2": [wave.tolist(), wave.tolist(), None],
        }
    )
    for number in range(100):
        said = {"score": 1.0 + number % 5, "threshold": 6.0, "probabilities": {}, "asleep": False}
        network = {
            "score": 0.9,
            "threshold": 0.8,
            "probabilities": {"noise": 0.1, "P": 0.85, "S": 0.05},
            "asleep": False,
        }
        made.take(
            {
                "kind": "hop",
                "end_ns": NOW_NS - (100 - number) * 250_000_000,
                "detectors": {"tremor_stream": network, "sta_lta": said},
                "quality": [],
                "triggers": [TRIGGER] if number == 50 else [],
            }
        )
    made.take({"kind": "status", "health": HEALTH, "connected": True, "frames_dropped": 0})
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def text(shown: Scene, width: int = 80, height: int = 24, *, ascii_only: bool = False) -> str:
    """Return the screen as text."""
    return "\n".join(one.plain for one in lines(shown, width, height, ascii_only=ascii_only))


def test_the_screen_of_a_technician_has_it_all() -> None:
    """On 80 x 24."""
    shown = text(scene())

    for part in (
        "XX.KARA1.00",
        "adxl355",
        "125.02 Hz",
        "2026-03-01 06:51:33 UTC",
        "clock ntp (chrony) ±4.2 ms",
        "broker broker.example.org:8883 connected",
        "outbox 3",
        "1 to 10 Hz, ±20 mm/s², 30 s",
        "HNZ",
        "missing",
        "sta_lta          5.00 of 6.00",
        "tremor_stream    0.90 of 0.80",
        "FIRES",
        "noise 0.10",
        "P 0.85",
        "S 0.05",
        "quality good",
        "final P 06:51:30.12  PGA 123 mm/s²  JMA 2.3  sta_lta",
        "q quits",
    ):
        assert part in shown


@pytest.mark.parametrize("width", [1, 39, 40, 79, 80, 81, 200])
@pytest.mark.parametrize("height", [1, 9, 10, 24, 60])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_terminal_is_kept_within(width: int, height: int, *, ascii_only: bool) -> None:
    """No line too many, none too wide, whatever is known."""
    for shown in (scene(), Scene()):
        made = lines(shown, width, height, ascii_only=ascii_only)
        assert len(made) <= max(1, height)
        assert max(one.cell_len for one in made) <= width
        if ascii_only:
            assert all(one.plain.isascii() for one in made)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gone": True}, "AGENT GONE, waiting"),
        ({"health": {**HEALTH, "latency_s": 45.0}}, "SILENT FOR 45 s"),
        ({"health": {**HEALTH, "latency_s": None}}, "NO SAMPLES YET"),
        ({"health": {**HEALTH, "latency_s": None}, "trouble": "no such device"}, "no such device"),
        ({"connected": False}, "AWAY"),
        ({"quality": ("clipped", "gap")}, "quality clipped gap"),
        ({"frames_dropped": 7}, "view lost 7"),
    ],
)
def test_what_is_wrong_is_said_in_words(changes: dict[str, Any], said: str) -> None:
    """Not in a colour alone."""
    assert said in text(scene(**changes))


def test_software_that_came_over_the_air_is_named() -> None:
    """Which runs is the first thing that a technician asks."""
    made = scene(agent_version="1.2.0", release="a" * 64)

    assert "release 1.2.0" in text(made)
    assert "release" not in text(scene(agent_version="1.2.0"))
    assert ("1.2.0", "a" * 64) == (report(made)["agent_version"], report(made)["release"])


def test_an_exercise_is_called_one() -> None:
    """Nobody runs for a drill."""
    drill = {**TRIGGER, "exercise": True}

    assert "EXERCISE final P" in text(scene(triggers={"t1": drill}))
