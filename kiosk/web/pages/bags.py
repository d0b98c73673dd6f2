"""The bag check's pages: board, taking in, giving back, reprint, search."""

from datetime import date, datetime, time, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.bags.slots import shelves_full
from kiosk.desk.bags.views import Deposit
from kiosk.errors import Conflict, FieldError, Invalid, Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.pages.forms import outcome, whole
from kiosk.web.pages.held import code_of, hold
from kiosk.web.pages.progress import progress_of
from kiosk.web.problems import status_of

blueprint = Blueprint("bags", __name__, url_prefix="/desk/bags")

# Why a ticket is printed again; the text goes into the records as it stands here.
REPRINT_REASONS = (
    ("customer part unreadable", N_("The ticket cannot be read")),
    ("bag tag damaged", N_("A bag tag is damaged")),
    ("did not come out", N_("It did not come out completely")),
    ("number of pieces corrected", N_("The customer asked for a new one and has the old one")),
)
_CANCELLED_AT_DESK = "cancelled at the desk"


class ScanTooOld(Conflict):
    """The code that the page was opened with is forgotten (restart, a quarter of an hour)."""

    slug = "scan-too-old"
    title = N_("Scan again")


@blueprint.get("")
@page_requires("bags:read")
def board() -> ResponseReturnValue:
    """Every slot at a glance."""
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        view = services.bags.board(session)
    if is_fragment():
        return render_template("bags/shelf.html", board=view)
    return page("bags/board.html", "bags", board=view, may_write=actor.may("bags:write"), may_manage=actor.may("bags:manage"))


@blueprint.get("/new")
@page_requires("bags:write")
def new() -> ResponseReturnValue:
    """How many pieces?"""
    return _new_page(None)


@blueprint.post("/new")
@keeps("pieces", "note", "slot")
@page_requires("bags:write")
def take_in() -> ResponseReturnValue:
    """Take in, print, and lead on to the deposit."""
    services, actor = current_services(), require_actor()
    form = request.form
    try:
        return command(
            lambda session: services.bags.take_in(
                session, actor, pieces=whole(form.get("pieces")), note=form.get("note", ""), slot=form.get("slot") or None
            ),
            lambda deposit: redirect_answer(url_for("bags.show", deposit_id=deposit.id)),
        )
    except Refusal as refusal:
        return _new_page(refusal)


@blueprint.get("/<id:deposit_id>")
@page_requires("bags:read")
def show(deposit_id: int) -> ResponseReturnValue:
    """One deposit, live."""
    deposit = _deposit(deposit_id)
    may_write = require_actor().may("bags:write")
    if is_fragment():
        return render_template("bags/progress.html", deposit=deposit, state=progress_of(deposit), may_write=may_write)
    return page("bags/show.html", "bags", deposit=deposit, state=progress_of(deposit), may_write=may_write)


@blueprint.post("/<id:deposit_id>/answer")
@page_requires("jobs:write")
def answer(deposit_id: int) -> ResponseReturnValue:
    """Take the answer to "did it come out?" or "still print it?"."""
    services, actor = current_services(), require_actor()
    job_id, said = whole(request.form.get("job")), outcome(request.form.get("outcome"))
    return command(
        lambda session: services.jobs.resolve(session, actor.label, job_id, said),
        lambda _job: redirect_answer(url_for("bags.show", deposit_id=deposit_id)),
    )


@blueprint.post("/<id:deposit_id>/cancel")
@page_requires("bags:write")
def cancel(deposit_id: int) -> ResponseReturnValue:
    """Withdraw a take-in without a ticket: the customer keeps the bags."""
    services, actor = current_services(), require_actor()
    return command(
        lambda session: services.bags.cancel(session, actor, deposit_id, _CANCELLED_AT_DESK),
        lambda _deposit: redirect_answer(url_for("bags.show", deposit_id=deposit_id)),
    )


@blueprint.route("/<id:deposit_id>/reprint", methods=["GET", "POST"])
@keeps("reason")
@page_requires("bags:write")
def reprint(deposit_id: int) -> ResponseReturnValue:
    """A new ticket, with a reason; the old one is void."""
    services, actor = current_services(), require_actor()
    error: Refusal | None = None
    if request.method == "POST":
        try:
            return command(
                lambda session: services.bags.reprint(session, actor, deposit_id, request.form.get("reason", "")),
                lambda _deposit: redirect_answer(url_for("bags.show", deposit_id=deposit_id)),
            )
        except Refusal as refusal:
            error = refusal
    return page(
        "bags/reprint.html",
        "bags",
        status_of(error) if error else 200,
        deposit=_deposit(deposit_id),
        reasons=REPRINT_REASONS,
        form=entered(url_for("bags.reprint", deposit_id=deposit_id)),
        error=error,
    )


@blueprint.route("/release", methods=["GET", "POST"])
@keeps("code")
@page_requires("bags:write")
def ask_code() -> ResponseReturnValue:
    """Which ticket? A scan leads on by itself; typed digits are looked up here."""
    services, actor = current_services(), require_actor()
    code = entered(url_for("bags.ask_code"))["code"]
    error: Refusal | None = None
    if request.method == "POST":
        try:
            with services.db.read() as session:
                deposit = services.bags.find(session, code, actor)
        except Refusal as refusal:
            error = refusal
        else:
            return redirect(url_for("bags.release", deposit_id=deposit.id, scan=hold(code)), 303)
    return page("bags/ask_code.html", "bags", status_of(error) if error else 200, error=error, code=code)


@blueprint.route("/<id:deposit_id>/release", methods=["GET", "POST"])
@keeps("scan")
@page_requires("bags:write")
def release(deposit_id: int) -> ResponseReturnValue:
    """Where the bags are and how many; handed out once."""
    services, actor = current_services(), require_actor()
    form = entered(url_for("bags.release", deposit_id=deposit_id))
    key = request.args.get("scan") or form["scan"]
    code = code_of(key) if key else None
    error: Refusal | None = None
    if request.method == "POST":
        try:
            return command(
                lambda session: services.bags.release(session, actor, code=_known(code), deposit_id=deposit_id),
                lambda _released: redirect_answer(url_for("bags.done", deposit_id=deposit_id)),
            )
        except Refusal as refusal:
            error = refusal
    elif code is not None:
        # A void ticket must not look valid for a moment: the page says so before anybody walks to the shelf.
        try:
            with services.db.read() as session:
                services.bags.find(session, code, actor)
        except Refusal as refusal:
            error, code = refusal, None
    deposit = _deposit(deposit_id)
    return page(
        "bags/release.html",
        "bags",
        status_of(error) if error else 200,
        deposit=deposit,
        state=progress_of(deposit),
        scan=key if code is not None else "",
        form=form,
        error=error,
    )


@blueprint.get("/<id:deposit_id>/done")
@page_requires("bags:read")
def done(deposit_id: int) -> ResponseReturnValue:
    """It was handed out."""
    deposit = _deposit(deposit_id)
    if deposit.released_at is None:
        return redirect(url_for("bags.show", deposit_id=deposit_id), 303)
    return page("bags/done.html", "bags", deposit=deposit)


@blueprint.get("/search")
@page_requires("bags:read")
def search() -> ResponseReturnValue:
    """Find bags by number, slot, note or day."""
    services = current_services()
    query, day = request.args.get("q", "").strip(), request.args.get("day", "")
    found: list[Deposit] = []
    error: Refusal | None = None
    if query or day:
        try:
            since, until = _day(day)
            with services.db.read() as session:
                found = services.bags.search(session, query, since=since, until=until)
        except Refusal as refusal:
            error = refusal
    return page(
        "bags/search.html",
        "bags",
        status_of(error) if error else 200,
        found=found,
        searched=bool(query or day) and error is None,
        form={"q": query, "day": day},
        error=error,
    )


def is_fragment() -> bool:
    """Whether a live region asks for its own content only."""
    return "X-Fragment" in request.headers


def _new_page(error: Refusal | None) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        view = services.bags.board(session)
    free = [slot.label for slot in view.slots if slot.enabled and slot.deposit is None]
    return page(
        "bags/new.html",
        "bags",
        status_of(error) if error else 200,
        error=error,
        form=entered(url_for("bags.take_in")),
        free=free,
        full=None if free else shelves_full(),
        note_max=services.settings.bags.note_max_length,
    )


def _deposit(deposit_id: int) -> Deposit:
    services = current_services()
    with services.db.read() as session:
        return services.bags.get(session, deposit_id)


def _known(code: str | None) -> str:
    if code is None:
        raise ScanTooOld(msg("This page is too old to hand out bags."), msg("Scan the customer's ticket again."))
    return code


def _day(text: str) -> tuple[datetime | None, datetime | None]:
    """Begin and end of a calendar day in the store's zone."""
    if not text:
        return None, None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        said = msg("A day is written as 2026-12-31.")
        raise Invalid(said, fields=[FieldError("day", text, said)]) from error
    start = datetime.combine(day, time.min, current_services().settings.store.zone)
    return start, start + timedelta(days=1)
