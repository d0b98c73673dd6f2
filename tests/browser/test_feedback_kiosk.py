"""The whole way of a shopper at the kiosk, by touch and by keypad, in both languages and orientations."""

import re
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Route, expect

from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.feedback.views import PressSource
from tests.browser.kiosk_screen import LANDSCAPE, PORTRAIT, WIDE, Kiosk, new_presses, presses
from tests.fakes.waiting import eventually
from tests.fakes.world import World

# Everything that a page might take for markup, a command or an order of letters.
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> '; DROP TABLE presses;-- =1+1 \u202eمرحبا\u202c 😀👨‍👩‍👧 队伍太长"

Open = Callable[..., Kiosk]
_ENVIRON = {"KIOSK_FEEDBACK__PRESS_INTERVAL_S": "0", "KIOSK_FEEDBACK__PUBLIC_URL": "http://phone.invalid"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world"), seeded=True, environ=_ENVIRON) as started:
        yield started


@pytest.fixture
def kiosk(world: World, chromium: Browser) -> Iterator[Open]:
    """Opens kiosks: ``kiosk(PORTRAIT, "?counter=counter-1")``; all of them must have been quiet at the end."""
    opened: list[Kiosk] = []

    def open_one(size: tuple[int, int] = LANDSCAPE, query: str = "") -> Kiosk:
        opened.append(Kiosk(chromium, world.url, size))
        return opened[-1].open(query)

    yield open_one
    for one in opened:
        one.close()


@pytest.mark.parametrize(("size", "other_language"), [(LANDSCAPE, False), (PORTRAIT, True)])
def test_a_complaint_by_touch_gets_a_number_a_code_and_a_slip(
    world: World, kiosk: Open, size: tuple[int, int], other_language: bool
) -> None:
    before, slips = len(presses(world)), len(world.paper.parts)
    screen = kiosk(size)
    page = screen.page
    if other_language:
        screen.tool("*")
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    words = ("我要投诉", "下一步", "发送") if other_language else ("Make a complaint", "Next", "Send")
    screen.rate(1)
    screen.state("saved")
    press = new_presses(world, before)[0]
    assert (press.rating, press.source, press.language) == (1, PressSource.KIOSK, "zh" if other_language else "en")

    screen.settled()
    page.locator(".reason").nth(0).tap()
    page.locator(".reason").nth(2).tap()
    expect(page.locator(".reason").nth(2)).to_have_attribute("aria-pressed", "true")
    screen.tap(words[0])
    page.locator("textarea").fill("牛奶是酸的 The milk was sour")
    screen.tap(words[1])
    screen.tap(words[2])
    expect(page.locator("#fault")).to_be_visible()  # neither a number nor a word that it is not wanted
    page.locator("#phone").fill("13812345678")
    screen.tap(words[2])
    expect(page.locator("#fault")).to_be_visible()  # no consent
    page.locator("#consent").check()
    screen.tap(words[2])

    number = page.locator("#number").text_content()
    code = re.sub(r"\s", "", page.locator("#code").text_content() or "")
    assert re.fullmatch(r"7\d{11}", code)
    world.printer.printer.wait_for(lambda _printer: len(world.paper.parts) > slips)
    assert str(number) in world.paper.parts[-1].text
    press = next(one for one in presses(world) if one.id == press.id)
    assert len(press.reasons) == 2
    assert press.case_id is not None
    with world.services.db.read() as session:
        case = world.services.cases.get(session, press.case_id)
    assert (case.number, case.content) == (number, "牛奶是酸的 The milk was sour")
    assert case.contact is not None
    assert case.contact.phone == "138****5678"
    page.locator("#stage .button--main").tap()
    screen.shows("rate")


@pytest.mark.parametrize(("size", "chinese"), [(WIDE, False), (PORTRAIT, True)])
def test_a_keypad_alone_leads_through_everything(world: World, kiosk: Open, size: tuple[int, int], chinese: bool) -> None:
    before = len(presses(world))
    screen = kiosk(size)
    page = screen.page
    if chinese:
        screen.press("*")
    screen.settled()
    screen.press("/", "-")
    expect(page.locator("kbd").first).to_be_visible()
    screen.press("2")
    screen.state("saved")
    screen.settled()
    screen.press("1", "3")
    expect(page.locator(".reason[aria-pressed=true]")).to_have_count(2)
    screen.press("ArrowRight")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert (outline, page.evaluate("document.activeElement.className")) == ("solid", "reason")
    screen.press("8")
    page.keyboard.insert_text("the lift is broken")
    page.keyboard.press("Escape")
    screen.shows("complaint")
    page.locator("textarea").press("Tab")
    page.locator("#stage .button--main").focus()
    screen.press("Enter")
    screen.shows("contact")
    screen.settled()
    screen.press("2")  # without contact
    screen.shows("case")
    press = new_presses(world, before)[0]
    assert (press.rating, len(press.reasons), press.case_id is not None) == (2, 2, True)
    screen.press("0")
    screen.shows("rate")
    assert page.evaluate("Object.keys(document.documentElement.dataset).sort()") == ["following", "screen"]


@pytest.mark.parametrize(("size", "axe"), [(LANDSCAPE, True), (PORTRAIT, False)])
def test_every_screen_fits_in_every_look_and_has_no_barrier(world: World, kiosk: Open, size: tuple[int, int], axe: bool) -> None:
    screen = kiosk(size)
    page = screen.page

    def tap(key: str, leads_to: str, **looks: bool) -> None:
        screen.settled()
        page.locator(f"#stage [data-key='{key}']").tap()
        screen.shows(leads_to)
        screen.in_every_look(axe=axe, **looks)

    screen.in_every_look(axe=axe)
    tap("1", "more")
    tap("9", "phone", reach=False)
    tap("1", "more")
    tap("7", "comment", reach=False)  # the keys fill the lower half: the field stands on them
    page.locator("#stage [data-back]").tap()
    screen.settled()
    page.locator("#stage [data-key='8']").tap()
    screen.shows("complaint")
    page.locator("textarea").fill("x")
    tap("1", "contact", reach=False)
    page.locator("#phone").tap()
    page.locator(".osk").wait_for()
    screen.settled()  # the keyboard has moved everything up
    page.locator("#stage [data-key='1']").tap()
    expect(page.locator("#fault")).to_be_visible()
    screen.fits(axe=axe)
    page.route("**/follow-up", lambda route: route.abort(), times=1)
    tap("2", "kept")
    screen.press("0")
    screen.rate(5)
    tap("0", "done")
    screen.press("0")
    screen.rate(1)
    screen.settled()
    page.locator("#stage [data-key='8']").tap()
    page.locator("textarea").fill("y")
    page.locator("#stage [data-key='1']").tap()
    screen.shows("contact")
    problem = {"type": "about:blank", "title": "No", "status": 409}
    page.route("**/follow-up", lambda route: route.fulfill(status=409, json=problem, content_type="application/problem+json"), times=1)
    tap("2", "refused")
    screen.press("0")
    screen.rate(1)
    screen.settled()
    page.locator("#stage [data-key='8']").tap()
    page.locator("textarea").fill("z")
    page.locator("#stage [data-key='1']").tap()
    tap("2", "case")


def test_ten_taps_in_a_second_are_one_press_and_nothing_else(world: World, kiosk: Open) -> None:
    before = len(presses(world))
    screen = kiosk()
    box = screen.page.locator("[data-rating='1']").bounding_box()
    assert box is not None
    screen.settled()
    for _ in range(10):
        screen.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    screen.state("saved")
    screen.settled()
    assert [press.rating for press in new_presses(world, before)] == [1]


def test_hostile_words_are_kept_and_shown_harmlessly(world: World, kiosk: Open) -> None:
    before = len(presses(world))
    screen = kiosk()
    page = screen.page
    screen.rate(2)
    screen.state("saved")
    screen.settled()
    screen.tap("Leave a comment")
    page.locator("textarea").fill(HOSTILE)
    screen.tool("*")
    assert page.locator("textarea").input_value() == HOSTILE
    page.locator("#stage .button--main").tap()
    screen.shows("done")
    eventually(lambda: presses(world)[before].comment != "", 10)
    assert presses(world)[before].comment.replace("\u202e", "").startswith("<script>alert(1)</script>")
    assert "队伍太长" in presses(world)[before].comment
    assert page.evaluate("document.scripts.length") == 2


def test_the_keyboard_comes_when_a_hasty_shopper_changes_the_language_before_it_is_there(world: World, chromium: Browser) -> None:
    screen = Kiosk(chromium, world.url, service_workers="block").open()
    page = screen.page
    held: list[Route] = []
    page.route("**/keyboard.css", lambda route: held.append(route))
    screen.rate(2)
    screen.tap("Leave a comment")
    page.locator("link[href*='keyboard.css']").wait_for(state="attached")
    page.evaluate("""() => { for (const _ of [1, 2]) {
        document.querySelector("#tools [data-key='*']").click();
        document.querySelector("#stage textarea").focus(); } }""")
    held[0].continue_()
    expect(page.locator(".osk")).to_be_visible()
    screen.context.close()


def test_a_new_survey_reaches_the_screen_by_itself(world: World, kiosk: Open) -> None:
    screen = kiosk()
    surveys, actor = world.services.surveys, world.actor(Role.MANAGER)
    with world.services.db.read() as session:
        before = surveys.version(session, "satisfaction").survey
    asked = replace(before, question={"zh": "<b>今天</b>怎么样？", "en": "<b>How</b> was it?"})
    try:
        world.services.db.write(lambda session: surveys.save(session, actor, asked))
        expect(screen.page.locator("h1")).to_have_text("<b>How</b> was it?")
    finally:
        world.services.db.write(lambda session: surveys.save(session, actor, before))
    expect(screen.page.locator("h1")).to_have_text(before.question["en"])


def test_nothing_of_a_shopper_is_left_when_they_go_away(world: World, kiosk: Open) -> None:
    screen = kiosk()
    page = screen.page
    page.clock.install()
    screen.open()
    screen.tool("*")
    screen.tool("/")
    screen.rate(1)
    screen.state("saved")
    page.clock.run_for(400)
    page.locator("#stage [data-key='8']").tap()
    page.locator("textarea").fill("我的电话是 13812345678")
    page.clock.run_for(31_000)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("您还在吗")
    screen.fits()
    dialog.get_by_role("button", name=re.compile("继续")).tap()
    expect(dialog).to_be_hidden()
    assert page.locator("textarea").input_value() == "我的电话是 13812345678"
    page.clock.run_for(31_000)
    expect(dialog).to_be_visible()
    page.clock.run_for(16_000)
    screen.shows("rate")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.evaluate("[document.documentElement.dataset.large, localStorage.length, sessionStorage.length, document.cookie]") == [
        None,
        0,
        0,
        "",
    ]
    assert "13812345678" not in page.content()
    left = """() => new Promise((done) => { const r = indexedDB.open('kiosk-feedback'); r.onsuccess = () => {
        const q = r.result.transaction(['queue', 'keys']);
        const [a, b] = ['queue', 'keys'].map((name) => q.objectStore(name).count());
        q.oncomplete = () => done([a.result, b.result]); }; })"""
    eventually(lambda: page.evaluate(left) == [0, 0], 10)


def test_no_gesture_or_short_cut_leads_out_of_the_page(kiosk: Open) -> None:
    screen = kiosk()
    page = screen.page
    page.evaluate("""() => { window.left = []; for (const name of ['contextmenu', 'dragstart', 'selectstart', 'keydown', 'wheel'])
        addEventListener(name, (e) => window.left.push([name, e.key ?? '', e.defaultPrevented])); }""")
    page.locator("h1").click(button="right")
    page.locator("h1").dblclick()
    for key in ("Alt+ArrowLeft", "F1", "F11", "Control+p", "Control+Equal"):
        page.keyboard.press(key)
    page.keyboard.down("Control")
    page.mouse.wheel(0, 100)
    page.keyboard.up("Control")
    seen = page.evaluate("window.left")
    assert {name for name, _key, _kept in seen} >= {"contextmenu", "keydown", "wheel"}
    assert [one for one in seen if not one[2] and one[1] not in ("Alt", "Control")] == []
    assert page.evaluate("getComputedStyle(document.body).userSelect") == "none"
    assert page.locator("a[href]").count() == 0
    assert page.url.endswith("/feedback")


def test_the_start_leads_to_the_state_of_a_case_and_back(kiosk: Open) -> None:
    screen = kiosk()
    page = screen.page
    screen.tool("*")
    page.route("**/feedback/case*", lambda route: route.abort(), times=1)
    with page.expect_event("requestfailed"):
        screen.tool(".")
    screen.shows("rate")  # the server is away: no error page of the browser
    screen.press(".")
    page.wait_for_url("**/feedback/case")
    expect(page.locator("html")).to_have_attribute("lang", re.compile("zh"))
    page.locator("form.lookup a").tap()
    page.wait_for_url("**/feedback")
    page.locator("html[data-following=yes]").wait_for(state="attached")


def test_a_counter_asks_only_when_its_staff_ask(world: World, kiosk: Open) -> None:
    before = len(presses(world))
    screen = kiosk(query="?counter=counter-1")
    screen.shows("counter")
    screen.fits()
    clerk = world.actor(Role.DESK)
    world.services.db.write(lambda session: world.services.feedback.ask_rating(session, clerk, "counter-1"))
    screen.shows("rate")
    screen.settled()
    screen.rate(5)
    screen.state("saved")
    press = new_presses(world, before)[0]
    assert (press.source, press.counter, press.survey) == (PressSource.COUNTER, "counter-1", "service")
    screen.tap("Done")
    screen.tap("Done")
    screen.shows("counter")
    unknown = kiosk(query="?counter=nowhere")
    unknown.shows("closed")
    expect(unknown.page.locator(".lead")).to_contain_text("nowhere")


def test_a_real_button_is_answered_on_the_screen(world: World, kiosk: Open) -> None:
    screen = kiosk()
    data = {"key": "button-key-0123456789", "rating": 4}
    now = world.services.clock.now()
    world.services.bus.publish("button.pressed", data, at=now, screen="kiosk:another-station")
    world.services.bus.publish("button.pressed", data, at=now, screen="kiosk:desk-1")
    screen.shows("more")
    screen.state("saved")


def test_without_a_survey_the_screen_is_friendly(world: World, kiosk: Open) -> None:
    surveys = world.services.surveys
    with world.services.db.read() as session:
        before = surveys.version(session, "satisfaction").survey
    screen = kiosk()
    try:
        world.services.db.write(lambda session: surveys.end(session, SYSTEM, "satisfaction"))
        screen.shows("closed")
        screen.fits()
    finally:
        world.services.db.write(lambda session: surveys.save(session, SYSTEM, before))
    screen.shows("rate")
