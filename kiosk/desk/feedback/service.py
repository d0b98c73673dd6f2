"""Feedback of one station: the one class that web, buttons and reports talk to.

Methods that change something take the session of a write unit first; look-ups take any session. All answers are frozen
values from views.py. *viewer* is who will see an answer: a person's own ratings at a counter stay hidden from them until
enough are in.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.alerts import AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.cases import CaseService
from kiosk.desk.feedback import comments, flags, follow_up, look, ratings, record, reports, words
from kiosk.desk.feedback.context import Context
from kiosk.desk.feedback.surveys import SurveyService
from kiosk.desk.feedback.views import (
    FollowUp,
    NewPress,
    OwnRatings,
    PressSource,
    PressView,
    RatingRequest,
    Recorded,
    Report,
    ReportBy,
    Totals,
)
from kiosk.desk.hours import BusinessHours


class FeedbackService:
    """Records presses and what follows them, flags what looks unlike shoppers, and counts honestly."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        audit: AuditTrail,
        alerts: AlertService,
        cases: CaseService,
        surveys: SurveyService,
        hours: BusinessHours,
    ) -> None:
        self._context = Context(settings, clock, audit, alerts, cases, surveys, hours, settings.store.zone)

    def ensure_defaults(self, session: Session) -> None:
        """Write the product's surveys and urgent words where the store has none of its own. A write unit of the start."""
        self._context.surveys.ensure_defaults(session)
        words.ensure(session, self._context.now())

    # -- shoppers

    def press(self, session: Session, new: NewPress, *, station: str | None = None, screen: str | None = None) -> Recorded:
        """Record one press, once: the same key again gets the first answer, whatever else differs.

        Doubtful presses are kept and flagged, never refused. Raises WrongFeedback that names the wrong field.
        *station* is where it was pressed (this one); *screen* is not kept.
        """
        return record.press(self._context, session, new, station)

    def find(self, session: Session, key: str) -> Recorded | None:
        """The answer that the press under *key* got; None when there is none."""
        return record.find(session, key)

    def follow_up(self, session: Session, key: str, added: FollowUp, *, source: PressSource | None = None) -> Recorded:
        """Add reasons, a comment, a complaint to the press under *key*; a second complaint gets the first one's case.

        *source* is where this is said when that is elsewhere than the press: the shopper's phone.
        Raises UnknownPress, FollowUpOver, WrongFeedback, and what opening a case refuses.
        """
        return follow_up.follow_up(self._context, session, key, added, source)

    # -- staff

    def flag(self, session: Session, actor: Actor, press_id: int, reason_text: str) -> PressView:
        """Flag a press by hand: it stays, and is not counted. Raises UnknownPress, AlreadyFlagged, WrongFeedback, Denied."""
        flags.flag(self._context, session, actor, press_id, reason_text)
        return look.get(self._context, session, press_id, None)

    def lift_flag(self, session: Session, actor: Actor, flag_id: int, reason: str) -> PressView:
        """Lift a flag; without another one the press counts. Raises UnknownFlag, FlagLifted, WrongFeedback, Denied."""
        return look.get(self._context, session, flags.lift(self._context, session, actor, flag_id, reason), None)

    def get(self, session: Session, press_id: int, *, viewer: Actor | None = None) -> PressView:
        """One press. Raises UnknownPress."""
        return look.get(self._context, session, press_id, viewer)

    def presses(
        self,
        session: Session,
        *,
        since: datetime,
        until: datetime,
        station: str | None = None,
        rating: int | None = None,
        flagged: bool | None = None,
        with_comment: bool | None = None,
        limit: int = 100,
        before_id: int | None = None,
        viewer: Actor | None = None,
    ) -> list[PressView]:
        """The newest presses of the span that meet every condition; *before_id* is the last one of the page before."""
        return look.presses(
            self._context,
            session,
            since=since,
            until=until,
            station=station,
            rating=rating,
            flagged=flagged,
            with_comment=with_comment,
            limit=limit,
            before_id=before_id,
            viewer=viewer,
        )

    def each_press(
        self, session: Session, *, since: datetime, until: datetime, station: str | None = None, viewer: Actor | None = None
    ) -> Iterator[PressView]:
        """Every press of the span, newest first, read page by page: for exports."""
        before_id: int | None = None
        while page := self.presses(
            session, since=since, until=until, station=station, limit=look.MOST_ROWS, before_id=before_id, viewer=viewer
        ):
            yield from page
            before_id = page[-1].id

    def totals(
        self,
        session: Session,
        *,
        since: datetime,
        until: datetime,
        survey: str | None = None,
        station: str | None = None,
        viewer: Actor | None = None,
    ) -> Totals:
        """Raw and counted numbers of the span."""
        return reports.totals(self._context, session, reports.Span(since, until, survey, station, viewer))

    def report(
        self,
        session: Session,
        by: ReportBy,
        *,
        since: datetime,
        until: datetime,
        survey: str | None = None,
        station: str | None = None,
        viewer: Actor | None = None,
    ) -> Report:
        """Raw and counted numbers of the span by day, hour of the day, reason or station. Raises WrongFeedback."""
        return reports.report(self._context, session, by, reports.Span(since, until, survey, station, viewer))

    # -- counters

    def ask_rating(self, session: Session, actor: Actor, counter: str) -> RatingRequest:
        """Have the customer's screen of *counter* ask for a rating. Raises UnknownCounter, NothingToAsk, Denied."""
        return ratings.ask(self._context, session, actor, counter)

    def open_request(self, session: Session, counter: str) -> RatingRequest | None:
        """What the customer's screen of *counter* asks now; None when nothing."""
        return ratings.open_request(self._context, session, counter)

    def own_ratings(self, session: Session, actor: Actor) -> OwnRatings:
        """What *actor* may know of the ratings that they asked for. Raises Denied."""
        return ratings.own(self._context, session, actor)

    # -- words

    def words(self, session: Session) -> list[str]:
        """The store's urgent words."""
        return words.load(session)

    def set_words(self, session: Session, actor: Actor, new: Iterable[str]) -> list[str]:
        """Replace the urgent words; returns them as kept. Raises WrongFeedback, Denied."""
        actor.require("feedback:write")
        before = words.load(session)
        kept = words.save(session, actor, new, self._context.now())
        if kept != before:
            self._context.audit.append(session, actor, "urgent-words.changed", None, {"before": len(before), "now": len(kept)})
        return kept

    # -- retention

    def purge_comments(self, session: Session, before: datetime, limit: int) -> int:
        """Empty at most *limit* comments of presses made before then; returns how many. The presses stay, and count."""
        return comments.purge(session, before, limit)
