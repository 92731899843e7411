"""Settings for a ring: where they lie, who goes before whom, and what versions may follow."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.messages.update import UpdateReport
from edge.reconfigure.answers import shown
from edge.reconfigure.effective import effective, read_station_file
from edge.reconfigure.on_site import findings, told
from edge.reconfigure.remote import Remote
from edge.update.record import End, Phase
from edge.update.settings_part import SettingsPart
from edge.update.targets import ConfigurationAssignment, Kind, Return
from tests.edge.update.settings_life import FILE_RATIO, RATIO, SettingsLife
from tests.updates import Release


@pytest.fixture
def life(trusted: Release, tmp_path: Path) -> SettingsLife:
    """Return a station whose file leaves the ratio to the kit."""
    return SettingsLife(tmp_path / "station", trusted)


def _last(life: SettingsLife) -> tuple[End, str]:
    last = life.record.last
    assert last is not None
    return last.end, last.reason


def test_settings_are_tried_and_committed(life: SettingsLife, trusted: Release) -> None:
    """From the repository to the configuration that every command reads."""
    before = life.ratio()
    sha256 = trusted.offer_settings(RATIO.format(7.5))

    remote = life.whole()

    committed = life.record.committed
    assert committed is not None
    assert (sha256, "valley", 1) == (committed.sha256, committed.name, committed.version)
    assert ("detection.sta_lta.on_ratio",) == remote.changed
    assert (7.5, 7.5) == (life.ratio(), remote.config.detection.sta_lta.on_ratio)
    assert before != 7.5
    assert remote.settings is None


def test_nothing_runs_with_them_before_their_turn(life: SettingsLife, trusted: Release) -> None:
    """Fetched and verified is not in charge."""
    trusted.offer_settings(RATIO.format(7.5))

    life.look()

    candidate = life.record.candidate
    assert candidate is not None
    assert Phase.VERIFIED is candidate.phase
    assert life.ratio() != 7.5
    assert 0 == life.look().part(Kind.CONFIGURATION).record.failures


def test_what_was_commanded_goes_before_the_rings(life: SettingsLife, trusted: Release) -> None:
    """Whoever commands one station knows it; the ring's other settings hold beside."""
    life.command("detection.sta_lta.on_ratio", 9.0)
    trusted.offer_settings(RATIO.format(7.5) + "off_ratio = 1.25\n")

    life.whole()

    found = life.holds().detection.sta_lta
    assert (9.0, 1.25) == (found.on_ratio, found.off_ratio)


def test_a_key_that_is_edited_on_site_follows_the_file(trusted: Release, tmp_path: Path) -> None:
    """The younger word holds, key by key."""
    file = RATIO.format(FILE_RATIO) + "off_ratio = 1.5\n"
    life = SettingsLife(tmp_path / "station", trusted, more=file)
    trusted.offer_settings(RATIO.format(7.5) + "off_ratio = 1.25\n")
    life.whole()
    life.edit(f"on_ratio = {FILE_RATIO:g}", "on_ratio = 5")

    found = life.holds().detection.sta_lta

    assert (5.0, 1.25) == (found.on_ratio, found.off_ratio)
    assert any("follows the file" in line for line in told(effective(read_station_file(life.file))))


def test_settings_that_change_nothing_here_need_no_trial(trusted: Release, tmp_path: Path) -> None:
    """The agent does not start anew for them, and the fleet hears that they are here."""
    life = SettingsLife(tmp_path / "station", trusted, more=RATIO.format(7.5))
    sha256 = trusted.offer_settings(RATIO.format(7.5))

    remote = life.whole()

    assert not remote.restart_wanted
    assert life.record.committed is not None
    assert sha256 == life.record.committed.sha256


def test_versions_go_up_only(life: SettingsLife, trusted: Release) -> None:
    """An older file that was signed once is not taken for a new one."""
    older = trusted.add_settings(RATIO.format(3.5), 1)
    trusted.offer_settings(RATIO.format(7.5), 2)
    life.whole()
    trusted.assign_settings(older, 1)

    life.whole()

    assert 7.5 == life.ratio()
    assert "is not newer than 2" in (life.record.problem or "")


@pytest.mark.parametrize("returning", [True, False])
def test_back_goes_what_this_station_had(
    life: SettingsLife, trusted: Release, *, returning: bool
) -> None:
    """To the settings before, where an assignment is marked so; on trial again."""
    older = trusted.offer_settings(RATIO.format(3.5), 1)
    life.whole()
    trusted.offer_settings(RATIO.format(7.5), 2)
    life.whole()
    trusted.assign_settings(older, 1, returning=returning)

    life.whole()

    assert (3.5 if returning else 7.5) == life.ratio()


def test_not_below_a_floor_that_was_signed(life: SettingsLife, trusted: Release) -> None:
    """Not even back."""
    older = trusted.offer_settings(RATIO.format(3.5), 1)
    life.whole()
    newer = trusted.add_settings(RATIO.format(7.5), 2, min_version_floor=2)
    trusted.assign_settings(newer, 2)
    life.whole()
    trusted.assign_settings(older, 1, returning=True)

    life.whole()

    assert 7.5 == life.ratio()
    assert "below the floor 2" in (life.record.problem or "")


def test_leaving_leads_to_what_was_there_before(life: SettingsLife, trusted: Release) -> None:
    """To other settings, and from these to the station file alone; nothing else is followed."""
    first = trusted.offer_settings(RATIO.format(3.5), 1)
    file = life.ratio()
    life.whole()
    second = trusted.offer_settings(RATIO.format(7.5), 2)
    life.whole()

    order = ConfigurationAssignment(
        rollout_id="back",
        configuration="configuration/valley-2.toml",
        sha256=second,
        leaving=(second,),
    )
    trusted.online.assign({"all": order}, Kind.CONFIGURATION)
    life.whole()
    assert 3.5 == life.ratio()

    trusted.online.assign(
        {"all": Return(rollout_id="back-2", leaving=(first, second))}, Kind.CONFIGURATION
    )
    life.whole()

    assert file == life.ratio()
    assert (None, None) == (life.record.committed, life.record.candidate)
    assert End.COMMITTED is _last(life)[0]


def test_a_station_that_had_none_goes_nowhere(life: SettingsLife, trusted: Release) -> None:
    """A way back is for those who went."""
    sha256 = trusted.add_settings(RATIO.format(7.5))
    trusted.online.assign({"all": Return(rollout_id="b", leaving=(sha256,))}, Kind.CONFIGURATION)

    report = life.look()

    assert "no settings are assigned" in report.part(Kind.CONFIGURATION).reason
    assert life.record.last is None


def test_withdrawn_before_their_turn(life: SettingsLife, trusted: Release) -> None:
    """What the rollout does not want any more is dropped, and not quarantined."""
    trusted.offer_settings(RATIO.format(7.5))
    life.look()
    trusted.online.assign({"all": None}, Kind.CONFIGURATION)

    life.whole()

    assert (End.SUPERSEDED, ()) == (_last(life)[0], life.record.quarantined)
    assert life.ratio() != 7.5


@pytest.mark.parametrize("touched", ["mqtt", "detection"])
def test_without_a_broker(life: SettingsLife, trusted: Release, touched: str) -> None:
    """That nobody can be told is a fault only of settings that have to do with the broker."""
    text = {"mqtt": "[mqtt]\nkeepalive_s = 77\n", "detection": RATIO.format(7.5)}[touched]
    trusted.offer_settings(text)
    life.vitals = replace(life.vitals, connected=False)

    life.whole()

    end, reason = _last(life)
    assert (End.ROLLED_BACK if touched == "mqtt" else End.COMMITTED) is end
    assert ("no connection" in reason) == (touched == "mqtt")


@pytest.mark.parametrize(
    ("text", "ran", "end"),
    [
        (RATIO.format(7.5), True, End.ROLLED_BACK),
        (RATIO.format(7.5), False, End.COMMITTED),
        ("[detection.model]\nthreshold = 0.7\n", False, End.ROLLED_BACK),
    ],
    ids=["one ran before", "none ran before", "one is asked for"],
)
def test_a_network_must_run_where_one_ran_or_is_asked_for(
    life: SettingsLife, trusted: Release, text: str, *, ran: bool, end: End
) -> None:
    """A board on which none runs at all is no fault of settings."""
    trusted.offer_settings(text)
    life.network_ran = ran
    life.network_trouble = "the network does not run"

    life.whole()

    assert end is _last(life)[0]


def test_settings_wait_while_a_command_is_on_trial(life: SettingsLife, trusted: Release) -> None:
    """They were ready for their start when somebody commanded: after it they have theirs."""
    trusted.offer_settings(RATIO.format(7.5))
    life.look()
    life.step()

    meanwhile = life.start_over_command("detection.sta_lta.off_ratio", 1.75).detection.sta_lta
    life.start()

    assert meanwhile.on_ratio != 7.5
    found = life.holds().detection.sta_lta
    assert (1.75, 7.5, 1.75) == (meanwhile.off_ratio, found.on_ratio, found.off_ratio)


def test_settings_are_tried_where_a_command_was_tried_in_vain(
    life: SettingsLife, trusted: Release
) -> None:
    """The agent ended at every start with the command: at this one it is taken back."""
    trusted.offer_settings(RATIO.format(7.5))
    life.look()
    life.step()
    life.propose("detection.sta_lta.off_ratio", 1.75, tries=0)

    life.start()

    found = life.holds().detection.sta_lta
    assert (True, 7.5) == (found.off_ratio != 1.75, found.on_ratio)


def test_who_explains_a_time_hears_what_changed_since(life: SettingsLife, trusted: Release) -> None:
    """An earlier trigger was seen with other settings."""
    trusted.offer_settings(RATIO.format(7.5))
    life.whole()
    held = effective(read_station_file(life.file))

    assert ["detection.sta_lta.on_ratio"] == list(held.changed_since(0, "detection"))
    assert {} == held.changed_since(0, "source")
    assert {} == held.changed_since(2**62, "detection")


@pytest.mark.parametrize("where", ["update", "configure"])
def test_a_station_that_does_not_want_them(
    life: SettingsLife, trusted: Release, where: str
) -> None:
    """Switched off on site they are neither taken nor in force any more."""
    trusted.offer_settings(RATIO.format(7.5))
    life.whole()
    before = life.ratio()
    if where == "update":
        life.edit("[update]\n", "[update]\nconfiguration = false\n")
    else:
        life.file.write_text(life.file.read_text() + "\n[configure]\nenabled = false\n")

    assert (7.5, True) == (before, life.ratio() != 7.5)
    assert all(kind != Kind.CONFIGURATION.value for kind in _kinds(life))


def _kinds(life: SettingsLife) -> list[str]:
    return [kind.value for kind in life.look().parts]


def test_settings_that_do_not_fit_any_more_are_left_out(
    life: SettingsLife, trusted: Release
) -> None:
    """The station file was edited so that they do not go together: what a person said holds."""
    trusted.offer_settings(RATIO.format(7.5))
    life.whole()
    life.command("detection.sta_lta.off_ratio", 5.0)
    life.edit("[update]", "[detection.sta_lta]\noff_ratio = 5.0\n[update]")
    place = life.store.place(life.record.committed.sha256 if life.record.committed else "")
    place.write_bytes(b"[detection.sta_lta]\non_ratio = 1\n")

    held = effective(read_station_file(life.file))

    assert held.ring.problem is not None
    assert "another content" in held.ring.problem
    assert not findings(held)[0].ok
    assert held.config.detection.sta_lta.on_ratio != 7.5


def test_who_looks_sees_where_a_value_comes_from(life: SettingsLife, trusted: Release) -> None:
    """On site and from afar."""
    trusted.offer_settings(RATIO.format(7.5), rollout_id="spring")
    life.whole()
    held = effective(read_station_file(life.file))

    (line,) = [line for line in told(held) if "on_ratio" in line]
    answer: dict[str, Any] = shown(held)

    assert "by rollout spring at" in line
    assert ["detection.sta_lta.on_ratio"] == [one["key"] for one in answer["over_the_air"]]
    assert json.dumps(answer)


def test_the_state_tells_phase_and_outcome(life: SettingsLife, trusted: Release) -> None:
    """In the same words as networks."""
    sha256 = trusted.offer_settings(RATIO.format(7.5))
    life.look()

    waiting = _report(life)
    life.whole()
    done = _report(life)

    assert ("verified", sha256) == (waiting.phase, waiting.candidate and waiting.candidate.sha256)
    assert ("idle", 1) == (done.phase, done.committed and done.committed.version)
    assert "committed" == (done.last and done.last.end)


def _report(life: SettingsLife) -> UpdateReport:
    return SettingsPart(Remote(read_station_file(life.file), lambda: None)).report()
