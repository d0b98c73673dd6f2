"""The manager changes the return policy on a small touch screen: a row, tried out before it is saved, and two at once."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from kiosk.desk.actors import Role
from kiosk.desk.returns.policy.views import PolicyVersion
from tests.browser.conftest import Desk
from tests.browser.test_screens import _CLIPPED, _SIZES, _SMALL_TEXT, MAIN, OTHERS, _no_barrier
from tests.fakes.world import World

EDITOR = "/manage/returns"


def newest(world: World) -> PolicyVersion:
    with world.services.db.read() as session:
        return world.services.policy.current(session)


def press(desk: Desk, do: str) -> None:
    """Tap a button of the page's form, and wait for the page that answers."""
    with desk.page.expect_navigation():
        desk.page.locator(f"button[value='{do}']:visible").tap()


def look_at(desk: Desk) -> None:
    """What every page owes its people."""
    assert [size for size in desk.page.evaluate(_SIZES, MAIN) if size[1] < 60 or size[2] < 60] == [], desk.page.url
    assert [size for size in desk.page.evaluate(_SIZES, OTHERS) if size[2] < 48] == [], desk.page.url
    assert desk.page.evaluate(_SMALL_TEXT) == [], desk.page.url
    assert not desk.page.evaluate(_CLIPPED), desk.page.url
    _no_barrier(Axe(), desk)


def test_a_row_is_changed_tried_out_and_saved_as_version_2(desk: Desk) -> None:
    before = newest(desk.world)
    page = desk.page
    desk.log_in(Role.MANAGER)
    desk.open("/manage")
    page.get_by_role("link", name="Return policy").tap()
    page.wait_for_url(f"**{EDITOR}")

    press(desk, "edit:15")
    page.get_by_label("Categories").fill("食品，烟酒")
    page.get_by_label("Reason that is told · English").fill("Opened food, wine and tobacco stay sold.")
    with page.expect_navigation():
        page.get_by_label("Categories").press("Enter")  # puts the row into the table, as its first button does
    expect(page.get_by_text("These changes are not saved")).to_be_visible()

    page.get_by_text("Try it out on goods").tap()
    page.get_by_label("Category of the goods").fill("烟酒/白酒")
    page.get_by_label("Days since the sale").fill("2")
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text("No row decides")
    expect(verdict).to_contain_text("condition of the goods")
    page.get_by_label("Condition of the goods").select_option("opened")
    expect(verdict).to_contain_text("Row 16 decides")
    expect(verdict).to_contain_text("Opened food, wine and tobacco stay sold.")
    expect(page.locator("tr[data-decides]")).to_have_attribute("id", "row-15")
    # The key Enter in a field neither saves nor moves anything.
    with page.expect_navigation():
        page.get_by_label("Days since the sale").press("Enter")
    assert newest(desk.world) == before

    press(desk, "up:15")
    expect(page.locator("#row-14 .rule__reason")).to_have_text("Opened food, wine and tobacco stay sold.")
    expect(page.get_by_role("button", name="Change row 15")).to_be_focused()
    page.get_by_label("What was changed, and why").fill("Wine and tobacco too")
    press(desk, "save")
    expect(page.get_by_text("Saved: from now on returns are judged by this table.")).to_be_visible()
    after = newest(desk.world)
    assert (after.version, after.note) == (before.version + 1, "Wine and tobacco too")
    assert after.policy.rows[14].categories == ["食品", "烟酒"]

    page.get_by_role("link", name="Earlier versions").tap()
    page.wait_for_url("**/history")
    expect(page.locator(f"#version-{after.version}")).to_contain_text("Wine and tobacco too")
    expect(page.locator(f"#version-{after.version}")).to_contain_text("Row changed")
    press(desk, f"take:{before.version}")
    expect(page.get_by_label("What was changed, and why")).to_have_value(f"Version {before.version} again")
    press(desk, "discard")


def test_whoever_comes_second_sees_what_the_first_has_changed(desk: Desk) -> None:
    desk.log_in(Role.MANAGER)
    desk.open(EDITOR)
    version = newest(desk.world)
    press(desk, "down:0")
    other = desk.page.context.new_page()
    other.goto(desk.world.url + EDITOR)
    with other.expect_navigation():
        other.locator("button[value='discard']").tap()  # the same screen: it was offered the same table
    other.get_by_label("Days for a return", exact=True).fill("10")
    with other.expect_navigation():
        other.locator("button[value='save']").tap()
    other.close()
    press(desk, "save")
    expect(desk.page.get_by_role("alert").filter(has_text=f"Version {version.version + 1} was saved by")).to_be_visible()
    expect(desk.page.locator("main")).to_contain_text(f"days for a return: {version.policy.return_days} → 10")
    press(desk, "save")
    expect(desk.page.get_by_text("Saved: from now on")).to_be_visible()
    assert newest(desk.world).policy.rows[0] == version.policy.rows[1]


@pytest.mark.parametrize("size", [(1024, 600), (390, 844), (1280, 800)])
def test_the_policy_s_pages_fit(request: pytest.FixtureRequest, size: tuple[int, int]) -> None:
    desk: Desk = request.getfixturevalue("desk" if size[0] == 1024 else "chinese_desk")
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    desk.log_in(Role.MANAGER)
    desk.open(EDITOR)
    desk.page.locator("[data-try] > summary").tap()
    expect(desk.page.locator(".verdict")).to_be_visible()
    desk.page.locator("details:not([data-try]) > summary").tap()
    expect(desk.page.locator(".example").first).to_be_visible()
    look_at(desk)
    press(desk, "edit:12")
    look_at(desk)
    press(desk, "keep")
    for path in ("history", "flags"):
        desk.open(f"{EDITOR}/{path}")
        look_at(desk)
