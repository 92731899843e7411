"""`cloud-aggregator rollout` from the command line, and in the running centre."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.cli import app
from cloud.release.listing import assignments
from cloud.release.repository import Repository
from cloud.rollout.conductor import Conductor
from cloud.rollout.plan import RolloutsConfig
from cloud.rollout.rollout import Rollout
from cloud.store import Store
from tests.cloud.rollout.conftest import Offered
from tests.cloud.rollout.fleet import Fleet

RUN = CliRunner()
MODEL = "models/loudness-2.tremor"


@pytest.fixture
def file(offered: Offered, tmp_path: Path) -> str:
    """Return a centre's file."""
    path = tmp_path / "centre.toml"
    lines = [
        f'state_dir = "{tmp_path / "state"}"',
        "[updates]",
        f'folder = "{offered.updates.folder}"',
        f'online_key = "{offered.updates.online_key}"',
    ]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def run(*arguments: str, code: int = 0) -> str:
    """Return what a command prints."""
    done = RUN.invoke(app, ["rollout", *arguments])
    assert code == done.exit_code, done.output
    return done.output


def test_a_day_of_an_operator(file: str, offered: Offered, tmp_path: Path) -> None:
    """Started, paused, resumed, aborted; every order with its name in the audit."""
    dry = run("start", MODEL, "-c", file, "--id", "r-2", "--dry-run")
    none = run("status", "-c", file, code=1)
    run("start", MODEL, "-c", file, "--id", "r-2", "--by", "ana")
    store = Store(tmp_path / "state" / "centre.sqlite")
    Fleet(store, offered.repository, {"canary": 3}).live()
    conductor = Conductor(RolloutsConfig(), offered.updates, offered.repository, store)
    conductor.look()
    began = assignments(offered.repository)["canary"].named
    run("pause", "-c", file, "--by", "ben", "--reason", "ice")
    paused = run("status", "r-2", "-c", file)
    run("resume", "-c", file, "--by", "ben", "--dry-run")
    run("resume", "-c", file, "--by", "ben")
    run("abort", "-c", file, "--by", "cho", "--reason", "wrong one")
    conductor.look()
    conductor.look()
    store.close()
    said = json.loads(run("status", "-c", file, "--json", "--audit", "99"))
    over = RUN.invoke(app, ["rollout", "abort", "-c", file])

    assert "would start r-2" in dry
    assert "no rollout yet" in none
    assert [MODEL] == list(began)
    assert "paused: ice" in paused
    assert ("stopped", "aborted by cho: wrong one") == (said["state"], said["reason"])
    assert (0.0, 1.5) == (
        said["comparison"]["heard_s"],
        said["comparison"]["rules"]["firings_factor"],
    )
    assert [
        ("start", "ana"),
        ("ring", "centre"),
        ("assign", "centre"),
        ("pause", "ben"),
        ("resume", "ben"),
        ("abort", "cho"),
        ("assign", "centre"),
        ("stopped", "centre"),
    ] == [(line["action"], line["by"]) for line in said["audit"]]
    assert {"waiting": 3} == said["rings"]["canary"]
    assert ["models/loudness-1.tremor"] == list(assignments(offered.repository)["canary"].named)
    assert 1 == over.exit_code


def test_who_will_hear_of_it_is_said_before_it_starts(
    file: str, offered: Offered, tmp_path: Path
) -> None:
    """Stations of each ring that take this kind; where none does, that is said."""
    store = Store(tmp_path / "state" / "centre.sqlite")
    Fleet(store, offered.repository, {"canary": 3, "all": 2}).live()
    store.close()
    network = run("start", MODEL, "-c", file, "--dry-run")
    software = run("start", "software/tremorkit-1.1.0", "-c", file, "--dry-run")

    assert "to canary (3), early (0), all (2)" in network
    assert "no station" not in network
    assert "no station in these rings takes software over the air" in software


def test_what_is_not_published_is_not_rolled_out(file: str) -> None:
    """The error names what is."""
    done = RUN.invoke(app, ["rollout", "start", "models/other-9.tremor", "-c", file])

    assert "models/loudness-2.tremor" in str(done.exception)


def test_rollouts_of_several_kinds_are_named(file: str) -> None:
    """Which one is meant must be said where several run; each is listed by its kind."""
    none = run("pause", "-c", file, code=1)
    run("start", MODEL, "-c", file, "--id", "r-2")
    run("start", "software/tremorkit-1.1.0", "-c", file, "--id", "s-1")
    run("start", "configuration/calm-1.toml", "-c", file, "--id", "c-1", "--by", "ben")
    unnamed = run("pause", "-c", file, code=1)
    unknown = run("pause", "r-9", "-c", file, code=1)
    run("pause", "s-1", "-c", file, "--reason", "ice")
    said = json.loads(run("list", "-c", file, "--json"))
    text = run("list", "-c", file, "--limit", "1")
    shown = json.loads(run("status", "s-1", "-c", file, "--json"))

    assert "no rollout runs" in none
    assert "several run, name one: " in unnamed
    assert "no rollout 'r-9' runs; there run: " in unknown
    assert {
        ("r-2", "model", MODEL, "running"),
        ("s-1", "software", "software/tremorkit-1.1.0", "paused"),
        ("c-1", "configuration", "configuration/calm-1.toml", "running"),
    } == {(one["id"], one["kind"], one["what"], one["state"]) for one in said}
    assert text.startswith("c-1  running  configuration/calm-1.toml, started ")
    assert ("software", 2, "ice") == (shown["kind"], len(shown["hashes"]), shown["reason"])


def test_a_centre_without_a_key_says_so(file: str, offered: Offered, tmp_path: Path) -> None:
    """The rollout waits, and the status shows why; with the key it goes on."""
    run("start", MODEL, "-c", file)
    store = Store(tmp_path / "state" / "centre.sqlite")
    without = offered.updates.model_copy(update={"online_key": None})
    rules = RolloutsConfig()
    for _ in range(2):
        Conductor(rules, without, offered.repository, store).look()
    told = run("status", "-c", file, "--audit", "9")
    Conductor(rules, offered.updates, offered.repository, store).look()
    later = run("status", "-c", file)
    store.close()

    assert "not signed: the centre has no key" in told
    assert 1 == told.count("not signed  ") + told.count("not signed canary")
    assert "not signed" not in later


async def test_looks_go_on_until_the_centre_stops(offered: Offered, tmp_path: Path) -> None:
    """A repository that is not there ends nothing."""
    store = Store(tmp_path / "centre.sqlite")
    empty = Repository(tmp_path / "none")
    conductor = Conductor(RolloutsConfig(look_s=0.01), offered.updates, empty, store)
    stop = asyncio.Event()
    looked = asyncio.Event()
    look, loop = conductor.look, asyncio.get_running_loop()

    def noted() -> list[Rollout]:
        loop.call_soon_threadsafe(looked.set)
        return look()

    conductor.look = noted  # type: ignore[method-assign]
    running = asyncio.create_task(conductor.run(stop))
    await asyncio.wait_for(looked.wait(), 30)
    stop.set()
    await asyncio.wait_for(running, 30)
    store.close()
