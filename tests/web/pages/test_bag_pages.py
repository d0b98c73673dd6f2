"""The bag check's pages: board, taking in, the honest state of a ticket, giving back, reprint, search."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.bags.codes import luhn_digit
from kiosk.desk.bags.models import DepositState
from kiosk.desk.bags.views import Deposit
from kiosk.devices.jobs import Job, JobState
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import WebStation

# Formed like a ticket code, but no ticket has it.
UNKNOWN = "8000000000000" + luhn_digit("8000000000000")

Stored = Callable[..., tuple[int, str]]


@pytest.fixture
def clerk(station: WebStation, visitor_as: Callable[..., Visitor]) -> Visitor:
    station.shelve()
    return visitor_as(Role.BAG_CHECK)


def deposit(station: WebStation, deposit_id: int) -> Deposit:
    with station.db.read() as session:
        return station.services.bags.get(session, deposit_id)


def take_in(clerk: Visitor, **values: str) -> Page:
    return clerk.fill("/desk/bags/new", "/desk/bags/new", **{"pieces": "2", "note": "", "slot": ""} | values)


def id_of(page: Page) -> int:
    return int(page.location.rsplit("/", 1)[1])


def test_one_tap_takes_in_and_shows_number_slot_and_what_the_printer_does(station: WebStation, clerk: Visitor) -> None:
    page = clerk.follow(take_in(clerk, pieces="3", note="red suitcase"))
    assert "Number 1" in page.text
    assert "A01" in page.text
    assert "Printing…" in page.text
    assert "red suitcase" in page.text


def test_the_page_is_honest_about_the_ticket(station: WebStation, clerk: Visitor) -> None:
    taken = take_in(clerk)
    deposit_id = id_of(taken)
    job = deposit(station, deposit_id).job
    assert "The ticket is out" not in clerk.follow(taken).text
    station.print_out(job)
    page = clerk.open(taken.location, X_Fragment="1")
    assert "The ticket is out" in page.text
    assert "<html" not in page.html


def test_later_the_page_is_about_fetching_the_bags(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    deposit_id, _ = stored()
    assert "Next customer" in clerk.open(f"/desk/bags/{deposit_id}").text
    station.clock.advance(400)
    page = clerk.open(f"/desk/bags/{deposit_id}")
    assert "In slot A01" in page.text
    assert f"/desk/bags/{deposit_id}/release" in page.links


def test_a_form_sent_twice_takes_in_once(station: WebStation, clerk: Visitor) -> None:
    form = clerk.open("/desk/bags/new").form("/desk/bags/new")
    first, second = (clerk.send(form, pieces="1", note="", slot="") for _ in range(2))
    assert first.location == second.location
    with station.db.read() as session:
        assert station.services.bags.board(session).printing == 1


@pytest.mark.parametrize("pieces", ["0", "10", "-1", "two", "", "1e3", "9" * 40])
def test_an_impossible_number_of_pieces_is_refused_and_the_note_kept(station: WebStation, clerk: Visitor, pieces: str) -> None:
    page = take_in(clerk, pieces=pieces, note="keep me")
    assert page.status == 422
    assert "pieces must be a whole number from 1 to 9" in page.text
    assert "keep me" in page.html
    with station.db.read() as session:
        assert station.services.bags.board(session).printing == 0


@pytest.mark.parametrize("letter", ["x", "长"])
def test_a_note_that_is_too_long_is_refused(clerk: Visitor, letter: str) -> None:
    page = take_in(clerk, note=letter * 10_000)
    assert page.status == 422
    assert "note has 10000 characters; at most 200 are possible" in page.text


def test_a_form_larger_than_any_of_the_desk_is_refused_with_a_page(clerk: Visitor) -> None:
    page = take_in(clerk, note="长" * 30_000)
    assert page.status == 413
    assert "Too much at once" in page.text


def test_a_note_is_text_and_never_markup(clerk: Visitor) -> None:
    page = clerk.follow(take_in(clerk, note="<script>alert(1)</script>"))
    assert "<script>alert" not in page.html
    assert "<script>alert(1)</script>" in page.text


def test_a_slot_can_be_chosen_by_hand(station: WebStation, clerk: Visitor) -> None:
    assert deposit(station, id_of(take_in(clerk, slot="A03"))).slot == "A03"
    again = take_in(clerk, slot="A03")
    assert again.status == 409
    assert "There are bags in slot A03." in again.text


@pytest.mark.parametrize(("language", "words"), [("en", "No slot is free."), ("zh", "没有空柜位。")])
def test_full_shelves_are_told_in_the_readers_language(clerk: Visitor, language: str, words: str) -> None:
    for _ in range(3):
        take_in(clerk)
    clerk.speak(language)
    page = take_in(clerk)
    assert page.status == 409
    assert words in page.text


@pytest.mark.parametrize(("language", "words"), [("en", "No slot is free. Give back"), ("zh", "没有空柜位。")])
def test_full_shelves_are_told_before_a_number_is_pressed(clerk: Visitor, language: str, words: str) -> None:
    assert ("button", "disabled", "") not in clerk.open("/desk/bags/new").attributes
    for _ in range(3):
        take_in(clerk)
    clerk.speak(language)
    page = clerk.open("/desk/bags/new")
    assert page.status == 200
    assert words in page.text
    assert page.attributes.count(("button", "disabled", "")) == 9


def test_the_board_shows_every_slot_and_who_waits_longest(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    stored()
    station.clock.advance(540)
    stored(2)
    page = clerk.open("/desk/bags")
    for words in ("2 stored", "1 free", "A01", "A02", "A03", "Longest: no. 1, 0:09"):
        assert words in page.text
    labels = [value for _tag, name, value in page.attributes if name == "aria-label"]
    assert "Slot A02: number 2, 2 pieces, stored" in labels


def test_the_board_is_fetched_anew_without_its_frame(clerk: Visitor, stored: Stored) -> None:
    stored()
    fragment = clerk.open("/desk/bags", X_Fragment="1")
    assert "A01" in fragment.text
    assert "<html" not in fragment.html


def test_a_job_without_evidence_asks_once_with_three_answers(station: WebStation, clerk: Visitor) -> None:
    taken = take_in(clerk)
    job = deposit(station, id_of(taken)).job
    jobs = station.services.jobs
    station.db.write(lambda session: jobs.mark_sending(session, job))
    station.db.write(lambda session: jobs.mark_uncertain(session, job, "no-evidence"))
    page = clerk.follow(taken)
    assert "Did the ticket come out?" in page.text
    form = page.form("/answer")
    assert [value for _name, value in form.buttons[:3]] == ["printed", "reprint", "cancel"]
    clerk.send(form, outcome="printed")
    assert deposit(station, id_of(taken)).state is DepositState.STORED
    late = clerk.send(form, outcome="cancel")
    assert late.status == 422
    assert deposit(station, id_of(taken)).state is DepositState.STORED


def test_the_answer_print_again_voids_the_old_ticket(station: WebStation, clerk: Visitor) -> None:
    taken = take_in(clerk)
    before = deposit(station, id_of(taken))
    jobs = station.services.jobs
    station.db.write(lambda session: jobs.mark_sending(session, before.job))
    station.db.write(lambda session: jobs.mark_uncertain(session, before.job, "no-evidence"))
    clerk.send(clerk.follow(taken).form("/answer"), outcome="reprint")
    after = deposit(station, before.id)
    assert (after.reprints, after.job != before.job, after.job_state) == (1, True, JobState.QUEUED)


def test_a_reprint_that_did_not_come_out_leaves_the_bags_where_they_are(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    deposit_id, _ = stored()
    clerk.fill(f"/desk/bags/{deposit_id}/reprint", "/reprint", reason="bag tag damaged")
    job, jobs = deposit(station, deposit_id).job, station.services.jobs
    station.db.write(lambda session: jobs.mark_sending(session, job))
    station.db.write(lambda session: jobs.mark_uncertain(session, job, "no-evidence"))
    page = clerk.open(f"/desk/bags/{deposit_id}")
    assert "the customer keeps the bags" not in page.text
    clerk.send(page.form("/answer"), outcome="cancel")
    page = clerk.open(f"/desk/bags/{deposit_id}")
    assert "There is no ticket" in page.text
    assert deposit(station, deposit_id).state is DepositState.PRINTING
    assert f"/desk/bags/{deposit_id}/reprint" in page.links


def test_a_ticket_that_came_out_without_being_noted_is_replaced(station: WebStation, clerk: Visitor) -> None:
    page = take_in(clerk)
    confirmed = update(Job).where(Job.id == deposit(station, id_of(page)).job).values(state=JobState.CONFIRMED)
    station.db.write(lambda session: session.execute(confirmed))
    shown = clerk.follow(page)
    assert "The ticket is not valid" in shown.text
    assert f"{page.location}/reprint" in shown.links


def test_paper_out_says_what_to_do(station: WebStation, clerk: Visitor) -> None:
    taken = take_in(clerk)
    job = deposit(station, id_of(taken)).job
    station.db.write(lambda session: station.services.jobs.note(session, job, "paper-out"))
    page = clerk.follow(taken)
    assert "Paper is out" in page.text
    assert "Put in a new roll" in page.text


def test_a_take_in_that_never_printed_can_be_cancelled(station: WebStation, clerk: Visitor) -> None:
    taken = take_in(clerk)
    clerk.send(clerk.follow(taken).form("/cancel"))
    assert deposit(station, id_of(taken)).state is DepositState.CANCELLED
    assert "Cancelled" in clerk.follow(taken).text


def test_typed_digits_lead_to_the_release_and_the_code_stays_out_of_the_address(clerk: Visitor, stored: Stored) -> None:
    deposit_id, code = stored(2)
    spaced = " ".join(code[start : start + 4] for start in range(0, 14, 4))
    found = clerk.fill("/desk/bags/release", "/desk/bags/release", code=spaced)
    assert found.location.startswith(f"/desk/bags/{deposit_id}/release?scan=")
    assert code not in found.location
    page = clerk.follow(found)
    assert "Hand out 2 pieces" in page.text
    assert code not in page.html


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        (UNKNOWN, 404, "No ticket of this store"),
        ("6901234567892", 422, "this is a code of goods"),
        ("123", 422, "a ticket code has 14 digits"),
        ("", 422, "the code is missing"),
    ],
)
def test_a_wrong_code_is_explained(clerk: Visitor, code: str, status: int, words: str) -> None:
    page = clerk.fill("/desk/bags/release", "/desk/bags/release", code=code)
    assert (page.status, words in page.text) == (status, True), page.text


def test_bags_are_given_back_once_and_the_second_scan_says_who_and_when(
    station: WebStation, clerk: Visitor, stored: Stored, visitor_as: Callable[..., Visitor]
) -> None:
    _, code = stored()
    page = clerk.follow(clerk.fill("/desk/bags/release", "/desk/bags/release", code=code))
    other = visitor_as(Role.DESK)
    theirs = other.follow(other.fill("/desk/bags/release", "/desk/bags/release", code=code))
    done = clerk.follow(clerk.send(page.form("/release")))
    assert "Given back" in done.text
    late = other.send(theirs.form("/release"))
    assert late.status == 409
    assert "was already given back by P0" in late.text
    again = clerk.follow(clerk.fill("/desk/bags/release", "/desk/bags/release", code=code))
    assert "Already given back" in again.text
    assert "2026-03-10 14:00 by P0" in again.text


def test_a_scan_opens_the_release_and_a_reload_still_can_hand_out(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    deposit_id, code = stored()
    clerk.open("/desk/bags")
    target = station.services.scans.handle(code).target
    assert target.startswith(f"/desk/bags/{deposit_id}/release?scan=")
    clerk.open(target)
    for _ in range(2):
        station.clock.advance(300)
        clerk.open("/desk/bags")
    page = clerk.open(target)
    assert "Hand out 1 piece" in page.text
    assert clerk.send(page.form("/release")).location == f"/desk/bags/{deposit_id}/done"


def test_a_scan_of_another_screen_does_not_hand_out(
    station: WebStation, clerk: Visitor, stored: Stored, visitor_as: Callable[..., Visitor]
) -> None:
    _, code = stored()
    clerk.open("/desk/bags")
    target = station.services.scans.handle(code).target
    page = visitor_as(Role.DESK).open(target)
    assert "Scan the customer's ticket" in page.text
    assert not [form for form in page.forms if form.action.endswith("/release")]


def test_a_release_without_a_scan_asks_for_the_ticket(clerk: Visitor, stored: Stored) -> None:
    deposit_id, _ = stored()
    assert "Bags are given back against their ticket only." in clerk.open(f"/desk/bags/{deposit_id}/release").text


def test_a_ticket_that_is_not_live_yet_sends_nobody_to_the_shelf(station: WebStation, clerk: Visitor) -> None:
    bags = station.services.bags
    taken = station.db.write(lambda session: bags.take_in(session, SYSTEM, pieces=1))
    page = clerk.follow(clerk.fill("/desk/bags/release", "/desk/bags/release", code=taken.code))
    assert "Printing…" in page.text
    assert not [form for form in page.forms if form.action.endswith("/release")]
    assert f"/desk/bags/{taken.id}" in page.links


def test_a_forgotten_scan_is_refused_and_nothing_is_handed_out(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    deposit_id, code = stored()
    form = clerk.follow(clerk.fill("/desk/bags/release", "/desk/bags/release", code=code)).form("/release")
    for _ in range(4):
        station.clock.advance(300)
        clerk.client.get("/desk/bags")
    page = clerk.send(form)
    assert page.status == 409
    assert "Scan the customer's ticket again." in page.text
    assert deposit(station, deposit_id).state is DepositState.STORED


def test_overdue_bags_show_what_is_owed(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    _, code = stored()
    station.clock.advance(2 * 86400)
    again = Visitor(station.browser(Role.BAG_CHECK).client)
    page = again.follow(again.fill("/desk/bags/release", "/desk/bags/release", code=code))
    assert "Overdue 2 days: collect ¥10.00" in page.text


def test_a_reprint_voids_the_old_code_and_a_scan_of_it_says_so(station: WebStation, clerk: Visitor, stored: Stored) -> None:
    deposit_id, code = stored()
    page = clerk.open(f"/desk/bags/{deposit_id}/reprint")
    answer = clerk.send(page.form("/reprint"), reason="bag tag damaged")
    assert answer.location == f"/desk/bags/{deposit_id}"
    assert deposit(station, deposit_id).reprints == 1
    refused = clerk.fill("/desk/bags/release", "/desk/bags/release", code=code)
    assert refused.status == 409
    assert "was replaced by a reprint and is void" in refused.text


def test_a_reprint_needs_a_reason(clerk: Visitor, stored: Stored) -> None:
    deposit_id, _ = stored()
    page = clerk.fill(f"/desk/bags/{deposit_id}/reprint", "/reprint", reason="")
    assert (page.status, "must not be empty" in page.text) == (422, True)


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=1", True), ("q=A01", True), ("q=umbrella", True), ("q=999", False), ("day=2026-03-10", True), ("day=2026-03-09", False)],
)
def test_bags_are_found_by_number_slot_note_and_day(clerk: Visitor, stored: Stored, query: str, found: bool) -> None:
    deposit_id, _ = stored(note="blue umbrella")
    assert (f"/desk/bags/{deposit_id}" in clerk.open(f"/desk/bags/search?{query}").links) is found


def test_a_day_that_is_none_is_explained(clerk: Visitor) -> None:
    page = clerk.open("/desk/bags/search?day=yesterday")
    assert (page.status, "A day is written as 2026-12-31." in page.text) == (422, True)


def test_an_unknown_deposit_has_a_friendly_page(clerk: Visitor) -> None:
    page = clerk.open("/desk/bags/4711")
    assert (page.status, "No such bag" in page.text) == (404, True)
    # A scan must lead on from here as from any page.
    assert ("body", "data-follow-scans", "") in page.attributes


@pytest.mark.parametrize(
    ("code", "words"),
    [(UNKNOWN, "Unknown ticket"), ("6901234567892", "This is a code of goods"), ("hello", "Unknown code")],
)
def test_other_scans_say_what_they_are(station: WebStation, clerk: Visitor, code: str, words: str) -> None:
    clerk.open("/desk/bags")
    page = clerk.open(station.services.scans.handle(code).target)
    assert words in page.text
    again = clerk.open(station.services.scans.handle(code).target.rsplit("/", 1)[0] + "/gone")
    assert "That scan is too old" in again.text
