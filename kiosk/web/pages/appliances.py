"""Tests of appliances that come back: a checklist for the goods, the serial number by scan, the customer's signature."""

from dataclasses import dataclass

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk import signatures
from kiosk.desk.appliances.views import ApplianceTestView, ChecklistItem, NewTest, TestResult
from kiosk.desk.scans import ScannedKind
from kiosk.errors import NotFound, Refusal
from kiosk.i18n import msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import Answer, command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.case_forms import Form
from kiosk.web.pages.case_slip import progress_of_slip
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.pages.forms import whole
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

blueprint = Blueprint("appliances", __name__, url_prefix="/desk/appliances")

PER_PAGE = 50
_FIELDS = ("product", "name", "category", "serial", "result", "fault", "receipt", "line")


@dataclass(frozen=True, slots=True)
class Goods:
    """What is tested: of a receipt's line, or named by hand."""

    product: str = ""
    name: str = ""
    category: str = ""
    receipt_id: int | None = None
    line: int | None = None
    receipt: str = ""  # its number


@blueprint.get("")
@page_requires("returns:read")
def overview() -> ResponseReturnValue:
    """The tests, the newest first."""
    services, actor = current_services(), require_actor()
    before = whole(request.args.get("before")) or None
    with services.db.read() as session:
        tests = services.appliances.newest(session, limit=PER_PAGE, before_id=before)
    more = url_for("appliances.overview", before=tests[-1].id) if len(tests) == PER_PAGE else ""
    return page("appliances/overview.html", "returns", tests=tests, more=more, may_write=actor.may("returns:write"))


@blueprint.route("/new", methods=["GET", "POST"])
@keeps(*_FIELDS, numbered=("item", "note"))
@page_requires("returns:write")
def new() -> ResponseReturnValue:
    """Test goods of a receipt's line (``?receipt=12&line=3``), or of a category that is chosen here."""
    services, actor = current_services(), require_actor()
    goods = _goods()
    checklist = services.appliances.checklist(goods.category)
    error: Refusal | None = None
    if request.method == "POST":
        try:
            test = _read(goods, checklist)
            return command(lambda session: services.appliances.record(session, actor, test), _to_test)
        except Refusal as refusal:
            error = refusal
    return page(
        "appliances/new.html",
        "returns",
        status_of(error) if error else 200,
        goods=goods,
        checklist=checklist,
        categories=[name for name in services.settings.returns.checklists if name],
        form=entered(url_for("appliances.new")),
        error=error,
    )


@blueprint.get("/scans/<scan_id>")
@page_requires("returns:write")
def scanned(scan_id: str) -> ResponseReturnValue:
    """The text of a serial number that was just scanned for this screen: the form's field takes it."""
    scan = current_services().scans.claim(scan_id, screen_id())
    if scan is None or scan.kind not in (ScannedKind.GOODS, ScannedKind.UNKNOWN):
        abort(404)
    return Response(scan.text, content_type="text/plain; charset=utf-8")


@blueprint.get("/<id:test_id>")
@page_requires("returns:read")
def show(test_id: int) -> ResponseReturnValue:
    """One test."""
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        test = services.appliances.get(session, test_id)
        job = services.jobs.get(session, test.job) if test.job is not None else None
    slip = progress_of_slip(job) if job else None
    return page("appliances/show.html", "returns", test=test, slip=slip, may_write=actor.may("returns:write"))


def _to_test(test: ApplianceTestView) -> Answer:
    return redirect_answer(url_for("appliances.show", test_id=test.id))


def _goods() -> Goods:
    """What the address, or the form, names. Raises NotFound for a line that no receipt has."""
    given = request.form if request.method == "POST" else request.args
    receipt_id, number = whole(given.get("receipt")), whole(given.get("line"))
    if not receipt_id:
        product, name, category = (given.get(field, "").strip()[:120] for field in ("product", "name", "category"))
        return Goods(product, name, category)
    services = current_services()
    with services.db.read() as session:
        receipt = services.receipts.get(session, receipt_id)
    line = next((line for line in receipt.lines if line.line == number), None)
    if line is None:
        raise NotFound(msg("Receipt %(number)s has no line %(line)s.", number=receipt.number, line=number))
    return Goods(line.product, line.name, line.category, receipt_id, number, receipt.number)


def _read(goods: Goods, checklist: list[str]) -> NewTest:
    form = Form(request.form)
    items = []
    for place, text in enumerate(checklist):
        said = form.text(f"item-{place}")
        if said not in ("yes", "no"):
            form.wrong(f"item-{place}", msg("Say of each line of the checklist whether it is all right."))
        items.append(ChecklistItem(text, said == "yes", form.text(f"note-{place}")))
    result = form.one_of("result", TestResult)
    if result is None:
        form.wrong("result", msg("Choose one of the answers."))
    form.check()
    signature = signatures.parse(request.form.get("strokes", ""))
    return NewTest(
        product=goods.product,
        name=goods.name,
        category=goods.category,
        serial=form.text("serial"),
        items=items,
        result=result or TestResult.NO_FAULT,
        receipt_id=goods.receipt_id,
        line=goods.line,
        fault=form.text("fault"),
        signature=signature,
    )
