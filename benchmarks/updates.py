"""What networks over the air cost a station: requests, bytes, processor time, memory.

    python benchmarks/updates.py [--runs 5] [--json FILE]

A repository in a temporary folder offers the network of 185 kB that stations run by default, and a
web server of the standard library serves it on loopback. In each run, in turn: the updater's first
look (fetch, verify, preflight), an idle look, and as a floor the plain download of the same network
by `urllib`, each a process of its own. Then the agent's memory with updates switched off and on.
"""

import argparse
import hashlib
import http.server
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from instruments.process import memory_mb

from cloud.release.drafts import Founders, Holders, draft_first, draft_target
from cloud.release.keys import load_signer, make_key
from cloud.release.online import Online
from cloud.release.publishing import publish
from cloud.release.repository import Repository
from cloud.release.signing import drafts, sign
from edge.bundle import load_bundle
from edge.bundle.shipped import shipped_bundle
from edge.update.targets import Assignment, facts_of, model_path

_WORD = "for a benchmark only"
_SETTLE_S = 12.0
_STATION = """\
state_dir = "{folder}/state"
[station]
network = "XX"
station = "A"
latitude = 17.0
longitude = -99.5
[source]
type = "synthetic"
latitude = 17.0
longitude = -99.5
[archive]
enabled = false
[mqtt]
port = 1
[update]
enabled = {enabled}
root = "{root}"
url = "{url}"
clock = "any"
"""


def make_repository(folder: Path) -> str:
    """Make a repository that offers a network to all; return the network's file in it."""
    repository = Repository(folder / "updates")
    people = [
        make_key(folder / f"{name}.key", folder / f"{name}.pub", name, _WORD)
        for name in ("ana", "ben", "centre")
    ]
    both = Holders((people[0], people[1]), 2)
    draft_first(repository, Founders(both, both, people[2]))
    _publish(repository, folder)
    path = shipped_bundle("tremor_stream")
    content, card = path.read_bytes(), load_bundle(path).card
    name = model_path(card.name, card.version)
    target = draft_target(repository, name, content, facts_of(card))
    _publish(repository, folder)
    digest = hashlib.sha256(content).hexdigest()
    assignment = Assignment(rollout_id="benchmark", model=name, sha256=digest)
    Online(repository, load_signer(folder / "centre.key", _WORD)).assign({"all": assignment})
    return str(repository.target_file(target).relative_to(repository.folder))


def _publish(repository: Repository, folder: Path) -> None:
    for role in drafts(repository):
        for name in ("ana", "ben"):
            sign(repository, role, load_signer(folder / f"{name}.key", _WORD))
    publish(repository, load_signer(folder / "centre.key", _WORD))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; yield its address."""

    def handler(*words: Any) -> _Quiet:  # noqa: ANN401 - socketserver's
        return _Quiet(*words, directory=str(folder))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def timed(line: list[str]) -> tuple[float, float, str]:
    """Return processor time of a process and its children, wall time, seconds, and its output."""
    before, begin_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu_s, time.perf_counter() - begin_s, done.stdout


def agent_mb(station: Path) -> float:
    """Return the memory of a running agent after some seconds, megabytes."""
    line = [sys.executable, "-m", "edge.cli", "run", "-c", str(station)]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(_SETTLE_S)
        return memory_mb(process.pid)[0]
    finally:
        process.terminate()
        process.wait()


def run(folder: Path, runs: int) -> dict[str, Any]:
    """Return the figures."""
    file = make_repository(folder)
    root = folder / "updates/metadata/1.root.json"
    rows: dict[str, list[float]] = {}
    facts: dict[str, Any] = {}
    with served(folder / "updates") as url:
        fetch = f"import urllib.request as u; u.urlopen({url + file!r}).read()"
        for number in range(runs):
            own = folder / f"s{number}"
            own.mkdir()
            text = _STATION.format(folder=own, root=root, url=url, enabled="true")
            (own / "station.toml").write_text(text)
            update = ["-m", "edge.cli", "update", "-c", str(own / "station.toml"), "--json"]
            for what, words in (("first", update), ("idle", update), ("floor", ["-c", fetch])):
                cpu_s, wall_s, said = timed([sys.executable, *words])
                rows.setdefault(f"{what}_cpu_s", []).append(cpu_s)
                rows.setdefault(f"{what}_wall_s", []).append(wall_s)
                if what != "floor":
                    report = json.loads(said.strip().splitlines()[-1])
                    facts[f"{what}_requests"] = report["requests"]
                    facts[f"{what}_content_bytes"] = report["received_bytes"]
        for switch in ("false", "true"):
            own = folder / f"agent-{switch}"
            own.mkdir()
            text = _STATION.format(folder=own, root=root, url="http://127.0.0.1:9/", enabled=switch)
            (own / "station.toml").write_text(text)
            facts[f"agent_mb_updates_{switch}"] = round(agent_mb(own / "station.toml"), 1)
    return facts | {name: round(statistics.median(seen), 3) for name, seen in rows.items()}


def main() -> None:
    """Measure, and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--runs", type=int, default=5)
    reader.add_argument("--json", type=Path)
    wanted = reader.parse_args()
    versions = {name: version(name) for name in ("tuf", "securesystemslib", "cryptography")}
    print(f"{platform.machine()}, Python {platform.python_version()}, {versions}")
    print(f"load at the start: {os.getloadavg()[0]:.2f}; median of {wanted.runs} runs")
    with tempfile.TemporaryDirectory(prefix="tremorkit-updates-") as name:
        figures = run(Path(name), wanted.runs)
    for key, value in sorted(figures.items()):
        print(f"{key:28} {value}")
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(figures | {"versions": versions}, indent=2) + "\n")


if __name__ == "__main__":
    main()
