"""The bag check of one station: the one class that web, scans and devices talk to.

Methods that change something take the session of a write unit first, check the actor's permission, append to the audit
trail and emit events; look-ups take any session. All answers are frozen values from views.py.
"""

import random
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags import look, release, search, slots, take_in, tickets, views
from kiosk.desk.bags.context import FORM_PURPOSE, TICKET_PURPOSE, Context
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.bags.lost import LostTickets
from kiosk.desk.bags.models import DepositState
from kiosk.desk.bags.reconcile import Reconciliations
from kiosk.desk.bags.throttle import WrongCodes
from kiosk.devices.jobs import JobState
from kiosk.devices.queue import JobQueue, JobView


class BagService:
    """Takes bags in, gives them back once, and knows what is where.

    *lost* is the lost-ticket procedure, *reconciliations* the comparison of tags at opening and closing.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        jobs: JobQueue,
        audit: AuditTrail,
        printer_name: Callable[[], str],
        rng: random.Random | None = None,
    ) -> None:
        """*printer_name* names the ticket printer at the moment of printing, "" when there is none; *rng* makes codes."""
        self._context = Context(
            settings=settings,
            clock=clock,
            jobs=jobs,
            audit=audit,
            printer_name=printer_name,
            rng=rng or secrets.SystemRandom(),
            days=TradingDays(settings.store, settings.bags),
            wrong_codes=WrongCodes(settings.security.wrong_codes_per_min, clock),
        )
        self.days = self._context.days
        self.lost = LostTickets(self._context)
        self.reconciliations = Reconciliations(self._context)
        jobs.observe(TICKET_PURPOSE, self._ticket_job, tickets.SETTLED)
        jobs.observe(FORM_PURPOSE, self._form_job)

    # -- changes: in a write unit

    def take_in(self, session: Session, actor: Actor, *, pieces: int, note: str = "", slot: str | None = None) -> views.Deposit:
        """Record *pieces* (1 to 9) bags and queue their ticket; only this answer and a reprint's carry the whole code."""
        return take_in.take_in(self._context, session, actor, pieces=pieces, note=note, slot=slot)

    def release(self, session: Session, actor: Actor, *, code: str, deposit_id: int | None = None) -> views.Released:
        """Give back the bags of the live ticket *code*, exactly once; *deposit_id* is what the screen showed."""
        return release.release(self._context, session, actor, code=code, deposit_id=deposit_id)

    def release_by_number(self, session: Session, actor: Actor, *, number: int, reason: str) -> views.Released:
        """Give back without a ticket; refused with the missing step until the lost-ticket procedure is through."""
        return self.lost.release_by_number(session, actor, number=number, reason=reason)

    def reprint(self, session: Session, actor: Actor, deposit_id: int, reason: str) -> views.Deposit:
        """Void the current code and print a new ticket that says so."""
        return tickets.reprint(self._context, session, actor, deposit_id, reason)

    def cancel(self, session: Session, actor: Actor, deposit_id: int, reason: str) -> views.Deposit:
        """Withdraw a take-in whose ticket never came out."""
        return tickets.cancel(self._context, session, actor, deposit_id, reason)

    def change_slot(
        self, session: Session, actor: Actor, label: str, *, enabled: bool | None = None, distance: int | None = None
    ) -> views.Slot:
        """Take a slot out of use or back into it, or say anew how far it is."""
        return slots.change_slot(self._context, session, actor, label, enabled=enabled, distance=distance)

    def add_slots(self, session: Session, actor: Actor, labels: Iterable[str]) -> int:
        """Create the slots among *labels* that do not exist, nearest first, because *actor* wants them; return how many."""
        return slots.add_slots(self._context, session, actor, labels)

    def ensure_slots(self, session: Session, labels: Iterable[str] | None = None) -> int:
        """Create the slots among *labels* (default: bags.slots) that do not exist, nearest first; return how many.

        For every start of a station. Slots that are no longer listed stay: bags may be in them.
        """
        return slots.ensure_slots(session, self._context.settings.bags.slots if labels is None else labels)

    # -- look-ups: in any session

    def find(self, session: Session, code: str, actor: Actor | None = None) -> views.Deposit:
        """Return the deposit of a ticket code; wrong codes of *actor* are counted and throttled."""
        return release.find(self._context, session, code, actor)

    def get(self, session: Session, deposit_id: int) -> views.Deposit:
        """Return one deposit; raises UnknownDeposit."""
        return look.deposit_view(self._context, look.row(session, deposit_id))

    def deposit_for_code(self, session: Session, text: str) -> int | None:
        """Return the id of the deposit that a scanned text belongs to, for the scan router; None for anything else."""
        return release.deposit_for_code(session, text)

    def search(
        self,
        session: Session,
        text: str = "",
        *,
        number: int | None = None,
        slot: str | None = None,
        note: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        state: DepositState | str | None = None,
        limit: int = 50,
        before_id: int | None = None,
    ) -> list[views.Deposit]:
        """Return the newest deposits that meet every condition; *text* is a code, number, slot or part of a note."""
        return search.search(
            self._context,
            session,
            text,
            number=number,
            slot=slot,
            note=note,
            since=since,
            until=until,
            state=state,
            limit=limit,
            before_id=before_id,
        )

    def board(self, session: Session) -> views.Board:
        """Return every slot at a glance."""
        return search.board(self._context, session)

    # -- told by the print queue

    def _ticket_job(self, session: Session, job: JobView, _old: JobState) -> None:
        tickets.job_changed(self._context, session, job)

    def _form_job(self, session: Session, job: JobView, _old: JobState) -> None:
        self.lost.form_changed(session, job)

    # -- last, because its name hides the type of the same name from what follows in this class

    def list(
        self,
        session: Session,
        state: DepositState | str | None = None,
        *,
        overdue: bool | None = None,
        limit: int = 100,
        before_id: int | None = None,
    ) -> list[views.Deposit]:
        """Return deposits, newest first; *state* may also be ``live``."""
        return search.list_deposits(self._context, session, state, overdue=overdue, limit=limit, before_id=before_id)
