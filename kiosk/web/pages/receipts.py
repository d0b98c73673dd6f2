"""Receipts at the desk: found by scan, by number, or by what is still legible, and what of each may come back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.amounts import fen_of_yuan
from kiosk.desk.receipts.views import Freshness, Looked, ReceiptSearch, ReceiptSummary, ReceiptView
from kiosk.errors import FieldError, Invalid, NotFound, Refusal
from kiosk.i18n import N_, Message, msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.context import current_services
from kiosk.web.pages.chrome import page
from kiosk.web.pages.held import code_of
from kiosk.web.problems import status_of

blueprint = Blueprint("receipts", __name__, url_prefix="/desk/receipts")

# What is asked of a damaged receipt, by the names of the search's fields.
SEARCH_FIELDS = ("day", "until", "till", "amount", "product", "member", "part", "store")
# Receipts that a search shows.
_MOST_FOUND = 50
_LONGEST = 64


class NoSuchReceipt(NotFound):
    """Neither the records nor a point of sale know that receipt."""

    slug = "unknown-receipt"
    title = N_("This receipt is not known")


class ScanGone(NotFound):
    """The scan that the address names is forgotten, or was another screen's."""

    slug = "scan-gone"
    title = N_("Scan again")


@blueprint.get("")
@page_requires("receipts:read")
def find() -> ResponseReturnValue:
    """The page to find a receipt on; a typed number leads on at once, a search lists what fits."""
    number = request.args.get("number", "").strip()[:_LONGEST]
    if number:
        looked = current_services().receipts.look_up(number)
        if looked.receipt is not None:
            return redirect(url_for("receipts.show", receipt_id=looked.receipt.id), 303)
        return _find_page(_unknown(looked, number), number)
    return _find_page()


@blueprint.get("/scan/<scan_id>")
@page_requires("receipts:read")
def scanned(scan_id: str) -> ResponseReturnValue:
    """The receipt that was just scanned for this screen, at once and whole."""
    code = code_of(scan_id)
    if code is None:
        return _find_page(ScanGone(msg("That scan is too old."), msg("Scan the receipt again.")))
    looked = current_services().receipts.look_up(code)
    if looked.receipt is None:
        return _find_page(_unknown(looked, code), code)
    return _receipt_page(looked.receipt, looked)


@blueprint.get("/<id:receipt_id>")
@page_requires("receipts:read")
def show(receipt_id: int) -> ResponseReturnValue:
    """One receipt."""
    receipt, looked = looked_up(receipt_id)
    return _receipt_page(receipt, looked)


def looked_up(receipt_id: int) -> tuple[ReceiptView, Looked]:
    """A known receipt, and what its point of sale says of it now where one can be asked. Raises NotFound.

    Never within a write unit: a live source may be asked.
    """
    services = current_services()
    with services.db.read() as session:
        receipt = services.receipts.get(session, receipt_id)
    looked = services.receipts.look_up(receipt.number)
    if looked.receipt is None or looked.receipt.id != receipt_id:
        # The number by itself means another store's receipt, or nothing: what is kept counts.
        return receipt, Looked(receipt, Freshness.STALE if looked.freshness is Freshness.STALE else Freshness.STORED, looked.warnings)
    return looked.receipt, looked


def _receipt_page(receipt: ReceiptView, looked: Looked) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        assessment = services.returns.assess(session, receipt.id, freshness=looked.freshness)
        earlier = services.returns.of_receipt(session, receipt.id) if assessment.earlier else []
    return page(
        "receipts/show.html",
        "returns",
        receipt=receipt,
        assessment=assessment,
        earlier=earlier,
        looked=looked,
        may_return=actor.may("returns:write"),
        may_open_cases=actor.may("cases:write"),
    )


def _find_page(error: Refusal | None = None, unknown: str = "") -> ResponseReturnValue:
    # *unknown*: a number that nobody knows; a case can be opened about it all the same.
    form = {name: request.args.get(name, "").strip()[:_LONGEST] for name in (*SEARCH_FIELDS, "number")}
    found: list[ReceiptSummary] = []
    searched = any(form[name] for name in SEARCH_FIELDS)
    if searched:
        services = current_services()
        try:
            wanted = _wanted(form)
            with services.db.read() as session:
                found = services.receipts.search(session, wanted, limit=_MOST_FOUND)
        except Refusal as refusal:
            error = refusal
    context: dict[str, Any] = {"form": form, "found": found, "searched": searched and error is None, "most": _MOST_FOUND}
    status = status_of(error) if error else 200
    actor = require_actor()
    context |= {"may_return": actor.may("returns:write"), "unknown": unknown[:_LONGEST] if actor.may("cases:write") else ""}
    return page("receipts/find.html", "returns", status, error=error, **context)


def _wanted(form: Mapping[str, str]) -> ReceiptSearch:
    wrong: list[FieldError] = []

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(form[name]) if form[name] else None
        except ValueError:
            wrong.append(FieldError(name, None, msg("A day is written as 2026-12-31.")))
            return None

    def money(name: str) -> int | None:
        try:
            return fen_of_yuan(form[name]) if form[name] else None
        except ValueError:
            wrong.append(FieldError(name, None, msg("An amount is written as 12.50.")))
            return None

    wanted = ReceiptSearch(
        day=day("day"),
        until=day("until"),
        till=form["till"],
        amount_fen=money("amount"),
        product=form["product"],
        member=form["member"],
        number_part=form["part"],
        store=form["store"],
    )
    if wrong:
        raise Invalid(wrong[0].message, fields=wrong)
    return wanted


def _unknown(looked: Looked, code: str) -> NoSuchReceipt:
    if looked.warnings:
        remedy = msg(
            "%(names)s does not answer: the receipt may exist all the same. Try again, or search below.", names=", ".join(looked.warnings)
        )
    else:
        remedy = msg("Compare the number with the paper, or search by what is legible.")
    number = current_services().receipts.number_of(code) or code
    return NoSuchReceipt(msg("No receipt is known under %(number)s.", number=_shown(number)), remedy)


def _shown(number: str) -> str | Message:
    # A code that is none of ours may be anything: its beginning is enough to compare.
    return number if len(number) <= _LONGEST // 2 else f"{number[: _LONGEST // 2]}…"
