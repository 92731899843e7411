"""All stations on one screen, and one close up, in a real browser."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from cloud.board import Board
from cloud.config import ServiceConfig
from cloud.fleetview.recorder import Recorder
from cloud.holdings import Holdings, open_holdings
from cloud.web import Behind
from edge.messages import AlarmHealth, ComponentNoise, NoiseSpectrum, NoiseVerdict
from edge.timestamps import seconds_to_ns
from tests.cloud.scene import DEGRADED, OFFLINE, STATIONS, Scene, health, state
from tests.cloud.store.test_alarms import alarm
from tests.cloud.web.browsing import PHONE, TOUCH, open_page
from tests.cloud.web.server import Served, serve

pytestmark = pytest.mark.browser

_INK = """canvas => {
    const context = canvas.getContext('2d');
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let ink = 0;
    for (let i = 0; i < pixels.length; i += 4) {
        if (pixels[i] < 120 && pixels[i + 1] > 130 && pixels[i + 3] > 200) ink += 1;
    }
    return ink;
}"""


@pytest.fixture
def holdings(tmp_path: Path) -> Iterator[Holdings]:
    """Return the disks of a centre."""
    with open_holdings(ServiceConfig(state_dir=tmp_path)) as made:
        yield made


@pytest.fixture
async def served(board: Board, scene: Scene, holdings: Holdings) -> AsyncIterator[Served]:
    """Serve a whole centre."""
    behind = Behind(holdings.store, holdings.keeper, holdings.waveforms, 1_000_000)
    async with serve(board, scene.clock, behind=behind) as made:
        yield made


async def test_stations_are_sorted_and_filtered(browser: Browser, served: Served) -> None:
    """Those who need a hand first; heads sort, words filter, and a reload brings it back."""
    async with open_page(browser, served.url) as watched:
        page = watched.page
        await page.get_by_role("button", name="Stations", exact=True).click()
        rows = page.locator(".fleet-row:visible")
        await expect(rows).to_have_count(len(STATIONS))
        await expect(page.locator("#fleet-count")).to_have_text("16 of 16")
        first = page.locator('.fleet-row[aria-rowindex="2"]:visible')
        await expect(first).to_have_attribute("data-station", f"MX.{OFFLINE}")
        await page.get_by_role("button", name="Clock", exact=True).click()
        await page.get_by_role("button", name="Clock", exact=True).click()
        await expect(first).to_have_attribute("data-station", f"MX.{DEGRADED}")
        await expect(first).to_contain_text("clock uncertain by 1.8 s")
        await page.locator("#fleet-filter").fill("offline")
        await expect(rows).to_have_count(1)
        await page.locator("#fleet-filter").fill("nobody")
        await expect(page.locator("#fleet-empty")).to_be_visible()

        assert page.url.endswith("#stations")
        await page.reload()
        await expect(rows).to_have_count(len(STATIONS))
        await page.get_by_role("button", name="Back to the map").click()
        await expect(page.locator("#fleet")).to_be_hidden()
        assert [] == watched.errors


async def test_a_thousand_stations_cost_a_screenful(
    browser: Browser, board: Board, scene: Scene, served: Served
) -> None:
    """Rows exist only where they are seen, also at the end of the list."""
    for number in range(1_000):
        one = state("001").model_copy(update={"network": "ZZ", "station": f"S{number:03}"})
        board.on_state(one, scene.now_ns)
    async with open_page(browser, f"{served.url}/#stations", TOUCH) as watched:
        page = watched.page
        await expect(page.locator("#fleet-count")).to_have_text("1016 of 1016")
        await page.locator("#fleet-filter").fill("ZZ")
        await page.get_by_role("button", name="Station", exact=True).click()
        await expect(page.locator("#fleet-count")).to_have_text("1000 of 1016")
        await page.locator("#fleet-scroll").evaluate("box => box.scrollTo(0, 1e6)")
        last = page.locator('.fleet-row[data-station="ZZ.S999"]:visible')
        await expect(last).to_be_visible()
        box = await last.bounding_box()

        assert box is not None
        assert box["y"] + box["height"] <= TOUCH[1]
        assert await page.locator(".fleet-row").count() < 60
        assert await page.locator(".station-row").count() <= 61
        await last.locator("button").focus()
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("Enter")
        await expect(page.locator("#detail")).to_contain_text("ZZ.S998")
        assert [] == watched.errors


async def test_a_station_close_up_has_history_spectrum_and_alarm(
    browser: Browser, board: Board, scene: Scene, served: Served, holdings: Holdings
) -> None:
    """A day from the database, the background between the noise models, its own alarm."""
    noise = ComponentNoise(
        channel="HNZ",
        levels_db=(-80.0, -81.0, -82.0, -83.0),
        above_nlnm_db=60.0,
        above_nhnm_db=20.0,
        verdict=NoiseVerdict.QUIET,
    )
    report = health(
        "001",
        scene.now_ns + 1,
        spectrum=NoiseSpectrum(bands_hz=(1.0, 2.0, 4.0, 8.0), span_s=60.0, components=(noise,)),
        alarm=AlarmHealth(ringing=True, count=3),
    )
    board.on_health(report, scene.now_ns + 1)
    holdings.store.save(report, scene.now_ns)
    recorder = Recorder(holdings.store)
    for number in range(60):
        at_ns = scene.now_ns - seconds_to_ns(10.0 * (60 - number))
        recorder.take(health("001", at_ns, temperature_c=20.0 + number % 7), at_ns)
    await recorder.flush()
    async with open_page(browser, f"{served.url}/#stations") as watched:
        page = watched.page
        await page.locator('.fleet-row[data-station="MX.001"]').click()
        detail = page.locator("#detail")
        await expect(detail).to_contain_text("Its own alarm rings")
        await expect(detail).to_contain_text("rings, 3 so far")
        await expect(detail.locator(".spectrum canvas")).to_be_visible()
        assert await detail.locator(".spectrum canvas").evaluate(_INK) > 50
        # The stored reports of the last minutes: no span of them has closed yet.
        await detail.get_by_role("button", name="day").click()
        await expect(detail).to_contain_text("No history yet.")
        assert [] == watched.errors


async def test_alarms_on_stations_stand_on_top(
    browser: Browser, board: Board, scene: Scene, served: Served
) -> None:
    """Their number is seen from the map too; what is over says so."""
    async with open_page(browser, served.url) as watched:
        page = watched.page
        await expect(page.locator("#alarm-count")).to_be_hidden()
        board.on_alarm(alarm("001", began=scene.now_ns - seconds_to_ns(90)))
        await expect(page.locator("#alarm-count")).to_have_text("1")
        await page.get_by_role("button", name="Stations 1").click()
        await expect(page.locator("#alarms")).to_contain_text("XX.001 gone quiet")
        await expect(page.locator("#alarms")).to_contain_text("for 1 min 30 s")
        board.on_alarm(
            alarm("001", revision=1, ended=scene.now_ns, headline="Over: XX.001 gone quiet")
        )
        await expect(page.locator("#alarms")).to_contain_text("Over: XX.001 gone quiet")
        await expect(page.locator("#alarm-count")).to_be_hidden()
        assert [] == watched.errors


async def test_a_phone_shows_what_is_needed_on_the_way(
    browser: Browser, board: Board, scene: Scene, served: Served
) -> None:
    """Name, last heard, latency and trouble without scrolling sideways; a close-up over all."""
    board.on_alarm(alarm("001", began=scene.now_ns))
    async with open_page(browser, f"{served.url}/#stations", PHONE) as watched:
        page = watched.page
        row = page.locator(f'.fleet-row[data-station="MX.{DEGRADED}"]')
        await expect(row).to_contain_text("clock uncertain")
        sizes = await page.evaluate(
            "() => ['#fleet-scroll', 'html'].map(at => document.querySelector(at))"
            ".map(box => box.scrollWidth - box.clientWidth)"
        )
        assert [0, 0] == sizes
        await row.click()
        box = await page.locator("#detail").bounding_box()
        assert box is not None
        assert PHONE[0] - 20 <= box["width"] <= PHONE[0]
        await page.get_by_role("button", name="Close").click()
        await expect(row).to_be_visible()
        assert [] == watched.errors
