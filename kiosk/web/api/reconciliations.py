"""Opening and closing for programs: numbered tags compared with the records, line by line."""

from typing import Annotated

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.bags.models import ReconciliationKind
from kiosk.desk.bags.views import Reconciliation, ReconciliationLine
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode

blueprint = Blueprint("api_reconciliations", __name__, url_prefix=f"{PREFIX}/reconciliations")

Count = Annotated[int, Meta(ge=0, le=99, description="Tags that were found.")]


class StartReconciliation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which one of the day."""

    kind: ReconciliationKind


class Tick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found for one line, and why that differs."""

    found: Count
    reason: str | None = None


class ScanTag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tag."""

    code: Annotated[str, Meta(max_length=64, description="The 14 digits of the tag.")]


class AddLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tags with a number that no line has."""

    number: Annotated[int, Meta(ge=1, le=9999)]
    found: Count
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class ReconciliationList(msgspec.Struct, frozen=True):
    """The newest first."""

    reconciliations: list[Reconciliation]


@blueprint.get("")
@describe("List the reconciliations of the last days", answers={200: ReconciliationList})
@requires("bags:read")
def list_reconciliations() -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(ReconciliationList(list(services.bags.reconciliations.recent(session))))


@blueprint.get("/<id:reconciliation_id>")
@describe("Look at one reconciliation", answers={200: Reconciliation}, problems=(404,))
@requires("bags:read")
def get_reconciliation(reconciliation_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(services.bags.reconciliations.get(session, reconciliation_id))


@blueprint.post("")
@describe(
    "Begin, or go on with, the day's opening or closing",
    body=StartReconciliation,
    answers={200: Reconciliation},
    problems=(409, 422),
    example={"kind": "opening"},
)
@requires("bags:write")
def start_reconciliation() -> ResponseReturnValue:
    request, service, actor = decode(StartReconciliation), current_services().bags.reconciliations, require_actor()
    return command(lambda session: service.start(session, actor, request.kind), json_answer)


@blueprint.post("/<id:reconciliation_id>/lines/<id:line_id>")
@describe(
    "Say how many tags of a line were found",
    body=Tick,
    answers={200: ReconciliationLine},
    problems=(404, 409, 422),
    example={"found": 1},
)
@requires("bags:write")
def tick_line(reconciliation_id: int, line_id: int) -> ResponseReturnValue:
    request, service, actor = decode(Tick), current_services().bags.reconciliations, require_actor()
    return command(
        lambda session: service.tick(session, actor, reconciliation_id, line_id, found=request.found, reason=request.reason), json_answer
    )


@blueprint.post("/<id:reconciliation_id>/scans")
@describe(
    "Count one scanned tag",
    body=ScanTag,
    answers={200: ReconciliationLine},
    problems=(404, 409, 422, 429),
    example={"code": "81234567890124"},
)
@requires("bags:write")
def scan_tag(reconciliation_id: int) -> ResponseReturnValue:
    request, service, actor = decode(ScanTag), current_services().bags.reconciliations, require_actor()
    return command(lambda session: service.scan(session, actor, reconciliation_id, request.code), json_answer)


@blueprint.post("/<id:reconciliation_id>/lines")
@describe(
    "Record tags with a number that nobody expects",
    body=AddLine,
    answers={201: ReconciliationLine},
    problems=(404, 409, 422),
    example={"number": 41, "found": 1, "reason": "old tag behind the shelf"},
)
@requires("bags:write")
def add_line(reconciliation_id: int) -> ResponseReturnValue:
    request, service, actor = decode(AddLine), current_services().bags.reconciliations, require_actor()
    return command(
        lambda session: service.add(session, actor, reconciliation_id, number=request.number, found=request.found, reason=request.reason),
        lambda line: json_answer(line, 201),
    )


@blueprint.post("/<id:reconciliation_id>/finish")
@describe("Close the comparison; what is left becomes overdue at closing", answers={200: Reconciliation}, problems=(404, 409))
@requires("bags:write")
def finish_reconciliation(reconciliation_id: int) -> ResponseReturnValue:
    service, actor = current_services().bags.reconciliations, require_actor()
    return command(lambda session: service.finish(session, actor, reconciliation_id), json_answer)
