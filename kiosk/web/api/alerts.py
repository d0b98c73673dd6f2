"""Messages to people for programs: look, decide about those of which nobody knows, test a channel."""

from typing import Annotated, Literal

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.alerts.models import DeliveryState
from kiosk.desk.alerts.views import DeliveryView, Listed
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode, decode_query
from kiosk.web.i18n import translate

blueprint = Blueprint("api_alerts", __name__, url_prefix=f"{PREFIX}/alerts")

Limit = Annotated[int, Meta(ge=1, le=500, description="Most entries of one answer.")]
Name = Annotated[str, Meta(min_length=1, max_length=32)]
RowId = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class AlertsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which messages; newest first."""

    state: Annotated[DeliveryState | None, Meta(description="Only messages in this state.")] = None
    channel: Annotated[Name | None, Meta(description="Only messages of this channel.")] = None
    before: Annotated[RowId | None, Meta(description="Only messages older than this one, for the next page.")] = None
    limit: Limit = 100


class AlertList(msgspec.Struct, frozen=True):
    """Messages, newest first: each alert once for each channel."""

    alerts: list[DeliveryView]


class AlertDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person saw or decided."""

    outcome: Annotated[
        Literal["arrived", "again", "drop"],
        Meta(description="arrived: it is there. again: send it, at once. drop: nobody needs it any more."),
    ]


class AlertTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which channel is tested."""

    channel: Annotated[Name, Meta(description="Name of the channel in the configuration.")]


@blueprint.get("")
@describe("List messages to people", query=AlertsQuery, answers={200: AlertList}, problems=(422,))
@requires("alerts:read")
def list_alerts() -> ResponseReturnValue:
    query = decode_query(AlertsQuery)
    services = current_services()
    with services.db.read() as session:
        found = services.alerts.list(
            session, states=[query.state] if query.state else None, channel=query.channel, limit=query.limit, before_id=query.before
        )
    return json_response(AlertList([_said(listed) for listed in found]))


@blueprint.post("/<id:delivery_id>/resolve")
@describe(
    "Say what became of an undelivered message, or what shall become of it",
    body=AlertDecision,
    answers={200: DeliveryView},
    problems=(404, 409, 422),
    example={"outcome": "arrived"},
)
@requires("alerts:write")
def resolve_alert(delivery_id: int) -> ResponseReturnValue:
    decision, services, actor = decode(AlertDecision), current_services(), require_actor()
    return command(
        lambda session: services.alerts.resolve(session, actor, delivery_id, decision.outcome), lambda listed: json_answer(_said(listed))
    )


@blueprint.post("/test")
@describe(
    "Send a test message on one channel",
    body=AlertTest,
    answers={202: DeliveryView},
    problems=(404, 422),
    example={"channel": "duty-group"},
)
@requires("alerts:write")
def send_test() -> ResponseReturnValue:
    test, services, actor = decode(AlertTest), current_services(), require_actor()
    return command(lambda session: services.alerts.send_test(session, actor, test.channel), lambda listed: json_answer(_said(listed), 202))


def _said(listed: Listed) -> DeliveryView:
    """The message with its title in the language of the request."""
    view: DeliveryView = msgspec.structs.replace(listed.view, title=translate(listed.title))
    return view
