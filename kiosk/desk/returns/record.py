"""Records what comes back, exactly once: goods, refund, slip and custody in one transaction."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.receipts.models import Receipt
from kiosk.desk.returns import flags, look, photos, plan, refunds, slips, store
from kiosk.desk.returns.codes import new_return_code
from kiosk.desk.returns.context import Context, is_id, line, subject, who
from kiosk.desk.returns.errors import NotEligible
from kiosk.desk.returns.models import NOTE_LENGTH, REASON_LENGTH, GoodsReturn, GoodsReturnLine
from kiosk.desk.returns.problems import refusal
from kiosk.desk.returns.views import NewReturn, Quote, QuoteLine, ReturnState, ReturnView
from kiosk.i18n import msg


def quote(context: Context, session: Session, wanted: NewReturn) -> Quote:
    """What *wanted* would come to; nothing is recorded."""
    planned = plan.make(context, session, wanted)
    problems = planned.standing
    asked = wanted.lines if wanted.receipt_id is not None else wanted.goods
    worth = {piece.place: piece.refund_fen for piece in planned.pieces}
    stops = {problem.piece: problem.message for problem in reversed(problems) if problem.piece is not None}
    numbers = [one.line for one in wanted.lines] if wanted.receipt_id is not None else list(range(1, len(asked) + 1))
    return Quote(
        lines=[QuoteLine(number, worth.get(place, 0), stops.get(place)) for place, number in enumerate(numbers)],
        deductions=[(one.text, one.fen) for one in planned.deductions],
        refund_fen=planned.refund_fen,
        pay_fen=planned.pay_fen,
        refund_to=planned.refund_to,
        problems=[problem.message for problem in problems],
        needs_supervisor=planned.needs_supervisor,
    )


def record(context: Context, session: Session, actor: Actor, wanted: NewReturn) -> ReturnView:
    """Take goods back. The locks come first: what is reckoned below holds until the unit ends."""
    actor.require("returns:write")
    _check_second_person(actor, wanted)
    number = context.next_number(session)
    if wanted.receipt_id is not None and is_id(wanted.receipt_id):
        session.execute(select(Receipt.id).where(Receipt.id == wanted.receipt_id).with_for_update())
    planned = plan.make(context, session, wanted)
    if planned.standing:
        raise refusal(planned.standing, planned.needs_supervisor)
    label, name = who(actor)
    receipt, override = planned.receipt, wanted.override
    row = GoodsReturn(
        station=context.settings.station.name,
        number=number,
        code=_unused_code(context, session),
        kind=wanted.kind,
        state=ReturnState.RECORDED,
        receipt_id=receipt.id if receipt else None,
        receipt=receipt.number if receipt else "",
        store=receipt.store if receipt else context.settings.store.code,
        member=planned.member,
        goods_fen=planned.goods_fen,
        deducted_fen=planned.deducted_fen,
        refund_fen=planned.refund_fen,
        pay_fen=planned.pay_fen,
        deductions=store.of_deductions(planned.deductions),
        exchange_for=store.of_goods(planned.exchange_for),
        policy_version=planned.policy.version,
        recorded_at=context.now(),
        staff=label,
        staff_name=name,
        note=line(wanted.note, "note", NOTE_LENGTH),
        copies=0,
        photos=0,
    )
    if override is not None:
        row.approver, row.approver_name = who(override.approver)
        row.override_reason = line(override.reason, "override.reason", REASON_LENGTH, required=True)
    session.add(row)
    session.flush()
    for piece in planned.pieces:
        session.add(_line(row.id, piece))
    session.flush()
    for jpeg in wanted.photos:
        photos.keep(context, session, actor, row, jpeg)
    refunds.open_refund(context, session, row, receipt, planned.refund_to)
    flags.raise_flags(context, session, actor, row, planned)
    context.audit.append(session, actor, "return.recorded", subject(row.id), _detail(row))
    slips.print_slip(context, session, row)
    view = look.get(session, row.id)
    for listener in context.listeners:
        listener(session, actor, view)
    context.tell(session, row)
    return view


def _check_second_person(actor: Actor, wanted: NewReturn) -> None:
    """A person's exception is approved by another; a program with that permission vouches for its own store's rules."""
    override = wanted.override
    if override is not None and override.approver.label == actor.label and actor.kind == "user":
        raise NotEligible(
            msg("%(name)s cannot approve their own exception.", name=actor.name),
            msg("It needs a second person with that permission, by PIN or badge."),
            needs_supervisor=True,
        )


def _line(return_id: int, piece: plan.Piece) -> GoodsReturnLine:
    return GoodsReturnLine(
        return_id=return_id,
        line=piece.line,
        product=piece.product,
        name=piece.name,
        category=piece.category,
        barcode=piece.barcode,
        unit=piece.unit,
        quantity=piece.quantity,
        refund_fen=piece.refund_fen,
        reason=piece.reason,
        condition=piece.condition,
        packaging=piece.packaging,
        serial=piece.serial,
        test_id=piece.test_id,
    )


def _detail(row: GoodsReturn) -> dict[str, object]:
    """What the trail keeps: amounts and numbers, no words and no member."""
    return {
        "number": row.number,
        "kind": row.kind.value,
        "receipt": row.receipt,
        "refund_fen": row.refund_fen,
        "pay_fen": row.pay_fen,
        "approver": row.approver,
        "policy": row.policy_version,
    }


def _unused_code(context: Context, session: Session) -> int:
    while True:
        code = int(new_return_code(context.rng))
        if session.scalar(select(GoodsReturn.id).where(GoodsReturn.code == code)) is None:
            return code
