"""Money that the point of sale has to pay for returns: what is known of it, and noting by hand what became of it."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.returns.views import RefundState
from kiosk.errors import Refusal
from kiosk.i18n import msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import keeps
from kiosk.web.pages.forms import whole
from kiosk.web.pages.return_forms import WrongForm
from kiosk.web.problems import status_of

blueprint = Blueprint("refunds", __name__, url_prefix="/desk/returns/refunds")

PER_PAGE = 100
# What waits for somebody: shown first.
OPEN = (RefundState.PENDING, RefundState.EXPORTED, RefundState.FAILED)


@blueprint.get("")
@page_requires("returns:read")
def overview() -> ResponseReturnValue:
    """Refunds whose end is not known, or those of one state."""
    return _list_page()


@blueprint.post("/<id:refund_id>/settle")
@keeps("detail")
@page_requires("refunds:write")
def settle(refund_id: int) -> ResponseReturnValue:
    """Somebody looked at the point of sale: it was paid, or it was not."""
    services, actor = current_services(), require_actor()
    said, detail = request.form.get("state", ""), request.form.get("detail", "").strip()[:200]
    try:
        if said not in (RefundState.CONFIRMED, RefundState.FAILED):
            raise WrongForm(msg("Choose one of the answers."))
        return command(
            lambda session: services.returns.settle_refund(session, actor, refund_id, RefundState(said), detail),
            lambda _refund: redirect_answer(url_for("refunds.overview", state=request.args.get("state") or None)),
        )
    except Refusal as refusal:
        return _list_page(refusal)


@blueprint.post("/<id:refund_id>/again")
@page_requires("refunds:write")
def again(refund_id: int) -> ResponseReturnValue:
    """Tell the point of sale once more of a refund that it did not pay."""
    services, actor = current_services(), require_actor()
    try:
        return command(
            lambda session: services.returns.retry_refund(session, actor, refund_id),
            lambda _refund: redirect_answer(url_for("refunds.overview", state=request.args.get("state") or None)),
        )
    except Refusal as refusal:
        return _list_page(refusal)


def _list_page(error: Refusal | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    chosen, before = request.args.get("state", ""), whole(request.args.get("before")) or None
    if chosen not in (*RefundState, "all"):
        chosen = ""
    states = None if chosen == "all" else (RefundState(chosen),) if chosen else OPEN
    with services.db.read() as session:
        found = services.returns.refunds(session, states=states, limit=PER_PAGE, before_id=before)
    more = url_for("refunds.overview", state=chosen or None, before=found[-1].id) if len(found) == PER_PAGE else ""
    return page(
        "returns/refunds.html",
        "returns",
        status_of(error) if error else 200,
        refunds=found,
        chosen=chosen,
        more=more,
        may_settle=actor.may("refunds:write"),
        error=error,
    )
