"""Returned goods: what waits at the desk, the lists that supervisors check and sign, and who keeps what."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kiosk.desk import signatures
from kiosk.desk.pickups.context import OPEN_STATES
from kiosk.desk.pickups.errors import UnknownGoods, UnknownPickup
from kiosk.desk.pickups.views import PickupItem, PickupState, PickupView
from kiosk.errors import Refusal
from kiosk.i18n import msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.i18n import translate
from kiosk.web.pages.bags import is_fragment
from kiosk.web.pages.case_slip import progress_of_slip
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.pages.forms import whole
from kiosk.web.pages.signers import signer, signers
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

blueprint = Blueprint("pickups", __name__, url_prefix="/desk/pickups")

PER_PAGE = 30
_APPROVE = "returns:approve"
# Up to so many pieces are chosen by touch; more are typed.
_MOST_CHOICES = 12
_NO_QUANTITY = Decimal(-1)


@blueprint.get("")
@page_requires("returns:read")
def overview() -> ResponseReturnValue:
    """What waits for which department, and the newest lists."""
    return _overview_page()


def _overview_page(error: Refusal | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    before = whole(request.args.get("before")) or None
    with services.db.read() as session:
        waiting = services.pickups.waiting(session)
        lists = services.pickups.newest(session, limit=PER_PAGE, before_id=before)
    context: dict[str, Any] = {
        "waiting": waiting,
        "lists": lists,
        "may_write": actor.may("returns:write"),
        "more": url_for("pickups.overview", before=lists[-1].id) if len(lists) == PER_PAGE else "",
    }
    if is_fragment():
        return render_template("pickups/waiting.html", **context)
    return page("pickups/overview.html", "returns", status_of(error) if error else 200, error=error, **context)


@blueprint.post("")
@page_requires("returns:write")
def gather() -> ResponseReturnValue:
    """Put what waits for a department on its list."""
    services, actor = current_services(), require_actor()
    department = request.form.get("department", "")
    try:
        return command(lambda session: services.pickups.gather(session, actor, department), _to_list)
    except Refusal as refusal:
        return _overview_page(refusal)


@blueprint.get("/held")
@page_requires("returns:read")
def held() -> ResponseReturnValue:
    """Who keeps which goods."""
    services = current_services()
    holder = request.args.get("holder", "").strip()[:120]
    with services.db.read() as session:
        items = services.pickups.held(session, holder=holder)
        everybody = services.pickups.held(session) if holder else items
    holders = {item.holder_label: item for item in everybody}
    return page("pickups/held.html", "returns", items=items, holder=holder, holders=holders)


@blueprint.get("/goods/<id:item_id>")
@page_requires("returns:read")
def goods(item_id: int) -> ResponseReturnValue:
    """Through whose hands one item went."""
    services = current_services()
    with services.db.read() as session:
        item = services.pickups.item(session, item_id)
        history = services.pickups.history(session, item_id)
    return page("pickups/goods.html", "returns", item=item, history=history)


@blueprint.get("/scan/<scan_id>")
@page_requires("returns:read")
def scanned(scan_id: str) -> ResponseReturnValue:
    """The list whose code was scanned for this screen."""
    services = current_services()
    scan = services.scans.claim(scan_id, screen_id())
    if scan is None:
        flash(_("That scan is too old. Scan the list again."), "bad")
        return redirect(url_for("pickups.overview"), 303)
    with services.db.read() as session:
        pickup_id = services.pickups.by_code(session, scan.text)
    if pickup_id is None:
        unknown = UnknownPickup(msg("No pickup list of this store has this code."), msg("Choose the list below."))
        return _overview_page(unknown)
    return redirect(url_for("pickups.show", pickup_id=pickup_id), 303)


@blueprint.get("/<id:pickup_id>")
@page_requires("returns:read")
def show(pickup_id: int) -> ResponseReturnValue:
    """One list: checked by touch or by scan while it is open, a record afterwards."""
    return _show_page(pickup_id)


@blueprint.post("/<id:pickup_id>/scan")
@page_requires("returns:write")
def scan(pickup_id: int) -> ResponseReturnValue:
    """One scanned piece. Whatever the code says, it counts as one."""
    services, actor = current_services(), require_actor()
    claimed = services.scans.claim(request.form.get("scan", ""), screen_id())
    if claimed is None:
        flash(_("That scan is too old. Scan the goods again."), "bad")
        return redirect(url_for("pickups.show", pickup_id=pickup_id), 303)
    try:
        item = services.db.write(lambda session: services.pickups.count_scan(session, actor, pickup_id, claimed.text))
    except Refusal as refusal:
        flash(translate(refusal.detail), "bad")
    else:
        said = _("%(name)s: %(found)s of %(expected)s", name=item.name or item.product, found=item.found, expected=item.quantity)
        flash(said, "good")
    return redirect(url_for("pickups.show", pickup_id=pickup_id), 303)


@blueprint.route("/<id:pickup_id>/items/<id:item_id>", methods=["GET", "POST"])
@keeps("found", "difference")
@page_requires("returns:write")
def check(pickup_id: int, item_id: int) -> ResponseReturnValue:
    """One line by touch: all there, or how much and why not the rest."""
    services, actor = current_services(), require_actor()
    error: Refusal | None = None
    if request.method == "POST":
        found, difference = _quantity(request.form.get("found", "")), request.form.get("difference", "")
        try:
            return command(
                lambda session: services.pickups.check(session, actor, pickup_id, item_id, found=found, difference=difference), _to_list
            )
        except Refusal as refusal:
            error = refusal
    pickup = _pickup(pickup_id)
    item = _item(pickup, item_id)
    return page(
        "pickups/item.html",
        "returns",
        status_of(error) if error else 200,
        pickup=pickup,
        item=item,
        choices=range(int(item.quantity) + 1) if not item.weighed and item.quantity <= _MOST_CHOICES else (),
        form=entered(url_for("pickups.check", pickup_id=pickup_id, item_id=item_id)),
        error=error,
    )


@blueprint.post("/<id:pickup_id>/dissolve")
@page_requires("returns:write")
def dissolve(pickup_id: int) -> ResponseReturnValue:
    """Give an open list up; its goods wait at the desk again."""
    services, actor = current_services(), require_actor()
    try:
        return command(
            lambda session: services.pickups.dissolve(session, actor, pickup_id), lambda _view: redirect_answer(url_for("pickups.overview"))
        )
    except Refusal as refusal:
        return _show_page(pickup_id, refusal)


@blueprint.route("/<id:pickup_id>/sign", methods=["GET", "POST"])
@keeps("person")
@page_requires("returns:write")
def sign(pickup_id: int) -> ResponseReturnValue:
    """The supervisor signs on the screen, and says by badge or PIN who that is."""
    services, actor = current_services(), require_actor()
    error: Refusal | None = None
    if request.method == "POST":
        try:
            strokes = signatures.parse(request.form.get("strokes", ""))
            if strokes is None:
                raise signatures.WrongSignature.of(msg("Please sign on the pad first."))
            person = signer(_APPROVE)
            return command(lambda session: services.pickups.sign(session, actor, pickup_id, person, strokes), _to_list)
        except Refusal as refusal:
            error = refusal
    pickup = _pickup(pickup_id)
    if pickup.state not in OPEN_STATES:
        return redirect(url_for("pickups.show", pickup_id=pickup_id), 303)
    with services.db.read() as session:
        people = signers(session, _APPROVE)
    return page(
        "pickups/sign.html",
        "returns",
        status_of(error) if error else 200,
        pickup=pickup,
        people=people,
        form=entered(url_for("pickups.sign", pickup_id=pickup_id)),
        error=error,
    )


def _show_page(pickup_id: int, error: Refusal | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    pickup = _pickup(pickup_id)
    job = None
    if pickup.job is not None:
        with services.db.read() as session:
            job = next(iter(services.jobs.list(session, subject=f"pickup:{pickup.id}", limit=1)), None)
    context: dict[str, Any] = {
        "pickup": pickup,
        "open": pickup.state in OPEN_STATES,
        "ready": bool(pickup.items) and pickup.checked == len(pickup.items),
        "signed": pickup.state is PickupState.SIGNED,
        "copy": progress_of_slip(job) if job else None,
        "may_write": actor.may("returns:write"),
    }
    if is_fragment():
        return render_template("pickups/list.html", **context)
    return page("pickups/show.html", "returns", status_of(error) if error else 200, error=error, **context)


def _to_list(pickup: PickupView) -> Any:
    return redirect_answer(url_for("pickups.show", pickup_id=pickup.id))


def _look(look: Callable[[Session], PickupView]) -> PickupView:
    with current_services().db.read() as session:
        return look(session)


def _pickup(pickup_id: int) -> PickupView:
    return _look(lambda session: current_services().pickups.get(session, pickup_id))


def _item(pickup: PickupView, item_id: int) -> PickupItem:
    item = next((item for item in pickup.items if item.id == item_id), None)
    if item is None:
        raise UnknownGoods(msg("List %(number)s has no item %(id)s.", number=pickup.number, id=item_id), msg("Reload the list."))
    return item


def _quantity(text: str) -> Decimal:
    """What was chosen or typed; what is no number becomes one that the desk's rules refuse."""
    try:
        quantity = Decimal(text.strip().replace(",", ".")) if len(text) <= 12 else _NO_QUANTITY
    except InvalidOperation:
        return _NO_QUANTITY
    return quantity if quantity.is_finite() else _NO_QUANTITY
