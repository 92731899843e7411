"""An operator tells stations to do something, through a real broker, and sees what they answer."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.cli import app
from cloud.commands.wanted import command_of, settings_of, stations_of, time_of
from cloud.errors import CommandUsageError
from edge.errors import ConfigError, TremorError
from edge.messages.command import Command
from tests.cloud.thorough.stations import Stations, fake_stations

ORIGIN_NS = 1_700_000_000_000_000_000


def centre_file(folder: Path, port: int) -> Path:
    """Write a centre's file; return it."""
    file = folder / "centre.toml"
    file.write_text(f'state_dir = "{folder}/centre"\n[mqtt]\nport = {port}\n')
    return file


async def run(*words: str | Path) -> tuple[int, str, str]:
    """Run `cloud-aggregator command`; return exit code, output, and what it said."""

    def invoke() -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["command", *map(str, words)])
        error = result.exception
        if isinstance(error, TremorError):  # `run_app` tells it in a sentence
            return (2 if isinstance(error, ConfigError) else 1), result.stdout, str(error)
        return result.exit_code, result.stdout, result.stderr

    return await asyncio.to_thread(invoke)


def obedient(stations: Stations) -> Mapping[str, Callable[[Command], object]]:
    """A does it after a while, B refuses, the others never answer."""

    async def do(command: Command) -> None:
        first = {"ok": True, "text": "on trial"}
        await stations.reply("A", command.model_copy(update={"id": "somebody-s"}), **first)
        await stations.reply("A", command, ok=True, text="done")

    async def refuse(command: Command) -> None:
        await stations.reply("B", command, ok=False, text="not known here")

    return {"A": do, "B": refuse} | {name: (lambda _: None) for name in "CDEFN"}


@pytest.mark.broker
async def test_answers_are_shown_and_those_that_fail_decide_the_exit_code(
    mosquitto_port: int, tmp_path: Path
) -> None:
    """One does it, one refuses, one is silent: each is told, and the command has failed."""
    file = centre_file(tmp_path, mosquitto_port)
    async with fake_stations(mosquitto_port, ORIGIN_NS, obedient, with_records=False) as stations:
        words = ("drill", "XX.A", "XX.B", "XX.C", "--pd", "0.001", "--config", file)
        code, output, said = await run(*words, "--wait", "4", "--json")
        one, text, _ = await run("restart", "XX.A", "--config", file, "--wait", "30")

    assert 1 == code, said
    found = {one["station"]: one for one in json.loads(output)}
    assert [(True, True), (True, False), (False, False)] == [
        (found[name]["done"], found[name]["ok"]) for name in "ABC"
    ]
    assert ["done"] == [reply["text"] for reply in found["A"]["replies"]]
    assert (0, "XX.A: ok: done") == (one, text.splitlines()[0])
    drill, restart = stations.asked("A")
    assert ("drill", {"pd_m": 0.001}) == (drill.name, drill.arguments)
    assert ("restart", {}) == (restart.name, restart.arguments)
    assert drill.expires is not None
    assert drill.id != restart.id


@pytest.mark.broker
async def test_it_need_not_wait(mosquitto_port: int, tmp_path: Path) -> None:
    """`--wait 0` sends, says the id, and goes."""
    file = centre_file(tmp_path, mosquitto_port)
    times = ("--start", "2026-03-14T06:52:00Z", "--end", "2026-03-14T06:53:00Z")
    async with fake_stations(mosquitto_port, ORIGIN_NS, obedient, with_records=False) as stations:
        code, output, _ = await run(
            "waveform", "XX.C", *times, "--channels", "HN?", "--config", file, "--wait", "0"
        )
        async with asyncio.timeout(20):
            while not stations.asked("C"):  # noqa: ASYNC110 - the broker delivers when it likes
                await asyncio.sleep(0.02)

    (command,) = stations.asked("C")
    assert (0, f"XX.C: sent, id {command.id}\n") == (code, output)
    assert {"start": times[1], "end": times[3], "channels": "HN?"} == command.arguments


async def test_a_dry_run_sends_nothing(tmp_path: Path) -> None:
    """It prints topic and command; no broker is needed."""
    code, output, _ = await run(
        *("configure", "XX.A", "--set", "archive.flush_s=10", "--reset", "mqtt.port", "--dry-run"),
        *("--config", centre_file(tmp_path, 1)),
    )

    (planned,) = json.loads(output)
    assert 0 == code
    assert "tremor/v1/XX/A/command" == planned["topic"]
    arguments = planned["command"]["arguments"]
    assert {"archive.flush_s": 10} == arguments["set"]
    assert (["mqtt.port"], [], False) == (
        arguments["reset"],
        arguments["unset"],
        arguments["dry_run"],
    )


async def test_no_broker_is_said(tmp_path: Path, unused_tcp_port: int) -> None:
    """With its address, and exit code 1."""
    file = centre_file(tmp_path, unused_tcp_port)

    code, _, said = await run("restart", "XX.A", "--config", file)

    assert 1 == code
    assert f"127.0.0.1:{unused_tcp_port}" in said.replace("localhost", "127.0.0.1")


async def test_configure_wants_something(tmp_path: Path) -> None:
    """Neither nothing, nor `--show` with a change."""
    file = centre_file(tmp_path, 1)
    for words in ([], ["--show", "--set", "a=1"]):
        code, _, said = await run("configure", "XX.A", *words, "--config", file)
        assert 2 == code
        assert "give --show, or one or more of" in said


@pytest.mark.parametrize("name", ["KARA1", "XX.", ".KARA1", "XX.a b", "XX.+", "XX/KARA1", "#.#"])
def test_what_is_no_station_is_refused(name: str) -> None:
    """Wildcards above all."""
    with pytest.raises(CommandUsageError, match=r"NETWORK\.STATION"):
        stations_of([name])


def test_a_station_named_twice_is_told_once() -> None:
    """In the order given."""
    assert (("XX", "B"), ("XX", "A")) == stations_of(["XX.B", "XX.A", "XX.B"])


def test_values_are_json_or_text() -> None:
    """Numbers, lists and sections as JSON; anything else is a text."""
    pairs = ["a.b=1.5", "c=[1, 2]", "d=true", "e=HN Z", 'f={"g": null}']

    expected = {"a.b": 1.5, "c": [1, 2], "d": True, "e": "HN Z", "f": {"g": None}}
    assert expected == settings_of(pairs)
    with pytest.raises(CommandUsageError, match="KEY=VALUE"):
        settings_of(["novalue"])


def test_a_time_that_is_none_is_refused_before_it_is_sent() -> None:
    """With the name of its option."""
    with pytest.raises(CommandUsageError, match="--start: 'noon' is no ISO 8601 time"):
        time_of("noon", "--start")


def test_commands_have_names_of_their_own_and_expire() -> None:
    """A station does a command once by its name; one that nobody waits for is done no more."""
    first, second = (command_of("drill", {}, ORIGIN_NS, 5.0) for _ in range(2))

    assert first.id != second.id
    assert ORIGIN_NS + 60 * 10**9 == first.expires
    assert command_of("drill", {}, ORIGIN_NS, 300.0).expires == ORIGIN_NS + 300 * 10**9


@pytest.fixture
async def mosquitto_port(mosquitto: object) -> int:
    """Return the port of a real broker."""
    return int(vars(mosquitto)["port"])
