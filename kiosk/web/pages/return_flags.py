"""Returns that deserve a look of supervisor and manager: what happened, and whether somebody looked. It accuses nobody."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.returns.models import NOTE_LENGTH
from kiosk.desk.returns.views import FlagKind
from kiosk.errors import Refusal
from kiosk.i18n import N_
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.i18n import translate
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.problems import status_of

blueprint = Blueprint("return_flags", __name__, url_prefix="/manage/returns/flags")

# Flags on one page; older ones are found at their return.
_MOST = 200
# Plain names: each says what happened, and none that it was wrong.
KINDS: dict[FlagKind, tuple[str, str]] = {
    FlagKind.REPEAT_MEMBER: ("people", N_("Several returns of one member")),
    FlagKind.OWN_RECEIPT: ("person-badge", N_("Staff and their own purchase")),
    FlagKind.WITHOUT_RECEIPT: ("receipt", N_("Goods without a receipt")),
    FlagKind.NEAR_LIMIT: ("bar-chart", N_("Just below a limit")),
}
_SHOWN: dict[str, tuple[str, bool | None]] = {
    "open": (N_("Not looked at yet"), False),
    "seen": (N_("Looked at"), True),
    "all": (N_("Both"), None),
}


@blueprint.get("")
@page_requires("returns:approve")
def overview() -> ResponseReturnValue:
    """The newest first; at first those that nobody has looked at."""
    return _list(request.args.get("show", "open"))


@blueprint.post("/<id:flag_id>/seen")
@keeps("note")
@page_requires("returns:approve")
def mark_seen(flag_id: int) -> ResponseReturnValue:
    """Note that this person looked, and what they found."""
    services, actor = current_services(), require_actor()
    show = request.form.get("show", "open")
    try:
        return command(
            lambda session: services.returns.mark_seen(session, actor, flag_id, request.form.get("note", "")),
            lambda _flag: redirect_answer(url_for("return_flags.overview", show=show if show in _SHOWN else "open")),
        )
    except Refusal as refusal:
        return _list(show, refusal)


def _list(show: str, error: Refusal | None = None) -> ResponseReturnValue:
    services = current_services()
    show = show if show in _SHOWN else "open"
    with services.db.read() as session:
        flags = services.returns.flags(session, seen=_SHOWN[show][1], limit=_MOST)
    return page(
        "returns/flags.html",
        "manage",
        status_of(error) if error else 200,
        flags=flags,
        show=show,
        ways=[(name, translate(text)) for name, (text, _seen) in _SHOWN.items()],
        kinds={kind: (picture, translate(text)) for kind, (picture, text) in KINDS.items()},
        # What was typed before a log-out, or refused just now, by the flag that it belongs to.
        notes={flag.id: entered(url_for("return_flags.mark_seen", flag_id=flag.id))["note"] or flag.note for flag in flags},
        note_length=NOTE_LENGTH,
        error=error,
    )
