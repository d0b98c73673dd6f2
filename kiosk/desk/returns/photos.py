"""Photos of returned goods: small, without metadata, encrypted by the vault, and deleted when their time is over."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.cases import pictures
from kiosk.desk.contacts import ContactVault
from kiosk.desk.returns.context import Context, found, locked, subject, who
from kiosk.desk.returns.errors import TooManyReturnPhotos, UnknownReturnPhoto, WrongReturn
from kiosk.desk.returns.models import GoodsReturn, ReturnPhoto
from kiosk.desk.returns.views import ReturnPhotoView, ReturnState
from kiosk.i18n import msg

# Bytes of a JPEG, width and height: a start-of-frame segment of ITU-T T.81 (table B.1) tells them; see `_size`.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def prepare(context: Context, image: bytes) -> bytes:
    """Make *image*, in any common format, fit to be kept. Raises Invalid (field ``photo``). Not within a write unit."""
    most = context.settings.cases.photo_max_mb
    if not image:
        raise WrongReturn.of("photo", msg("Choose or take a photo first."))
    if len(image) > most * 1_000_000:
        raise WrongReturn.of("photo", msg("A photo may have %(most)s MB; this one has more.", most=most))
    jpeg, _width, _height = pictures.small_jpeg(image)
    return jpeg


def add(context: Context, session: Session, actor: Actor, return_id: int, jpeg: bytes) -> int:
    """Keep *jpeg*, which `prepare` made; return its number."""
    actor.require("returns:write")
    row = locked(session, return_id)
    if row.state is not ReturnState.RECORDED:
        raise WrongReturn.of("photo", msg("This return was voided."))
    number = keep(context, session, actor, row, jpeg)
    context.audit.append(session, actor, "return.photo-added", subject(row.id), {"photo": number})
    return number


def keep(context: Context, session: Session, actor: Actor, row: GoodsReturn, jpeg: bytes) -> int:
    """Add *jpeg* to a return that is locked, or has just been made."""
    most = context.settings.returns.photos_max
    if row.photos >= most:
        raise TooManyReturnPhotos(msg("A return has at most %(most)s photos.", most=most), msg("Keep those that show the most."))
    width, height = _size(jpeg)
    label, name = who(actor)
    photo = ReturnPhoto(
        return_id=row.id,
        sealed=_vault(context).encrypt(jpeg, session),
        width=width,
        height=height,
        size=len(jpeg),
        added_at=context.now(),
        added_by=label,
        added_by_name=name,
    )
    session.add(photo)
    row.photos += 1
    session.flush()
    return photo.id


def views(session: Session, return_id: int) -> list[ReturnPhotoView]:
    """The photos of a return, oldest first, without the pictures. Raises UnknownReturn."""
    found(session, return_id)
    columns = (ReturnPhoto.id, ReturnPhoto.width, ReturnPhoto.height, ReturnPhoto.size, ReturnPhoto.added_at, ReturnPhoto.added_by_name)
    rows = session.execute(select(*columns).where(ReturnPhoto.return_id == return_id).order_by(ReturnPhoto.id))
    return [ReturnPhotoView(row.id, row.width, row.height, row.size, row.added_at, row.added_by_name) for row in rows]


def jpeg_of(context: Context, session: Session, return_id: int, photo_id: int) -> bytes:
    """The picture. Raises UnknownReturnPhoto."""
    wanted = select(ReturnPhoto.sealed).where(ReturnPhoto.id == photo_id, ReturnPhoto.return_id == return_id)
    sealed = session.scalar(wanted) if 0 < photo_id < 2**63 and 0 < return_id < 2**63 else None
    if sealed is None:
        raise UnknownReturnPhoto(msg("This return has no such photo."), msg("Its time is over, or it was of another return."))
    return _vault(context).decrypt(sealed)


def purge(session: Session, before: datetime, limit: int) -> int:
    """Delete the photos of at most *limit* returns recorded before *before*, and who brought the goods; returns how many."""
    old = select(GoodsReturn).where(GoodsReturn.recorded_at < before, (GoodsReturn.photos > 0) | (GoodsReturn.member != ""))
    rows = session.scalars(old.order_by(GoodsReturn.id).limit(limit).with_for_update().execution_options(populate_existing=True)).all()
    if rows:
        session.execute(delete(ReturnPhoto).where(ReturnPhoto.return_id.in_([row.id for row in rows])))
    for row in rows:
        row.photos, row.member = 0, ""
    session.flush()
    return len(rows)


def _vault(context: Context) -> ContactVault:
    assert context.contacts is not None, "photos need the vault"
    return context.contacts


def _size(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a JPEG. Raises WrongReturn for what is none."""
    at = 2
    while jpeg[:2] == b"\xff\xd8" and at + 9 < len(jpeg) and jpeg[at] == 0xFF:
        if jpeg[at + 1] in _START_OF_FRAME:
            return int.from_bytes(jpeg[at + 7 : at + 9], "big"), int.from_bytes(jpeg[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    raise WrongReturn.of("photo", msg("This is no picture that can be read; JPEG, PNG and WebP are."))
