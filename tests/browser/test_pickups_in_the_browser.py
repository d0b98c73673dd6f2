"""Returned goods at a touch screen: gathered, counted by the scanner, signed with a finger, and the same signature on paper."""

import re
from contextlib import suppress
from decimal import Decimal

from PIL import Image
from playwright.sync_api import Locator, expect

from kiosk.demo.paper import Part, Raster
from kiosk.demo.people import PEOPLE
from kiosk.demo.sample_receipts import bench_receipts
from kiosk.desk.actors import Role
from kiosk.desk.pickups.views import PickupState, PickupView
from kiosk.desk.returns.policy.views import Condition, Packaging, ReturnKind
from kiosk.desk.returns.views import NewReturn, NewReturnLine
from kiosk.desk.signatures import Strokes
from kiosk.devices.jobs import JobState
from tests.browser.conftest import SCREEN, Desk
from tests.browser.test_cases_in_the_browser import no_barrier
from tests.browser.test_screens import _CLIPPED

GROCERIES, CLOTHES = "Groceries of two days ago, with a gift", "Clothes of twelve days ago"
MUG_CODE, KETTLE_CODE = "6901234500047", "6901234500061"
MUG, GENERAL = "陶瓷马克杯", "百货 General goods"
_BOSS = next(person for person in PEOPLE if person.role is Role.SUPERVISOR)

# A hand that writes a wave across the pad and a line below it: shares of the pad's width and height.
WAVE = [(0.2 + 0.03 * step, 0.35 + (0.15 if step % 2 else -0.15)) for step in range(20)]
DASH = [(0.25 + 0.1 * step, 0.75) for step in range(6)]


def receipt_of(desk: Desk, caption: str) -> int:
    services = desk.world.services
    now = services.clock.now().astimezone(services.settings.store.zone)
    number = next(number for number, said in bench_receipts(now) if said == caption)
    found = services.receipts.look_up(number).receipt
    assert found is not None
    return found.id


def bring_back_mugs(desk: Desk, quantity: int) -> None:
    """Have mugs of the sample receipt come back, with their gift, as staff would record it."""
    line = NewReturnLine(3, Decimal(quantity), desk.world.services.settings.returns.reasons[0], Condition.FAULTY, Packaging.OPENED)
    wanted = NewReturn(ReturnKind.RETURN, receipt_id=receipt_of(desk, GROCERIES), lines=[line])
    desk.world.services.db.write(lambda session: desk.world.services.returns.record(session, desk.world.actor(), wanted))


def newest(desk: Desk) -> PickupView:
    with desk.world.services.db.read() as session:
        return desk.world.services.pickups.newest(session)[0]


def led_on(desk: Desk, button: Locator) -> None:
    """Tap what leads to another page, and wait for that."""
    with desk.page.expect_navigation():
        button.tap()


def scan_goods(desk: Desk, code: str, place: Locator, said: str) -> None:
    """Scan until *place* says *said*: the same code within a moment counts once, so the next piece is scanned a moment later."""
    for _try in range(4):
        desk.following()
        assert desk.world.scanner.scan(code, "ean13")
        with suppress(AssertionError):
            expect(place).to_contain_text(said, timeout=2_500)
            return
    expect(place).to_contain_text(said)


def write_on_pad(desk: Desk) -> None:
    """Write with a finger."""
    pad = desk.page.locator("canvas.signature__pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    hand = desk.page.context.new_cdp_session(desk.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in points]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    for first, *rest in (WAVE, DASH):
        touch("touchStart", first)
        for point in rest:
            touch("touchMove", point)
        touch("touchEnd")


def written(desk: Desk) -> str:
    """What the form would carry."""
    return desk.page.locator("input[name=strokes]").input_value()


def ink(picture: Raster) -> tuple[int, int, int, int]:
    """Where there is ink on a printed picture: left, top, right, bottom."""
    image = Image.frombytes("1", (picture.stride * 8, picture.rows), picture.data)
    return image.getbbox() or (0, 0, 0, 0)


def drawn_on(part: Part) -> tuple[float, float]:
    """Width and height of what is drawn on a piece of paper, in dots; its pieces stand below each other."""
    boxes = [(picture.top, ink(picture)) for picture in part.rasters if any(picture.data)]
    left, right = min(box[0] for _top, box in boxes), max(box[2] for _top, box in boxes)
    top, bottom = min(at + box[1] for at, box in boxes), max(at + box[3] for at, box in boxes)
    return right - left, bottom - top


def extent(strokes: Strokes) -> tuple[int, int]:
    points = [point for stroke in strokes.strokes for point in stroke]
    across, down = [x for x, _y, _at in points], [y for _x, y, _at in points]
    return max(across) - min(across), max(down) - min(down)


def test_goods_are_gathered_counted_by_the_scanner_and_signed_with_a_finger(desk: Desk) -> None:
    bring_back_mugs(desk, 2)
    desk.log_in(Role.DESK)
    page, world = desk.page, desk.world
    desk.open("/desk/pickups")
    no_barrier(desk)
    card = page.locator(".department").filter(has_text=GENERAL)
    led_on(desk, card.get_by_role("button"))
    page.wait_for_url(re.compile(r"/desk/pickups/\d+$"))
    address = page.url
    no_barrier(desk)
    mugs = page.locator(".check__item").filter(has_text=MUG)
    expect(mugs.locator(".check__count")).to_have_text("0 / 2")

    # Each scan is one piece; a third one is one too many, and a kettle is not on this list.
    for count in (1, 2):
        scan_goods(desk, MUG_CODE, mugs.locator(".check__count"), f"{count} / 2")
    scan_goods(desk, MUG_CODE, page.locator(".flashes"), f"All of {MUG} were counted: 2.")
    scan_goods(desk, KETTLE_CODE, page.locator(".flashes"), "These goods are not on list")
    assert [item.found for item in newest(desk).items if item.name == MUG] == [2]

    # What else lies there is ticked by touch.
    while page.get_by_role("button", name="All there").count():
        led_on(desk, page.get_by_role("button", name="All there").first)
    led_on(desk, page.get_by_role("link", name="Sign for the goods"))
    no_barrier(desk)

    # No strokes, no signature: the form is not even sent.
    for digit in _BOSS.pin:
        page.locator(f"[data-key='{digit}']").tap()
    page.locator("label.choice").filter(has_text=_BOSS.name).tap()
    page.get_by_role("button", name="Take the goods over").tap()
    expect(page.locator("[data-signature-missing]")).to_be_visible()
    assert newest(desk).state is PickupState.CHECKING

    write_on_pad(desk)
    expect(page.locator("[data-signature]")).to_have_attribute("data-state", "signed")
    page.get_by_role("button", name="Clear the pad").tap()
    assert written(desk) == ""
    write_on_pad(desk)
    before = written(desk)
    page.set_viewport_size({"width": 1280, "height": 800})  # a turned screen draws the same strokes anew
    expect(page.locator("[data-signature]")).to_have_attribute("data-state", "signed")
    assert written(desk) == before
    page.set_viewport_size({"width": SCREEN["width"], "height": SCREEN["height"]})
    led_on(desk, page.get_by_role("button", name="Take the goods over"))

    assert page.url == address
    expect(page.locator(".notice").first).to_contain_text(f"by {_BOSS.name}, who keeps the goods")
    expect(page.locator("svg.signature__picture path")).to_have_count(1)
    expect(page.locator(".notice").nth(1)).to_contain_text("The slip is out")
    no_barrier(desk)
    signed = newest(desk)
    assert (signed.state, {item.holder for item in signed.items}) == (PickupState.SIGNED, {_BOSS.name})
    assert signed.signature is not None
    assert len(signed.signature.strokes) == 2

    # The copy carries the list's number and code, and the signature in its own shape.
    part = next(part for part in world.paper.parts if signed.number in part.text)
    assert MUG in part.text
    assert _BOSS.name in part.text
    assert signed.code in part.barcodes
    wide, high = drawn_on(part)
    across, down = extent(signed.signature)
    assert abs(wide / high - across / down) < 0.15 * across / down

    # Its code opens the list again.
    desk.open("/desk/pickups")
    desk.following()
    assert world.scanner.scan(signed.code, "code128")
    page.wait_for_url(address)
    expect(page.locator(".check__item")).to_have_count(len(signed.items))


def test_a_badge_signs_after_the_finger_has_written_and_never_before(desk: Desk) -> None:
    bring_back_mugs(desk, 1)
    desk.log_in(Role.DESK)
    page = desk.page
    desk.open("/desk/pickups")
    led_on(desk, page.locator(".department").filter(has_text=GENERAL).get_by_role("button"))
    while page.get_by_role("button", name="All there").count():
        led_on(desk, page.get_by_role("button", name="All there").first)
    led_on(desk, page.get_by_role("link", name="Sign for the goods"))
    desk.following()
    # Whoever works with keys is told what the pad is, and how to get past it.
    page.locator("canvas.signature__pad").focus()
    expect(page.locator(".signature__keys")).to_be_visible()
    write_on_pad(desk)
    with page.expect_navigation():
        assert desk.world.scanner.scan(_BOSS.badge)
    page.wait_for_url(re.compile(r"/desk/pickups/\d+$"))
    signed = newest(desk)
    assert (signed.state, signed.signed_by) == (PickupState.SIGNED, _BOSS.name)
    desk.world.wait_for_job(signed.job, JobState.CONFIRMED)


def test_an_appliance_is_tested_with_scanned_serial_number_and_goes_to_the_vendor(desk: Desk) -> None:
    desk.log_in(Role.DESK)
    page = desk.page
    desk.open(f"/desk/appliances/new?receipt={receipt_of(desk, 'A kettle of yesterday')}&line=1")
    no_barrier(desk)
    for answer in page.get_by_text("All right", exact=True).all():
        answer.tap()
    page.get_by_text("Fault confirmed", exact=True).tap()
    page.get_by_label("Which fault or damage?").fill("boils on and on")
    desk.following()
    page.locator("#serial").tap()
    assert desk.world.scanner.scan("SN20260042", "code128")
    expect(page.locator("#serial")).to_have_value("SN20260042")
    write_on_pad(desk)
    led_on(desk, page.get_by_role("button", name="Keep the test and print its slip"))
    page.wait_for_url(re.compile(r"/desk/appliances/\d+$"))
    expect(page.locator("svg.signature__picture path")).to_have_count(1)
    no_barrier(desk)
    desk.world.wait_for(lambda: any("SN20260042" in part.text for part in desk.world.paper.parts), what="the test's slip")

    led_on(desk, page.get_by_role("link", name="Send it to the vendor for repair"))
    no_barrier(desk)
    expect(page.locator("#serial")).to_have_value("SN20260042")
    page.get_by_label("Who repairs it?").fill("Supor")
    led_on(desk, page.get_by_role("button", name="Take it in and print the slip"))
    page.wait_for_url(re.compile(r"/desk/repairs/\d+$"))
    no_barrier(desk)
    led_on(desk, page.get_by_role("button", name="Sent to the vendor"))
    expect(page.locator(".case__state")).to_contain_text("at the vendor")


def test_the_pages_of_goods_are_without_barriers_in_chinese_and_fit_both_screens(chinese_desk: Desk) -> None:
    desk = chinese_desk
    desk.log_in(Role.SUPERVISOR)
    for path in (
        "/desk/pickups",
        "/desk/pickups/held",
        "/desk/appliances",
        "/desk/appliances/new",
        "/desk/appliances/new?category=家电",
        "/desk/repairs",
        "/desk/repairs?show=all",
        "/desk/repairs/new",
    ):
        desk.page.set_viewport_size({"width": SCREEN["width"], "height": SCREEN["height"]})
        desk.open(path)
        no_barrier(desk)
        desk.page.set_viewport_size({"width": 1280, "height": 800})
        assert not desk.page.evaluate(_CLIPPED), path
