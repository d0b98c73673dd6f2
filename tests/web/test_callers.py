"""Who calls: tokens, sessions, CSRF, idle log-out; and how quickly the end of a right is felt."""

import pytest

from kiosk.desk.actors import SYSTEM, Role
from kiosk.web.auth import safe_next
from tests.fakes.clock import FakeClock
from tests.fakes.web_station import Browser, WebStation

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Bearer", "Basic eDp5", "", "Bearer \xff", "bearer kiosk_x y"])
def test_a_wrong_token_is_refused_and_never_falls_back_to_the_cookie(station: WebStation, header: str) -> None:
    browser = station.browser()
    answer = browser.client.get("/api/v1/bags", headers={"Authorization": header} if header else {"Authorization": "x"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.get_json()["type"] == "/problems/wrong-token"


def test_a_token_does_what_its_scopes_allow_and_no_more(station: WebStation) -> None:
    reader = station.program("bags:read")
    assert reader.get("/api/v1/bags").status_code == 200
    answer = reader.post("/api/v1/bags", {"pieces": 1})
    assert answer.status_code == 403
    assert answer.get_json()["scope"] == "bags:write"


def test_a_revoked_token_is_worthless_at_once(station: WebStation) -> None:
    program = station.program()
    assert program.get("/api/v1/jobs").status_code == 200
    (token,) = station.db.write(lambda session: station.services.tokens.list(session))
    station.db.write(lambda session: station.services.tokens.revoke(session, SYSTEM, token.id))
    assert program.get("/api/v1/jobs").status_code == 401


def test_nobody_is_told_to_log_in(station: WebStation) -> None:
    answer = station.client().post("/api/v1/bags", json={"pieces": 1})
    assert answer.status_code == 401
    assert answer.get_json()["remedy"]


def test_a_page_sends_people_to_the_log_in_and_back(station: WebStation) -> None:
    answer = station.client().get("/probe/mine?x=1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=%2Fprobe%2Fmine%3Fx%3D1"


def test_a_session_opens_pages_and_the_api(station: WebStation) -> None:
    browser = station.browser()
    assert browser.client.get("/probe/mine").text == "mine"
    assert browser.client.get("/api/v1/bags").status_code == 200


def test_a_session_changes_things_only_with_its_csrf_token(station: WebStation) -> None:
    station.shelve()
    browser = station.browser()
    without = browser.client.post("/api/v1/bags", json={"pieces": 1})
    assert without.status_code == 400
    assert without.get_json()["type"] == "/problems/csrf-token"
    assert browser.post("/api/v1/bags", {"pieces": 1}).status_code == 201


def test_the_csrf_token_of_another_browser_is_worth_nothing(station: WebStation) -> None:
    mine, other = station.browser(), station.browser()
    answer = mine.client.post("/api/v1/bags", json={"pieces": 1}, headers={"X-CSRFToken": other.csrf})
    assert answer.status_code == 400


def test_the_csrf_token_of_an_earlier_log_in_is_worth_nothing(station: WebStation) -> None:
    browser = station.browser()
    before = browser.csrf
    user_id = station.person()
    browser.log_in(user_id, station.epoch(user_id))
    answer = browser.client.post("/api/v1/bags", json={"pieces": 1}, headers={"X-CSRFToken": before})
    assert answer.status_code == 400


def test_a_deactivated_person_is_logged_out_at_once(station: WebStation) -> None:
    user_id = station.person()
    browser = Browser(station.client())
    browser.log_in(user_id, station.epoch(user_id))
    station.db.write(lambda session: station.services.staff.deactivate(session, SYSTEM, user_id))
    assert browser.client.get("/api/v1/bags").status_code == 401


def test_a_changed_role_acts_at_once(station: WebStation) -> None:
    user_id = station.person(Role.DESK)
    browser = Browser(station.client())
    browser.log_in(user_id, station.epoch(user_id))
    station.shelve()
    station.db.write(lambda session: station.services.staff.set_role(session, SYSTEM, user_id, Role.TECHNICIAN))
    # Whether the change also ends the session is the staff service's affair; the old right is gone either way.
    assert browser.post("/api/v1/bags", {"pieces": 1}).status_code in (401, 403)


def test_an_idle_person_is_logged_out(station: WebStation, clock: FakeClock) -> None:
    browser = station.browser()
    clock.advance(9 * 60)
    assert browser.client.get("/probe/mine").status_code == 200
    clock.advance(9 * 60)
    assert browser.client.get("/probe/mine").status_code == 200
    clock.advance(10 * 60)
    assert browser.client.get("/probe/mine").status_code == 303


def test_polling_keeps_nobody_logged_in(station: WebStation, clock: FakeClock) -> None:
    browser = station.browser()
    for _ in range(2):
        clock.advance(5 * 60)
        browser.client.get("/api/v1/bags", headers={"X-Background": "1"})
        browser.client.get("/healthz")
    assert browser.client.get("/probe/mine").status_code == 303


def test_a_clock_that_jumps_logs_nobody_out_and_keeps_nobody_in(station: WebStation, clock: FakeClock) -> None:
    browser = station.browser()
    clock.jump(86_400)
    assert browser.client.get("/probe/mine").status_code == 200
    clock.jump(-2 * 86_400)
    assert browser.client.get("/probe/mine").status_code == 200
    clock.advance(11 * 60)
    assert browser.client.get("/probe/mine").status_code == 303


def test_a_restart_logs_nobody_out(station: WebStation, clock: FakeClock) -> None:
    browser = station.browser()
    cookie = browser.cookie
    clock.advance(60)
    restarted = WebStation(station.db, station.bus, clock, station.folder)
    assert restarted.app.test_client(use_cookies=False).get("/probe/mine", headers={"Cookie": cookie}).status_code == 200
    clock.advance(10 * 60)
    again = WebStation(station.db, station.bus, clock, station.folder)
    assert again.app.test_client(use_cookies=False).get("/probe/mine", headers={"Cookie": cookie}).status_code == 303


def test_a_copy_of_the_cookie_is_worthless_after_the_log_out(station: WebStation) -> None:
    browser = station.browser()
    copy = browser.cookie
    browser.client.get("/probe/log-out")
    assert station.app.test_client(use_cookies=False).get("/probe/mine", headers={"Cookie": copy}).status_code == 303


def test_a_forged_cookie_is_nobody(station: WebStation) -> None:
    cookie = station.browser().cookie
    forged = cookie[:-3] + ("aaa" if not cookie.endswith("aaa") else "bbb")
    assert station.app.test_client(use_cookies=False).get("/api/v1/bags", headers={"Cookie": forged}).status_code == 401


def test_a_screen_keeps_its_name_from_person_to_person(station: WebStation) -> None:
    browser = station.browser()
    before = browser.screen
    user_id = station.person()
    browser.log_in(user_id, station.epoch(user_id))
    assert browser.screen == before


def test_a_touched_screen_becomes_the_active_one_and_a_polling_one_does_not(station: WebStation) -> None:
    first, second = station.browser(), station.browser()
    first.client.get("/probe/mine")
    assert station.services.screens.active() == first.screen
    second.client.get("/probe/mine", headers={"X-Background": "1"})
    assert station.services.screens.active() == first.screen
    second.client.get("/probe/mine")
    assert station.services.screens.active() == second.screen


def test_problems_are_written_in_the_language_that_a_program_asks_for(station: WebStation) -> None:
    program = station.program()
    assert program.get("/api/v1/jobs/5", Accept_Language="en").get_json()["title"] == "No such print job"
    assert program.get("/api/v1/jobs/5", Accept_Language="fr").status_code == 404


def test_a_form_that_comes_after_the_log_out_leads_to_the_log_in_and_back_to_its_page(station: WebStation, clock: FakeClock) -> None:
    browser = station.browser()
    clock.advance(11 * 60)
    answer = browser.client.post("/probe/mine", data={"csrf_token": browser.csrf}, headers={"Referer": "http://localhost/probe/mine"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=%2Fprobe%2Fmine"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", None, "/a\nb"])
def test_the_way_back_never_leads_elsewhere(target: str | None) -> None:
    assert safe_next(target) == "/"


def test_a_person_who_must_choose_a_new_pin_may_do_nothing_else(station: WebStation) -> None:
    user_id = station.person(must_change_pin=True)
    browser = Browser(station.client())
    browser.log_in(user_id, station.epoch(user_id))
    assert browser.client.get("/api/v1/bags").status_code == 403
