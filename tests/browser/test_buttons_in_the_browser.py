"""A real button beside the kiosk's screen: pressed on the bench, recorded, lit, and answered on the screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from kiosk.desk.feedback.views import PressSource
from tests.browser.kiosk_screen import Kiosk, new_presses, presses
from tests.fakes.world import World


@pytest.fixture
def bench(world: World, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1600, "height": 900}, locale="en")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(f"{world.url}/bench")
    yield page
    context.close()


def test_a_press_on_the_bench_is_recorded_lit_and_answered_on_the_kiosks_screen(world: World, chromium: Browser, bench: Page) -> None:
    before = len(presses(world))
    screen = Kiosk(chromium, world.url)
    screen.open()
    bench.locator(".face").nth(3).click()
    expect(bench.locator(".face").nth(3)).to_have_class("face face--lit")
    expect(screen.page.locator(".reason").first).to_be_visible()
    assert [(press.rating, press.source) for press in new_presses(world, before)] == [(4, PressSource.BUTTON)]
    expect(bench.locator(".face--lit")).to_have_count(0)
    screen.close()


def test_the_bench_shows_what_the_loudspeaker_said(world: World, bench: Page) -> None:
    answer = bench.request.post(f"{world.url}/feedback/say", data={"prompt": "done", "language": "en"})
    assert answer.status == 202
    expect(bench.locator("[data-panel=buttons]")).to_contain_text("Thank you, and goodbye.")
