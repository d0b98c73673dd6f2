"""Taking goods back at the desk: the form, its live quote, exchanges, appliances, photos, and recording once."""

import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from kiosk.db import Database
from kiosk.desk.actors import Role
from kiosk.desk.appliances.views import ChecklistItem, NewTest, TestResult
from kiosk.desk.returns.policy.views import ReturnKind
from kiosk.events import EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import WebStation
from tests.web.pages.returns_counter import answers, bring_in, counter, form_page, sale, scan, take_back, the_return
from tests.web.test_every_route import VALUES


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    return counter(sqlite_database, bus, clock, tmp_path)


@pytest.fixture
def clerk(visitor_as: Callable[..., Visitor]) -> Visitor:
    person = visitor_as(Role.DESK)
    person.open("/desk")
    return person


@pytest.fixture
def receipt_id(station: WebStation) -> int:
    return bring_in(station, sale())


def quote(person: Visitor, page: Page, **fields: str) -> Page:
    """What the form on *page* comes to with *fields*."""
    form = page.form("/return")
    return Page(person.client.post(f"{form.action}/quote", data=form.fields | fields))


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(data, "JPEG")
    return data.getvalue()


def upload(person: Visitor, page: Page, ending: str) -> Page:
    form = page.form(ending)
    files = [("photo", FileStorage(io.BytesIO(b""), "", "photo")), ("photo", FileStorage(io.BytesIO(picture()), "photo.jpg", "photo"))]
    boundary, body = encode_multipart(MultiDict([*form.fields.items(), *files]))
    return Page(person.client.post(form.action, data=body, content_type=f"multipart/form-data; boundary={boundary}"))


def test_part_of_a_line_comes_back_and_the_rest_remains(station: WebStation, clerk: Visitor, receipt_id: int) -> None:
    done = the_return(station, take_back(clerk, receipt_id, 5, **answers(5)))
    assert [(line.name, line.quantity, line.refund_fen) for line in done.lines] == [("Box <50 l>", 1, 3590)]
    again = clerk.send(form_page(clerk, receipt_id, 5).form("/return"), do="record", **answers(5, "2"))
    assert again.status == 409
    assert "only 1 remain" in again.text


def test_the_form_opens_with_one_piece_and_says_what_it_comes_to(station: WebStation, clerk: Visitor, receipt_id: int) -> None:
    page = form_page(clerk, receipt_id, 5)
    assert ("input", "value", "1") in page.attributes
    assert "¥35.90" in page.text
    assert "2 of 2 left" in page.text


def test_the_quote_follows_what_is_entered(clerk: Visitor, receipt_id: int) -> None:
    page = form_page(clerk, receipt_id, 5)
    assert "¥71.80" in quote(clerk, page, **answers(5, "2")).text
    assert "only 2 remain" in quote(clerk, page, **answers(5, "3")).text
    damaged = quote(clerk, page, **answers(5, condition="damaged"))
    assert "second person" in damaged.text


@pytest.mark.parametrize("typed", ["6901234500122", "12345", "1e3", "-1", "1.2345", "٣", "0x2", "NaN", "1 000"])
def test_what_is_no_quantity_is_refused_before_it_becomes_a_number(
    station: WebStation, clerk: Visitor, receipt_id: int, typed: str
) -> None:
    page = take_back(clerk, receipt_id, 5, **answers(5, typed))
    assert page.status == 422
    assert "A code is no quantity" in page.text
    with station.db.read() as session:
        assert station.services.returns.newest(session) == []


def test_every_open_question_is_named_and_what_was_entered_stays(clerk: Visitor, receipt_id: int) -> None:
    page = take_back(clerk, receipt_id, 5, **{"quantity-5": "2"})
    assert page.status == 422
    for asked in ("How are the goods?", "What of the packaging is there?", "Why do the goods come back?"):
        assert asked in page.text
    assert ("input", "value", "2") in page.attributes
    assert clerk.send(page.form("/return"), do="record", **answers(5, "2")).status == 303


def test_nothing_chosen_leads_back_to_the_receipt(clerk: Visitor, receipt_id: int) -> None:
    page = clerk.open(f"/desk/receipts/{receipt_id}/return?kind=return")
    assert page.location.startswith(f"/desk/receipts/{receipt_id}?")
    assert "Choose what comes back first" in clerk.follow(page).text
    assert take_back(clerk, receipt_id, 5, **answers(5, "0")).status == 422


def test_a_double_tap_records_once(station: WebStation, clerk: Visitor, receipt_id: int) -> None:
    form = form_page(clerk, receipt_id, 5).form("/return")
    first, second = (clerk.send(form, do="record", **answers(5)) for _ in range(2))
    assert first.location == second.location
    with station.db.read() as session:
        assert len(station.services.returns.newest(session)) == 1


def test_a_gift_that_stays_away_is_deducted_and_one_that_came_back_is_not(clerk: Visitor, receipt_id: int) -> None:
    page = form_page(clerk, receipt_id, 1)
    assert "The gift came back too: Soap dish" in page.text
    kept = quote(clerk, page, **answers(1, "3"))
    assert "Gift kept" in kept.text
    assert "¥54.70" in kept.text
    brought = quote(clerk, page, **answers(1, "3"), **{"gift-2": "yes"})
    assert "Gift kept" not in brought.text
    assert "¥59.70" in brought.text


def test_an_exchange_shows_the_difference_and_records_what_the_customer_takes(station: WebStation, clerk: Visitor, receipt_id: int) -> None:
    page = form_page(clerk, receipt_id, 5, kind="exchange")
    # The same goods again stand there at first.
    assert ("input", "value", "Box <50 l>") in page.attributes
    instead = {"product-1": "700109", "name-1": "Large box", "count-1": "1", "price-1": "45.00"}
    assert "¥9.10" in quote(clerk, page, **answers(5), **instead).text
    done = the_return(station, clerk.send(page.form("/return"), do="record", **answers(5), **instead))
    assert (done.kind, done.refund_fen, done.pay_fen) == (ReturnKind.EXCHANGE, 0, 910)
    assert [goods.name for goods in done.exchange_for] == ["Large box"]


def test_an_exchange_for_nothing_is_asked_about(clerk: Visitor, receipt_id: int) -> None:
    empty = {"product-1": "", "name-1": "", "count-1": "", "price-1": ""}
    page = take_back(clerk, receipt_id, 5, kind="exchange", **answers(5), **empty)
    assert page.status == 422
    assert "What does the customer take instead?" in page.text
    wrong = take_back(clerk, receipt_id, 5, kind="exchange", **answers(5), **empty, **{"name-2": "Box", "count-2": "1", "price-2": "cheap"})
    assert "An amount is written as 12.50" in wrong.text


def test_an_appliance_is_tested_first_and_the_form_waits_meanwhile(station: WebStation, clerk: Visitor, receipt_id: int) -> None:
    page = form_page(clerk, receipt_id, 4)
    filled = answers(4, condition="faulty", packaging="opened", serial="SN-77")
    refused = clerk.send(page.form("/return"), do="record", **filled)
    assert refused.status == 422
    assert "tested first" in refused.text
    form = refused.form("/return")
    left = Page(clerk.client.post(f"{form.action}/test", data=form.fields | filled | {"do": "4"}))
    assert left.location == f"/desk/appliances/new?receipt={receipt_id}&line=4"
    test = NewTest(
        product="880014",
        name="Kettle",
        category="家电/小家电",
        serial="SN-77",
        items=[ChecklistItem("通电正常 Powers on", False)],
        result=TestResult.FAULTY,
        receipt_id=receipt_id,
        line=4,
        fault="does not heat",
    )
    services = station.services
    with services.db.read() as session:
        user = services.staff.list_users(session)[0]
    actor = station.services.staff.actor_for_user
    with services.db.read() as session:
        tester = actor(session, user.id, station.epoch(user.id))
    assert tester is not None
    recorded = services.db.write(lambda session: services.appliances.record(session, tester, test))
    (onward,) = [link for link in clerk.open(f"/desk/appliances/{recorded.id}").links if "/return?" in link]
    back = clerk.open(onward)
    assert ("input", "value", "SN-77") in back.attributes
    assert recorded.number in back.text
    done = the_return(station, clerk.send(back.form("/return"), do="record", **filled, **{"test-4": str(recorded.id)}))
    assert done.lines[0].serial == "SN-77"
    # What waited is gone with the return.
    assert clerk.open(f"/desk/receipts/{receipt_id}/return").location == f"/desk/receipts/{receipt_id}?nothing=yes"


def test_whoever_tested_first_goes_on_with_the_return_of_those_goods(clerk: Visitor, receipt_id: int) -> None:
    page = clerk.open(f"/desk/receipts/{receipt_id}/return?tested=5")
    assert page.form("/return").fields["lines"] == "5"


def test_a_photo_taken_for_the_form_is_kept_with_the_return(station: WebStation, clerk: Visitor, receipt_id: int) -> None:
    form = form_page(clerk, receipt_id, 5).form("/return")
    asked = Page(clerk.client.post(f"{form.action}/photo", data=form.fields | answers(5) | {"do": "photo"}))
    back = clerk.follow(upload(clerk, clerk.follow(asked), "/photo"))
    assert "1 photo taken" in back.text
    done = the_return(station, clerk.send(back.form("/return"), do="record", **answers(5)))
    assert done.photos == 1


def test_photos_are_added_after_the_return_too(station: WebStation, clerk: Visitor, receipt_id: int) -> None:
    done = the_return(station, take_back(clerk, receipt_id, 5, **answers(5)))
    page = clerk.open(f"/desk/returns/{done.id}/photos")
    assert upload(clerk, page, "/photos").location == f"/desk/returns/{done.id}/photos"
    with station.db.read() as session:
        (photo,) = station.services.returns.photos(session, done.id)
    answer = clerk.client.get(f"/desk/returns/{done.id}/photos/{photo.id}")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    nothing = clerk.send(page.form("/photos"))
    assert nothing.status == 422


def test_whoever_was_logged_out_finds_the_form_as_it_was(station: WebStation, clerk: Visitor, receipt_id: int) -> None:
    form = form_page(clerk, receipt_id, 5).form("/return")
    station.clock.advance(station.settings.security.idle_logout_min * 60 + 1)
    gone = clerk.send(form, do="record", **answers(5, "2", serial="A1"))
    assert gone.location.startswith("/login?next=")
    user_id = station.person(Role.DESK)
    clerk.client.get(f"/probe/log-in/{user_id}/{station.epoch(user_id)}")
    back = clerk.open(f"/desk/receipts/{receipt_id}/return")
    assert "You were logged out before this was sent" in back.text
    assert ("input", "value", "2") in back.attributes
    assert clerk.send(back.form("/return"), do="record", **answers(5, "2")).status == 303


def test_a_scanned_code_goes_into_a_field_that_was_tapped_and_only_once(station: WebStation, clerk: Visitor) -> None:
    clerk.open("/desk")
    for text in ("6901234500122", "SN-4711-X"):
        scan_id = scan(station, text).rsplit("/", 1)[1]
        assert clerk.client.get(f"/desk/returns/codes/{scan_id}").text == text
        assert clerk.client.get(f"/desk/returns/codes/{scan_id}").status_code == 404
    badge = scan(station, "BADGE-0123456789ABCDEF").rsplit("/", 1)[1]
    assert clerk.client.get(f"/desk/returns/codes/{badge}").status_code == 404


def test_whoever_may_not_take_goods_back_gets_no_form(visitor_as: Callable[..., Visitor], receipt_id: int) -> None:
    assert visitor_as(Role.BAG_CHECK).open(f"/desk/receipts/{receipt_id}/return?line=5").status == 403


FORM_FIELDS = ["kind", "lines", "member", "note", "freshness", "do", "person", "pin", "scan", "override_reason"]
FORM_FIELDS += [f"{stem}-5" for stem in ("quantity", "condition", "packaging", "reason", "serial", "test", "gift")]
FORM_FIELDS += [f"{stem}-1" for stem in ("product", "name", "count", "price", "category", "why")]


@pytest.mark.parametrize("kind", ["return", "exchange"])
def test_whatever_a_field_holds_the_form_is_answered_in_words(clerk: Visitor, receipt_id: int, kind: str) -> None:
    page = form_page(clerk, receipt_id, 5, kind=kind)
    form = page.form("/return")
    for name in FORM_FIELDS:
        for value in VALUES:
            asked = Page(clerk.client.post(f"{form.action}/quote", data=form.fields | answers(5) | {name: value}))
            assert asked.status == 200, (name, value, asked.text)
    for name in FORM_FIELDS:
        for value in (VALUES[5], VALUES[8], VALUES[13], "١", "-5", "5,5,5"):
            data = form.fields | answers(5, "3") | {"do": "record", name: value}
            sent = Page(clerk.client.post(form.action, data={**data, "idempotency_key": ""}))
            assert sent.status in (200, 303, 404, 409, 422), (name, value, sent.text)


@pytest.mark.parametrize("value", VALUES)
def test_whatever_the_address_holds_the_form_is_answered_in_words(clerk: Visitor, receipt_id: int, value: str) -> None:
    for query in ({"line": value}, {"line": "5", "kind": value}, {"tested": value}):
        address = f"/desk/receipts/{receipt_id}/return?{urlencode(query, errors='replace')}"
        assert clerk.open(address).status in (200, 303)
