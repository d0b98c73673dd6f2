"""Logging in by PIN and badge, choosing an own PIN, logging out."""

from collections.abc import Callable

import pytest

from kiosk.desk.actors import SYSTEM, Role
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import WebStation
from tests.web.pages.conftest import PIN

BADGE = "BADGE-0123456789ABCDEF"


def hire(station: WebStation, name: str, role: Role = Role.DESK, *, one_time: bool = False, badge: str | None = None) -> int:
    staff = station.services.staff
    pin = staff.prepare_pin(PIN)
    return station.db.write(
        lambda session: staff.create_user(session, SYSTEM, name=name, role=role, pin=pin, badge=badge, must_change_pin=one_time)
    ).id


def enter_pin(visitor: Visitor, user_id: int, pin: str = PIN, **more: str) -> Page:
    return visitor.fill(f"/login/{user_id}", f"/login/{user_id}", pin=pin, **more)


def test_people_stand_as_tiles_with_name_and_role(station: WebStation, visitor: Visitor) -> None:
    user_id = hire(station, "Li Na", Role.MANAGER)
    page = visitor.open("/login")
    assert "Li Na" in page.text
    assert "Manager" in page.text
    assert f"/login/{user_id}?next=" in page.links


def test_many_people_are_shown_role_by_role(station: WebStation, visitor: Visitor) -> None:
    for number in range(14):
        hire(station, f"Desk {number:02d}", Role.DESK)
    for number in range(3):
        hire(station, f"Boss {number:02d}", Role.MANAGER)
    first = visitor.open("/login")
    assert "Desk 13" in first.text
    assert "Boss 00" not in first.text
    managers = next(link for link in first.links if "page=manager" in link)
    assert "Boss 02" in visitor.open(managers).text


def test_the_right_pin_leads_to_where_one_wanted_to_go(station: WebStation, visitor: Visitor) -> None:
    station.shelve()
    user_id = hire(station, "Li Na")
    sent_away = visitor.open("/desk/bags/search?q=12")
    tiles = visitor.follow(sent_away)
    pin_page = visitor.open(next(link for link in tiles.links if link.startswith(f"/login/{user_id}")))
    answer = visitor.send(pin_page.form(f"/login/{user_id}"), pin=PIN)
    assert answer.location == "/desk/bags/search?q=12"
    assert visitor.follow(answer).status == 200


@pytest.mark.parametrize(("language", "words"), [("en", "The PIN is wrong."), ("zh", "PIN 码不正确。")])
def test_a_wrong_pin_is_told_in_the_readers_language(station: WebStation, visitor: Visitor, language: str, words: str) -> None:
    user_id = hire(station, "Li Na")
    visitor.speak(language)
    page = enter_pin(visitor, user_id, "000000")
    assert page.status == 401
    assert words in page.text
    assert visitor.open("/desk").status == 303


def test_too_many_wrong_pins_show_a_countdown(station: WebStation, visitor: Visitor) -> None:
    user_id = hire(station, "Li Na")
    pages = [enter_pin(visitor, user_id, "000000") for _ in range(station.settings.security.lockout_after)]
    locked = pages[-1]
    assert locked.status == 429
    assert int(locked.headers["Retry-After"]) == station.settings.security.lockout_first_s
    assert ("p", "data-countdown", str(station.settings.security.lockout_first_s)) in locked.attributes
    assert enter_pin(visitor, user_id).status == 429
    station.clock.advance(station.settings.security.lockout_first_s + 1)
    assert enter_pin(visitor, user_id).status == 303


def test_an_unknown_person_has_no_pin_page(visitor: Visitor) -> None:
    assert visitor.open("/login/4711").status == 404


def test_a_one_time_pin_must_be_changed_before_anything_else(station: WebStation, visitor: Visitor) -> None:
    station.shelve()
    user_id = hire(station, "Li Na", one_time=True)
    answer = enter_pin(visitor, user_id, next="/desk/bags")
    assert answer.location.startswith("/login/new-pin")
    assert visitor.open("/desk/bags").status == 403
    form = visitor.follow(answer).form("/login/new-pin")
    differing = visitor.send(form, old=PIN, pin="918273", again="918274")
    assert (differing.status, "The two entries differ" in differing.text) == (422, True)
    weak = visitor.send(form, old=PIN, pin="111111", again="111111")
    assert weak.status == 422
    changed = visitor.send(form, old=PIN, pin="918273", again="918273")
    assert changed.location == "/desk/bags"
    assert "Your new PIN is set." in visitor.follow(changed).text


@pytest.mark.parametrize("path", ["/", "/desk"])
def test_whoever_walks_away_from_choosing_a_pin_is_led_back_to_it(station: WebStation, visitor: Visitor, path: str) -> None:
    enter_pin(visitor, hire(station, "Li Na", Role.TECHNICIAN, one_time=True))
    assert visitor.open(path).location == "/login/new-pin"


def test_logging_out_ends_the_session(station: WebStation, visitor: Visitor) -> None:
    station.shelve()
    enter_pin(visitor, hire(station, "Li Na"))
    answer = visitor.fill("/desk", "/login/leave")
    assert answer.location == "/login"
    assert visitor.open("/desk").status == 303


def badge_scan(station: WebStation, visitor: Visitor, code: str = BADGE) -> str:
    """Hold a badge under the scanner after the visitor touched the screen; returns where that leads."""
    visitor.open("/login")
    return station.services.scans.handle(code).target


def csrf_of(visitor: Visitor) -> dict[str, str]:
    return {"csrf_token": visitor.open("/login").form("/language").fields["csrf_token"]}


def test_a_scanned_badge_logs_in(station: WebStation, visitor: Visitor) -> None:
    hire(station, "Li Na", badge=BADGE)
    target = badge_scan(station, visitor)
    answer = visitor.client.post(target, data=csrf_of(visitor))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Li Na" in visitor.open("/desk").text


def test_a_badge_needs_the_pages_token(station: WebStation, visitor: Visitor) -> None:
    hire(station, "Li Na", badge=BADGE)
    assert visitor.client.post(badge_scan(station, visitor)).status_code == 400
    assert visitor.open("/desk").status == 303


def test_a_badge_takes_over_from_whoever_was_logged_in(station: WebStation, visitor: Visitor) -> None:
    station.shelve()
    hire(station, "Li Na", badge=BADGE)
    enter_pin(visitor, hire(station, "Wang Fang"))
    visitor.open("/desk")
    target = station.services.scans.handle(BADGE).target
    token = visitor.open("/desk").form("/login/leave").fields["csrf_token"]
    assert visitor.client.post(target, data={"csrf_token": token}).status_code == 303
    assert "Li Na" in visitor.open("/desk").text
    with station.db.read() as session:
        actions = [entry.action for entry in station.services.audit.entries(session)]
    assert "staff.logged-out" in actions


def test_an_unknown_badge_says_so_and_logs_nobody_in(station: WebStation, visitor: Visitor) -> None:
    hire(station, "Li Na")
    target = badge_scan(station, visitor, "BADGE-UNKNOWNUNKNOWN00")
    answer = visitor.client.post(target, data=csrf_of(visitor))
    assert answer.headers["Location"] == "/login"
    assert "This badge belongs to nobody here." in visitor.open("/login").text


def test_the_badge_of_another_screen_is_worth_nothing(station: WebStation, visitor: Visitor) -> None:
    hire(station, "Li Na", badge=BADGE)
    target = badge_scan(station, visitor)
    stranger = Visitor(station.client())
    answer = stranger.client.post(target, data=csrf_of(stranger))
    assert answer.headers["Location"] == "/login"
    assert "That scan is too old." in stranger.open("/login").text


def test_a_person_who_stays_away_is_logged_out(station: WebStation, visitor: Visitor, visitor_as: Callable[..., Visitor]) -> None:
    person = visitor_as(Role.DESK)
    assert person.open("/desk/status", X_Fragment="1").status == 200
    station.clock.advance(station.settings.security.idle_logout_min * 60 - 1)
    # The page's own curiosity is no sign of life.
    assert person.open("/desk/status", X_Fragment="1", X_Background="1").status == 200
    station.clock.advance(2)
    assert person.open("/desk").status == 303


def test_a_touch_without_a_page_keeps_a_person_logged_in(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    station.shelve()
    person = visitor_as(Role.DESK)
    token = person.open("/desk").form("/login/leave").fields["csrf_token"]
    for _ in range(3):
        station.clock.advance(station.settings.security.idle_logout_min * 60 - 1)
        assert person.client.post("/desk/touch", data={"csrf_token": token}).status_code == 204
    assert person.open("/desk").status == 200
