"""Recorded returns at the desk: the list, one return with its slip, its money and its photos, and undoing a wrong one."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.returns.views import ReturnState
from kiosk.errors import NotFound, Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import Answer, command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.bags import is_fragment
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.pages.forms import outcome, whole
from kiosk.web.pages.held import code_of
from kiosk.web.pages.receipts import ScanGone
from kiosk.web.pages.return_slip import return_slip_of
from kiosk.web.problems import status_of
from kiosk.web.security import photo_body, takes_up_to

blueprint = Blueprint("returns", __name__, url_prefix="/desk/returns")

PER_PAGE = 50


class UnknownSlip(NotFound):
    """A code has the form of a slip's, and no return has it."""

    slug = "unknown-return-slip"
    title = N_("This slip is not known")


@blueprint.get("")
@page_requires("returns:read")
def overview() -> ResponseReturnValue:
    """The returns, newest first; or those that a number fits."""
    return _list_page()


@blueprint.get("/scan/<scan_id>")
@page_requires("returns:read")
def scanned(scan_id: str) -> ResponseReturnValue:
    """The return whose slip was just scanned for this screen."""
    code = code_of(scan_id)
    if code is None:
        return _list_page(ScanGone(msg("That scan is too old."), msg("Scan the slip again.")))
    services = current_services()
    with services.db.read() as session:
        return_id = services.returns.by_code(session, code)
    if return_id is None:
        return _list_page(UnknownSlip(msg("No return has the code of that slip."), msg("Compare the slip with the list below.")))
    return redirect(url_for("returns.show", return_id=return_id), 303)


@blueprint.get("/<id:return_id>")
@page_requires("returns:read")
def show(return_id: int) -> ResponseReturnValue:
    """One return, live."""
    return _return_page(return_id)


@blueprint.post("/<id:return_id>/reprint")
@page_requires("returns:write")
def reprint(return_id: int) -> ResponseReturnValue:
    """The slip once more."""
    services, actor = current_services(), require_actor()
    try:
        return command(lambda session: services.returns.reprint_slip(session, actor, return_id), lambda _view: _to(return_id))
    except Refusal as refusal:
        return _return_page(return_id, refusal)


@blueprint.post("/<id:return_id>/answer")
@page_requires("jobs:write")
def answer(return_id: int) -> ResponseReturnValue:
    """Whether the slip came out."""
    services, actor = current_services(), require_actor()
    job_id, said = whole(request.form.get("job")), outcome(request.form.get("outcome"))
    return command(lambda session: services.jobs.resolve(session, actor.label, job_id, said), lambda _job: _to(return_id))


@blueprint.route("/<id:return_id>/void", methods=["GET", "POST"])
@keeps("reason")
@page_requires("returns:approve")
def void(return_id: int) -> ResponseReturnValue:
    """Undo a return that was recorded by mistake."""
    services, actor = current_services(), require_actor()
    error: Refusal | None = None
    if request.method == "POST":
        reason = request.form.get("reason", "")
        try:
            return command(lambda session: services.returns.void(session, actor, return_id, reason), lambda _view: _to(return_id))
        except Refusal as refusal:
            error = refusal
    with services.db.read() as session:
        view = services.returns.get(session, return_id)
    form = entered(url_for("returns.void", return_id=return_id))
    return page("returns/void.html", "returns", status_of(error) if error else 200, view=view, form=form, error=error)


@blueprint.route("/<id:return_id>/photos", methods=["GET", "POST"])
@takes_up_to(photo_body)
@page_requires("returns:write")
def photos(return_id: int) -> ResponseReturnValue:
    """The photos of the goods, and one more."""
    services, actor = current_services(), require_actor()
    error: Refusal | None = None
    if request.method == "POST":
        try:
            # Decoding takes its time, which the one writer has not.
            sent = next((file for file in request.files.getlist("photo") if file.filename), None)
            picture = services.returns.prepare_photo(sent.read() if sent is not None else b"")
            return command(
                lambda session: services.returns.add_photo(session, actor, return_id, picture),
                lambda _photo: redirect_answer(url_for("returns.photos", return_id=return_id)),
            )
        except Refusal as refusal:
            error = refusal
    with services.db.read() as session:
        view = services.returns.get(session, return_id)
        known = services.returns.photos(session, return_id)
    limits = services.settings
    status = status_of(error) if error else 200
    return page("returns/photos.html", "returns", status, view=view, photos=known, limits=limits, error=error)


@blueprint.get("/<id:return_id>/photos/<id:photo_id>")
@page_requires("returns:read")
def photo(return_id: int, photo_id: int) -> ResponseReturnValue:
    """The picture itself; never kept by the browser."""
    services = current_services()
    with services.db.read() as session:
        data = services.returns.photo(session, return_id, photo_id)
    return Response(data, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _to(return_id: int) -> Answer:
    return redirect_answer(url_for("returns.show", return_id=return_id))


def _return_page(return_id: int, error: Refusal | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        view = services.returns.get(session, return_id)
        slip = return_slip_of(session, view)
        known = services.returns.photos(session, return_id)
    recorded = view.state is ReturnState.RECORDED
    context: dict[str, Any] = {
        "view": view,
        "slip": slip,
        "photos": known,
        "may_write": actor.may("returns:write"),
        "may_void": recorded and actor.may("returns:approve"),
        "may_settle": actor.may("refunds:write"),
    }
    if is_fragment():
        return render_template("returns/state.html", **context)
    return page("returns/show.html", "returns", status_of(error) if error else 200, error=error, **context)


def _list_page(error: Refusal | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    query, before = request.args.get("q", "").strip()[:64], whole(request.args.get("before")) or None
    with services.db.read() as session:
        found = services.returns.newest(session, limit=PER_PAGE, before_id=before, query=query)
    more = url_for("returns.overview", q=query or None, before=found[-1].id) if len(found) == PER_PAGE else ""
    context: dict[str, Any] = {"found": found, "query": query, "more": more}
    if is_fragment():
        return render_template("returns/rows.html", **context)
    return page(
        "returns/list.html",
        "returns",
        status_of(error) if error else 200,
        error=error,
        here_url=url_for("returns.overview", q=query or None, before=before),
        may_write=actor.may("returns:write"),
        may_approve=actor.may("returns:approve"),
        may_look_up=actor.may("receipts:read"),
        **context,
    )
