"""A store's feedback kiosk for tests: the real services over a database and a clock of the test; alerts go to a webhook's outbox."""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kiosk.config import Alerts, Settings, Station, Store
from kiosk.config_service import Channel, Feedback, Hours
from kiosk.db import Database, table_of
from kiosk.desk.actors import ROLE_SCOPES, Actor, Role
from kiosk.desk.alerts.models import AlertRecord
from kiosk.desk.feedback import models
from kiosk.desk.feedback.views import (
    FollowUp,
    NewPress,
    PressSource,
    PressView,
    Reason,
    Recorded,
    Report,
    ReportBy,
    Survey,
    SurveyVersion,
    Totals,
)
from kiosk.events import Event, EventBus
from kiosk.wiring import build_services
from tests.fakes.clock import FakeClock

T = TypeVar("T")

KIOSK = "satisfaction"
LONG_AGO, FAR_AHEAD = timedelta(days=4000), timedelta(days=4000)


def person(number: int, name: str, role: Role) -> Actor:
    return Actor("user", number, name, ROLE_SCOPES[role], role)


WANG = person(1, "Wang", Role.DESK)
LIU = person(2, "Liu", Role.DESK)
CHEN = person(3, "Chen", Role.SUPERVISOR)
ZHAO = person(4, "Zhao", Role.MANAGER)


def a_survey(slug: str = KIOSK, **changes: Any) -> Survey:
    """A survey with two reasons for bad ratings and one for good ones."""
    values: dict[str, Any] = {
        "slug": slug,
        "question": {"zh": "您满意吗？", "en": "How was it?"},
        "reasons": [
            Reason("queue", {"zh": "排队", "en": "Queues"}, [1, 2]),
            Reason("price", {"zh": "价格", "en": "Prices"}, [1, 2, 3]),
            Reason("staff", {"zh": "服务好", "en": "Staff"}, [4, 5]),
        ],
    }
    return Survey(**{**values, **changes})


class FeedbackWorld:
    """One station on one database. No two presses are too near to each other, unless a test wants it."""

    def __init__(
        self,
        database: Database,
        clock: FakeClock,
        bus: EventBus,
        folder: Path,
        name: str = "desk-1",
        zone: str = "Asia/Shanghai",
        **rules: Any,
    ) -> None:
        self.db, self.clock = database, clock
        (folder / name).mkdir(exist_ok=True)
        self.settings = Settings(
            store=Store(timezone=zone),
            station=Station(name=name, state_dir=str(folder / name)),
            hours=Hours(shift_changes=["20:00"]),
            feedback=Feedback(**{"counters": ["desk-a", "desk-b"], **rules}),
            alerts=Alerts(channels=[Channel(name="duty", kind="webhook", url="http://127.0.0.1:9/")]),
        )
        self.services = build_services(self.settings, [], db=database, bus=bus, clock=clock)
        self.feedback, self.surveys = self.services.feedback, self.services.surveys
        self.events: list[Event] = []
        bus.subscribe(self.events.append)
        self.write(self.services.privacy.prepare)
        self.write(self.feedback.ensure_defaults)
        self._keys = itertools.count(1)

    def write(self, unit: Callable[[Session], T]) -> T:
        return self.db.write(unit)

    def read(self, look: Callable[[Session], T]) -> T:
        with self.db.read() as session:
            return look(session)

    # -- shoppers

    def new_key(self) -> str:
        return f"{self.settings.station.name}-key-{next(self._keys):012d}"

    def press(self, rating: int = 4, *, key: str | None = None, survey: str = KIOSK, after_s: float = 60, **more: Any) -> Recorded:
        """Somebody presses, *after_s* after the last."""
        self.clock.advance(after_s)
        new = NewPress(key or self.new_key(), survey, rating, more.pop("source", PressSource.KIOSK), **more)
        return self.write(lambda session: self.feedback.press(session, new))

    def follow_up(self, key: str, **added: Any) -> Recorded:
        return self.write(lambda session: self.feedback.follow_up(session, key, FollowUp(**added)))

    # -- staff

    def save(self, survey: Survey) -> SurveyVersion:
        return self.write(lambda session: self.surveys.save(session, ZHAO, survey))

    def flag(self, press_id: int, reason: str = "staff tried it out") -> PressView:
        return self.write(lambda session: self.feedback.flag(session, ZHAO, press_id, reason))

    def lift(self, flag_id: int, reason: str = "a school class") -> PressView:
        return self.write(lambda session: self.feedback.lift_flag(session, ZHAO, flag_id, reason))

    def lift_all(self, press_id: int) -> None:
        for flag in self.get(press_id).flags:
            if flag.lifted_at is None:
                self.lift(flag.id)

    def get(self, press_id: int, viewer: Actor | None = None) -> PressView:
        return self.read(lambda session: self.feedback.get(session, press_id, viewer=viewer))

    def flags(self, press_id: int) -> list[str]:
        """The standing flags of a press."""
        return [flag.reason for flag in self.get(press_id).flags if flag.lifted_at is None]

    def presses(self, **conditions: Any) -> list[PressView]:
        span = {"since": self.clock.now() - LONG_AGO, "until": self.clock.now() + FAR_AHEAD}
        return self.read(lambda session: self.feedback.presses(session, **{**span, **conditions}))

    def totals(self, since: datetime | None = None, until: datetime | None = None, **conditions: Any) -> Totals:
        since, until = since or self.clock.now() - LONG_AGO, until or self.clock.now() + FAR_AHEAD
        return self.read(lambda session: self.feedback.totals(session, since=since, until=until, **conditions))

    def report(self, by: ReportBy, since: datetime | None = None, until: datetime | None = None, **conditions: Any) -> Report:
        since, until = since or self.clock.now() - LONG_AGO, until or self.clock.now() + FAR_AHEAD
        return self.read(lambda session: self.feedback.report(session, by, since=since, until=until, **conditions))

    def rate(self, asker: Actor, rating: int, counter: str = "desk-a") -> Recorded:
        """A customer rates *asker* at a counter."""
        request = self.write(lambda session: self.feedback.ask_rating(session, asker, counter))
        return self.press(rating, survey=request.survey, source=PressSource.COUNTER, rating_request=request.id, after_s=10)

    def alerts(self, topic: str) -> list[str]:
        """The titles of the alerts of *topic*, oldest first."""
        table = table_of(AlertRecord)
        rows = self.read(lambda session: session.execute(sa.select(table).where(table.c.topic == topic).order_by(table.c.id)).all())
        return [str(row.title) for row in rows]

    def told(self, name: str) -> list[dict[str, Any]]:
        return [dict(event.data) for event in self.events if event.name == name]

    # -- the counts, and the same counted anew

    def assert_counts_are_right(self) -> None:
        """Every kept count equals a recount of the rows."""
        press, reason = table_of(models.Press), table_of(models.PressReason)
        cell = (press.c.station, press.c.survey, press.c.steps, press.c.rating, press.c.counted)
        days = sa.select(press.c.day, *cell, sa.func.count()).group_by(press.c.day, *cell)
        hours = sa.select(press.c.day, press.c.hour, *cell, sa.func.count()).group_by(press.c.day, press.c.hour, *cell)
        by_reason = (press.c.day, press.c.station, press.c.survey, reason.c.reason, press.c.steps, press.c.rating, press.c.counted)
        reasons = sa.select(*by_reason, sa.func.count()).join(reason, reason.c.press_id == press.c.id).group_by(*by_reason)
        for counted, kept in ((days, models.DayCount), (hours, models.HourCount), (reasons, models.ReasonCount)):
            assert self._rows(counted) == self._rows(sa.select(*table_of(kept).c).where(table_of(kept).c.presses != 0)), kept
        flag = table_of(models.Flag)
        standing = sa.select(flag.c.press_id).where(flag.c.lifted_at.is_(None))
        assert self._rows(sa.select(press.c.id).where(press.c.counted != press.c.id.not_in(standing))) == Counter()

    def _rows(self, statement: sa.Select[Any]) -> Counter[tuple[Any, ...]]:
        return Counter(self.read(lambda session: [tuple(row) for row in session.execute(statement)]))
