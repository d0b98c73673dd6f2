"""The demo's parts make a whole station: what one does at the desk comes out on paper and back in by the scanner."""

from pathlib import Path

import pytest

from kiosk.demo.people import PEOPLE
from kiosk.demo.sample import sample_tickets
from kiosk.desk.bags.models import DepositState
from kiosk.devices.jobs import JobState
from tests.fakes.world import World


@pytest.mark.parametrize(
    ("model", "evidence"),
    [("process-id-80", "process-id"), ("tcp-80", "processed")],
)
def test_a_ticket_comes_out_of_the_simulated_printer_and_is_live_by_its_evidence(tmp_path: Path, model: str, evidence: str) -> None:
    with World(tmp_path, model=model) as world:
        taken = world.take_in(2)
        job = world.wait_for_job(taken.job, JobState.CONFIRMED)
        assert job.evidence == evidence
        assert world.deposit(taken.id).state is DepositState.STORED
        customer, first_tag, second_tag = world.paper.parts
        assert [part.barcodes for part in (customer, first_tag, second_tag)] == [[taken.code]] * 3
        assert taken.slot in first_tag.lines
        # One question that only some printers know is asked when the connection is opened.
        assert {command.name for command in world.printer.printer.unknown} <= {"GS ( H"}


def test_a_ticket_of_a_printer_that_says_nothing_waits_for_a_person(tmp_path: Path) -> None:
    with World(tmp_path, model="silent-80", wait_until_ready=False) as world:
        taken = world.take_in()
        world.wait_for_job(taken.job, JobState.UNCERTAIN, timeout_s=30)
        assert world.deposit(taken.id).state is DepositState.PRINTING
        assert world.printer.printer.wait_for(lambda printer: bool(printer.paper.parts))  # it prints a moment after it has the bytes
        assert world.paper.parts[0].barcodes == [taken.code]


@pytest.mark.parametrize("model", ["process-id-80", "tcp-80"])
def test_a_ticket_that_the_paper_end_interrupts_is_printed_once_and_then_live(tmp_path: Path, model: str) -> None:
    with World(tmp_path, model=model) as world:
        world.printer.printer.end_paper_after(4)
        taken = world.take_in(2)
        world.wait_for(lambda: world.job(taken.job or 0).reason == "paper-out", what="the station's notice of the paper end")
        assert world.deposit(taken.id).state is DepositState.PRINTING
        world.printer.printer.new_roll()
        world.wait_for_job(taken.job, JobState.CONFIRMED)
        assert [part.barcodes for part in world.paper.parts] == [[taken.code]] * 3


def test_a_ticket_that_the_paper_end_interrupts_is_asked_about_where_the_printer_cannot_tell(tmp_path: Path) -> None:
    with World(tmp_path, model="status-80") as world:
        world.printer.printer.end_paper_after(4)
        taken = world.take_in(2)
        world.wait_for(lambda: world.job(taken.job or 0).reason == "paper-out", what="the station's notice of the paper end")
        world.printer.printer.new_roll()
        world.wait_for_job(taken.job, JobState.UNCERTAIN)
        assert world.deposit(taken.id).state is DepositState.PRINTING
        assert len(world.paper.parts) == 3


def test_a_scan_of_the_paper_reaches_the_screen_that_was_touched_last(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        taken = world.take_in()
        world.wait_for_job(taken.job, JobState.CONFIRMED)
        world.services.screens.touch("screen-1", at_desk=True, logged_in=True)
        symbology, code = world.paper.codes[0]
        assert world.scanner.scan(code, symbology)
        world.wait_for(lambda: any(event.name == "scan" for event in world.events), what="the scan")
        (scan,) = [event for event in world.events if event.name == "scan"]
        assert (scan.screen, scan.data["kind"]) == ("screen-1", "ticket")
        assert str(scan.data["target"]).startswith(f"/desk/bags/{taken.id}/release")


def test_the_api_takes_in_and_gives_back(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        token = world.token("bags:read", "bags:write")
        status, taken = world.request("POST", "/api/v1/bags", {"pieces": 1}, token=token)
        assert status == 201
        world.wait_for_job(taken["job"], JobState.CONFIRMED)
        status, _ = world.request("POST", "/api/v1/bags/release", {"code": taken["code"]}, token=token)
        assert status == 200
        status, _ = world.request("POST", "/api/v1/bags/release", {"code": taken["code"]}, token=token)
        assert status == 409


def test_the_sample_data_is_made_once_and_kept(tmp_path: Path) -> None:
    with World(tmp_path, seeded=True) as world:
        tickets = sample_tickets(tmp_path)
        with world.services.db.read() as session:
            board = world.services.bags.board(session)
            people = world.services.staff.list_users(session)
            assert world.services.audit.verify(session) == []
        assert len(board.slots) == 24
        assert (board.stored, board.overdue) == (len(tickets), 1)
        assert {person.name for person in people} == {person.name for person in PEOPLE}
        assert world.paper.parts == []
    with World(tmp_path, seeded=True) as world:
        assert sample_tickets(tmp_path) == tickets
        with world.services.db.read() as session:
            assert world.services.bags.board(session).stored == len(tickets)


def test_everybody_of_the_demo_can_log_in_by_pin_and_by_badge(tmp_path: Path) -> None:
    with World(tmp_path, seeded=True, wait_until_ready=False) as world:
        services = world.services
        for person in PEOPLE:
            with services.db.read() as session:
                user = services.staff.find_by_name(session, person.name)
            by_pin = services.staff.log_in_pin(services.db, user.id, person.pin)
            by_badge = services.staff.log_in_badge(services.db, person.badge)
            assert by_pin.actor.role == by_badge.actor.role == person.role
            assert not by_pin.must_change_pin
