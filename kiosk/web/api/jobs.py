"""The print queue for programs: look, and answer the question of a job that may or may not have come out."""

from typing import Annotated, Literal

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.devices.jobs import JobState
from kiosk.devices.queue import JobView
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode, decode_query

blueprint = Blueprint("api_jobs", __name__, url_prefix=f"{PREFIX}/jobs")

Limit = Annotated[int, Meta(ge=1, le=500, description="Most entries of one answer.")]
Name = Annotated[str, Meta(max_length=64)]
RowId = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class JobsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which jobs; newest first."""

    state: Annotated[JobState | None, Meta(description="Only jobs in this state.")] = None
    device: Annotated[Name | None, Meta(description="Only jobs of this device.")] = None
    subject: Annotated[Name | None, Meta(description="Only jobs of this record, e.g. deposit:12.")] = None
    before: Annotated[RowId | None, Meta(description="Only jobs older than this one, for the next page.")] = None
    limit: Limit = 100


class JobList(msgspec.Struct, frozen=True):
    """Jobs, newest first."""

    jobs: list[JobView]


class Resolve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person saw or decided."""

    outcome: Annotated[
        Literal["printed", "reprint", "cancel"],
        Meta(description="printed: it came out. reprint: it did not, print anew. cancel: it is not needed any more."),
    ]


@blueprint.get("")
@describe("List print jobs", query=JobsQuery, answers={200: JobList}, problems=(422,))
@requires("jobs:read")
def list_jobs() -> ResponseReturnValue:
    query = decode_query(JobsQuery)
    services = current_services()
    with services.db.read() as session:
        jobs = services.jobs.list(
            session,
            states=[query.state] if query.state else None,
            device=query.device,
            subject=query.subject,
            limit=query.limit,
            before_id=query.before,
        )
    return json_response(JobList(jobs))


@blueprint.get("/<id:job_id>")
@describe("Look at one print job", answers={200: JobView}, problems=(404,))
@requires("jobs:read")
def get_job(job_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(services.jobs.get(session, job_id))


@blueprint.post("/<id:job_id>/resolve")
@describe(
    "Say what became of an uncertain job, or what shall become of a waiting one",
    body=Resolve,
    answers={200: JobView},
    problems=(404, 409, 422),
    example={"outcome": "printed"},
)
@requires("jobs:write")
def resolve_job(job_id: int) -> ResponseReturnValue:
    request, services, actor = decode(Resolve), current_services(), require_actor()
    return command(lambda session: services.jobs.resolve(session, actor.label, job_id, request.outcome), json_answer)
