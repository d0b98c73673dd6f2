"""Every error as an answer: RFC 9457 problem documents for programs, a plain friendly page for people."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.routing import RequestRedirect

from kiosk.db.faults import is_storage_fault
from kiosk.errors import (
    Conflict,
    Denied,
    FieldError,
    Invalid,
    NotFound,
    Refusal,
    StorageError,
    Throttled,
    Unauthenticated,
    Unavailable,
)
from kiosk.i18n import N_, Message, msg
from kiosk.web.auth import is_api_request, to_login
from kiosk.web.i18n import shown, translate
from kiosk.web.security import HEADERS

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
TYPE_PREFIX = "/problems/"
# Characters of a wrong value that an answer repeats: enough to recognise it, no use as an amplifier.
_VALUE_LIMIT = 200

STATUS: dict[type[Refusal], int] = {
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    Unauthenticated: 401,
    Denied: 403,
    Throttled: 429,
    Unavailable: 503,
}


class BadRequest(Refusal):
    """The request cannot even be read (werkzeug's 400, or JSON that is none)."""

    slug = "bad-request"
    title = N_("The request cannot be read")


@dataclass(slots=True)
class Problem:
    """One error answer before it is written in the reader's language."""

    status: int
    slug: str
    title: str
    detail: Message
    remedy: Message | None = None
    fields: tuple[FieldError, ...] = ()
    extra: dict[str, object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The problem document's members, translated for the reader of this request."""
        document: dict[str, object] = {
            "type": TYPE_PREFIX + self.slug,
            "title": translate(self.title),
            "status": self.status,
            "detail": translate(self.detail),
        }
        if self.remedy is not None:
            document["remedy"] = translate(self.remedy)
        if self.fields:
            document["errors"] = [
                {"field": error.field, "value": short_value(error.value), "message": translate(error.message)} for error in self.fields
            ]
        for name, value in self.extra.items():
            document.setdefault(name, shown({name: value})[name] if isinstance(value, Message) else value)
        return document

    def response(self) -> Response:
        """The answer for a program."""
        response = Response(msgspec.json.encode(self.document(), enc_hook=str), self.status, content_type=PROBLEM_TYPE)
        response.headers.extend(self.headers)
        return response

    def page(self) -> Response:
        """The answer for a person."""
        document = self.document()
        try:
            html = render_template("problem.html", problem=document, status=self.status)
        except Exception:  # whatever broke the page may break this one, too, and a person still deserves a sentence
            log.exception("the page of a problem could not be made")
            html = f"<!doctype html><title>{escape(document['title'])}</title><p>{escape(document['detail'])}</p>"
        response = Response(html, self.status)
        response.headers.extend(self.headers)
        return response


def set_up_problems(app: Flask) -> None:
    """Answer every error of *app* with a problem."""
    app.register_error_handler(Refusal, _answering(of_refusal))
    app.register_error_handler(StorageError, _answering(_of_storage_error))
    # Look-ups meet the database's own errors; writes have turned them into StorageError.
    app.register_error_handler(DBAPIError, _answering(_of_database_error))
    app.register_error_handler(PoolTimeout, _answering(_of_storage_error))
    app.register_error_handler(CSRFError, _answering(_of_csrf_error))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _answering(_of_unexpected))


def of_refusal(refusal: Refusal) -> Problem:
    """What a refusal is in HTTP."""
    status = status_of(refusal)
    headers = {}
    if isinstance(refusal, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="kiosk"'
    if isinstance(refusal, Throttled):
        # Whole seconds, and never 0: the wait is not over yet.
        headers["Retry-After"] = str(max(1, round(refusal.retry_after_s)))
    if isinstance(refusal.extra.get("retry_after_s"), (int, float)):
        headers.setdefault("Retry-After", str(max(1, int(str(refusal.extra["retry_after_s"]).partition(".")[0]))))
    return Problem(status, refusal.slug, refusal.title, refusal.detail, refusal.remedy, refusal.fields, dict(refusal.extra), headers)


def status_of(refusal: Refusal) -> int:
    """The HTTP status of *refusal*, by its kind."""
    return next((status for kind, status in STATUS.items() if isinstance(refusal, kind)), 400)


def _of_database_error(error: DBAPIError) -> Problem:
    return _of_storage_error(error) if is_storage_fault(error) else _of_unexpected(error)


def _of_storage_error(error: Exception) -> Problem:
    log.error("the database did not serve a request: %s", error)
    return Problem(
        503,
        "storage",
        N_("The database does not answer"),
        msg("The database did not take the record; nothing was changed."),
        msg("Try again. If it stays, call the technician: the disk may be full or the database server away."),
        headers={"Retry-After": "2"},
    )


def _of_csrf_error(_error: CSRFError) -> Problem:
    return Problem(
        400,
        "csrf-token",
        N_("This page is too old"),
        msg("The form's security token is missing or belongs to an earlier log-in; nothing was changed."),
        msg("Load the page again and repeat the entry; a program sends the header X-CSRFToken, or a Bearer token."),
    )


# Status: slug, title, what happened, what to do.
_HTTP_TEXTS: dict[int, tuple[str, str, str, str]] = {
    400: ("bad-request", BadRequest.title, N_("The request is malformed."), N_("Send it again as the documentation says.")),
    404: ("not-found", N_("Not found"), N_("There is nothing at %(path)s."), N_("Check the address.")),
    405: (
        "method-not-allowed",
        N_("Not possible at this address"),
        N_("%(method)s is not possible at %(path)s."),
        N_("Use one of the methods of the Allow header."),
    ),
    408: ("request-timeout", N_("The request took too long"), N_("It did not arrive completely in time."), N_("Send it again.")),
    413: ("too-large", N_("Too much at once"), N_("The request is larger than what is taken here."), N_("Send less at once.")),
    415: ("unsupported-media-type", N_("Not JSON"), N_("The body is not marked as JSON."), N_("Send the body as application/json.")),
}


def answer_of_the_server(app: Flask, status: int, page: bool) -> tuple[list[tuple[str, str]], bytes]:
    """Headers and body for what the web server itself refuses with *status*; in the store's language, the reader's is not known."""
    slug, title, detail, remedy = _HTTP_TEXTS.get(status, _HTTP_TEXTS[400])
    with app.app_context():
        problem = _of_unexpected(None) if status == 500 else Problem(status, slug, title, Message(detail), Message(remedy))
        document = problem.document()
    if page:
        texts = [escape(document[name]) for name in ("title", "detail", "remedy")]
        html = "<!doctype html><title>{0}</title><h1>{0}</h1><p>{1}<p>{2}".format(*texts)
        return [("Content-Type", "text/html; charset=utf-8"), *HEADERS.items()], html.encode()
    return [("Content-Type", PROBLEM_TYPE), *HEADERS.items()], msgspec.json.encode(document)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, RequestRedirect) or error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    if error.code >= 500 and not isinstance(error, InternalServerError):
        log.error("HTTP error %s: %s", error.code, error.description)
    return _answer(_of_http_error(error))


def _of_http_error(error: HTTPException) -> Problem:
    status = error.code or 500
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    unusual = (phrase.lower().replace(" ", "-"), phrase, N_("%(method)s is not possible at %(path)s."), N_("Check the request."))
    slug, title, detail, remedy = _HTTP_TEXTS.get(status, unusual)
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    params = {"method": request.method, "path": request.path[:_VALUE_LIMIT]} if "%(" in detail else {}
    return Problem(status, slug, title, Message(detail, params), Message(remedy), headers=headers)


def _of_unexpected(error: Exception | None) -> Problem:
    """*error* None: the web server has logged it already."""
    incident = secrets.token_hex(4)
    log.error("unexpected error, incident %s", incident, exc_info=error, extra={"incident": incident})
    return Problem(
        500,
        "internal-error",
        N_("Something went wrong here"),
        msg("This was not your mistake. The log has the details under the number %(incident)s.", incident=incident),
        msg("Look whether it was done before you try again; tell the technician the number."),
        extra={"incident": incident},
    )


def _answering(build: Callable[..., Problem]) -> Callable[[Exception], ResponseReturnValue]:
    def handle(error: Exception) -> ResponseReturnValue:
        problem = build(error)
        if problem.status == 401 and not wants_json():
            return to_login()
        return _answer(problem)

    return handle


def _answer(problem: Problem) -> Response:
    return problem.response() if wants_json() else problem.page()


def wants_json() -> bool:
    """Whether the caller reads problem documents rather than pages."""
    if is_api_request():
        return True
    accepted = request.accept_mimetypes
    best = accepted.best_match(["text/html", "application/json", PROBLEM_TYPE], "text/html")
    return best != "text/html"


def short_value(value: object) -> object:
    """A wrong value as an answer repeats it: enough to recognise it."""
    if isinstance(value, str):
        return value if len(value) <= _VALUE_LIMIT else value[:_VALUE_LIMIT] + "…"
    if isinstance(value, (int, float, bool)) or value is None:
        return value
    return short_value(msgspec.json.encode(value, enc_hook=str).decode(errors="replace"))
