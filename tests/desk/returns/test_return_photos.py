"""Photos of returned goods: small, encrypted, needed where the policy says so, and deleted when their time is over."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from kiosk.desk.returns.errors import NotEligible, TooManyReturnPhotos, UnknownReturn, UnknownReturnPhoto, WrongReturn
from kiosk.desk.returns.models import GoodsReturn, ReturnPhoto
from kiosk.desk.returns.policy.views import Need, Outcome, Policy, PolicyRow
from kiosk.errors import Denied, Invalid
from tests.desk.returns.return_world import LIU, PORTER, ReturnWorld, back


def picture(size: tuple[int, int] = (400, 300), kind: str = "JPEG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_encrypted_and_shown_again(world: ReturnWorld, kind: str) -> None:
    returned = world.record(world.sale(), back())
    jpeg = world.returns.prepare_photo(picture((3200, 2400), kind))
    photo_id = world.do("add_photo", returned.id, jpeg)
    [view] = world.read(lambda session: world.returns.photos(session, returned.id))
    assert (view.id, view.width, view.height, view.size, view.added_by) == (photo_id, 1600, 1200, len(jpeg), "Wang")
    assert world.read(lambda session: world.returns.photo(session, returned.id, photo_id)) == jpeg
    sealed = world.read(lambda session: session.scalars(select(ReturnPhoto.sealed)).one())
    assert jpeg[:16] not in sealed
    assert world.get(returned.id).photos == 1


def test_where_the_policy_needs_a_photo_it_comes_with_the_return(desk: ReturnWorld) -> None:
    desk.obey(Policy(rows=[PolicyRow(Outcome.ALLOW, {"zh": "须拍照。", "en": "With a photo."}, needs=[Need.PHOTO])]))
    receipt_id = desk.sale()
    with pytest.raises(NotEligible, match="Take a photo"):
        desk.record(receipt_id, back())
    assert desk.record(receipt_id, back(), photos=[desk.returns.prepare_photo(picture())]).photos == 1


@pytest.mark.parametrize("wrong", [b"", b"no picture", picture()[:40]])
def test_what_is_no_picture_is_refused(desk: ReturnWorld, wrong: bytes) -> None:
    with pytest.raises(Invalid):
        desk.returns.prepare_photo(wrong)
    returned = desk.record(desk.sale(), back())
    with pytest.raises(WrongReturn):
        desk.do("add_photo", returned.id, wrong)


def test_photos_are_bounded_and_belong_to_their_return(desk: ReturnWorld) -> None:
    first, second = desk.record(desk.sale(), back()), desk.record(desk.sale(), back())
    jpeg = desk.returns.prepare_photo(picture())
    kept = [desk.do("add_photo", first.id, jpeg) for _ in range(desk.settings.returns.photos_max)]
    with pytest.raises(TooManyReturnPhotos):
        desk.do("add_photo", first.id, jpeg)
    with pytest.raises(Denied):
        desk.do("add_photo", second.id, jpeg, actor=PORTER)
    for return_id, photo_id in ((second.id, kept[0]), (first.id, 4711), (2**70, 1)):
        with pytest.raises(UnknownReturnPhoto):
            desk.read(lambda session, return_id=return_id, photo_id=photo_id: desk.returns.photo(session, return_id, photo_id))  # type: ignore[misc]
    with pytest.raises(UnknownReturn):
        desk.read(lambda session: desk.returns.photos(session, 4711))
    desk.void(second.id)
    with pytest.raises(WrongReturn, match="voided"):
        desk.do("add_photo", second.id, jpeg, actor=LIU)


def test_photos_and_members_go_when_their_time_is_over(world: ReturnWorld) -> None:
    old = world.record(world.sale(member="13900001111"), back())
    world.do("add_photo", old.id, world.returns.prepare_photo(picture()))
    world.clock.advance(400 * 86400)
    young = world.record(world.sale(member="13900001111"), back())
    world.do("add_photo", young.id, world.returns.prepare_photo(picture()))

    rule = world.contacts.rules["return-photo"]
    before = world.clock.now() - (world.clock.now() - young.recorded_at) - (young.recorded_at - old.recorded_at) / 2
    assert rule.keep_days == world.settings.returns.photo_days
    assert world.write(lambda session: rule.purge(session, before, 10)) == 1
    assert world.write(lambda session: rule.purge(session, before, 10)) == 0
    assert [world.get(one.id).photos for one in (old, young)] == [0, 1]
    members = world.read(lambda session: session.scalars(select(GoodsReturn.member).order_by(GoodsReturn.id)).all())
    assert members == ["", "13900001111"]
    assert world.read(lambda session: len(session.scalars(select(ReturnPhoto.id)).all())) == 1
