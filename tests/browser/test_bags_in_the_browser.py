"""Bags taken in and given back in a browser, with real bytes to a printer and real scans from a serial line."""

import re

from playwright.sync_api import expect

from kiosk.demo.people import PEOPLE
from kiosk.desk.actors import Role
from kiosk.desk.bags.models import DepositState
from tests.browser.conftest import Desk
from tests.fakes.world import PRINTER

_MANAGER = next(person for person in PEOPLE if person.role is Role.MANAGER)
# Another badge for the second test: the same one twice within a moment counts once.
_CLERK = next(person for person in PEOPLE if person.role is Role.DESK)


def code_on_paper(desk: Desk, deposit_id: int) -> str:
    """The code that the newest customer part carries; its deposit is the one that the screen shows."""
    code = [code for _symbology, code in desk.world.paper.codes][-1]
    with desk.world.services.db.read() as session:
        assert desk.world.services.bags.deposit_for_code(session, code) == deposit_id
    return code


def test_bags_are_taken_in_and_given_back_with_paper_and_scanner(desk: Desk) -> None:
    desk.log_in(Role.BAG_CHECK)
    deposit_id = desk.take_in(2)
    page = desk.page
    expect(page.get_by_role("heading", name="The ticket is out")).to_be_visible()
    deposit = desk.world.deposit(deposit_id)
    expect(page.locator(".ticket__number")).to_have_text(str(deposit.number))

    desk.open("/desk/bags")
    slot = page.locator(f"a.slot[href='/desk/bags/{deposit_id}']")
    expect(slot).to_contain_text("×2")
    desk.following()
    assert desk.world.scanner.scan(code_on_paper(desk, deposit_id), "code128")
    page.wait_for_url(f"**/desk/bags/{deposit_id}/release?scan=*")
    expect(page.locator(".ticket__number")).to_have_text(deposit.slot)
    page.get_by_role("button", name="Hand out 2 pieces").tap()
    expect(page.get_by_role("heading", name="Given back")).to_be_visible()
    assert desk.world.deposit(deposit_id).state is DepositState.RELEASED

    desk.open("/desk/bags")
    expect(slot).to_have_count(0)


def test_a_second_scan_says_who_gave_the_bags_back(desk: Desk) -> None:
    desk.log_in()
    deposit_id = desk.take_in()
    expect(desk.page.get_by_role("heading", name="The ticket is out")).to_be_visible()
    code = code_on_paper(desk, deposit_id)
    desk.open("/desk/bags/release")
    desk.page.locator("#code").fill(code)
    desk.page.get_by_role("button", name="Find").tap()
    desk.page.get_by_role("button", name="Hand out 1 piece").tap()
    desk.page.wait_for_url("**/done")
    desk.open("/desk/bags/new")
    desk.following()
    assert desk.world.scanner.scan(code, "code128")
    expect(desk.page.get_by_role("alert").filter(has_text="Already given back")).to_contain_text("陈静")


def test_a_double_tap_takes_in_once(desk: Desk) -> None:
    desk.log_in()
    desk.open("/desk/bags/new")
    before = len(desk.world.printer.printer.paper.parts)
    with desk.world.services.db.read() as session:
        free = desk.world.services.bags.board(session).free
    desk.page.locator("button.count[value='1']").dblclick()
    expect(desk.page.get_by_role("heading", name="The ticket is out")).to_be_visible()
    with desk.world.services.db.read() as session:
        assert desk.world.services.bags.board(session).free == free - 1
    assert len(desk.world.printer.printer.paper.parts) == before + 2  # customer part and bag tag


def test_paper_out_is_told_everywhere_and_printing_goes_on_by_itself(desk: Desk) -> None:
    desk.log_in()
    printer = desk.world.printer.printer
    printer.pull_paper()
    try:
        deposit_id = desk.take_in()
        expect(desk.page.get_by_role("heading", name="The ticket waits")).to_be_visible()
        expect(desk.page.locator(".alarm")).to_contain_text("Put in a new roll")
    finally:
        printer.new_roll()
    expect(desk.page.get_by_role("heading", name="The ticket is out")).to_be_visible()
    expect(desk.page.locator(".alarm")).to_have_count(0)
    assert desk.world.deposit(deposit_id).state is DepositState.STORED


def test_the_board_changes_without_being_loaded_again(desk: Desk) -> None:
    desk.log_in()
    desk.open("/desk/bags")
    desk.following()
    desk.page.evaluate("window.untouched = true")
    taken = desk.world.take_in(3)
    expect(desk.page.locator(f"a.slot[href='/desk/bags/{taken.id}']")).to_have_class(re.compile("slot--stored"))
    assert desk.page.evaluate("window.untouched") is True


def test_paper_that_runs_low_is_told_before_it_is_out(desk: Desk) -> None:
    desk.log_in()
    desk.open("/desk/bags")
    desk.following()
    printer, devices = desk.world.printer.printer, desk.world.services.devices
    printer.near_end()
    try:
        devices.wake(PRINTER)  # an idle printer is looked at now and then; a person's question makes it now
        expect(desk.page.locator(".alarm")).to_contain_text("Have a new roll at hand.")
    finally:
        printer.new_roll()
    devices.wake(PRINTER)
    expect(desk.page.locator(".alarm")).to_have_count(0)


def test_a_badge_switches_the_person(desk: Desk) -> None:
    desk.log_in(Role.BAG_CHECK)
    desk.open("/desk/bags")
    desk.following()
    assert desk.world.scanner.scan(_MANAGER.badge, "code39")
    expect(desk.page.locator(".strip__person")).to_contain_text(_MANAGER.name)


def test_a_badge_logs_in_from_the_log_in_page(desk: Desk) -> None:
    desk.open("/login?next=/desk/jobs")
    desk.following()
    assert desk.world.scanner.scan(_CLERK.badge, "code39")
    desk.page.wait_for_url(desk.world.url + "/desk/jobs")
    expect(desk.page.locator(".strip__person")).to_contain_text(_CLERK.name)


def test_a_code_of_goods_says_what_it_is(desk: Desk) -> None:
    desk.log_in()
    desk.open("/desk/jobs")
    desk.following()
    assert desk.world.scanner.scan("6901234567892", "ean13")
    expect(desk.page.get_by_role("heading", name="This is a code of goods")).to_be_visible()


def test_a_scanner_that_poses_as_a_keyboard_cannot_write_into_the_note(desk: Desk) -> None:
    desk.log_in()
    desk.open("/desk/bags/new")
    note = desk.page.locator("#note")
    note.focus()
    desk.page.keyboard.type("red bag ", delay=60)
    desk.page.keyboard.type("81234567890124")
    desk.page.keyboard.press("Enter")
    expect(note).to_have_value("red bag ")


def test_a_slot_chosen_by_hand_is_shown_and_used(desk: Desk) -> None:
    desk.log_in()
    desk.open("/desk/bags/new")
    desk.page.locator("summary").tap()
    desk.page.locator("label.choice").filter(has_text="B12").tap()
    expect(desk.page.locator("[data-shows=slot]")).to_have_text("B12")
    desk.page.locator("button.count[value='1']").tap()
    expect(desk.page.locator(".ticket__foot")).to_contain_text("B12")


def test_without_javascript_bags_still_go_in_and_out(desk: Desk) -> None:
    browser = desk.page.context.browser
    assert browser is not None
    desk.log_in()
    cookies = desk.page.context.cookies()
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": desk.world.url} for cookie in cookies])
    plain = Desk(desk.world, context.new_page())
    plain.open("/desk/bags/new")
    plain.page.locator("button.count[value='1']").click()
    deposit_id = int(plain.page.url.rsplit("/", 1)[1])
    desk.world.wait_for(lambda: desk.world.deposit(deposit_id).state is DepositState.STORED)
    plain.open("/desk/bags/release")
    plain.page.locator("#code").fill(code_on_paper(desk, deposit_id))
    plain.page.get_by_role("button", name="Find").click()
    plain.page.get_by_role("button", name="Hand out 1 piece").click()
    expect(plain.page.get_by_role("heading", name="Given back")).to_be_visible()
    context.close()
