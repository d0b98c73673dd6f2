"""What was typed into a form that was sent after the log-out: kept for this screen, offered again, never sent by itself."""

from collections.abc import Callable

import pytest

from kiosk.desk.actors import Role
from tests.fakes.visitor import Form, Page, Visitor
from tests.fakes.web_station import PIN, WebStation

OFFERED = "You were logged out before this was sent."

Stored = Callable[..., tuple[int, str]]


@pytest.fixture
def clerk(station: WebStation, visitor_as: Callable[..., Visitor]) -> Visitor:
    station.shelve()
    return visitor_as(Role.BAG_CHECK)


def go_idle(station: WebStation) -> None:
    station.clock.advance(station.settings.security.idle_logout_min * 60 + 1)


def send_late(station: WebStation, person: Visitor, path: str, ending: str, /, **values: str) -> tuple[Form, Page]:
    """Open *path*, stay away until the log-out, and send its form for *ending* as a browser does; returns form and answer."""
    form = person.open(path).form(ending)
    go_idle(station)
    headers = {"Referer": f"http://localhost{path}"}
    page = Page(person.client.post(form.action, data=form.fields | values, headers=headers))
    assert (page.status, page.location.partition("?")[0]) == (303, "/login")
    return form, page


def log_in(station: WebStation, person: Visitor, sent_away: Page, role: Role = Role.BAG_CHECK) -> Page:
    """Log in as somebody new at the same screen, the way that the log-in leads; returns the answer to the PIN."""
    user_id = station.person(role)
    tiles = person.follow(sent_away)
    pin_page = person.open(next(link for link in tiles.links if link.startswith(f"/login/{user_id}")))
    return person.send(pin_page.form(f"/login/{user_id}"), pin=PIN)


def value_of(page: Page, name: str) -> list[str]:
    """The values that the page's inputs of *name* hold, as far as they are chosen or typed."""
    found, tag, attributes = [], "", dict[str, str]()

    def close() -> None:
        chosen = "checked" in attributes or attributes.get("type") not in ("radio", "checkbox")
        if tag == "input" and attributes.get("name") == name and chosen:
            found.append(attributes.get("value", ""))

    for tag_now, attribute, value in page.attributes:
        if tag_now != tag or attribute in attributes:
            close()
            tag, attributes = tag_now, {}
        attributes[attribute] = value
    close()
    return found


def taken_in(station: WebStation) -> int:
    with station.db.read() as session:
        return len(station.services.bags.list(session))


def test_a_take_in_sent_after_the_log_out_is_offered_again_and_not_sent_by_itself(station: WebStation, clerk: Visitor) -> None:
    _, sent_away = send_late(station, clerk, "/desk/bags/new", "/desk/bags/new", pieces="3", note="red suitcase", slot="A02")
    entered = log_in(station, clerk, sent_away)
    assert entered.location == "/desk/bags/new"
    page = clerk.follow(entered)
    assert OFFERED in page.text
    assert "red suitcase" in page.text
    assert value_of(page, "slot") == ["A02"]
    assert ("button", "aria-current", "true") in page.attributes
    assert taken_in(station) == 0
    form = page.form("/desk/bags/new")
    answer = clerk.send(form, pieces="3", note="red suitcase", slot="A02")
    assert "red suitcase" in clerk.follow(answer).text
    assert taken_in(station) == 1


def test_what_was_offered_once_is_forgotten(station: WebStation, clerk: Visitor) -> None:
    _, sent_away = send_late(station, clerk, "/desk/bags/new", "/desk/bags/new", pieces="1", note="red suitcase", slot="")
    clerk.follow(log_in(station, clerk, sent_away))
    again = clerk.open("/desk/bags/new")
    assert "red suitcase" not in again.text
    assert OFFERED not in again.text


def test_the_offered_page_keeps_its_key_so_that_what_did_happen_is_answered(station: WebStation, clerk: Visitor) -> None:
    form = clerk.open("/desk/bags/new").form("/desk/bags/new")
    values = {"pieces": "2", "note": "red suitcase", "slot": ""}
    first = clerk.send(form, **values)  # the answer is lost on its way, and the person sends it again after the log-out
    with station.db.read() as session:
        taken_by = station.services.audit.entries(session)[0].actor
    go_idle(station)
    Page(clerk.client.post(form.action, data=form.fields | values, headers={"Referer": "http://localhost/desk/bags/new"}))
    user_id = int(taken_by.removeprefix("user:"))
    clerk.client.get(f"/probe/log-in/{user_id}/{station.epoch(user_id)}")
    page = clerk.open("/desk/bags/new")
    offered = page.form("/desk/bags/new")
    assert offered.fields["idempotency_key"] == form.fields["idempotency_key"]
    assert offered.fields["csrf_token"] != form.fields["csrf_token"]
    assert clerk.send(offered, **values).location == first.location
    assert taken_in(station) == 1


def test_another_screen_is_offered_nothing(station: WebStation, clerk: Visitor, visitor_as: Callable[..., Visitor]) -> None:
    send_late(station, clerk, "/desk/bags/new", "/desk/bags/new", pieces="1", note="red suitcase", slot="")
    assert "red suitcase" not in visitor_as(Role.BAG_CHECK).open("/desk/bags/new").text


def test_somebody_without_the_permission_is_offered_nothing_and_the_next_one_is(station: WebStation, clerk: Visitor) -> None:
    _, sent_away = send_late(station, clerk, "/desk/bags/new", "/desk/bags/new", pieces="1", note="red suitcase", slot="")
    refused = clerk.follow(log_in(station, clerk, sent_away, Role.TECHNICIAN))
    assert (refused.status, "red suitcase" in refused.text) == (403, False)
    clerk.fill("/login", "/language", language="en")  # the gate's own form works as ever
    clerk.client.get("/probe/log-out")
    assert "red suitcase" in clerk.follow(log_in(station, clerk, sent_away)).text


def test_what_nobody_comes_back_for_is_forgotten_after_minutes(station: WebStation, clerk: Visitor) -> None:
    _, sent_away = send_late(station, clerk, "/desk/bags/new", "/desk/bags/new", pieces="1", note="red suitcase", slot="")
    station.clock.advance(5 * 60 + 1)
    assert "red suitcase" not in clerk.follow(log_in(station, clerk, sent_away)).text


def test_a_form_from_another_site_is_not_kept(station: WebStation, clerk: Visitor) -> None:
    form = clerk.open("/desk/bags/new").form("/desk/bags/new")
    go_idle(station)
    answer = clerk.client.post(form.action, data={"note": "planted"})
    assert "planted" not in clerk.follow(log_in(station, clerk, Page(answer))).text


def test_a_stranger_without_a_screen_leaves_nothing_here(station: WebStation) -> None:
    stranger = Visitor(station.client())
    answer = Page(stranger.client.post("/desk/bags/new", data={"note": "planted"}))
    assert "planted" not in stranger.follow(log_in(station, stranger, answer)).text


def test_a_text_beyond_every_field_is_cut(station: WebStation, clerk: Visitor) -> None:
    _, sent_away = send_late(station, clerk, "/desk/bags/new", "/desk/bags/new", pieces="1", note="长" * 20_000, slot="")
    assert clerk.follow(log_in(station, clerk, sent_away)).html.count("长") == 2000


def test_the_description_of_lost_bags_survives(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    path = f"/desk/lost/bags/{stored()[0]}"
    _, sent_away = send_late(station, clerk, path, path, description="red with a ribbon", contents="two shirts")
    page = clerk.follow(log_in(station, clerk, sent_away))
    assert "red with a ribbon" in page.text
    assert "two shirts" in page.text


def test_the_second_persons_pin_is_not_kept_but_the_choice_is(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    supervisor = station.person(Role.SUPERVISOR)
    station.person(Role.SUPERVISOR)
    begun = clerk.fill(f"/desk/lost/bags/{stored()[0]}", "/bags/1", description="red", contents="shirts")
    identity = f"{begun.location}/identity"
    _, sent_away = send_late(station, clerk, begun.location, identity, document="passport")
    page = clerk.follow(log_in(station, clerk, sent_away))
    assert value_of(page, "document") == ["passport"]
    clerk.send(page.form(identity), document="passport")
    _, sent_away = send_late(station, clerk, begun.location, "/approve", person=str(supervisor), pin="918273")
    page = clerk.follow(log_in(station, clerk, sent_away))
    assert value_of(page, "person") == [str(supervisor)]
    assert value_of(page, "pin") == [""]
    assert "918273" not in page.html


def test_the_reason_of_a_reprint_survives(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    path = f"/desk/bags/{stored()[0]}/reprint"
    _, sent_away = send_late(station, clerk, path, path, reason="bag tag damaged")
    assert value_of(clerk.follow(log_in(station, clerk, sent_away)), "reason") == ["bag tag damaged"]


def test_a_scanned_ticket_stays_in_hand(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    deposit_id, code = stored()
    looked_up = clerk.fill("/desk/bags/release", "/desk/bags/release", code=code)
    _, sent_away = send_late(station, clerk, looked_up.location, "/release")
    page = clerk.follow(log_in(station, clerk, sent_away))
    assert clerk.send(page.form("/release")).location == f"/desk/bags/{deposit_id}/done"


@pytest.mark.parametrize(("entered", "kept"), [("ticket", True), ("BADGE-0123456789ABCDEF", False)])
def test_a_typed_ticket_code_survives_and_a_badge_in_its_place_does_not(
    station: WebStation, clerk: Visitor, stored: Stored, entered: str, kept: bool
) -> None:
    entered = stored()[1] if entered == "ticket" else entered
    _, sent_away = send_late(station, clerk, "/desk/bags/release", "/desk/bags/release", code=entered)
    page = clerk.follow(log_in(station, clerk, sent_away))
    assert value_of(page, "code") == [entered if kept else ""]


def test_reasons_at_closing_survive(station: WebStation, visitor_as: Callable[..., Visitor], stored: Stored) -> None:
    stored(2)
    boss = visitor_as(Role.SUPERVISOR)
    closing = boss.fill("/desk/closing", "/desk/closing", kind="closing").location
    line = next(link for link in boss.open(closing).links if "/lines/" in link)
    _, sent_away = send_late(station, boss, line, line, found="1", reason="one tag torn off")
    page = boss.follow(log_in(station, boss, sent_away))
    assert "one tag torn off" in page.text
    assert value_of(page, "found") == ["1"]
    _, sent_away = send_late(station, boss, closing, "/add", number="77", reason="behind the shelf")
    assert sent_away.location.endswith(f"next={closing.replace('/', '%2F')}")
    page = boss.follow(log_in(station, boss, sent_away))
    assert value_of(page, "number") == ["77"]
    assert value_of(page, "reason") == ["behind the shelf"]


def test_labels_of_new_slots_survive(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    boss = visitor_as(Role.SUPERVISOR)
    _, sent_away = send_late(station, boss, "/desk/shelves", "/desk/shelves", labels="C01-C03")
    page = boss.follow(log_in(station, boss, sent_away, Role.SUPERVISOR))
    assert value_of(page, "labels") == ["C01-C03"]


def test_a_new_persons_name_and_role_survive(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    manager = visitor_as(Role.MANAGER)
    _, sent_away = send_late(station, manager, "/manage/staff", "/manage/staff", name="Zhou Min", role="desk")
    page = manager.follow(log_in(station, manager, sent_away, Role.MANAGER))
    assert value_of(page, "name") == ["Zhou Min"]
    assert ("details", "open", "") in page.attributes


def test_a_page_that_is_only_an_answer_to_a_form_is_not_the_way_back(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    begun = clerk.fill(f"/desk/lost/bags/{stored()[0]}", "/bags/1", description="red", contents="shirts")
    identity = f"{begun.location}/identity"
    form = clerk.open(begun.location).form(identity)
    go_idle(station)
    answer = clerk.client.post(identity, data=form.fields, headers={"Referer": f"http://localhost{identity}"})
    entered = log_in(station, clerk, Page(answer))
    assert clerk.client.get(entered.location, follow_redirects=True).status_code == 200
