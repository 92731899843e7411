"""Who could hurt a station by settings over the air, by name; none of them gets anything changed.

Safe means: no value is in force that holders have not signed, none that is changed on site only,
and the station goes on with what it had.
"""

import hashlib
from pathlib import Path

import pytest

from cloud.release import signing
from cloud.release.drafts import draft_target, draft_without
from edge.errors import ConfigError, UpdateError
from edge.reconfigure.effective import effective, read_station_file
from edge.reconfigure.protected import PROTECTED
from edge.update.configuration import MOST_BYTES, read_settings
from edge.update.record import End
from edge.update.report import Part
from edge.update.targets import ConfigurationFacts, Kind
from tests.edge.update.settings_life import RATIO, SettingsLife
from tests.updates import Release


@pytest.fixture(autouse=True)
def _tricked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let holders sign by a tool that shows them nothing: the kit's own refuses most of this."""
    monkeypatch.setattr(signing, "_files", lambda *_: None)


@pytest.fixture
def life(trusted: Release, tmp_path: Path) -> SettingsLife:
    """Return a station that has looked at nothing yet."""
    return SettingsLife(tmp_path / "station", trusted)


def _look(life: SettingsLife) -> Part:
    return life.look().part(Kind.CONFIGURATION)


def _nothing_changed(life: SettingsLife) -> bool:
    held = effective(read_station_file(life.file))
    return held.config == held.file.config and life.record.committed is None


def _refused(life: SettingsLife) -> str:
    """Return why settings were rejected."""
    last = life.record.last
    assert last is not None
    assert End.REJECTED is last.end
    assert [last.sha256] == [one.sha256 for one in life.record.quarantined]
    return last.reason


def _text(key: str) -> str:
    """Return settings that touch a protected key."""
    *tables, name = key.split(".")
    head = f"[{'.'.join(tables)}]\n" if tables else ""
    whole = key in {"mqtt.tls", "replay", "configure", "enrolment", "update"}
    return f"{head}{name} = {{ enabled = true }}\n" if whole else f'{head}{name} = "evil"\n'


@pytest.mark.parametrize("key", PROTECTED)
def test_every_protected_key(key: str) -> None:
    """No file of settings may say anything of them."""
    with pytest.raises(ConfigError, match=rf"{key} is changed on site only"):
        read_settings(_text(key).encode())


@pytest.mark.parametrize("key", ["mqtt.host", "update", "alarm.command"])
def test_protected_key(life: SettingsLife, trusted: Release, key: str) -> None:
    """Even where all holders have signed it: what is changed on site only stays."""
    trusted.offer_settings(_text(key))

    life.whole()

    assert f"{key} is changed on site only" in _refused(life)
    assert _nothing_changed(life)


@pytest.mark.parametrize(
    "text",
    [
        '"mqtt.host" = "evil"\n',
        '[mqtt]\n"host " = "evil"\n',
        'mqtt = "evil"\n',
        "mqtt = []\n",
        "station = 5\n",
        'source = { type = "synthetic", sysfs = "/etc" }\n',
    ],
)
def test_protected_key_in_disguise(life: SettingsLife, trusted: Release, text: str) -> None:
    """By a dot in a quoted name, by a table that is none, by a section as a whole."""
    trusted.offer_settings(text)

    life.whole()

    assert _refused(life)
    assert _nothing_changed(life)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (RATIO.format(-1), "on_ratio"),
        ("[detection.sta_lta]\nno_such_key = 1\n", "no_such_key"),
        ('[source]\ntype = "adxl355"\n', "source"),
        ("[no_such_table]\na = 1\n", "no_such_table"),
    ],
)
def test_invalid_value(life: SettingsLife, trusted: Release, text: str, reason: str) -> None:
    """The station file and the settings must go together; the reason names the key."""
    trusted.offer_settings(text)

    life.whole()

    assert reason in _refused(life)
    assert _nothing_changed(life)


def test_not_signed(life: SettingsLife, trusted: Release) -> None:
    """A thief of the centre's key assigns settings that no holder has seen."""
    sha256 = trusted.add_settings(RATIO.format(7.5))
    trusted.assign_settings(sha256)
    listed = trusted.repository.published("models")
    assert listed is not None
    listed.signed.targets.clear()
    name = f"{listed.signed.version}.models.json"
    life.fetcher.replaced[f"metadata/{name}"] = listed.to_bytes()

    with pytest.raises(UpdateError, match="signed by 0/2 keys"):
        life.look()

    assert _nothing_changed(life)


def test_assigned_but_not_listed(life: SettingsLife, trusted: Release) -> None:
    """What holders took off the list is not taken, whatever the centre says."""
    trusted.offer_settings(RATIO.format(7.5))
    draft_without(trusted.repository, "configuration/valley-1.toml")
    trusted.publish()

    part = _look(life)

    assert ("refuse", True) == (part.act, "not listed by the role models" in part.reason)
    assert _nothing_changed(life)


def test_tampered(life: SettingsLife, trusted: Release) -> None:
    """A value was changed on the way."""
    sha256 = trusted.offer_settings(RATIO.format(7.5))
    name = f"targets/configuration/{sha256}.valley-1.toml"
    life.fetcher.replaced[name] = RATIO.format(1.5).encode()

    with pytest.raises(UpdateError, match="hash"):
        life.look()

    assert _nothing_changed(life)
    life.fetcher.replaced.clear()
    life.whole()
    assert 7.5 == life.ratio()


def test_oversize(life: SettingsLife, trusted: Release) -> None:
    """Signed or not: not one byte of it is fetched."""
    trusted.offer_settings(RATIO.format(7.5) + "#" * MOST_BYTES)

    part = _look(life)

    assert ("refuse", True) == (part.act, "are taken" in part.reason)
    assert not [name for name in life.fetcher.asked if name.startswith("targets/configuration")]


def test_other_words_than_its_signers_read(life: SettingsLife, trusted: Release) -> None:
    """A tool that shows holders one value and signs another."""
    sha256 = trusted.add_settings(RATIO.format(7.5), settings={"detection.sta_lta.on_ratio": "4"})
    trusted.assign_settings(sha256)

    with pytest.raises(UpdateError, match="not those that its signers have read"):
        life.look()

    assert _nothing_changed(life)


@pytest.mark.parametrize("text", ["", "[", "\xff", "# nothing\n", "a = {}\n"])
def test_no_settings_at_all(life: SettingsLife, trusted: Release, text: str) -> None:
    """Whatever was signed by mistake: it is no TOML, or says nothing."""
    facts = ConfigurationFacts(name="valley", version=1, settings={})
    _sign(trusted, text.encode("latin-1"), facts)

    life.whole()

    assert _refused(life)
    assert _nothing_changed(life)


def _sign(trusted: Release, content: bytes, facts: ConfigurationFacts) -> None:
    draft_target(trusted.repository, "configuration/valley-1.toml", content, facts)
    trusted.publish()
    trusted.assign_settings(hashlib.sha256(content).hexdigest())


def test_for_another_sensor(life: SettingsLife, trusted: Release) -> None:
    """Settings of a chip that this station does not have."""
    sha256 = trusted.add_settings(RATIO.format(7.5), device_profiles=("kx132",))
    trusted.assign_settings(sha256)

    assert "is for kx132" in _look(life).reason
    assert _nothing_changed(life)


def test_for_newer_software(life: SettingsLife, trusted: Release) -> None:
    """Keys that this agent does not know yet."""
    sha256 = trusted.add_settings(RATIO.format(7.5), min_agent="99.0.0")
    trusted.assign_settings(sha256)

    assert "needs edge-agent 99" in _look(life).reason
    assert _nothing_changed(life)


def test_damaged_on_the_disk(life: SettingsLife, trusted: Release) -> None:
    """A card that gives other bytes back: the settings are left out, and the agent starts."""
    sha256 = trusted.offer_settings(RATIO.format(7.5))
    life.whole()
    life.store.place(sha256).write_bytes(RATIO.format(1.5).encode())

    remote = life.start()

    assert remote.file.config == remote.config
    held = effective(read_station_file(life.file))
    assert "another content" in (held.ring.problem or "")


def test_a_record_that_is_damaged(life: SettingsLife, trusted: Release) -> None:
    """What was committed is forgotten, the agent starts, and the next look brings it again."""
    trusted.offer_settings(RATIO.format(7.5))
    life.whole()
    life.store.path.write_bytes(b'{"format": 1, "committed": 5}')

    remote = life.start()
    life.whole()

    assert remote.file.config == remote.config
    assert 7.5 == life.ratio()
