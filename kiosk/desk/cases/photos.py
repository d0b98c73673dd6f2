"""Photos of a case: taken in as they come, kept small, without metadata, and encrypted."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.cases import pictures
from kiosk.desk.cases.context import Context, found, locked, must_be_open, who
from kiosk.desk.cases.errors import TooManyPhotos, UnknownPhoto, WrongCase
from kiosk.desk.cases.models import Case, CasePhoto
from kiosk.desk.cases.views import PhotoView
from kiosk.errors import NotFound
from kiosk.i18n import msg


@dataclass(frozen=True, slots=True)
class PreparedPhoto:
    """A photo as it is kept: JPEG, small, without metadata. Made outside of the write unit, for decoding takes its time."""

    jpeg: bytes
    width: int
    height: int


def prepare(context: Context, image: bytes) -> PreparedPhoto:
    """Make *image*, in any common format, fit to be kept. Raises WrongCase (field ``photo``)."""
    most = context.settings.cases.photo_max_mb
    if not image:
        raise WrongCase.of("photo", msg("Choose or take a photo first."))
    if len(image) > most * 1_000_000:
        raise WrongCase.of("photo", msg("A photo may have %(most)s MB; this one has more.", most=most))
    return PreparedPhoto(*pictures.small_jpeg(image))


def add(context: Context, session: Session, actor: Actor, case_id: int, photo: PreparedPhoto) -> int:
    """Keep *photo* with the case; return its number."""
    if not actor.may("cases:open"):
        actor.require("cases:write")
    case = locked(session, case_id)
    must_be_open(session, case)
    most = context.settings.cases.photos_max
    if case.photos >= most:
        raise TooManyPhotos(msg("A case has at most %(most)s photos.", most=most), msg("Remove one that shows less."))
    label, name = who(actor)
    row = CasePhoto(
        case_id=case.id,
        sealed=context.contacts.encrypt(photo.jpeg, session),
        width=photo.width,
        height=photo.height,
        size=len(photo.jpeg),
        added_at=context.now(),
        added_by=label,
        added_by_name=name,
    )
    session.add(row)
    case.photos += 1
    session.flush()
    context.changed(session, actor, case, "photo-added", detail={"photo": row.id})
    return row.id


def remove(context: Context, session: Session, actor: Actor, case_id: int, photo_id: int) -> None:
    """Delete a photo: it shows the wrong thing, or somebody who must not be shown."""
    actor.require("cases:write")
    case = locked(session, case_id)
    must_be_open(session, case)
    gone = session.scalar(delete(CasePhoto).where(CasePhoto.id == photo_id, CasePhoto.case_id == case_id).returning(CasePhoto.id))
    if gone is None:
        raise _unknown()
    case.photos -= 1
    context.changed(session, actor, case, "photo-removed", detail={"photo": photo_id})


def views(session: Session, case_id: int) -> list[PhotoView]:
    """The photos of a case, oldest first, without the pictures."""
    found(session, case_id)
    columns = (CasePhoto.id, CasePhoto.width, CasePhoto.height, CasePhoto.size, CasePhoto.added_at, CasePhoto.added_by_name)
    rows = session.execute(select(*columns).where(CasePhoto.case_id == case_id).order_by(CasePhoto.id))
    return [PhotoView(row.id, row.width, row.height, row.size, row.added_at, row.added_by_name) for row in rows]


def jpeg(context: Context, session: Session, case_id: int, photo_id: int) -> bytes:
    """The picture. Raises UnknownPhoto."""
    sealed = session.scalar(select(CasePhoto.sealed).where(CasePhoto.id == photo_id, CasePhoto.case_id == case_id))
    if sealed is None:
        raise _unknown()
    return context.contacts.decrypt(sealed)


def erase(session: Session, case: Case) -> int:
    """Delete every photo of *case*; return how many there were."""
    case.photos = 0
    return len(session.scalars(delete(CasePhoto).where(CasePhoto.case_id == case.id).returning(CasePhoto.id)).all())


def _unknown() -> NotFound:
    return UnknownPhoto(msg("This case has no such photo."), msg("It was removed, or its time is over."))
