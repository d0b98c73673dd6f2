"""What people do with cases, in which state, and what a case needs before it may end."""

from datetime import timedelta

import pytest

from kiosk.desk.cases.errors import AlreadyDone, NotNow, ReplyMissing, WrongCase
from kiosk.desk.cases.views import TRANSITIONS, CaseKind, CaseState, Severity
from kiosk.errors import Denied, Refusal
from tests.desk.cases.case_world import CHEN, LI_HUA, LIU, WANG, CaseWorld

STEPS: dict[str, tuple[object, ...]] = {
    "acknowledge": (),
    "start": (),
    "wait": ("the bakery",),
    "resolve": ("Refunded.",),
    "reopen": ("She called again.",),
}
# From each state: the steps that a person may take, and where they lead.
LEADS = {
    CaseState.NEW: {"acknowledge": CaseState.ACKNOWLEDGED},
    CaseState.ACKNOWLEDGED: {"start": CaseState.IN_PROGRESS, "wait": CaseState.WAITING, "resolve": CaseState.RESOLVED},
    CaseState.IN_PROGRESS: {"wait": CaseState.WAITING, "resolve": CaseState.RESOLVED},
    CaseState.WAITING: {"start": CaseState.IN_PROGRESS, "wait": CaseState.WAITING, "resolve": CaseState.RESOLVED},
    CaseState.RESOLVED: {"reopen": CaseState.ACKNOWLEDGED},
    CaseState.CLOSED: {"reopen": CaseState.ACKNOWLEDGED},
}


@pytest.mark.parametrize("state", CaseState)
def test_each_state_allows_its_steps_and_refuses_the_others(desk: CaseWorld, state: CaseState) -> None:
    for step, arguments in STEPS.items():
        case_id = desk.brought_to(state).id
        target = LEADS[state].get(step)
        if target is None:
            with pytest.raises((NotNow, AlreadyDone)) as refused:
                desk.do(step, case_id, *arguments, actor=LIU)
            assert refused.value.extra["by"] == "Wang"
            assert desk.get(case_id).state is state
        else:
            assert target in TRANSITIONS[state]
            assert desk.do(step, case_id, *arguments, actor=LIU).state is target


@pytest.mark.parametrize("state", [state for state in CaseState if state is not CaseState.RESOLVED])
def test_only_a_resolved_case_can_be_closed(desk: CaseWorld, state: CaseState) -> None:
    with pytest.raises((NotNow, AlreadyDone)):
        desk.do("close", desk.brought_to(state).id, call_back="told by phone")


def test_whoever_sees_to_a_case_that_nobody_owns_owns_it(world: CaseWorld) -> None:
    case_id = world.open().id
    assert world.do("acknowledge", case_id, actor=LIU).owner == "Liu"
    assert world.do("start", case_id, actor=WANG).owner == "Liu"
    assert world.listed(owner_id=LIU.id) == [case_id]


def test_assigning_is_the_supervisors_business_and_needs_somebody_who_works_on_cases(world: CaseWorld) -> None:
    case_id = world.open().id
    with pytest.raises(Denied):
        world.do("assign", case_id, owner_id=LIU.id, actor=WANG)
    with pytest.raises(WrongCase):
        world.do("assign", case_id, owner_id=4, actor=CHEN)
    view = world.do("assign", case_id, owner_id=LIU.id, department="收银 Checkout", actor=CHEN)
    assert (view.owner, view.department, view.state) == ("Liu", "收银 Checkout", CaseState.NEW)
    assert world.do("assign", case_id, owner_id=None, actor=CHEN).owner == ""


def test_the_first_answer_and_the_solution_are_timed_apart(world: CaseWorld) -> None:
    case_id = world.open().id
    world.clock.advance(600)
    answered = world.do("first_answer", case_id, "We are looking into it.")
    assert answered.state is CaseState.ACKNOWLEDGED
    assert answered.first_answered_at == world.clock.now()
    assert answered.resolved_at is None

    world.clock.advance(600)
    # What is told later changes nothing about when the first answer was given.
    assert world.do("note", case_id, "Told her again.").first_answered_at == answered.first_answered_at
    with pytest.raises(AlreadyDone):
        world.do("note", case_id, "Told her again.", first_answer=True)
    assert world.do("resolve", case_id, "Exchanged.").resolved_at == world.clock.now()


def test_a_case_is_not_resolved_without_an_outcome(desk: CaseWorld) -> None:
    case_id = desk.brought_to(CaseState.IN_PROGRESS).id
    with pytest.raises(WrongCase) as refused:
        desk.do("resolve", case_id, " \n ")
    assert refused.value.fields[0].field == "outcome"
    assert desk.get(case_id).state is CaseState.IN_PROGRESS


def test_a_case_is_not_closed_without_the_call_back(desk: CaseWorld) -> None:
    case_id = desk.brought_to(CaseState.RESOLVED, contact=LI_HUA).id
    with pytest.raises(WrongCase):
        desk.do("close", case_id, call_back="")
    with pytest.raises(WrongCase) as refused:
        desk.do("close", case_id, call_back="no contact left: I think")
    assert refused.value.fields[0].field == "call_back"
    closed = desk.do("close", case_id, call_back="told by phone: content")
    assert (closed.state, closed.call_back) == (CaseState.CLOSED, "told by phone: content")


def test_no_contact_left_closes_a_case_of_which_that_is_true(desk: CaseWorld) -> None:
    case_id = desk.brought_to(CaseState.RESOLVED).id
    assert desk.do("close", case_id, call_back="no contact left").state is CaseState.CLOSED


def test_a_resolved_case_with_a_contact_becomes_a_call_back_that_is_due(world: CaseWorld) -> None:
    case = world.brought_to(CaseState.RESOLVED, contact=LI_HUA)
    assert case.call_back_at is not None
    assert world.local(case.call_back_at) == "Wed 12:00"
    assert world.brought_to(CaseState.RESOLVED).call_back_at is None

    world.sleep_to(12, 9)
    assert world.read(world.cases.counts).call_backs == 1
    assert world.get(case.id).overdue


def test_a_written_complaint_cannot_close_before_its_letter_was_sent(world: CaseWorld) -> None:
    case_id = world.brought_to(CaseState.RESOLVED, written=True).id
    for before_closing in ("", "Dear customer, we are sorry."):
        if before_closing:
            world.do("write_reply", case_id, before_closing)
        with pytest.raises(ReplyMissing):
            world.do("close", case_id, call_back="told by phone")
    world.do("mark_reply_sent", case_id, "by post")
    assert world.do("close", case_id, call_back="told in writing").state is CaseState.CLOSED


def test_a_case_is_opened_again_with_a_new_clock_and_its_old_answers(world: CaseWorld) -> None:
    case = world.brought_to(CaseState.CLOSED)
    world.do("acknowledge", world.open().id)
    world.clock.advance(timedelta(days=1).total_seconds())
    reopened = world.do("reopen", case.id, "The new one was sour, too.")

    assert reopened.state is CaseState.ACKNOWLEDGED
    assert (reopened.outcome, reopened.call_back, reopened.resolved_at, reopened.closed_at) == ("", "", None, None)
    assert reopened.solution_due > case.solution_due
    assert [entry.text for entry in world.history(case.id) if entry.action == "resolved"] == ["Exchanged."]
    with pytest.raises(AlreadyDone):
        world.do("reopen", case.id, "Once more.")


def test_an_answer_that_was_never_given_is_due_anew_when_the_case_is_opened_again(world: CaseWorld) -> None:
    case = world.brought_to(CaseState.RESOLVED)
    world.sleep_to(20, 9)
    assert not world.get(case.id).overdue  # resolved in good time, and nobody to call
    reopened = world.do("reopen", case.id, "She came to the desk.")
    assert reopened.first_answered_at is None
    assert not reopened.overdue
    assert world.local(reopened.first_answer_due) == "Fri 17:00"


def test_a_customer_who_hears_the_outcome_has_an_answer(desk: CaseWorld) -> None:
    case = desk.brought_to(CaseState.RESOLVED, contact=LI_HUA)
    told = desk.do("close", case.id, call_back="told by phone")
    assert told.first_answered_at == told.closed_at
    for untold in ("no contact left", "could not be reached: three tries"):
        assert desk.do("close", desk.brought_to(CaseState.RESOLVED).id, call_back=untold).first_answered_at is None


@pytest.mark.parametrize(
    ("state", "step", "first"),
    [
        (CaseState.NEW, "resolve", "Acknowledge the case first."),
        (CaseState.IN_PROGRESS, "close", "Resolve the case first."),
        (CaseState.CLOSED, "start", "Look what was done; to work on the case, open it again."),
    ],
)
def test_a_step_too_early_or_too_late_is_told_what_comes_first(desk: CaseWorld, state: CaseState, step: str, first: str) -> None:
    words = {"call_back": "told by phone"} if step == "close" else {"outcome": "Refunded."} if step == "resolve" else {}
    with pytest.raises(Refusal) as refused:
        desk.do(step, desk.brought_to(state).id, **words)
    assert str(refused.value.remedy) == first


def test_nothing_is_corrected_in_a_closed_case(desk: CaseWorld) -> None:
    case_id = desk.brought_to(CaseState.CLOSED).id
    for attempt in (
        lambda: desk.change(case_id, product="Milk"),
        lambda: desk.do("note", case_id, "x"),
        lambda: desk.do("set_severity", case_id, Severity.HIGH, "x"),
        lambda: desk.do("assign", case_id, owner_id=None, actor=CHEN),
        lambda: desk.do("write_reply", case_id, "x"),
    ):
        with pytest.raises(AlreadyDone):
            attempt()


def test_waiting_names_for_whom_and_work_that_goes_on_forgets_it(desk: CaseWorld) -> None:
    case_id = desk.brought_to(CaseState.IN_PROGRESS).id
    with pytest.raises(WrongCase):
        desk.do("wait", case_id, "")
    assert desk.do("wait", case_id, "the supplier").waiting_for == "the supplier"
    with pytest.raises(AlreadyDone):
        desk.do("wait", case_id, "the supplier", actor=LIU)
    assert desk.do("wait", case_id, "the laboratory").waiting_for == "the laboratory"
    assert desk.do("start", case_id).waiting_for == ""


def test_lists_find_by_state_owner_department_severity_lateness_and_words(world: CaseWorld) -> None:
    sour = world.open("The milk was 100% sour.", department="生鲜 Fresh", product="Milk", receipt="S001-7").id
    hurt = world.open("Somebody was hurt.", kind=CaseKind.SUGGESTION).id
    done = world.brought_to(CaseState.CLOSED).id
    assert world.listed() == [done, hurt, sour]
    assert world.listed(states={CaseState.NEW}) == [hurt, sour]
    assert world.listed(owner_id=WANG.id) == [done]
    assert world.listed(department="生鲜 Fresh") == [sour]
    assert world.listed(severity=Severity.CRITICAL) == [hurt]
    for words in ("100%", "MILK", "s001-7", "K2603100001", world.get(sour).code, f" {world.get(sour).code[:6]} {world.get(sour).code[6:]}"):
        assert sour in world.listed(query=words)
        assert hurt not in world.listed(query=words)
    assert world.listed(query="k260310") == [done, hurt, sour]
    assert world.listed(limit=1) == [done]
    assert world.listed(before_id=done, limit=1) == [hurt]

    world.sleep_to(10, 16)
    assert world.listed(overdue=True) == [hurt]
    assert world.listed(overdue=False) == [sour]
    counts = world.read(world.cases.counts)
    assert (counts.open, counts.overdue, counts.call_backs) == (2, 1, 0)


def test_who_comes_late_is_told_who_did_it_even_by_another_step(desk: CaseWorld) -> None:
    case_id = desk.open(actor=CHEN).id
    desk.do("first_answer", case_id, "We are sorry.", actor=LIU)
    desk.do("note", case_id, "Hm.", actor=CHEN)
    with pytest.raises(AlreadyDone) as refused:
        desk.do("acknowledge", case_id, actor=WANG)
    assert (refused.value.extra["by"], refused.value.extra["action"]) == ("Liu", "acknowledged")
    assert "Liu" in str(refused.value.detail)
