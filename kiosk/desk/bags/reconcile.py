"""Compares the numbered tags with the records at opening and closing, and moves bags that were left to overdue.

One reconciliation of each kind for a trading day: starting or finishing it a second time gives the same one.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, exists, insert, select, update
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.bags import look, models, release, slots, views
from kiosk.desk.bags.context import REASON_LENGTH, Context, subject, who
from kiosk.desk.bags.errors import (
    ClosingTooEarly,
    DifferencesUnexplained,
    GoodsUnsigned,
    NewBags,
    ReconciliationFinished,
    UnknownReconciliation,
    WrongInput,
)
from kiosk.desk.bags.models import LIVE_STATES, ReconciliationKind, live
from kiosk.desk.bags.notes import clean
from kiosk.desk.bags.take_in import MAX_PIECES
from kiosk.events import emit
from kiosk.i18n import Message, msg

# Why the trading day that ends at the instant given cannot be closed; None: nothing stands in its way.
Obstacle = Callable[[Session, datetime], Message | None]

_LINE = models.ReconciliationLine
_CHOOSE = msg("Choose one from the list of openings and closings.")


class Reconciliations:
    """The openings and closings of the bag check."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._obstacles: list[Obstacle] = []

    def close_only_without(self, obstacle: Obstacle) -> None:
        """Have *obstacle* asked before a closing is finished: what it says stands in the way of the day's end."""
        self._obstacles.append(obstacle)

    def start(
        self, session: Session, actor: Actor, kind: ReconciliationKind | str, business_date: date | None = None
    ) -> views.Reconciliation:
        """Begin the reconciliation of *kind* for the trading day with one line for each live number, or go on with it.

        A closing that goes on gets lines for what was taken in since, too; a finished one stays as it is.
        """
        actor.require("bags:write")
        kind = _kind(kind)
        now = self._context.now()
        today = self._context.days.day_of(now)
        day = business_date or today
        if day > today:
            raise WrongInput.of(
                "business_date", day.isoformat(), msg("the trading day %(day)s has not begun; today is %(today)s", day=day, today=today)
            )
        slots.in_turn(session)  # two stations may begin it at the same moment, and nobody takes bags in while the lines are made
        known = session.scalar(
            select(models.Reconciliation.id).where(models.Reconciliation.business_date == day, models.Reconciliation.kind == kind)
        )
        if known is not None:
            if kind is ReconciliationKind.CLOSING and self._find(session, known, lock=True).finished_at is None:
                self._expect(session, known, self._not_compared(session, known))
            return self.get(session, known)
        if kind is ReconciliationKind.CLOSING:
            self._refuse_too_early(day, now)
        label, name = who(actor)
        new = insert(models.Reconciliation).values(
            business_date=day,
            kind=kind,
            station=self._context.settings.station.name,
            started_at=now,
            started_by=label,
            started_by_name=name,
        )
        reconciliation_id = session.scalars(new.returning(models.Reconciliation.id)).one()
        expected = self._not_compared(session, reconciliation_id)
        self._expect(session, reconciliation_id, expected)
        self._log(session, actor, reconciliation_id, "started", {"kind": kind.value, "day": day.isoformat(), "expected": len(expected)})
        return self.get(session, reconciliation_id)

    def _refuse_too_early(self, day: date, now: datetime) -> None:
        context = self._context
        begins = context.days.closing(day) - timedelta(minutes=context.settings.bags.closing_begins_min)
        if now < begins:
            local = begins.astimezone(context.settings.store.zone)
            raise ClosingTooEarly(
                msg(
                    "The closing of %(day)s can begin at %(time)s; until then tickets are good.", day=day.isoformat(), time=f"{local:%H:%M}"
                ),
                msg("Come back then. To close earlier for good, the technician changes bags.closing_time in kiosk.toml."),
                begins_at=begins,
            )

    def tick(
        self, session: Session, actor: Actor, reconciliation_id: int, line_id: int, *, found: int, reason: str | None = None
    ) -> views.ReconciliationLine:
        """Record how many tags of a line were found, and why that differs (None leaves the reason as it is)."""
        actor.require("bags:write")
        self._open(session, reconciliation_id)
        line = self._line(session, reconciliation_id, line_id)
        values: dict[str, object] = {"found": _count(found, line.expected)}
        if reason is not None:
            values["reason"] = clean(reason, "reason", REASON_LENGTH)
        session.execute(update(_LINE).where(_LINE.id == line.id).values(**values))
        return self._line(session, reconciliation_id, line_id)

    def scan(self, session: Session, actor: Actor, reconciliation_id: int, code: str) -> views.ReconciliationLine:
        """Count one scanned tag. The tag of bags that are not expected, e.g. given back long ago, gets a line of its own."""
        actor.require("bags:write")
        self._open(session, reconciliation_id)
        ticket = release.find_ticket(self._context, session, code, actor)
        known = session.scalar(select(_LINE.id).where(_LINE.reconciliation_id == reconciliation_id, _LINE.deposit_id == ticket.deposit_id))
        if known is None:
            row = look.row(session, ticket.deposit_id)
            values = _expected(reconciliation_id, row)
            if row.deposit.state not in LIVE_STATES:
                values["expected"] = 0
            known = session.scalars(insert(_LINE).values(**values).returning(_LINE.id)).one()
        line = self._line(session, reconciliation_id, known)
        # All tags of one deposit carry the same code: one more scan than pieces is a repeat, not another bag.
        found = min(line.found + 1, max(line.expected, 1))
        session.execute(update(_LINE).where(_LINE.id == known).values(found=found))
        return self._line(session, reconciliation_id, known)

    def add(
        self, session: Session, actor: Actor, reconciliation_id: int, *, number: int, found: int, reason: str
    ) -> views.ReconciliationLine:
        """Record tags with a number that no line has, and what is known about them."""
        actor.require("bags:write")
        self._open(session, reconciliation_id)
        number, found = look.checked_number(number), _count(found, 0)
        reason = clean(reason, "reason", REASON_LENGTH, required=True)
        taken = session.scalar(select(_LINE.id).where(_LINE.reconciliation_id == reconciliation_id, _LINE.number == number))
        if taken is not None:
            raise WrongInput.of("number", number, msg("number %(number)s has a line already; count its tags there", number=number))
        values = {"reconciliation_id": reconciliation_id, "number": number, "slot": "", "expected": 0, "found": found, "reason": reason}
        line_id = session.scalars(insert(_LINE).values(**values, left=False).returning(_LINE.id)).one()
        return self._line(session, reconciliation_id, line_id)

    def finish(self, session: Session, actor: Actor, reconciliation_id: int) -> views.Reconciliation:
        """Close the comparison once every difference has a reason, list what was left, and move overdue bags to overdue."""
        view = self._locked(session, reconciliation_id)
        actor.require("bags:manage" if view.kind is ReconciliationKind.CLOSING else "bags:write")
        if view.finished_at is not None:
            return view
        open_lines = [line for line in view.lines if line.differs and not line.reason]
        if open_lines:
            raise DifferencesUnexplained(
                msg("%(count)s numbers differ and have no reason.", count=len(open_lines)),
                msg("Look again for these tags, or write down why they differ."),
                lines=[{"line": line.id, "number": line.number, "expected": line.expected, "found": line.found} for line in open_lines],
            )
        if view.kind is ReconciliationKind.CLOSING:
            self._all_compared(session, view)
            self._refuse_obstacles(session, view.business_date)
        label, name = who(actor)
        session.execute(
            update(models.Reconciliation)
            .where(models.Reconciliation.id == reconciliation_id)
            .values(finished_at=self._context.now(), finished_by=label, finished_by_name=name)
        )
        still_here = select(models.Deposit.id).where(live())
        session.execute(
            update(_LINE)
            .where(_LINE.reconciliation_id == reconciliation_id, _LINE.expected > 0, _LINE.deposit_id.in_(still_here))
            .values(left=True)
            .execution_options(synchronize_session=False)
        )
        moved = mark_overdue(self._context, session, actor, view.business_date, closed=view.kind is ReconciliationKind.CLOSING)
        differing = sum(line.differs for line in view.lines)
        self._log(session, actor, reconciliation_id, "finished", {"kind": view.kind.value, "differences": differing, "overdue": moved})
        return self.get(session, reconciliation_id)

    def get(self, session: Session, reconciliation_id: int) -> views.Reconciliation:
        """Return one reconciliation with its lines; raises UnknownReconciliation."""
        found = self._find(session, reconciliation_id)
        left = select(_LINE.deposit_id).where(_LINE.reconciliation_id == reconciliation_id, _LINE.left.is_(True)).scalar_subquery()
        rows = look.rows(session, look.query(models.Deposit.id.in_(left)).order_by(models.Deposit.taken_at, models.Deposit.id))
        lines = session.execute(_lines().where(_LINE.reconciliation_id == reconciliation_id).order_by(_LINE.number, _LINE.id))
        return views.Reconciliation(
            id=found.id,
            business_date=found.business_date,
            kind=found.kind,
            started_at=found.started_at,
            started_by=found.started_by_name,
            finished_at=found.finished_at,
            finished_by=found.finished_by_name,
            lines=tuple(_line_view(line) for line in lines),
            left=tuple(look.deposit_views(self._context, rows)),
        )

    def recent(self, session: Session, limit: int = 14) -> Sequence[views.Reconciliation]:
        """Return the newest *limit* reconciliations, newest day first."""
        query = select(models.Reconciliation.id).order_by(models.Reconciliation.business_date.desc(), models.Reconciliation.id.desc())
        return [self.get(session, found) for found in session.scalars(query.limit(limit))]

    # -- inside

    def _not_compared(self, session: Session, reconciliation_id: int) -> list[look.Row]:
        """Return the live deposits without a line."""
        compared = exists().where(_LINE.reconciliation_id == reconciliation_id, _LINE.deposit_id == models.Deposit.id)
        return look.rows(session, look.query(live(), ~compared).order_by(models.Deposit.number))

    def _expect(self, session: Session, reconciliation_id: int, rows: Sequence[look.Row]) -> None:
        if rows:
            session.execute(insert(_LINE), [_expected(reconciliation_id, row) for row in rows])

    def _all_compared(self, session: Session, closing: views.Reconciliation) -> None:
        """Raise NewBags when bags that are due by this closing came after it began; later ones are tomorrow's."""
        rows = self._not_compared(session, closing.id)
        numbers = [row.deposit.number for row in rows if row.deposit.due_on <= closing.business_date]
        if numbers:
            raise NewBags(
                msg(
                    "Bags were taken in since this closing began: number(s) %(numbers)s.",
                    numbers=", ".join(str(number) for number in numbers),
                ),
                msg("Scan their tags, or choose the closing from the list again: it goes on with them."),
                numbers=numbers,
            )

    def _refuse_obstacles(self, session: Session, day: date) -> None:
        for obstacle in self._obstacles:
            said = obstacle(session, self._context.days.end(day))
            if said is not None:
                raise GoodsUnsigned(said, msg("Have the floor supervisors check the goods and sign for them; then finish the closing."))

    def _find(self, session: Session, reconciliation_id: int, *, lock: bool = False) -> models.Reconciliation:
        query = select(models.Reconciliation).where(models.Reconciliation.id == reconciliation_id)
        query = query.execution_options(populate_existing=True)
        if lock:
            query = query.with_for_update()
        found = session.scalars(query).one_or_none() if look.is_id(reconciliation_id) else None
        if found is None:
            raise UnknownReconciliation(msg("There is no reconciliation %(id)s.", id=reconciliation_id), _CHOOSE)
        return found

    def _locked(self, session: Session, reconciliation_id: int) -> views.Reconciliation:
        self._find(session, reconciliation_id, lock=True)
        return self.get(session, reconciliation_id)

    def _open(self, session: Session, reconciliation_id: int) -> None:
        if self._find(session, reconciliation_id, lock=True).finished_at is not None:
            raise ReconciliationFinished(
                msg("This reconciliation is finished and stays as it is."), msg("Start the next one, or note the matter on the bags.")
            )

    def _line(self, session: Session, reconciliation_id: int, line_id: int) -> views.ReconciliationLine:
        query = _lines().where(_LINE.reconciliation_id == reconciliation_id, _LINE.id == line_id)
        found = session.execute(query).one_or_none() if look.is_id(line_id) else None
        if found is None:
            raise UnknownReconciliation(msg("There is no line %(id)s in this reconciliation.", id=line_id), _CHOOSE)
        return _line_view(found)

    def _log(self, session: Session, actor: Actor, reconciliation_id: int, what: str, detail: dict[str, object]) -> None:
        self._context.audit.append(session, actor, f"reconciliation.{what}", f"reconciliation:{reconciliation_id}", detail)
        emit(session, "bag.reconciled", {"id": reconciliation_id, "what": what})


def mark_overdue(context: Context, session: Session, actor: Actor, day: date, *, closed: bool) -> int:
    """Move the live deposits that were due before *day* (*closed*: on it, too) to overdue; return how many are new."""
    due = models.Deposit.due_on <= day if closed else models.Deposit.due_on < day
    new = session.execute(select(models.Deposit.id, models.Deposit.due_on).where(live(), models.Deposit.overdue.is_(False), due)).all()
    for deposit_id, due_on in new:
        ownerless_on = context.days.ownerless_on(due_on)
        session.execute(
            update(models.Deposit)
            .where(models.Deposit.id == deposit_id)
            .values(overdue=True, overdue_at=context.now(), ownerless_on=ownerless_on)
        )
        context.audit.append(session, actor, "bag.overdue", subject(deposit_id), {"ownerless_on": ownerless_on.isoformat()})
    return len(new)


def _kind(kind: ReconciliationKind | str) -> ReconciliationKind:
    try:
        return ReconciliationKind(kind)
    except ValueError:
        raise WrongInput.of("kind", kind, msg("kind must be opening or closing")) from None


def _count(found: object, expected: int) -> int:
    limit = expected or MAX_PIECES
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= limit:
        raise WrongInput.of("found", found, msg("found must be a whole number from 0 to %(limit)s", limit=limit))
    return found


def _expected(reconciliation_id: int, row: look.Row) -> dict[str, Any]:
    deposit = row.deposit
    return {
        "reconciliation_id": reconciliation_id,
        "deposit_id": deposit.id,
        "number": deposit.number,
        "slot": row.slot,
        "expected": deposit.pieces,
        "found": 0,
        "reason": "",
        "left": False,
    }


def _lines() -> Any:
    return (
        select(_LINE, models.Deposit.state)
        .outerjoin(models.Deposit, models.Deposit.id == _LINE.deposit_id)
        .execution_options(populate_existing=True)
    )


def _line_view(row: "Row[Any]") -> views.ReconciliationLine:
    line, state = row
    return views.ReconciliationLine(
        id=line.id,
        deposit=line.deposit_id,
        number=line.number,
        slot=line.slot,
        expected=line.expected,
        found=line.found,
        reason=line.reason,
        gone=line.expected > 0 and state is not None and state not in LIVE_STATES,
        left=line.left,
    )
