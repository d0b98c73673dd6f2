"""What a camera sees, for whoever aims it: a page, and the pictures in it, made only while it is open."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from kiosk.devices.state import DeviceStatus
from kiosk.web.auth import page_requires, passive, require_actor
from kiosk.web.context import current_services
from kiosk.web.pages import words
from kiosk.web.pages.bags import is_fragment
from kiosk.web.pages.chrome import page
from kiosk.web.still_allowed import still_allowed
from kiosk.web.viewfinder import CONTENT_TYPE, LONGEST_S


@dataclass(frozen=True, slots=True)
class Seen:
    """One camera: how it is, and how many codes it has read."""

    device: DeviceStatus
    tone: str
    read: int


blueprint = Blueprint("cameras", __name__, url_prefix="/technician/cameras")


@blueprint.get("/<name>")
@page_requires("devices:read")
def look(name: str) -> ResponseReturnValue:
    """Look through the camera *name*."""
    hub = current_services().devices
    hub.preview(name)
    status, read = hub.status(name), hub.scanner_stats(name)
    seen = Seen(status, words.device_words(status).tone, read.read if read else 0)
    if is_fragment():
        return render_template("technician/camera_state.html", seen=seen, states=words.STATE_NAMES)
    return page("technician/camera.html", "technician", seen=seen, states=words.STATE_NAMES, longest_s=int(LONGEST_S))


@blueprint.get("/<name>/pictures")
@page_requires("devices:read")
@passive
def pictures(name: str) -> ResponseReturnValue:
    """The pictures, one after the other, until the viewer leaves."""
    services = current_services()
    board = services.devices.preview(name)
    response = Response("", content_type=CONTENT_TYPE, headers={"X-Accel-Buffering": "no"})
    if request.method != "HEAD":
        services.viewfinder.grant(request.environ, board, still_allowed(services, require_actor(), "devices:read"))
    return response
