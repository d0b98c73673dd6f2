"""Urgent words: the store's list, and finding them in what a shopper wrote.

Chinese has no spaces: a Chinese word is found anywhere, also where somebody put spaces or punctuation between its characters.
A word in Latin letters is found whole alone: "fire" is not in "fireplace"; but "f i r e" is it, letter by letter.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.actors import SYSTEM, Actor
from kiosk.desk.feedback import defaults, models
from kiosk.desk.feedback.errors import WrongFeedback
from kiosk.desk.plain_text import one_line, shortened
from kiosk.i18n import msg

MOST_WORDS = 500
WORD_LENGTH = 40

_ONLY = 1  # the id of the one row
_LIST = table_of(models.UrgentWords)
_LOAD = select(_LIST.c.words).where(_LIST.c.id == _ONLY)


def load(session: Session) -> list[str]:
    """The list, in the store's order; the product's own before the first start has written it."""
    kept = session.scalar(_LOAD)
    return list(defaults.URGENT_WORDS) if kept is None else msgspec.json.decode(kept, type=list[str])


def ensure(session: Session, now: datetime) -> None:
    """Write the product's own list unless there is one."""
    kept = msgspec.json.encode(defaults.URGENT_WORDS).decode()
    insert_if_missing(session, models.UrgentWords, id=_ONLY, words=kept, saved_at=now, saved_by=SYSTEM.label)


def save(session: Session, actor: Actor, words: Iterable[str], now: datetime) -> list[str]:
    """Replace the list; returns it as kept, without doubles. Raises WrongFeedback (field ``words[3]``)."""
    kept: dict[str, str] = {}
    for number, given in enumerate(words):
        word = one_line(given)
        if not _folded(word):
            raise WrongFeedback.of(
                f"words[{number}]", shortened(given), msg("An urgent word needs letters or digits: %(word)s", word=shortened(given))
            )
        if len(word) > WORD_LENGTH:
            said = msg("An urgent word has at most %(limit)s characters: %(word)s", limit=WORD_LENGTH, word=shortened(word))
            raise WrongFeedback.of(f"words[{number}]", shortened(word), said)
        kept.setdefault(_folded(word), word)
    if len(kept) > MOST_WORDS:
        raise WrongFeedback.of("words", len(kept), msg("At most %(limit)s urgent words are possible.", limit=MOST_WORDS))
    ensure(session, now)
    values = {"words": msgspec.json.encode(list(kept.values())).decode(), "saved_at": now, "saved_by": actor.label}
    session.execute(update(_LIST).where(_LIST.c.id == _ONLY).values(**values))
    return list(kept.values())


def found(text: str, words: Iterable[str]) -> list[str]:
    """Those of *words* that stand in *text*, in the list's order."""
    if not text:
        return []
    folded = _fold(text)
    # What is neither letter nor digit may stand between Chinese characters, and does when somebody evades a list.
    dense = _SEPARATORS.sub("", folded)
    return [word for word in words if _matches(word, folded, dense)]


def _fold(text: str) -> str:
    """*text* in one width and case, without characters that only steer how others are shown, such as a zero-width space."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(char) != "Cf")


_SEPARATORS = re.compile(r"[\W_]+")
# Letters and digits of scripts that put spaces between words; an urgent word beside one of them is part of another word.
_LETTER = r"[a-z0-9\u00c0-\u024f\u0370-\u04ff]"


def _matches(word: str, folded: str, dense: str) -> bool:
    spaced = _pattern(word)
    if spaced is not None:
        return spaced.search(folded) is not None
    return _folded(word) in dense


@lru_cache(maxsize=2 * MOST_WORDS)
def _pattern(word: str) -> "re.Pattern[str] | None":
    """How a word of a script with spaces is looked for; None for Chinese and the like, looked for without separators."""
    folded = _fold(word)
    if not re.fullmatch(rf"(?:{_LETTER}|[\W_])+", folded):
        return None
    parts = [part for part in _SEPARATORS.split(folded) if part]
    whole, spelled = (r"[\W_]+".join(map(re.escape, pieces)) for pieces in (parts, "".join(parts)))
    return re.compile(rf"(?<!{_LETTER})(?:{whole}|{spelled})(?!{_LETTER})")


@lru_cache(maxsize=2 * MOST_WORDS)
def _folded(word: str) -> str:
    return _SEPARATORS.sub("", _fold(word))
