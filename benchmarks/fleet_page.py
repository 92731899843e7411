"""What the page of a large fleet costs a browser, and what its API costs the centre.

    python benchmarks/fleet_page.py

A centre in this process serves 5,000 stations, each with a twin, and a rollout over all of them; 500
health reports a second keep the picture moving, as 5,000 stations do. A Chromium without a GPU
shows the table of all stations. Told are, of five rounds: how long it takes from the address to
the table with all of them, how long a filter and a sort take until the next picture is drawn (60 ms
of it is what the page waits for more news before it draws), and which share of a core the page's
own thread spends while nothing is touched. The floor, in turn with it, is the same page with 50
stations, of which 500 reports a second tell as well. Then the centre's share: processor time for
`/twins`, and for the rollout close up.

Needs Debian's chromium and the built page.
"""

import asyncio
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect
from starlette.testclient import TestClient

from cloud.board import Board, BoardConfig
from cloud.board.wanted import Assigned, Wanted
from cloud.config import ServiceConfig
from cloud.holdings import Holdings, open_holdings
from cloud.rollout.log import Change, RolloutLog
from cloud.rollout.operate import started
from cloud.rollout.plan import RolloutPlan
from cloud.rollout.target import Target, TargetStatus
from cloud.web import Behind, create_app
from edge.messages import Health, State
from edge.messages.update import UpdateModel, UpdateReport
from edge.update.targets import Assignment, Kind
from tests.cloud.scene import health, state
from tests.cloud.web.server import serve

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
MANY, FEW, ROUNDS, REPORTS_PER_S, IDLE_S = 5_000, 50, 5, 500, 5.0
NEW, OLD = "ab" * 32, "cd" * 32
ORDER = Assignment(rollout_id="r-2", model="models/quake_cnn-2.tremor", sha256=NEW)
_UNTIL_DRAWN = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))"


def said(number: int, now_ns: int) -> State:
    """Return what a station says; one in ten is in the shadow."""
    model = UpdateModel(name="quake_cnn", version=1, sha256=OLD, rollout_id="r-1", since=now_ns)
    update = UpdateReport(ring="all", phase="idle", committed=model)
    if number % 10 == 0:
        candidate = model.model_copy(update={"sha256": NEW, "version": 2})
        update = update.model_copy(update={"phase": "shadow", "candidate": candidate})
    one = state("001", update=update)
    place = {"latitude": 15.0 + number % 71 / 14, "longitude": -101.0 + number / 1_500}
    return one.model_copy(update={"network": "ZZ", "station": f"S{number:04}", **place})


def report(number: int, now_ns: int) -> Health:
    """Return a health report."""
    one = health("001", now_ns, latency_s=0.5 + number % 13 / 10)
    return one.model_copy(update={"network": "ZZ", "station": f"S{number:04}"})


def board_of(stations: int) -> Board:
    """Return a board that knows them, with what they are to run."""
    board = Board(BoardConfig(stations=MANY))
    now_ns = time.time_ns()
    order = Assigned(Kind.MODEL, "quake_cnn 2", frozenset({NEW}), "all", "r-2", now_ns)
    board.want(Wanted({("all", Kind.MODEL): order}))
    for number in range(stations):
        board.on_state(said(number, now_ns), now_ns)
        board.on_health(report(number, now_ns), now_ns)
    return board


async def keep_moving(board: Board, stations: int) -> None:
    """Let reports come, for ever."""
    number, begun_s = 0, time.monotonic()
    while True:
        due = int((time.monotonic() - begun_s) * REPORTS_PER_S)
        while number < due:
            now_ns = time.time_ns()
            board.on_health(report(number % stations, now_ns), now_ns)
            number += 1
        await asyncio.sleep(0.02)


async def measured(browser: Browser, stations: int) -> dict[str, float]:
    """Return what one round shows."""
    board = board_of(stations)
    async with serve(board, time.time_ns) as served:
        moving = asyncio.create_task(keep_moving(board, stations))
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        begun_s = time.monotonic()
        await page.goto(f"{served.url}/#stations")
        everybody = f"{stations} of {stations}"
        await expect(page.locator("#fleet-count")).to_have_text(everybody, timeout=120_000)
        found = {"until the table, s": time.monotonic() - begun_s}
        found["page's thread, % of a core"] = await share(page)
        typed = "box => { box.value = 'shadow'; box.dispatchEvent(new Event('input')); }"
        found["filter, ms"] = await until_drawn(page, "#fleet-filter", typed)
        found["sort, ms"] = await until_drawn(page, ".fleet-update button", "head => head.click()")
        found["rows that exist"] = float(await page.locator(".fleet-row").count())
        await page.close()
        moving.cancel()
    return found


async def share(page: Page) -> float:
    """Return the share of a core, percent, that the page's thread spends untouched."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    spent = []
    for wait_s in (IDLE_S, 0.0):
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        by_name = {one["name"]: one["value"] for one in metrics}
        spent.append((by_name["Timestamp"], by_name["TaskDuration"]))
        await asyncio.sleep(wait_s)
    (from_s, before_s), (until_s, after_s) = spent
    return 100 * (after_s - before_s) / (until_s - from_s)


async def until_drawn(page: Page, selector: str, action: str) -> float:
    """Return how long it takes from an action to the next picture that has it, ms."""
    script = (
        f"async selector => {{ const act = {action}; const begun = performance.now();"
        " act(document.querySelector(selector));"
        " await new Promise(done => setTimeout(done, 60));"
        f" await ({_UNTIL_DRAWN})(); return performance.now() - begun; }}"
    )
    return float(await page.evaluate(script, selector))


def rollout_over(holdings: Holdings, stations: int) -> None:
    """Keep a rollout with so many stations."""
    log = RolloutLog(holdings.store.engine)
    rollout = started(ORDER, RolloutPlan(), "ana", time.time_ns())
    statuses = tuple(TargetStatus)
    targets = [
        Target(station=f"ZZ.S{n:04}", ring="all", status=statuses[n % len(statuses)], since=0)
        for n in range(stations)
    ]
    log.begin(Change(rollout), None, 0)
    log.save(log.live()[0], Change(rollout, targets), 0)


def centre_cost() -> dict[str, list[float]]:
    """Return processor milliseconds of answers of the API, five of each."""
    costs: dict[str, list[float]] = {}
    asked = (
        ("/twins?limit=1000", "/api/v1/twins?limit=1000"),
        ("rollout after a change", "/api/v1/rollouts/r-2"),
        ("rollout unchanged", "/api/v1/rollouts/r-2"),
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        open_holdings(ServiceConfig(state_dir=Path(folder))) as holdings,
    ):
        rollout_over(holdings, MANY)
        log = RolloutLog(holdings.store.engine)
        behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, 1_000_000)
        with TestClient(create_app(board_of(MANY), time.time_ns, behind=behind)) as client:
            for _ in range(ROUNDS):
                log.save(log.live()[0], Change(log.live()[0].rollout), 0)
                for name, path in asked:
                    begun_s = time.process_time()
                    client.get(path).raise_for_status()
                    spent_ms = 1_000 * (time.process_time() - begun_s)
                    costs.setdefault(name, []).append(spent_ms)
    return costs


async def browsed() -> dict[int, list[dict[str, float]]]:
    """Return the rounds with many stations and with few, in turn."""
    rounds: dict[int, list[dict[str, float]]] = {MANY: [], FEW: []}
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        sys.stdout.write(f"chromium {browser.version}\n")
        for _ in range(ROUNDS):
            for stations, found in rounds.items():
                found.append(await measured(browser, stations))
        await browser.close()
    return rounds


def main() -> None:
    """Measure and print."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    sys.stdout.write(f"Python {platform.python_version()}, load {load}\n")
    rounds = asyncio.run(browsed())
    sys.stdout.write(f"{'median of ' + str(ROUNDS):<32}{MANY:>10}{FEW:>10} stations\n")
    for name in rounds[MANY][0]:
        middles = [statistics.median(one[name] for one in rounds[count]) for count in (MANY, FEW)]
        sys.stdout.write(f"{name:<32}{middles[0]:>10.2f}{middles[1]:>10.2f}\n")
    for name, costs in centre_cost().items():
        sys.stdout.write(f"{name:<32}{statistics.median(costs):>10.1f} ms of the centre\n")
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    sys.stdout.write(f"load after it {load}\n")


if __name__ == "__main__":
    main()
