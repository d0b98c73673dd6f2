"""Totals and reports: whole days come from the kept counts, parts of days from the presses themselves, so that every span is exact."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast, get_args

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.actors import Actor
from kiosk.desk.feedback import look, models, scales
from kiosk.desk.feedback.context import Context
from kiosk.desk.feedback.errors import WrongFeedback
from kiosk.desk.feedback.views import RatingCount, Report, ReportBy, ReportRow, Texts, Totals
from kiosk.i18n import msg

_PRESS, _REASON = table_of(models.Press), table_of(models.PressReason)
_DAY, _HOUR, _REASON_DAY = table_of(models.DayCount), table_of(models.HourCount), table_of(models.ReasonCount)
_REQUEST = table_of(models.RatingRequest)
# Spans that reach past the calendar mean "all".
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9998, 12, 30, tzinfo=UTC)

# (steps, rating) -> (raw, counted)
_Cells = dict[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Span:
    """The presses that are meant."""

    since: datetime
    until: datetime
    survey: str | None = None
    station: str | None = None
    viewer: Actor | None = None


@dataclass(slots=True)
class _Sum:
    cells: defaultdict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def add(self, steps: int, rating: int, counted: bool, presses: int) -> None:
        self.cells[steps, rating][bool(counted)] += presses

    @property
    def counted(self) -> int:
        return sum(counted for _, counted in self.cells.values())

    @property
    def flagged(self) -> int:
        return sum(flagged for flagged, _ in self.cells.values())

    def valued(self) -> list[tuple[int, int, int]]:
        return [(steps, rating, counted) for (steps, rating), (_, counted) in self.cells.items()]


def totals(context: Context, session: Session, span: Span) -> Totals:
    """The numbers of *span*."""
    summed = _sums(context, session, span, "total").get("", _Sum())
    return Totals(
        raw=summed.counted + summed.flagged,
        counted=summed.counted,
        flagged=summed.flagged,
        index=scales.index(summed.valued()),
        negative_share=scales.negative_share(summed.valued()),
        by_rating=[
            RatingCount(steps, rating, flagged + counted, counted)
            for (steps, rating), (flagged, counted) in sorted(summed.cells.items())
            if flagged + counted
        ],
    )


def report(context: Context, session: Session, by: str, span: Span) -> Report:
    """The numbers of *span* by day, hour of the day, reason or station, in that order's own order. Raises WrongFeedback."""
    if by not in get_args(ReportBy):
        raise WrongFeedback.of("by", by[:40], msg("Reports are by: %(known)s.", known=", ".join(get_args(ReportBy))))
    sums = _sums(context, session, span, by)
    texts = _reason_texts(context, session, span.survey) if by == "reason" else {}
    rows = [_row(key, texts.get(key, {}), summed) for key, summed in sorted(sums.items())]
    if by == "reason":
        rows.sort(key=lambda row: (-row.raw, row.key))
    return Report(cast(ReportBy, by), span.since, span.until, [row for row in rows if row.raw])


def _row(key: str, label: Texts, summed: _Sum) -> ReportRow:
    return ReportRow(
        key=key,
        label=label,
        raw=summed.counted + summed.flagged,
        counted=summed.counted,
        flagged=summed.flagged,
        index=scales.index(summed.valued()),
        negative_share=scales.negative_share(summed.valued()),
    )


def _sums(context: Context, session: Session, span: Span, by: str) -> dict[str, _Sum]:
    for name, value in (("since", span.since), ("until", span.until)):
        if value.tzinfo is None:
            raise WrongFeedback.of(name, value.isoformat(), msg("The time needs an offset, e.g. +08:00."))
    sums: defaultdict[str, _Sum] = defaultdict(_Sum)
    for statement, sign in _statements(context, session, span, by):
        for row in session.execute(statement):
            key = f"{row.key:02d}" if by == "hour" else str(row.key)
            sums[key].add(row.steps, row.rating, row.counted, sign * int(row.presses))
    return dict(sums)


def _statements(context: Context, session: Session, span: Span, by: str) -> Iterable[tuple[Select[Any], int]]:
    """Statements of (key, steps, rating, counted, presses), and whether their rows are added or taken away."""
    since, until = _within(span.since), _within(span.until)
    if since >= until:
        return
    zone = context.zone
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    if datetime.combine(first, time(0), zone) < since:
        first += timedelta(days=1)
    begin, end = datetime.combine(first, time(0), zone), datetime.combine(last, time(0), zone)
    if begin >= end:
        yield _from_presses(by, span, [_PRESS.c.at >= since, _PRESS.c.at < until]), 1
    else:
        table = {"hour": _HOUR, "reason": _REASON_DAY}.get(by, _DAY)
        yield _grouped(table, by, span, [table.c.day >= first, table.c.day < last], func.sum(table.c.presses)), 1
        for low, high in ((since, begin), (end, until)):
            if low < high:
                yield _from_presses(by, span, [_PRESS.c.at >= low, _PRESS.c.at < high]), 1
    shown = look.shown_up_to(context, session, span.viewer)
    if span.viewer is not None and shown is not None:
        asked = select(_REQUEST.c.id).where(_REQUEST.c.asked_by == span.viewer.label)
        hidden = [_PRESS.c.rating_request_id.in_(asked), _PRESS.c.id > shown]
        yield _from_presses(by, span, [_PRESS.c.at >= since, _PRESS.c.at < until, *hidden]), -1


def _from_presses(by: str, span: Span, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    return _grouped(_PRESS, by, span, conditions, func.count())


def _grouped(table: Any, by: str, span: Span, conditions: list[ColumnElement[bool]], presses: Any) -> Select[Any]:
    source = table
    columns = table.c
    if by == "reason":
        if table is _PRESS:
            source = _PRESS.join(_REASON, _REASON.c.press_id == _PRESS.c.id)
            key: Any = _REASON.c.reason
        else:
            key = columns.reason
    else:
        key = {"day": columns.day, "station": columns.station}.get(by) if by != "hour" else columns.hour
    if span.survey is not None:
        conditions = [*conditions, columns.survey == span.survey]
    if span.station is not None:
        conditions = [*conditions, columns.station == span.station]
    group = [columns.steps, columns.rating, columns.counted]
    if key is None:
        statement = select(literal("").label("key"), *group, presses.label("presses"))
    else:
        statement = select(key.label("key"), *group, presses.label("presses"))
        group = [key, *group]
    return statement.select_from(source).where(*conditions).group_by(*group)


def _within(at: datetime) -> datetime:
    return min(max(at, _FIRST), _LAST)


def _reason_texts(context: Context, session: Session, survey: str | None) -> dict[str, Texts]:
    slugs = [survey] if survey is not None else [kept.survey.slug for kept in context.surveys.list(session)]
    texts: dict[str, Texts] = {}
    for slug in slugs:
        for name, text in context.surveys.reasons_ever(session, slug).items():
            texts.setdefault(name, text)
    return texts
