"""`edge-agent watch` beside a real agent, on a real pseudo-terminal."""

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pyte
import pytest

from tests.edge.reconfigure.station import FieldStation

AGENT = Path(sys.executable).with_name("edge-agent")
PATIENCE_S = 150.0
_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")},
    "TERM": "xterm-256color",
    "PYTHONIOENCODING": "utf-8",
}
"""A size in the environment, as some runners of tests set it, would hold against the terminal's."""


class Terminal:
    """A terminal with a program on it."""

    def __init__(self, *words: str | Path, columns: int = 80, rows: int = 24) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.master, slave = pty.openpty()
        self._set_size(columns, rows)
        self.process = subprocess.Popen(
            [AGENT, *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env=_ENVIRONMENT,
        )
        os.close(slave)
        os.set_blocking(self.master, False)

    def text(self) -> str:
        """Return what is on the screen."""
        with contextlib.suppress(BlockingIOError, OSError):
            while content := os.read(self.master, 65_536):
                self._stream.feed(content)
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def cursor_hidden(self) -> bool:
        """Whether the program left the cursor hidden."""
        self.text()
        hidden: bool = self._screen.cursor.hidden
        return hidden

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self.master, key)

    def resize(self, columns: int, rows: int) -> None:
        """Pull at the corner of the window."""
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def close(self) -> None:
        """Hang up."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)

    async def until(self, condition: Callable[[str], bool]) -> str:
        """Wait until the screen is as wanted."""
        text = self.text()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition(text):
                    await asyncio.sleep(0.05)
                    text = self.text()
        except TimeoutError:
            pytest.fail(text)
        return text

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@pytest.fixture
def station(tmp_path: Path) -> FieldStation:
    """Return a station that has no broker."""
    made = FieldStation(tmp_path, 1)
    made.write()
    return made


@contextlib.contextmanager
def terminal(*words: str | Path) -> Iterator[Terminal]:
    """Open a terminal."""
    one = Terminal(*words)
    try:
        yield one
    finally:
        one.close()


@asynccontextmanager
async def running(station: FieldStation) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run an agent that can be watched."""
    async with station.running() as process:
        await station.until((station.folder / "state" / "watch.sock").is_socket)
        yield process


def _watch(station: FieldStation, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AGENT, "watch", "-c", station.file, *options],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "80", "LINES": "24", "PYTHONIOENCODING": "utf-8"},
    )


async def test_a_technician_watches_a_running_station(station: FieldStation) -> None:
    """Traces move, the broker is away, the window grows, the agent restarts, `q` ends."""
    async with running(station) as process:
        with terminal("watch", "-c", station.file) as screen:
            text = await screen.until(lambda text: "of 6.00" in text and "⣿" in text)
            assert "XX.A.00  adxl355" in text
            assert f"broker 127.0.0.1:{station.port} AWAY" in text
            assert "q quits" in text
            await screen.until(lambda new: new != text)

            screen.resize(120, 40)
            await screen.until(lambda text: max(map(len, text.splitlines())) > 100)

            process.kill()
            await process.wait()
            await screen.until(lambda text: "AGENT GONE, waiting" in text)
            async with running(station):
                await screen.until(lambda text: "AGENT GONE" not in text and "of 6.00" in text)
                screen.press(b"q")
                code = await asyncio.wait_for(asyncio.to_thread(screen.process.wait), PATIENCE_S)

    assert 0 == code


async def test_programs_get_an_object_a_second_and_scripts_one_screen(
    station: FieldStation,
) -> None:
    """`--json`, `--once`, and both; a reader that goes away is no error."""
    async with running(station):
        stream = await asyncio.create_subprocess_exec(
            *(AGENT, "watch", "-c", station.file, "--json"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert stream.stdout is not None
        objects = [json.loads(await stream.stdout.readline()) for _ in range(3)]
        stream.stdout._transport.close()
        code = await asyncio.wait_for(stream.wait(), PATIENCE_S)
        assert stream.stderr is not None
        errors = await stream.stderr.read()
        once = await asyncio.to_thread(_watch, station, "--once")
        one = await asyncio.to_thread(_watch, station, "--once", "--json")

    assert (0, b"") == (code, errors)
    assert objects[-1]["agent"]
    assert 0 < objects[-1]["peak_m_s2"]["HNZ"] < 0.1
    assert 6.0 == objects[-1]["detectors"]["sta_lta"]["threshold"]
    assert not objects[-1]["broker"]["connected"]
    assert 0 == once.returncode, once.stderr
    assert "HNZ" in once.stdout
    assert 80 >= max(map(len, once.stdout.splitlines()))
    assert "XX.A.00" == json.loads(one.stdout)["station"]


@pytest.mark.parametrize("way", ["SIGTERM", "ctrl-c", "ctrl-d"])
async def test_however_it_ends_the_terminal_is_as_it_was(station: FieldStation, way: str) -> None:
    """The cursor is back, keys are echoed, no trace of the view is left."""
    async with running(station):
        with terminal("watch", "-c", station.file) as screen:
            before = termios.tcgetattr(screen.master)[3] & termios.ECHO
            await screen.until(lambda text: "q quits" in text)
            watching = termios.tcgetattr(screen.master)[3] & termios.ECHO
            match way:
                case "SIGTERM":
                    screen.process.terminate()
                case "ctrl-c":
                    screen.process.send_signal(signal.SIGINT)
                case _:
                    screen.press(b"\x04")
            code = await asyncio.wait_for(asyncio.to_thread(screen.process.wait), PATIENCE_S)
            await screen.until(lambda _: not screen.cursor_hidden)
            after = termios.tcgetattr(screen.master)[3] & termios.ECHO

    assert 0 == code
    assert before
    assert not watching
    assert before == after


def test_without_an_agent_it_says_so_and_what_to_do(station: FieldStation) -> None:
    """Exit code 1, no traceback."""
    done = _watch(station)

    assert 1 == done.returncode
    assert "no agent runs there; `edge-agent watch --own` opens the sensor itself" in " ".join(
        done.stderr.split()
    )


def test_the_station_can_be_opened_without_an_agent(station: FieldStation) -> None:
    """`--own`: nothing is left on disk."""
    done = _watch(station, "--own", "--once")

    assert 0 == done.returncode, done.stderr
    assert "of 6.00" in done.stdout
    assert "not asked" in done.stdout
    assert not (station.folder / "state").exists()


async def test_a_sensor_that_an_agent_has_is_not_opened_twice(station: FieldStation) -> None:
    """`--own` beside an agent is refused."""
    async with running(station):
        done = await asyncio.to_thread(_watch, station, "--own", "--once")

    assert 1 == done.returncode
    assert "an agent runs there and has the sensor" in " ".join(done.stderr.split())


def test_a_sensor_that_is_not_there_is_told(station: FieldStation) -> None:
    """As by the agent itself."""
    text = station.file.read_text().replace(
        'type = "synthetic"', 'type = "synthetic"\nsensor = "no-such-sensor"'
    )
    station.file.write_text(text)

    done = _watch(station, "--own", "--once")

    assert done.returncode in {1, 2}
    assert "no-such-sensor" in done.stderr
    assert "Traceback" not in done.stderr
