"""Opening and closing: the tags on the shelf compared with the records, by ticking or by scanning."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kiosk.desk.bags.models import ReconciliationKind
from kiosk.desk.bags.views import Reconciliation, ReconciliationLine
from kiosk.errors import NotFound, Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.i18n import translate
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.pages.forms import whole
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

blueprint = Blueprint("closing", __name__, url_prefix="/desk/closing")

KIND_NAMES = {ReconciliationKind.OPENING: N_("Opening"), ReconciliationKind.CLOSING: N_("Closing")}


@blueprint.get("")
@page_requires("bags:read")
def overview() -> ResponseReturnValue:
    """Start today's opening or closing, or look at those of the last days."""
    return _overview_page()


def _overview_page(error: Refusal | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        recent = services.bags.reconciliations.recent(session)
    return page(
        "closing/overview.html",
        "bags",
        status_of(error) if error else 200,
        recent=recent,
        kinds=KIND_NAMES,
        may_write=actor.may("bags:write"),
        error=error,
    )


@blueprint.post("")
@page_requires("bags:write")
def start() -> ResponseReturnValue:
    """Begin, or go on with, the one of this kind and day."""
    services, actor = current_services(), require_actor()
    kind = request.form.get("kind", "")
    try:
        return command(
            lambda session: services.bags.reconciliations.start(session, actor, kind),
            lambda started: redirect_answer(url_for("closing.show", reconciliation_id=started.id)),
        )
    except Refusal as refusal:
        return _overview_page(refusal)


@blueprint.get("/<id:reconciliation_id>")
@page_requires("bags:read")
def show(reconciliation_id: int) -> ResponseReturnValue:
    """What should be there, and what is."""
    return _show_page(reconciliation_id)


@blueprint.post("/<id:reconciliation_id>/scan")
@page_requires("bags:write")
def scan(reconciliation_id: int) -> ResponseReturnValue:
    """One scanned tag."""
    services, actor = current_services(), require_actor()
    claimed = services.scans.claim(request.form.get("scan", ""), screen_id())
    if claimed is None:
        flash(_("That scan is too old. Scan the tag again."), "bad")
        return redirect(url_for("closing.show", reconciliation_id=reconciliation_id), 303)
    try:
        line = services.db.write(lambda session: services.bags.reconciliations.scan(session, actor, reconciliation_id, claimed.text))
    except Refusal as refusal:
        flash(translate(refusal.detail), "bad")
    else:
        flash(_("Number %(number)s: %(found)s of %(expected)s", number=line.number, found=line.found, expected=line.expected), "good")
    return redirect(url_for("closing.show", reconciliation_id=reconciliation_id), 303)


@blueprint.route("/<id:reconciliation_id>/lines/<id:line_id>", methods=["GET", "POST"])
@keeps("found", "reason")
@page_requires("bags:write")
def tick(reconciliation_id: int, line_id: int) -> ResponseReturnValue:
    """Tick one number: all there, or how many and why."""
    services, actor = current_services(), require_actor()
    error: Refusal | None = None
    if request.method == "POST":
        found, reason = whole(request.form.get("found"), none=-1), request.form.get("reason")
        try:
            return _do(
                reconciliation_id,
                lambda session: services.bags.reconciliations.tick(session, actor, reconciliation_id, line_id, found=found, reason=reason),
            )
        except Refusal as refusal:
            error = refusal
    reconciliation = _reconciliation(reconciliation_id)
    return page(
        "closing/line.html",
        "bags",
        status_of(error) if error else 200,
        reconciliation=reconciliation,
        line=_line(reconciliation, line_id),
        form=entered(url_for("closing.tick", reconciliation_id=reconciliation_id, line_id=line_id)),
        kinds=KIND_NAMES,
        error=error,
    )


@blueprint.post("/<id:reconciliation_id>/add")
@keeps("number", "reason")
@page_requires("bags:write")
def add(reconciliation_id: int) -> ResponseReturnValue:
    """A tag that nothing explains."""
    services, actor = current_services(), require_actor()
    form = request.form
    number, found, reason = whole(form.get("number")), whole(form.get("found") or "1"), form.get("reason", "")
    try:
        return _do(
            reconciliation_id,
            lambda session: services.bags.reconciliations.add(session, actor, reconciliation_id, number=number, found=found, reason=reason),
        )
    except Refusal as refusal:
        return _show_page(reconciliation_id, refusal)


@blueprint.post("/<id:reconciliation_id>/finish")
@page_requires("bags:write")
def finish(reconciliation_id: int) -> ResponseReturnValue:
    """Every difference has its reason: what is left becomes overdue as the house rules say."""
    services, actor = current_services(), require_actor()
    try:
        return _do(reconciliation_id, lambda session: services.bags.reconciliations.finish(session, actor, reconciliation_id))
    except Refusal as refusal:
        return _show_page(reconciliation_id, refusal)


def _do(reconciliation_id: int, unit: Callable[[Session], object]) -> ResponseReturnValue:
    return command(unit, lambda _result: redirect_answer(url_for("closing.show", reconciliation_id=reconciliation_id)))


def _show_page(reconciliation_id: int, error: Refusal | None = None) -> ResponseReturnValue:
    reconciliation, actor = _reconciliation(reconciliation_id), require_actor()
    closing = reconciliation.kind is ReconciliationKind.CLOSING
    return page(
        "closing/show.html",
        "bags",
        status_of(error) if error else 200,
        reconciliation=reconciliation,
        missing=sum(line.differs for line in reconciliation.lines),
        kinds=KIND_NAMES,
        form=entered(url_for("closing.add", reconciliation_id=reconciliation_id)),
        may_write=actor.may("bags:write"),
        may_finish=actor.may("bags:manage" if closing else "bags:write"),
        error=error,
    )


def _reconciliation(reconciliation_id: int) -> Reconciliation:
    services = current_services()
    with services.db.read() as session:
        return services.bags.reconciliations.get(session, reconciliation_id)


def _line(reconciliation: Reconciliation, line_id: int) -> ReconciliationLine:
    found = next((line for line in reconciliation.lines if line.id == line_id), None)
    if found is None:
        raise NotFound(msg("There is no line %(id)s in this reconciliation.", id=line_id))
    return found
