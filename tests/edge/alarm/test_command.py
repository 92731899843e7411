"""Programs that an alarm starts: real ones."""

import os
import sys
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.alarm.command import CommandAction, examine_command
from edge.alarm.config import CommandConfig
from edge.errors import AlarmError
from tests.edge.alarm.alarms import IDLE, OVER, RINGING

SH = "/bin/sh"


def shell(script: str, *words: str) -> tuple[str, ...]:
    """Words of a program that runs a script."""
    return (SH, "-c", script, "sh", *words)


def ran(config: CommandConfig, *alarms: object) -> list[dict[str, object]]:
    """What the log says after a program was told of alarms and has ended."""
    action = CommandAction(config)
    with capture_logs() as logs:
        for alarm in alarms:
            action.tell(alarm)  # type: ignore[arg-type]
            action.wait()
    return [dict(entry) for entry in logs]


def test_it_gets_the_figures_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is the figures, a path and nothing of the agent's."""
    monkeypatch.setenv("MQTT_PASSWORD", "hush")
    out = tmp_path / "out"
    ran(CommandConfig(run=shell('env > "$1"', str(out))), RINGING)

    told = dict(line.split("=", 1) for line in out.read_text().splitlines())
    ours = {name: value for name, value in told.items() if name.startswith("TREMOR_")}
    assert {
        "TREMOR_ALARM": "ring",
        "TREMOR_STATION": "XX.A.00",
        "TREMOR_EXERCISE": "0",
        "TREMOR_TRIGGER": "XX.A.00-1",
        "TREMOR_TIME": "2023-11-14T22:13:20.000000Z",
        "TREMOR_ONSET": "2023-11-14T22:13:17.500000Z",
        "TREMOR_PGA_M_S2": "0.42",
        "TREMOR_JMA_INTENSITY": "3.1",
    } == ours
    assert not {"MQTT_PASSWORD", "HOME"} & told.keys()


def test_its_words_are_read_by_no_shell(tmp_path: Path) -> None:
    """A semicolon is a semicolon."""
    out = tmp_path / "out"
    words = (sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write(sys.argv[2])")
    ran(CommandConfig(run=(*words, str(out), "; rm -rf $HOME `id`")), RINGING)

    assert "; rm -rf $HOME `id`" == out.read_text()


def test_the_end_has_a_program_of_its_own(tmp_path: Path) -> None:
    """Or none."""
    out = tmp_path / "out"
    script = 'echo $TREMOR_ALARM >> "$1"'
    run, clear = shell(script, str(out)), shell(script, str(out))

    ran(CommandConfig(run=run), RINGING, OVER)
    ran(CommandConfig(run=run, clear=clear), RINGING, OVER)

    assert ["ring", "ring", "clear"] == out.read_text().split()


def test_before_the_first_alarm_nothing_is_started(tmp_path: Path) -> None:
    """The bell tells at the start that all is quiet."""
    out = tmp_path / "out"
    touch = shell('touch "$1"', str(out))

    ran(CommandConfig(run=touch, clear=touch), IDLE)

    assert not out.exists()


def test_one_that_hangs_is_killed_with_all_it_started(tmp_path: Path) -> None:
    """The whole group, even where it does not listen."""
    pids = tmp_path / "pids"
    script = 'trap "" TERM; sleep 1000 & echo $$ $! > "$1"; wait; sleep 1000'
    logs = ran(CommandConfig(run=shell(script, str(pids)), timeout_s=1.0), RINGING)

    assert "killed after 1 s" in [entry.get("reason") for entry in logs]
    deadline_s = time.monotonic() + 60
    alive = [int(word) for word in pids.read_text().split()]
    while (alive := [pid for pid in alive if _runs(pid)]) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert [] == alive


def test_telling_waits_for_no_program() -> None:
    """A program of a thousand seconds is started like any other."""
    action = CommandAction(CommandConfig(run=("/bin/sleep", "1000"), timeout_s=3600))
    action.tell(RINGING)
    process = action._running[True]

    assert process.poll() is None
    with pytest.raises(AlarmError, match="still runs from the last alarm"):
        action.tell(RINGING)
    process.kill()
    with capture_logs():
        action.wait()


def test_what_a_failing_program_says_is_logged() -> None:
    """The last words, with the exit code."""
    logs = ran(CommandConfig(run=shell("yes | head -100000; echo no siren >&2; exit 3")), RINGING)

    (entry,) = [entry for entry in logs if entry["event"] == "alarm_command_failed"]
    assert (SH, "exit code 3") == (entry["program"], entry["reason"])
    assert str(entry["said"]).endswith("no siren")
    assert len(str(entry["said"])) <= 400


def test_one_that_leaves_a_servant_behind_has_ended() -> None:
    """A servant that holds its output is waited for by nobody."""
    logs = ran(CommandConfig(run=shell("sleep 5 & echo gone"), timeout_s=3600), RINGING)

    assert ["alarm_command_done"] == [entry["event"] for entry in logs]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda _: "siren", "no whole path"),
        (lambda folder: str(folder / "absent"), "there is no program"),
        (lambda folder: str(_made(folder / "plain", 0o644)), "may not be run"),
    ],
)
def test_a_program_that_cannot_run_is_told(tmp_path: Path, make: object, text: str) -> None:
    """At the check, and at the start of the agent."""
    config = CommandConfig(run=(make(tmp_path),))  # type: ignore[operator]

    with pytest.raises(AlarmError, match=text):
        examine_command(config)
    with pytest.raises(AlarmError, match=text):
        CommandAction(config).tell(IDLE)


def test_a_program_that_went_away_is_told_when_it_is_needed(tmp_path: Path) -> None:
    """With its name."""
    action = CommandAction(CommandConfig(run=(str(tmp_path / "absent"),)))

    with pytest.raises(AlarmError, match=r"absent cannot be started: No such file"):
        action.tell(RINGING)


def test_a_program_that_is_there_is_told() -> None:
    """Both of them."""
    config = CommandConfig(run=("/bin/sh",), clear=("/bin/true",))

    assert "/bin/sh and /bin/true" == examine_command(config)


def _made(path: Path, mode: int) -> Path:
    path.touch()
    path.chmod(mode)
    return path


def _runs(pid: int) -> bool:
    """Tell whether a process lives; a dead one that nobody has waited for does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
