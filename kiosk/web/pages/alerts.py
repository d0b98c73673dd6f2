"""Messages to people: what was delivered, what waits, and the questions about those of which nobody knows."""

from typing import cast

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.desk.alerts.compose import SEVERITY_NAMES
from kiosk.desk.alerts.models import DeliveryState
from kiosk.desk.alerts.views import Resolution
from kiosk.errors import FieldError, Invalid, Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages import alert_words
from kiosk.web.pages.bags import is_fragment
from kiosk.web.pages.chrome import page
from kiosk.web.pages.forms import whole
from kiosk.web.problems import status_of

blueprint = Blueprint("alerts", __name__, url_prefix="/manage/alerts")

_SHOWN = 50
_FILTERS: dict[str, tuple[str, frozenset[DeliveryState] | None]] = {
    "": (N_("All"), None),
    "open": (N_("To decide"), frozenset({DeliveryState.UNCERTAIN, DeliveryState.FAILED})),
    "waiting": (N_("Waiting"), frozenset({DeliveryState.QUEUED, DeliveryState.SENT})),
    "delivered": (N_("Delivered"), frozenset({DeliveryState.CONFIRMED})),
}
_RESOLUTIONS = ("arrived", "again", "drop")


@blueprint.get("")
@page_requires("alerts:read")
def overview() -> ResponseReturnValue:
    """Channels, and the newest messages."""
    return _page()


@blueprint.post("/<id:delivery_id>")
@page_requires("alerts:write")
def decide(delivery_id: int) -> ResponseReturnValue:
    """Take a person's decision about one message."""
    services, actor = current_services(), require_actor()
    outcome = _resolution(request.form.get("outcome"))
    try:
        return command(
            lambda session: services.alerts.resolve(session, actor, delivery_id, outcome),
            lambda _listed: redirect_answer(url_for("alerts.overview", state="open")),
        )
    except Refusal as refusal:
        return _page(refusal)


@blueprint.post("/test")
@page_requires("alerts:write")
def test() -> ResponseReturnValue:
    """Queue a test message."""
    services, actor = current_services(), require_actor()
    channel = request.form.get("channel", "")
    try:
        answer = command(
            lambda session: services.alerts.send_test(session, actor, channel),
            lambda _listed: redirect_answer(url_for("alerts.overview")),
        )
    except Refusal as refusal:
        return _page(refusal)
    flash(_("A test message is on its way; the list shows what becomes of it."), "good")
    return answer


def _resolution(text: str | None) -> Resolution:
    if text not in _RESOLUTIONS:
        said = msg("Choose one of the answers.")
        raise Invalid(said, fields=[FieldError("outcome", text, said)])
    return cast(Resolution, text)


def _page(error: Refusal | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    chosen = request.args.get("state", "")
    _name, states = _FILTERS.get(chosen, _FILTERS[""])
    channel = request.args.get("channel", "")
    before = whole(request.args.get("before"))
    with services.db.read() as session:
        channels = services.alerts.channels(session)
        listed = services.alerts.list(session, states=states, channel=channel or None, limit=_SHOWN, before_id=before or None)
    context = {
        "listed": listed,
        "channels": channels,
        "filters": [(key, name) for key, (name, _states) in _FILTERS.items()],
        "chosen": chosen if chosen in _FILTERS else "",
        "channel": channel,
        "before": listed[-1].view.id if len(listed) == _SHOWN else None,
        "may_decide": actor.may("alerts:write"),
        "words": alert_words,
        "severities": SEVERITY_NAMES,
    }
    if is_fragment():
        return render_template("manage/alerts_list.html", **context)
    return page("manage/alerts.html", "manage", status_of(error) if error else 200, error=error, **context)
