"""Giving bags back without their ticket: steps that cannot be skipped."""

from collections.abc import Callable

import pytest

from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.bags.models import ClaimStep, DepositState
from kiosk.desk.bags.views import Claim
from kiosk.desk.staff import StaffView
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import WebStation
from tests.web.pages.conftest import PIN

BADGE = "BADGE-SUPERVISOR000001"


class Desk:
    """A clerk, a second person, and bags whose ticket is lost."""

    def __init__(self, station: WebStation, clerk: Visitor, deposit_id: int, code: str) -> None:
        self.station, self.clerk, self.deposit_id, self.code = station, clerk, deposit_id, code
        staff = station.services.staff
        pin = staff.prepare_pin(PIN)
        self.second = station.db.write(
            lambda session: staff.create_user(
                session, SYSTEM, name="Chen Jing", role=Role.SUPERVISOR, pin=pin, badge=BADGE, must_change_pin=False
            )
        ).id

    def begin(self) -> str:
        """Step 1; returns the claim's address."""
        path = f"/desk/lost/bags/{self.deposit_id}"
        return self.clerk.fill(path, path, description="red, with a lock", contents="two coats").location

    def identity(self, claim: str) -> Page:
        return self.clerk.fill(claim, "/identity", document="passport")

    def approve(self, claim: str, **values: str) -> Page:
        return self.clerk.fill(claim, "/approve", **{"person": str(self.second), "pin": PIN} | values)

    def print_form(self, claim: str) -> Page:
        answer = self.clerk.fill(claim, "/form")
        job = self.claim(claim).form_job
        assert job is not None
        self.station.print_out(job)
        return answer

    def claim(self, claim: str) -> Claim:
        with self.station.db.read() as session:
            return self.station.services.bags.lost.get(session, int(claim.rsplit("/", 1)[1]))

    @property
    def state(self) -> DepositState:
        with self.station.db.read() as session:
            return self.station.services.bags.get(session, self.deposit_id).state


@pytest.fixture
def desk(station: WebStation, visitor_as: Callable[..., Visitor], stored: Callable[..., tuple[int, str]]) -> Desk:
    return Desk(station, visitor_as(Role.BAG_CHECK), *stored(2))


def test_all_steps_in_order_give_the_bags_back(desk: Desk) -> None:
    claim = desk.begin()
    assert "Which document did you look at?" in desk.clerk.open(claim).text
    desk.identity(claim)
    assert "Chen Jing" in desk.clerk.open(claim).text
    desk.approve(claim)
    assert "Print the form" in desk.clerk.open(claim).text
    desk.print_form(claim)
    page = desk.clerk.open(claim)
    assert "¥10.00" in page.text
    answer = desk.clerk.send(page.form("/release"), signed="yes")
    assert answer.location == f"/desk/bags/{desk.deposit_id}/done"
    assert desk.state is DepositState.RELEASED


def test_the_step_stands_in_the_page_and_what_was_told_stays_visible(desk: Desk) -> None:
    claim = desk.begin()
    page = desk.clerk.open(claim)
    assert ("li", "aria-current", "step") in page.attributes
    assert "red, with a lock" in page.text
    assert "two coats" in page.text


@pytest.mark.parametrize("ending", ["approve", "form", "release"])
def test_no_step_can_be_skipped_by_sending_a_later_one(desk: Desk, ending: str) -> None:
    claim = desk.begin()
    token = desk.clerk.open(claim).form("/identity").fields
    values = {"person": str(desk.second), "pin": PIN, "signed": "yes"}
    answer = desk.clerk.client.post(f"{claim}/{ending}", data=token | values)
    assert answer.status_code == 409
    assert desk.claim(claim).step is ClaimStep.IDENTITY
    assert desk.state is DepositState.STORED


def test_an_empty_description_is_refused_and_the_rest_kept(desk: Desk) -> None:
    path = f"/desk/lost/bags/{desk.deposit_id}"
    page = desk.clerk.fill(path, path, description="", contents="two coats")
    assert page.status == 422
    assert "two coats" in page.text


def test_the_number_of_a_document_is_refused(desk: Desk) -> None:
    path = f"/desk/lost/bags/{desk.deposit_id}"
    page = desk.clerk.fill(path, path, description="ID 110101199003071234", contents="coats")
    assert page.status == 422
    assert "note only the kind of document" in page.text


def test_the_second_person_must_be_a_second_person(station: WebStation, visitor_as: Callable[..., Visitor], desk: Desk) -> None:
    boss = visitor_as(Role.SUPERVISOR)
    desk.clerk = boss
    claim = desk.begin()
    desk.identity(claim)
    own_id = next(person.id for person in _people(station) if person.name == "P1")
    page = desk.approve(claim, person=str(own_id))
    assert page.status == 403
    assert "Somebody else has to approve this." in page.text
    assert desk.claim(claim).step is ClaimStep.APPROVAL


def test_a_wrong_pin_of_the_second_person_does_not_approve(desk: Desk) -> None:
    claim = desk.begin()
    desk.identity(claim)
    page = desk.approve(claim, pin="000000")
    assert (page.status, "The PIN is wrong." in page.text) == (401, True)
    assert desk.claim(claim).step is ClaimStep.APPROVAL


def test_the_second_person_can_scan_a_badge(station: WebStation, desk: Desk) -> None:
    claim = desk.begin()
    desk.identity(claim)
    page = desk.clerk.open(claim)
    waiting = next(form for form in page.forms if form.action.endswith("/approve") and "scan" in form.fields)
    target = station.services.scans.handle(BADGE).target
    desk.clerk.send(waiting, scan=target.rsplit("/", 1)[1])
    assert desk.claim(claim).approved_by == "Chen Jing"


def test_the_bags_stay_until_the_form_is_signed(desk: Desk) -> None:
    claim = desk.begin()
    desk.identity(claim)
    desk.approve(claim)
    desk.print_form(claim)
    page = desk.clerk.send(desk.clerk.open(claim).form("/release"))
    assert page.status == 409
    assert desk.state is DepositState.STORED


def test_a_form_without_evidence_is_asked_about(station: WebStation, desk: Desk) -> None:
    claim = desk.begin()
    desk.identity(claim)
    desk.approve(claim)
    desk.clerk.fill(claim, "/form")
    assert "Printing the form…" in desk.clerk.open(claim, X_Fragment="1").text
    job, jobs = desk.claim(claim).form_job, station.services.jobs
    station.db.write(lambda session: jobs.mark_sending(session, job))
    station.db.write(lambda session: jobs.mark_uncertain(session, job, "no-evidence"))
    page = desk.clerk.open(claim)
    assert "Did the form come out?" in page.text
    desk.clerk.send(page.form("/answer"), outcome="printed")
    assert desk.claim(claim).form_printed_at is not None


def test_a_ticket_that_was_found_ends_the_claim_and_counts_again(desk: Desk) -> None:
    claim = desk.begin()
    meanwhile = desk.clerk.follow(desk.clerk.fill("/desk/bags/release", "/desk/bags/release", code=desk.code))
    assert "The ticket was reported lost" in meanwhile.text
    assert not [form for form in meanwhile.forms if form.action.endswith("/release")]
    desk.clerk.fill(claim, "/withdraw")
    found = desk.clerk.follow(desk.clerk.fill("/desk/bags/release", "/desk/bags/release", code=desk.code))
    assert desk.clerk.send(found.form("/release")).status == 303
    assert desk.state is DepositState.RELEASED


def test_a_claim_under_way_is_gone_on_with(desk: Desk) -> None:
    claim = desk.begin()
    assert claim in desk.clerk.open("/desk/lost").links
    assert claim in desk.clerk.open(f"/desk/bags/{desk.deposit_id}").links
    assert desk.clerk.open(f"/desk/lost/bags/{desk.deposit_id}").location == claim


def test_bags_are_found_by_the_number_that_the_customer_remembers(desk: Desk) -> None:
    assert f"/desk/lost/bags/{desk.deposit_id}" in desk.clerk.open("/desk/lost?number=1").links
    assert "No bags with this number are here." in desk.clerk.open("/desk/lost?number=77").text


def _people(station: WebStation) -> list[StaffView]:
    with station.db.read() as session:
        return station.services.staff.list_users(session)
