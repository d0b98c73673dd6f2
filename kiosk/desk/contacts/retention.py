"""What other parts of the desk register about personal data: how long it is kept, and whose it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.db.base import Base
from kiosk.i18n import Message

# Deletes at most *limit* records that ended before the instant given; returns how many. It must come to an end: when it
# returns fewer than *limit*, nothing older is left. It runs in a write unit, so it may run again.
Purge = Callable[[Session, datetime, int], int]
# What is kept about the subjects ("case:12"), as JSON values, for the person's own eyes: in the clear.
ExportPerson = Callable[[Session, Sequence[str]], list[dict[str, object]]]
# Deletes what tells of the person about these subjects (photos, comments, names in notes), says so where it was;
# returns how many records. The contacts themselves are deleted by the vault afterwards.
DeletePerson = Callable[[Session, Sequence[str]], int]
# Forgets what repeats records about these subjects and is no record itself, such as the answers kept for repeated requests.
ForgetCopies = Callable[[Session, Sequence[str]], object]


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long records of one kind are kept. *kind* is stable (``case-contact``), *title* names it to people."""

    kind: str
    keep_days: int
    purge: Purge
    title: Message | None = None


@dataclass(frozen=True, slots=True)
class PersonData:
    """What one part of the desk keeps about people, found by the subjects of their contacts."""

    name: str
    export: ExportPerson
    delete: DeletePerson


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    """A column whose values come from `ContactVault.encrypt`; a rotation of the keys encrypts them anew."""

    model: type[Base]
    column: str
