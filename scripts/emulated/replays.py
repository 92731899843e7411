"""The same recording through the whole station, here and there."""

import json
import shutil
from pathlib import Path
from typing import Final

from scripts.emulated.compare import Comparison, Seen, compare, last_revisions
from scripts.emulated.emulator import Emulator
from scripts.emulated.recordings import Recording
from scripts.emulated.station import AGENT, Here, run_here

_PLACE: Final = "/replay"


def compare_replay(recording: Recording, here: Here, emulator: Emulator) -> Comparison:
    """Replay a recording on both sides and compare the triggers.

    Args:
        recording: What is replayed.
        here: This side.
        emulator: The other side.
    """
    packets, ours = _replay_here(recording, here)
    theirs = _replay_there(recording, emulator)
    return compare(recording.name, packets, ours, theirs)


def _replay_here(recording: Recording, here: Here) -> tuple[int, list[Seen]]:
    folder = here.build / "replay"
    folder.mkdir(parents=True, exist_ok=True)
    config, out = folder / "station.toml", folder / "triggers.jsonl"
    config.write_text(recording.station_file(str(folder / "state"), str(recording.path)))
    command = (here.program("edge-agent"), "replay", "--config", str(config))
    said = run_here(*command, "--out", str(out), "--json")
    return _read(said, out)


def _replay_there(recording: Recording, emulator: Emulator) -> list[Seen]:
    folder = emulator.path(_PLACE)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    recording.place(folder)
    path = f"{_PLACE}/{recording.path.name}" if recording.path is not None else ""
    config, out = f"{_PLACE}/station.toml", f"{_PLACE}/triggers.jsonl"
    emulator.path(config).write_text(recording.station_file(f"{_PLACE}/state", path))
    done = emulator.run(AGENT, "replay", "--config", config, "--out", out, "--json")
    return _read(done.output, emulator.path(out))[1]


def _read(said: str, out: Path) -> tuple[int, list[Seen]]:
    return json.loads(said)["packets"], last_revisions(out.read_text().splitlines())
