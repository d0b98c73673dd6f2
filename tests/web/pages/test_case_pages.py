"""Taking cases in, finding them and moving them on at the desk's pages."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.cases.views import CaseState, CaseView
from kiosk.devices.jobs import JobState
from kiosk.web.pages.case_steps import STEP_FIELDS, STEPS
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import PIN, WebStation

NEW = "/desk/cases/new"
MILK = "The milk was sour although its date was good."


@pytest.fixture
def clerk(visitor_as: Callable[..., Visitor]) -> Visitor:
    return visitor_as(Role.DESK)


@pytest.fixture
def boss(visitor_as: Callable[..., Visitor]) -> Visitor:
    return visitor_as(Role.SUPERVISOR)


def take_in(person: Visitor, **values: str) -> Page:
    return person.fill(NEW, NEW, **{"kind": "complaint", "content": MILK} | values)


def case_at(station: WebStation, address: str) -> CaseView:
    with station.db.read() as session:
        return station.services.cases.get(session, int(address.rsplit("/", 1)[1]))


def do(person: Visitor, address: str, step: str, **values: str) -> Page:
    """Take *step* as a person does: from the case's page, or from the page that the step has."""
    page = person.open(address)
    own_page = f"{address}/{step}"
    return person.fill(own_page, own_page, **values) if own_page in page.links else person.send(page.form(f"/{step}"), **values)


# -- taking in


def test_a_case_is_taken_in_and_its_slip_waits_for_the_printer(station: WebStation, clerk: Visitor) -> None:
    taken = take_in(clerk, product="Milk 1 l", department="生鲜 Fresh")
    case = case_at(station, taken.location)
    assert (case.state, case.content, case.product, case.department) == (CaseState.NEW, MILK, "Milk 1 l", "生鲜 Fresh")
    page = clerk.follow(taken)
    assert case.number in page.text
    assert MILK in page.text
    assert "Printing…" in page.text
    assert "7" in case.code
    assert case.code.replace(" ", "") in page.text.replace(" ", "")


def test_contact_data_needs_consent_and_is_masked_afterwards(station: WebStation, clerk: Visitor) -> None:
    refused = take_in(clerk, **{"contact.name": "Li Na", "contact.phone": "13812345678"})
    assert refused.status == 422
    assert "Contact data is kept only when the customer agrees." in refused.text
    assert ("input", "value", "13812345678") in refused.attributes
    taken = clerk.send(
        refused.form(NEW), kind="complaint", content=MILK, **{"contact.name": "Li Na", "contact.phone": "13812345678", "consent": "yes"}
    )
    page = clerk.follow(taken)
    assert "138****5678" in page.text
    assert "13812345678" not in page.html
    contact = case_at(station, taken.location).contact
    assert contact is not None
    assert contact.consent_version == station.settings.privacy.consent_version


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"content": " "}, "content"),
        ({"kind": "curse"}, "kind"),
        ({"severity": "worst"}, "severity"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"contact.phone": "12", "consent": "yes"}, "contact.phone"),
        ({"contact.email": "nobody", "consent": "yes"}, "contact.email"),
        ({"content": "长" * 4001}, "content"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_nothing_is_lost(clerk: Visitor, values: dict[str, str], field: str) -> None:
    page = take_in(clerk, **{"product": "Milk 1 l"} | values)
    assert page.status == 422
    assert ("p", "id", f"{field}-mistake") in page.attributes
    assert ("input", "value", "Milk 1 l") in page.attributes


def test_an_enquiry_gets_an_owner_and_a_time_to_call_back(station: WebStation, clerk: Visitor) -> None:
    owner = station.person(Role.DESK)
    taken = take_in(clerk, kind="enquiry", owner_id=str(owner), call_back_at="2026-03-11T10:30")
    case = case_at(station, taken.location)
    assert case.owner_id == owner
    assert case.call_back_at is not None
    assert case.call_back_at.astimezone(station.settings.store.zone).strftime("%H:%M") == "10:30"


def test_a_second_sending_takes_in_once(station: WebStation, clerk: Visitor) -> None:
    form = clerk.open(NEW).form(NEW)
    first = clerk.send(form, kind="complaint", content=MILK)
    assert clerk.send(form, kind="complaint", content=MILK).location == first.location
    with station.db.read() as session:
        assert len(station.services.cases.list(session)) == 1


def test_what_was_sent_after_the_log_out_is_offered_again(station: WebStation, clerk: Visitor) -> None:
    form = clerk.open(NEW).form(NEW)
    station.clock.advance(station.settings.security.idle_logout_min * 60 + 1)
    away = Page(
        clerk.client.post(NEW, data=form.fields | {"kind": "praise", "content": "长" * 3000}, headers={"Referer": f"http://localhost{NEW}"})
    )
    user_id = station.person(Role.DESK)
    pin_page = clerk.open(next(link for link in clerk.follow(away).links if link.startswith(f"/login/{user_id}")))
    page = clerk.follow(clerk.send(pin_page.form(f"/login/{user_id}"), pin=PIN))
    assert "You were logged out before this was sent." in page.text
    assert page.html.count("长") == 3000
    assert ("input", "checked", "") in page.attributes


def test_what_the_customer_says_is_text_and_never_markup(clerk: Visitor) -> None:
    page = clerk.follow(take_in(clerk, content="<script>alert(1)</script> ' OR 1=1 -- =1+1 ‮ 👜"))
    assert "<script>alert" not in page.html
    assert "<script>alert(1)</script>" in page.text


# -- finding


def test_the_list_shows_open_cases_with_their_due_time_in_words(station: WebStation, clerk: Visitor) -> None:
    take_in(clerk)
    page = clerk.open("/desk/cases")
    assert MILK in page.text
    assert "First answer due in" in page.text
    station.clock.advance(timedelta(days=3).total_seconds())
    station.services.agenda.run_due()
    page = Visitor(station.browser(Role.DESK).client).open("/desk/cases")
    assert "First answer was due" in page.text
    assert any("case-row--bad" in value for _tag, name, value in page.attributes if name == "class")


def test_the_list_is_narrowed_by_every_filter(station: WebStation, boss: Visitor) -> None:
    milk = take_in(boss, department="生鲜 Fresh", severity="high").location
    queue = take_in(boss, kind="suggestion", content="Open a second till.", product="till").location

    def found(query: str) -> list[str]:
        links = boss.open(f"/desk/cases?{query}").links
        return [address for address in (milk, queue) if address in links]

    assert found("") == [milk, queue]
    assert found("q=till") == [queue]
    assert found(f"q={case_at(station, milk).number}") == [milk]
    assert found("department=生鲜 Fresh") == [milk]
    assert found("severity=high") == [milk]
    assert found("state=waiting") == []
    assert found("overdue=yes") == []
    assert found("owner=none") == [milk, queue]
    assert found("owner=me") == []
    assert found("state=nonsense&owner=x&severity=x&department=x&before=x") == [milk, queue]


def test_a_closed_case_leaves_the_list_and_is_found_when_asked_for(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk, kind="suggestion").location
    for step, values in (("acknowledge", {}), ("start", {}), ("resolve", {"outcome": "A second till opens."})):
        do(clerk, address, step, **values)
    do(clerk, address, "close", call_back="no contact left")
    assert case_at(station, address).state is CaseState.CLOSED
    assert address not in clerk.open("/desk/cases").links
    assert address in clerk.open("/desk/cases?state=all").links
    assert address in clerk.open("/desk/cases?state=closed").links


def test_a_long_list_is_turned_page_by_page(station: WebStation, clerk: Visitor) -> None:
    first = take_in(clerk).location
    form = clerk.open(NEW).form(NEW)
    for number in range(50):
        clerk.send(form, kind="praise", content=f"Good {number}", idempotency_key=f"key {number}")
    page = clerk.open("/desk/cases")
    assert first not in page.links
    (older,) = [link for link in page.links if "before=" in link]
    assert first in clerk.open(older).links
    # A filter looks through all of them, not through what stands on the page.
    do(clerk, first, "acknowledge")
    assert first in clerk.open("/desk/cases?owner=me").links
    assert first not in clerk.open("/desk/cases?owner=none").links


def test_a_live_region_gets_its_own_part_alone(clerk: Visitor) -> None:
    address = take_in(clerk).location
    for path in ("/desk/cases", address, "/desk/cases/call-backs"):
        fragment = clerk.open(path, X_Fragment="1")
        assert (fragment.status, fragment.language) == (200, "")


def test_call_backs_are_listed_by_their_time(station: WebStation, clerk: Visitor) -> None:
    take_in(clerk, kind="enquiry", content="Later one", call_back_at="2026-03-20T10:00")
    take_in(clerk, kind="enquiry", content="Todays one", call_back_at="2026-03-10T21:00")
    take_in(clerk, kind="enquiry", content="Missed one", call_back_at="2026-03-10T14:00")
    station.clock.advance(60)
    text = clerk.open("/desk/cases/call-backs").text
    assert text.index("Missed one") < text.index("Todays one") < text.index("Later one")


def test_the_desk_shows_how_many_cases_are_open(clerk: Visitor, visitor_as: Callable[..., Visitor]) -> None:
    take_in(clerk)
    page = clerk.open("/desk")
    assert "/desk/cases" in page.links
    assert "1 open" in page.text
    assert "/desk/cases" not in visitor_as(Role.TECHNICIAN).open("/desk").links


# -- moving on


def test_the_next_step_is_offered_and_only_what_is_possible(station: WebStation, clerk: Visitor, boss: Visitor) -> None:
    address = take_in(clerk).location
    page = clerk.open(address)
    assert any(form.action.endswith("/acknowledge") for form in page.forms)
    assert f"{address}/close" not in page.links
    assert f"{address}/assign" not in page.links
    assert f"{address}/assign" in boss.open(address).links
    do(clerk, address, "acknowledge")
    assert case_at(station, address).state is CaseState.ACKNOWLEDGED


def test_a_case_goes_all_the_way_and_its_history_tells_it(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk).location
    do(clerk, address, "acknowledge")
    do(clerk, address, "answer", text="We look into it today.")
    assert f"{address}/answer" not in clerk.open(address).links
    do(clerk, address, "start")
    do(clerk, address, "wait", waiting_for="the supplier")
    assert "Waits for: the supplier" in clerk.open(address).text
    do(clerk, address, "start")
    do(clerk, address, "resolve", outcome="Refunded.")
    do(clerk, address, "close", call_back="no contact left", call_back_note="asked twice")
    case = case_at(station, address)
    assert (case.state, case.outcome) == (CaseState.CLOSED, "Refunded.")
    page = clerk.open(address)
    for said in ("We look into it today.", "the supplier", "Refunded.", "No contact left: asked twice"):
        assert said in page.text
    do(clerk, address, "reopen", reason="sour again")
    assert case_at(station, address).state is not CaseState.CLOSED


def test_a_step_that_came_too_late_is_explained_and_nothing_typed_is_lost(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk).location
    do(clerk, address, "acknowledge")
    do(clerk, address, "start")
    form = clerk.open(f"{address}/wait").form("/wait")
    do(clerk, address, "resolve", outcome="Refunded.")
    late = clerk.send(form, waiting_for="the supplier")
    assert late.status == 409
    assert ("input", "value", "the supplier") in late.attributes
    assert case_at(station, address).state is CaseState.RESOLVED


@pytest.mark.parametrize(
    ("step", "values"), [("resolve", {"outcome": ""}), ("severity", {"severity": "low", "reason": ""}), ("severity", {"severity": "x"})]
)
def test_a_step_without_what_it_needs_is_told_beside_the_field(clerk: Visitor, step: str, values: dict[str, str]) -> None:
    address = take_in(clerk).location
    do(clerk, address, "acknowledge")
    do(clerk, address, "start")
    page = clerk.fill(f"{address}/{step}", f"/{step}", **values)
    assert page.status == 422
    assert any(name == "id" and value.endswith("-mistake") for _tag, name, value in page.attributes)


@pytest.mark.parametrize("value", ["\x00", "\ud7ff\ufffe", "9" * 5000, "%(x)s{0}", "-1", "9223372036854775808", "👜"])
def test_whatever_is_typed_into_a_step_is_answered(boss: Visitor, value: str) -> None:
    address = take_in(boss).location
    form = boss.open(address).form("/acknowledge")
    for step in STEPS:
        form.action, form.fields["idempotency_key"] = f"{address}/{step}", step
        assert boss.send(form, **dict.fromkeys(STEP_FIELDS, value)).status in (303, 409, 422), step


def test_severity_is_raised_by_hand_with_a_reason(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk).location
    do(clerk, address, "severity", severity="critical", reason="a child drank it")
    assert case_at(station, address).severity == "critical"
    assert "a child drank it" in clerk.open(address).text


def test_a_supervisor_assigns(station: WebStation, boss: Visitor) -> None:
    address = take_in(boss).location
    owner = station.person(Role.DESK)
    do(boss, address, "assign", owner_id=str(owner), department="收银 Checkout")
    case = case_at(station, address)
    assert (case.owner_id, case.department) == (owner, "收银 Checkout")


def test_nobody_assigns_without_the_permission(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk).location
    assert clerk.open(f"{address}/assign").status == 403
    form = clerk.open(address).form("/acknowledge")
    form.action = f"{address}/assign"
    assert clerk.send(form, owner_id="1").status == 403
    assert case_at(station, address).owner_id is None


def test_details_are_corrected_and_contact_data_stays_unless_it_is_replaced(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk, **{"contact.phone": "13812345678", "consent": "yes"}).location
    page = clerk.open(f"{address}/details")
    assert "138****5678" in page.text
    clerk.send(page.form("/details"), product="Milk 1 l", receipt="S001-77", department="", written="yes")
    case = case_at(station, address)
    assert (case.product, case.receipt, case.written) == ("Milk 1 l", "S001-77", True)
    assert case.contact is not None
    assert case.contact.phone == "138****5678"


def test_details_are_corrected_while_a_call_back_is_overdue(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk, kind="enquiry", call_back_at="2026-03-10T14:01").location
    station.clock.advance(300)
    page = clerk.open(f"{address}/details")
    (at,) = [value for _tag, name, value in page.attributes if name == "value" and value.startswith("2026-03-10T")]
    assert clerk.send(page.form("/details"), product="Milk 1 l", call_back_at=at).status == 303
    assert case_at(station, address).call_back_at is not None
    clerk.send(clerk.open(f"{address}/details").form("/details"), product="Milk 1 l", call_back_at="")
    assert case_at(station, address).call_back_at is None


# -- the slip


def test_a_doubtful_slip_is_asked_about_and_answered(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk).location
    case = case_at(station, address)
    with station.db.read() as session:
        (job,) = station.services.jobs.list(session, subject=f"case:{case.id}")
    station.db.write(lambda session: station.services.jobs.mark_sending(session, job.id))
    station.db.write(lambda session: station.services.jobs.mark_uncertain(session, job.id, "no-evidence"))
    page = clerk.open(address)
    assert "Did the slip come out?" in page.text
    clerk.send(page.form("/slip/answer"), outcome="printed")
    assert "The slip is out" in clerk.open(address).text


def test_a_slip_is_printed_again_on_demand(station: WebStation, clerk: Visitor) -> None:
    address = take_in(clerk).location
    case = case_at(station, address)
    with station.db.read() as session:
        (job,) = station.services.jobs.list(session, subject=f"case:{case.id}")
    station.print_out(job.id)
    clerk.send(clerk.open(address).form("/slip"))
    with station.db.read() as session:
        states = [found.state for found in station.services.jobs.list(session, subject=f"case:{case.id}")]
    assert states == [JobState.QUEUED, JobState.CONFIRMED]


def test_a_job_of_something_else_is_not_answered_here(station: WebStation, clerk: Visitor) -> None:
    station.shelve()
    address = take_in(clerk).location
    deposit = station.db.write(lambda session: station.services.bags.take_in(session, SYSTEM, pieces=1, note=""))
    form = clerk.open(address).form("/acknowledge")
    form.action = f"{address}/slip/answer"
    assert clerk.send(form, job=str(deposit.job), outcome="cancel").status == 404


# -- who may, in which language


PAGES = ["/desk/cases", NEW, "/desk/cases/call-backs", "/desk/cases/stories"]


@pytest.mark.parametrize("path", PAGES)
def test_case_pages_are_for_people_who_are_logged_in_and_may(visitor: Visitor, visitor_as: Callable[..., Visitor], path: str) -> None:
    assert visitor.open(path).location.startswith("/login?next=%2F")
    assert visitor_as(Role.BAG_CHECK).open(path).status == 403
    assert visitor_as(Role.SUPERVISOR).open(path).status == 200


def test_case_pages_speak_the_readers_language_and_name_themselves(boss: Visitor) -> None:
    address = take_in(boss).location
    steps = ["answer", "resolve", "wait", "close", "note", "assign", "severity", "reopen"]
    for path in [*PAGES, address, *(f"{address}/{step}" for step in (*steps, "details", "contact", "photos", "reply", "story"))]:
        page = boss.open(path)
        assert (page.status, page.language) == (200, "en"), path
        assert page.headers["Cache-Control"] == "no-store"
        assert not [name for _tag, name, _value in page.attributes if name == "style" or name.startswith("on")], path
        for form in page.forms:
            if form.method == "post" and not form.action.endswith(("/language", "/contact")):
                assert {"csrf_token", "idempotency_key"} <= set(form.fields), (path, form.action)
