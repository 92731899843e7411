"""What a person reads where a command cannot do its work."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge.cli import _tell
from edge.commandline import kit_app, run_app
from edge.finding import Finding

STATION = """
[station]
network = "XX"
station = "A"
latitude = 1.0
longitude = 2.0

[source]
type = "synthetic"
latitude = 1.0
longitude = 2.0
"""


def _ended(error: Exception, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Return exit code and standard error of an application whose command ends with an error."""
    app = kit_app("kit", "For a test.")

    @app.command()
    def fail() -> None:
        raise error

    @app.command()
    def other() -> None:
        """Make `fail` a command of its own."""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["kit", "fail"])
        with pytest.raises(SystemExit) as ended:
            run_app(app, extra="edge")
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "a/b"),
            "a/b: No such file or directory",
        ),
        (PermissionError(13, "Permission denied", b"/home/x"), "/home/x: Permission denied"),
        (OSError(28, "No space left on device", Path("out.xml")), "out.xml: No space left"),
    ],
)
def test_file_that_cannot_be_had_is_a_sentence(
    error: OSError, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is missing, full or another user's is no fault of the kit."""
    code, text = _ended(error, capsys)

    assert 1 == code
    assert text.startswith(f"error: {said}")


def test_trouble_without_a_file_keeps_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """A connection that breaks where nobody expected it is for the kit's authors."""
    with pytest.raises(ConnectionResetError):
        _ended(ConnectionResetError(104, "Connection reset by peer"), capsys)


def _agent(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    station = folder / "station.toml"
    station.write_text(f'state_dir = "{folder}/state"\n{STATION}')
    command = [sys.executable, "-m", "edge.cli", words[0], "-c", str(station), *words[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_output_into_a_missing_folder_is_told(tmp_path: Path) -> None:
    """The whole path, no traceback."""
    out = tmp_path / "none" / "x.xml"

    done = _agent(tmp_path, "stationxml", "--out", str(out))

    assert 1 == done.returncode
    assert f"error: {out}: No such file or directory\n" == done.stderr


def test_findings_are_a_line_each_where_no_terminal_reads_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`grep fail` and a journal get the whole of it, what stands in brackets too."""
    advice = "is the broker away? say so in [mqtt]; " + "a long word of advice " * 10

    _tell([Finding("sensor", True, "well"), Finding("clock", True, advice)], as_json=False)

    assert ["ok   sensor: well", f"ok   clock: {advice}"] == capsys.readouterr().out.splitlines()
