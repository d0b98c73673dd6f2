"""Going on by phone, for the kiosk's screen: a one-time link to the press that was just made, and its QR code."""

from datetime import datetime
from typing import Annotated

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta
from sqlalchemy.orm import Session

from kiosk.desk.feedback.errors import UnknownPress
from kiosk.desk.feedback.handover import Offer
from kiosk.i18n import msg
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import public_json
from kiosk.web.commands import Answer, command, json_answer
from kiosk.web.context import current_services
from kiosk.web.decoding import decode
from kiosk.web.qr import qr_data_uri

blueprint = Blueprint("api_handovers", __name__, url_prefix=f"{PREFIX}/feedback")

PHONE_PATH = "/feedback/phone/"


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object."""


class Link(msgspec.Struct, frozen=True):
    """Where the phone goes on."""

    url: Annotated[str, Meta(description="Address for the phone; it holds the only copy of the one-time token.")]
    qr: Annotated[str, Meta(description="The address as a QR code: an SVG picture as a data: address for an img element.")]
    expires_at: Annotated[datetime, Meta(description="Until when it is good; a newer link of the same press ends it earlier.")]


@blueprint.post("/<key>/handover")
@describe("Go on by phone: a one-time link to a press", body=Nothing, answers={201: Link}, problems=(404, 415, 422), example={})
@public_json
def offer(key: str) -> ResponseReturnValue:
    """Make a link; 404 when feedback.public_url is not set or no press has this key."""
    decode(Nothing)
    services = current_services()
    base = services.handovers.base_url

    def render(made: Offer) -> Answer:
        url = f"{base}{PHONE_PATH}{made.token}"
        return json_answer(Link(url, qr_data_uri(url), made.expires_at), 201)

    def unit(session: Session) -> Offer:
        if services.feedback.find(session, key) is None:
            raise UnknownPress(msg("No press has this key."), msg("Send the press first, then ask for the link."))
        return services.handovers.offer(session, key)

    return command(unit, render)
