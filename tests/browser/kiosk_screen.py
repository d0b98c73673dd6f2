"""A shopper's kiosk in a real browser: what a shopper does there, and what a test looks at."""

from datetime import timedelta
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from kiosk.desk.feedback.views import PressView
from tests.fakes.waiting import eventually
from tests.fakes.world import World

LANDSCAPE = (1024, 600)
WIDE = (1280, 800)
PORTRAIT = (600, 1024)
# What browsers log by themselves when a server is away, or refuses on purpose.
_EXPECTED = ("net::ERR_", "Failed to load resource", "An SSL certificate error")

_SMALL_TARGETS = """() => [...document.querySelectorAll('button, input, textarea')].filter((e) => e.checkVisibility())
    .filter((e) => !e.closest('.osk')).map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width < 59.5 || box.height < 59.5).map(([html, box]) => [html, box.width, box.height])"""
_SMALL_TEXT = """() => [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.closest('.osk'))
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
    .filter((e) => parseFloat(getComputedStyle(e).fontSize) < 18).map((e) => e.outerHTML.slice(0, 80))"""
_OUTSIDE = """() => [...document.querySelectorAll('button, input, textarea, h1, .story, .state')].filter((e) => e.checkVisibility())
    .filter((e) => !e.closest('.osk')).map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.left < -0.5 || box.top < -0.5 || box.right > innerWidth + 0.5 || box.bottom > innerHeight + 0.5)
    .map(([html]) => html)"""
_ABOVE_HALF = """() => [...document.querySelectorAll('button, input, textarea')].filter((e) => e.checkVisibility())
    .filter((e) => e.getBoundingClientRect().top < innerHeight / 2 - 1).map((e) => e.outerHTML.slice(0, 80))"""

_NO_SWITCH = """() => document.querySelector('dialog[open]') || document.querySelector("#tools [data-key='*']").checkVisibility()
    ? [] : ['#tools']"""
# axe is put into a page once.
_BARRIERS = """async (script) => { if (!window.axe) (0, eval)(script);
    const found = await window.axe.run(document, {resultTypes: ['violations']});
    return found.violations.map((rule) => [rule.id, ...rule.nodes.map((node) => node.html.slice(0, 200))]); }"""


class Kiosk:
    """The screen of one shopper; `faults` is what its page complained about."""

    def __init__(self, chromium: Browser, url: str, size: tuple[int, int] = LANDSCAPE, **options: Any) -> None:
        self.url = url
        self.context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=True, **options)
        self.context.set_default_timeout(10_000)
        self.faults: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def close(self) -> None:
        self.context.close()
        assert self.faults == []

    def open(self, query: str = "") -> "Kiosk":
        self.page.goto(f"{self.url}/feedback{query}")
        self.page.locator("html[data-following=yes]").wait_for(state="attached")
        return self

    # -- what a shopper does

    def press(self, *keys: str) -> None:
        """Use the keypad."""
        for key in keys:
            self.page.keyboard.press(key)

    def tool(self, key: str) -> None:
        """Tap a tool: ``*`` language, ``/`` large text, ``-`` reach, ``+`` read aloud."""
        self.page.locator(f"#tools [data-key='{key}']").tap()

    def rate(self, rating: int) -> None:
        """Tap a face, and wait for what comes of it."""
        self.settled()
        self.page.locator(f"[data-rating='{rating}']").tap()
        self.shows("more")

    def tap(self, name: str) -> None:
        self.settled()
        self.page.locator("#stage").get_by_role("button", name=name, exact=True).tap()

    def settled(self) -> None:
        """Wait until a tap is no longer taken for one that was meant for the screen before."""
        self.page.evaluate("new Promise((done) => setTimeout(done, 360))")

    # -- what a test looks at

    @property
    def screen(self) -> str:
        return str(self.page.evaluate("document.documentElement.dataset.screen"))

    def shows(self, screen: str) -> None:
        expect(self.page.locator("html")).to_have_attribute("data-screen", screen)

    def state(self, state: str) -> None:
        expect(self.page.locator("#state")).to_have_attribute("data-state", state)

    def in_every_look(self, *, axe: bool = True, reach: bool = True) -> None:
        """This screen `fits` in both languages, plain, in large text, with lower controls, and with both."""
        for tool in ("*", "/", "-", "/", "*", "/", "-", "/"):
            # One look after the other, each once; hidden tools are reached as a keypad does not.
            self.page.locator(f"#tools [data-key='{tool}']").evaluate("(tool) => tool.click()")
            field = self.page.locator("#stage textarea")
            if field.count():
                field.focus()
                self.page.locator(".osk").wait_for()
            large, low = self.page.evaluate("['large', 'reach'].map((name) => name in document.documentElement.dataset)")
            # What both at once would show axe, each alone has shown it.
            self.fits(reach=reach and low, axe=axe and not (large and low))

    def fits(self, *, reach: bool = False, axe: bool = True) -> None:
        """Everything is on the screen, large enough, and without a barrier that a machine can find."""
        looks = {"too small": _SMALL_TARGETS, "small text": _SMALL_TEXT, "outside": _OUTSIDE}
        if reach:
            looks["out of reach"] = _ABOVE_HALF
        wrong = {name: self.page.evaluate(look) for name, look in looks.items()}
        wrong["no language switch"] = self.page.evaluate(_NO_SWITCH)
        wrong["axe"] = self.page.evaluate(_BARRIERS, AXE_SCRIPT) if axe else []
        wrong = {name: elements for name, elements in wrong.items() if elements}
        assert not wrong, f"{self.screen}: {wrong}"

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(known in message.text for known in _EXPECTED):
            self.faults.append(message.text)


def presses(world: World) -> list[PressView]:
    """Every press of the station, oldest first."""
    now = world.services.clock.now()
    with world.services.db.read() as session:
        found = world.services.feedback.presses(session, since=now - timedelta(days=1), until=now + timedelta(days=1), limit=500)
    return sorted(found, key=lambda press: press.id)


def new_presses(world: World, after: int, count: int = 1) -> list[PressView]:
    """Wait for *count* presses beyond the first *after* ones, and return what there is beyond them."""
    eventually(lambda: len(presses(world)) >= after + count, 10)
    return presses(world)[after:]
