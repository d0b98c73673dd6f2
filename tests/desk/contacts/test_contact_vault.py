"""Contact data is encrypted at rest, masked where it is listed, and revealed with a reason and on record."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kiosk.desk.contacts import ContactData
from kiosk.desk.contacts.errors import UnknownContact, WrongContact
from kiosk.desk.contacts.models import Contact
from kiosk.errors import Denied, StorageError
from tests.desk.contacts.contact_world import CLERK, LI_HUA, MANAGER, PORTER, ContactWorld


def refused_fields(refused: pytest.ExceptionInfo[WrongContact]) -> set[str]:
    assert all(error.value is None for error in refused.value.fields)
    return {error.field for error in refused.value.fields}


def test_a_contact_is_masked_in_lists_and_whole_when_revealed(world: ContactWorld) -> None:
    contact = world.store()
    masked = world.read(lambda session: world.vault.masked(session, contact))
    assert masked is not None
    assert (masked.name, masked.phone, masked.email, masked.has_note) == ("李**", "138****5678", "l***@example.com", True)
    revealed = world.reveal(contact)
    assert (revealed.name, revealed.phone, revealed.email) == (LI_HUA.name, "+8613812345678", LI_HUA.email)


def test_a_list_of_contacts_is_masked_at_once_and_deleted_ones_are_missing(world: ContactWorld) -> None:
    first, second = world.store(), world.store(ContactData(email="jane@example.com"), subject="case:2")
    assert world.write(lambda session: world.vault.forget(session, [first, 999])) == 1
    masked = world.read(lambda session: world.vault.masked_many(session, [first, second]))
    assert {number: (shown.phone, shown.email) for number, shown in masked.items()} == {second: ("", "j***@example.com")}
    assert world.read(lambda session: world.vault.masked(session, first)) is None


def test_nothing_in_the_row_is_readable(world: ContactWorld) -> None:
    world.store()
    row = world.read(lambda session: session.scalars(select(Contact)).one())
    stored = repr([getattr(row, column.key) for column in Contact.__table__.columns])
    for secret in ("13812345678", "5678", "李华", "li.hua", "after six", "example"):
        assert secret not in stored
    assert row.phone_hash is not None


def test_the_same_contact_twice_gives_two_different_values(world: ContactWorld) -> None:
    world.store()
    world.store()
    rows = world.read(lambda session: session.scalars(select(Contact)).all())
    assert rows[0].sealed != rows[1].sealed


def test_a_reveal_says_on_the_trail_who_whose_and_why(world: ContactWorld) -> None:
    contact = world.store(subject="case:7")
    world.reveal(contact, CLERK, "  calls back \n about the eggs ")
    entry = world.read(lambda session: world.audit.entries(session))[0]
    assert (entry.actor, entry.action, entry.subject) == ("user:1", "contact.revealed", f"contact:{contact}")
    assert entry.detail == {"about": "case:7", "reason": "calls back about the eggs"}


@pytest.mark.parametrize("reason", ["", "    ", "abcd", "x" * 201])
def test_a_reveal_needs_a_reason(world: ContactWorld, reason: str) -> None:
    contact = world.store()
    with pytest.raises(WrongContact) as refused:
        world.reveal(contact, CLERK, reason)
    assert refused_fields(refused) == {"reason"}
    assert world.read(lambda session: world.audit.entries(session)) == []


def test_a_reveal_needs_the_scope(world: ContactWorld) -> None:
    contact = world.store()
    with pytest.raises(Denied):
        world.reveal(contact, PORTER)
    assert world.reveal(contact, MANAGER).name == LI_HUA.name


def test_a_reason_cannot_carry_the_data_onto_the_trail(world: ContactWorld) -> None:
    contact = world.store()
    world.reveal(contact, CLERK, "call 李华 on 138-1234-5678 or LI.HUA@example.com, or his wife on 13900001111")
    trail = repr(world.read(lambda session: world.audit.entries(session)))
    for secret in ("李华", "1234", "5678", "HUA", "1390000", "@"):
        assert secret not in trail


def test_a_contact_that_is_gone_cannot_be_revealed(world: ContactWorld) -> None:
    contact = world.store()
    world.write(lambda session: world.vault.forget(session, [contact]))
    with pytest.raises(UnknownContact):
        world.reveal(contact)


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (ContactData(), {"contact.phone"}),
        (ContactData(name="Li", note="tall"), {"contact.phone"}),
        (ContactData(phone="12345"), {"contact.phone"}),
        (ContactData(email="no address"), {"contact.email"}),
        (ContactData(email="a@b"), {"contact.email"}),
        (ContactData(phone="13812345678", name="x" * 65, note="y" * 201), {"contact.name", "contact.note"}),
        (ContactData(phone="13812345678", name="a\x00b"), {"contact.name"}),
        (ContactData(phone="999", email="@", name="z" * 999), {"contact.phone", "contact.email", "contact.name"}),
    ],
)
def test_every_wrong_field_is_named_and_none_repeated(desk: ContactWorld, data: ContactData, fields: set[str]) -> None:
    with pytest.raises(WrongContact) as refused:
        desk.store(data)
    assert refused_fields(refused) == fields


@pytest.mark.parametrize("version", ["", "v" * 33])
def test_no_contact_is_kept_without_consent(desk: ContactWorld, version: str) -> None:
    with pytest.raises(WrongContact) as refused:
        desk.write(lambda session: desk.vault.store(session, LI_HUA, subject="case:1", consent_version=version))
    assert refused_fields(refused) == {"consent_version"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.builds(ContactData, *[st.text(max_size=60)] * 4))
def test_whatever_is_typed_is_refused_or_comes_back_whole(desk: ContactWorld, data: ContactData) -> None:
    try:
        contact = desk.store(ContactData(data.name, "13812345678", data.email, data.note))
    except WrongContact:
        return
    revealed = desk.reveal(contact)
    assert (revealed.name, revealed.note) == (" ".join(data.name.split()), " ".join(data.note.split()))


def test_bytes_such_as_a_photo_come_back_as_they_were(world: ContactWorld) -> None:
    photo = bytes(range(256)) * 64
    sealed = world.write(lambda session: world.vault.encrypt(photo, session))
    assert world.vault.decrypt(sealed) == photo
    assert photo[:32] not in sealed
    assert len(sealed) < len(photo) + 100
    assert world.vault.decrypt(world.vault.encrypt(photo)) == photo


@pytest.mark.parametrize(
    "damage", [lambda sealed: sealed[:-1], lambda sealed: b"\x02" + sealed[1:], lambda _sealed: b"", lambda _sealed: b"x"]
)
def test_a_damaged_value_is_said_to_be_damaged(desk: ContactWorld, damage: object) -> None:
    sealed = desk.write(lambda session: desk.vault.encrypt(b"photo", session))
    with pytest.raises(StorageError, match="damaged"):
        desk.vault.decrypt(damage(sealed))  # type: ignore[operator]


def test_one_damaged_row_hides_itself_and_not_the_list(desk: ContactWorld, caplog: pytest.LogCaptureFixture) -> None:
    damaged, well = desk.store(), desk.store(subject="case:2")
    desk.write(lambda session: setattr(session.get(Contact, damaged), "sealed", b"\x01" + bytes(80)))
    masked = desk.read(lambda session: desk.vault.masked_many(session, [damaged, well]))
    assert (masked[damaged].phone, masked[well].phone) == ("****", "138****5678")
    assert f"contact {damaged} cannot be shown" in caplog.text
    with pytest.raises(StorageError):
        desk.reveal(damaged)


def test_a_rows_data_cannot_be_passed_off_as_anothers(desk: ContactWorld) -> None:
    mine, other = desk.store(), desk.store(ContactData(phone="13900001111"), subject="case:2")

    def swap(session: object) -> None:
        session.get(Contact, mine).sealed = session.get(Contact, other).sealed  # type: ignore[attr-defined]

    desk.write(swap)
    with pytest.raises(StorageError, match="tampered"):
        desk.reveal(mine)


def test_a_contact_does_not_show_itself_in_a_traceback() -> None:
    assert repr(LI_HUA) == "ContactData(...)"
    assert "138" not in f"{LI_HUA}"
