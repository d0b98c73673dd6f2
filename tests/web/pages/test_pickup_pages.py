"""Pages of returned goods: gathered by department, checked by touch and scan, signed by badge or PIN; the day's end waits for it."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.pickups.views import PickupView
from kiosk.desk.returns.policy.views import Condition, Packaging
from kiosk.desk.returns.views import ReturnedLine
from tests.desk.goods.goods_world import SIGNATURE, returned
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import PIN, WebStation

PICKUPS = "/desk/pickups"
BADGE = "BADGE0001234567"
STROKES = msgspec.json.encode(SIGNATURE).decode()
APPLIANCES = "家电 Appliances"

BringBack = Callable[..., None]


@pytest.fixture
def bring_back(station: WebStation) -> BringBack:
    """Have goods come back: (name, code, category, quantity)."""
    count = 0

    def make(*goods: tuple[str, str, str, str]) -> None:
        nonlocal count
        count += 1
        lines = [
            ReturnedLine(100 * count + place, None, code, name, category, Decimal(quantity), 0, "", Condition.OPENED, Packaging.OPENED, "")
            for place, (name, code, category, quantity) in enumerate(goods)
        ]
        view = returned(count, lines, station.clock.now())
        station.db.write(lambda session: station.services.pickups.take_over(session, SYSTEM, view))

    return make


@pytest.fixture
def desk(visitor_as: Callable[..., Visitor]) -> Visitor:
    return visitor_as(Role.DESK)


def gathered(desk: Visitor) -> str:
    """Gather the first department; returns the address of its list."""
    form = next(form for form in desk.open(PICKUPS).forms if form.action == PICKUPS)
    _name, department = form.buttons[0]
    return desk.send(form, department=department).location


def pickup(station: WebStation) -> PickupView:
    with station.db.read() as session:
        return station.services.pickups.newest(session)[0]


def supervisor(station: WebStation) -> int:
    """Somebody who may sign, with a PIN and a badge."""
    user_id = station.person(Role.SUPERVISOR)
    staff = station.services.staff
    station.db.write(lambda session: staff.set_badge(session, SYSTEM, user_id, BADGE))
    return user_id


def test_what_waits_is_shown_by_department_and_gathered_there(station: WebStation, desk: Visitor, bring_back: BringBack) -> None:
    assert "Everything that came back is signed for." in desk.open(PICKUPS).text
    bring_back(("Kettle", "100", "家电", "1"), ("Apples", "200", "生鲜", "1.25"))
    page = desk.open(PICKUPS)
    assert APPLIANCES in page.text
    assert "生鲜 Fresh" in page.text
    page = desk.open(gathered(desk))
    assert "Kettle" in page.text
    assert "1 line is not checked yet." in page.text
    assert "Apples" not in page.text
    assert desk.send(desk.open(PICKUPS).form(PICKUPS), department="nobody's").status == 409


def test_a_list_is_checked_by_touch_and_differences_need_words(station: WebStation, desk: Visitor, bring_back: BringBack) -> None:
    bring_back(("Kettle", "100", "家电", "2"))
    address = gathered(desk)
    item = pickup(station).items[0]
    line = f"{address}/items/{item.id}"
    refused = desk.fill(line, line, found="1", difference="")
    assert refused.status == 422
    assert "Write down why something is missing." in refused.text
    assert desk.fill(line, line, found="1", difference="one broke").location.endswith(address)
    page = desk.open(address)
    assert "one broke" in page.text
    assert "Every line is checked." in page.text
    touched = next(form for form in page.forms if form.action.endswith(line))
    assert touched.fields["found"] == "2"  # one touch says that all are there
    desk.send(touched)
    assert (pickup(station).items[0].found, pickup(station).differing) == (2, 0)


@pytest.mark.parametrize("typed", ["6901234567892", "1e1", "NaN", "two", "", "-1", "0x1", "9" * 40])
def test_what_a_scanner_or_a_slip_of_the_finger_types_is_no_quantity(
    station: WebStation, desk: Visitor, bring_back: BringBack, typed: str
) -> None:
    bring_back(("Kettle", "100", "家电", "2"))
    line = f"{gathered(desk)}/items/{pickup(station).items[0].id}"
    assert desk.fill(line, line, found=typed, difference="so it is").status == 422
    assert pickup(station).items[0].found is None


def test_each_scan_counts_one_piece(station: WebStation, desk: Visitor, bring_back: BringBack) -> None:
    bring_back(("Kettle", "6901234567892", "家电", "2"))
    address = gathered(desk)
    form = desk.open(address).form("/scan")
    for found in (1, 2):
        desk.send(form, scan=station.services.scans.handle("6901234567892").id)
        assert f"Kettle: {found} of 2" in desk.open(address).text
    desk.send(form, scan=station.services.scans.handle("6901234567892").id)
    assert "All of Kettle were counted: 2." in desk.open(address).text
    desk.send(form, scan=station.services.scans.handle("6900000000007").id)
    assert "These goods are not on list" in desk.open(address).text
    desk.send(form, scan="long-gone")
    assert "That scan is too old." in desk.open(address).text
    assert pickup(station).items[0].found == 2


def test_the_supervisor_signs_with_a_pin_and_keeps_the_goods(station: WebStation, desk: Visitor, bring_back: BringBack) -> None:
    person = supervisor(station)
    bring_back(("Kettle", "100", "家电", "1"))
    address = gathered(desk)
    assert "/sign" not in " ".join(desk.open(address).links)  # not before every line is checked
    desk.send(next(form for form in desk.open(address).forms if "/items/" in form.action))
    assert f"{address}/sign" in desk.open(address).links
    wrong = desk.fill(f"{address}/sign", "/sign", strokes=STROKES, person=str(person), pin="000000")
    assert wrong.status == 401
    kept = wrong.form("/sign").fields["strokes"]
    assert msgspec.json.decode(kept) == msgspec.json.decode(STROKES)  # nobody has to sign twice
    signed = desk.fill(f"{address}/sign", "/sign", strokes=STROKES, person=str(person), pin=PIN)
    page = desk.follow(signed)
    assert "who keeps the goods." in page.text
    assert '<path d="M100 140L120 260' in page.html
    view = pickup(station)
    assert (view.state, view.items[0].holder_label) == ("signed", f"user:{person}")
    assert desk.open(f"{address}/sign").location.endswith(address)
    assert "Everything that came back is signed for." in desk.open(PICKUPS).text


def test_a_badge_signs_as_well_and_the_person_at_the_screen_may_be_the_same(
    station: WebStation, visitor_as: Callable[..., Visitor], bring_back: BringBack
) -> None:
    boss = Visitor(station.client())
    browser_user = supervisor(station)
    boss.open(f"/probe/log-in/{browser_user}/{station.epoch(browser_user)}")
    bring_back(("Kettle", "100", "家电", "1"))
    address = gathered(boss)
    boss.send(next(form for form in boss.open(address).forms if "/items/" in form.action))
    scan = station.services.scans.handle(BADGE)
    form = boss.open(f"{address}/sign").form("/sign")
    assert boss.send(form, strokes=STROKES, scan=scan.id).status == 303
    assert pickup(station).items[0].holder_label == f"user:{browser_user}"
    old = boss.send(form, strokes=STROKES, scan="too-old", idempotency_key="another-key-000001")
    assert old.status in (303, 404, 409, 410)


@pytest.mark.parametrize("strokes", ["", "{}", '{"height":400,"strokes":[]}', '{"height":400,"strokes":[[[1,1,0]]]}'])
def test_no_list_is_signed_without_a_signature(station: WebStation, desk: Visitor, bring_back: BringBack, strokes: str) -> None:
    person = supervisor(station)
    bring_back(("Kettle", "100", "家电", "1"))
    address = gathered(desk)
    desk.send(next(form for form in desk.open(address).forms if "/items/" in form.action))
    refused = desk.fill(f"{address}/sign", "/sign", strokes=strokes, person=str(person), pin=PIN)
    assert refused.status == 422
    assert pickup(station).state == "checking"


def test_the_desk_cannot_sign_for_itself(station: WebStation, desk: Visitor, bring_back: BringBack) -> None:
    clerk = station.person(Role.DESK)
    bring_back(("Kettle", "100", "家电", "1"))
    address = gathered(desk)
    desk.send(next(form for form in desk.open(address).forms if "/items/" in form.action))
    assert desk.fill(f"{address}/sign", "/sign", strokes=STROKES, person=str(clerk), pin=PIN).status == 403


def test_a_list_is_dissolved_and_its_goods_wait_again(station: WebStation, desk: Visitor, bring_back: BringBack) -> None:
    bring_back(("Kettle", "100", "家电", "1"))
    address = gathered(desk)
    assert desk.fill(address, "/dissolve").location.endswith(PICKUPS)
    assert "This list was dissolved" in desk.open(address).text
    assert "Gather for pickup" in desk.open(PICKUPS).text


def test_a_scanned_copy_opens_its_list(station: WebStation, desk: Visitor, bring_back: BringBack) -> None:
    bring_back(("Kettle", "100", "家电", "1"))
    address = gathered(desk)
    scan = station.services.scans.handle(pickup(station).code)
    assert scan.target == f"{PICKUPS}/scan/{scan.id}"
    assert desk.open(scan.target).location.endswith(address)
    assert desk.follow(desk.open(f"{PICKUPS}/scan/gone")).status == 200


def test_who_keeps_what_and_through_whose_hands_it_went(station: WebStation, desk: Visitor, bring_back: BringBack) -> None:
    bring_back(("Kettle", "100", "家电", "1"), ("Fan", "200", "家电", "1"))
    page = desk.open(f"{PICKUPS}/held")
    assert "the service desk" in page.text
    assert "Kettle" in desk.open(f"{PICKUPS}/held?holder=desk").text
    assert "Nobody keeps returned goods." in desk.open(f"{PICKUPS}/held?holder=user:99").text
    gathered(desk)
    page = desk.open(f"{PICKUPS}/goods/{pickup(station).items[0].id}")
    assert "Taken back at the desk" in page.text
    assert "Gathered for the department" in page.text
    assert desk.open(f"{PICKUPS}/goods/999").status == 404


def test_the_day_is_not_closed_while_goods_are_unsigned(
    station: WebStation, visitor_as: Callable[..., Visitor], desk: Visitor, bring_back: BringBack
) -> None:
    boss, person = visitor_as(Role.SUPERVISOR), supervisor(station)
    bring_back(("Kettle", "100", "家电", "1"), ("Apples", "200", "生鲜", "1.25"))
    opening = boss.fill("/desk/closing", "/desk/closing", kind="opening").location
    assert boss.fill(opening, "/finish").status == 303  # an opening asks for bags alone
    closing = boss.fill("/desk/closing", "/desk/closing", kind="closing").location
    refused = boss.fill(closing, "/finish")
    assert refused.status == 409
    assert f"{APPLIANCES}: 1, 生鲜 Fresh: 1" in refused.text
    assert PICKUPS in refused.links
    for _department in range(2):
        address = gathered(desk)
        desk.send(next(form for form in desk.open(address).forms if "/items/" in form.action))
        assert desk.fill(f"{address}/sign", "/sign", strokes=STROKES, person=str(person), pin=PIN).status == 303
    assert boss.fill(closing, "/finish").status == 303


def test_whoever_has_nothing_to_do_with_returns_sees_none_of_it(visitor_as: Callable[..., Visitor]) -> None:
    porter = visitor_as(Role.BAG_CHECK)
    for path in (PICKUPS, f"{PICKUPS}/held", f"{PICKUPS}/1", "/desk/appliances", "/desk/repairs"):
        assert porter.open(path).status == 403
