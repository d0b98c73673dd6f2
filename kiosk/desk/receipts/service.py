"""The receipts of a store: taking them in, finding them by number or by what is left of them."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import Database
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.receipts import checks, look, retention
from kiosk.desk.receipts import search as searching
from kiosk.desk.receipts.errors import ReceiptDiffers, UnknownReceipt, WrongReceipt
from kiosk.desk.receipts.intake import LIVE, Intake
from kiosk.desk.receipts.live import LiveSources
from kiosk.desk.receipts.models import NUMBER_LENGTH
from kiosk.desk.receipts.numbers import NumberReader, ReadNumber, canonical, readings
from kiosk.desk.receipts.views import Added, Freshness, Looked, NewReceipt, ReceiptSearch, ReceiptSummary, ReceiptView
from kiosk.errors import FieldError, Invalid
from kiosk.i18n import msg

log = logging.getLogger(__name__)

_REASON_LENGTH = 200


class ReceiptService:
    """What the desk, the import and the API talk to."""

    def __init__(self, settings: Settings, clock: Clock, db: Database, audit: AuditTrail, live: LiveSources) -> None:
        """*live* are the sources that are asked when a receipt is not known or not fresh."""
        self._settings, self._clock, self._db, self._audit, self._live = settings, clock, db, audit, live
        self._numbers = NumberReader(settings.receipts.numbers)
        # This store's receipts first, then those of the stores that it accepts, in the order of the configuration.
        self._stores = (settings.store.code, *settings.receipts.stores)
        self._in_use: list[Select[Any]] = []

    def number_of(self, code: str, symbology: str | None = None) -> str | None:
        """The receipt number in a scanned or typed *code* by the configured patterns; None: it is no receipt's."""
        read = self._numbers.read(code, symbology)
        return read.number if read else None

    def look_up(self, code: str, *, store: str = "") -> Looked:
        """Find a receipt by what was scanned or typed; asks live sources, so never call it within a write unit.

        A number that no pattern knows is looked for as it is. *store* is whose receipt it is, where a person says so.
        """
        read = self._numbers.read(code, any_symbology=True) or ReadNumber(code)
        if store:
            read = replace(read, store=store)
        if not canonical(read.number):
            return Looked(None, Freshness.STORED)
        known = self._stored(read)
        if not self._live:
            return Looked(known, Freshness.STORED)
        if known is not None and known.source.startswith(LIVE) and self._fresh(known.known_at):
            return Looked(known, Freshness.LIVE)
        return self._ask(read, known)

    def get(self, session: Session, receipt_id: int) -> ReceiptView:
        """One receipt; raises UnknownReceipt."""
        return look.by_id(session, receipt_id)

    def find(self, session: Session, number: str, *, store: str | None = None) -> ReceiptView:
        """One receipt by its number, this store's before another's; raises UnknownReceipt."""
        row = look.by_number(session, number, self._stores, only=store)
        if row is None:
            raise UnknownReceipt.of(number)
        return look.view(session, row)

    def member(self, session: Session, receipt_id: int) -> str:
        """The member's number in the clear, "" without one: for rules that count, never for a screen. Raises UnknownReceipt."""
        return str(look.row_of(session, receipt_id).member)

    def reveal_member(self, session: Session, actor: Actor, receipt_id: int, reason: str) -> str:
        """The member's number for a person's eyes (scope contacts:reveal), in a write unit: the trail says who saw it, and why."""
        actor.require("contacts:reveal")
        reason = " ".join(reason.split())
        if not 0 < len(reason) <= _REASON_LENGTH:
            wrong = msg("must be text of %(low)s to %(high)s characters", low=1, high=_REASON_LENGTH)
            raise Invalid(msg("A reason is needed."), msg("Say why the number is needed."), fields=[FieldError("reason", None, wrong)])
        member = self.member(session, receipt_id)
        self._audit.append(session, actor, "receipt.member-revealed", f"receipt:{receipt_id}", {"reason": reason})
        return member

    def search(self, session: Session, wanted: ReceiptSearch, *, limit: int = 50) -> list[ReceiptSummary]:
        """Receipts that fit what is left of one, the newest first. Raises Invalid when too little is given."""
        return searching.search(session, wanted, limit=limit)

    def add(self, session: Session, actor: Actor, receipt: NewReceipt, *, source: str = "api") -> tuple[int, Added]:
        """Take one in (scope receipts:write). Raises Invalid with the field, ReceiptDiffers for other content under a known number."""
        actor.require("receipts:write")
        receipt = self.check(receipt)
        [outcome] = self.add_many(session, [receipt], source=source, known_at=self._clock.now())
        row = look.by_number(session, receipt.number, (), only=receipt.store)
        assert row is not None  # it has just been taken in, or was known
        if outcome is Added.CONFLICT:
            raise ReceiptDiffers(
                msg(
                    "Receipt %(number)s of store %(store)s is known with another content; the first is kept.",
                    number=receipt.number,
                    store=receipt.store,
                ),
                msg("Compare both at the point of sale. Only a cancellation (kind cancelled) changes a receipt that is known."),
                id=row.id,
            )
        if outcome is not Added.SAME:
            detail = {"number": receipt.number, "store": receipt.store, "kind": receipt.kind.value, "outcome": outcome.value}
            self._audit.append(session, actor, "receipt.added", f"receipt:{row.id}", detail)
        return row.id, outcome

    def add_list(self, session: Session, actor: Actor, receipts: Sequence[NewReceipt], *, source: str = "api") -> list[tuple[int, Added]]:
        """Take a program's list in (scope receipts:write), checked already; the id and the outcome of each, in their order."""
        actor.require("receipts:write")
        outcomes = self.add_many(session, receipts, source=source, known_at=self._clock.now())
        counts = {outcome.value: count for outcome in Added if (count := outcomes.count(outcome))}
        if set(outcomes) - {Added.SAME}:
            self._audit.append(session, actor, "receipts.added", None, {"counts": counts})
        ids = look.ids(session, [(receipt.number, receipt.store) for receipt in receipts])
        return [(ids[receipt.number, receipt.store], outcome) for receipt, outcome in zip(receipts, outcomes, strict=True)]

    def add_many(self, session: Session, receipts: Sequence[NewReceipt], *, source: str, known_at: datetime) -> list[Added]:
        """Take many in, checked already by `check`: the fast way of imports. Idempotent; in the order given."""
        return Intake(session, self._settings.store.zone, source, known_at).take(receipts)

    def check(self, receipt: NewReceipt) -> NewReceipt:
        """Return *receipt* in the form that is kept; raises Invalid that names each wrong field (``lines[2].quantity``)."""
        return checks.checked(receipt, self._clock)

    def keep_those(self, in_use: Select[Any]) -> None:
        """Never purge receipts whose ids *in_use* selects (without NULLs): what refers to receipts registers itself here."""
        self._in_use.append(in_use)

    def purge(self, session: Session, before: datetime, limit: int) -> int:
        """Delete receipts sold before *before* that nothing refers to; returns how many. Registered as a rule of retention."""
        return retention.purge(session, self._settings.store.zone, before, limit, self._in_use)

    def _stored(self, read: ReadNumber) -> ReceiptView | None:
        with self._db.read() as session:
            row = look.by_number(session, read.number, self._stores, only=read.store or None)
            return look.view(session, row) if row is not None else None

    def _fresh(self, known_at: datetime) -> bool:
        # A clock that was set back makes nothing fresh for ever.
        return timedelta(0) <= self._clock.now() - known_at <= timedelta(minutes=self._settings.receipts.fresh_min)

    def _ask(self, read: ReadNumber, known: ReceiptView | None) -> Looked:
        number = known.number if known else canonical(read.number)[:NUMBER_LENGTH]
        store = read.store or (known.store if known else self._settings.store.code)
        told, name, away = self._live.fetch(number, store)
        if name is None:
            return Looked(known, Freshness.STALE, away)
        if told is None:
            if away:
                return Looked(known, Freshness.STALE, away)  # one that did not answer may have it
            # They are sure that they have none; what was brought in before counts all the same, as old receipts leave them.
            return Looked(known, Freshness.STORED if known else Freshness.LIVE)
        try:
            told = self.check(told)
        except WrongReceipt as error:
            log.warning("source %s: its receipt cannot be right: %s", name, error)
            return Looked(known, Freshness.STALE, [*away, name])
        if told.number not in readings(number):
            log.warning("source %s: it was asked for one receipt and told another", name)
            return Looked(known, Freshness.STALE, [*away, name])
        return self._cached(told, name, away)

    def _cached(self, told: NewReceipt, name: str, away: list[str]) -> Looked:
        """Keep what the source *name* has *told*, and answer with it."""
        source, now = f"{LIVE}{name}", self._clock.now()
        [outcome] = self._db.write(lambda session: self.add_many(session, [told], source=source, known_at=now))
        kept = self._stored(ReadNumber(told.number, told.store))
        if outcome is Added.CONFLICT:
            # The first account is kept; that the point of sale now says otherwise is for a person to see.
            log.warning("source %s: it tells a receipt differently from what is kept", name)
            return Looked(kept, Freshness.STALE, [*away, name])
        return Looked(kept, Freshness.LIVE, away)
