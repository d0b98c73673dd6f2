"""Taking cases in: who may, what is kept, how bad it is, and what is told."""

from datetime import datetime, timedelta, timezone

import pytest

from kiosk.desk.actors import SHOPPER, Actor
from kiosk.desk.cases.codes import is_case_code
from kiosk.desk.cases.errors import AlreadyDone, UnknownCase, WrongCase
from kiosk.desk.cases.views import CaseChanges, CaseKind, CaseSource, CaseState, Severity
from kiosk.desk.contacts import ContactData
from kiosk.errors import Denied
from tests.desk.cases.case_world import CHEN, LI_HUA, LIU, PORTER, WANG, CaseWorld


def test_a_case_gets_a_number_of_the_day_a_code_and_a_slip(world: CaseWorld) -> None:
    first, second = world.open(), world.open()

    assert (first.number, second.number) == ("K2603100001", "K2603100002")
    assert is_case_code(first.code)
    assert first.code != second.code
    assert first.job is not None
    assert world.get(first.id).state is CaseState.NEW
    assert world.actions(first.id) == ["opened"]


def test_numbers_begin_anew_with_the_stores_day_and_a_night_belongs_to_the_evening(desk: CaseWorld) -> None:
    desk.open()
    desk.clock.advance(timedelta(hours=11).total_seconds())  # 01:00
    assert desk.open().number == "K2603100002"
    desk.clock.advance(timedelta(hours=4).total_seconds())
    assert desk.open().number == "K2603110001"


def test_a_shopper_may_open_a_case_and_no_more(world: CaseWorld) -> None:
    case_id = world.open(actor=SHOPPER, source=CaseSource.KIOSK, contact=LI_HUA).id

    view = world.get(case_id)
    assert view.contact is not None
    assert view.contact.phone == "138****5678"
    for step in ("acknowledge", "start"):
        with pytest.raises(Denied):
            world.do(step, case_id, actor=SHOPPER)


def test_who_has_no_business_with_cases_opens_none(desk: CaseWorld) -> None:
    for actor in (PORTER, Actor("token", 3, "display", frozenset({"cases:read"}))):
        with pytest.raises(Denied):
            desk.open(actor=actor)


def test_a_contact_needs_consent_and_a_way_to_be_reached(desk: CaseWorld) -> None:
    for contact, consent, field in ((LI_HUA, "", "consent_version"), (ContactData(name="李华"), "1", "contact.phone")):
        with pytest.raises(Exception, match=r".") as refused:
            desk.open(contact=contact, consent_version=consent)
        assert [wrong.field for wrong in refused.value.fields] == [field]  # type: ignore[attr-defined]
    assert desk.listed() == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"content": "  \u202e\x00 "}, "content"),
        ({"content": "x" * 4001}, "content"),
        ({"department": "Nobody's"}, "department"),
        ({"owner_id": 4}, "owner_id"),
        ({"owner_id": 99}, "owner_id"),
        ({"receipt": "9" * 65}, "receipt"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(desk: CaseWorld, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(WrongCase) as refused:
        desk.open(**wrong)  # type: ignore[arg-type]
    assert [error.field for error in refused.value.fields] == [field]
    assert desk.listed() == []


def test_what_happened_may_lie_back_but_not_ahead_and_a_call_back_the_other_way_round(desk: CaseWorld) -> None:
    now = desk.clock.now()
    with pytest.raises(WrongCase):
        desk.open(occurred_at=now + timedelta(days=2))
    with pytest.raises(WrongCase):
        desk.open(call_back_at=now - timedelta(hours=1))
    # A screen's clock that is some hours ahead is no reason to lose a complaint.
    assert desk.opened(occurred_at=now + timedelta(hours=5)).occurred_at == now


@pytest.mark.parametrize(
    ("field", "year"), [("occurred_at", 1), ("occurred_at", 2016), ("occurred_at", 9999), ("call_back_at", 1), ("call_back_at", 9999)]
)
def test_a_slip_of_the_finger_in_a_year_is_no_time(world: CaseWorld, field: str, year: int) -> None:
    at = datetime(year, 1, 1 if year == 1 else 31, tzinfo=timezone(timedelta(hours=8 if year == 1 else -8)))
    with pytest.raises(WrongCase) as refused:
        world.open(**{field: at})
    assert refused.value.fields[0].field == field
    if field == "call_back_at":
        with pytest.raises(WrongCase):
            world.change(world.open().id, call_back_at=at)


def test_a_department_that_is_not_there_is_answered_with_those_that_are(desk: CaseWorld) -> None:
    with pytest.raises(WrongCase) as refused:
        desk.open(department="Toys")
    assert all(name in str(refused.value.fields[0].message) for name in desk.settings.cases.departments)


def test_text_is_kept_without_what_screens_and_printers_would_obey(world: CaseWorld) -> None:
    said = "Line one\r\n\x1b[31mred\x00 \u202egnp.exe <script>alert(1)</script> 👍🏽 =1+1"
    assert world.opened(said).content == "Line one\n[31mred gnp.exe <script>alert(1)</script> 👍🏽 =1+1"


@pytest.mark.parametrize(
    ("said", "kind", "given", "severity", "reason"),
    [
        ("The milk was sour.", CaseKind.COMPLAINT, None, Severity.NORMAL, ""),
        ("More trolleys, please.", CaseKind.SUGGESTION, None, Severity.LOW, ""),
        ("My child was hurt by a trolley.", CaseKind.COMPLAINT, None, Severity.CRITICAL, "hurt"),
        ("仓库着 火了", CaseKind.SUGGESTION, None, Severity.CRITICAL, "着火"),
        ("My child was hurt.", CaseKind.COMPLAINT, Severity.LOW, Severity.CRITICAL, "hurt"),
        ("The milk was sour.", CaseKind.COMPLAINT, Severity.LOW, Severity.LOW, "manual"),
        ("Nobody was hurt, thank you!", CaseKind.PRAISE, None, Severity.LOW, ""),
    ],
)
def test_severity_comes_by_rule_or_by_hand_whichever_is_more(
    desk: CaseWorld, said: str, kind: CaseKind, given: Severity | None, severity: Severity, reason: str
) -> None:
    case = desk.opened(said, kind=kind, severity=given)
    assert (case.severity, case.severity_reason) == (severity, reason)


def test_severity_is_lowered_by_hand_alone_and_with_a_reason(world: CaseWorld) -> None:
    case_id = world.open("Somebody was hurt.").id
    world.change(case_id, statutory=True)
    assert world.get(case_id).severity is Severity.CRITICAL

    with pytest.raises(WrongCase):
        world.do("set_severity", case_id, Severity.NORMAL, "")
    lowered = world.do("set_severity", case_id, Severity.NORMAL, "It was a mannequin.")
    assert (lowered.severity, lowered.severity_reason) == (Severity.NORMAL, "manual")
    assert world.history(case_id)[-1].text == "It was a mannequin."
    with pytest.raises(AlreadyDone) as refused:
        world.do("set_severity", case_id, Severity.NORMAL, "Again.", actor=LIU)
    assert refused.value.extra["by"] == "Wang"


def test_a_12315_mark_raises_the_severity_by_rule(desk: CaseWorld) -> None:
    case_id = desk.open().id
    marked = desk.change(case_id, statutory=True)
    assert (marked.severity, marked.severity_reason) == (Severity.HIGH, "12315")


def test_due_times_follow_the_severity_and_only_of_clocks_that_run(world: CaseWorld) -> None:
    case = world.opened()  # Tuesday 14:00; 8 h and 42 h of ten hours a day
    assert [world.local(at) for at in (case.first_answer_due, case.solution_due) if at] == ["Wed 12:00", "Sat 16:00"]

    raised = world.do("set_severity", case.id, Severity.CRITICAL, "")
    assert world.local(raised.first_answer_due) == "Tue 15:00"
    assert world.local(raised.solution_due) == "Wed 18:00"
    world.do("first_answer", case.id, "We look into it.")
    lowered = world.do("set_severity", case.id, Severity.LOW, "A misunderstanding.")
    assert world.local(lowered.first_answer_due) == "Tue 15:00"
    assert lowered.solution_due > case.solution_due


@pytest.mark.parametrize("mark", ["written", "statutory"])
def test_a_mark_that_binds_the_store_is_taken_off_by_a_manager_alone(world: CaseWorld, mark: str) -> None:
    case = world.open(**{mark: True})
    off = CaseChanges(**{mark: False})  # type: ignore[arg-type]
    with pytest.raises(Denied):
        world.do("update", case.id, off)
    assert not getattr(world.do("update", case.id, off, actor=CHEN), mark)


def test_corrections_are_recorded_when_they_change_something(world: CaseWorld) -> None:
    case_id = world.open(contact=LI_HUA).id
    before = world.get(case_id)
    changed = world.change(case_id, product="Milk 1 l", receipt="S001-42", department="生鲜 Fresh", call_back_at=None)
    assert (changed.product, changed.receipt, changed.department) == ("Milk 1 l", "S001-42", "生鲜 Fresh")
    assert world.history(case_id)[-1].detail == {"fields": ["department", "product", "receipt"]}

    assert world.change(case_id, product="Milk 1 l") == changed
    assert world.actions(case_id) == ["opened", "changed"]

    replaced = world.change(case_id, contact=ContactData(phone="13900001111"))
    assert before.contact is not None
    assert replaced.contact is not None
    assert replaced.contact.phone == "139****1111"
    assert world.read(lambda session: world.contacts.masked(session, before.contact.id)) is None  # type: ignore[union-attr]


def test_an_alert_tells_of_a_new_case_without_what_the_shopper_said(desk: CaseWorld) -> None:
    desk.open("Somebody was hurt, says Li Hua.", contact=LI_HUA, department="生鲜 Fresh")
    alert = desk.alert_records()[0]
    assert (alert.topic, alert.severity, alert.path) == ("case.opened", "critical", "/desk/cases/1")
    text = desk.alert_text()
    assert "K2603100001" in text
    assert "hurt" in text
    assert "Fresh" in text
    assert "Li Hua" not in text
    assert "李华" not in text


def test_the_event_of_a_change_holds_no_personal_data(desk: CaseWorld) -> None:
    case_id = desk.open("Li Hua says so.", contact=LI_HUA).id
    desk.do("acknowledge", case_id)
    events = [event.data for event in desk.events if event.name == "case.changed"]
    assert events == [
        {"id": case_id, "number": "K2603100001", "state": "new", "severity": "normal", "owner_id": None},
        {"id": case_id, "number": "K2603100001", "state": "acknowledged", "severity": "normal", "owner_id": WANG.id},
    ]


def test_every_change_is_on_the_audit_trail_without_free_text(world: CaseWorld) -> None:
    case_id = world.open("secret words", contact=LI_HUA).id
    world.do("acknowledge", case_id)
    world.do("note", case_id, "secret note")
    world.do("assign", case_id, owner_id=LIU.id, actor=CHEN)
    entries = world.read(lambda session: world.audit.entries(session, subject=f"case:{case_id}"))
    assert sorted(entry.action for entry in entries) == ["case.acknowledged", "case.assigned", "case.note", "case.opened"]
    assert "secret" not in str(entries)
    assert world.read(world.audit.verify) == []


def test_unknown_cases_are_said_to_be_unknown(desk: CaseWorld) -> None:
    for case_id in (0, -1, 99, 2**70):
        with pytest.raises(UnknownCase):
            desk.get(case_id)
        with pytest.raises(UnknownCase):
            desk.do("start", case_id)


def test_an_enquiry_is_owed_a_call_by_whoever_could_not_answer_it(world: CaseWorld) -> None:
    case = world.opened("When do the mooncakes come?", actor=LIU, kind=CaseKind.ENQUIRY, contact=LI_HUA)
    assert (case.owner, case.call_back_at) == ("Liu", case.first_answer_due)
    # Nobody can be called without a contact; a complaint is nobody's until somebody sees to it.
    assert world.opened("Where are the eggs?", kind=CaseKind.ENQUIRY).call_back_at is None
    assert world.opened(contact=LI_HUA).owner_id is None
