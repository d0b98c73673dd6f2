"""Surveys: data that the manager edits, versioned so that old presses keep their question."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import table_of
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.actors import SYSTEM, Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.feedback import defaults, models
from kiosk.desk.feedback.errors import SurveyEnded, UnknownSurvey
from kiosk.desk.feedback.survey_rules import checked
from kiosk.desk.feedback.views import Survey, SurveyVersion, Texts
from kiosk.events import emit
from kiosk.i18n import msg

_HEAD, _TEXT = table_of(models.SurveyHead), table_of(models.SurveyText)

_COLUMNS = (
    _TEXT.c.id,
    _TEXT.c.version,
    _TEXT.c.body,
    _TEXT.c.saved_at,
    _TEXT.c.saved_by_name,
    _HEAD.c.version.label("newest"),
    _HEAD.c.ended_at,
)
_OF_HEAD = _TEXT.c.slug == _HEAD.c.slug
_NEWEST = select(*_COLUMNS).select_from(_HEAD.join(_TEXT, and_(_OF_HEAD, _TEXT.c.version == _HEAD.c.version)))
_ALL = select(*_COLUMNS).select_from(_HEAD.join(_TEXT, _OF_HEAD))
_ONE = _ALL.where(_HEAD.c.slug == bindparam("of_slug"), _TEXT.c.version == func.coalesce(bindparam("of_version"), _HEAD.c.version))
_BODIES = select(_TEXT.c.body).where(_TEXT.c.slug == bindparam("of_slug")).order_by(_TEXT.c.version.desc())
_LOCK_HEAD = select(_HEAD.c.version, _HEAD.c.ended_at).where(_HEAD.c.slug == bindparam("of_slug")).with_for_update()
_SAVE = insert(_TEXT)
_MOVE_HEAD = update(_HEAD).where(_HEAD.c.slug == bindparam("of_slug"))

# Inside the class `list` is a method.
Versions = list[SurveyVersion]

_decode = msgspec.json.Decoder(Survey).decode


@dataclass(frozen=True, slots=True)
class Asked:
    """A version as a press meets it."""

    version: int
    survey: Survey
    ended_at: datetime | None


class SurveyService:
    """Saves versions of surveys and says which one a screen shows now."""

    def __init__(self, settings: Settings, clock: Clock, audit: AuditTrail) -> None:
        self._settings, self._clock, self._audit = settings, clock, audit
        self._zone = settings.store.zone

    def current(self, session: Session, *, station: str, counter: bool, at: datetime | None = None) -> SurveyVersion | None:
        """The version that a screen of *station* asks at *at* (now); None: none at this hour.

        A survey that names the station goes before one for all; of equals the one that was saved last.
        """
        now = at or self._clock.now()
        found = [
            version
            for version in self.list(session)
            if not version.ended
            and version.survey.counters == counter
            and (not version.survey.stations or station in version.survey.stations)
            and self._asked_at(version.survey, now)
        ]
        return max(found, key=lambda version: (bool(version.survey.stations), version.saved_at, version.id), default=None)

    def list(self, session: Session) -> Versions:
        """The newest version of each survey, by name."""
        return [_view(row) for row in session.execute(_NEWEST.order_by(_HEAD.c.slug))]

    def versions(self, session: Session, slug: str) -> Versions:
        """Every version of a survey, newest first. Raises UnknownSurvey."""
        rows = session.execute(_ALL.where(_HEAD.c.slug == slug).order_by(_TEXT.c.version.desc())).all()
        if not rows:
            raise _unknown(slug)
        return [_view(row) for row in rows]

    def version(self, session: Session, slug: str, n: int | None = None) -> SurveyVersion:
        """Version *n* of a survey, or its newest. Raises UnknownSurvey."""
        row = session.execute(_ONE, {"of_slug": slug, "of_version": n}).one_or_none()
        if row is None:
            raise _unknown(slug if n is None else f"{slug}@{n}")
        return _view(row)

    def asked(self, session: Session, slug: str, n: int | None) -> Asked | None:
        """The version that a press names, in one look-up; None when there is none."""
        row = session.execute(_ONE, {"of_slug": slug, "of_version": n}).one_or_none()
        return None if row is None else Asked(row.version, _decode(row.body), row.ended_at)

    def reasons_ever(self, session: Session, slug: str) -> dict[str, Texts]:
        """Every reason that any version of the survey offered, with its newest texts."""
        reasons: dict[str, Texts] = {}
        for body in session.scalars(_BODIES, {"of_slug": slug}):
            for reason in _decode(body).reasons:
                reasons.setdefault(reason.id, reason.text)
        return reasons

    def save(self, session: Session, actor: Actor, survey: Survey) -> SurveyVersion:
        """Save *survey* as a new version, which presses get from now on; an ended survey is asked again.

        What equals the live version saves nothing. Raises WrongSurvey (each wrong field), Denied.
        """
        actor.require("feedback:write")
        return self._save(session, actor, checked(survey))

    def end(self, session: Session, actor: Actor, slug: str) -> SurveyVersion:
        """Ask the survey no more. Its presses stay; later ones are kept and flagged. Raises UnknownSurvey, SurveyEnded, Denied."""
        actor.require("feedback:write")
        head = session.execute(_LOCK_HEAD, {"of_slug": slug}).one_or_none()
        if head is None:
            raise _unknown(slug)
        if head.ended_at is not None:
            raise SurveyEnded(msg("This survey ended %(time)s.", time=head.ended_at), msg("Save it again to have it asked anew."))
        session.execute(_MOVE_HEAD, {"of_slug": slug, "ended_at": self._clock.now()})
        self._audit.append(session, actor, "survey.ended", f"survey:{slug}", {"version": head.version})
        emit(session, "survey.changed", {"slug": slug, "version": head.version})
        return self.version(session, slug)

    def ensure_defaults(self, session: Session) -> None:
        """Give a store without any survey the product's own. A write unit of the start."""
        if session.execute(select(_HEAD.c.slug).limit(1)).first() is None:
            for survey in defaults.SURVEYS:
                self._save(session, SYSTEM, checked(survey))

    def _save(self, session: Session, actor: Actor, survey: Survey) -> SurveyVersion:
        now, slug = self._clock.now(), survey.slug
        insert_if_missing(session, models.SurveyHead, slug=slug, version=0)
        head = session.execute(_LOCK_HEAD, {"of_slug": slug}).one()
        body = msgspec.json.encode(survey).decode()
        if head.version and head.ended_at is None and self.version(session, slug).survey == survey:
            return self.version(session, slug)
        number = head.version + 1
        text = {"slug": slug, "version": number, "body": body, "saved_at": now, "saved_by": actor.label, "saved_by_name": actor.name}
        session.execute(_SAVE, text)
        session.execute(_MOVE_HEAD, {"of_slug": slug, "version": number, "ended_at": None})
        self._audit.append(session, actor, "survey.saved", f"survey:{slug}", {"version": number})
        emit(session, "survey.changed", {"slug": slug, "version": number})
        return self.version(session, slug)

    def _asked_at(self, survey: Survey, at: datetime) -> bool:
        if not survey.hours:
            return True
        local = at.astimezone(self._zone)
        # A span past midnight belongs to the evening on which it began.
        minute = local.hour * 60 + local.minute + local.second / 60
        return any(begin <= minute < end or begin <= minute + 24 * 60 < end for begin, end in map(_minutes, survey.hours))


def _minutes(span: str) -> tuple[int, int]:
    begin, _, end = span.partition("-")
    first, last = _minute(begin), _minute(end)
    return first, last if last > first else last + 24 * 60


def _minute(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _view(row: "Row[Any]") -> SurveyVersion:
    return SurveyVersion(
        id=row.id,
        version=row.version,
        survey=_decode(row.body),
        saved_at=row.saved_at,
        saved_by=row.saved_by_name,
        live=row.version == row.newest and row.ended_at is None,
        ended=row.ended_at is not None,
    )


def _unknown(name: str) -> UnknownSurvey:
    return UnknownSurvey(msg("There is no survey %(name)s.", name=name[:80]), msg("Look at the list of surveys."))
