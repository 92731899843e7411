"""What the doctor hears of a sensor, and what it says when something is wrong with it."""

import re
from collections.abc import Iterator

import numpy as np
import pytest

from edge.doctor.listening import examine, hear_source, listen
from edge.errors import SourceError
from edge.finding import WantingError
from edge.messages import ClockSource, ClockState
from edge.packet import Packet
from edge.sources import SyntheticConfig
from edge.sources.base import SourceDescription
from edge.sources.live import LiveSource

CHANNELS = ("HNZ", "HNN", "HNE")
GRAVITY = (9.81, 0.0, 0.0)


class Bench(LiveSource):
    """A live sensor on a bench: what the test wants, and then silence until it is interrupted."""

    def __init__(
        self, samples: np.ndarray, rate_hz: float = 100.0, *, clipped: bool = False
    ) -> None:
        super().__init__()
        self._samples = samples.astype(np.float32)
        self._rate_hz = rate_hz
        self._clipped = clipped

    def describe(self) -> SourceDescription:
        """Return what it claims."""
        return SourceDescription("bench", "a bench", "adxl355", 100.0, CHANNELS)

    def packets(self) -> Iterator[Packet]:
        """Yield a packet of 25 samples after the other."""
        for first in range(0, len(self._samples), 25):
            part = self._samples[first : first + 25]
            end_ns = round((first + len(part)) / self._rate_hz * 1e9)
            yield Packet(
                samples=part,
                last_sample_ns=end_ns,
                arrival_ns=end_ns,
                nominal_rate_hz=100.0,
                clock=ClockState(source=ClockSource.NTP, error_s=0.001),
                clipped=self._clipped,
            )
        self._interrupted.wait(60)


def noise(seconds: float = 10.0, mean: tuple[float, float, float] = GRAVITY) -> np.ndarray:
    """Return samples of a sensor that lies still, shape (n, 3), m/s2."""
    rng = np.random.default_rng(4)
    return rng.normal(0, 2e-3, (round(seconds * 100), 3)) + np.array(mean)


def words(source: Bench) -> str:
    """Return what the doctor says of a sensor that is not well."""
    with pytest.raises(WantingError) as caught:
        hear_source(source, 2.0)
    return str(caught.value)


def test_a_sensor_that_is_well_is_described() -> None:
    """Rate and level of each channel."""
    said = hear_source(Bench(noise()), 5.0)

    assert "100.00 Hz" in said
    assert "HNZ 0.002" in said


def test_listening_ends_in_time_with_a_sensor_that_falls_silent() -> None:
    """Half a second was heard of the second that was asked for."""
    heard = listen(Bench(noise(0.5)), 1.0)

    assert 50 == len(heard.samples)


def test_no_sample_at_all_is_told_with_what_to_look_at() -> None:
    """Wires, supply, another program."""
    assert "wired and powered" in words(Bench(noise(0.1)))


def test_an_axis_that_never_changes_is_named() -> None:
    """A dead axis is found at the bench, not after the earthquake."""
    samples = noise()
    samples[:, 1] = 0.25

    assert "HNN never changed" in words(Bench(samples))


def test_a_component_that_a_station_lacks_is_no_fault() -> None:
    """One vertical is a station too; without any number it is none."""
    samples = noise()
    samples[:, 1:] = np.nan

    assert "HNE" not in hear_source(Bench(samples), 5.0)
    assert "no component" in words(Bench(np.full((1000, 3), np.nan)))


@pytest.mark.parametrize(("rate_hz", "well"), [(95.0, True), (104.0, True), (50.0, False)])
def test_a_rate_that_is_another_setting_is_told(rate_hz: float, *, well: bool) -> None:
    """Five percent are what cheap oscillators do, half is a mistake."""
    source = Bench(noise(), rate_hz)

    if well:
        assert f"{rate_hz:.2f} Hz" in hear_source(source, 2.0)
    else:
        assert "50.0 samples a second come instead of 100" in words(source)


def test_gravity_betrays_a_wrong_range() -> None:
    """At 4 g instead of 2 every sample is half of what it should be."""
    said = words(Bench(noise(mean=(4.905, 0.0, 0.0))))

    assert "gravity reads 4.9" in said
    assert "range_g" in said


def test_a_source_without_gravity_is_no_fault() -> None:
    """OpenEEW's records have it taken out."""
    assert "Hz" in hear_source(Bench(noise(mean=(0.0, 0.0, 0.0))), 5.0)


def test_a_tilted_sensor_feels_all_of_gravity() -> None:
    """Whichever way up it is screwed to the wall."""
    assert "Hz" in hear_source(Bench(noise(mean=(6.9, -4.9, 4.9))), 5.0)


def test_a_sensor_at_full_scale_is_told() -> None:
    """Every packet clipped: the range is too small, or a wire is off."""
    assert "full scale" in words(Bench(noise(), clipped=True))


def test_a_failing_source_is_told_in_its_own_words() -> None:
    """The bus does not answer."""

    class Broken(Bench):
        def packets(self) -> Iterator[Packet]:
            raise SourceError("bench", "spidev0.0", "no such device")

    assert "no such device" in words(Broken(noise()))


def test_a_recording_is_heard_for_as_long_as_was_asked() -> None:
    """By its own clock: a synthetic hour is not waited for."""
    source = SyntheticConfig(latitude=0.0, longitude=0.0, start=0).open()

    heard = listen(source, 30.0)

    assert 30.0 == pytest.approx(heard.span_s, abs=1.0)
    assert heard.rate_hz == pytest.approx(source.describe().nominal_rate_hz, rel=0.01)
    assert "Hz" in examine(heard, CHANNELS, source.describe().nominal_rate_hz)


def test_the_doctor_tells_the_site_from_the_sensor() -> None:
    """An ADXL355 makes 0.0016 m/s2 by itself at 100 Hz; ten times that is the site."""
    quiet = hear_source(Bench(noise()), 9.0)
    loud = hear_source(Bench((noise() - np.array(GRAVITY)) * 10 + np.array(GRAVITY)), 9.0)

    assert re.search(r"; noise, 0.7 to 11 Hz: HNZ \+[0-3] dB of the sensor's own \(sensor\)", quiet)
    assert "(very noisy)" in loud


def test_a_second_of_samples_says_nothing_of_the_site() -> None:
    """Noise takes four."""
    assert "noise" not in hear_source(Bench(noise()), 1.0)
