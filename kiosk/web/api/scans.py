"""Scans from programs: the same way that a scanner's thread takes."""

from typing import Annotated

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.scans import ScannedKind
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import requires
from kiosk.web.commands import json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode

blueprint = Blueprint("api_scans", __name__, url_prefix=f"{PREFIX}/scans")


class SendScan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One code."""

    code: Annotated[str, Meta(min_length=1, max_length=512, description="The text of the code.")]
    device: Annotated[str, Meta(min_length=1, max_length=64, description="Name of the scanner, for the log.")] = "api"


class Routed(msgspec.Struct, frozen=True):
    """What the code is, and the page that the active screen is led to; *delivered*: there was such a screen."""

    kind: ScannedKind
    target: str
    delivered: bool


@blueprint.post("")
@describe(
    "Send a scan to the station's active screen",
    body=SendScan,
    answers={202: Routed},
    problems=(422,),
    example={"code": "81234567890124", "device": "handheld-2"},
)
@requires("scans:write")
def send_scan() -> ResponseReturnValue:
    # No idempotency key: a scan changes nothing by itself, and a repeated one may be meant.
    request, services = decode(SendScan), current_services()
    routed = services.scans.handle(request.code, request.device)
    return json_response(Routed(routed.kind, routed.target, routed.screen is not None), 202)
