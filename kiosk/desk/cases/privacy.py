"""Cases' part in privacy: what is purged when, and what one person's export and deletion take in."""

import base64
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kiosk.desk.actors import SYSTEM
from kiosk.desk.cases import photos, terms
from kiosk.desk.cases.context import Context, subject
from kiosk.desk.cases.models import Case, CasePhoto, CaseReply, CaseStep
from kiosk.desk.cases.views import OPEN_STATES, CaseState
from kiosk.desk.contacts.retention import RetentionRule
from kiosk.i18n import msg

_SUBJECT = "case:"
# Actions whose texts name staff, and nobody else.
_HARMLESS = ("assigned",)


class CasePrivacy:
    """Takes part in the vault's retention and in a person's rights."""

    def __init__(self, context: Context) -> None:
        self._context = context
        privacy = context.settings.privacy
        contacts = context.contacts
        contacts.register(RetentionRule("case-contact", privacy.contact_days, self.purge_contacts, msg("Contact data of closed cases")))
        contacts.register(
            RetentionRule("case-content", privacy.case_days, self.purge_content, msg("Content, letters and photos of closed cases"))
        )
        contacts.register_encrypted(CasePhoto, "sealed")
        contacts.register_person_data("cases", self.export, self.delete)

    def purge_contacts(self, session: Session, before: datetime, limit: int) -> int:
        """Delete the contacts of at most *limit* cases that were closed before *before*."""
        old = select(Case).where(Case.closed_at < before, Case.contact_id.is_not(None)).order_by(Case.id).limit(limit)
        cases = session.scalars(old.with_for_update().execution_options(populate_existing=True)).all()
        self._context.contacts.forget(session, [case.contact_id for case in cases if case.contact_id is not None])
        for case in cases:
            case.contact_id = None
        session.flush()
        return len(cases)

    def purge_content(self, session: Session, before: datetime, limit: int) -> int:
        """Delete what was said, answered and shown in at most *limit* cases that were closed before *before*."""
        old = select(Case).where(Case.closed_at < before, Case.erased_at.is_(None)).order_by(Case.id).limit(limit)
        cases = session.scalars(old.with_for_update().execution_options(populate_existing=True)).all()
        for case in cases:
            self._erase(session, case)
        session.flush()
        return len(cases)

    def export(self, session: Session, subjects: Sequence[str]) -> list[dict[str, object]]:
        """What is kept about the person's cases, photos included."""
        return [self._exported(session, case) for case in self._of(session, subjects, lock=False)]

    def delete(self, session: Session, subjects: Sequence[str]) -> int:
        """Delete it; the cases' numbers, times and states stay, and their histories say that something was deleted."""
        cases = self._of(session, subjects, lock=True)
        for case in cases:
            case.contact_id = None  # the vault deletes what it names
            self._erase(session, case)
            if case.state in OPEN_STATES and case.written and case.reply_sent_at is None:
                # There is nobody left to whom a letter could go; the case must not stay open for ever.
                case.written, case.reply_due = False, None
            case.call_back_at = None if case.state is not CaseState.CLOSED else case.call_back_at
            self._context.changed(session, SYSTEM, case, "erased")
        return len(cases)

    def _of(self, session: Session, subjects: Sequence[str], *, lock: bool) -> list[Case]:
        ids = [int(name.removeprefix(_SUBJECT)) for name in subjects if name.startswith(_SUBJECT)]
        query = select(Case).where(Case.id.in_(ids)).order_by(Case.id).execution_options(populate_existing=True)
        return list(session.scalars(query.with_for_update() if lock else query))

    def _erase(self, session: Session, case: Case) -> None:
        photos.erase(session, case)
        case.reply_id = None
        session.execute(delete(CaseReply).where(CaseReply.case_id == case.id))
        session.execute(update(CaseStep).where(CaseStep.case_id == case.id, CaseStep.action.not_in(_HARMLESS)).values(text=""))
        case.content = case.product = case.receipt = case.waiting_for = case.outcome = case.call_back = ""
        case.erased_at = self._context.now()
        terms.refresh(self._context.settings, self._context.hours, session, case, self._context.now())

    def _exported(self, session: Session, case: Case) -> dict[str, object]:
        steps = session.execute(
            select(CaseStep.at, CaseStep.action, CaseStep.text).where(CaseStep.case_id == case.id).order_by(CaseStep.id)
        )
        letters = session.execute(
            select(CaseReply.written_at, CaseReply.text, CaseReply.sent_at).where(CaseReply.case_id == case.id).order_by(CaseReply.id)
        )
        pictures = session.scalars(select(CasePhoto.sealed).where(CasePhoto.case_id == case.id).order_by(CasePhoto.id))
        return {
            "subject": subject(case.id),
            "number": case.number,
            "kind": case.kind.value,
            "state": case.state.value,
            "content": case.content,
            "product": case.product,
            "receipt": case.receipt,
            "outcome": case.outcome,
            "call_back": case.call_back,
            "occurred_at": case.occurred_at.isoformat(),
            "opened_at": case.opened_at.isoformat(),
            "closed_at": case.closed_at.isoformat() if case.closed_at else None,
            "history": [{"at": row.at.isoformat(), "action": row.action, "text": row.text} for row in steps],
            "letters": [
                {"written_at": row.written_at.isoformat(), "text": row.text, "sent_at": row.sent_at.isoformat() if row.sent_at else None}
                for row in letters
            ],
            "photos": [base64.b64encode(self._context.contacts.decrypt(sealed)).decode() for sealed in pictures],
        }
