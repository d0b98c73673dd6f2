"""The manager edits a survey on a small touch screen, looks at it as shoppers would see it, and saves nothing by looking."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from kiosk.desk.actors import Role
from kiosk.desk.feedback.views import SurveyVersion
from tests.browser.conftest import Desk
from tests.browser.kiosk_screen import presses
from tests.browser.test_screens import _CLIPPED, _SIZES, _SMALL_TEXT, MAIN, OTHERS, _no_barrier
from tests.fakes.world import World

EDITOR = "/manage/surveys/satisfaction"


def newest(world: World) -> SurveyVersion:
    with world.services.db.read() as session:
        return world.services.surveys.version(session, "satisfaction")


def preview(desk: Desk, name: str) -> Page:
    """Tap *name*; the page that opens beside the editor."""
    with desk.page.context.expect_page() as opened:
        desk.page.get_by_role("button", name=name).tap()
    page = opened.value
    page.locator("html[data-preview=yes]").wait_for(state="attached")
    return page


def look_at(desk: Desk) -> None:
    """What every page owes its people."""
    assert [size for size in desk.page.evaluate(_SIZES, MAIN) if size[1] < 60 or size[2] < 60] == [], desk.page.url
    assert [size for size in desk.page.evaluate(_SIZES, OTHERS) if size[2] < 48] == [], desk.page.url
    assert desk.page.evaluate(_SMALL_TEXT) == [], desk.page.url
    assert not desk.page.evaluate(_CLIPPED), desk.page.url
    _no_barrier(Axe(), desk)


def test_a_survey_that_is_not_saved_is_tried_out_and_nothing_is_recorded(desk: Desk) -> None:
    desk.log_in(Role.MANAGER)
    desk.open(EDITOR)
    before, pressed = newest(desk.world), presses(desk.world)
    desk.page.locator("#question-en").fill("Shall we try?")
    desk.page.locator("#scale").select_option("numbers-10")
    shown = preview(desk, "Preview")
    expect(shown.get_by_role("heading", name="Shall we try?")).to_be_visible()
    sent: list[str] = []
    shown.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    shown.evaluate("new Promise((done) => setTimeout(done, 360))")
    assert shown.locator("[data-rating]").count() == 10
    shown.locator("[data-rating='1']").tap()
    expect(shown.locator("#state")).to_have_attribute("data-state", "saved")
    shown.evaluate("new Promise((done) => setTimeout(done, 360))")
    shown.locator(".reason").first.tap()
    shown.locator("#stage").get_by_role("button", name="Done", exact=True).tap()
    expect(shown.locator("#thanks")).to_be_visible()
    assert [request for request in sent if request.startswith("POST")] == []
    shown.close()
    assert newest(desk.world) == before
    assert presses(desk.world) == pressed
    assert desk.page.locator("#question-en").input_value() == "Shall we try?", "the editor stands as it was"


@pytest.mark.parametrize("size", [(1024, 600), (390, 844), (1280, 800)])
def test_the_editor_fits_in_chinese(chinese_desk: Desk, size: tuple[int, int]) -> None:
    chinese_desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    chinese_desk.log_in(Role.MANAGER)
    for path in ("/manage/surveys", EDITOR, "/manage/surveys/new", "/manage/surveys/words", "/manage/feedback", "/manage/feedback/presses"):
        chinese_desk.open(path)
        look_at(chinese_desk)
