"""What can be done with a case, and what each step asks for: one table, from which the buttons, the forms and the calls are made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.cases import CaseService
from kiosk.desk.cases.views import AT_WORK, NO_CONTACT_LEFT, NOT_REACHED, OPEN_STATES, CaseState, CaseView, Severity
from kiosk.errors import FieldError, Invalid
from kiosk.i18n import N_, msg
from kiosk.web.pages.case_forms import Form

_DONE = frozenset({CaseState.RESOLVED, CaseState.CLOSED})

Run = Callable[[CaseService, Session, Actor, int, Form], object]

# How a customer was told; the text goes into the records as it stands here.
CALL_BACKS = (
    ("told by phone", N_("Told by phone")),
    ("told at the desk", N_("Told at the desk")),
    ("told in writing", N_("Told in writing")),
    (NOT_REACHED, N_("Could not be reached, several tries")),
    (NO_CONTACT_LEFT, N_("No contact left")),
)


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a step's form."""

    name: str
    label: str
    kind: Literal["area", "line", "choice", "person", "department", "severity"] = "area"
    required: bool = True
    limit: int = 500
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do with a case. Without *inputs* its button does it at once; *states*: when it is possible."""

    name: str
    text: str
    icon: str
    states: frozenset[CaseState]
    run: Run
    inputs: tuple[Input, ...] = ()
    scope: str = "cases:write"
    title: str = ""
    main: frozenset[CaseState] = frozenset()  # states in which it is what comes next

    def is_possible(self, case: CaseView, actor: Actor) -> bool:
        """Whether *actor* may do it with *case* as it is."""
        if self.name == "answer" and case.first_answered_at is not None:
            return False
        # What was passed up the ladder is acknowledged again, whatever its state is.
        again = self.name == "acknowledge" and case.escalation > 0 and case.state in AT_WORK
        return (case.state in self.states or again) and actor.may(self.scope)


def _severity(cases: CaseService, session: Session, actor: Actor, case_id: int, form: Form) -> object:
    severity = form.one_of("severity", Severity)
    form.check()
    if severity is None:
        said = msg("Choose one of the answers.")
        raise Invalid(said, fields=[FieldError("severity", "", said)])
    return cases.set_severity(session, actor, case_id, severity, form.text("reason"))


def _close(cases: CaseService, session: Session, actor: Actor, case_id: int, form: Form) -> object:
    said = [part for part in (form.text("call_back"), form.text("call_back_note")) if part]
    return cases.close(session, actor, case_id, call_back=": ".join(said))


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "acknowledge",
            N_("Acknowledge"),
            "check-lg",
            frozenset({CaseState.NEW}),
            lambda cases, session, actor, case_id, _form: cases.acknowledge(session, actor, case_id),
            main=frozenset({CaseState.NEW}),
        ),
        Step(
            "start",
            N_("Begin work"),
            "chevron-right",
            frozenset({CaseState.ACKNOWLEDGED, CaseState.WAITING}),
            lambda cases, session, actor, case_id, _form: cases.start(session, actor, case_id),
            main=frozenset({CaseState.ACKNOWLEDGED, CaseState.WAITING}),
        ),
        Step(
            "answer",
            N_("Note the first answer"),
            "chat-square-text",
            AT_WORK,
            lambda cases, session, actor, case_id, form: cases.first_answer(session, actor, case_id, form.text("text")),
            (Input("text", N_("What was the customer told?"), limit=2000, hint=N_("This stops the clock of the first answer.")),),
            title=N_("First answer"),
        ),
        Step(
            "resolve",
            N_("Resolve"),
            "check-circle",
            frozenset({CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS, CaseState.WAITING}),
            lambda cases, session, actor, case_id, form: cases.resolve(session, actor, case_id, form.text("outcome")),
            (
                Input(
                    "outcome", N_("What was done about it?"), limit=2000, hint=N_("E.g. refunded, exchanged, explained, department told.")
                ),
            ),
            main=frozenset({CaseState.IN_PROGRESS}),
        ),
        Step(
            "wait",
            N_("It waits for…"),
            "hourglass-split",
            frozenset({CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS, CaseState.WAITING}),
            lambda cases, session, actor, case_id, form: cases.wait(session, actor, case_id, form.text("waiting_for")),
            (
                Input(
                    "waiting_for",
                    N_("For whom or what does it wait?"),
                    "line",
                    limit=200,
                    hint=N_("E.g. the supplier, the fresh department."),
                ),
            ),
            title=N_("Waiting"),
        ),
        Step(
            "close",
            N_("Note the call-back and close"),
            "telephone",
            frozenset({CaseState.RESOLVED}),
            _close,
            (
                Input("call_back", N_("How was the customer told the outcome?"), "choice", options=CALL_BACKS),
                Input("call_back_note", N_("What else is to be noted (optional)"), "line", required=False, limit=300),
            ),
            title=N_("Close the case"),
            main=frozenset({CaseState.RESOLVED}),
        ),
        Step(
            "note",
            N_("Add a note"),
            "pencil",
            OPEN_STATES,
            lambda cases, session, actor, case_id, form: cases.note(session, actor, case_id, form.text("text")),
            (Input("text", N_("Note"), limit=2000, hint=N_("Staff alone see it.")),),
            title=N_("Note"),
        ),
        Step(
            "assign",
            N_("Assign"),
            "person-check",
            OPEN_STATES,
            lambda cases, session, actor, case_id, form: cases.assign(
                session, actor, case_id, owner_id=form.person("owner_id"), department=form.text("department")
            ),
            (Input("owner_id", N_("Owner"), "person", required=False), Input("department", N_("Department"), "department", required=False)),
            scope="cases:manage",
        ),
        Step(
            "severity",
            N_("Change the severity"),
            "flag",
            OPEN_STATES,
            _severity,
            (
                Input("severity", N_("Severity"), "severity"),
                Input("reason", N_("Why?"), "line", required=False, limit=200, hint=N_("Lowering it needs a reason.")),
            ),
            title=N_("Severity"),
        ),
        Step(
            "reopen",
            N_("Open again"),
            "arrow-counterclockwise",
            _DONE,
            lambda cases, session, actor, case_id, form: cases.reopen(session, actor, case_id, form.text("reason")),
            (Input("reason", N_("Why is it opened again?"), limit=500),),
        ),
    )
}
# What every step's form may have typed into it; kept when it came after the log-out.
STEP_FIELDS = tuple({field.name: None for step in STEPS.values() for field in step.inputs})


def steps_of(case: CaseView, actor: Actor) -> list[Step]:
    """What *actor* may do with *case* now, the next step first."""
    return sorted((step for step in STEPS.values() if step.is_possible(case, actor)), key=lambda step: case.state not in step.main)
