"""The print queue: what waits, what asks for a decision, what was printed."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kiosk.devices.jobs import FINAL, JobState
from kiosk.devices.queue import JobView
from kiosk.errors import Refusal
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.bags import is_fragment
from kiosk.web.pages.chrome import page
from kiosk.web.pages.forms import outcome
from kiosk.web.pages.words import PURPOSES
from kiosk.web.problems import status_of

blueprint = Blueprint("jobs", __name__, url_prefix="/desk/jobs")

_OPEN = frozenset(JobState) - FINAL
_FINISHED_SHOWN = 30


@blueprint.get("")
@page_requires("jobs:read")
def queue() -> ResponseReturnValue:
    """Open jobs first, then the last finished ones."""
    return _page()


@blueprint.post("/<id:job_id>")
@page_requires("jobs:write")
def decide(job_id: int) -> ResponseReturnValue:
    """Take a person's answer."""
    services, actor = current_services(), require_actor()
    answer = outcome(request.form.get("outcome"))
    try:
        return command(
            lambda session: services.jobs.resolve(session, actor.label, job_id, answer),
            lambda _job: redirect_answer(url_for("jobs.queue")),
        )
    except Refusal as refusal:
        return _page(refusal)


def _records(session: Session, jobs: list[JobView]) -> dict[str, tuple[str, str]]:
    """Number and page of the bags or the case that each job belongs to, by its subject (``deposit:12``, ``case:3``)."""
    services, found = current_services(), dict[str, tuple[str, str]]()
    for subject in {job.subject for job in jobs if job.subject}:
        kind, _, number = subject.partition(":")
        if kind == "deposit":
            found[subject] = str(services.bags.get(session, int(number)).number), url_for("bags.show", deposit_id=int(number))
        elif kind == "case":
            found[subject] = services.cases.get(session, int(number)).number, url_for("cases.show", case_id=int(number))
    return found


def _page(error: Refusal | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        waiting = services.jobs.list(session, states=_OPEN, limit=200)
        finished = services.jobs.list(session, states=FINAL, limit=_FINISHED_SHOWN)
        records = _records(session, [*waiting, *finished])
    # Questions first, then in the order in which they will be printed.
    waiting.sort(key=lambda job: (not job.needs_decision, job.id))
    context = {"waiting": waiting, "finished": finished, "records": records, "purposes": PURPOSES, "may_decide": actor.may("jobs:write")}
    if is_fragment():
        return render_template("jobs/list.html", **context)
    return page("jobs/queue.html", "jobs", status_of(error) if error else 200, error=error, **context)
