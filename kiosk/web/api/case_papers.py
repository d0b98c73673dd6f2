"""Photos and written replies of cases for programs."""

from typing import Annotated

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from msgspec import Meta
from werkzeug.exceptions import UnsupportedMediaType

from kiosk.desk.cases.views import CaseView, PhotoView, Reply
from kiosk.i18n import N_, msg
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode
from kiosk.web.problems import Problem
from kiosk.web.security import photo_body, takes_up_to

blueprint = Blueprint("api_case_papers", __name__, url_prefix=f"{PREFIX}/cases")

# What photos come as; the service looks at the bytes themselves.
PICTURES = ("image/jpeg", "image/png", "image/webp")


class PhotoList(msgspec.Struct, frozen=True):
    """The photos of a case."""

    photos: list[PhotoView]


class NewPhoto(msgspec.Struct, frozen=True):
    """The photo that was kept."""

    id: int


class WriteReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of a letter; sender, date and number are added."""

    text: Annotated[str, Meta(min_length=1, max_length=20_000)]


class NewReply(msgspec.Struct, frozen=True):
    """The reply that was kept; the newest one counts."""

    id: int


class ReplyList(msgspec.Struct, frozen=True):
    """The written replies of a case, oldest first."""

    replies: list[Reply]


class ReplySent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the letter went out."""

    how: Annotated[str, Meta(min_length=1, max_length=100, description="E.g. handed over, by post, by e-mail.")]


@blueprint.get("/<id:case_id>/photos")
@describe("List the photos of a case", answers={200: PhotoList}, problems=(404,))
@requires("cases:read")
def list_case_photos(case_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        services.cases.get(session, case_id)
        return json_response(PhotoList(services.cases.photos(session, case_id)))


@blueprint.post("/<id:case_id>/photos")
@takes_up_to(photo_body)
@describe("Add a photo; the body is the picture itself", uploads=PICTURES, answers={201: NewPhoto}, problems=(404, 409, 413, 415, 422))
@requires("cases:write")
def add_case_photo(case_id: int) -> ResponseReturnValue:
    if request.mimetype not in PICTURES:
        # The house's own answer to this status speaks of JSON.
        said = msg("The body is not marked as a picture."), msg("Send it as one of: %(kinds)s", kinds=", ".join(PICTURES))
        raise UnsupportedMediaType(response=Problem(415, "unsupported-media-type", N_("Not a picture"), *said).response())
    cases, actor = current_services().cases, require_actor()
    # Decoding takes its time, which the one writer has not.
    picture = cases.prepare_photo(request.get_data(cache=True))
    return command(
        lambda session: NewPhoto(cases.add_photo(session, actor, case_id, picture)),
        lambda photo: json_answer(photo, 201, location=f"{PREFIX}/cases/{case_id}/photos/{photo.id}"),
    )


@blueprint.get("/<id:case_id>/photos/<id:photo_id>")
@describe("One photo, as JPEG", answers={200: None}, problems=(404,), media_type="image/jpeg")
@requires("cases:read")
def get_case_photo(case_id: int, photo_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        picture = services.cases.photo(session, case_id, photo_id)
    return Response(picture, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


@blueprint.delete("/<id:case_id>/photos/<id:photo_id>")
@describe("Take a photo away", answers={200: CaseView}, problems=(404, 409))
@requires("cases:write")
def remove_case_photo(case_id: int, photo_id: int) -> ResponseReturnValue:
    cases, actor = current_services().cases, require_actor()
    return command(lambda session: cases.remove_photo(session, actor, case_id, photo_id), json_answer)


@blueprint.get("/<id:case_id>/replies")
@describe("List the written replies of a case", answers={200: ReplyList}, problems=(404,))
@requires("cases:read")
def list_case_replies(case_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        services.cases.get(session, case_id)
        return json_response(ReplyList(services.cases.replies(session, case_id)))


@blueprint.post("/<id:case_id>/replies")
@describe(
    "Keep a written reply",
    body=WriteReply,
    answers={201: NewReply},
    problems=(404, 409, 422),
    example={"text": "Dear customer,\n\nthe milk is refunded.\n\nYours sincerely"},
)
@requires("cases:write")
def write_case_reply(case_id: int) -> ResponseReturnValue:
    wanted, cases, actor = decode(WriteReply), current_services().cases, require_actor()
    return command(
        lambda session: NewReply(cases.write_reply(session, actor, case_id, wanted.text)),
        lambda reply: json_answer(reply, 201, location=f"{PREFIX}/cases/{case_id}/replies"),
    )


@blueprint.post("/<id:case_id>/replies/sent")
@describe(
    "Note that the newest reply went out",
    body=ReplySent,
    answers={200: CaseView},
    problems=(404, 409, 422),
    example={"how": "by post"},
)
@requires("cases:write")
def mark_case_reply_sent(case_id: int) -> ResponseReturnValue:
    wanted, cases, actor = decode(ReplySent), current_services().cases, require_actor()
    return command(lambda session: cases.mark_reply_sent(session, actor, case_id, wanted.how), json_answer)


@blueprint.get("/<id:case_id>/reply.pdf")
@describe("The newest reply as an A4 letter", answers={200: None}, problems=(404, 503), media_type="application/pdf")
@requires("cases:read")
def get_case_letter(case_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        number = services.cases.get(session, case_id).number
        letter = services.cases.reply_pdf(session, case_id)
    headers = {"Content-Disposition": f'inline; filename="{number}.pdf"', "Cache-Control": "no-store"}
    return Response(letter, content_type="application/pdf", headers=headers)
