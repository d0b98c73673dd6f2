"""Opening and closing, and the shelves."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.config import Bags
from kiosk.db import Database
from kiosk.desk.actors import Role
from kiosk.events import EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

Stored = Callable[..., tuple[int, str]]


@pytest.fixture
def boss(visitor_as: Callable[..., Visitor]) -> Visitor:
    return visitor_as(Role.SUPERVISOR)


def start(person: Visitor, kind: str = "closing") -> str:
    return person.fill("/desk/closing", "/desk/closing", kind=kind).location


def test_a_closing_lists_what_should_be_there_and_ticking_makes_it_right(boss: Visitor, stored: Stored) -> None:
    stored(3)
    closing = start(boss)
    page = boss.open(closing)
    assert "0 / 3" in page.text
    assert "1 number is still open." in page.text
    boss.send(next(form for form in page.forms if "/lines/" in form.action))
    page = boss.open(closing)
    assert "3 / 3" in page.text
    assert "Everything is there." in page.text


def test_starting_twice_goes_on_with_the_same_one(boss: Visitor, stored: Stored) -> None:
    stored()
    assert start(boss) == start(boss)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["It is too early to close the day", "The closing of 2026-03-10 can begin at 19:00", "Come back then."]),
        ("zh", ["还没到闭店核对的时间", "2026-03-10 的闭店核对从 19:00 起才能开始", "请到时再来"]),
    ],
)
def test_a_closing_that_comes_too_early_is_explained_where_it_was_asked_for(
    sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path, language: str, words: list[str]
) -> None:
    station = WebStation(sqlite_database, bus, clock, tmp_path, bags=Bags())
    boss = Visitor(station.browser(Role.SUPERVISOR).client, language)
    page = boss.fill("/desk/closing", "/desk/closing", kind="closing")
    assert page.status == 409
    for said in words:
        assert said in page.text
    assert boss.send(page.form("/desk/closing"), kind="opening").status == 303


def test_scanned_tags_are_counted(station: WebStation, boss: Visitor, stored: Stored) -> None:
    _, code = stored(2)
    closing = start(boss)
    form = next(form for form in boss.open(closing).forms if form.action.endswith("/scan"))
    for _ in range(2):
        scan = station.services.scans.handle(code)
        boss.send(form, scan=scan.id)
    page = boss.open(closing)
    assert "Number 1: 2 of 2" in page.text
    assert "2 / 2" in page.text


def test_a_foreign_code_is_told_and_counts_nothing(station: WebStation, boss: Visitor, stored: Stored) -> None:
    stored()
    closing = start(boss)
    form = next(form for form in boss.open(closing).forms if form.action.endswith("/scan"))
    boss.send(form, scan=station.services.scans.handle("6901234567892").id)
    page = boss.open(closing)
    assert "this is a code of goods" in page.text
    assert "0 / 1" in page.text


def test_a_difference_needs_a_reason_before_the_end(boss: Visitor, stored: Stored) -> None:
    stored()
    closing = start(boss)
    refused = boss.fill(closing, "/finish")
    assert (refused.status, "1 numbers differ and have no reason." in refused.text) == (409, True)
    line = next(link for link in boss.open(closing).links if "/lines/" in link)
    boss.fill(line, line, found="0", reason="customer took it with the old ticket")
    assert boss.fill(closing, "/finish").status == 303
    assert "Finished 2026-03-10" in boss.open(closing).text


def test_bags_left_at_closing_become_overdue(boss: Visitor, stored: Stored) -> None:
    stored()
    closing = start(boss)
    page = boss.open(closing)
    boss.send(next(form for form in page.forms if "/lines/" in form.action))
    boss.fill(closing, "/finish")
    assert "1 deposit stayed." in boss.open(closing).text
    assert "1 overdue" in boss.open("/desk/bags").text


def test_only_those_who_may_close_the_day_are_offered_it(visitor_as: Callable[..., Visitor], stored: Stored) -> None:
    stored()
    clerk = visitor_as(Role.BAG_CHECK)
    closing = start(clerk)
    assert not [form for form in clerk.open(closing).forms if form.action.endswith("/finish")]


def test_a_tag_that_nothing_explains_gets_its_own_line(boss: Visitor, stored: Stored) -> None:
    stored()
    closing = start(boss)
    boss.fill(closing, "/add", number="77", reason="found behind the shelf")
    page = boss.open(closing)
    assert "77" in page.text
    assert "found behind the shelf" in page.text
    again = boss.fill(closing, "/add", number="77", reason="once more")
    assert again.status == 422


def test_a_line_of_another_reconciliation_is_not_found(boss: Visitor, stored: Stored) -> None:
    stored()
    assert boss.open(f"{start(boss)}/lines/999").status == 404


def test_slots_are_added_as_a_range_and_the_count_is_told(boss: Visitor) -> None:
    answer = boss.fill("/desk/shelves", "/desk/shelves", labels="C01-C03， D01")
    page = boss.follow(answer)
    assert "4 slots were added." in page.text
    assert "C03" in page.text


def test_the_trail_says_who_added_slots(station: WebStation, boss: Visitor) -> None:
    boss.fill("/desk/shelves", "/desk/shelves", labels="C01-C03")
    with station.db.read() as session:
        entry = station.services.audit.entries(session)[0]
    assert (entry.action, entry.detail["labels"]) == ("slots.added", "C01-C03")


def test_an_impossible_label_is_refused(boss: Visitor) -> None:
    page = boss.fill("/desk/shelves", "/desk/shelves", labels="x" * 40)
    assert page.status == 422


def test_a_slot_is_taken_out_of_use_and_back(station: WebStation, boss: Visitor) -> None:
    station.shelve("A01")
    boss.fill("/desk/shelves", "/A01", enabled="no")
    assert "closed" in boss.open("/desk/bags").text
    boss.fill("/desk/shelves", "/A01", enabled="yes")
    assert "closed" not in boss.open("/desk/bags").text
