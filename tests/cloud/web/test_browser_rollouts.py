"""Rollouts, updates and enrolment on the page, in a real browser."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from cloud.board import Board
from cloud.board.alarm import Affected
from cloud.board.trouble import Trouble
from cloud.board.wanted import Assigned, Wanted
from cloud.config import ServiceConfig
from cloud.enrolment.registry import Registry
from cloud.holdings import Holdings, open_holdings
from cloud.rollout.log import Change, RolloutLog
from cloud.rollout.rollout import Note
from cloud.rollout.target import Target, TargetStatus
from cloud.store.alarms import AlarmLog
from cloud.store.tokens import Role, Tokens
from cloud.web import Behind
from edge.messages.update import UpdateModel, UpdateOutcome, UpdateReport
from edge.timestamps import seconds_to_ns
from edge.update.targets import Kind
from tests.cloud.rollout.test_engine import begun
from tests.cloud.scene import Scene, state
from tests.cloud.store.test_alarms import alarm
from tests.cloud.web.browsing import PHONE, open_page
from tests.cloud.web.server import Served, serve

pytestmark = pytest.mark.browser

NEW, OLD = "ab" * 32, "cd" * 32
FIGURES = {"heard_s": 7200.0, "firings": 9.0, "incumbent_firings": 4.0, "incumbent_hops": 9000.0}


@pytest.fixture
def holdings(tmp_path: Path, scene: Scene) -> Iterator[Holdings]:
    """Return the disks of a centre whose rollout is in its first ring."""
    with open_holdings(ServiceConfig(state_dir=tmp_path)) as made:
        log = RolloutLog(made.store.engine)
        started = begun().model_copy(
            update={"started": scene.now_ns, "ring_since": scene.now_ns - seconds_to_ns(120)}
        )
        targets = [
            Target(station="MX.001", ring="canary", status=TargetStatus.COMMITTED, since=0),
            Target(station="MX.002", ring="canary", status=TargetStatus.TRYING, since=0),
            Target(
                station="MX.003",
                ring="canary",
                status=TargetStatus.FAILED,
                since=0,
                detail="rolled back in probation: it fires alone",
                figures=FIGURES,
            ),
            Target(station="MX.004", ring="all", since=0),
        ]
        note = Note(action="start", by="ana", detail="models/net-2.tremor")
        log.begin(Change(started, targets, [note]), None, scene.now_ns)
        (kept,) = log.live()
        log.save(kept, Change(started, targets), scene.now_ns)
        yield made


@pytest.fixture
async def served(board: Board, scene: Scene, holdings: Holdings) -> AsyncIterator[Served]:
    """Serve a whole centre."""
    behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, 1_000_000)
    async with serve(board, scene.clock, behind=behind) as made:
        yield made


def model(sha256: str, version: int, since_ns: int) -> UpdateModel:
    """Return a network as a station tells it."""
    return UpdateModel(
        name="quake_cnn", version=version, sha256=sha256, rollout_id="r-2", since=since_ns
    )


def assign(board: Board, scene: Scene) -> None:
    """Let four canaries have a new network: committed, in the shadow, rolled back, not begun."""
    now_ns = scene.now_ns
    new, old = model(NEW, 2, now_ns - seconds_to_ns(720)), model(OLD, 1, 0)
    last = UpdateOutcome(
        **new.model_dump(), end="rolled back", phase="probation", reason="it fires alone"
    )
    said = {
        "001": {"committed": new},
        "002": {"committed": old, "candidate": new, "phase": "shadow"},
        "003": {"committed": old, "quarantined": (NEW,), "last": last},
        "004": {"committed": old, "looked": now_ns - seconds_to_ns(180)},
    }
    for code, fields in said.items():
        report = UpdateReport.model_validate({"ring": "canary", "phase": "idle", **fields})
        board.on_state(state(code, update=report), now_ns)
    order = Assigned(
        Kind.MODEL,
        "quake_cnn 2",
        frozenset({NEW}),
        "canary",
        "r-2",
        now_ns - seconds_to_ns(3_600),
    )
    board.want(Wanted({("canary", Kind.MODEL): order}))


async def test_updates_of_stations_are_seen_counted_and_found(
    browser: Browser, board: Board, scene: Scene, served: Served
) -> None:
    """A chip for each standing filters; the column sorts; a close-up says all of it."""
    assign(board, scene)
    board.certify({"MX.002": scene.now_ns + seconds_to_ns(40 * 86_400)})
    async with open_page(browser, f"{served.url}/#stations") as watched:
        page = watched.page
        row = page.locator('.fleet-row[data-station="MX.002"]')
        await expect(row.locator(".fleet-update")).to_have_text("on its way: shadow, 12 min")
        await expect(row.locator(".fleet-network")).to_have_text("quake_cnn 1")
        await expect(page.locator("#fleet-tally button")).to_have_text(
            ["1 rolled back", "1 not begun", "1 on its way", "1 as wanted"]
        )
        await page.get_by_role("button", name="1 rolled back").click()
        await expect(page.locator(".fleet-row:visible")).to_have_count(1)
        await expect(page.locator(".fleet-row:visible")).to_contain_text("MX.003")
        await page.get_by_role("button", name="1 rolled back").click()
        await page.get_by_role("button", name="Update", exact=True).click()
        first = page.locator('.fleet-row[aria-rowindex="2"]:visible')
        await expect(first).to_have_attribute("data-station", "MX.003")
        # By its own handler: rows may be sorted anew while a hand is on its way to one.
        await row.dispatch_event("click")
        detail = page.locator("#detail")
        await expect(detail).to_contain_text("wanted quake_cnn 2: on its way: shadow, 12 min")
        await expect(detail).to_contain_text("until 2026-04-23")
        assert [] == watched.errors


async def test_who_has_one_station_reads_it_on_the_first_page(
    browser: Browser, scene: Scene, tmp_path: Path
) -> None:
    """Network, since when, and the last look, without a table."""
    board = Board()
    committed = model(OLD, 1, scene.now_ns - seconds_to_ns(7_200))
    looked_ns = scene.now_ns - seconds_to_ns(180)
    report = UpdateReport(ring="all", phase="idle", committed=committed, looked=looked_ns)
    board.on_state(state("001", update=report), scene.now_ns)
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        words = watched.page.locator("#stations .upkeep")
        await expect(words).to_have_text(
            "network: quake_cnn 1 since 2026-03-14 04:51; last look 3 min ago"
        )
        board.on_state(state("002"), scene.now_ns)
        await expect(words).to_contain_text("MX.001 network: quake_cnn 1")
        for code in ("003", "004"):
            board.on_state(state(code), scene.now_ns)
        await expect(words).to_have_count(0)
        assert [] == watched.errors


async def test_a_rollout_with_rings_comparison_and_audit(browser: Browser, served: Served) -> None:
    """Who only looks sees no button that orders; a troubled station leads to its close-up."""
    async with open_page(browser, f"{served.url}/#stations") as watched:
        page = watched.page
        await page.get_by_role("tab", name="Stations").press("ArrowRight")
        assert page.url.endswith("#rollouts")
        shown = page.get_by_role("article", name="Rollout")
        await expect(shown).to_contain_text("Network net 2")
        await expect(shown.locator(".rollout-state")).to_contain_text("ring canary for 2 min")
        bar = page.get_by_role("img", name="1 committed, 1 trying, 1 failed")
        widths = await bar.locator("i").evaluate_all("all => all.map(one => one.clientWidth)")
        assert 1 == len(set(widths))
        assert min(widths) > 50
        await expect(page.locator(".ring").nth(1)).to_contain_text("1 station, not begun")
        await expect(shown).to_contain_text("at most 10% may fail once 2 have ended")
        await expect(shown.get_by_role("row", name="Firings in the shadow")).to_contain_text("9")
        await expect(shown.locator(".audit li")).to_have_count(1)
        await expect(page.get_by_role("button", name="Pause")).to_be_hidden()
        await shown.get_by_role("button", name="MX.003").click()
        await expect(page.locator("#detail")).to_contain_text("MX.003")
        assert page.url.endswith("#stations")
        assert [] == watched.errors


async def sign_on(page: Page, token: str) -> None:
    """Say who is there; the field is folded until somebody wants it."""
    field = page.get_by_label("Operator's token")
    if not await field.is_visible():
        await page.get_by_text("Operate", exact=True).click()
    await page.get_by_label("Operator's token").fill(token)
    await page.keyboard.press("Enter")


async def test_an_operator_pauses_resumes_and_aborts(
    browser: Browser, served: Served, holdings: Holdings
) -> None:
    """With a token that is kept as long as the tab; aborting asks twice."""
    tokens = Tokens(holdings.store.engine)
    reader, operator = tokens.add("wall", 0), tokens.add("ana", 0, Role.OPERATOR)
    async with open_page(browser, f"{served.url}/#rollouts") as watched:
        page = watched.page
        await sign_on(page, reader)
        await expect(page.locator(".orders")).to_contain_text("This token is no operator's.")
        await sign_on(page, operator)
        await page.get_by_label("Reason").fill("ice on the roads")
        await page.get_by_role("button", name="Pause").click()
        words = page.locator(".rollout-state")
        await expect(words).to_contain_text("paused: ice on the roads")
        await expect(page.locator(".audit li").first).to_contain_text("ana")
        await page.reload()
        await page.get_by_role("button", name="Resume").click()
        await expect(words).to_contain_text("running")
        await page.get_by_role("button", name="Abort and take back").click()
        await page.get_by_role("button", name="Abort: sure?").click()
        await expect(words).to_contain_text("returning: aborted by ana")
        await expect(page.locator(".rollout-badge")).to_have_text("returning")
        await page.get_by_role("button", name="Sign off").click()
        await expect(page.get_by_text("Operate", exact=True)).to_be_visible()
        assert "pause" in [
            line.action for line in RolloutLog(holdings.store.engine).audit("r-2", 9)
        ]
        assert [] == watched.errors


async def test_an_alarm_about_a_rollout_leads_to_it_and_is_acknowledged(
    browser: Browser, board: Board, scene: Scene, served: Served, holdings: Holdings
) -> None:
    """It names no station that could be shown; only an operator says that it was seen."""
    stands = Affected(station="rollout r-2", text="paused: nobody answered", began=scene.now_ns)
    one = alarm(
        "r",
        began=scene.now_ns,
        kind=Trouble.ROLLOUT,
        headline="rollout r-2 paused: nobody answered",
        stations=(stands,),
    )
    board.on_alarm(one)
    log = AlarmLog(holdings.store.engine)
    log.save(one)
    operator = Tokens(holdings.store.engine).add("ana", 0, Role.OPERATOR)
    async with open_page(browser, f"{served.url}/#stations") as watched:
        page = watched.page
        await page.get_by_role("button", name="rollout r-2 paused").click()
        await expect(page.get_by_role("article", name="Rollout")).to_contain_text("Network net 2")
        await expect(page.get_by_role("button", name="Seen", exact=True)).to_be_hidden()
        await sign_on(page, operator)
        async with page.expect_response("**/acknowledge"):
            await page.get_by_role("button", name="Seen", exact=True).click()
        assert ["ana"] == [seen.acknowledged_by for seen in log.open()]
        (seen,) = log.open()
        board.on_alarm(seen.model_copy(update={"revision": 1}))
        await expect(page.locator("#alarms")).to_contain_text("seen by ana")
        await expect(page.get_by_role("button", name="Seen", exact=True)).to_be_hidden()
        assert [] == watched.errors


async def test_a_phone_shows_rollouts_and_enrolment(
    browser: Browser, served: Served, holdings: Holdings, scene: Scene
) -> None:
    """Without scrolling sideways; who waits with a token, and until when."""
    registry = Registry(holdings.store.engine)
    registry.add(("MX", "099"), scene.now_ns, scene.now_ns + seconds_to_ns(2 * 86_400 + 5))
    async with open_page(browser, f"{served.url}/#rollouts", PHONE) as watched:
        page = watched.page
        await expect(page.get_by_role("article", name="Rollout")).to_contain_text("Network net 2")
        sizes = await page.evaluate(
            "() => ['.rollout', '.rollout-list', 'html'].map(at => document.querySelector(at))"
            ".map(box => box.scrollWidth - box.clientWidth)"
        )
        assert [0, 0, 0] == sizes
        await page.get_by_role("tab", name="Enrolment").click()
        line = page.get_by_role("listitem").filter(has_text="MX.099")
        await expect(line).to_contain_text("waiting")
        await expect(line).to_contain_text("until 2026-03-16 06:51, in 2 d")
        assert [] == watched.errors
