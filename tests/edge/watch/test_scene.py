"""What a viewer knows of a station from its frames."""

import json
from typing import Any

import numpy as np
import pytest

from edge.messages.clock import ClockSource, ClockState
from edge.packet import Block
from edge.watch import frames
from edge.watch.report import report
from edge.watch.scene import SPAN_S, Scene, Trace

RATE_HZ = 100.0
START_NS = 1_700_000_000_000_000_000
CLOCK = ClockState(source=ClockSource.NTP, error_s=0.001)


def block(values: np.ndarray[Any, Any], start_s: float = 0.0, *, continues: bool = True) -> Block:
    """Return a block of samples of shape (n, 3), m/s2."""
    return Block(
        start_ns=START_NS + round(start_s * 1e9),
        rate_hz=RATE_HZ,
        samples=values.astype(np.float32),
        clock=CLOCK,
        arrival_ns=START_NS,
        continues=continues,
    )


def sine(seconds: float, hertz: float = 4.0, amplitude: float = 0.02) -> np.ndarray[Any, Any]:
    """Return a sine on gravity, on all components."""
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = amplitude * np.sin(2 * np.pi * hertz * times_s)
    return np.repeat(wave[:, None], 3, axis=1) + np.array([9.81, 0.0, 0.0])


def sent(one: Block) -> dict[str, Any]:
    """Return a block as a viewer gets it."""
    frame = frames.read_frame(frames.samples(one).rstrip(b"\n"))
    assert frame is not None
    return frame


def filled(seconds: float) -> Trace:
    """Return a trace of a sine, in blocks of a quarter of a second."""
    trace = Trace(1.0, 10.0)
    wave = sine(seconds)
    for first in range(0, len(wave), 25):
        trace.push(sent(block(wave[first : first + 25], first / RATE_HZ)))
    return trace


def test_a_trace_is_in_the_band_and_in_units() -> None:
    """Gravity is gone, a wave in the band has its amplitude."""
    trace = filled(10.0)

    peaks = trace.peaks(5.0)

    assert np.allclose(0.02, peaks, rtol=0.05)
    assert START_NS + 10_000_000_000 == trace.end_ns


def test_the_envelope_ends_with_the_newest_sample_and_begins_when_samples_did() -> None:
    """Ten seconds fill the right third of the view."""
    low, high = filled(10.0).envelope(60)

    there = ~np.isnan(low[:, 0])
    assert not there[:39].any()
    assert there[41:].all()
    assert (low[there] <= high[there]).all()
    assert np.allclose(0.02, high[45:, 1].max(), rtol=0.05)


def test_no_more_is_kept_than_is_shown() -> None:
    """An hour of watching costs what half a minute does."""
    trace = filled(SPAN_S + 20.0)

    assert SPAN_S * RATE_HZ == len(trace._samples)


def test_a_gap_begins_anew_and_a_missing_component_is_said() -> None:
    """Nothing is drawn over a gap, and a component that is away leaves the others."""
    trace = filled(10.0)
    values = sine(1.0)
    values[:, 2] = np.nan

    trace.push(sent(block(values, 60.0, continues=False)))

    assert [False, False, True] == trace.missing
    low, _ = trace.envelope(60)
    assert not np.isnan(low[-1, 0])
    assert np.isnan(low[:50, 0]).all()


@pytest.mark.parametrize("rate_hz", [5.0, 31.25, 1000.0])
def test_a_station_of_any_rate_can_be_watched(rate_hz: float) -> None:
    """The band gives way where the rate is too low for it."""
    trace = Trace(1.0, 10.0)
    one = Block(START_NS, rate_hz, np.ones((50, 3), np.float32), CLOCK, START_NS, continues=False)

    trace.push(sent(one))

    assert np.isfinite(trace.peaks(1.0)).all()


def test_frames_of_a_newer_agent_and_rubbish_are_passed_over() -> None:
    """A kind that nobody knows, half a line, a number."""
    scene = Scene()

    scene.take({"kind": "novelty", "x": 1})

    assert [None, None, None, None] == [
        frames.read_frame(line) for line in (b"{", b"1", b"[]", b'{"x": 1}')
    ]


def test_of_each_trigger_the_last_revision_is_known() -> None:
    """The newest trigger last, and no more than a few."""
    scene = Scene()
    for number in range(12):
        for revision in range(2):
            trigger = {"id": f"t{number}", "revision": revision}
            hop = {"end_ns": START_NS, "detectors": {}, "quality": [], "triggers": [trigger]}
            scene.take({"kind": "hop", **hop})

    assert 8 == len(scene.triggers)
    assert {"id": "t11", "revision": 1} == list(scene.triggers.values())[-1]


def test_a_report_is_json_even_before_anything_is_known() -> None:
    """No NaN, whatever is missing."""
    empty = json.loads(json.dumps(report(Scene()), allow_nan=False))

    assert ({"Z": None, "N": None, "E": None}, None) == (empty["peak_m_s2"], empty["time"])
