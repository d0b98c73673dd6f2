"""The manager's return policy: the table is changed press by press, tried out, and counts once it is saved as a new version."""

import html
from collections.abc import Callable

import msgspec
import pytest

from kiosk.desk.actors import Role
from kiosk.desk.returns.policy import defaults
from kiosk.desk.returns.policy.views import Need, Outcome, Policy, PolicyVersion
from tests.fakes.visitor import Form, Page, Visitor
from tests.fakes.web_station import WebStation
from tests.web.pages.test_held_entries import go_idle, log_in

VisitorAs = Callable[..., Visitor]

EDITOR = "/manage/returns"


@pytest.fixture
def manager(visitor_as: VisitorAs) -> Visitor:
    return visitor_as(Role.MANAGER)


def newest(station: WebStation) -> PolicyVersion:
    with station.db.read() as session:
        return station.services.policy.current(session)


def table_of(page: Page) -> Policy:
    """The table that the page carries."""
    return msgspec.json.decode(page.form(EDITOR).fields["draft"], type=Policy)


def values_of(page: Page) -> dict[str, str]:
    """What the inputs of the page hold, as a browser would send them."""
    found: dict[str, str] = {}
    for part in page.html.split("<")[1:]:
        if part.startswith("input "):
            names = dict(pair.split('="', 1) for pair in part.split('" ') if '="' in pair)
            names = {key.split()[-1]: html.unescape(value.split('"')[0]) for key, value in names.items()}
            if names.get("type") not in ("checkbox", "radio") or " checked" in part:
                found[names["name"]] = names.get("value", "")
    return found


def press(person: Visitor, page: Page, do: str, **values: str) -> Page:
    """Press a button of the page's form, with what stands in its fields."""
    form: Form = page.form(EDITOR)
    return person.send(form, **values_of(page) | {"do": do} | {name.replace("__", "-"): text for name, text in values.items()})


def edited(person: Visitor, place: int, **values: str) -> Page:
    """The table after row *place* was opened, changed and put back."""
    return press(person, press(person, person.open(EDITOR), f"edit:{place}"), "apply", **values)


def test_a_row_is_moved_copied_and_taken_out_and_nothing_counts_before_it_is_saved(station: WebStation, manager: Visitor) -> None:
    before = newest(station)
    rows = before.policy.rows
    page = press(manager, manager.open(EDITOR), "down:3")
    assert table_of(page).rows[3:5] == [rows[4], rows[3]]
    assert "These changes are not saved; returns are still judged by version 1." in page.text
    page = press(manager, page, "up:4")
    assert table_of(page) == before.policy
    assert "not saved" not in page.text
    page = press(manager, press(manager, page, "edit:2"), "copy:2")
    assert table_of(page).rows[2:4] == [rows[2], rows[2]]
    page = press(manager, press(manager, page, "edit:0"), "remove:0")
    assert table_of(page).rows == [rows[1], rows[2], *rows[2:]]
    assert newest(station) == before


def test_the_first_row_stays_first_and_a_row_that_is_not_there_is_let_be(station: WebStation, manager: Visitor) -> None:
    page = manager.open(EDITOR)
    for do in ("up:0", f"down:{len(defaults.ROWS) - 1}", "edit:99", "remove:99", "up:x", "keep", "nonsense", ""):
        assert table_of(press(manager, page, do)) == defaults.POLICY, do


def test_a_changed_row_goes_into_the_table_and_counts_once_saved(station: WebStation, manager: Visitor) -> None:
    values = {"row-categories": "食品，烟酒", "row-outcome": "allow", "row-return_days": "3", "row-price_from_fen": "9.90"}
    page = press(manager, press(manager, manager.open(EDITOR), "edit:15"), "apply", **values, **{"row-needs-photo": "1"})
    page = press(manager, page, "save", note="Food within three days")
    assert "Saved: from now on" in manager.follow(page).text
    saved = newest(station)
    row = saved.policy.rows[15]
    assert (saved.version, saved.note) == (2, "Food within three days")
    assert (row.categories, row.outcome, row.return_days, row.price_from_fen) == (["食品", "烟酒"], Outcome.ALLOW, 3, 990)
    assert row.needs == [Need.PHOTO]
    assert row.conditions == defaults.ROWS[15].conditions


def test_a_new_row_is_put_below_the_others(station: WebStation, manager: Visitor) -> None:
    row = press(manager, manager.open(EDITOR), "add")
    page = press(
        manager,
        row,
        "apply",
        **{"row-outcome": "refuse", "row-reason-zh": "书不退。", "row-reason-en": "No books.", "row-categories": "图书"},
    )
    assert [added.categories for added in table_of(page).rows[len(defaults.ROWS) :]] == [["图书"]]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"row-reason-en": ""}, "Row 1 gives no reason in en."),
        ({"row-return_days": "5"}, "Row 1 takes nothing back; terms, needs"),
        ({"row-days_to": "soon"}, "soon is no number of days."),
        ({"row-days_to": "9" * 5000}, "is no number of days."),
        ({"row-price_from_fen": "cheap"}, "cheap is no amount"),
        ({"row-price_from_fen": "10", "row-price_below_fen": "5"}, "no price is both that high and that low"),
        ({"row-outcome": "perhaps"}, "Choose one of the answers."),
        ({"row-outcome": ""}, "Choose one of the answers."),
    ],
)
def test_a_row_that_makes_no_sense_is_shown_again_with_what_is_wrong(
    station: WebStation, manager: Visitor, values: dict[str, str], said: str
) -> None:
    page = edited(manager, 0, **values)
    assert page.status == 422
    assert said in page.text
    assert values_of(page)["row-reason-zh"] == defaults.ROWS[0].reason["zh"]
    assert table_of(page) == defaults.POLICY


def test_a_table_with_a_row_that_never_decides_is_not_saved(station: WebStation, manager: Visitor) -> None:
    page = press(manager, press(manager, manager.open(EDITOR), "edit:4"), "copy:4")
    page = press(manager, page, "save")
    assert page.status == 422
    assert "Row 6 never decides: row 5 holds wherever it does." in page.text
    assert ("tr", "data-wrong", "") in page.attributes
    assert newest(station).version == 1


def test_terms_for_all_goods_and_the_limit_of_one_person_are_changed(station: WebStation, manager: Visitor) -> None:
    terms = {"wide-return_days": "14", "wide-exchange_days": "30", "wide-per_person_limit_fen": "2000", "wide-per_person_days": "90"}
    press(manager, manager.open(EDITOR), "save", **terms, **{"wide-no_receipt_refund": "original"})
    policy = newest(station).policy
    assert (policy.return_days, policy.exchange_days, policy.per_person_limit_fen, policy.per_person_days) == (14, 30, 200_000, 90)
    press(manager, manager.open(EDITOR), "save", **{"wide-per_person_limit_fen": ""})
    assert newest(station).policy.per_person_limit_fen is None
    page = press(manager, manager.open(EDITOR), "save", **{"wide-return_days": ""})
    assert (page.status, "Say how many days." in page.text) == (422, True)


def test_goods_are_tried_on_the_table_as_it_stands_and_the_row_that_decides_is_marked(station: WebStation, manager: Visitor) -> None:
    goods = {"try-category": "生鲜/水果", "try-days": "0", "try-kind": "return", "try-condition": "as-new"}

    def asked(page: Page, place: str) -> Page:
        form = page.form(EDITOR)
        return Page(manager.client.post(f"{EDITOR}/try{place}", data=form.fields | goods))

    page = manager.open(EDITOR)
    alone = asked(page, "?part=verdict")
    assert "Row 5 decides" in alone.text
    assert "Fresh goods cannot be taken back" in alone.text
    whole = asked(page, "")
    assert ("tr", "data-decides", "") in whole.attributes
    without = press(manager, press(manager, page, "edit:4"), "remove:4")
    assert "No row decides" in asked(without, "?part=verdict").text
    goods |= {"try-days": "many"}
    wrong = asked(page, "?part=verdict")
    assert (wrong.status, "many is no number of days." in wrong.text) == (422, True)
    assert asked(page, "").status == 422


def test_a_table_that_turns_an_example_over_asks_before_it_counts(station: WebStation, manager: Visitor) -> None:
    page = press(manager, press(manager, manager.open(EDITOR), "edit:0"), "remove:0")
    assert "judged otherwise: 1" in page.text
    page = press(manager, page, "save")
    assert page.status == 409
    assert "Goods noted as examples would be judged otherwise: 1." in page.text
    assert "Example 10: An appliance can be taken back once it was tried" in page.text
    assert ("do", "save-all") in page.form(EDITOR).buttons
    assert newest(station).version == 1
    assert press(manager, page, "save-all").status == 303
    assert newest(station).policy.examples[9].expected is Outcome.ALLOW


def test_goods_that_were_tried_out_are_noted_as_an_example_and_taken_out_again(manager: Visitor) -> None:
    goods = {"try-category": "图书", "try-days": "2", "try-kind": "exchange", "try-price": "35", "try-gift": "", "try-condition": "opened"}
    page = press(manager, manager.open(EDITOR), "example", **goods)
    noted = table_of(page).examples[-1]
    assert (noted.expected, noted.facts.category, noted.facts.unit_price_fen) == (Outcome.ALLOW, "图书", 3500)
    assert "Exchange · day 2 after the sale · 图书 · Unpacked · ¥35.00" in page.text
    page = press(manager, page, "example", **goods)
    assert len(table_of(page).examples) == len(defaults.EXAMPLES) + 1
    page = press(manager, page, f"forget:{len(defaults.EXAMPLES)}")
    assert table_of(page) == defaults.POLICY
    assert press(manager, page, "example", **goods | {"try-days": "x"}).status == 422


def test_two_managers_do_not_overwrite_each_other_unseen(station: WebStation, manager: Visitor, visitor_as: VisitorAs) -> None:
    mine = press(manager, manager.open(EDITOR), "down:0")
    other = visitor_as(Role.MANAGER)
    assert press(other, other.open(EDITOR), "save", **{"wide-return_days": "10"}).status == 303
    page = press(manager, mine, "save")
    assert page.status == 409
    assert "Version 2 was saved by P1 meanwhile." in page.text
    assert "days for a return: 7 → 10" in page.text
    assert newest(station).policy.return_days == 10
    again = press(manager, page, "save")
    assert again.status == 303
    assert newest(station).policy.rows[:2] == [defaults.ROWS[1], defaults.ROWS[0]]


def test_an_earlier_version_is_taken_again(station: WebStation, manager: Visitor) -> None:
    press(manager, press(manager, press(manager, manager.open(EDITOR), "edit:0"), "remove:0"), "save-all", note="Softer")
    page = manager.open(f"{EDITOR}/history")
    assert "Softer" in page.text
    assert "Row taken out: 1 The goods were damaged" in page.text
    assert ("do", "take:1") in page.form(EDITOR).buttons
    table = manager.send(page.form(EDITOR), do="take:1")
    assert table_of(table) == defaults.POLICY
    assert manager.send(table.form(EDITOR), do="save", note=values_of(table)["note"]).status == 303
    assert (newest(station).version, newest(station).policy, newest(station).note) == (3, defaults.POLICY, "Version 1 again")
    assert manager.send(page.form(EDITOR), do="take:77").status == 404


def test_what_was_not_saved_is_there_again_after_leaving_the_page_until_it_is_dropped(manager: Visitor, visitor_as: VisitorAs) -> None:
    changed = table_of(press(manager, manager.open(EDITOR), "down:0"))
    manager.open("/desk")
    page = manager.open(EDITOR)
    assert table_of(page) == changed
    other = visitor_as(Role.MANAGER)
    assert table_of(other.open(EDITOR)) == defaults.POLICY
    assert table_of(press(manager, page, "discard")) == defaults.POLICY
    assert table_of(manager.open(EDITOR)) == defaults.POLICY


@pytest.mark.parametrize("do", ["save", "apply"])
def test_what_was_sent_after_the_log_out_is_offered_again_and_not_saved(station: WebStation, manager: Visitor, do: str) -> None:
    page = press(manager, manager.open(EDITOR), "edit:0") if do == "apply" else press(manager, manager.open(EDITOR), "down:0")
    values = values_of(page) | {"do": do, "note": "Late"} | ({"row-reason-en": "Broken by you."} if do == "apply" else {})
    go_idle(station)
    headers = {"Referer": f"http://localhost{EDITOR}"}
    sent_away = Page(manager.client.post(EDITOR, data=page.form(EDITOR).fields | values, headers=headers))
    again = manager.follow(log_in(station, manager, sent_away, Role.MANAGER))
    assert "You were logged out before this was sent." in again.text
    assert values_of(again)["note"] == "Late"
    rows = table_of(again).rows
    assert rows[0].reason["en"] == "Broken by you." if do == "apply" else rows[0] == defaults.ROWS[1]
    assert newest(station).version == 1


def test_a_supervisor_reads_the_policy_and_tries_it_out_but_changes_nothing(
    station: WebStation, manager: Visitor, visitor_as: VisitorAs
) -> None:
    boss = visitor_as(Role.SUPERVISOR)
    page = boss.open(EDITOR)
    assert (page.status, "Save the policy" in page.text) == (200, False)
    asked = Page(boss.client.post(f"{EDITOR}/try", data=page.form(EDITOR).fields | {"try-category": "定制"}))
    assert "Row 10 decides" in asked.text
    assert press(boss, page, "save").status == 403
    assert boss.open(f"{EDITOR}/history").status == 200
    assert visitor_as(Role.DESK).open(EDITOR).status == 403


def test_a_table_that_was_tampered_with_is_refused(manager: Visitor) -> None:
    for draft in ("", "{", "[]", '{"rows": 1}', '{"rows": [], "extra": 1}', "[" * 50_000):
        page = manager.send(manager.open(EDITOR).form(EDITOR), draft=draft, do="save")
        assert page.status == 422, draft[:20]
        assert table_of(page) == defaults.POLICY


def test_the_policy_is_told_in_chinese(station: WebStation, manager: Visitor) -> None:
    manager.speak("zh")
    assert "生鲜商品不能退换，变质除外。" in manager.open(EDITOR).text
