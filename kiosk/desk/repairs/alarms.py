"""Tells people of repairs that are late, each once for every due time; called by the agenda."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.desk.actors import SYSTEM
from kiosk.desk.alerts import Alert
from kiosk.desk.repairs.context import Context, subject, tell
from kiosk.desk.repairs.models import Repair
from kiosk.desk.repairs.words import STATE_NAMES
from kiosk.i18n import Message, msg

TOPIC = "repair.overdue"
# Repairs in one write unit; its own event wakes the agenda again.
_AT_ONCE = 10


def next_due(session: Session) -> datetime | None:
    """When `run` has something to do."""
    return session.scalar(select(func.min(Repair.alarm_at)))


def run(context: Context, session: Session) -> None:
    """Tell of what is late; nothing outside opening hours. A write unit."""
    now = context.now()
    due = select(Repair).where(Repair.alarm_at <= now).order_by(Repair.alarm_at, Repair.id).limit(_AT_ONCE)
    for repair in session.scalars(due.with_for_update().execution_options(populate_existing=True)).all():
        opens = context.hours.next_open(now)
        if opens is not None and opens > now:
            repair.alarm_at = opens
        else:
            _tell(context, session, repair)
            repair.alarm_at = None
            tell(session, repair)
    session.flush()


def _tell(context: Context, session: Session, repair: Repair) -> None:
    assert repair.due_at is not None  # it has an alarm
    # A chat of others' keeps what it is told: no name, and nothing of what the customer said.
    lines = [
        msg("State: %(state)s", state=Message(STATE_NAMES[repair.state])),
        msg("Goods: %(goods)s", goods=repair.name),
        msg("Repaired by: %(vendor)s", vendor=repair.vendor),
    ]
    context.audit.append(session, SYSTEM, "repair.reminded", subject(repair.id), {"due": repair.due_at.isoformat()})
    context.alerts.raise_alert(
        session,
        Alert(
            topic=TOPIC,
            severity="normal",
            title=msg("Repair %(number)s should be back since %(due)s", number=repair.number, due=context.local(repair.due_at)),
            key=f"{subject(repair.id)}:overdue:{repair.due_at.isoformat()}",
            lines=lines,
            path=f"/desk/repairs/{repair.id}",
        ),
    )
