"""Remembers for 24 hours what a changing request was answered, so that a repeated one changes nothing a second time.

The answer is stored in the transaction of the effect itself: there is no moment at which one exists without the other.
"""

import hashlib
import hmac
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from flask import Request
from sqlalchemy import Row, String, Text, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk.clock import Clock
from kiosk.db import Base, Database, UtcDateTime, table_of
from kiosk.errors import Conflict, FieldError, Invalid, NotFound, Refusal
from kiosk.i18n import N_, Message, msg
from kiosk.web.i18n import shown

HEADER = "Idempotency-Key"
FORM_FIELD = "idempotency_key"
KEEP = timedelta(hours=24)
_MAX_KEY = 255
# Fields of a form that differ between two sendings of the same entry.
_NOT_CONTENT = frozenset({"csrf_token", FORM_FIELD})


class IdempotencyRecord(Base):
    """One answer under one key of one caller."""

    __tablename__ = "idempotency_record"

    actor: Mapped[str] = mapped_column(String(64), primary_key=True)  # "user:3", "token:1", or "screen:..." before the log-in
    key: Mapped[str] = mapped_column(String(_MAX_KEY), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))  # HMAC-SHA256 of method, path and body
    status: Mapped[int]
    headers: Mapped[str] = mapped_column(Text)  # JSON object
    body: Mapped[str] = mapped_column(Text)  # the answer's text; of a refusal: its members as JSON
    refused: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


_RECORD = table_of(IdempotencyRecord)
_UNDER_KEY = (_RECORD.c.actor == bindparam("of_actor"), _RECORD.c.key == bindparam("of_key"))
_FIND = select(_RECORD).where(*_UNDER_KEY)
_FORGET = delete(_RECORD).where(*_UNDER_KEY)
_KEEP_ANSWER = insert(_RECORD)


class BadKey(Invalid):
    slug = "idempotency-key-malformed"
    title = N_("The idempotency key is malformed")


class KeyReused(Invalid):
    slug = "idempotency-key-reused"
    title = N_("The idempotency key was used for another request")


class StillRunning(Conflict):
    slug = "idempotency-key-running"
    title = N_("The same request is still running")


class AnswerDeleted(NotFound):
    """The request was carried out; what it was answered is deleted, because it told of a person."""

    slug = "answer-deleted"
    title = N_("The answer was deleted")


class StoredRefusal(msgspec.Struct, frozen=True):
    """A refusal on disk; the texts stay in English and are translated again for whoever repeats the request."""

    kind: str
    slug: str
    title: str
    detail: tuple[str, dict[str, object]]
    remedy: tuple[str, dict[str, object]] | None
    fields: list[tuple[str, object, str, dict[str, object]]]
    extra: dict[str, object]


# Only what the desk's rules decided is kept. Who may do it, how often, and whether the station works can change at once.
_KINDS: dict[str, type[Refusal]] = {"not-found": NotFound, "conflict": Conflict, "invalid": Invalid}


def is_kept(refusal: Refusal) -> bool:
    """Whether *refusal* is the answer for 24 hours, rather than for this moment."""
    return isinstance(refusal, tuple(_KINDS.values()))


def pack_refusal(refusal: Refusal) -> str:
    """*refusal* as JSON."""
    kind = next(name for name, base in _KINDS.items() if isinstance(refusal, base))
    stored = StoredRefusal(
        kind,
        refusal.slug,
        refusal.title,
        _pack(refusal.detail),
        _pack(refusal.remedy) if refusal.remedy else None,
        [(error.field, error.value, *_pack(error.message)) for error in refusal.fields],
        shown(refusal.extra),
    )
    return msgspec.json.encode(stored, enc_hook=str).decode()


def unpack_refusal(text: str) -> Refusal:
    """The refusal that `pack_refusal` wrote, of the same kind."""
    stored = msgspec.json.decode(text, type=StoredRefusal)
    # An own class for each: slug and title belong to the class, and the original one is not known by name.
    replayed = type("ReplayedRefusal", (_KINDS[stored.kind],), {"slug": stored.slug, "title": stored.title})
    refusal: Refusal = replayed(
        Message(*stored.detail),
        Message(*stored.remedy) if stored.remedy else None,
        fields=[FieldError(name, value, Message(said, params)) for name, value, said, params in stored.fields],
        **stored.extra,
    )
    return refusal


def _pack(message: Message) -> tuple[str, dict[str, object]]:
    return message.text, shown(message.params)


def key_of(request: Request) -> str | None:
    """The key that *request* carries, as a header or in its form. Raises BadKey."""
    key = request.headers.get(HEADER)
    if key is None:
        key = request.form.get(FORM_FIELD)
    if key is None:
        return None
    if not key or len(key) > _MAX_KEY or not key.isascii() or not key.isprintable():
        raise BadKey(
            msg("An idempotency key has 1 to 255 printable ASCII characters."),
            msg("Send a random one, such as a UUID."),
            fields=[FieldError(HEADER, key, msg("must be text of %(low)s to %(high)s characters", low=1, high=_MAX_KEY))],
        )
    return key


def fingerprint(request: Request, secret: bytes) -> str:
    """What makes two requests the same: method, address and content, without the form's own tokens.

    Without *secret* nobody can find out by trying which phone number a request had: its other fields stand in the records.
    """
    digest = hmac.new(secret, f"{request.method} {request.full_path}\n".encode(), hashlib.sha256)
    if request.form or request.files:
        content = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_CONTENT]
        digest.update(urlencode(content).encode())
        for name, file in request.files.items(multi=True):
            file.stream.seek(0)
            digest.update(f"\n{name} ".encode() + hashlib.sha256(file.stream.read()).digest())
            file.stream.seek(0)
    else:
        digest.update(request.get_data(cache=True))
    return digest.hexdigest()


def find(session: Session, actor: str, key: str, print_: str, now: datetime) -> "Row[Any] | None":
    """The answer under *key*, if it is not too old. Raises KeyReused when the request was another one."""
    record = session.execute(_FIND, {"of_actor": actor, "of_key": key}).one_or_none()
    if record is None:
        return None
    if record.created_at <= now - KEEP:
        session.execute(_FORGET, {"of_actor": actor, "of_key": key})
        return None
    if record.fingerprint != print_:
        raise KeyReused(
            msg("The key %(key)s belongs to another request of the last 24 hours.", key=key),
            msg("Send a new key with a new request, and the old key only with the very same request."),
        )
    return record


def keep(session: Session, **record: object) -> None:
    """Store an answer: the columns of `IdempotencyRecord`. Raises IntegrityError when there is one under the key."""
    session.execute(_KEEP_ANSWER, record)


def purge_answers(db: Database, clock: Clock) -> int:
    """Forget the answers that are older than `KEEP`; returns how many."""
    oldest = clock.now() - KEEP

    def purge(session: Session) -> int:
        gone = session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.created_at <= oldest).returning(IdempotencyRecord.key))
        return len(gone.all())

    return db.write(purge)


def forget_answers(session: Session, subjects: Sequence[str]) -> None:
    """Delete what the kept answers repeat about *subjects* (``case:12``) of a person who wants to be forgotten.

    An answer is replaced, so that its request is still not carried out twice. A refusal, which may repeat what was typed,
    goes altogether: nothing was done under its key.
    """
    session.execute(delete(IdempotencyRecord).where(_RECORD.c.refused))
    deleted = pack_refusal(AnswerDeleted(msg("The request was carried out. Its answer was deleted together with a person's data.")))
    gone = {"status": 404, "headers": "{}", "body": deleted, "refused": True}
    for kind, _, number in (subject.partition(":") for subject in subjects):
        if kind == "case":  # as msgspec writes a `CaseView`; of others' answers none has such a number
            session.execute(update(_RECORD).where(_RECORD.c.body.startswith(f'{{"id":{int(number)},"number":"K')).values(**gone))


class Running:
    """The keys whose request is under way in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str, str]] = set()

    def begin(self, actor: str, key: str) -> None:
        """Raises StillRunning when the same key is under way."""
        with self._lock:
            if (actor, key) in self._keys:
                raise StillRunning(
                    msg("The first request with the key %(key)s has not been answered yet.", key=key),
                    msg("Wait a second and send it again."),
                    retry_after_s=1,
                )
            self._keys.add((actor, key))

    def end(self, actor: str, key: str) -> None:
        with self._lock:
            self._keys.discard((actor, key))
