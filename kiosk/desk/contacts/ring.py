"""Which key encrypts, and whether the key file is the right one: the file has the keys, the database says which is current.

The database knows keys by their fingerprints. So a station notices at its start that its file is missing, outdated or
another store's, and never encrypts under a key that the other stations of the database do not have.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db.base import table_of
from kiosk.desk.contacts import keys
from kiosk.desk.contacts.keys import Key, KeyFileMissing
from kiosk.desk.contacts.models import ContactKey
from kiosk.errors import ConfigError, StorageError

log = logging.getLogger(__name__)

_KEY = table_of(ContactKey)
# The share lock makes a rotation wait for whoever encrypts under the old key, and is held until that is durable.
_CURRENT = select(_KEY.c.fingerprint).where(_KEY.c.current.is_(True)).with_for_update(read=True)


class KeyRing:
    """The keys of one key file, read again when the file changes."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._known: dict[str, Key] = {}  # every key that was ever read
        self._missed: set[str] = set()  # of these, what a later file lacked though it was needed
        self._seen: tuple[int, int, int] | None = None  # the file's inode, size and time when it was read
        self._current: str | None = None  # as the database said last; for what encrypts without a session

    def keys(self) -> dict[str, Key]:
        """The keys of the file by fingerprint, oldest first. Raises ConfigError.

        Once read, they stay good: a file that is taken away or spoilt under a running station disturbs it at its next start.
        """
        with self._lock:
            try:
                status = self.path.stat()
                seen = (status.st_ino, status.st_size, status.st_mtime_ns)
            except OSError:
                seen = None
            if self._keys and seen in (self._seen, None):
                return self._keys
            try:
                self._keys = {key.fingerprint: key for key in keys.load(self.path)}
            except ConfigError as error:
                if not self._keys:
                    raise
                log.warning("%s; this station goes on with the keys that it has read", error)
            self._known |= self._keys
            self._seen = seen
            return self._keys

    def forget(self) -> None:
        """Read the file anew next time, whatever it looks like from outside."""
        with self._lock:
            self._keys, self._seen = {}, None

    def current(self, session: Session) -> Key:
        """The key to encrypt under, in a write unit; stays the current one until that unit is durable. Raises StorageError."""
        fingerprint = session.execute(_CURRENT).scalar()
        if fingerprint is None:
            raise StorageError("contact keys: the database knows no key yet; start the station once")
        self._current = fingerprint
        return self.by_fingerprint(fingerprint)

    def current_without_session(self) -> Key:
        """The key that was current when the database was last asked, else the newest of the file."""
        known = self._usable_keys()
        return known.get(self._current or "") or list(known.values())[-1]

    def by_fingerprint(self, fingerprint: str) -> Key:
        """The key of that fingerprint, also when a wrong file took the place of the one that had it. Raises StorageError for none."""
        found = self._usable_keys().get(fingerprint)
        if found is not None:
            return found
        with self._lock:
            found, first = self._known.get(fingerprint), fingerprint not in self._missed
            self._missed.add(fingerprint)
        if found is None:
            raise StorageError(
                f"contact keys: {self.path} does not have key {fingerprint}; copy the file from the station where the keys were rotated"
            )
        if first:
            log.error("contact keys: %s lacks key %s, which is needed; this station goes on until it ends", self.path, fingerprint)
        return found

    def knows_current(self, session: Session) -> bool:
        """Whether a first start has settled which key is current."""
        return session.execute(_CURRENT).scalar() is not None

    def settle(self, session: Session, *, create: bool, holds_data: Callable[[Session, bool], bool]) -> None:
        """Hold file and database against each other; make the first key where both are new and *create* is given.

        Raises ConfigError, with the remedy, when the file is missing, outdated or another's; never makes a second first key.
        """
        shared = session.get_bind().dialect.name == "postgresql"
        if shared:
            session.execute(text("SELECT pg_advisory_xact_lock(7153003)"))  # of two first stations one makes the key
        rows = {row.fingerprint: row for row in session.scalars(select(ContactKey))}
        live = {fingerprint for fingerprint, row in rows.items() if row.retired_at is None}

        def is_needed() -> bool:  # asked only where a key is missing
            return (shared and bool(live)) or holds_data(session, bool(rows))

        known = self._known_or_made(create=create, live=live, is_needed=is_needed)
        missing = sorted(live - set(known))
        if missing and is_needed():
            raise ConfigError(
                f"contact keys: {self.path} lacks key {missing[0]} of this database: it is outdated or another store's; "
                "put back the right file, or copy it from another station of this database"
            )
        now = self._clock.now()
        self._replace_lost(session, live - set(known), now)
        for fingerprint, key in known.items():
            if fingerprint not in rows:
                session.execute(insert(_KEY), {"fingerprint": fingerprint, "created_at": key.created_at, "current": False})
        if not any(row.current for fingerprint, row in rows.items() if fingerprint in known and row.retired_at is None):
            newest = [fingerprint for fingerprint in known if fingerprint not in rows or fingerprint in live][-1:]
            if not newest:
                raise ConfigError(f"contact keys: all keys of {self.path} were retired; put back the newer file")
            session.execute(update(_KEY).where(_KEY.c.fingerprint == newest[0]).values(current=True))

    def _known_or_made(self, *, create: bool, live: set[str], is_needed: Callable[[], bool]) -> dict[str, Key]:
        try:
            return self.keys()
        except KeyFileMissing as error:
            if is_needed():
                raise ConfigError(
                    f"contact keys: {self.path} is missing, but this database holds data that needs it "
                    f"(key {', '.join(sorted(live)) or 'unknown'}); put back the copy of the file, "
                    "or copy it from another station of this database"
                ) from error
            if not create:
                raise
        key = keys.new_key(self._clock.now())
        keys.create(self.path, key)
        log.info("contact keys: made %s with key %s; keep a copy in a safe place", self.path, key.fingerprint)
        return self.keys()

    def _replace_lost(self, session: Session, lost: set[str], now: datetime) -> None:
        for fingerprint in sorted(lost):
            log.warning("contact keys: key %s is gone; nothing was encrypted under it", fingerprint)
            session.execute(update(_KEY).where(_KEY.c.fingerprint == fingerprint).values(current=False, retired_at=now))

    def _usable_keys(self) -> dict[str, Key]:
        try:
            return self.keys()
        except ConfigError as error:  # once the station runs, it is a fault of storage and no longer one of the start
            raise StorageError(str(error)) from error
