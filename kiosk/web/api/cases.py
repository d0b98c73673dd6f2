"""Cases for programs: take in, look, change and move on, note, print the slip again; contact data only with a reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.cases import CaseService
from kiosk.desk.cases.views import (
    AT_WORK,
    OPEN_STATES,
    CaseChanges,
    CaseEntry,
    CaseKind,
    CaseReceipt,
    CaseSource,
    CaseState,
    CaseView,
    NewCase,
    Severity,
)
from kiosk.desk.contacts import ContactData
from kiosk.errors import FieldError
from kiosk.i18n import Message, msg
from kiosk.web.api import PREFIX
from kiosk.web.api.bags import Moment, Reason
from kiosk.web.api.description import describe
from kiosk.web.api.jobs import Limit, RowId
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import InvalidRequest, decode, decode_query

blueprint = Blueprint("api_cases", __name__, url_prefix=f"{PREFIX}/cases")

Line = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=20_000)]
Consent = Annotated[
    str, Meta(max_length=32, description="Version of the consent text that the customer agreed to; empty: the present one.")
]


class OpenCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer says. Whoever sends contact data vouches for the customer's consent."""

    kind: CaseKind
    content: Annotated[str, Meta(description="What the customer says; cases.content_max_length characters.")]
    severity: Annotated[Severity | None, Meta(description="Without it the store's rules decide.")] = None
    contact: Annotated[ContactData | None, Meta(description="How the customer can be reached.")] = None
    consent_version: Consent = ""
    occurred_at: Annotated[Moment | None, Meta(description="When it happened; without it: now.")] = None
    department: Line = ""
    product: Line = ""
    receipt: Annotated[Line, Meta(description="Number of the receipt.")] = ""
    written: Annotated[bool, Meta(description="A written complaint: it cannot close without a written reply.")] = False
    statutory: Annotated[bool, Meta(description="Came through 12315: statutory terms run.")] = False
    call_back_at: Annotated[Moment | None, Meta(description="When the customer was promised a call.")] = None
    owner_id: Annotated[RowId | None, Meta(description="Who looks after it.")] = None
    language: Annotated[str, Meta(max_length=8, description="Language of slip and letter; empty: the store's first.")] = ""
    print_slip: Annotated[bool, Meta(description="Print the customer's slip at the desk.")] = False


class ChangeCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be different; all of it is done at once, or nothing. Fields that are not sent stay as they are.

    *state* moves the case on: acknowledged; in-progress; waiting with *waiting_for*; resolved with *outcome*; closed with
    *call_back*. From resolved or closed, acknowledged and in-progress open the case again and need *reason*.
    """

    state: CaseState | None = None
    waiting_for: Annotated[Line | None, Meta(description="With state waiting: for whom or what.")] = None
    outcome: Annotated[Text | None, Meta(description="With state resolved: what was done about it.")] = None
    call_back: Annotated[Text | None, Meta(description="With state closed: how the customer was told, or 'no contact left'.")] = None
    reason: Annotated[Reason | None, Meta(description="With severity, or when a case is opened again.")] = None
    severity: Severity | None = None
    owner_id: Annotated[RowId | UnsetType | None, Meta(description="Needs the scope cases:manage; null: nobody.")] = UNSET
    department: Line | None = None
    product: Line | None = None
    receipt: Line | None = None
    written: bool | None = None
    statutory: bool | None = None
    call_back_at: Annotated[Moment | UnsetType | None, Meta(description="null: no call is promised any more.")] = UNSET
    contact: Annotated[ContactData | None, Meta(description="Takes the place of what was known.")] = None
    consent_version: Consent = ""


class CasesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which cases; newest first."""

    state: Annotated[CaseState | None, Meta(description="Only cases in this state.")] = None
    open: Annotated[bool | None, Meta(description="Only cases that are not closed.")] = None
    owner: Annotated[RowId | None, Meta(description="Only cases of this person.")] = None
    department: Annotated[Line | None, Meta(description="Only cases of this department.")] = None
    severity: Severity | None = None
    overdue: Annotated[bool | None, Meta(description="Only cases that are overdue, or only those that are not.")] = None
    q: Annotated[Line | None, Meta(description="Number, code, product, or words of the content.")] = None
    before: Annotated[RowId | None, Meta(description="Only cases older than this one, for the next page.")] = None
    limit: Limit = 50


class CaseList(msgspec.Struct, frozen=True):
    """Cases."""

    cases: list[CaseView]


class CaseHistory(msgspec.Struct, frozen=True):
    """What was done, oldest first."""

    history: list[CaseEntry]


class CaseNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to be noted. *first_answer*: the customer was told this; it stops the clock of the first answer."""

    text: Text
    first_answer: bool = False


class RevealReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why contact data is needed."""

    reason: Reason


@blueprint.post("")
@describe(
    "Take a complaint, suggestion, enquiry or praise in",
    body=OpenCase,
    answers={201: CaseReceipt},
    problems=(409, 422, 503),
    example={
        "kind": "complaint",
        "content": "The milk was sour although its date was good.",
        "contact": {"name": "Li Na", "phone": "13812345678"},
        "occurred_at": "2026-03-10T14:00:00+08:00",
    },
)
@requires("cases:write")
def open_case() -> ResponseReturnValue:
    case, services, actor = _new_case(decode(OpenCase)), current_services(), require_actor()
    return command(
        lambda session: services.cases.open(session, actor, case),
        lambda receipt: json_answer(receipt, 201, location=f"{PREFIX}/cases/{receipt.id}"),
    )


@blueprint.get("")
@describe("List or search cases", query=CasesQuery, answers={200: CaseList}, problems=(422,))
@requires("cases:read")
def list_cases() -> ResponseReturnValue:
    query, services = decode_query(CasesQuery), current_services()
    states = frozenset({query.state}) if query.state else None
    if query.open is not None:
        wanted = OPEN_STATES if query.open else frozenset({CaseState.CLOSED})
        states = wanted if states is None else states & wanted
    with services.db.read() as session:
        found = services.cases.list(
            session,
            states=states,
            owner_id=query.owner,
            department=query.department,
            severity=query.severity,
            overdue=query.overdue,
            query=query.q or "",
            limit=query.limit,
            before_id=query.before,
        )
    return json_response(CaseList(found))


@blueprint.get("/<id:case_id>")
@describe("Look at one case; its contact data is masked", answers={200: CaseView}, problems=(404,))
@requires("cases:read")
def get_case(case_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(services.cases.get(session, case_id))


@blueprint.patch("/<id:case_id>")
@describe(
    "Change a case, or move it on to another state",
    body=ChangeCase,
    answers={200: CaseView},
    problems=(404, 409, 422),
    example={"state": "resolved", "outcome": "Refunded; the supplier was told."},
)
@requires("cases:write")
def change_case(case_id: int) -> ResponseReturnValue:
    wanted, services, actor = decode(ChangeCase), current_services(), require_actor()
    _check_together(wanted)
    return command(lambda session: _change(services.cases, session, actor, case_id, wanted), json_answer)


@blueprint.get("/<id:case_id>/history")
@describe("What was done with a case", answers={200: CaseHistory}, problems=(404,))
@requires("cases:read")
def get_case_history(case_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(CaseHistory(services.cases.history(session, case_id)))


@blueprint.post("/<id:case_id>/notes")
@describe(
    "Add a note, or the first answer that the customer was given",
    body=CaseNote,
    answers={201: CaseView},
    problems=(404, 409, 422),
    example={"text": "The fresh department was asked."},
)
@requires("cases:write")
def add_case_note(case_id: int) -> ResponseReturnValue:
    request, cases, actor = decode(CaseNote), current_services().cases, require_actor()
    return command(
        lambda session: cases.note(session, actor, case_id, request.text, first_answer=request.first_answer),
        lambda case: json_answer(case, 201),
    )


@blueprint.post("/<id:case_id>/slip")
@describe("Print the customer's slip again", answers={202: CaseView}, problems=(404, 409, 503))
@requires("cases:write")
def reprint_case_slip(case_id: int) -> ResponseReturnValue:
    cases, actor = current_services().cases, require_actor()
    return command(lambda session: cases.reprint_slip(session, actor, case_id), lambda case: json_answer(case, 202))


@blueprint.post("/<id:case_id>/contact")
@describe(
    "See the customer's contact data; the reason goes into the records",
    body=RevealReason,
    answers={200: ContactData},
    problems=(404, 422),
    example={"reason": "call back with the outcome"},
)
@requires("contacts:reveal")
def reveal_case_contact(case_id: int) -> ResponseReturnValue:
    # Without a key: under one the answer would be stored, and it must not be anywhere in the clear.
    request, services, actor = decode(RevealReason), current_services(), require_actor()

    def reveal(session: Session) -> ContactData:
        contact = services.cases.get(session, case_id).contact
        return services.contacts.reveal(session, actor, contact.id, request.reason) if contact else ContactData()

    return json_response(services.db.write(reveal))


def _new_case(request: OpenCase) -> NewCase:
    settings = current_services().settings
    return NewCase(
        kind=request.kind,
        content=request.content,
        source=CaseSource.API,
        severity=request.severity,
        contact=request.contact,
        consent_version=_consent(request.contact, request.consent_version),
        occurred_at=_aware("occurred_at", request.occurred_at),
        department=request.department,
        product=request.product,
        receipt=request.receipt,
        written=request.written,
        statutory=request.statutory,
        call_back_at=_aware("call_back_at", request.call_back_at),
        owner_id=request.owner_id,
        language=_language(request.language, settings.store.languages),
        print_slip=request.print_slip,
    )


def _change(cases: CaseService, session: Session, actor: Actor, case_id: int, wanted: ChangeCase) -> CaseView:
    case = cases.get(session, case_id)
    changes = CaseChanges(
        department=wanted.department,
        product=wanted.product,
        receipt=wanted.receipt,
        written=wanted.written,
        statutory=wanted.statutory,
        call_back_at=UNSET if wanted.call_back_at is UNSET else _aware("call_back_at", wanted.call_back_at),
        contact=wanted.contact,
        consent_version=_consent(wanted.contact, wanted.consent_version),
    )
    if changes != CaseChanges():
        case = cases.update(session, actor, case_id, changes)
    if wanted.severity is not None:
        case = cases.set_severity(session, actor, case_id, wanted.severity, wanted.reason or "")
    if wanted.owner_id is not UNSET:
        case = cases.assign(session, actor, case_id, owner_id=wanted.owner_id, department=case.department)
    if case.state not in AT_WORK and wanted.state in (CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS):
        case = cases.reopen(session, actor, case_id, wanted.reason or "")
        if wanted.state is CaseState.ACKNOWLEDGED:
            return case
    match wanted.state:
        case None:
            return case
        case CaseState.ACKNOWLEDGED:
            return cases.acknowledge(session, actor, case_id)
        case CaseState.IN_PROGRESS:
            return cases.start(session, actor, case_id)
        case CaseState.WAITING:
            return cases.wait(session, actor, case_id, wanted.waiting_for or "")
        case CaseState.RESOLVED:
            return cases.resolve(session, actor, case_id, wanted.outcome or "")
        case _:
            return cases.close(session, actor, case_id, call_back=wanted.call_back or "")


def _check_together(wanted: ChangeCase) -> None:
    """Raises InvalidRequest when a field was sent without the state that it belongs to, or a state that nothing leads to."""
    wrong: list[FieldError] = []
    for name, state in (("waiting_for", CaseState.WAITING), ("outcome", CaseState.RESOLVED), ("call_back", CaseState.CLOSED)):
        value = getattr(wanted, name)
        if value is not None and wanted.state is not state:
            wrong.append(FieldError(name, value, msg("goes only with the state %(state)s", state=state.value)))
    if wanted.state is CaseState.NEW:
        wrong.append(FieldError("state", wanted.state.value, msg("is never gone back to; send in-progress to open a case again")))
    if wanted.reason is not None and wanted.severity is None and wanted.state not in (CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS):
        wrong.append(FieldError("reason", wanted.reason, msg("goes only with a severity, or with opening a case again")))
    if wrong:
        raise InvalidRequest(
            msg("%(count)s field(s) do not go together: %(names)s", count=len(wrong), names=", ".join(error.field for error in wrong)),
            msg("Correct them and send the request again; nothing was changed."),
            fields=wrong,
        )


def _consent(contact: ContactData | None, version: str) -> str:
    if contact is None:
        return ""
    return version or current_services().settings.privacy.consent_version


def _language(wanted: str, known: Sequence[str]) -> str:
    """*wanted*, or the store's first language. Raises InvalidRequest."""
    if not wanted or wanted in known:
        return wanted or known[0]
    said: Message = msg("must be one of: %(values)s", values=", ".join(known))
    raise InvalidRequest(
        msg("The store does not speak this language."),
        msg("Send one of its languages, or none."),
        fields=[FieldError("language", wanted, said)],
    )


def _aware(name: str, moment: datetime | None) -> datetime | None:
    """*moment*, which must say its offset. Raises InvalidRequest."""
    if moment is None or moment.tzinfo is not None:
        return moment
    said: Message = msg("must be a time such as 2026-03-10T14:00:00+08:00")
    raise InvalidRequest(
        msg("%(field)s has no offset from UTC.", field=name),
        msg("Send it as 2026-03-10T14:00:00+08:00."),
        fields=[FieldError(name, moment.isoformat(), said)],
    )
