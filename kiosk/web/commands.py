"""Runs what a request changes: in the writer, once for each idempotency key, answered when it is durable."""

import contextvars
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import msgspec
from flask import Flask, Response, current_app, redirect, request
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.errors import KioskError, Refusal
from kiosk.events import take_pending
from kiosk.web import idempotency
from kiosk.web.auth import current_actor
from kiosk.web.context import current_services
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

T = TypeVar("T")

JSON_TYPE = "application/json"
_RUNNING = "kiosk_idempotency"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered: small enough to be stored under its idempotency key."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(value: object, status: int = 200, **headers: str) -> Answer:
    """*value* (Struct, dataclass, dict, list) as JSON; a header is given as ``location="/api/v1/bags/3"``."""
    named = {name.replace("_", "-").title(): content for name, content in headers.items()}
    return Answer(status, msgspec.json.encode(value).decode(), {"Content-Type": JSON_TYPE, **named})


def json_response(value: object, status: int = 200) -> Response:
    """*value* as JSON, for requests that change nothing."""
    return Response(msgspec.json.encode(value), status, content_type=JSON_TYPE)


def redirect_answer(location: str) -> Answer:
    """Send a browser on to *location* after its form was accepted (303: by GET)."""
    return Answer(303, "", {"Location": location})


class _Overtaken(KioskError):
    """Another station of this database has answered the same request under the same key meanwhile."""


def set_up_commands(app: Flask) -> None:
    """Give *app* its memory of running keys."""
    app.extensions[_RUNNING] = idempotency.Running()


def command(unit: Callable[[Session], T], render: Callable[[T], Answer]) -> Response:
    """Run *unit* in the writer and return what *render* makes of its result, once that is durable.

    With an ``Idempotency-Key`` header (or the form field ``idempotency_key``) the answer is stored with the effect;
    the same request under the same key gets it again. Refusals of the desk's rules are stored and raised again, too.
    Both functions run in the writer thread, in a copy of this request's context, and *unit* maybe more than once.
    """
    key = idempotency.key_of(request)
    services = current_services()
    if key is None:
        return _response(render(_in_writer(unit)))
    actor = current_actor()
    # Before the log-in a key belongs to the browser: two browsers never share one.
    owner = actor.label if actor is not None else f"screen:{screen_id()}"
    running = cast(idempotency.Running, current_app.extensions[_RUNNING])
    running.begin(owner, key)
    try:
        print_ = idempotency.fingerprint(request, services.contacts.request_secret())

        def keyed(session: Session) -> Answer | Refusal:
            now = services.clock.now()
            record = idempotency.find(session, owner, key, print_, now)
            if record is not None:
                return _replay(record)
            outcome = _try(session, unit, render)
            try:
                idempotency.keep(session, actor=owner, key=key, fingerprint=print_, created_at=now, **_stored(outcome))
            except IntegrityError as error:
                raise _Overtaken from error
            return outcome

        try:
            outcome = _in_writer(keyed)
        except _Overtaken:
            outcome = _in_writer(keyed)  # what was done is undone; now the other one's answer is found
    finally:
        running.end(owner, key)
    if isinstance(outcome, Refusal):
        raise outcome
    return _response(outcome)


def _in_writer(unit: Callable[[Session], T]) -> T:
    # The writer thread sees this request (addresses, language) and its log context as this thread does; this one waits.
    context = contextvars.copy_context()
    return current_services().db.write(lambda session: context.run(unit, session))


def _try(session: Session, unit: Callable[[Session], T], render: Callable[[T], Answer]) -> Answer | Refusal:
    savepoint = session.begin_nested()
    try:
        answer = render(unit(session))
    except Refusal as refusal:
        if not idempotency.is_kept(refusal):
            raise
        savepoint.rollback()
        take_pending(session)
        return refusal
    savepoint.commit()
    return answer


def _stored(outcome: Answer | Refusal) -> dict[str, object]:
    if isinstance(outcome, Refusal):
        return {"status": status_of(outcome), "headers": "{}", "body": idempotency.pack_refusal(outcome), "refused": True}
    headers = msgspec.json.encode(dict(outcome.headers)).decode()
    return {"status": outcome.status, "headers": headers, "body": outcome.body, "refused": False}


def _replay(record: "Row[Any]") -> Answer | Refusal:
    if record.refused:
        return idempotency.unpack_refusal(record.body)
    headers = msgspec.json.decode(record.headers, type=dict[str, str])
    return Answer(record.status, record.body, {**headers, "Idempotency-Replayed": "true"})


def _response(answer: Answer) -> Response:
    if "Location" in answer.headers and 300 <= answer.status < 400:
        response = cast(Response, redirect(answer.headers["Location"], code=answer.status))
    else:
        response = Response(answer.body, answer.status)
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response
