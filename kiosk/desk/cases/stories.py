""" "You said, we did": what the manager releases of closed cases for the attract screen, without personal data."""

import unicodedata
from collections.abc import Mapping

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.cases.context import Context, line, locked, not_now
from kiosk.desk.cases.errors import WrongCase
from kiosk.desk.cases.models import CaseStory
from kiosk.desk.cases.views import CaseState, Story
from kiosk.desk.contacts.masks import without_personal_data
from kiosk.events import emit
from kiosk.i18n import msg

# What is read in passing, from two metres.
TEXT_LENGTH = 200


def release(context: Context, session: Session, actor: Actor, case_id: int, said: Mapping[str, str], did: Mapping[str, str]) -> None:
    """Show *said* and *did* (language -> text) on the attract screen, in place of what was shown of this case."""
    actor.require("cases:manage")
    case = locked(session, case_id)
    if case.state is not CaseState.CLOSED:
        raise not_now(session, case)
    texts = {name: _texts(context, name, given) for name, given in (("said", said), ("did", did))}
    now = context.now()
    session.execute(delete(CaseStory).where(CaseStory.case_id == case.id))
    session.add(
        CaseStory(
            case_id=case.id,
            said=msgspec.json.encode(texts["said"]).decode(),
            did=msgspec.json.encode(texts["did"]).decode(),
            released_at=now,
            released_by=actor.label[:64],
        )
    )
    case.story_at = now
    context.changed(session, actor, case, "story-released")
    _tell_screens(session)


def withdraw(context: Context, session: Session, actor: Actor, case_id: int) -> None:
    """Take it off the screen; harmless when it is not on it."""
    actor.require("cases:manage")
    case = locked(session, case_id)
    if case.story_at is None:
        return
    session.execute(delete(CaseStory).where(CaseStory.case_id == case.id))
    case.story_at = None
    context.changed(session, actor, case, "story-withdrawn")
    _tell_screens(session)


def _tell_screens(session: Session) -> None:
    # The kiosks look for themselves what is shown now.
    emit(session, "stories.changed", {})


def newest(session: Session, limit: int) -> list[Story]:
    """The stories on the attract screen, newest first; a story has its case's id."""
    rows = session.scalars(
        select(CaseStory).order_by(CaseStory.released_at.desc(), CaseStory.case_id.desc()).limit(max(1, min(limit, 500)))
    )
    return [Story(row.case_id, _decoded(row.said), _decoded(row.did), row.released_at) for row in rows]


def _texts(context: Context, name: str, given: Mapping[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for language in context.settings.store.languages:
        field = f"{name}_{language}"
        text = line(given.get(language, ""), field, TEXT_LENGTH, required=True)
        if without_personal_data(text) != unicodedata.normalize("NFKC", text):
            raise WrongCase.of(field, msg("This looks like a phone number or an e-mail address; shoppers must not be named."))
        kept[language] = text
    return kept


def _decoded(text: str) -> dict[str, str]:
    return msgspec.json.decode(text, type=dict[str, str])
