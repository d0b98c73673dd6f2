"""Notes what deserves a look of supervisor and manager. A flag says what happened, never that anybody did wrong."""

from collections.abc import Iterator

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.amounts import yuan
from kiosk.desk.receipts.views import ReceiptView
from kiosk.desk.returns import returned, store
from kiosk.desk.returns.context import Context, is_id, line, subject, who
from kiosk.desk.returns.errors import UnknownFlag
from kiosk.desk.returns.models import NOTE_LENGTH, GoodsReturn, ReturnFlag
from kiosk.desk.returns.plan import Plan
from kiosk.desk.returns.views import FlagKind, FlagView
from kiosk.desk.staff.models import StaffUser
from kiosk.i18n import Message, msg

MAX_ROWS = 500


def raise_flags(context: Context, session: Session, actor: Actor, row: GoodsReturn, plan: Plan) -> None:
    """Note what deserves a look about a return that has just been recorded."""
    for kind, detail in _found(context, session, actor, plan):
        session.add(ReturnFlag(return_id=row.id, kind=kind, detail=store.pack(detail), raised_at=context.now()))
    session.flush()


def listed(session: Session, seen: bool | None, limit: int) -> list[FlagView]:
    """Flags, the newest first."""
    rows = _rows().order_by(ReturnFlag.id.desc()).limit(max(1, min(limit, MAX_ROWS)))
    if seen is not None:
        rows = rows.where(ReturnFlag.seen_at.is_not(None) if seen else ReturnFlag.seen_at.is_(None))
    return [_view(row) for row in session.execute(rows)]


def mark_seen(context: Context, session: Session, actor: Actor, flag_id: int, note: str) -> FlagView:
    """Note that somebody looked; who was first stays, a later note takes the place of an earlier one."""
    actor.require("returns:approve")
    note = line(note, "note", NOTE_LENGTH)
    flag = session.scalars(select(ReturnFlag).where(ReturnFlag.id == flag_id).with_for_update()).one_or_none() if is_id(flag_id) else None
    if flag is None:
        raise UnknownFlag(msg("There is no note %(id)s.", id=flag_id), msg("Look for it in the list."))
    if flag.seen_at is None:
        flag.seen_at = context.now()
        flag.seen_by, flag.seen_by_name = who(actor)
    if note:
        flag.note = note
    session.flush()
    context.audit.append(session, actor, "return.flag-seen", subject(flag.return_id), {"flag": flag.id, "kind": flag.kind.value})
    return _view(session.execute(_rows().where(ReturnFlag.id == flag_id)).one())


def _found(context: Context, session: Session, actor: Actor, plan: Plan) -> Iterator[tuple[FlagKind, Message]]:
    settings, policy = context.settings.returns, plan.policy.policy
    if plan.receipt is None:
        yield FlagKind.WITHOUT_RECEIPT, msg("Taken back without a receipt, CNY %(sum)s.", sum=yuan(plan.worth_fen))
    # The return itself is on record already, and counted.
    count, _given = returned.by_member(session, plan.member, context.now(), settings.repeat_days)
    if count >= settings.repeat_count:
        yield (
            FlagKind.REPEAT_MEMBER,
            msg("%(count)s returns of one member within %(days)s days.", count=count, days=settings.repeat_days),
        )
    if plan.receipt is not None and _sold_by(plan.receipt, actor):
        yield FlagKind.OWN_RECEIPT, msg("Taken back by the person who sold it.")
    elif plan.member and _is_staff(session, plan.member, actor):
        yield FlagKind.OWN_RECEIPT, msg("The member is a member of staff.")
    limits: list[tuple[int, int]] = []
    if plan.receipt is None:
        limits.append((settings.override_limit_fen, plan.worth_fen))
    if policy.per_person_limit_fen is not None and plan.member:
        _count, given = returned.by_member(session, plan.member, context.now(), policy.per_person_days)
        limits.append((policy.per_person_limit_fen, given))
    for limit, value in limits:
        if limit * (100 - settings.near_limit_percent) <= value * 100 <= limit * 100 and value:
            yield FlagKind.NEAR_LIMIT, msg("CNY %(value)s, just below the limit of CNY %(limit)s.", value=yuan(value), limit=yuan(limit))
            return


def _sold_by(receipt: ReceiptView, actor: Actor) -> bool:
    """Points of sale name cashiers by name or by number, staff number their people as they like: compared is what can be."""
    cashier = receipt.cashier.strip().casefold()
    return bool(cashier) and cashier in (actor.name.strip().casefold(), actor.label.casefold())


def _is_staff(session: Session, member: str, actor: Actor) -> bool:
    key = member.strip().casefold()
    if key == actor.name.strip().casefold():
        return True
    return session.execute(select(StaffUser.id).where(StaffUser.name_key == key).limit(1)).first() is not None


def _rows() -> Select[tuple[ReturnFlag, str]]:
    rows = select(ReturnFlag, GoodsReturn.number).join(GoodsReturn, GoodsReturn.id == ReturnFlag.return_id)
    return rows.execution_options(populate_existing=True)


def _view(row: Row[tuple[ReturnFlag, str]]) -> FlagView:
    flag, number = row
    return FlagView(
        id=flag.id,
        kind=flag.kind,
        return_id=flag.return_id,
        return_number=number,
        detail=store.unpack(flag.detail),
        raised_at=flag.raised_at,
        seen_by=flag.seen_by_name,
        seen_at=flag.seen_at,
        note=flag.note,
    )
