"""The kiosk while its server dies, comes back, or was never there: nothing is lost, nothing is told twice, nothing is promised falsely."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.kiosk_screen import Kiosk
from tests.fakes.preload import ClockShift, build_library
from tests.fakes.station_process import StationProcess
from tests.fakes.waiting import eventually

_QUEUED = """() => new Promise((done) => { const open = indexedDB.open('kiosk-feedback');
    open.onsuccess = () => { const all = open.result.transaction('queue').objectStore('queue').getAll();
        all.onsuccess = () => done(all.result.map((one) => Object.keys(one).sort().join())); }; })"""
# Resolves once the worker keeps the page.
_KEPT = "navigator.serviceWorker.ready.then(() => true)"
_NO_STORAGE = "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('blocked', 'SecurityError'); } });"
_NO_SEAL = "Object.defineProperty(crypto, 'subtle', { value: undefined });"


class Store:
    """A real station in a process of its own, on one port for all of its lives."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._stack = stack
        self.database = folder / "kiosk.db"
        self._config = folder / "kiosk.toml"
        self._config.write_text(
            f'[store]\nlanguages = ["en", "zh"]\n[station]\nname = "desk-1"\nstate_dir = "{folder}/state"\n'
            f'[database]\nurl = "sqlite:///{self.database}"\n[web]\nport = 0\n[feedback]\npress_interval_s = 0\n',
            encoding="utf-8",
        )
        self.process = self._start({})
        address = re.search(r"kiosk is at (http://[^\s]+:(\d+))", self.process.stdout)
        assert address is not None
        self.url, self._port = address[1], address[2]

    def kill(self) -> None:
        self.process.kill()

    def start(self, clock: ClockShift | None = None) -> None:
        self.process = self._start({"KIOSK_WEB__PORT": self._port, **(clock.environment if clock else {})})

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def ratings(self) -> list[object]:
        return [rating for (rating,) in self.rows("SELECT rating FROM feedback_press ORDER BY id")]

    def _start(self, environment: dict[str, str]) -> StationProcess:
        return self._stack.enter_context(StationProcess(self._config, "", environment=environment)).ready()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with ExitStack() as stack:
        yield Store(tmp_path, stack)


@pytest.fixture
def kiosk(store: Store, chromium: Browser) -> Iterator[Callable[..., Kiosk]]:
    opened: list[Kiosk] = []

    def open_one(script: str = "", **options: str) -> Kiosk:
        opened.append(Kiosk(chromium, store.url, **options))
        if script:
            opened[-1].context.add_init_script(script)
        return opened[-1].open()

    yield open_one
    for one in opened:
        one.close()


def test_what_is_said_while_the_server_is_dead_arrives_once_and_in_order(store: Store, kiosk: Callable[..., Kiosk]) -> None:
    screen = kiosk()
    page = screen.page
    page.evaluate(_KEPT)
    screen.rate(5)
    screen.state("saved")
    screen.tap("Done")
    screen.tap("Done")
    store.kill()
    screen.rate(1)
    screen.state("kept")
    screen.settled()
    page.locator(".reason").first.tap()
    screen.tap("Make a complaint")
    page.locator("textarea").fill("the door hit my hand")
    screen.tap("Next")
    page.locator("#phone").fill("13812345678")
    page.locator("#consent").check()
    screen.tap("Send")
    screen.shows("kept")
    # Words and contact lie sealed on the screen's disk, the press in the clear.
    assert page.evaluate(_QUEUED) == ["body,path", "body,path", "path,sealed"]
    screen.tap("Done")

    page.reload()  # no error page of the browser: the worker has the kiosk's own
    page.locator(".face").first.wait_for()
    screen.rate(3)
    screen.state("kept")
    screen.tap("Done")
    store.start()
    eventually(lambda: store.ratings() == [5, 1, 3], 20)
    eventually(lambda: page.evaluate(_QUEUED) == [], 20)
    assert len(store.rows("SELECT id FROM desk_case")) == 1
    assert store.rows("SELECT count(*) FROM feedback_press_reason") == [(1,)]


def test_what_was_said_during_an_outage_of_days_is_kept_with_it(store: Store, kiosk: Callable[..., Kiosk], tmp_path: Path) -> None:
    screen = kiosk()
    page = screen.page
    screen.rate(2)
    screen.state("saved")
    store.kill()
    screen.tap("Leave a comment")
    page.locator("textarea").fill("the lift is stuck")
    screen.tap("Send")
    expect(page.locator("#thanks")).to_contain_text("is saved on this screen")
    screen.tap("Done")
    screen.rate(1)
    screen.state("kept")
    screen.tap("Make a complaint")
    page.locator("textarea").fill("nobody came")
    screen.tap("Next")
    page.locator("#phone").fill("65432101")  # no area code: nobody could call it
    page.locator("#consent").check()
    screen.tap("Send")
    expect(page.locator("#fault")).to_contain_text("area code")
    page.locator("#phone").fill("+1234567890123456")  # longer than any number; the station alone knows
    screen.tap("Send")
    screen.shows("kept")
    screen.tap("Done")
    later = ClockShift(build_library("clock_shift", tmp_path), tmp_path / "clock")
    later.jump_to(3 * 86_400)
    store.start(later)
    eventually(lambda: store.rows("SELECT content FROM desk_case") == [("nobody came",)], 20)
    assert store.rows("SELECT rating, comment FROM feedback_press ORDER BY id") == [(2, "the lift is stuck"), (1, "")]
    assert store.rows("SELECT count(*) FROM contact") == [(0,)]
    eventually(lambda: page.evaluate(_QUEUED) == [], 20)


def test_an_answer_that_is_lost_on_its_way_makes_no_second_press(store: Store, kiosk: Callable[..., Kiosk]) -> None:
    screen = kiosk()
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)  # the station has recorded it, the screen hears nothing
        route.abort()

    screen.page.route("**/api/v1/feedback", lose, times=2)
    screen.rate(4)
    screen.state("kept")
    screen.state("saved")
    assert lost == [201, 201]
    assert store.ratings() == [4]


def test_two_tabs_deliver_together_each_press_once(store: Store, kiosk: Callable[..., Kiosk]) -> None:
    screen = kiosk()
    screen.page.evaluate(_KEPT)
    store.kill()
    screen.rate(2)
    screen.state("kept")
    other = screen.tab()
    # The second tab finds what the first one has queued; its page comes from the worker.
    other.goto(f"{store.url}/feedback")
    other.locator(".face").nth(4).wait_for()
    other.evaluate("new Promise((done) => setTimeout(done, 400))")
    other.locator(".face").nth(4).tap()
    expect(other.locator("#state")).to_have_attribute("data-state", "kept")
    store.start()
    eventually(lambda: sorted(map(str, store.ratings())) == ["2", "5"], 20)
    eventually(lambda: other.evaluate(_QUEUED) == [], 20)
    assert store.ratings() == [2, 5]


@pytest.mark.parametrize("script", [_NO_STORAGE, _NO_SEAL])
def test_a_screen_that_may_not_store_says_so_and_delivers_all_the_same(store: Store, kiosk: Callable[..., Kiosk], script: str) -> None:
    screen = kiosk(script)
    page = screen.page
    page.route("**/api/v1/feedback**", lambda route: route.abort())
    screen.rate(2)
    screen.state("memory" if script == _NO_STORAGE else "kept")
    screen.tap("Leave a comment")
    page.locator("textarea").fill("too cold")
    screen.tap("Send")
    expect(page.locator("#thanks")).to_contain_text("held by this screen")
    if script == _NO_SEAL:
        assert page.evaluate(_QUEUED) == ["body,path"]  # the press alone: words are never written in the clear
    page.unroute("**/api/v1/feedback**")
    eventually(lambda: store.rows("SELECT comment FROM feedback_press") == [("too cold",)], 20)


def test_a_portal_between_screen_and_station_is_not_taken_for_it(store: Store, kiosk: Callable[..., Kiosk]) -> None:
    screen = kiosk()
    page = screen.page
    page.route("**/api/v1/feedback", lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Log in</h1>"), times=1)
    screen.rate(3)
    screen.state("kept")
    screen.state("saved")
    assert store.ratings() == [3]
