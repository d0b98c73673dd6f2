"""For watchdogs and monitoring: is the process well, is the station ready, what do the counters say."""

import threading
from dataclasses import dataclass, field

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import Database
from kiosk.devices.state import OPERATIONAL
from kiosk.errors import StorageError
from kiosk.web.auth import passive, public, require_actor
from kiosk.web.commands import json_response
from kiosk.web.context import Services, current_services
from kiosk.web.idempotency import IdempotencyRecord

blueprint = Blueprint("health", __name__)

_EXTENSION = "kiosk_canary"
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
# One durable write wears the card a little: nobody needs it more often than a watchdog asks.
_CANARY_EVERY_S = 10.0
_CANARY = ("system:health", "canary")


@dataclass
class Canary:
    """Writes one row and reads it back, at most every ten seconds; in between it repeats its last finding."""

    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: float = float("-inf")
    _problem: str | None = None

    def check(self, db: Database) -> str | None:
        """None, or what is wrong with the database."""
        with self._lock:
            if self.clock.monotonic() >= self._next:
                self._problem = self._write_and_read(db)
                self._next = self.clock.monotonic() + (_CANARY_EVERY_S if self._problem is None else 1.0)
            return self._problem

    def _write_and_read(self, db: Database) -> str | None:
        now = self.clock.now()

        def write(session: Session) -> None:
            actor, key = _CANARY
            session.merge(
                IdempotencyRecord(
                    actor=actor, key=key, fingerprint=now.isoformat(), status=204, headers="{}", body="", refused=False, created_at=now
                )
            )

        try:
            db.write(write)
        except StorageError as error:
            return str(error)
        with db.read() as session:
            found = session.scalar(select(IdempotencyRecord.fingerprint).where(IdempotencyRecord.actor == _CANARY[0]))
        return None if found == now.isoformat() else "what was written cannot be read back"


@blueprint.get("/healthz")
@public
@passive
def healthz() -> ResponseReturnValue:
    """200 when the process answers and the database takes and gives back a record, else 503."""
    services = current_services()
    problem = _canary(services).check(services.db)
    body = {"status": "ok" if problem is None else "failing", "database": problem or "ok"}
    return json_response(body, 200 if problem is None else 503)


@blueprint.get("/readyz")
@public
@passive
def readyz() -> ResponseReturnValue:
    """200 when also every device that the configuration calls required works; the body names what is missing."""
    services = current_services()
    problem = _canary(services).check(services.db)
    required = {name for name, device in services.settings.devices.items() if device.required}
    missing = [
        {"device": status.name, "state": status.state.value, "reason": status.reason.code if status.reason else None}
        for status in services.devices.statuses()
        if status.name in required and status.state not in OPERATIONAL
    ]
    unknown = required - {status.name for status in services.devices.statuses()}
    missing += [{"device": name, "state": "unknown", "reason": None} for name in sorted(unknown)]
    ready = problem is None and not missing
    body: dict[str, object] = {"status": "ready" if ready else "not-ready", "database": problem or "ok", "missing": missing}
    if request.remote_addr in _LOOPBACK:
        # For the technician at the machine (`kiosk doctor`): every device, required or not.
        body["devices"] = [
            {"name": status.name, "kind": status.kind, "state": status.state.value, "reason": status.reason.code if status.reason else None}
            for status in services.devices.statuses()
        ]
    return json_response(body, 200 if ready else 503)


@blueprint.get("/metrics")
@public
@passive
def metrics() -> ResponseReturnValue:
    """Prometheus' text format; from another machine with a token that has devices:read."""
    if request.remote_addr not in _LOOPBACK:
        require_actor("devices:read")
    services = current_services()
    return Response(services.metrics.expose(services), content_type="text/plain; version=0.0.4; charset=utf-8")


def _canary(services: Services) -> Canary:
    canary = current_app.extensions.setdefault(_EXTENSION, Canary(services.clock))
    assert isinstance(canary, Canary)
    return canary
