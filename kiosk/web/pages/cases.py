"""The case counter's pages: which cases there are, taking one in, and one case with its history."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kiosk.desk.cases.views import OPEN_STATES, CaseKind, CaseState, CaseView, Severity
from kiosk.desk.scans import ScannedKind
from kiosk.desk.staff import StaffView
from kiosk.errors import Refusal
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.i18n import language
from kiosk.web.pages.bags import is_fragment
from kiosk.web.pages.case_forms import INTAKE_FIELDS, read_new_case
from kiosk.web.pages.case_slip import slip_of
from kiosk.web.pages.case_steps import steps_of
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import Entered, entered, keeps
from kiosk.web.pages.forms import whole
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

blueprint = Blueprint("cases", __name__, url_prefix="/desk/cases")

PER_PAGE = 50
_MAX_RECEIPT = 64


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases the list shows, as its address says; what is no choice there counts as not given."""

    state: str = ""  # "" the open ones, "all", or one state
    owner: str = ""  # "" anybody's, "me", "none", or a person's id
    department: str = ""
    severity: str = ""
    overdue: bool = False
    query: str = ""

    @classmethod
    def of_request(cls) -> "Filter":
        given = request.args.get
        state, owner, severity = given("state", ""), given("owner", ""), given("severity", "")
        departments = current_services().settings.cases.departments
        return cls(
            state=state if state in (*CaseState, "all") else "",
            owner=owner if owner in ("me", "none") or whole(owner) else "",
            department=found if (found := given("department", "")) in departments else "",
            severity=severity if severity in tuple(Severity) else "",
            overdue=given("overdue") == "yes",
            query=given("q", "").strip()[:100],
        )

    @property
    def folded(self) -> bool:
        """Whether only what stands outside the folded part is used."""
        return not (self.department or self.severity or self.state or (self.owner and self.owner != "me"))

    def address(self, before: int | None = None) -> str:
        """The address of this list, or of the page of it that ends before the case *before*."""
        named = {"state": self.state, "owner": self.owner, "department": self.department, "severity": self.severity}
        named |= {"overdue": "yes" if self.overdue else "", "q": self.query, "before": str(before or "")}
        query = urlencode({name: value for name, value in named.items() if value})
        return url_for("cases.overview") + (f"?{query}" if query else "")


@blueprint.get("")
@page_requires("cases:read")
def overview() -> ResponseReturnValue:
    """The open cases, or those that were asked for; newest first."""
    services, actor = current_services(), require_actor()
    wanted, before = Filter.of_request(), whole(request.args.get("before")) or None
    with services.db.read() as session:
        cases = services.cases.list(
            session,
            states=_states(wanted.state),
            owner_id=actor.id if wanted.owner == "me" else whole(wanted.owner) or None,
            department=wanted.department or None,
            severity=Severity(wanted.severity) if wanted.severity else None,
            overdue=True if wanted.overdue else None,
            query=wanted.query,
            limit=PER_PAGE,
            before_id=before,
            unowned=wanted.owner == "none",
        )
        counts = services.cases.counts(session)
        people = case_workers(session)
    more = wanted.address(cases[-1].id) if len(cases) == PER_PAGE else ""
    context: dict[str, Any] = {"cases": cases, "counts": counts, "wanted": wanted, "more": more, "before": before}
    if is_fragment():
        return render_template("cases/rows.html", **context)
    return page(
        "cases/list.html",
        "cases",
        **context,
        people=people,
        departments=services.settings.cases.departments,
        may_write=actor.may("cases:write"),
        may_manage=actor.may("cases:manage"),
    )


@blueprint.get("/new")
@page_requires("cases:write")
def new() -> ResponseReturnValue:
    """What happened, and who says so?"""
    return _new_page(None)


@blueprint.post("/new")
@keeps(*INTAKE_FIELDS, longest=20_000)
@page_requires("cases:write")
def take_in() -> ResponseReturnValue:
    """Take a case in, print its slip, and lead on to the case."""
    services, actor = current_services(), require_actor()
    try:
        case = read_new_case(request.form)
        return command(
            lambda session: services.cases.open(session, actor, case),
            lambda receipt: redirect_answer(url_for("cases.show", case_id=receipt.id)),
        )
    except Refusal as refusal:
        return _new_page(refusal)


@blueprint.get("/scans/<scan_id>")
@page_requires("cases:write")
def scanned(scan_id: str) -> ResponseReturnValue:
    """The text of a receipt or of goods that was just scanned for this screen: the intake's field takes it."""
    scan = current_services().scans.claim(scan_id, screen_id())
    if scan is None or scan.kind not in (ScannedKind.RECEIPT, ScannedKind.GOODS):
        abort(404)
    return Response(scan.text, content_type="text/plain; charset=utf-8")


@blueprint.get("/<id:case_id>")
@page_requires("cases:read")
def show(case_id: int) -> ResponseReturnValue:
    """One case, live."""
    return case_page(case_id)


def case_page(case_id: int, error: Refusal | None = None) -> ResponseReturnValue:
    """The page of one case, with what was refused there."""
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        case = services.cases.get(session, case_id)
        history = services.cases.history(session, case_id)
        photos = services.cases.photos(session, case_id)
        replies = services.cases.replies(session, case_id)
        slip = slip_of(session, case)
    context: dict[str, Any] = {
        "case": case,
        "history": history,
        "photos": photos,
        "replies": replies,
        "slip": slip,
        "steps": steps_of(case, actor),
        "actor": actor,
    }
    if is_fragment():
        return render_template("cases/case.html", **context)
    return page("cases/show.html", "cases", status_of(error) if error else 200, error=error, **context)


def case_of(case_id: int) -> CaseView:
    """One case. Raises NotFound."""
    services = current_services()
    with services.db.read() as session:
        return services.cases.get(session, case_id)


def case_workers(session: Session) -> list[StaffView]:
    """The people who may own a case."""
    from kiosk.desk.actors import ROLE_SCOPES

    everybody = current_services().staff.list_users(session, active_only=True)
    return [person for person in everybody if "cases:write" in ROLE_SCOPES[person.role]]


def _states(state: str) -> frozenset[CaseState] | None:
    if state == "all":
        return None
    return frozenset({CaseState(state)}) if state else OPEN_STATES


def _new_page(error: Refusal | None) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        people = case_workers(session)
    form = entered(url_for("cases.take_in"))
    if request.method == "GET" and not form.fields:
        # Whoever scanned a receipt elsewhere comes with it.
        form = Entered({"receipt": request.args.get("receipt", "")[:_MAX_RECEIPT], "kind": CaseKind.COMPLAINT.value})
    return page(
        "cases/new.html",
        "cases",
        status_of(error) if error else 200,
        error=error,
        form=form,
        kinds=tuple(CaseKind),
        severities=tuple(Severity),
        departments=services.settings.cases.departments,
        people=people,
        consent=services.contacts.consent(language()),
        content_max=services.settings.cases.content_max_length,
    )
