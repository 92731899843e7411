"""Sensor profiles: complete, found by name or path, mistakes told with what to do."""

from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.resources import firmware_configs
from edge.sensor import G_M_S2, load_sensor_profile, sensor_names


@pytest.mark.parametrize("name", sensor_names())
def test_every_profile_is_valid_and_named_like_its_file(name: str) -> None:
    """A profile is found under the name that it gives itself."""
    assert name == load_sensor_profile(name).name


def test_the_kit_knows_the_common_sensors() -> None:
    """The profiles that stations and the synthetic source name exist."""
    analog = {"adxl345", "adxl355", "adxl357"}
    st = {"lis3dh", "lis3dhh", "lsm6dso", "lsm6dsox", "ism330dhcx", "iis3dwb"}
    others = {"kx132", "kx022a", "mma8451", "mpu6050", "mpu9250"}

    assert analog | st | others | {"rshake4d-mems", "openeew"} <= set(sensor_names())


def test_another_range_has_another_step_and_another_rate_another_delay() -> None:
    """A range twice as large has steps twice as large; the delay is one of samples."""
    profile = load_sensor_profile("adxl355")

    wide, fast = profile.set_up(range_g=4.096), profile.set_up(rate_hz=1000.0)

    assert 2 * profile.lsb_ug == wide.lsb_ug
    assert pytest.approx(profile.counts_per_m_s2 / 2) == wide.counts_per_m_s2
    assert (12_320_000, 1_540_000) == (profile.delay_ns, fast.delay_ns)


def test_noise_grades_the_sensors() -> None:
    """0.5 to 20 Hz: 0.1 gal rms for an ADXL355, 1.7 gal for an MPU-6050, from their densities."""
    band_hz = 19.5
    rms_gal = {
        name: load_sensor_profile(name).noise_density_ug_rthz[0]
        * 1e-6
        * G_M_S2
        * band_hz**0.5
        * 100
        for name in ("adxl355", "mpu6050")
    }

    assert {"adxl355": 0.097, "mpu6050": 1.7} == pytest.approx(rms_gal, rel=0.03)


@pytest.mark.parametrize("name", sensor_names())
def test_the_step_agrees_with_range_and_bits(name: str) -> None:
    """A word of the stated length spans at least the range in use."""
    profile = load_sensor_profile(name)

    assert 2**profile.bits * profile.lsb_ug * 1e-6 >= 1.9 * profile.range_g


def test_sensitivity_in_counts() -> None:
    """256,000 counts/g of an ADXL355 are 26,105 counts/(m/s2)."""
    assert pytest.approx(26_104.7, abs=0.1) == load_sensor_profile("adxl355").counts_per_m_s2


def test_a_misspelt_name_gets_the_nearest_one() -> None:
    """The error proposes what was meant."""
    with pytest.raises(ConfigError, match="did you mean 'adxl355'"):
        load_sensor_profile("ADXL-355")


def test_a_strange_name_gets_the_list() -> None:
    """Where nothing is near, all names are told."""
    with pytest.raises(ConfigError, match="there are: adxl345, adxl355"):
        load_sensor_profile("seismograph of Zhang Heng")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("bits = 20", "bits = 200", "bits: "),
        ("bits = 20", "bitz = 20", "bitz: "),
        ("range_g = 2.048\n", "range_g = 3.0\n", "range_g 3.0 is not among ranges_g"),
        ("rate_hz = 125.0\n", "rate_hz = 100.0\n", "rate_hz 100.0 is not among rates_hz"),
        ('lsb_ug = "', 'lsb = "', "lsb"),
        ("bits = 20", "bits = [", "is no TOML"),
    ],
)
def test_a_mistake_in_a_profile_is_told_with_file_and_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """A profile of one's own is checked as strictly as the kit's."""
    text = (firmware_configs("sensors") / "adxl355.toml").read_text()
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1))

    with pytest.raises(ConfigError, match=message) as caught:
        load_sensor_profile(path)

    assert path == caught.value.path


def test_a_figure_without_a_source_is_refused(tmp_path: Path) -> None:
    """Nobody need guess where a figure came from."""
    text = (firmware_configs("sensors") / "adxl355.toml").read_text()
    path = tmp_path / "mine.toml"
    lines = [line for line in text.splitlines() if not line.startswith('bits = "')]
    path.write_text("\n".join(lines))

    with pytest.raises(ConfigError, match=r"says nothing of \['bits'\]"):
        load_sensor_profile(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A path that leads nowhere is a configuration error, not a traceback."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load_sensor_profile(tmp_path / "none.toml")
