"""Goods that come back, in a browser: from the scanned receipt to the slip on paper; exceptions, exchanges, and stray scans."""

import re

from playwright.sync_api import Locator, expect

from kiosk.demo.people import PEOPLE
from kiosk.demo.sample_receipts import bench_receipts
from kiosk.desk.actors import Role
from kiosk.desk.returns.views import ReturnView
from tests.browser.conftest import SCREEN, Desk
from tests.browser.test_cases_in_the_browser import no_barrier
from tests.browser.test_screens import _CLIPPED

MUGS, KETTLE, CANCELLED = "Groceries of two days ago, with a gift", "A kettle of yesterday", "A cancelled sale"
# Each is scanned once: the same code again within some seconds is taken for one scan.
MUG_CODE, MILK_CODE, BOX_CODE = "6901234500047", "6901234500023", "6901234500122"


def number_of(desk: Desk, caption: str) -> str:
    """The number of the sample receipt that the bench page calls *caption*."""
    services = desk.world.services
    now = services.clock.now().astimezone(services.settings.store.zone)
    return next(number for number, said in bench_receipts(now) if said == caption)


def receipt_of(desk: Desk, caption: str) -> int:
    found = desk.world.services.receipts.look_up(number_of(desk, caption)).receipt
    assert found is not None
    return found.id


def scan_goods(desk: Desk, code: str) -> None:
    desk.following()
    assert desk.world.scanner.scan(code, "ean13")


def answer(desk: Desk, line: int, condition: str = "As new") -> None:
    """Say how the goods of *line* are, and why they come back."""
    page = desk.page
    page.locator(f"#line-{line} label.choice").filter(has_text=re.compile(condition)).tap()
    page.locator(f"#packaging-{line}").select_option(index=1)
    page.locator(f"#reason-{line}").select_option(index=2)


def sent(desk: Desk, button: Locator) -> None:
    """Tap what leads to another page, and wait for that."""
    with desk.page.expect_navigation():
        button.tap()


def recorded(desk: Desk) -> ReturnView:
    """The return that the desk shows."""
    desk.page.wait_for_url(re.compile(r"/desk/returns/\d+$"))
    with desk.world.services.db.read() as session:
        return desk.world.services.returns.get(session, int(desk.page.url.rsplit("/", 1)[1]))


def test_goods_come_back_from_the_scanned_receipt_to_the_slip_and_not_twice(desk: Desk) -> None:
    desk.log_in(Role.DESK)
    page, world = desk.page, desk.world
    number = number_of(desk, MUGS)
    desk.following()
    assert world.scanner.scan(number, "code128")
    page.wait_for_url(re.compile(r"/desk/receipts/scan/"))
    expect(page.get_by_role("heading", level=1)).to_have_text(number)
    no_barrier(desk)

    # A scan of goods shows where they are; it chooses nothing.
    scan_goods(desk, MILK_CODE)
    expect(page.locator("#line-2")).to_have_class(re.compile("pointed"))
    expect(page.locator("[data-heard]")).to_contain_text("鲜牛奶")
    scan_goods(desk, BOX_CODE)
    expect(page.locator("[data-heard]")).to_contain_text("Not on this receipt")
    expect(page.get_by_role("button", name="Return")).to_be_disabled()

    page.locator("#line-3 td").nth(1).tap()
    expect(page.locator("[data-chosen]")).to_have_text("Chosen: 1")
    sent(desk, page.get_by_role("button", name="Return", exact=True))
    quantity = page.get_by_label("Quantity of 陶瓷马克杯")
    expect(quantity).to_have_value("1")
    no_barrier(desk)
    page.get_by_role("button", name="One more of 陶瓷马克杯").tap()
    answer(desk, 3)
    expect(page.locator(".sum__figure")).to_have_text("¥50.46")
    expect(page.locator("aside")).to_contain_text("Gift kept")
    page.locator("label.choice").filter(has_text="The gift came back too").tap()
    expect(page.locator(".sum__figure")).to_have_text("¥53.80")

    # Neither a scan nor a scanner that poses as a keyboard can become a quantity.
    scan_goods(desk, MUG_CODE)
    expect(page.locator("#line-3")).to_have_class(re.compile("pointed"))
    expect(quantity).to_have_value("2")
    quantity.fill("")
    quantity.press_sequentially(MUG_CODE)
    expect(page.locator("[data-heard]")).to_contain_text("That was a scanner")
    expect(quantity).to_have_value("")
    page.get_by_role("button", name="One more of 陶瓷马克杯").tap()
    page.get_by_role("button", name="One more of 陶瓷马克杯").tap()
    expect(page.locator(".sum__figure")).to_have_text("¥53.80")
    sent(desk, page.locator("aside").get_by_role("button", name="Take back"))

    done = recorded(desk)
    assert done.refund_fen == 5380
    expect(page.locator(".slip__state")).to_contain_text("The slip is out")
    slip = next(part.text for part in world.paper.parts if done.number in part.text)
    assert number in slip
    assert done.code in [code for _symbology, code in world.paper.codes]
    no_barrier(desk)

    # The slip opens its return, and the receipt knows what is left.
    desk.open("/desk/returns")
    desk.following()
    assert world.scanner.scan(done.code, "code128")
    page.wait_for_url(re.compile(rf"/desk/returns/{done.id}$"))
    sent(desk, page.get_by_role("link", name=number))
    expect(page.locator("#line-3 .lines__figure").nth(2)).to_have_text("1")
    no_barrier(desk)
    page.locator("#line-3 label.pick").tap()
    sent(desk, page.get_by_role("button", name="Return", exact=True))
    page.get_by_label("Quantity of 陶瓷马克杯").fill("2")
    answer(desk, 3)
    sent(desk, page.locator("aside").get_by_role("button", name="Take back"))
    expect(page.get_by_role("alert").first).to_contain_text("only 1 remain")


def test_an_exception_needs_a_second_person_whose_badge_is_scanned(desk: Desk) -> None:
    desk.log_in(Role.DESK)
    page = desk.page
    desk.open(f"/desk/receipts/{receipt_of(desk, MUGS)}/return?line=1&kind=return")
    answer(desk, 1)
    expect(page.locator("aside")).to_contain_text("A second person has to approve this")
    sent(desk, page.locator("aside").get_by_role("button", name="Go on"))
    no_barrier(desk)
    page.get_by_label("Why is this exception made?").fill("Bruised when it was sold")
    desk.following()
    with page.expect_navigation():
        assert desk.world.scanner.scan(next(person for person in PEOPLE if person.role is Role.SUPERVISOR).badge)
    done = recorded(desk)
    assert done.approver == "陈静"
    expect(page.locator(".facts")).to_contain_text("Bruised when it was sold")
    expect(page.locator(".slip__state")).to_contain_text("The slip is out")


def test_an_exchange_takes_other_goods_whose_code_is_scanned(desk: Desk) -> None:
    desk.log_in(Role.SUPERVISOR)
    page = desk.page
    desk.open(f"/desk/receipts/{receipt_of(desk, KETTLE)}")
    page.locator("#line-2 label.pick").tap()
    sent(desk, page.get_by_role("button", name="Exchange", exact=True))
    answer(desk, 2)
    expect(page.locator(".sum__figure")).to_have_text("¥0.00")
    desk.following()
    page.locator("#product-1").tap()
    assert desk.world.scanner.scan(MUG_CODE, "ean13")
    expect(page.locator("#product-1")).to_have_value(MUG_CODE)
    page.locator("#name-1").fill("Mug")
    page.locator("#price-1").fill("45.00")
    expect(page.locator("aside")).to_contain_text("The customer pays")
    expect(page.locator(".sum__figure")).to_have_text("¥9.10")
    no_barrier(desk)
    sent(desk, page.locator("aside").get_by_role("button", name="Exchange"))
    assert recorded(desk).pay_fen == 910
    no_barrier(desk)
    desk.open("/desk/returns/refunds?state=all")
    no_barrier(desk)


def test_the_returns_counter_is_without_barriers_in_chinese_and_fits_both_screens(chinese_desk: Desk) -> None:
    desk = chinese_desk
    desk.log_in(Role.SUPERVISOR)
    kettle, cancelled = receipt_of(desk, KETTLE), receipt_of(desk, CANCELLED)
    for path in (
        "/desk/returns",
        "/desk/returns/new",
        "/desk/receipts?day=2020-01-01",
        f"/desk/receipts/{kettle}",
        f"/desk/receipts/{cancelled}",
        f"/desk/receipts/{kettle}/return?line=1&kind=return",
        f"/desk/receipts/{kettle}/return?line=1&line=2&kind=exchange",
        f"/desk/receipts/{kettle}/photo",
    ):
        desk.page.set_viewport_size(SCREEN)
        desk.open(path)
        no_barrier(desk)
        desk.page.set_viewport_size({"width": 1280, "height": 800})
        assert not desk.page.evaluate(_CLIPPED), path
