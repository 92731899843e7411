"""The page in a real browser, fed by a real server: what an operator sees."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from cloud.board import Board, BoardConfig
from cloud.board.picture import Mode
from cloud.web import WebConfig
from edge.messages import EventStatus, TriggerStatus
from edge.timestamps import seconds_to_ns
from tests.cloud.scene import (
    DEGRADED,
    OFFLINE,
    ORIGIN_NS,
    STATIONS,
    Scene,
    event,
    health,
    state,
    trigger,
)
from tests.cloud.web.browsing import TOUCH, WALL, open_page
from tests.cloud.web.server import serve

pytestmark = pytest.mark.browser

_COLOUR = """sign => {
    const style = getComputedStyle(sign.querySelector('svg'));
    return style.fill === 'none' || style.fill === 'rgb(0, 0, 0)' ? style.stroke : style.fill;
}"""
_LAND_SHARE = """() => {
    const canvas = document.querySelector('.leaflet-basemap-pane canvas');
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let land = 0;
    for (let i = 3; i < pixels.length; i += 4) land += pixels[i] === 255 ? 1 : 0;
    return land / (pixels.length / 4);
}"""

_FRONT_WIDTH = "phase => document.querySelector('.front.' + phase)?.getBBox().width ?? 0"


async def _width(page: Page, phase: str) -> float:
    return float(await page.evaluate(_FRONT_WIDTH, phase))


async def _condition_of(page: Page, code: str) -> str | None:
    return await page.locator(f'.station-marker[data-station="MX.{code}"]').get_attribute(
        "data-condition"
    )


async def test_stations_appear_with_colour_and_shape_of_their_condition(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """All stations are on the map; the four conditions differ in colour and in shape."""
    board.on_trigger(trigger("003", onset=scene.now_ns), scene.now_ns)
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        page = watched.page
        await expect(page.locator(".station-marker")).to_have_count(len(STATIONS))
        looks = {}
        for condition, code in (
            ("offline", OFFLINE),
            ("degraded", DEGRADED),
            ("triggering", "003"),
            ("quiet", "001"),
        ):
            sign = page.locator(f'.station-marker[data-station="MX.{code}"] .station-sign')
            assert condition == await _condition_of(page, code)
            shape = await sign.locator("svg").evaluate("svg => svg.innerHTML")
            looks[condition] = (await sign.evaluate(_COLOUR), shape)

        assert [] == watched.errors
    assert 4 == len({colour for colour, _ in looks.values()})
    assert 4 == len({shape for _, shape in looks.values()})


async def test_an_earthquake_appears_without_a_reload(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """Triggers and event come in while the page is open, and all of it is told."""
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        page = watched.page
        await expect(page.locator("#current")).to_contain_text("No earthquake. Listening.")
        scene.shake(board, 40)

        await expect(page.locator("#current .magnitude-number")).to_have_text("5.1")
        await expect(page.locator("#current .chip").first).to_have_text("declared")
        await expect(page.locator("#current .place")).to_contain_text("14 km SW of MX.002")
        await expect(page.locator("#current .age")).to_have_text(re.compile(r"4\d s ago"))
        await expect(page.locator("#current .facts")).to_contain_text("24 km")
        await expect(page.locator("#current .facts")).to_contain_text("up to 34.0 gal")
        await expect(page.locator("#current .magnitude-kind")).to_have_attribute(
            "title", re.compile(r"^Mpd 5\.1 ± 0\.3, \d+ stations$")
        )
        await expect(page.locator(".epicentre.current")).to_be_visible()
        await expect(page.locator(".uncertainty.current")).to_be_attached()
        await expect(page.locator(".event-row")).to_have_count(1)
        await expect(
            page.locator(".station-marker[data-condition=triggering]").first
        ).to_be_visible()
        await expect(page.locator("#announcer")).to_contain_text("Earthquake, magnitude 5.1")
        await expect(page).to_have_title("M5.1 14 km SW of MX.002, offshore · tremorkit")
        assert [] == watched.errors


async def test_the_map_follows_the_event(browser: Browser, board: Board, scene: Scene) -> None:
    """Epicentre and the stations that saw it are inside the map, wherever it looked before."""
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        page = watched.page
        await expect(page.locator(".station-marker")).to_have_count(len(STATIONS))
        await page.locator("#map").hover()
        for _ in range(4):
            await page.mouse.wheel(0, -600)
            await page.wait_for_timeout(150)
        scene.now_ns = ORIGIN_NS + seconds_to_ns(40)
        board.on_event(event(("001", "002", "003", "010"), revision=0), scene.now_ns)
        await expect(page.locator(".epicentre.current")).to_be_visible()
        # A revision that comes while the map still moves must not be lost.
        board.on_event(event(("001", "002", "003", "010", "011", "013", "014")), scene.now_ns)
        await expect(page.locator("#current .facts")).to_contain_text("7 stations")
        await page.wait_for_timeout(2_500)

        frame = await page.locator("#map").bounding_box()
        for code in ("001", "002", "003", "010", "011", "013", "014"):
            box = await page.locator(f'.station-marker[data-station="MX.{code}"]').bounding_box()
            assert frame is not None
            assert box is not None
            assert frame["x"] < box["x"] < frame["x"] + frame["width"]
            assert frame["y"] < box["y"] < frame["y"] + frame["height"]


async def test_wave_fronts_spread_while_the_event_is_young(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """P is ahead of S, both grow with the data clock, and both are gone in the end."""
    scene.shake(board, 20)
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        page = watched.page
        await expect(page.locator(".front.P")).to_be_attached()
        p_before, s_before = [await _width(page, phase) for phase in "PS"]
        scene.now_ns += seconds_to_ns(10)
        await page.wait_for_function(f"() => ({_FRONT_WIDTH})('P') > {1.2 * p_before}")
        p_after, s_after = [await _width(page, phase) for phase in "PS"]

        assert p_before > s_before > 0
        assert p_after > p_before
        assert s_after > s_before
        scene.now_ns += seconds_to_ns(600)
        await expect(page.locator(".front")).to_have_count(0)


async def test_triggers_are_listed_with_what_an_operator_needs(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """Newest onset first: time, station, phase, PGA in gal, and which detector saw it."""
    scene.shake(board, 20)
    board.on_trigger(
        trigger("001", revision=5, status=TriggerStatus.RETRACTED, pga_m_s2=None), scene.now_ns
    )
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        rows = watched.page.locator(".trigger-row")
        onsets = [found.onset for found in board.picture().triggers]
        await expect(rows).to_have_count(len(onsets))
        times = await watched.page.locator(".trigger-row .time").all_inner_texts()
        near = watched.page.locator(".trigger-row[data-phase=P]").filter(has_text="MX.002")
        gone = watched.page.locator(".trigger-row[data-status=retracted]")

        assert sorted(times, reverse=True) == times
        await expect(watched.page.locator(".trigger-row.used")).not_to_have_count(0)
        await expect(near).to_contain_text("gal")
        await expect(near).to_contain_text("STA/LTA 9.4 · tremor_stream 0.95")
        await expect(near.locator(".phase")).to_have_text("P")
        await expect(gone).to_contain_text("retracted")


async def test_health_values_have_their_units(browser: Browser, board: Board, scene: Scene) -> None:
    """Clock, rate, latency, noise, gaps, queue and model of a station, as it reported them."""
    board.on_health(health("005", scene.now_ns + 1, outbox_depth=7, gaps=2), scene.now_ns)
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        row = watched.page.locator('.station-row[data-station="MX.005"]')
        await expect(row).to_be_attached()
        cells = await row.locator("td").all_inner_texts()
        first = watched.page.locator(".station-row").first

        expected = [
            "NTP ± 4.0 ms",
            "31.25 Hz",
            "1.3 s",
            "0.072 gal",
            "2",
            "7",
            "tremor_stream 1",
        ]
        assert expected == cells
        await expect(first).to_have_attribute("data-station", f"MX.{OFFLINE}")


async def test_a_station_opens_with_its_history(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """Click or Enter opens it with charts; a new report is added; Escape closes it."""
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        page = watched.page
        await page.locator('.station-marker[data-station="MX.012"]').click()
        detail = page.locator("#detail")
        await expect(detail).to_contain_text("clock uncertain by 1.8 s")
        await expect(detail).to_contain_text("ADXL355")
        await expect(detail.locator(".chart canvas:visible")).to_have_count(4)
        board.on_health(
            health("012", scene.now_ns + seconds_to_ns(10), latency_s=4.4), scene.now_ns
        )
        await expect(detail).to_contain_text("4.4 s")
        await page.keyboard.press("Escape")
        await expect(detail).to_be_hidden()

        await page.locator('.station-row[data-station="MX.001"] button').focus()
        await page.keyboard.press("Enter")
        await expect(detail).to_contain_text("MX.001")
        assert [] == watched.errors


async def test_a_restarted_server_is_found_again(browser: Browser, scene: Scene) -> None:
    """The page says that the connection is lost, comes back, and shows the new server's truth."""
    first, second = Board(), Board()
    scene.fill(first)
    second.on_state(state("001"), scene.now_ns)
    async with serve(first, scene.clock) as before, open_page(browser, before.url) as watched:
        page = watched.page
        await expect(page.locator("#link")).to_have_attribute("data-link", "live")
        await expect(page.locator(".station-marker")).to_have_count(len(STATIONS))
        await before.stop()
        await expect(page.locator("#link")).to_have_attribute("data-link", "lost")
        async with serve(second, scene.clock, port=before.port):
            await expect(page.locator("#link")).to_have_attribute(
                "data-link", "live", timeout=15_000
            )
            await expect(page.locator(".station-marker")).to_have_count(1)
            second.on_event(event(), scene.now_ns)
            await expect(page.locator("#current .magnitude-number")).to_have_text("5.1")


async def test_a_new_version_of_the_page_is_taken_up(
    browser: Browser, scene: Scene, built_page: Path, tmp_path: Path
) -> None:
    """A page on a wall loads itself anew when its aggregator comes back with another one."""
    renewed = tmp_path / "static"
    shutil.copytree(built_page, renewed)
    (script,) = (renewed / "assets").glob("index-*.js")
    script.rename(script.with_name("index-renewed.js"))
    index = renewed / "index.html"
    index.write_text(index.read_text().replace(script.name, "index-renewed.js"))
    first, second = Board(), Board()
    async with serve(first, scene.clock) as before, open_page(browser, before.url) as watched:
        page = watched.page
        await expect(page.locator("#link")).to_have_attribute("data-link", "live")
        await before.stop()
        config = WebConfig(static=renewed)
        async with serve(second, scene.clock, config, port=before.port):
            await page.wait_for_function(
                "() => document.querySelector('script')?.src.endsWith('index-renewed.js')",
                timeout=20_000,
            )
            await expect(page.locator("#link")).to_have_attribute("data-link", "live")


async def test_silence_is_called_stale(browser: Browser, board: Board, scene: Scene) -> None:
    """Where neither news nor heartbeat comes, the page must not look live."""
    async with serve(board, scene.clock) as served:
        page = await browser.new_page()
        await page.clock.install()
        await page.goto(served.url)
        await expect(page.locator("#link")).to_have_attribute("data-link", "live")
        # A stopped loop is what a hung aggregator looks like: the browser's time goes on alone.
        await page.clock.run_for(12_000)
        words = await page.locator("#link-text").inner_text()
        await page.close()

    assert "No news for" in words


async def test_nothing_is_loaded_from_elsewhere(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """Every request goes to the page's own server, and the policy blocks nothing it needs."""
    scene.shake(board, 40)
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        await expect(watched.page.locator(".epicentre.current")).to_be_visible()
        await watched.page.wait_for_load_state("load")
        await watched.page.wait_for_timeout(500)

        assert [] == watched.elsewhere(served.url)
        assert any("countries-10m" in url for url in watched.requests)
        assert [] == watched.errors


async def test_the_coast_is_drawn_without_internet(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """The base map comes from the package: land and sea are both on the canvas."""
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        await expect(watched.page.locator(".station-marker")).to_have_count(len(STATIONS))
        await watched.page.wait_for_function(f"() => ({_LAND_SHARE})() > 0.2")

        assert 0.9 > await watched.page.evaluate(_LAND_SHARE)


@pytest.mark.parametrize("size", [TOUCH, WALL, (800, 480)], ids=["touch", "wall", "small"])
async def test_everything_fits_the_screen(
    browser: Browser, board: Board, scene: Scene, size: tuple[int, int]
) -> None:
    """No screen needs scrolling of the page; magnitude, clock, map and a list are in sight."""
    scene.shake(board, 40)
    async with serve(board, scene.clock) as served, open_page(browser, served.url, size) as watched:
        page = watched.page
        await expect(page.locator("#current .magnitude-number")).to_have_text("5.1")
        width, height = await page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        assert size == (width, height)
        for part in ("#current .place", "#clock-time", "#map", ".trigger-row >> nth=0", "#link"):
            box = await page.locator(part).bounding_box()
            assert box is not None, part
            assert box["x"] >= 0, part
            assert box["x"] + box["width"] <= size[0], part
            assert box["y"] + box["height"] <= size[1], part


async def test_a_small_screen_has_tabs_for_hand_and_keyboard(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """On a touch display one list shows at a time; arrows go from tab to tab."""
    async with (
        serve(board, scene.clock) as served,
        open_page(browser, served.url, TOUCH) as watched,
    ):
        page = watched.page
        await page.get_by_role("tab", name="Stations").click()
        await expect(page.locator(".station-row").first).to_be_visible()
        await expect(page.locator("#panel-triggers")).to_be_hidden()
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator("#panel-triggers")).to_be_visible()
        await expect(page.get_by_role("tab", name="Triggers")).to_be_focused()


async def test_an_empty_network_says_what_is_awaited(browser: Browser, scene: Scene) -> None:
    """Nothing is blank: every list says what would appear in it."""
    board = Board()
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        page = watched.page
        await expect(page.locator("#current")).to_contain_text("Waiting for the first station.")
        await expect(page.locator("#events")).to_contain_text("No event so far")
        await expect(page.locator("#triggers")).to_contain_text("No trigger so far")
        await expect(page.locator("#stations")).to_contain_text("No station so far")
        board.on_state(state("001"), scene.now_ns)
        await expect(page.locator("#stations .empty")).to_have_count(0)
        assert [] == watched.errors


async def test_a_replay_says_so_and_its_clock_runs_fast(browser: Browser, scene: Scene) -> None:
    """Recorded shaking must never be taken for the present."""
    board = Board(BoardConfig(mode=Mode.REPLAY, note="event of 2020-01-30", speed=10))
    scene.fill(board)
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        banner = watched.page.locator("#banner")
        await expect(banner).to_contain_text("Replay of recorded data")
        await expect(banner).to_contain_text("event of 2020-01-30 · 10 times real time")
        await expect(watched.page.locator("#clock-date")).to_have_text("2026-03-14")


async def test_a_live_network_has_no_banner(browser: Browser, board: Board, scene: Scene) -> None:
    """Live is the rule and needs no words."""
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        await expect(watched.page.locator(".station-marker")).to_have_count(len(STATIONS))
        await expect(watched.page.locator("#banner")).to_be_hidden()


async def test_an_exercise_is_marked_everywhere(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """An event of a drill carries the word at the event, in the list and above all."""
    scene.now_ns = ORIGIN_NS + seconds_to_ns(40)
    board.on_event(event(exercise=True), scene.now_ns)
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        await expect(watched.page.locator("#current .chip.exercise")).to_be_visible()
        await expect(watched.page.locator(".event-row")).to_contain_text("exercise")
        await expect(watched.page.locator("#banner")).to_contain_text("Exercise")


async def test_a_retracted_event_leaves_the_foreground(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """A false alarm is struck through in the list, and no longer the event of the moment."""
    scene.shake(board, 40)
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        page = watched.page
        await expect(page.locator("#current .magnitude-number")).to_have_text("5.1")
        taken_back = event(revision=9, status=EventStatus.RETRACTED, reason="two triggers left")
        board.on_event(taken_back, scene.now_ns)
        await expect(page.locator("#current")).to_contain_text("No earthquake. Listening.")
        await expect(page.locator(".event-row[data-status=retracted]")).to_have_count(1)
        await page.locator(".event-row").click()
        await expect(page.locator("#current")).to_contain_text("Retracted: two triggers left")
        await page.get_by_role("button", name="Back to newest").click()
        await expect(page.locator("#current")).to_contain_text("No earthquake. Listening.")


async def test_words_from_the_network_are_never_markup(
    browser: Browser, board: Board, scene: Scene
) -> None:
    """A station or a sender that puts HTML into its texts gets them shown, not run."""
    attack = "<img src=x onerror=\"document.title='taken'\">"
    board.on_state(state("001", sensor=attack, agent_version=attack), scene.now_ns)
    board.on_health(health("001", scene.now_ns + 1, model=attack), scene.now_ns)
    scene.now_ns = ORIGIN_NS + seconds_to_ns(40)
    board.on_event(
        event(status=EventStatus.RETRACTED, reason=attack, magnitude_type=attack), scene.now_ns
    )
    async with serve(board, scene.clock) as served, open_page(browser, served.url) as watched:
        page = watched.page
        await page.locator(".event-row").click()
        await page.locator('.station-row[data-station="MX.001"]').click()
        await expect(page.locator("#detail")).to_contain_text("onerror")
        await expect(page.locator("#current")).to_contain_text("onerror")

        assert 0 == await page.locator("img[src=x]").count()
        assert "taken" != await page.title()
        assert [] == watched.errors
