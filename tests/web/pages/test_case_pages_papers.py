"""Photos, written replies, contact data and stories at the desk's pages."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from kiosk.desk.actors import Role
from kiosk.desk.cases.views import CaseState, CaseView
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import PIN, WebStation

NEW = "/desk/cases/new"
PHONE = "13812345678"


@pytest.fixture
def clerk(visitor_as: Callable[..., Visitor]) -> Visitor:
    return visitor_as(Role.DESK)


@pytest.fixture
def boss(visitor_as: Callable[..., Visitor]) -> Visitor:
    return visitor_as(Role.SUPERVISOR)


def take_in(person: Visitor, **values: str) -> str:
    """Take a case in; returns its address."""
    return person.fill(NEW, NEW, **{"kind": "complaint", "content": "The milk was sour."} | values).location


def case_at(station: WebStation, address: str) -> CaseView:
    with station.db.read() as session:
        return station.services.cases.get(session, int(address.rsplit("/", 1)[1]))


def close(person: Visitor, address: str, outcome: str = "Refunded.") -> None:
    person.send(person.open(address).form("/acknowledge"))
    person.send(person.open(address).form("/start"))
    person.fill(f"{address}/resolve", "/resolve", outcome=outcome)
    person.fill(f"{address}/close", "/close", call_back="no contact left")


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(data, kind)
    return data.getvalue()


def upload(person: Visitor, address: str, data: bytes, **fields: str) -> Page:
    """Send *data* as a browser does that has two ways to choose a file, one of them unused."""
    form = person.open(f"{address}/photos").form("/photos")
    files = [FileStorage(io.BytesIO(b""), "", "photo"), FileStorage(io.BytesIO(data), "photo.jpg", "photo")]
    boundary, body = encode_multipart(MultiDict([*(form.fields | fields).items(), *(("photo", file) for file in files)]))
    return Page(person.client.post(form.action, data=body, content_type=f"multipart/form-data; boundary={boundary}"))


# -- contact data


def test_contact_data_is_shown_once_for_a_reason_and_the_look_is_on_record(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk, **{"contact.name": "Li Na", "contact.phone": PHONE, "consent": "yes"})
    ask = clerk.open(f"{address}/contact")
    assert PHONE not in ask.html
    refused = clerk.send(ask.form("/contact"), reason="")
    assert refused.status == 422
    assert PHONE not in refused.html
    shown = clerk.send(ask.form("/contact"), reason="call back with the outcome")
    assert shown.status == 200
    assert PHONE in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert PHONE not in clerk.open(f"{address}/contact").html
    with station.db.read() as session:
        reasons = [entry.detail for entry in station.services.audit.entries(session) if entry.action == "contact.revealed"]
    assert len(reasons) == 1
    assert "call back with the outcome" in str(reasons[0])
    assert PHONE not in str(reasons[0])


def test_contact_data_is_stored_nowhere_in_the_clear(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk, **{"contact.name": "Li Na", "contact.phone": PHONE, "consent": "yes"})
    clerk.send(clerk.open(f"{address}/contact").form("/contact"), reason="call back with the outcome")
    take_in(clerk, **{"contact.phone": PHONE + "x", "consent": "yes"})
    with station.db.read() as session:
        connection = session.connection().connection
        dump = "\n".join(connection.iterdump())  # type: ignore[attr-defined]
    assert PHONE not in dump
    assert "Li Na" not in dump


def test_contact_data_is_for_those_who_may_reveal_it(clerk: Visitor, visitor_as: Callable[..., Visitor]) -> None:
    address = take_in(clerk, **{"contact.phone": PHONE, "consent": "yes"})
    assert visitor_as(Role.BAG_CHECK).open(f"{address}/contact").status == 403


def test_a_case_without_contact_data_says_so(clerk: Visitor) -> None:
    address = take_in(clerk)
    assert "no contact left" in clerk.open(address).text
    assert "The customer left no contact data" in clerk.open(f"{address}/contact").text


# -- photos


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_is_added_shown_and_removed(station: WebStation, clerk: Visitor, kind: str) -> None:
    address = take_in(clerk)
    assert upload(clerk, address, picture(kind)).location == f"{address}/photos"
    (photo,) = [value for _tag, name, value in clerk.open(address).attributes if name == "src" and "/photos/" in value]
    answer = clerk.client.get(photo)
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    assert Image.open(io.BytesIO(answer.data)).format == "JPEG"
    page = clerk.open(f"{photo}/page")
    clerk.send(page.form("/remove"))
    assert clerk.client.get(photo).status_code == 404
    assert clerk.open(f"{photo}/page").status == 404
    assert case_at(station, address).photos == 0


@pytest.mark.parametrize("data", [b"", b"no picture at all", b"<svg onload=alert(1)>"])
def test_what_is_no_picture_is_refused_beside_the_field(station: WebStation, clerk: Visitor, data: bytes) -> None:
    address = take_in(clerk)
    page = upload(clerk, address, data)
    assert page.status == 422
    assert case_at(station, address).photos == 0


def test_a_photo_may_be_larger_than_any_other_form(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk)
    limit = station.settings.cases.photo_max_mb * 1_000_000
    assert upload(clerk, address, picture() + bytes(1_000_000)).status == 303
    assert upload(clerk, address, picture() + bytes(limit + 300_000)).status == 413
    assert clerk.fill(NEW, NEW, kind="complaint", content="x" * 300_000).status == 413
    assert case_at(station, address).photos == 1


def test_another_photo_under_the_same_key_is_not_taken_for_the_first(station: WebStation, clerk: Visitor) -> None:
    station.db.write(station.services.contacts.ensure_keys)  # as a station does at its start
    address = take_in(clerk)
    key = {"idempotency_key": "one form, opened once"}
    assert upload(clerk, address, picture(), **key).status == 303
    assert upload(clerk, address, picture(), **key).status == 303
    assert case_at(station, address).photos == 1
    assert upload(clerk, address, picture(size=(50, 50)), **key).status == 422
    assert case_at(station, address).photos == 1


def test_a_case_takes_no_more_photos_than_configured(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk)
    for number in range(station.settings.cases.photos_max):
        upload(clerk, address, picture(size=(40 + number, 30)))
    assert "This case has as many photos as are kept." in clerk.open(f"{address}/photos").text


# -- the written reply


def test_a_reply_is_looked_at_kept_printed_and_sent(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk, written="yes")
    page = clerk.open(f"{address}/reply")
    assert case_at(station, address).number in page.text
    looked_at = clerk.send(page.form("/reply"), do="preview", text="Dear customer, <b>sorry</b>.")
    assert looked_at.status == 200
    assert "Dear customer, <b>sorry</b>." in looked_at.text
    assert clerk.client.get(f"{address}/reply.pdf").status_code == 404
    clerk.send(looked_at.form("/reply"), do="save", text="Dear customer, 退款已办理。")
    letter = clerk.client.get(f"{address}/reply.pdf")
    assert (letter.status_code, letter.content_type) == (200, "application/pdf")
    assert letter.headers["Content-Disposition"].startswith("inline")
    assert letter.headers["Cache-Control"] == "no-store"
    assert letter.data.startswith(b"%PDF")
    clerk.send(clerk.open(f"{address}/reply").form("/reply/sent"), how="by post")
    assert "By post" in clerk.open(f"{address}/reply").text


def test_a_written_complaint_cannot_close_before_its_reply_went_out(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk, written="yes")
    close(clerk, address)
    assert case_at(station, address).state is CaseState.RESOLVED
    page = clerk.fill(f"{address}/close", "/close", call_back="no contact left")
    assert page.status == 409
    clerk.fill(f"{address}/reply", "/reply", do="save", text="Dear customer.")
    assert "Written reply due" in clerk.open(address).text
    clerk.send(clerk.open(f"{address}/reply").form("/reply/sent"), how="handed over")
    assert "Written reply Sent" in clerk.open(address).text
    clerk.fill(f"{address}/close", "/close", call_back="no contact left")
    assert case_at(station, address).state is CaseState.CLOSED


def test_a_letter_begins_in_the_customers_language(clerk: Visitor) -> None:
    address = take_in(clerk, language="en")
    clerk.speak("zh")
    assert "Dear customer" in clerk.open(f"{address}/reply").text


def test_an_empty_reply_is_refused(clerk: Visitor) -> None:
    address = take_in(clerk)
    assert clerk.fill(f"{address}/reply", "/reply", do="save", text=" ").status == 422


def test_a_letter_that_says_nothing_yet_is_refused(clerk: Visitor) -> None:
    address = take_in(clerk)
    page = clerk.open(f"{address}/reply")
    begun = page.html.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    refused = clerk.send(page.form("/reply"), do="save", text=begun)
    assert refused.status == 422
    assert "between greeting and close" in refused.text
    assert clerk.client.get(f"{address}/reply.pdf").status_code == 404


# -- stories


def test_a_closed_case_becomes_a_story_and_is_taken_off_again(station: WebStation, boss: Visitor) -> None:
    address = take_in(boss, kind="suggestion")
    close(boss, address)
    assert f"{address}/story" in boss.open("/desk/cases/stories").links
    story = {"said_zh": "排队太久", "said_en": "The queue was long", "did_zh": "多开一台", "did_en": "We opened a second till"}
    page = boss.open(f"{address}/story")
    assert "Everybody reads it." in page.text
    boss.send(page.form("/story"), **story)
    told = boss.open("/desk/cases/stories")
    assert "We opened a second till" in told.text
    assert "We opened a second till" in boss.open(f"{address}/story").text
    boss.send(told.form("/story/withdraw"))
    with station.db.read() as session:
        assert station.services.cases.stories(session) == []


def test_a_story_needs_every_language_and_a_closed_case(station: WebStation, boss: Visitor) -> None:
    address = take_in(boss, kind="suggestion")
    story = {"said_zh": "排队太久", "said_en": "", "did_zh": "多开一台", "did_en": ""}
    assert boss.fill(f"{address}/story", "/story", **story | {"said_en": "a", "did_en": "b"}).status == 409
    close(boss, address)
    refused = boss.fill(f"{address}/story", "/story", **story)
    assert refused.status == 422
    assert "排队太久" in refused.text


def test_a_story_with_a_telephone_number_is_not_released(station: WebStation, boss: Visitor) -> None:
    address = take_in(boss, kind="suggestion")
    close(boss, address)
    story = {"said_zh": "排队太久", "said_en": f"Call {PHONE}", "did_zh": "多开一台", "did_en": "We opened a second till"}
    assert boss.fill(f"{address}/story", "/story", **story).status == 422


def test_stories_are_for_those_who_manage_cases(clerk: Visitor) -> None:
    address = take_in(clerk)
    assert clerk.open(f"{address}/story").status == 403


# -- after the log-out


@pytest.mark.parametrize(
    ("step", "field"), [("resolve", "outcome"), ("note", "text"), ("reply", "text"), ("details", "product"), ("contact", "other")]
)
def test_what_was_typed_before_the_log_out_is_offered_again(station: WebStation, clerk: Visitor, step: str, field: str) -> None:
    address = take_in(clerk, **{"contact.phone": PHONE, "consent": "yes"})
    clerk.send(clerk.open(address).form("/acknowledge"))
    path = f"{address}/{step}"
    form = clerk.open(path).form(f"/{step}")
    station.clock.advance(station.settings.security.idle_logout_min * 60 + 1)
    away = Page(clerk.client.post(path, data=form.fields | {field: "typed before"}, headers={"Referer": f"http://localhost{path}"}))
    user_id = station.person(Role.DESK)
    pin_page = clerk.open(next(link for link in clerk.follow(away).links if link.startswith(f"/login/{user_id}")))
    page = clerk.follow(clerk.send(pin_page.form(f"/login/{user_id}"), pin=PIN))
    assert "typed before" in page.html
    assert "You were logged out before this was sent." in page.text
