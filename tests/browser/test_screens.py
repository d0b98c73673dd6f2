"""What every page owes its people: sizes for fingers, words for readers, both languages, and a way back after trouble."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from kiosk.desk.actors import Role
from tests.browser.conftest import Desk

PAGES = [
    "/desk",
    "/desk/bags",
    "/desk/bags/new",
    "/desk/bags/release",
    "/desk/bags/search?q=1",
    "/desk/bags/1",
    "/desk/bags/1/release",
    "/desk/bags/1/reprint",
    "/desk/lost",
    "/desk/lost/bags/1",
    "/desk/closing",
    "/desk/shelves",
    "/desk/jobs",
    "/desk/ratings",
]

# What people tap most: at least 60 px each way (MIIT's guideline for elders); the rest at least 48 px high.
MAIN = ".button, .count, .tile, .person, .pad__key, .rail__link, .slot[href], .choice, .back"
OTHERS = "button, select, summary, input:not([type=hidden]):not([type=radio]):not([type=checkbox])"

_SIZES = """(selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility())
    .map((e) => [e.className || e.tagName, e.getBoundingClientRect()])
    .map(([name, box]) => [name, Math.round(box.width), Math.round(box.height)])"""
_SMALL_TEXT = """() => [...document.querySelectorAll('body *')]
    .filter((e) => e.checkVisibility() && !e.closest('.visually-hidden, .skip'))
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
    .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 18).map((e) => e.outerHTML.slice(0, 80))"""
_CLIPPED = """() => document.documentElement.scrollWidth > innerWidth
    || document.querySelector('.main').scrollWidth > document.querySelector('.main').clientWidth"""


@pytest.fixture
def boss(desk: Desk) -> Desk:
    desk.log_in(Role.SUPERVISOR)
    return desk


def test_targets_are_large_enough_for_fingers_and_text_for_eyes(boss: Desk) -> None:
    for path in PAGES:
        boss.open(path)
        small = [size for size in boss.page.evaluate(_SIZES, MAIN) if size[1] < 60 or size[2] < 60]
        assert small == [], path
        low = [size for size in boss.page.evaluate(_SIZES, OTHERS) if size[2] < 48]
        assert low == [], path
        assert boss.page.evaluate(_SMALL_TEXT) == [], path


@pytest.mark.parametrize("size", [(1024, 600), (1280, 800), (390, 844)])
def test_nothing_is_wider_than_the_screen(boss: Desk, size: tuple[int, int]) -> None:
    boss.page.set_viewport_size({"width": size[0], "height": size[1]})
    for path in PAGES:
        boss.open(path)
        assert not boss.page.evaluate(_CLIPPED), path


@pytest.mark.parametrize("language", ["desk", "chinese_desk"])
def test_no_page_has_a_serious_barrier(request: pytest.FixtureRequest, language: str) -> None:
    desk: Desk = request.getfixturevalue(language)
    axe = Axe()
    desk.open("/login")
    _no_barrier(axe, desk)
    desk.open("/login/1")
    _no_barrier(axe, desk)
    desk.log_in(Role.SUPERVISOR)
    for path in PAGES:
        desk.open(path)
        _no_barrier(axe, desk)
    desk.log_in(Role.TECHNICIAN)
    for path in ["/technician", "/manage/staff", "/manage/staff/1"]:
        desk.open(path)
        _no_barrier(axe, desk)


def _no_barrier(axe: Axe, desk: Desk) -> None:
    found = axe.run(desk.page).response["violations"]
    serious = [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found if rule["impact"] in ("serious", "critical")]
    assert serious == [], desk.page.url


def test_the_language_is_switched_on_the_spot_and_stays(boss: Desk) -> None:
    boss.open("/desk/bags/new")
    boss.page.get_by_role("button", name="中文").tap()
    expect(boss.page.get_by_role("heading", name="存几件")).to_be_visible()
    boss.open("/desk/bags")
    expect(boss.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    boss.page.get_by_role("button", name="English").tap()
    expect(boss.page.locator("html")).to_have_attribute("lang", "en")


def test_the_focus_is_visible_when_one_goes_by_keyboard(boss: Desk) -> None:
    boss.open("/desk/bags/new")
    for _ in range(9):
        boss.page.keyboard.press("Tab")
        outline = boss.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", boss.page.evaluate("document.activeElement.outerHTML")


def test_whoever_goes_away_is_warned_and_then_logged_out(boss: Desk) -> None:
    boss.page.clock.install()
    boss.open("/desk/bags")
    boss.page.clock.fast_forward("09:35")
    dialog = boss.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Are you still there?")
    dialog.get_by_role("button", name="More time").tap()
    expect(dialog).to_be_hidden()
    boss.page.clock.fast_forward("09:35")
    expect(dialog).to_be_visible()
    boss.page.clock.fast_forward("00:31")
    boss.page.wait_for_url("**/login")


def test_a_touch_puts_the_log_out_off(boss: Desk) -> None:
    boss.page.clock.install()
    boss.open("/desk/bags")
    boss.page.clock.fast_forward("09:00")
    boss.page.locator("h1").first.dispatch_event("pointerdown")
    boss.page.clock.fast_forward("05:00")
    expect(boss.page.get_by_role("dialog")).to_be_hidden()


def test_waiting_times_grow_while_nothing_happens_and_keep_nobody_logged_in(boss: Desk) -> None:
    boss.page.clock.install()
    boss.open("/desk/bags")
    boss.following()
    with boss.page.expect_request(lambda request: request.url.endswith("/desk/bags")) as asked:
        boss.page.clock.run_for(61_000)
    assert asked.value.headers["x-background"] == "1"


def test_a_lost_connection_is_told_and_mends_itself(boss: Desk) -> None:
    boss.open("/desk/bags")
    boss.following()
    cut = re.compile(".*/(events|bags|status)([?].*)?$")
    boss.page.route(cut, lambda route: route.abort())
    streams = boss.world.services.streams
    streams.end_screen(boss.world.services.screens.active())
    expect(boss.page.locator("#offline")).to_be_visible()
    missed = boss.world.take_in()
    boss.page.unroute(cut)
    expect(boss.page.locator("#offline")).to_be_hidden()
    expect(boss.page.locator(f"a.slot[href='/desk/bags/{missed.id}']")).to_be_visible()


def test_too_many_wrong_pins_count_down_on_the_screen(desk: Desk) -> None:
    desk.open("/login")
    desk.page.get_by_role("link", name="李明").tap()
    for _ in range(5):
        for digit in "000000":
            desk.page.locator(f"[data-key='{digit}']").tap()
        desk.page.get_by_role("button", name="Log in").tap()
    expect(desk.page.locator("[data-countdown-figure]")).to_have_text(re.compile("0:[0-3][0-9]"))
    expect(desk.page.get_by_role("button", name="Log in")).to_be_disabled()


def test_the_technician_sees_a_pulled_scanner_and_its_return(desk: Desk) -> None:
    desk.log_in(Role.TECHNICIAN)
    desk.open("/technician")
    desk.following()
    card = desk.page.locator(".card").filter(has_text="desk-scanner")
    desk.world.scanner.unplug()
    try:
        expect(card).to_contain_text("not connected")
    finally:
        desk.world.scanner.plug_in()
    with desk.page.expect_navigation():  # see below
        card.get_by_role("button", name="Try now").tap()
    expect(card).to_contain_text("ready")


def test_a_test_print_comes_out(desk: Desk) -> None:
    desk.log_in(Role.TECHNICIAN)
    desk.open("/technician")
    before = len(desk.world.paper.parts)
    # A browser that is closed while it follows a redirect was seen to hang: the page is waited for as a person does.
    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name="Print a test").tap()
    desk.world.wait_for(lambda: len(desk.world.paper.parts) > before)
