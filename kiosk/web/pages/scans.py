"""Where a scan leads that is no ticket of bags that are here: to a case or a repair, or to what was read and what that means."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.cases.codes import is_case_code
from kiosk.desk.returns.codes import is_repair_code
from kiosk.desk.scans import ScannedKind
from kiosk.desk.scans.classify import masked
from kiosk.errors import Refusal
from kiosk.i18n import N_, Message
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.context import current_services
from kiosk.web.pages.chrome import page
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

blueprint = Blueprint("scans", __name__, url_prefix="/desk/scans")

_TITLES: dict[ScannedKind, str] = {
    ScannedKind.TICKET: N_("Unknown ticket"),
    ScannedKind.RECEIPT: N_("This is a receipt"),
    ScannedKind.RETURN: N_("This is the slip of a return"),
    ScannedKind.PICKUP: N_("This is a pickup list"),
    ScannedKind.GOODS: N_("This is a code of goods"),
    ScannedKind.BADGE: N_("This is a badge"),
}


@blueprint.get("/<scan_id>")
@page_requires("bags:read")
def show(scan_id: str) -> ResponseReturnValue:
    """What was read."""
    services, actor = current_services(), require_actor()
    scan = services.scans.claim(scan_id, screen_id())
    error: Refusal | None = None
    if scan is not None and is_case_code(scan.text) and actor.may("cases:read"):
        with services.db.read() as session:
            found = services.cases.list(session, query=scan.text, limit=1)
        if found:
            return redirect(url_for("cases.show", case_id=found[0].id), 303)
    if scan is not None and is_repair_code(scan.text) and actor.may("returns:read"):
        with services.db.read() as session:
            repair_id = services.repairs.by_code(session, scan.text)
        if repair_id is not None:
            return redirect(url_for("repairs.show", repair_id=repair_id), 303)
    if scan is not None and scan.kind is ScannedKind.TICKET:
        # The desk's own words for a ticket that it does not know; wrong codes are counted there.
        try:
            with services.db.read() as session:
                services.bags.find(session, scan.text, actor)
        except Refusal as refusal:
            error = refusal
    title = Message(_TITLES.get(scan.kind, N_("Unknown code")) if scan else N_("That scan is too old"))
    text = masked(scan.kind, scan.text) if scan else ""
    receipt = scan.text if scan and scan.kind is ScannedKind.RECEIPT and actor.may("cases:write") else ""
    return page("scan.html", "", status_of(error) if error else 200, title=title, text=text, receipt=receipt, error=error)
