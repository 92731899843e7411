"""Take docs/images/screen-stations.png and screen-rollouts.png: a made-up fleet in mid-rollout.

    python -m scripts.take_fleet_screenshots [--out docs/images]

Needs Debian's chromium and the built page.
"""

import argparse
import asyncio
import math
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from cloud.board import Board
from cloud.board.wanted import Assigned, Wanted
from cloud.config import ServiceConfig
from cloud.holdings import Holdings, open_holdings
from cloud.rollout.log import Change, RolloutLog
from cloud.rollout.measures import Measures
from cloud.rollout.operate import started
from cloud.rollout.plan import RolloutPlan
from cloud.rollout.rollout import Note
from cloud.rollout.target import Target, TargetStatus
from cloud.web import Behind
from edge.messages import NoiseLevel
from edge.messages.update import UpdateModel, UpdateOutcome, UpdateReport
from edge.timestamps import seconds_to_ns
from edge.update.targets import Assignment, Kind
from tests.cloud.scene import Scene, health, state
from tests.cloud.web.server import serve

_CHROMIUM = "/usr/bin/chromium"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_SIZE = {"width": 1600, "height": 900}
_NEW, _OLD = "ab" * 32, "cd" * 32
_ORDER = Assignment(rollout_id="quiet-nights", model="models/tremor_stream-2.tremor", sha256=_NEW)
_HOUR_NS = seconds_to_ns(3_600.0)
_BACK = "rolled back in probation: alone it fired 7 times in ten minutes"
_RINGS = (
    ("canary", TargetStatus.COMMITTED, 20),
    ("early", TargetStatus.COMMITTED, 24),
    ("early", TargetStatus.TRYING, 9),
    ("early", TargetStatus.WAITING, 4),
    ("early", TargetStatus.FAILED, 2),
    ("early", TargetStatus.TIMED_OUT, 1),
    ("all", TargetStatus.PLANNED, 140),
)


def _network(version: int, since_ns: int) -> UpdateModel:
    return UpdateModel(
        name="tremor_stream",
        version=version,
        sha256=_NEW if version > 1 else _OLD,
        rollout_id=_ORDER.rollout_id,
        since=since_ns,
    )


def _tell(board: Board, now_ns: int) -> None:
    """Let the stations of the scene say how they do with the new network."""
    new, old = _network(2, now_ns - _HOUR_NS // 5), _network(1, now_ns - 900 * _HOUR_NS)
    last = UpdateOutcome(
        **new.model_dump(),
        end="rolled back",
        phase="probation",
        reason="alone it fired 7 times in ten minutes",
    )
    said = {
        "001": {"committed": new},
        "002": {"committed": new},
        "003": {"committed": old, "candidate": new, "phase": "shadow"},
        "004": {"committed": old, "quarantined": (_NEW,), "last": last},
        "005": {"committed": old, "window_utc": (2, 4)},
    }
    for code in (*said, "006", "007", "009", "010", "011", "013", "014"):
        fields = {"ring": "early", "phase": "idle", "committed": old, **said.get(code, {})}
        if code not in said:
            fields["ring"] = "all"
        fields["looked"] = now_ns - _HOUR_NS // 4
        board.on_state(state(code, update=UpdateReport.model_validate(fields)), now_ns)
    new_facts = ("tremor_stream 2", frozenset({_NEW}), "early", _ORDER.rollout_id)
    old_facts = ("tremor_stream 1", frozenset({_OLD}), "all", "first")
    board.want(
        Wanted(
            {
                ("early", Kind.MODEL): Assigned(Kind.MODEL, *new_facts, now_ns - 2 * _HOUR_NS),
                ("all", Kind.MODEL): Assigned(Kind.MODEL, *old_facts, now_ns - 900 * _HOUR_NS),
            }
        )
    )


def _roll_out(holdings: Holdings, now_ns: int) -> None:
    """Keep a rollout that is in its second ring."""
    begun = started(_ORDER, RolloutPlan(), "ana", now_ns - 30 * _HOUR_NS)
    rollout = begun.model_copy(update={"ring": 1, "ring_since": now_ns - 2 * _HOUR_NS})
    figures = {"heard_s": 1800.0, "firings": 3.0, "incumbent_firings": 4.0, "incumbent_hops": 7.2e3}
    sums = {"reports": 1000, "memory_reports": 1000, "memory_sum_bytes": 8.1e10, "quiet_s": 9000.0}
    before = Measures(span_s=10_000.0, cpu_s=68.0, latency_sum_s=910.0, triggers=4, **sums)
    after = Measures(span_s=10_000.0, cpu_s=71.0, latency_sum_s=920.0, triggers=3, **sums)
    targets, notes = [], [Note(action="start", by="ana", detail=_ORDER.model)]
    for ring, status, count in _RINGS:
        for _ in range(count):
            name = f"MX.{len(targets) + 1:03}"
            failed, there = status is TargetStatus.FAILED, status is TargetStatus.COMMITTED
            target = Target(station=name, ring=ring, status=status, since=now_ns)
            update = {"detail": _BACK if failed else "", "figures": figures if there else {}}
            update |= {"before": before, "after": after} if there else {}
            targets.append(target.model_copy(update=update))
            if there or failed:
                word = Note(action=status.value, by=name, ring=ring, station=name)
                notes.append(word.model_copy(update={"detail": update["detail"]}))
    log = RolloutLog(holdings.store.engine)
    log.begin(Change(begun), None, begun.started)
    log.save(log.live()[0], Change(rollout, targets, notes), now_ns - _HOUR_NS // 3)


async def _take(browser: Browser, url: str, path: Path, press: str | None) -> None:
    page = await browser.new_page(viewport=_SIZE)
    await page.goto(url)
    if press is not None:
        await page.locator(press).click()
    await page.wait_for_timeout(3_000)
    await page.screenshot(path=path)
    await page.close()


async def _photograph(out: Path) -> None:
    scene, board = Scene(), Board()
    for number in range(180):
        at_ns = scene.now_ns - seconds_to_ns(10.0 * (180 - number))
        noise = NoiseLevel(channel="HNZ", rms_m_s2=6e-4 * (1 + 0.2 * math.sin(number / 9) ** 2))
        board.on_health(health("003", at_ns, noise=(noise,)), at_ns)
    scene.fill(board)
    _tell(board, scene.now_ns)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_holdings(ServiceConfig(state_dir=Path(folder))) as holdings,
    ):
        _roll_out(holdings, scene.now_ns)
        behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, 1_000_000)
        async with serve(board, scene.clock, behind=behind) as served, async_playwright() as play:
            browser = await play.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
            row = '.fleet-row[data-station="MX.003"]'
            await _take(browser, f"{served.url}/#stations", out / "screen-stations.png", row)
            await _take(browser, f"{served.url}/#rollouts", out / "screen-rollouts.png", None)
            await browser.close()


def main() -> None:
    """Make the fleet, and photograph it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    asyncio.run(_photograph(parser.parse_args().out))


if __name__ == "__main__":
    main()
