"""The print queue, the technician's page and the staff list."""

from collections.abc import Callable

import pytest

from kiosk import __version__
from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.staff import StaffView
from kiosk.devices.jobs import JobState
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation
from tests.web.pages.conftest import PIN


def uncertain_ticket(station: WebStation) -> int:
    """A ticket of which nobody knows whether it came out; returns its job."""
    station.shelve()
    bags, jobs = station.services.bags, station.services.jobs
    job = station.db.write(lambda session: bags.take_in(session, SYSTEM, pieces=1)).job
    assert job is not None
    station.db.write(lambda session: jobs.mark_sending(session, job))
    station.db.write(lambda session: jobs.mark_uncertain(session, job, "no-evidence"))
    return job


def state_of(station: WebStation, job: int) -> JobState:
    with station.db.read() as session:
        return station.services.jobs.get(session, job).state


def test_an_open_question_stands_on_every_page(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    uncertain_ticket(station)
    assert "Print questions: 1" in visitor_as(Role.DESK).open("/desk/bags").text


@pytest.mark.parametrize(
    ("outcome", "state"), [("printed", JobState.CONFIRMED), ("reprint", JobState.CANCELLED), ("cancel", JobState.CANCELLED)]
)
def test_a_question_is_answered_in_the_queue(
    station: WebStation, visitor_as: Callable[..., Visitor], outcome: str, state: JobState
) -> None:
    job = uncertain_ticket(station)
    clerk = visitor_as(Role.DESK)
    page = clerk.open("/desk/jobs")
    assert "Bag ticket 1" in page.text
    clerk.send(page.form(f"/desk/jobs/{job}"), outcome=outcome)
    assert state_of(station, job) is state


def test_a_late_answer_changes_nothing_and_says_why(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    job = uncertain_ticket(station)
    clerk, other = visitor_as(Role.DESK), visitor_as(Role.DESK)
    late = other.open("/desk/jobs").form(f"/desk/jobs/{job}")
    clerk.fill("/desk/jobs", f"/desk/jobs/{job}", outcome="printed")
    page = other.send(late, outcome="cancel")
    assert (page.status, "this answer does not fit" in page.text) == (409, True)
    assert state_of(station, job) is JobState.CONFIRMED


def test_an_answer_that_is_none_is_refused(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    job = uncertain_ticket(station)
    page = visitor_as(Role.DESK).fill("/desk/jobs", f"/desk/jobs/{job}", outcome="perhaps")
    assert (page.status, "Choose one of the answers." in page.text) == (422, True)


def test_an_old_job_asks_whether_to_print_it_now(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    station.shelve()
    bags, jobs = station.services.bags, station.services.jobs
    deposit = station.db.write(lambda session: bags.take_in(session, SYSTEM, pieces=1))
    station.clock.advance(station.settings.printing.stale_after_s + 1)
    station.db.write(jobs.hold_stale)
    clerk = visitor_as(Role.DESK)
    assert "Still print this ticket?" in clerk.open(f"/desk/bags/{deposit.id}").text
    clerk.fill("/desk/jobs", f"/desk/jobs/{deposit.job}", outcome="reprint")
    assert "Still print this ticket?" not in clerk.open(f"/desk/bags/{deposit.id}").text


def test_the_technician_sees_versions_and_that_no_device_is_configured(visitor_as: Callable[..., Visitor]) -> None:
    page = visitor_as(Role.TECHNICIAN).open("/technician")
    assert __version__ in page.text
    assert "No devices are configured." in page.text


@pytest.mark.parametrize("what", ["test", "wake"])
def test_an_unknown_device_is_not_found(visitor_as: Callable[..., Visitor], what: str) -> None:
    person = visitor_as(Role.TECHNICIAN)
    token = person.open("/technician").form("/login/leave").fields
    assert person.client.post(f"/technician/devices/ghost/{what}", data=token).status_code == 404


def test_a_new_person_gets_a_one_time_pin_that_is_shown_once(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    boss = visitor_as(Role.MANAGER)
    page = boss.fill("/manage/staff", "/manage/staff", name="Zhou Min", role="desk")
    assert "One-time PIN for Zhou Min" in page.text
    assert "Zhou Min" in boss.open("/manage/staff").text
    with station.db.read() as session:
        person = station.services.staff.find_by_name(session, "Zhou Min")
    assert person.must_change_pin
    pin = next(word for word in page.text.split() if word.isdigit() and len(word) >= 6)
    assert pin not in boss.open(f"/manage/staff/{person.id}").text


@pytest.mark.parametrize(("name", "role"), [("", "desk"), ("P0", "desk"), ("Zhou Min", "king")])
def test_an_impossible_person_is_refused(visitor_as: Callable[..., Visitor], name: str, role: str) -> None:
    assert visitor_as(Role.MANAGER).fill("/manage/staff", "/manage/staff", name=name, role=role).status in (409, 422)


def test_a_new_pin_ends_the_old_one(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    boss = visitor_as(Role.MANAGER)
    user_id = station.person(Role.DESK)
    page = boss.fill(f"/manage/staff/{user_id}", "/pin")
    assert "One-time PIN for" in page.text
    stranger = Visitor(station.client())
    assert stranger.fill(f"/login/{user_id}", f"/login/{user_id}", pin=PIN).status == 401


def test_a_scanned_badge_is_given_to_a_person_and_revoked(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    boss = visitor_as(Role.MANAGER)
    user_id = station.person(Role.DESK)
    page = boss.open(f"/manage/staff/{user_id}")
    scan = station.services.scans.handle("BADGE-0123456789ABCDEF")
    boss.send(next(form for form in page.forms if "scan" in form.fields), scan=scan.id)
    page = boss.open(f"/manage/staff/{user_id}")
    assert "The badge is set." in page.text
    revoke = next(form for form in page.forms if form.action.endswith("/badge") and "scan" not in form.fields)
    boss.send(revoke)
    with station.db.read() as session:
        assert not station.services.staff.get(session, user_id).has_badge


def test_access_is_taken_away_at_once_and_given_back(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    boss, clerk = visitor_as(Role.MANAGER), visitor_as(Role.DESK)
    user_id = next(person.id for person in _people(station) if person.role is Role.DESK)
    boss.fill(f"/manage/staff/{user_id}", f"/manage/staff/{user_id}/leave")
    assert clerk.open("/desk").status == 303
    page = boss.open(f"/manage/staff/{user_id}")
    assert "Let in again with a one-time PIN" in page.text
    boss.send(page.form("/pin"))
    assert next(person for person in _people(station) if person.id == user_id).active


def test_the_last_manager_stays(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    boss = visitor_as(Role.MANAGER)
    own_id = _people(station)[0].id
    page = boss.fill(f"/manage/staff/{own_id}", "/role", role="desk")
    assert (page.status, "is the last active person with the role" in page.text) == (409, True)
    assert not [form for form in page.forms if form.action.endswith(f"/{own_id}/leave")]


def _people(station: WebStation) -> list[StaffView]:
    with station.db.read() as session:
        return station.services.staff.list_users(session)
