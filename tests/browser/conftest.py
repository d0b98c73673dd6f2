"""A real browser in front of a real station with simulated hardware on the wire."""

import os
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from kiosk.demo.people import PEOPLE
from kiosk.desk.actors import Role
from tests.fakes.world import World

CHROMIUM = "/usr/bin/chromium"
# The desk's own small touch screen; larger ones have it easier.
SCREEN = {"width": 1024, "height": 600}
# Nothing outside this machine is asked for anything.
_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What browsers log by themselves for an answer that is an error on purpose.
_EXPECTED = "Failed to load resource: the server responded with a status of "


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else _FLAGS
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One station for the tests of a module: staff and shelves of the demo, no test relies on another's bags."""
    with World(tmp_path_factory.mktemp("world"), seeded=True) as started:
        yield started


class Desk:
    """A screen at the desk, and what its person does."""

    def __init__(self, world: World, page: Page) -> None:
        self.world, self.page = world, page

    def open(self, path: str) -> None:
        self.page.goto(self.world.url + path)

    def log_in(self, role: Role = Role.SUPERVISOR) -> None:
        person = next(person for person in PEOPLE if person.role is role)
        self.open("/login")
        self.page.get_by_role("link", name=person.name).tap()
        for digit in person.pin:
            self.page.locator(f"[data-key='{digit}']").tap()
        self.page.locator("form.pin .button--go").tap()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def following(self) -> None:
        """Wait until this page follows the station's events."""
        self.page.locator("html[data-following=yes]").wait_for(state="attached")

    def take_in(self, pieces: int = 1) -> int:
        """Tap the number of pieces; returns the deposit."""
        self.open("/desk/bags/new")
        self.page.locator(f"button.count[value='{pieces}']").tap()
        self.page.wait_for_url(re.compile(r"/desk/bags/\d+$"))
        return int(self.page.url.rsplit("/", 1)[1])


@pytest.fixture
def desk(world: World, chromium: Browser) -> Iterator[Desk]:
    """A fresh browser at the desk; fails when a page logs an error or breaks the security policy."""
    yield from _desk(world, chromium, "en")


@pytest.fixture
def chinese_desk(world: World, chromium: Browser) -> Iterator[Desk]:
    """The same in Chinese."""
    yield from _desk(world, chromium, "zh")


def _desk(world: World, chromium: Browser, language: str) -> Iterator[Desk]:
    context: BrowserContext = chromium.new_context(viewport=SCREEN, has_touch=True, locale="en-GB")
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": "lang", "value": language, "url": world.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", _complaining(complaints))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield Desk(world, page)
    context.close()
    assert complaints == []


def _complaining(complaints: list[str]) -> Callable[[ConsoleMessage], None]:
    def heard(message: ConsoleMessage) -> None:
        # A stream or fragment that breaks off when a page is left is no mistake of the page.
        if message.type in ("error", "warning") and not message.text.startswith(_EXPECTED) and "net::ERR_" not in message.text:
            complaints.append(message.text)

    return heard
