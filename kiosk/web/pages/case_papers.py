"""What belongs to a case on paper and in pictures: photos, and the written reply with its A4 letter."""

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from kiosk.desk.cases.views import CaseView
from kiosk.errors import FieldError, Invalid, Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.pages.tools import store_name
from kiosk.web.problems import status_of
from kiosk.web.security import photo_body, takes_up_to

blueprint = Blueprint("case_papers", __name__, url_prefix="/desk/cases")

# Browsers show a PDF in a page of their own making, which has an object and its style in it, under the policy of the answer.
_LETTER_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
# How a letter went out; the text goes into the records as it stands here.
WAYS = (
    ("handed over", N_("Handed over")),
    ("by post", N_("By post")),
    ("by e-mail", N_("By e-mail")),
)


@blueprint.route("/<id:case_id>/photos", methods=["GET", "POST"])
@takes_up_to(photo_body)
@page_requires("cases:write")
def photos(case_id: int) -> ResponseReturnValue:
    """The photos of a case, and one more: out of a file, or taken by the device's camera."""
    services, actor = current_services(), require_actor()
    if request.method == "POST":
        try:
            # Decoding takes its time, which the one writer has not.
            picture = services.cases.prepare_photo(_picture(request.files.getlist("photo")))
            return command(
                lambda session: services.cases.add_photo(session, actor, case_id, picture),
                lambda _photo: redirect_answer(url_for("case_papers.photos", case_id=case_id)),
            )
        except Refusal as refusal:
            return _photos_page(case_id, refusal)
    return _photos_page(case_id)


@blueprint.get("/<id:case_id>/photos/<id:photo_id>")
@page_requires("cases:read")
def photo(case_id: int, photo_id: int) -> ResponseReturnValue:
    """The picture itself; never kept by the browser."""
    services = current_services()
    with services.db.read() as session:
        data = services.cases.photo(session, case_id, photo_id)
    return Response(data, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


@blueprint.get("/<id:case_id>/photos/<id:photo_id>/page")
@page_requires("cases:read")
def photo_page(case_id: int, photo_id: int) -> ResponseReturnValue:
    """One photo, large."""
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        case = services.cases.get(session, case_id)
        found = [known for known in services.cases.photos(session, case_id) if known.id == photo_id]
    if not found:
        abort(404)
    return page("cases/photo.html", "cases", case=case, photo=found[0], may_write=actor.may("cases:write"))


@blueprint.post("/<id:case_id>/photos/<id:photo_id>/remove")
@page_requires("cases:write")
def remove_photo(case_id: int, photo_id: int) -> ResponseReturnValue:
    """Take a photo away: it shows the wrong thing, or somebody who must not be shown."""
    services, actor = current_services(), require_actor()
    try:
        return command(
            lambda session: services.cases.remove_photo(session, actor, case_id, photo_id),
            lambda _case: redirect_answer(url_for("case_papers.photos", case_id=case_id)),
        )
    except Refusal as refusal:
        return _photos_page(case_id, refusal)


@blueprint.route("/<id:case_id>/reply", methods=["GET", "POST"])
@keeps("text", longest=20_000)
@page_requires("cases:write")
def reply(case_id: int) -> ResponseReturnValue:
    """Write the reply, look at it as a letter, keep it; the letter is printed from its PDF."""
    services, actor = current_services(), require_actor()
    if request.method == "POST" and request.form.get("do") != "preview":
        text = request.form.get("text", "")
        try:
            _must_say_something(case_id, text)
            return command(
                lambda session: services.cases.write_reply(session, actor, case_id, text),
                lambda _reply: redirect_answer(url_for("case_papers.reply", case_id=case_id)),
            )
        except Refusal as refusal:
            return _reply_page(case_id, refusal)
    return _reply_page(case_id)


@blueprint.get("/<id:case_id>/reply.pdf")
@page_requires("cases:read")
def reply_pdf(case_id: int) -> ResponseReturnValue:
    """The newest reply as an A4 letter, opened in the browser."""
    services = current_services()
    with services.db.read() as session:
        number = services.cases.get(session, case_id).number
        letter = services.cases.reply_pdf(session, case_id)
    return Response(
        letter,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{number}.pdf"',
            "Content-Security-Policy": _LETTER_POLICY,
            "Cache-Control": "no-store",
        },
    )


@blueprint.post("/<id:case_id>/reply/sent")
@page_requires("cases:write")
def reply_sent(case_id: int) -> ResponseReturnValue:
    """The letter went out."""
    services, actor = current_services(), require_actor()
    how = request.form.get("how", "")
    try:
        return command(
            lambda session: services.cases.mark_reply_sent(session, actor, case_id, how),
            lambda _case: redirect_answer(url_for("cases.show", case_id=case_id)),
        )
    except Refusal as refusal:
        return _reply_page(case_id, refusal)


def _photos_page(case_id: int, error: Refusal | None = None) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        case = services.cases.get(session, case_id)
        known = services.cases.photos(session, case_id)
    limits = services.settings.cases
    return page("cases/photos.html", "cases", status_of(error) if error else 200, case=case, photos=known, limits=limits, error=error)


def _reply_page(case_id: int, error: Refusal | None = None) -> ResponseReturnValue:
    services = current_services()
    typed = entered(url_for("case_papers.reply", case_id=case_id))
    preview = request.form.get("do") == "preview"
    with services.db.read() as session:
        case = services.cases.get(session, case_id)
        replies = services.cases.replies(session, case_id)
    newest = replies[-1] if replies else None
    text = typed["text"] or (newest.text if newest else _letter(case))
    return page(
        "cases/reply.html",
        "cases",
        status_of(error) if error else 200,
        case=case,
        replies=replies,
        newest=newest,
        text=text,
        preview=preview,
        typed=typed,
        ways=WAYS,
        error=error,
    )


def _must_say_something(case_id: int, text: str) -> None:
    """Raise Invalid when *text* is still the bare beginning and end of a letter."""
    services = current_services()
    with services.db.read() as session:
        case = services.cases.get(session, case_id)
    if text.split() == _letter(case).split():
        said = msg("Write between greeting and close what was found and done.")
        raise Invalid(said, fields=[FieldError("text", "", said)])


def _picture(files: list[FileStorage]) -> bytes:
    """The bytes of the first file that was chosen, none without one; a page offers several ways to choose."""
    return next((picture for file in files if (picture := file.stream.read())), b"")


def _letter(case: CaseView) -> str:
    """What a letter in the customer's language begins with."""
    with force_locale(case.language):
        begin = _("Dear customer,\n\nthank you for telling us about it (case %(number)s). We have looked into it:", number=case.number)
        end = _("We are sorry for the trouble.\n\nYours sincerely\n%(store)s", store=store_name())
        return f"{begin}\n\n\n\n{end}"
