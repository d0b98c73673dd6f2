"""Look-ups of repairs: one by its number, a list, what is late."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, not_, select
from sqlalchemy.orm import Session

from kiosk.desk.repairs.context import Context, found
from kiosk.desk.repairs.models import Repair, RepairStepRow
from kiosk.desk.repairs.views import RUNNING, RepairState, RepairStep, RepairView
from kiosk.desk.returns.codes import is_repair_code, normalise

_MAX_ROWS = 500


def get(context: Context, session: Session, repair_id: int) -> RepairView:
    """One repair; raises UnknownRepair."""
    return _views(context, session, [found(session, repair_id)])[0]


def by_code(session: Session, code: str) -> int | None:
    """The id of the repair whose slip has this code, or this number."""
    plain = normalise(code)
    if is_repair_code(plain):
        return session.scalar(select(Repair.id).where(Repair.code == int(plain)))
    return session.scalar(select(Repair.id).where(Repair.number == plain.upper()))


def list_repairs(
    context: Context,
    session: Session,
    states: Sequence[RepairState] | None,
    overdue: bool | None,
    limit: int,
    before_id: int | None,
) -> list[RepairView]:
    """Repairs, the newest first."""
    query = select(Repair).order_by(Repair.id.desc()).limit(max(0, min(limit, _MAX_ROWS)))
    if states is not None:
        query = query.where(Repair.state.in_(states))
    if overdue is not None:
        late = and_(Repair.state.in_(RUNNING), Repair.due_at.is_not(None), Repair.due_at <= context.now())
        query = query.where(late if overdue else not_(late))
    if before_id is not None:
        query = query.where(Repair.id < before_id)
    return _views(context, session, session.scalars(query.execution_options(populate_existing=True)).all())


def _views(context: Context, session: Session, repairs: Sequence[Repair]) -> list[RepairView]:
    now = context.now()
    contacts = context.contacts.masked_many(session, [repair.contact_id for repair in repairs if repair.contact_id is not None])
    steps = _steps(session, [repair.id for repair in repairs])
    return [
        RepairView(
            id=repair.id,
            number=repair.number,
            code=f"{repair.code:016d}",
            state=repair.state,
            product=repair.product,
            name=repair.name,
            category=repair.category,
            serial=repair.serial,
            fault=repair.fault,
            vendor=repair.vendor,
            receipt_id=repair.receipt_id,
            line=repair.line,
            test_id=repair.test_id,
            contact=contacts.get(repair.contact_id) if repair.contact_id is not None else None,
            due_at=repair.due_at,
            overdue=_late(repair, now),
            opened_at=repair.opened_at,
            opened_by=repair.opened_by_name,
            history=steps[repair.id],
            job=repair.job_id,
        )
        for repair in repairs
    ]


def _late(repair: Repair, now: datetime) -> bool:
    return repair.state in RUNNING and repair.due_at is not None and repair.due_at <= now


def _steps(session: Session, repair_ids: list[int]) -> defaultdict[int, list[RepairStep]]:
    found_steps: defaultdict[int, list[RepairStep]] = defaultdict(list)
    query = select(RepairStepRow).where(RepairStepRow.repair_id.in_(repair_ids)).order_by(RepairStepRow.repair_id, RepairStepRow.id)
    for row in session.scalars(query.execution_options(populate_existing=True)):
        found_steps[row.repair_id].append(RepairStep(row.at, row.actor_name, row.state, row.note))
    return found_steps
