"""From the kiosk's code to the shopper's phone and to the state of their case, in real browsers."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kiosk.desk.actors import SYSTEM
from kiosk.desk.cases.views import CaseKind, CaseReceipt, CaseSource, NewCase
from kiosk.desk.feedback.views import NewPress, PressSource
from tests.browser.conftest import Desk
from tests.fakes.world import World

# A small phone; every line must fit.
PHONE = {"width": 360, "height": 640}
_TOO_WIDE = "() => document.documentElement.scrollWidth > innerWidth"
_SMALL = """() => [...document.querySelectorAll("button, a.button, .choice, input.input, textarea")]
    .filter((e) => e.checkVisibility()).filter((e) => e.getBoundingClientRect().height < 48).map((e) => e.outerHTML)"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A station that phones can reach. Its address is that of the test itself: the port is known only later."""
    with World(tmp_path_factory.mktemp("world"), seeded=True, environ={"KIOSK_FEEDBACK__PUBLIC_URL": "http://phone.invalid"}) as started:
        yield started


@pytest.fixture
def phone(world: World, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def link(world: World, key: str) -> str:
    """The path of a fresh link to a fresh press, made in English."""
    services = world.services
    new = NewPress(key=key, survey="satisfaction", rating=1, source=PressSource.KIOSK, language="en")
    services.db.write(lambda session: services.feedback.press(session, new))
    return "/feedback/phone/" + services.db.write(lambda session: services.handovers.offer(session, key)).token


def no_barrier(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_a_complaint_goes_on_by_phone(world: World, phone: Page) -> None:
    path = link(world, "press-of-the-phone-1")
    phone.goto(world.url + path)
    world.wait_for(lambda: [event for event in world.events if event.name == "feedback.handover"], what="the kiosk's screen is told")
    assert not phone.evaluate(_TOO_WIDE)
    assert phone.evaluate(_SMALL) == []
    expect(phone.get_by_label("Telephone")).to_be_hidden()
    phone.locator("input[name=reason]").first.check()
    phone.get_by_label("Your words").fill("The milk was sour")
    phone.get_by_label("A complaint").check()
    phone.get_by_label("Telephone").fill("13800138000")
    phone.get_by_label("I agree").check()
    no_barrier(phone)
    phone.get_by_role("button", name="Send").tap()
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    no_barrier(phone)
    assert not phone.evaluate(_TOO_WIDE)
    phone.get_by_role("link", name="See how it goes").tap()
    phone.wait_for_url(re.compile(r"/feedback/case\?code=7\d{11}$"))
    expect(phone.locator(".state__name")).to_have_text("Received")
    no_barrier(phone)
    assert not phone.evaluate(_TOO_WIDE)
    told = [event.data["state"] for event in world.events if event.name == "feedback.handover"]
    assert told == ["taken", "sent"]


def test_a_second_phone_is_refused_clearly(world: World, phone: Page, chromium: Browser) -> None:
    path = link(world, "press-of-the-phone-2")
    with phone.expect_response(re.compile("/open$")):
        phone.goto(world.url + path)
    context = chromium.new_context(viewport=PHONE)
    other = context.new_page()
    answer = other.goto(world.url + path)
    assert answer is not None
    assert answer.status == 409
    no_barrier(other)
    assert not other.evaluate(_TOO_WIDE)
    context.close()


def test_without_scripts_the_form_is_sent_as_well(world: World, chromium: Browser) -> None:
    path = link(world, "press-of-the-phone-3")
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(world.url + path)
    page.get_by_label("Your words").fill("All good")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    context.close()


def a_case(world: World) -> CaseReceipt:
    told = NewCase(kind=CaseKind.COMPLAINT, content="Sour milk", source=CaseSource.KIOSK, print_slip=False)
    return world.services.db.write(lambda session: world.services.cases.open(session, SYSTEM, told))


@pytest.mark.parametrize("language", ["desk", "chinese_desk"])
def test_at_the_kiosk_the_code_is_tapped_in(request: pytest.FixtureRequest, world: World, language: str) -> None:
    desk: Desk = request.getfixturevalue(language)
    case = a_case(world)
    desk.open("/feedback/case")
    no_barrier(desk.page)
    entries = desk.page.evaluate("history.length")
    for digit in case.code:
        desk.page.locator(f"[data-key='{digit}']").tap()
    desk.page.locator("form.lookup .button--go").tap()
    expect(desk.page.get_by_role("heading", name=re.compile(case.number))).to_be_visible()
    no_barrier(desk.page)
    shown = desk.page.locator("html").get_attribute("lang")
    desk.page.locator("button.language").tap()
    expect(desk.page.locator("html")).not_to_have_attribute("lang", str(shown))
    # What the browser could go back to is what it was: no address with a code.
    assert desk.page.evaluate("history.length") == entries


def test_the_kiosk_goes_back_to_its_start_by_itself(desk: Desk, world: World) -> None:
    page = desk.page
    page.clock.install()
    desk.open("/feedback/case?code=" + a_case(world).code)
    expect(page.locator(".state")).to_be_visible()
    page.clock.run_for(44_000)
    expect(page.locator(".state")).to_be_visible()
    page.clock.run_for(2_000)
    page.wait_for_url("**/feedback")
