"""The shopper's kiosk and the customer's screens at the counters: one public page, its data, its events, its worker.

What a shopper says is sent to the API (kiosk/web/api/feedback.py); nothing here changes a record.
"""

from pathlib import Path

import msgspec
from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from kiosk.web import sessions
from kiosk.web.auth import passive, public
from kiosk.web.bundle import page_files
from kiosk.web.context import current_services
from kiosk.web.pages.feedback_data import KioskAudience, Picture, kiosk_screen, picture
from kiosk.web.streams import Order

blueprint = Blueprint("feedback", __name__, url_prefix="/feedback")

# Characters of a counter's name or of an event's id; longer ones are not ours.
_MAX_ID = 64
_WORKER = Path(__file__).parent.parent / "static" / "kiosk" / "worker.js"
_HTML_LANGUAGE = {"zh": "zh-Hans", "en": "en"}


@blueprint.get("")
@public
@passive
def kiosk() -> ResponseReturnValue:
    """The page; with ``?counter=NAME`` the customer's screen of that counter."""
    return _fresh(Response(render_picture(_picture(_counter()))))


@blueprint.get("/data")
@public
@passive
def data() -> ResponseReturnValue:
    """The picture anew: hours begin and end, surveys and stories change while a page stands open."""
    return _fresh(Response(msgspec.json.encode(_picture(_counter())), content_type="application/json"))


@blueprint.get("/events")
@public
@passive
def events() -> ResponseReturnValue:
    """Server-sent events for the station's own kiosk and counter screens; other browsers look again now and then."""
    if not sessions.at_desk():
        # A browser takes 204 as the end of a stream for good. The station's places are for its own screens.
        return "", 204
    services = current_services()
    counter = _counter()
    screen = None if counter else kiosk_screen(services.settings)
    last_id = request.headers.get("Last-Event-ID")
    services.streams.grant(request.environ, Order(KioskAudience(screen, False, counter), last_id[:_MAX_ID] if last_id else None))
    return Response("", content_type="text/event-stream; charset=utf-8", headers={"X-Accel-Buffering": "no"})


@blueprint.get("/worker.js")
@public
@passive
def worker() -> ResponseReturnValue:
    """The service worker, which shows the page when the server is away; it names the files of this version."""
    found = page_files()
    files = [url_for("static", filename=name) for name in (*found.styles, *found.scripts, *found.later)]
    head = f"const VERSION = {msgspec.json.encode(page_version()).decode()};\nconst FILES = {msgspec.json.encode(files).decode()};\n"
    response = Response(head + _WORKER.read_text(encoding="utf-8"), content_type="text/javascript; charset=utf-8")
    # It stands for the page itself, which is above the worker's own folder.
    response.headers["Service-Worker-Allowed"] = "/feedback"
    return _fresh(response)


@blueprint.get("/manifest.webmanifest")
@public
@passive
def manifest() -> ResponseReturnValue:
    """What a browser needs to run the page as an app of its own: whole screen, no address."""
    settings = current_services().settings
    text = {
        "name": settings.store.name or "kiosk",
        "start_url": "/feedback",
        "scope": "/feedback",
        "display": "fullscreen",
        "background_color": "#eef1ec",
        "theme_color": "#0c2621",
        "icons": [{"src": url_for("static", filename="kiosk/icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return _fresh(Response(msgspec.json.encode(text), content_type="application/manifest+json"))


def render_picture(shown: Picture) -> str:
    """The page that shows *shown*."""
    found = page_files()
    return render_template(
        "feedback/kiosk.html",
        picture=shown,
        data=_in_page(shown),
        first=shown.languages[0],
        html_language=_HTML_LANGUAGE[shown.languages[0]],
        styles=found.styles,
        scripts=found.scripts,
    )


def _in_page(shown: Picture) -> Markup:
    """The picture as JSON inside the page: the same bytes as `data` sends, so that the script sees at once that nothing changed."""
    return htmlsafe_json_dumps(shown, dumps=lambda value, **_options: msgspec.json.encode(value).decode())


def page_version() -> str:
    """The version of the static files, as it stands in their addresses."""
    return url_for("static", filename="").rstrip("/").rpartition("/")[2]


def _counter() -> str:
    """The counter asked for; "" for the kiosk."""
    return request.args.get("counter", "")[:_MAX_ID]


def _picture(counter: str) -> Picture:
    services = current_services()
    with services.db.read() as session:
        return picture(services, session, counter=counter, version=page_version())


def _fresh(response: Response) -> Response:
    """Have the browser ask each time, and answer with nothing when nothing has changed."""
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
