"""Server-sent events: what happens at the station, as it happens, resumable after a break."""

from typing import Annotated

import msgspec
from flask import Blueprint, Response, request, session
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.i18n import msg
from kiosk.web import sessions
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import NotLoggedIn, current_actor, passive, public
from kiosk.web.context import current_services
from kiosk.web.still_allowed import still_allowed
from kiosk.web.streams import Audience, Order

blueprint = Blueprint("api_events", __name__, url_prefix=f"{PREFIX}/events")

# Longer ones are not ours; looking for them would only cost time.
_MAX_ID = 64


class Since(msgspec.Struct, frozen=True):
    """Where to begin; the header Last-Event-ID, which browsers send after a break, goes first."""

    since: Annotated[str | None, Meta(description="Id of the last event that is known; without it only new ones are sent.")] = None


@blueprint.get("")
@describe("Follow events", query=Since, answers={200: None}, problems=(401, 403, 503), media_type="text/event-stream")
@public  # a screen at the desk may follow before the log-in as well: it learns only that a badge was scanned at it
@passive
def follow() -> ResponseReturnValue:
    services = current_services()
    actor = current_actor()
    by_token = actor is not None and actor.kind == "token"
    if actor is not None and not actor.may("events:read"):
        if by_token:
            actor.require("events:read")
        # A person who may do nothing yet (a new PIN is due) is as good as nobody: a badge may still take over.
        actor = None
    if actor is None and not sessions.at_desk():
        # No badge is ever scanned for a screen elsewhere: it would only take the place of one that is needed.
        raise NotLoggedIn(msg("Nobody is logged in."), msg("Log in, or send a token as 'Authorization: Bearer TOKEN'."))
    response = Response("", content_type="text/event-stream; charset=utf-8", headers={"X-Accel-Buffering": "no"})
    if request.method == "HEAD":
        return response
    last_id = request.headers.get("Last-Event-ID") or request.args.get("since")
    order = Order(
        Audience(None if by_token else session.get("screen"), trusted=actor is not None),
        last_id[:_MAX_ID] if last_id else None,
        still_allowed(services, actor, "events:read") if actor is not None else None,
    )
    services.streams.grant(request.environ, order)
    return response
