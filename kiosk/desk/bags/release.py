"""Gives bags back exactly once, and reads ticket codes: every way in which a scan can be wrong has its answer here."""

from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.bags import look, models, tickets, views
from kiosk.desk.bags.codes import LENGTH, PREFIX, is_ticket_code, mask, normalise
from kiosk.desk.bags.context import Context, subject, who
from kiosk.desk.bags.errors import MalformedCode, OtherTicket, ReportedLost, TicketNotLive, TicketVoid, UnknownCode
from kiosk.desk.bags.models import DepositState, TicketState, VoidReason
from kiosk.desk.bags.notes import shortened
from kiosk.errors import FieldError, Refusal
from kiosk.events import emit
from kiosk.i18n import Message, msg

# EAN-8, UPC-A, EAN-13 and GTIN-14 without our prefix: what a desk scanner reads by mistake most often.
_GOODS_LENGTHS = frozenset({8, 12, 13})
_LOST_STEPS = msg("Only the newest ticket is good. Ask the customer for it, or use the lost-ticket steps.")
_NOTHING_LEFT = msg("Compare the time with the customer; nothing is left to hand out.")
_SCAN_TICKET = msg("Scan the code on the customer's part of the ticket, or type its 14 digits.")


def release(context: Context, session: Session, actor: Actor, *, code: str, deposit_id: int | None = None) -> views.Released:
    """Give back the bags of the live ticket *code*, once; *deposit_id* is what the screen showed, if it did."""
    actor.require("bags:write")
    ticket = find_ticket(context, session, code, actor)
    if deposit_id is not None and ticket.deposit_id != deposit_id:
        raise OtherTicket(
            msg("This ticket belongs to other bags than those on the screen."), msg("Open its own page and compare the numbers.")
        )
    now = context.now()
    released_by, released_by_name = who(actor)
    # The one place where two scans of the same moment meet: the database lets exactly one of them find the row stored.
    given = session.execute(
        update(models.Deposit)
        .where(
            models.Deposit.id == ticket.deposit_id,
            models.Deposit.state == DepositState.STORED,
            models.Deposit.ticket_sequence == ticket.sequence,
            models.Deposit.open_claim_id.is_(None),
        )
        .values(state=DepositState.RELEASED, released_at=now, released_by=released_by, released_by_name=released_by_name)
        .returning(models.Deposit.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if given is None:
        raise _why_not(session, ticket)
    session.execute(update(models.Ticket).where(models.Ticket.id == ticket.id).values(state=TicketState.USED))
    return finish(context, session, actor, ticket.deposit_id, lost_ticket_fee_fen=0)


def finish(context: Context, session: Session, actor: Actor, deposit_id: int, *, lost_ticket_fee_fen: int) -> views.Released:
    """Charge, record and tell a release that this unit has just made."""
    row = look.row(session, deposit_id)
    deposit = row.deposit
    assert deposit.released_at is not None
    overdue_fee_fen = context.days.overdue_fee_fen(deposit.due_on, deposit.released_at)
    fee_fen = overdue_fee_fen + lost_ticket_fee_fen
    session.execute(update(models.Deposit).where(models.Deposit.id == deposit_id).values(fee_fen=fee_fen))
    view = look.deposit_view(context, look.row(session, deposit_id))
    context.audit.append(
        session,
        actor,
        "bag.released",
        subject(deposit_id),
        {"number": view.number, "slot": view.slot, "fee_fen": fee_fen, "without_ticket": row.ticket_state is TicketState.VOID},
    )
    emit(
        session,
        "bag.released",
        {"id": view.id, "number": view.number, "slot": view.slot, "pieces": view.pieces, "station": context.settings.station.name},
    )
    return views.Released(
        deposit=view,
        released_at=deposit.released_at,
        released_by=actor.name,
        overdue_days=view.overdue_days,
        overdue_fee_fen=overdue_fee_fen,
        lost_ticket_fee_fen=lost_ticket_fee_fen,
        fee_fen=fee_fen,
    )


def find(context: Context, session: Session, code: str, actor: Actor | None = None) -> views.Deposit:
    """Return the deposit of *code*, whatever its state; a void code is refused, for it must not look valid."""
    ticket = find_ticket(context, session, code, actor)
    if ticket.state is TicketState.VOID:
        raise _why_not(session, ticket)
    return look.deposit_view(context, look.row(session, ticket.deposit_id))


def deposit_for_code(session: Session, text: str) -> int | None:
    """Return the id of the deposit that a scanned *text* belongs to, void tickets included; None for anything else."""
    code = normalise(text)
    if not is_ticket_code(code):
        return None
    return session.scalar(select(models.Ticket.deposit_id).where(models.Ticket.code == int(code)))


def find_ticket(context: Context, session: Session, text: object, actor: Actor | None) -> "Row[Any]":
    """Return id, deposit_id, sequence, state and void_reason of the ticket with code *text*; wrong codes of *actor* are counted."""
    if actor is not None:
        context.wrong_codes.check(actor)
    try:
        return _ticket(session, text)
    except (MalformedCode, UnknownCode):
        if actor is not None:
            context.wrong_codes.count(actor)
        raise


def _ticket(session: Session, text: object) -> "Row[Any]":
    if not isinstance(text, str):
        raise _malformed(text, msg("code must be a text of 14 digits"))
    code = normalise(text)
    if not is_ticket_code(code):
        raise _malformed(shortened(text), _what_is_wrong(code))
    ticket = session.execute(
        select(models.Ticket.id, models.Ticket.deposit_id, models.Ticket.sequence, models.Ticket.state, models.Ticket.void_reason).where(
            models.Ticket.code == int(code)
        )
    ).one_or_none()
    if ticket is None:
        raise UnknownCode(
            msg("No ticket of this store has the code %(code)s.", code=mask(code)),
            msg("Compare the store on the ticket; without a ticket use the lost-ticket steps."),
        )
    return ticket


def _what_is_wrong(code: str) -> Message:
    if not code:
        return msg("the code is missing")
    if not (code.isascii() and code.isdigit()):
        return msg("this is no ticket code: a ticket code has digits only")
    if _is_goods_code(code):
        return msg("this is a code of goods (%(length)s digits), not of a ticket", length=len(code))
    if len(code) != LENGTH:
        return msg("a ticket code has 14 digits, this one has %(length)s", length=len(code))
    if not code.startswith(PREFIX):
        return msg("this is no ticket code of a bag check: those begin with 8")
    return msg("the check digit does not fit: at least one digit is wrong")


def _is_goods_code(code: str) -> bool:
    """Whether *code* is a GTIN: of a length of theirs, and its check digit (GS1 General Specifications, 7.9) fits."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(code)))
    return len(code) in _GOODS_LENGTHS and total % 10 == 0


def _malformed(value: object, message: Message) -> MalformedCode:
    return MalformedCode(message, _SCAN_TICKET, fields=[FieldError("code", value, message)])


def _why_not(session: Session, ticket: "Row[Any]") -> Refusal:
    row = look.row(session, ticket.deposit_id)
    deposit = row.deposit
    state, reason = session.execute(select(models.Ticket.state, models.Ticket.void_reason).where(models.Ticket.id == ticket.id)).one()
    if state is TicketState.VOID:
        return _void(deposit, reason)
    if deposit.state is DepositState.RELEASED:
        return tickets.already_released(deposit)
    if deposit.state is DepositState.CANCELLED:
        return tickets.cancelled(deposit)
    if deposit.open_claim_id is not None:
        return ReportedLost(
            msg(
                "The ticket of number %(number)s was reported lost by somebody; its bags are not given back by scanning.",
                number=deposit.number,
            ),
            msg("Call a supervisor. Withdraw the report if this customer made it and has found the ticket."),
            number=deposit.number,
            lost_claim=deposit.open_claim_id,
        )
    return _not_live(row)


def _not_live(row: look.Row) -> TicketNotLive:
    number, question = row.deposit.number, look.question(row)
    match question:
        case "came-out":
            detail = msg("It is not known yet whether the ticket of number %(number)s came out of the printer.", number=number)
            remedy = msg("Answer the question about this ticket (did it come out?), then scan it again.")
        case "print-now":
            detail = msg("The ticket of number %(number)s waited too long and was not printed.", number=number)
            remedy = msg("Open number %(number)s and say whether to print it now.", number=number)
        case "no-ticket":
            detail = msg("The ticket of number %(number)s was not printed.", number=number)
            remedy = msg("Print a new ticket for number %(number)s, or use the lost-ticket steps.", number=number)
        case _:
            detail = msg("The ticket of number %(number)s has not been printed yet.", number=number)
            remedy = msg("Wait until it is out, then scan it again; if nothing comes, look at the printer.")
    return TicketNotLive(detail, remedy, number=number, job=row.job, question=question)


def _void(deposit: models.Deposit, reason: VoidReason | None) -> Refusal:
    if reason is VoidReason.CANCELLED and deposit.state is DepositState.CANCELLED:
        detail = msg("This ticket of number %(number)s was cancelled and is void.", number=deposit.number)
        remedy = msg("No bags are kept under it. Take the customer's bags in anew.")
    elif reason is VoidReason.LOST and deposit.released_at is not None:
        detail = msg(
            "This ticket was reported lost; the bags of number %(number)s were given back without it by %(name)s, %(time)s.",
            number=deposit.number,
            name=deposit.released_by_name or "",
            time=deposit.released_at,
        )
        remedy = _NOTHING_LEFT
    elif deposit.released_at is not None:
        detail = msg(
            "This ticket was void before; the bags of number %(number)s were given back by %(name)s, %(time)s.",
            number=deposit.number,
            name=deposit.released_by_name or "",
            time=deposit.released_at,
        )
        remedy = _NOTHING_LEFT
    elif reason is VoidReason.REPRINTED:
        detail = msg("This ticket of number %(number)s was replaced by a reprint and is void.", number=deposit.number)
        remedy = _LOST_STEPS
    else:
        detail = msg("This ticket of number %(number)s was cancelled and is void.", number=deposit.number)
        remedy = _LOST_STEPS
    return TicketVoid(
        detail,
        remedy,
        number=deposit.number,
        void_reason=(reason or VoidReason.CANCELLED).value,
        released_by=deposit.released_by_name,
        released_at=deposit.released_at.isoformat() if deposit.released_at is not None else None,
    )
