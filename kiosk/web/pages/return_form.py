"""Taking goods back: what comes back and how it is, what that comes to while it is entered, and a second person where one is needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk import amounts
from kiosk.desk.appliances.views import ApplianceTestView
from kiosk.desk.receipts.views import Freshness, ReceiptView
from kiosk.desk.returns.policy.views import Need, ReturnKind
from kiosk.desk.returns.views import Assessment, LineAssessment, NewReturn, Quote
from kiosk.desk.scans import ScannedKind
from kiosk.errors import Refusal
from kiosk.web.auth import page_requires
from kiosk.web.context import current_services
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import Entered, entered, keeps
from kiosk.web.pages.forms import whole
from kiosk.web.pages.receipts import looked_up
from kiosk.web.pages.return_drafts import draft_of, hold_draft, hold_photo, photos_of
from kiosk.web.pages.return_forms import FIELDS, NUMBERED, ROWS, answers_of, chosen_lines, read_return, read_without_receipt
from kiosk.web.pages.return_record import record
from kiosk.web.pages.return_words import pieces
from kiosk.web.problems import status_of
from kiosk.web.security import photo_body, takes_up_to
from kiosk.web.sessions import screen_id

blueprint = Blueprint("return_form", __name__, url_prefix="/desk")

# Characters of a scanned serial number or code of goods that a field takes.
_LONGEST_SCAN = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One chosen line in the form: what may come back of it, and the tests of its goods."""

    line: LineAssessment
    kind: ReturnKind
    tests: list[ApplianceTestView]

    @property
    def needs(self) -> frozenset[Need]:
        verdict = self.line.verdict_exchange if self.kind is ReturnKind.EXCHANGE else self.line.verdict
        return verdict.needs


@blueprint.get("/receipts/<id:receipt_id>/return")
@page_requires("returns:write")
def new(receipt_id: int) -> ResponseReturnValue:
    """The form for the lines that were chosen on the receipt's page, or as it stood before a test."""
    path = url_for("return_form.new", receipt_id=receipt_id)
    form = entered(path)
    if not form.fields and not request.args.getlist("line") and (draft := draft_of(path)) is not None:
        form = draft
    if not form.fields:
        # Whoever tested goods without having been here first goes on with their line.
        lines = request.args.getlist("line") or request.args.getlist("tested")
        form = Entered({"lines": ",".join(lines), "kind": request.args.get("kind", "")})
    if not chosen_lines(form["lines"]):
        return redirect(url_for("receipts.show", receipt_id=receipt_id, nothing="yes"), 303)
    return _form_page(receipt_id, form, first="quantity-" not in "".join(form.fields))


@blueprint.post("/receipts/<id:receipt_id>/return")
@keeps(*FIELDS, numbered=NUMBERED)
@page_requires("returns:write")
def take_back(receipt_id: int) -> ResponseReturnValue:
    """Record it; a first time without a second person, then with one where the policy asks for one."""
    path = url_for("return_form.new", receipt_id=receipt_id)
    _receipt, looked = looked_up(receipt_id)
    if request.form.get("do") == "edit":
        return _form_page(receipt_id, entered(path))
    try:
        wanted = read_return(request.form, receipt_id, looked.freshness, complete=True)
    except Refusal as refusal:
        return _form_page(receipt_id, entered(path), refusal)
    return record(wanted, path, lambda refusal: _form_page(receipt_id, entered(path), refusal))


@blueprint.post("/receipts/<id:receipt_id>/return/quote")
@page_requires("returns:write")
def quote(receipt_id: int) -> ResponseReturnValue:
    """Fragment: what the form comes to as it stands."""
    fields = request.form
    freshness = fields.get("freshness", "")
    known = Freshness(freshness) if freshness in tuple(Freshness) else Freshness.STORED
    return render_template("returns/quote.html", **_quoted(receipt_id, Entered(fields.to_dict()), known))


@blueprint.post("/receipts/<id:receipt_id>/return/test")
@page_requires("returns:write")
def test(receipt_id: int) -> ResponseReturnValue:
    """Test the appliance of a line first; the form waits here as it stands."""
    path = url_for("return_form.new", receipt_id=receipt_id)
    hold_draft(path, request.form.to_dict())
    return redirect(url_for("appliances.new", receipt=receipt_id, line=whole(request.form.get("do"))), 303)


@blueprint.post("/receipts/<id:receipt_id>/return/photo")
@page_requires("returns:write")
def photo_first(receipt_id: int) -> ResponseReturnValue:
    """Take a photo of the goods first; the form waits here as it stands."""
    hold_draft(url_for("return_form.new", receipt_id=receipt_id), request.form.to_dict())
    return redirect(url_for("return_form.photo", receipt_id=receipt_id), 303)


@blueprint.route("/receipts/<id:receipt_id>/photo", methods=["GET", "POST"])
@takes_up_to(photo_body)
@page_requires("returns:write")
def photo(receipt_id: int) -> ResponseReturnValue:
    """A photo for the return that is being entered; it is kept with the return, and not before."""
    services, path = current_services(), url_for("return_form.new", receipt_id=receipt_id)
    error: Refusal | None = None
    if request.method == "POST":
        sent = next((file for file in request.files.getlist("photo") if file.filename), None)
        try:
            hold_photo(path, services.returns.prepare_photo(sent.read() if sent is not None else b""))
        except Refusal as refusal:
            error = refusal
        else:
            return redirect(path, 303)
    with services.db.read() as session:
        receipt = services.receipts.get(session, receipt_id)
    status = status_of(error) if error else 200
    return page("returns/photo.html", "returns", status, receipt=receipt, limits=services.settings, error=error)


@blueprint.get("/returns/new")
@page_requires("returns:write")
def new_without_receipt() -> ResponseReturnValue:
    """Goods that come back without a receipt."""
    return _bare_page(entered(url_for("return_form.new_without_receipt")))


@blueprint.post("/returns/new")
@keeps(*FIELDS, numbered=NUMBERED)
@page_requires("returns:write")
def take_back_without_receipt() -> ResponseReturnValue:
    """Record it, with a second person and for a voucher."""
    path = url_for("return_form.new_without_receipt")
    if request.form.get("do") == "edit":
        return _bare_page(entered(path))
    try:
        wanted = read_without_receipt(request.form, complete=True)
    except Refusal as refusal:
        return _bare_page(entered(path), refusal)
    return record(wanted, path, lambda refusal: _bare_page(entered(path), refusal))


@blueprint.post("/returns/new/quote")
@page_requires("returns:write")
def quote_without_receipt() -> ResponseReturnValue:
    """Fragment: what the goods come to."""
    return render_template("returns/quote.html", **_bare_quote(request.form))


@blueprint.get("/returns/codes/<scan_id>")
@page_requires("returns:write")
def scanned_code(scan_id: str) -> ResponseReturnValue:
    """The text of goods or of a serial number that was just scanned for this screen: the field that was tapped takes it."""
    scan = current_services().scans.claim(scan_id, screen_id())
    if scan is None or scan.kind not in (ScannedKind.GOODS, ScannedKind.UNKNOWN):
        abort(404)
    return Response(scan.text[:_LONGEST_SCAN], content_type="text/plain; charset=utf-8")


def _form_page(receipt_id: int, form: Entered, error: Refusal | None = None, *, first: bool = False) -> ResponseReturnValue:
    receipt, looked = looked_up(receipt_id)
    if first:
        form = Entered({**form.fields, **_first_values(receipt, form, looked.freshness)}, form.key)
    context = _quoted(receipt_id, form, looked.freshness)
    return page(
        "returns/form.html",
        "returns",
        status_of(error) if error else 200,
        receipt=receipt,
        looked=looked,
        form=form,
        error=error,
        rows=range(1, ROWS + 1),
        reasons=current_services().settings.returns.reasons,
        **context,
    )


def _bare_page(form: Entered, error: Refusal | None = None) -> ResponseReturnValue:
    return page(
        "returns/without.html",
        "returns",
        status_of(error) if error else 200,
        form=form,
        error=error,
        rows=range(1, ROWS + 1),
        reasons=current_services().settings.returns.reasons,
        **_bare_quote(form.fields),
    )


def _quoted(receipt_id: int, form: Entered, freshness: Freshness) -> dict[str, Any]:
    """The chosen lines as they are judged, and what they come to; a form that cannot be read has no quote but its mistake."""
    services = current_services()
    mistake: Refusal | None = None
    quoted: Quote | None = None
    photos = photos_of(url_for("return_form.new", receipt_id=receipt_id))
    kind = ReturnKind.EXCHANGE if form["kind"] == ReturnKind.EXCHANGE.value else ReturnKind.RETURN
    with services.db.read() as session:
        assessment = services.returns.assess(session, receipt_id, answers=answers_of(form.fields), freshness=freshness)
        chosen = [line for number in chosen_lines(form["lines"]) if (line := _line(assessment, number)) is not None]
        rows = []
        for line in chosen:
            row = Row(line, kind, [])
            if Need.APPLIANCE_TEST in row.needs:
                row = Row(line, kind, services.appliances.of_line(session, receipt_id, line.line.line))
            rows.append(row)
        try:
            wanted = read_return(form.fields, receipt_id, freshness, complete=False)
            wanted = msgspec.structs.replace(wanted, photos=photos)
            if wanted.lines:
                quoted = services.returns.quote(session, wanted)
        except Refusal as refusal:
            mistake = refusal
    return {"assessment": assessment, "chosen": rows, "quote": quoted, "mistake": mistake, "kind": kind, "photos": photos}


def _bare_quote(fields: Mapping[str, str]) -> dict[str, Any]:
    services = current_services()
    mistake: Refusal | None = None
    quoted: Quote | None = None
    try:
        wanted: NewReturn = read_without_receipt(fields, complete=False)
        if wanted.goods:
            with services.db.read() as session:
                quoted = services.returns.quote(session, wanted)
    except Refusal as refusal:
        mistake = refusal
    return {"assessment": None, "chosen": [], "quote": quoted, "mistake": mistake, "kind": ReturnKind.RETURN, "photos": []}


def _first_values(receipt: ReceiptView, form: Entered, freshness: Freshness) -> dict[str, str]:
    """What stands in the form when it is opened: one piece of each, all of what was weighed; in an exchange the same goods again."""
    services = current_services()
    values: dict[str, str] = {}
    with services.db.read() as session:
        assessment = services.returns.assess(session, receipt.id, freshness=freshness)
    rows = iter(range(1, ROWS + 1))
    for number in chosen_lines(form["lines"]):
        line = _line(assessment, number)
        if line is None or line.remaining <= 0:
            continue
        one = line.remaining if line.line.weighed or line.remaining < 1 else min(line.remaining, type(line.remaining)(1))
        values[f"quantity-{number}"] = pieces(one)
        if form["kind"] == ReturnKind.EXCHANGE.value and (row := next(rows, None)) is not None:
            price = amounts.share(line.refundable_fen, amounts.MILLI, amounts.milli(line.remaining))
            values |= {f"product-{row}": line.line.product, f"name-{row}": line.line.name, f"category-{row}": line.line.category}
            values |= {f"count-{row}": pieces(one), f"price-{row}": amounts.yuan(price)}
    return values


def _line(assessment: Assessment, number: int) -> LineAssessment | None:
    return next((line for line in assessment.lines if line.line.line == number), None)
