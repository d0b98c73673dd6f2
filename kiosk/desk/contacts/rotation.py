"""Changes the keys: adds a new one, encrypts everything anew in small write units, retires the old one.

It works while stations run: the database says which key is current, everybody who encrypts asks it in the same
transaction, and every station reads a changed key file by itself. A rotation that was cut short goes on where it was.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, func, literal, select, update
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import Database
from kiosk.db.base import table_of
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.contacts import crypto, keys
from kiosk.desk.contacts.keys import Key
from kiosk.desk.contacts.models import Contact, ContactKey
from kiosk.desk.contacts.retention import EncryptedColumn
from kiosk.desk.contacts.vault import ContactVault
from kiosk.errors import ConfigError, StorageError

log = logging.getLogger(__name__)

# Rows of a write unit: contacts are some hundred bytes, what other columns hold may be a photo of some megabytes.
_CONTACTS, _LARGE = 100, 4
# Between two units, so that a running station's own writes find the database free.
_PAUSE_S = 0.02


class Rotated(msgspec.Struct, frozen=True):
    """What a rotation did. *waits_for_copies*: the key was added, the other stations need the file before it is used."""

    key: str
    retired: list[str]
    renewed: int
    unreadable: int
    waits_for_copies: bool = False


@dataclass(slots=True)
class _Progress:
    renewed: int = 0
    unreadable: int = 0


class Rotation:
    """One rotation of the keys of *vault*, on a database that stations may be using."""

    def __init__(self, vault: ContactVault, db: Database, clock: Clock, audit: AuditTrail, actor: Actor) -> None:
        self._vault, self._db, self._clock, self._audit, self._actor = vault, db, clock, audit, actor
        self._never = threading.Event()

    def run(self, *, copied: bool = False, step: Callable[[int], None] = lambda _renewed: None) -> Rotated:
        """Rotate, or finish a rotation that was begun. *step* hears how many values were encrypted anew so far.

        On PostgreSQL it stops after adding the key unless *copied* says that the other stations have the file.
        Raises ConfigError when file and database do not fit, StorageError when the database fails.
        """
        self._db.write(lambda session: self._vault.ensure_keys(session, create=False))
        target, begun = self._target()
        if begun and self._db.url.get_backend_name() == "postgresql" and not copied:
            return Rotated(target.fingerprint, [], 0, 0, waits_for_copies=True)
        self._db.write(lambda session: self._switch(session, target))
        progress = _Progress()
        self._renew_contacts(target, progress, step)
        for column in self._vault.encrypted:
            self._renew_column(column, target, progress, step)
        if not progress.unreadable and self._left_behind(target):
            raise ConfigError("contact keys: something was encrypted under an old key meanwhile; run the command again")
        retired = [] if progress.unreadable else self._db.write(lambda session: self._retire(session, target))
        if retired:
            kept = [key for fingerprint, key in self._vault.ring.keys().items() if fingerprint not in retired]
            keys.replace(self._vault.ring.path, kept)
            self._vault.ring.forget()
        return Rotated(target.fingerprint, retired, progress.renewed, progress.unreadable)

    def _target(self) -> tuple[Key, bool]:
        """The key to come to, and whether it is not the current one yet."""
        known = self._vault.ring.keys()
        with self._db.read() as session:
            rows = {row.fingerprint: row for row in session.scalars(select(ContactKey))}
        live = [key for fingerprint, key in known.items() if rows[fingerprint].retired_at is None]
        current = next(key for key in live if rows[key.fingerprint].current)
        newer = [key for key in live if key.created_at > current.created_at]
        if newer:
            return newer[-1], True
        if len(live) > 1:
            return current, False  # older ones are left: a rotation was cut short after the switch
        return self._added(list(known.values())), True

    def _added(self, known: list[Key]) -> Key:
        # Never earlier than a key that is there, whatever the machine's clock says: the newest is what is rotated to.
        key = keys.new_key(max(self._clock.now(), *(_after(other.created_at) for other in known)))
        keys.replace(self._vault.ring.path, [*known, key])
        self._vault.ring.forget()

        def register(session: Session) -> None:
            self._vault.ensure_keys(session, create=False)
            self._say(session, "contact.key-added", key.fingerprint)

        self._db.write(register)
        return key

    def _switch(self, session: Session, target: Key) -> None:
        table = table_of(ContactKey)
        changed = session.execute(
            update(table).where(table.c.current.is_(True), table.c.fingerprint != target.fingerprint).values(current=False)
        )
        if changed.rowcount:  # type: ignore[attr-defined]
            session.execute(update(table).where(table.c.fingerprint == target.fingerprint).values(current=True))
            self._say(session, "contact.key-current", target.fingerprint)

    def _renew_contacts(self, target: Key, progress: _Progress, step: Callable[[int], None]) -> None:
        def unit(session: Session, after: int) -> tuple[int | None, int, int]:
            rows = session.scalars(
                select(Contact)
                .where(Contact.id > after, Contact.key != target.fingerprint)
                .order_by(Contact.id)
                .limit(_CONTACTS)
                .with_for_update()
            ).all()
            renewed = 0
            for row in rows:
                if (data := self._readable(row.sealed, f"contact {row.id}")) is None:
                    continue
                phone = self._vault.open(row).phone
                row.sealed, row.key = crypto.seal(target, data, self._clock.now()), target.fingerprint
                row.phone_hash = crypto.phone_hash(target, phone) if phone else None
                renewed += 1
            session.flush()
            return (rows[-1].id if rows else None), renewed, len(rows) - renewed

        self._in_units(unit, progress, step)

    def _renew_column(self, column: EncryptedColumn, target: Key, progress: _Progress, step: Callable[[int], None]) -> None:
        table = table_of(column.model)
        sealed, row_id = table.c[column.column], next(iter(table.primary_key))
        old = _not_under(target, sealed)

        def unit(session: Session, after: int) -> tuple[int | None, int, int]:
            rows = session.execute(select(row_id, sealed).where(row_id > after, old).order_by(row_id).limit(_LARGE).with_for_update()).all()
            renewed = 0
            for number, value in rows:
                if (data := self._readable(value, f"{table.name} {number}")) is None:
                    continue
                session.execute(update(table).where(row_id == number).values({column.column: crypto.seal(target, data, self._clock.now())}))
                renewed += 1
            return (rows[-1][0] if rows else None), renewed, len(rows) - renewed

        self._in_units(unit, progress, step)

    def _in_units(
        self, unit: Callable[[Session, int], tuple[int | None, int, int]], progress: _Progress, step: Callable[[int], None]
    ) -> None:
        after: int | None = 0
        while after is not None:
            after, renewed, unreadable = self._db.write(lambda session, after=after: unit(session, after))  # type: ignore[misc]
            progress.renewed += renewed
            progress.unreadable += unreadable
            step(progress.renewed)
            if after is not None:
                self._clock.wait(self._never, _PAUSE_S)

    def _readable(self, sealed: bytes, what: str) -> bytes | None:
        try:
            return self._vault.decrypt(sealed)
        except StorageError as error:
            log.error("%s cannot be encrypted anew: %s", what, error)  # noqa: TRY400 - the text says it all
            return None

    def _left_behind(self, target: Key) -> bool:
        """Whether a column gained a value under an old key; looked up outside of a write unit, because it reads them all."""
        with self._db.read() as session:
            for column in self._vault.encrypted:
                sealed = table_of(column.model).c[column.column]
                query = select(literal(1)).where(sealed.is_not(None), _not_under(target, sealed)).limit(1)
                if session.execute(query).first() is not None:
                    return True
        return False

    def _retire(self, session: Session, target: Key) -> list[str]:
        """Retire every key but *target*. Raises ConfigError when something still needs one."""
        if session.execute(select(Contact.id).where(Contact.key != target.fingerprint).limit(1)).first() is not None:
            raise ConfigError("contact keys: contacts were encrypted under an old key meanwhile; run the command again")
        old = select(ContactKey).where(ContactKey.retired_at.is_(None), ContactKey.fingerprint != target.fingerprint)
        retired = []
        for row in session.scalars(old.with_for_update()):
            row.retired_at, row.current = self._clock.now(), False
            retired.append(row.fingerprint)
            self._say(session, "contact.key-retired", row.fingerprint)
        session.flush()
        return retired

    def _say(self, session: Session, action: str, fingerprint: str) -> None:
        self._audit.append(session, self._actor, action, f"key:{fingerprint}")


def _not_under(key: Key, sealed: "Column[Any]") -> ColumnElement[bool]:
    return func.substr(sealed, 1, crypto.PREFIX_BYTES) != literal(crypto.prefix(key), sealed.type)


def _after(instant: datetime) -> datetime:
    return instant.replace(microsecond=0) + (datetime.resolution * 1_000_000)
