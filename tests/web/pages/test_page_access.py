"""Who may open which page, in which language, and what protects its forms."""

from collections.abc import Callable

import pytest

from kiosk.desk.actors import Role
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

STAFF_PAGES = [
    "/desk",
    "/desk/bags",
    "/desk/bags/new",
    "/desk/bags/release",
    "/desk/bags/search?q=1",
    "/desk/lost",
    "/desk/closing",
    "/desk/shelves",
    "/desk/jobs",
    "/desk/ratings",
    "/technician",
    "/manage/staff",
    "/login/new-pin",
]

DENIED = [
    (Role.BAG_CHECK, "/desk/ratings"),
    (Role.BAG_CHECK, "/desk/shelves"),
    (Role.BAG_CHECK, "/technician"),
    (Role.BAG_CHECK, "/manage/staff"),
    (Role.DESK, "/desk/shelves"),
    (Role.SUPERVISOR, "/manage/staff"),
    (Role.MANAGER, "/technician"),
    (Role.TECHNICIAN, "/desk/bags/new"),
    (Role.TECHNICIAN, "/desk/shelves"),
]

ALLOWED = [
    (Role.BAG_CHECK, "/desk/bags/new"),
    (Role.DESK, "/desk/jobs"),
    (Role.SUPERVISOR, "/desk/shelves"),
    (Role.MANAGER, "/manage/staff"),
    (Role.TECHNICIAN, "/technician"),
    (Role.TECHNICIAN, "/manage/staff"),
    (Role.TECHNICIAN, "/desk/bags"),
]


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_whoever_is_not_logged_in_is_sent_to_the_log_in_and_back(visitor: Visitor, path: str) -> None:
    page = visitor.open(path)
    assert page.status == 303
    assert page.location.startswith("/login?next=%2F")


@pytest.mark.parametrize(("role", "path"), DENIED)
def test_a_role_without_the_permission_gets_a_friendly_refusal(visitor_as: Callable[..., Visitor], role: Role, path: str) -> None:
    page = visitor_as(role).open(path)
    assert page.status == 403
    assert "Not allowed" in page.text
    assert "/" in page.links


@pytest.mark.parametrize(("role", "path"), ALLOWED)
def test_a_role_with_the_permission_sees_the_page(visitor_as: Callable[..., Visitor], role: Role, path: str) -> None:
    assert visitor_as(role).open(path).status == 200


@pytest.mark.parametrize(
    ("role", "start"),
    [(Role.BAG_CHECK, "/desk/bags"), (Role.DESK, "/desk"), (Role.MANAGER, "/desk"), (Role.TECHNICIAN, "/technician")],
)
def test_the_start_page_leads_everybody_to_their_work(visitor_as: Callable[..., Visitor], role: Role, start: str) -> None:
    assert visitor_as(role).open("/").location == start


def test_the_start_page_leads_a_stranger_to_the_log_in(visitor: Visitor) -> None:
    assert visitor.open("/").location == "/login"


def test_the_rail_shows_only_what_the_person_may_open(visitor_as: Callable[..., Visitor]) -> None:
    assert "/technician" not in visitor_as(Role.SUPERVISOR).open("/desk").links
    assert "/manage/staff" in visitor_as(Role.MANAGER).open("/desk").links


@pytest.mark.parametrize("path", [path for path in STAFF_PAGES if path not in ("/technician", "/manage/staff")])
def test_pages_are_chinese_first_and_english_on_demand(station: WebStation, visitor_as: Callable[..., Visitor], path: str) -> None:
    station.shelve()
    person = visitor_as(Role.SUPERVISOR)
    person.client.delete_cookie("lang")
    chinese = person.open(path)
    assert (chinese.status, chinese.language) == (200, "zh-Hans")
    person.speak("en")
    english = person.open(path)
    assert (english.status, english.language) == (200, "en")
    assert not [char for char in english.text.replace("中文", "").replace("超市", "") if "\u4e00" <= char <= "\u9fff"]


def test_the_language_switch_remembers_and_comes_back(visitor_as: Callable[..., Visitor]) -> None:
    person = visitor_as(Role.DESK, "zh")
    answer = person.fill("/desk/bags/search?q=7", "/language", language="en")
    assert answer.location == "/desk/bags/search?q=7"
    assert person.follow(answer).language == "en"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_the_language_switch_never_leads_to_another_site(visitor: Visitor, target: str) -> None:
    assert visitor.fill("/login", "/language", language="zh", next=target).location == "/"


def test_a_form_without_its_token_changes_nothing(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    station.shelve()
    person = visitor_as(Role.DESK)
    form = person.open("/desk/bags/new").form("/desk/bags/new")
    del form.fields["csrf_token"]
    page = person.send(form, pieces="2")
    assert page.status == 400
    assert "This page is too old" in page.text
    with station.db.read() as session:
        assert station.services.bags.board(session).printing == 0


def test_no_page_has_inline_script_or_style(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    station.shelve()
    people = {path: visitor_as(Role.TECHNICIAN if path == "/technician" else Role.MANAGER) for path in STAFF_PAGES}
    for path, person in people.items():
        page = person.open(path)
        assert page.status == 200, path
        assert not [name for _tag, name, _value in page.attributes if name == "style" or name.startswith("on")], path
        assert "<style" not in page.html
        assert page.html.count("<script") == page.html.count('<script type="module" src="/static/')


def test_every_form_that_changes_something_carries_token_and_key(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    station.shelve()
    person = visitor_as(Role.MANAGER)
    for path in ["/desk/bags/new", "/desk/shelves", "/desk/closing", "/manage/staff"]:
        for form in person.open(path).forms:
            if form.method == "post" and not form.action.endswith("/language"):
                assert {"csrf_token", "idempotency_key"} <= set(form.fields), (path, form.action)


def test_an_unknown_address_has_a_friendly_page_in_both_languages(visitor: Visitor) -> None:
    page = visitor.open("/no/such/page")
    assert page.status == 404
    assert "Not found" in page.text
    visitor.speak("zh")
    assert "没有找到" in visitor.open("/no/such/page").text


def test_pages_are_never_kept_by_the_browser(visitor_as: Callable[..., Visitor]) -> None:
    assert visitor_as(Role.DESK).open("/desk/bags").headers["Cache-Control"] == "no-store"


def test_the_events_of_a_page_begin_where_it_was_rendered(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    person = visitor_as(Role.DESK)
    newest = station.bus.last_id
    events = [value for _tag, name, value in person.open("/desk/bags").attributes if name == "data-events"]
    assert events == [f"/api/v1/events?since={newest}"]
