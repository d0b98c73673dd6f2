"""The shelves: which slots there are, how far they are, and which are out of use."""

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from sqlalchemy.orm import Session

from kiosk.errors import Refusal
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.problems import status_of

blueprint = Blueprint("shelves", __name__, url_prefix="/desk/shelves")


@blueprint.get("")
@page_requires("bags:manage")
def edit() -> ResponseReturnValue:
    """Every slot, with its switch."""
    return _page()


@blueprint.post("")
@keeps("labels")
@page_requires("bags:manage")
def add() -> ResponseReturnValue:
    """Add slots: labels, or ranges such as A01-A20."""
    services, actor = current_services(), require_actor()
    labels = [label.strip() for label in request.form.get("labels", "").replace("\uff0c", ",").split(",") if label.strip()]

    def unit(session: Session) -> int:
        return services.bags.add_slots(session, actor, labels)

    try:
        response = command(unit, lambda count: redirect_answer(url_for("shelves.edit", added=count)))
    except Refusal as refusal:
        return _page(refusal)
    return response


@blueprint.post("/<label>")
@page_requires("bags:manage")
def switch(label: str) -> ResponseReturnValue:
    """Take a slot out of use, or back into it."""
    services, actor = current_services(), require_actor()
    enabled = request.form.get("enabled") == "yes"
    return command(
        lambda session: services.bags.change_slot(session, actor, label, enabled=enabled),
        lambda _slot: redirect_answer(url_for("shelves.edit")),
    )


def _page(error: Refusal | None = None) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        board = services.bags.board(session)
    if request.args.get("added", "").isdigit():
        count = int(request.args["added"])
        flash(ngettext("%(num)s slot was added.", "%(num)s slots were added.", count), "good")
    return page("shelves.html", "bags", status_of(error) if error else 200, board=board, error=error, form=entered(url_for("shelves.add")))
