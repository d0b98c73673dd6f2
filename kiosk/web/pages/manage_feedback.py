"""The manager's numbers: what was tapped, raw and counted, why not all of it is counted, and what was written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.desk.feedback.views import Language, PressView, Texts
from kiosk.errors import FieldError, Invalid, Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import page_requires, require_actor, safe_next
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.csv_export import csv_response
from kiosk.web.i18n import language, translate
from kiosk.web.pages.chrome import page
from kiosk.web.problems import status_of

blueprint = Blueprint("manage_feedback", __name__, url_prefix="/manage/feedback")

FLAG_REASONS = {
    "interval": N_("soon after another press of the same screen"),
    "run": N_("one of many equal presses in a row"),
    "shift-burst": N_("one of many presses around a shift change"),
    "clock": N_("the screen's clock was wrong"),
    "ended": N_("the survey had ended"),
    "request": N_("not asked for, or too late"),
    "manual": N_("set by hand"),
}
SOURCES = {
    "kiosk": N_("kiosk"),
    "button": N_("button"),
    "counter": N_("counter"),
    "phone": N_("phone"),
    "api": N_("program"),
}
_SPANS = ((1, N_("Today")), (7, N_("7 days")), (30, N_("30 days")), (365, N_("A year")))
# Days that one page or file may cover: three years, as far as a trend is read.
_MOST_DAYS = 1100
_PAGE = 50
_PAGE_OF_FILE = 200


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days in the store's zone, first and last included."""

    first: date
    last: date
    since: datetime
    until: datetime


@blueprint.get("")
@page_requires("feedback:read")
def numbers() -> ResponseReturnValue:
    """Totals, distribution, days, hours, reasons, stations."""
    services, viewer, error = current_services(), require_actor(), None
    try:
        span = _span(request.args.get("from", ""), request.args.get("to", ""))
    except Refusal as refusal:
        span, error = _span("", ""), refusal
    with services.db.read() as session:
        feedback = services.feedback
        totals = feedback.totals(session, since=span.since, until=span.until, viewer=viewer)
        reports = {
            by: feedback.report(session, by, since=span.since, until=span.until, viewer=viewer).rows
            for by in ("day", "hour", "reason", "station")
        }
    return page(
        "manage/feedback.html",
        "manage",
        status_of(error) if error else 200,
        span=span,
        spans=[(translate(text), _from_days(days)) for days, text in _SPANS],
        totals=totals,
        reports=reports,
        error=error,
    )


@blueprint.get("/presses")
@page_requires("feedback:read")
def presses() -> ResponseReturnValue:
    """Single presses, newest first: all, the flagged ones, or those with a comment."""
    services, error = current_services(), None
    show = request.args.get("show", "all")
    before = request.args.get("before", "")
    try:
        span = _span(request.args.get("from", ""), request.args.get("to", ""))
    except Refusal as refusal:
        span, error = _span("", ""), refusal
    with services.db.read() as session:
        found = services.feedback.presses(
            session,
            since=span.since,
            until=span.until,
            flagged=True if show == "flagged" else None,
            with_comment=True if show == "comments" else None,
            viewer=require_actor(),
            limit=_PAGE + 1,
            before_id=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
        )
        texts = {slug: services.surveys.reasons_ever(session, slug) for slug in {press.survey for press in found}}
    return page(
        "manage/presses.html",
        "manage",
        status_of(error) if error else 200,
        span=span,
        show=show,
        presses=found[:_PAGE],
        more=found[_PAGE - 1].id if len(found) > _PAGE else None,
        flag_reason=lambda flag: translate(FLAG_REASONS.get(flag.reason, flag.reason)),
        reason_names=lambda press: [_reason_name(texts[press.survey], reason) for reason in press.reasons],
        source_name=lambda press: translate(SOURCES[press.source.value]),
        may_judge=require_actor().may("feedback:write"),
        error=error,
    )


@blueprint.post("/presses/<id:press_id>/flag")
@page_requires("feedback:write")
def flag(press_id: int) -> ResponseReturnValue:
    """Do not count a press, with a reason; it stays."""
    services, actor = current_services(), require_actor()
    return command(
        lambda session: services.feedback.flag(session, actor, press_id, request.form.get("reason", "")),
        lambda _press: redirect_answer(_back()),
    )


@blueprint.post("/flags/<id:flag_id>/lift")
@page_requires("feedback:write")
def lift(flag_id: int) -> ResponseReturnValue:
    """Count it after all, with a reason."""
    services, actor = current_services(), require_actor()
    return command(
        lambda session: services.feedback.lift_flag(session, actor, flag_id, request.form.get("reason", "")),
        lambda _press: redirect_answer(_back()),
    )


@blueprint.get("/presses.csv")
@page_requires("feedback:read")
def export() -> Response:
    """Every press of the span as a table for a spreadsheet."""
    span = _span(request.args.get("from", ""), request.args.get("to", ""))
    head = [
        _("Time"), _("Station"), _("Counter"), _("Way"), _("Survey"), _("Version"), _("Rating"), _("of"),
        _("Reasons"), _("Comment"), _("Counted"), _("Flags"), _("Case"),
    ]  # fmt: skip
    return csv_response(f"feedback-{span.first}-{span.last}.csv", head, _rows(span))


def _rows(span: Span) -> Iterator[list[object]]:
    # A session for each page of rows: a browser that reads slowly must not hold a reader of the database.
    services, actor = current_services(), require_actor()
    zone = services.settings.store.zone
    before: int | None = None
    while True:
        with services.db.read() as session:
            found = services.feedback.presses(
                session, since=span.since, until=span.until, limit=_PAGE_OF_FILE, before_id=before, viewer=actor
            )
        if not found:
            return
        yield from (_row(press, (press.at or press.pressed_at).astimezone(zone)) for press in found)
        before = found[-1].id


def _row(press: PressView, at: datetime) -> list[object]:
    standing = [flag.reason for flag in press.flags if flag.lifted_at is None]
    return [
        at.isoformat(timespec="seconds"), press.station, press.counter, press.source.value, press.survey, press.version, press.rating,
        press.steps, " ".join(press.reasons), press.comment, "1" if press.counted else "0", " ".join(standing), press.case_id or "",
    ]  # fmt: skip


def _reason_name(known: Mapping[str, Texts], reason: str) -> str:
    """In the reader's language, else in any, else its id."""
    texts = known.get(reason, {})
    return texts.get(cast(Language, language())) or next(iter(texts.values()), reason)


def _back() -> str:
    return safe_next(request.form.get("next"), url_for("manage_feedback.presses"))


def _from_days(days: int) -> str:
    last = _today()
    days_asked: dict[str, Any] = {"from": str(last - timedelta(days=days - 1)), "to": str(last)}
    return url_for("manage_feedback.numbers", **days_asked)


def _today() -> date:
    services = current_services()
    return services.clock.now().astimezone(services.settings.store.zone).date()


def _span(first_text: str, last_text: str) -> Span:
    """The days asked for; today when none are. Raises Invalid."""
    last = _day("to", last_text) or _today()
    first = _day("from", first_text) or (_today() if not last_text else last)
    if first > last:
        said = msg("The first day comes after the last.")
        raise Invalid(said, fields=[FieldError("from", first_text, said)])
    if (last - first).days >= _MOST_DAYS:
        said = msg("At most %(days)s days at once.", days=_MOST_DAYS)
        raise Invalid(said, fields=[FieldError("from", first_text, said)])
    zone = current_services().settings.store.zone
    return Span(first, last, datetime.combine(first, time.min, zone), datetime.combine(last + timedelta(days=1), time.min, zone))


def _day(field: str, text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        said = msg("A day is written as 2026-12-31.")
        raise Invalid(said, fields=[FieldError(field, text, said)]) from error
    if not 2000 <= day.year < 2200:
        said = msg("That day is too far away.")
        raise Invalid(said, fields=[FieldError(field, text, said)])
    return day
