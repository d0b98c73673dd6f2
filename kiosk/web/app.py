"""The app factory: puts the blueprints of the counters and the ground they stand on into one Flask app."""

import secrets
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from flask import Blueprint, Flask, Response, g, request
from werkzeug.routing import IntegerConverter, Map

from kiosk.logs import log_context
from kiosk.web import auth, commands, health, i18n, problems, security, static_files
from kiosk.web.api import api_blueprints
from kiosk.web.context import EXTENSION, Services, current_services

__all__ = ["Services", "create_app", "current_services"]

_FOLDER = Path(__file__).parent
# The largest row id of both databases; a longer number in an address is simply not found.
_MAX_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """``<id:deposit_id>`` in a route: a row id."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=_MAX_ID)


def create_app(services: Services, pages: Iterable[Blueprint] = ()) -> Flask:
    """Build the app over *services*. *pages* are blueprints beyond the product's own, such as the demo's bench."""
    app = Flask("kiosk.web", root_path=str(_FOLDER), static_folder=None, template_folder="templates")
    app.extensions[EXTENSION] = services
    app.url_map.converters["id"] = IdConverter
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _measure(app, services)
    security.secure(app, services.settings.web, Path(services.settings.station.state_dir))
    static_files.serve_static(app, _FOLDER / "static")
    i18n.set_up_languages(app, services.settings)
    problems.set_up_problems(app)
    commands.set_up_commands(app)
    auth.set_up_auth(app)
    for blueprint in (health.blueprint, *api_blueprints(), *_page_blueprints(), *pages):
        app.register_blueprint(blueprint)
    return app


def _page_blueprints() -> Iterable[Blueprint]:
    from kiosk.web.pages import page_blueprints

    return page_blueprints()


def _measure(app: Flask, services: Services) -> None:
    """Give each request an id, its log context, and a place in the metrics, which also listen to the bus."""
    services.bus.subscribe(services.metrics.hear)

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(4)
        g.started = time.perf_counter()
        stack = ExitStack()
        stack.enter_context(log_context(request=g.request_id))
        g.log_context = stack

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "(none)"
        services.metrics.observe_request(request.method, route, response.status_code, time.perf_counter() - g.started)
        response.headers["X-Request-Id"] = g.request_id
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        stack = g.pop("log_context", None)
        if stack is not None:
            stack.close()
