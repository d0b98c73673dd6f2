"""Repairs' part in privacy: what is purged when, and what one person's export and deletion take in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kiosk.desk.actors import SYSTEM
from kiosk.desk.contacts.retention import RetentionRule
from kiosk.desk.repairs.context import Context, subject
from kiosk.desk.repairs.models import Repair, RepairStepRow
from kiosk.i18n import msg

_SUBJECT = "repair:"


class RepairPrivacy:
    """Takes part in the vault's retention and in a person's rights."""

    def __init__(self, context: Context) -> None:
        self._context = context
        contacts = context.contacts
        contacts.register(
            RetentionRule(
                "repair-contact", context.settings.privacy.contact_days, self.purge_contacts, msg("Contact data of ended repairs")
            )
        )
        contacts.register_person_data("repairs", self.export, self.delete)

    def purge_contacts(self, session: Session, before: datetime, limit: int) -> int:
        """Delete the contacts of at most *limit* repairs that ended before *before*, and what notes may say of the customer."""
        old = select(Repair).where(Repair.closed_at < before, Repair.contact_id.is_not(None)).order_by(Repair.id).limit(limit)
        repairs = session.scalars(old.with_for_update().execution_options(populate_existing=True)).all()
        self._context.contacts.forget(session, [repair.contact_id for repair in repairs if repair.contact_id is not None])
        for repair in repairs:
            _erase(session, repair)
        session.flush()
        return len(repairs)

    def export(self, session: Session, subjects: Sequence[str]) -> list[dict[str, object]]:
        """What is kept about the person's repairs."""
        return [self._exported(session, repair) for repair in _of(session, subjects, lock=False)]

    def delete(self, session: Session, subjects: Sequence[str]) -> int:
        """Delete it; number, goods and times stay, and the history says that something was deleted."""
        repairs = _of(session, subjects, lock=True)
        for repair in repairs:
            _erase(session, repair)
            alarm = repair.alarm_at
            self._context.changed(session, SYSTEM, repair, "erased")
            repair.alarm_at = alarm  # a reminder that was given is not given again
        session.flush()
        return len(repairs)

    @staticmethod
    def _exported(session: Session, repair: Repair) -> dict[str, object]:
        steps = session.scalars(select(RepairStepRow).where(RepairStepRow.repair_id == repair.id).order_by(RepairStepRow.id))
        return {
            "subject": subject(repair.id),
            "number": repair.number,
            "state": repair.state.value,
            "product": repair.product,
            "name": repair.name,
            "serial": repair.serial,
            "fault": repair.fault,
            "vendor": repair.vendor,
            "opened_at": repair.opened_at.isoformat(),
            "due_at": repair.due_at.isoformat() if repair.due_at else None,
            "closed_at": repair.closed_at.isoformat() if repair.closed_at else None,
            "history": [{"at": step.at.isoformat(), "state": step.state.value, "note": step.note} for step in steps],
        }


def _of(session: Session, subjects: Sequence[str], *, lock: bool) -> list[Repair]:
    ids = [int(name.removeprefix(_SUBJECT)) for name in subjects if name.startswith(_SUBJECT)]
    query = select(Repair).where(Repair.id.in_(ids)).order_by(Repair.id).execution_options(populate_existing=True)
    return list(session.scalars(query.with_for_update() if lock else query))


def _erase(session: Session, repair: Repair) -> None:
    """Forget what a person said or wrote. The slip's code and the serial number still find the goods of whoever brings the slip."""
    repair.contact_id, repair.fault = None, ""
    session.execute(update(RepairStepRow).where(RepairStepRow.repair_id == repair.id).values(note=""))
