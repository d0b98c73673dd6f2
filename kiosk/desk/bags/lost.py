"""Gives bags back without their ticket: steps in a fixed order, kept in the database, none of which can be skipped.

description of bags and contents -> identity checked (the kind of document, never its number) -> approved by a second
person -> form printed, on evidence -> signed, and released. While a claim is open a scanned ticket does not open the
slot; the code becomes void with the release, so that a ticket that is found again still counts.
"""

from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.orm import Session

from kiosk.desk.actors import SYSTEM, Actor
from kiosk.desk.bags import documents, look, models, release, tickets, views
from kiosk.desk.bags.context import FORM_PURPOSE, REASON_LENGTH, Context, subject, who
from kiosk.desk.bags.errors import (
    AlreadyReleased,
    ClaimEnded,
    ClaimExists,
    ClaimStepMissing,
    FormStillPrinting,
    SamePerson,
    UnknownClaim,
    UnknownDeposit,
    WrongInput,
)
from kiosk.desk.bags.look import is_id
from kiosk.desk.bags.models import ClaimStep, DepositState, live
from kiosk.desk.bags.notes import clean, refuse_id_number
from kiosk.devices.jobs import Job, JobState
from kiosk.devices.queue import REPRINT, JobView
from kiosk.events import emit
from kiosk.i18n import N_, msg

# Characters for each of the two descriptions.
TEXT_LENGTH = 500

# What a screen or program is told to do next, by step; "description" is the step before there is a claim.
NEXT_STEP: dict[str, str] = {
    "description": N_("Write down how the bags look and what is in them, before looking at them."),
    ClaimStep.IDENTITY: N_("Look at an identity document of the customer; note its kind, not its number."),
    ClaimStep.APPROVAL: N_("A second person with that permission approves by PIN or badge."),
    ClaimStep.FORM: N_("Print the form."),
    ClaimStep.SIGNATURE: N_("Have the form signed, then confirm that."),
}


_SEE_BAGS = msg("Look at the bags' own page; where they are still here, scan their ticket or begin anew.")


class LostTickets:
    """The lost-ticket procedure of one station's bag check."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def start(self, session: Session, actor: Actor, *, number: int, description: str, contents: str, reason: str = "") -> views.Claim:
        """Open a claim on the live deposit with *number*: its looks and contents as the customer tells them."""
        actor.require("bags:write")
        description = _told(description, "description")
        contents = _told(contents, "contents")
        found = look.locked(session, look.live_row(session, number).deposit.id)
        tickets.must_be_live(found)
        deposit = found.deposit
        if deposit.open_claim_id is not None:
            raise ClaimExists(
                msg("A claim for number %(number)s is open already.", number=number),
                msg("Go on with it, or withdraw it."),
                lost_claim=deposit.open_claim_id,
            )
        label, name = who(actor)
        claim_id = session.scalars(
            insert(models.LostClaim)
            .values(
                deposit_id=deposit.id,
                step=ClaimStep.IDENTITY,
                description=description,
                contents=contents,
                started_at=self._context.now(),
                started_by=label,
                started_by_name=name,
                reason=_reason(reason) or None,
            )
            .returning(models.LostClaim.id)
        ).one()
        session.execute(update(models.Deposit).where(models.Deposit.id == deposit.id).values(open_claim_id=claim_id))
        return self._done(session, actor, claim_id, "lost-ticket.started", {"number": number})

    def check_identity(self, session: Session, actor: Actor, claim_id: int, *, document: str) -> views.Claim:
        """Note that a document of kind *document* (one of `documents.DOCUMENT_KINDS`) was looked at."""
        actor.require("bags:write")
        document = clean(document, "document", TEXT_LENGTH, required=True)
        refuse_id_number(document, "document")
        if document not in documents.DOCUMENT_KINDS:
            raise WrongInput.of("document", document, msg("document must be one of: %(kinds)s", kinds=", ".join(documents.DOCUMENT_KINDS)))
        self._at(session, claim_id, ClaimStep.IDENTITY)
        label, name = who(actor)
        self._set(
            session,
            claim_id,
            step=ClaimStep.APPROVAL,
            document_kind=document,
            identity_at=self._context.now(),
            identity_by=label,
            identity_by_name=name,
        )
        return self._done(session, actor, claim_id, "lost-ticket.identity-checked", {"document": document})

    def approve(self, session: Session, approver: Actor, claim_id: int) -> views.Claim:
        """Approve as a second person: a user with ``bags:approve`` who did not start the claim."""
        approver.require("bags:approve")
        claim = self._at(session, claim_id, ClaimStep.APPROVAL)
        label, name = who(approver)
        if approver.kind != "user" or label == claim.started_by:
            raise SamePerson(
                msg("%(name)s cannot approve this claim.", name=approver.name),
                msg("It needs a person with that permission who did not start it, by PIN or badge."),
            )
        self._set(session, claim_id, step=ClaimStep.FORM, approved_at=self._context.now(), approved_by=label, approved_by_name=name)
        return self._done(session, approver, claim_id, "lost-ticket.approved", {})

    def print_form(self, session: Session, actor: Actor, claim_id: int) -> views.Claim:
        """Queue the form; again when a printed one was spoilt."""
        actor.require("bags:write")
        claim = self._at(session, claim_id, ClaimStep.FORM, ClaimStep.SIGNATURE)
        if claim.step is ClaimStep.SIGNATURE and claim.form_printed_at is None:
            raise FormStillPrinting(
                msg("The form is being printed."), msg("Wait until it is out, or answer whether it came out."), job=claim.form_job_id
            )
        self._queue_form(session, actor, claim)
        return self._done(session, actor, claim_id, "lost-ticket.form-queued", {})

    def release(self, session: Session, actor: Actor, claim_id: int, *, signed: bool, reason: str = "") -> views.Released:
        """Give the bags back: the form is printed on evidence, and *signed* says that the customer signed it."""
        actor.require("bags:write")
        claim = self._at(session, claim_id, ClaimStep.SIGNATURE)
        if claim.form_printed_at is None:
            raise FormStillPrinting(
                msg("It is not known yet whether the form came out."),
                msg("Answer the question about the form, or wait until it is out."),
                job=claim.form_job_id,
                missing=ClaimStep.FORM.value,
            )
        if signed is not True:
            raise _missing(ClaimStep.SIGNATURE, claim_id)
        now = self._context.now()
        label, name = who(actor)
        found = look.locked(session, claim.deposit_id)
        tickets.withdraw_job(self._context, session, actor, found)
        given = session.scalars(
            update(models.Deposit)
            .where(models.Deposit.id == claim.deposit_id, live(), models.Deposit.open_claim_id == claim_id)
            .values(state=DepositState.RELEASED, released_at=now, released_by=label, released_by_name=name, open_claim_id=None)
            .returning(models.Deposit.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if given is None:
            tickets.must_be_live(look.row(session, claim.deposit_id))
            raise ClaimEnded(msg("This claim is finished."), _SEE_BAGS)
        tickets.void_for_loss(self._context, session, look.row(session, claim.deposit_id).deposit)
        values: dict[str, object] = {"step": ClaimStep.RELEASED, "ended_at": now, "ended_by": label}
        if reason := _reason(reason):
            values["reason"] = reason
        self._set(session, claim_id, **values)
        fee_fen = self._context.settings.bags.lost_ticket_fee_fen
        return release.finish(self._context, session, actor, claim.deposit_id, lost_ticket_fee_fen=fee_fen)

    def release_by_number(self, session: Session, actor: Actor, *, number: int, reason: str) -> views.Released:
        """Release by number for a program: refused with the step that is missing, until only this call is left.

        Calling it with all other steps done states that the form is signed.
        """
        actor.require("bags:write")
        clean(reason, "reason", REASON_LENGTH, required=True)
        try:
            found = look.live_row(session, number)
        except UnknownDeposit:
            if refusal := _last_release(session, number):
                raise refusal from None
            raise
        if found.deposit.open_claim_id is None:
            raise _missing("description", None)
        return self.release(session, actor, found.deposit.open_claim_id, signed=True, reason=reason)

    def withdraw(self, session: Session, actor: Actor, claim_id: int, reason: str) -> views.Claim:
        """End a claim without a release: the ticket was found. The ticket counts again."""
        actor.require("bags:write")
        reason = clean(reason, "reason", REASON_LENGTH, required=True)
        refuse_id_number(reason, "reason")
        claim = self._at(session, claim_id, *models.OPEN_STEPS)
        form_job_id = claim.form_job_id
        self._set(session, claim_id, step=ClaimStep.WITHDRAWN, ended_at=self._context.now(), ended_by=who(actor)[0], reason=reason)
        session.execute(update(models.Deposit).where(models.Deposit.id == claim.deposit_id).values(open_claim_id=None))
        if form_job_id is not None:
            self._withdraw_form(session, actor, form_job_id)
        return self._done(session, actor, claim_id, "lost-ticket.withdrawn", {"reason": reason})

    def get(self, session: Session, claim_id: int) -> views.Claim:
        """Return one claim; raises UnknownClaim."""
        found = session.execute(_claims().where(models.LostClaim.id == claim_id)).one_or_none() if is_id(claim_id) else None
        if found is None:
            raise _unknown(claim_id)
        return self._view(session, found)

    def open(self, session: Session) -> list[views.Claim]:
        """Return the claims that are under way, oldest first; there are few at any time."""
        found = session.execute(_claims().where(models.open_claim()).order_by(models.LostClaim.id)).all()
        return [self._view(session, row) for row in found]

    def form_changed(self, session: Session, job: JobView) -> None:
        """Take note of what became of a form's print; for the print queue."""
        claim = session.scalars(
            select(models.LostClaim).where(models.LostClaim.form_job_id == job.id, models.open_claim()).with_for_update()
        ).one_or_none()
        if claim is None:
            return
        if job.state is JobState.CONFIRMED:
            self._set(session, claim.id, form_printed_at=self._context.now())
            detail = {"claim": claim.id, "job": job.id, "evidence": job.evidence, **tickets.answered_by(session, job)}
            self._context.audit.append(session, SYSTEM, "lost-ticket.form-printed", subject(claim.deposit_id), detail)
            self._tell(session, claim)
        elif job.state is JobState.CANCELLED and job.reason == REPRINT:
            self._queue_form(session, SYSTEM, claim)
        elif job.state in (JobState.CANCELLED, JobState.FAILED):
            self._set(session, claim.id, step=ClaimStep.FORM, form_job_id=None)
            self._tell(session, claim)

    # -- inside

    def _withdraw_form(self, session: Session, actor: Actor, job_id: int) -> None:
        """Keep the form of a claim that is over from coming out; one that the printer has, or another station's, still may."""
        job = session.execute(select(Job.station, Job.state).where(Job.id == job_id)).one_or_none()
        mine = job is not None and job.station == self._context.settings.station.name
        if job is not None and mine and job.state in (JobState.QUEUED, JobState.UNCERTAIN):
            self._context.jobs.cancel(session, job_id, f"void: {actor.label}")

    def _queue_form(self, session: Session, actor: Actor, claim: models.LostClaim) -> None:
        found, now, days = look.row(session, claim.deposit_id), self._context.now(), self._context.days
        deposit, bags = found.deposit, self._context.settings.bags
        text = documents.FormText(
            number=deposit.number,
            slot=found.slot,
            pieces=deposit.pieces,
            taken_at=days.local(deposit.taken_at),
            description=claim.description,
            contents=claim.contents,
            document_kind=claim.document_kind or "other",
            handled_by=claim.started_by_name if actor is SYSTEM else actor.name,
            approved_by=claim.approved_by_name or "",
            fee_fen=bags.lost_ticket_fee_fen + days.overdue_fee_fen(deposit.due_on, now),
            printed_at=days.local(now),
        )
        job = self._context.print(session, documents.lost_form(self._context.settings, text), FORM_PURPOSE, deposit.id)
        self._set(session, claim.id, step=ClaimStep.SIGNATURE, form_job_id=job.id, form_printed_at=None)

    def _at(self, session: Session, claim_id: int, *steps: ClaimStep) -> models.LostClaim:
        """Return the claim, locked, when it stands at one of *steps*; else say which step is to be done."""
        locked = select(models.LostClaim).where(models.LostClaim.id == claim_id).with_for_update()
        claim = session.scalars(locked.execution_options(populate_existing=True)).one_or_none() if is_id(claim_id) else None
        if claim is None:
            raise _unknown(claim_id)
        if claim.step not in models.OPEN_STEPS:
            if claim.step is ClaimStep.RELEASED:
                tickets.must_be_live(look.row(session, claim.deposit_id))
            raise ClaimEnded(msg("This claim is finished."), _SEE_BAGS, step=claim.step.value)
        if claim.step not in steps:
            raise _missing(claim.step, claim_id)
        return claim

    def _set(self, session: Session, claim_id: int, **values: object) -> None:
        session.execute(update(models.LostClaim).where(models.LostClaim.id == claim_id).values(**values))

    def _done(self, session: Session, actor: Actor, claim_id: int, action: str, detail: dict[str, object]) -> views.Claim:
        claim = self.get(session, claim_id)
        self._context.audit.append(session, actor, action, subject(claim.deposit.id), {"claim": claim_id, **detail})
        emit(session, "bag.changed", {"id": claim.deposit.id, "number": claim.deposit.number})
        return claim

    def _tell(self, session: Session, claim: models.LostClaim) -> None:
        number = session.scalar(select(models.Deposit.number).where(models.Deposit.id == claim.deposit_id))
        emit(session, "bag.changed", {"id": claim.deposit_id, "number": number})

    def _view(self, session: Session, found: "Row[Any]") -> views.Claim:
        claim, form_job_state = found
        deposit = look.deposit_view(self._context, look.row(session, claim.deposit_id))
        fee_fen = deposit.fee_fen
        if claim.step in models.OPEN_STEPS:
            fee_fen += self._context.settings.bags.lost_ticket_fee_fen
        return views.Claim(
            id=claim.id,
            deposit=deposit,
            step=claim.step,
            description=claim.description,
            contents=claim.contents,
            started_at=claim.started_at,
            started_by=claim.started_by_name,
            document_kind=claim.document_kind,
            identity_at=claim.identity_at,
            identity_by=claim.identity_by_name,
            approved_at=claim.approved_at,
            approved_by=claim.approved_by_name,
            form_job=claim.form_job_id,
            form_job_state=form_job_state,
            form_printed_at=claim.form_printed_at,
            ended_at=claim.ended_at,
            fee_fen=fee_fen,
        )


def _unknown(claim_id: int) -> UnknownClaim:
    return UnknownClaim(
        msg("There is no lost-ticket claim %(id)s.", id=claim_id), msg("Choose one from the list of open claims, or begin anew.")
    )


def _claims() -> Select[Any]:
    return (
        select(models.LostClaim, Job.state).outerjoin(Job, Job.id == models.LostClaim.form_job_id).execution_options(populate_existing=True)
    )


def _told(text: str, field: str) -> str:
    cleaned = clean(text, field, TEXT_LENGTH, required=True)
    refuse_id_number(cleaned, field)
    return cleaned


def _reason(text: str) -> str:
    cleaned = clean(text, "reason", REASON_LENGTH)
    refuse_id_number(cleaned, "reason")
    return cleaned


def _missing(step: str, claim_id: int | None) -> ClaimStepMissing:
    return ClaimStepMissing(
        msg("Without a ticket, bags are given back step by step; the step %(step)s comes next.", step=str(step)),
        msg(NEXT_STEP[step]),
        missing=str(step),
        lost_claim=claim_id,
    )


def _last_release(session: Session, number: int) -> AlreadyReleased | None:
    """The refusal for a number whose bags were given back, when that was the last that happened to the number."""
    query = look.query(models.Deposit.number == number).order_by(models.Deposit.id.desc()).limit(1)
    found = look.rows(session, query)
    if found and found[0].deposit.state is DepositState.RELEASED:
        return tickets.already_released(found[0].deposit)
    return None
