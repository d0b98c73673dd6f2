"""Photos: small, without metadata, encrypted, and no picture can hurt the station."""

import io
import struct
import zlib

import pytest
from PIL import Image
from sqlalchemy import select

from kiosk.desk.actors import SHOPPER
from kiosk.desk.cases.errors import AlreadyDone, TooManyPhotos, UnknownPhoto, WrongCase
from kiosk.desk.cases.models import CasePhoto
from kiosk.desk.cases.views import CaseState
from kiosk.errors import Denied
from tests.desk.cases.case_world import PORTER, CaseWorld

_ORIENTATION, _MAKE, _GPS = 0x0112, 0x010F, 0x8825


def picture(size: tuple[int, int] = (400, 300), kind: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(written, kind, **options)  # type: ignore[arg-type]
    return written.getvalue()


def from_a_phone() -> bytes:
    """Taken upright: stored lying, with the place where it was taken."""
    exif = Image.Exif()
    exif[_ORIENTATION], exif[_MAKE] = 6, "PhoneMaker"
    exif.get_ifd(_GPS)[1] = "N"
    return picture((4000, 3000), exif=exif, comment=b"Li Hua's kitchen")


def claims_to_be(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says that it is huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def kept(world: CaseWorld, case_id: int, photo_id: int) -> bytes:
    return world.read(lambda session: world.cases.photo(session, case_id, photo_id))


def test_a_photo_is_kept_upright_small_and_without_place_or_maker(world: CaseWorld) -> None:
    case_id = world.open().id
    photo_id = world.do("add_photo", case_id, world.cases.prepare_photo(from_a_phone()))

    jpeg = kept(world, case_id, photo_id)
    with Image.open(io.BytesIO(jpeg)) as image:
        assert (image.format, image.size) == ("JPEG", (1200, 1600))
        assert dict(image.getexif()) == {}
    for secret in (b"PhoneMaker", b"Exif", b"kitchen"):
        assert secret not in jpeg
    [view] = world.read(lambda session: world.cases.photos(session, case_id))
    assert (view.width, view.height, view.size, view.added_by) == (1200, 1600, len(jpeg), "Wang")
    assert world.get(case_id).photos == 1


def test_a_photo_is_encrypted_in_the_database(desk: CaseWorld) -> None:
    case_id = desk.open().id
    photo_id = desk.do("add_photo", case_id, picture())
    sealed = desk.read(lambda session: session.scalars(select(CasePhoto.sealed)).one())
    jpeg = kept(desk, case_id, photo_id)
    assert jpeg.startswith(b"\xff\xd8")
    assert b"\xff\xd8\xff" not in sealed
    assert jpeg[100:140] not in sealed


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "1"), ("WEBP", "RGB"), ("GIF", "P"), ("JPEG", "CMYK"), ("BMP", "RGB")],
)
def test_every_common_kind_of_picture_becomes_a_jpeg(desk: CaseWorld, kind: str, mode: str) -> None:
    prepared = desk.cases.prepare_photo(picture(kind=kind, mode=mode))
    assert (prepared.width, prepared.height) == (400, 300)
    assert prepared.jpeg.startswith(b"\xff\xd8")


def test_what_is_clear_in_a_picture_becomes_white_and_not_black(desk: CaseWorld) -> None:
    clear = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(clear, "PNG")
    with Image.open(io.BytesIO(desk.cases.prepare_photo(clear.getvalue()).jpeg)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"no picture",
        b"\xff\xd8\xff\xe0" + b"\0" * 100,
        from_a_phone()[:5000],
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.4",
        claims_to_be(50_000, 50_000),
        claims_to_be(2**31 - 1, 2**31 - 1),
        b"\0" * 9_000_000,
    ],
    ids=["empty", "text", "damaged", "cut", "svg", "pdf", "bomb", "absurd", "large"],
)
def test_what_is_no_picture_or_too_large_is_refused(desk: CaseWorld, bad: bytes) -> None:
    case_id = desk.open().id
    with pytest.raises(WrongCase) as refused:
        desk.do("add_photo", case_id, bad)
    assert refused.value.fields[0].field == "photo"
    assert desk.get(case_id).photos == 0


def test_a_case_has_as_many_photos_as_the_configuration_allows(desk: CaseWorld) -> None:
    case_id, photo = desk.open().id, desk.cases.prepare_photo(picture())
    photos = [desk.do("add_photo", case_id, photo) for _ in range(desk.settings.cases.photos_max)]
    with pytest.raises(TooManyPhotos):
        desk.do("add_photo", case_id, photo)
    assert desk.do("remove_photo", case_id, photos[0]).photos == len(photos) - 1
    desk.do("add_photo", case_id, photo)
    with pytest.raises(UnknownPhoto):
        kept(desk, case_id, photos[0])
    with pytest.raises(UnknownPhoto):
        desk.do("remove_photo", case_id, photos[0])


def test_a_photo_belongs_to_its_case(desk: CaseWorld) -> None:
    one, other = desk.open().id, desk.open().id
    photo_id = desk.do("add_photo", one, picture())
    with pytest.raises(UnknownPhoto):
        kept(desk, other, photo_id)
    with pytest.raises(UnknownPhoto):
        desk.do("remove_photo", other, photo_id)


def test_who_may_add_and_remove_photos(desk: CaseWorld) -> None:
    case_id = desk.open().id
    photo_id = desk.do("add_photo", case_id, picture(), actor=SHOPPER)
    for actor in (SHOPPER, PORTER):
        with pytest.raises(Denied):
            desk.do("remove_photo", case_id, photo_id, actor=actor)
    closed = desk.brought_to(CaseState.CLOSED).id
    with pytest.raises(AlreadyDone):
        desk.do("add_photo", closed, picture())


def test_a_picture_that_has_to_be_decoded_whole_may_be_less_large_than_a_cameras(desk: CaseWorld) -> None:
    assert desk.cases.prepare_photo(picture((7000, 5000))).width == 1600
    with pytest.raises(WrongCase):
        desk.cases.prepare_photo(picture((7000, 5000), "PNG"))
