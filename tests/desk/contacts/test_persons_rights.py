"""A person asks what is kept, or to be forgotten: by phone number, on encrypted data, with a certificate, without a trace."""

import msgspec
import pytest

from kiosk.desk.contacts import ContactData
from kiosk.desk.contacts.certificates import Certificate
from kiosk.desk.contacts.errors import NotConfirmed, UnknownPerson, WrongContact
from kiosk.desk.contacts.models import Contact
from kiosk.desk.contacts.persons import PersonExport, PersonService
from kiosk.desk.contacts.rotation import Rotation
from kiosk.errors import Denied
from tests.desk.contacts.comments import Comments
from tests.desk.contacts.contact_world import CLERK, LI_HUA, MANAGER, ContactWorld
from tests.fakes.quick_clock import QuickClock

PHONE = "138-1234-5678"
REASON = "asked at the desk, called back on that number"


def service(world: ContactWorld) -> PersonService:
    return PersonService(world.vault, world.clock, world.audit, world.settings.store.code)


def export(world: ContactWorld, phone: str = PHONE) -> PersonExport:
    return world.write(lambda session: service(world).export(session, MANAGER, phone))


def delete(world: ContactWorld, phone: str = PHONE, again: str = "+86 13812345678", reason: str = REASON) -> Certificate:
    return world.write(lambda session: service(world).delete(session, MANAGER, phone, again=again, reason=reason))


def test_a_number_finds_its_places_masked_however_it_is_typed(world: ContactWorld) -> None:
    world.store(subject="case:1")
    world.store(ContactData(phone="13900001111"), subject="case:2")
    world.store(ContactData(name="Li", phone="+8613812345678"), subject="case:3")
    found = world.read(lambda session: service(world).find(session, MANAGER, "１３８ １２３４ ５６７８"))
    assert [(place.subject, place.contact.name, place.contact.phone) for place in found] == [
        ("case:1", "李**", "138****5678"),
        ("case:3", "L***", "138****5678"),
    ]


def test_an_export_has_everything_in_the_clear_and_says_so_on_the_trail_alone(world: ContactWorld) -> None:
    comments = Comments(world)
    comments.write(2, "case:1", "the eggs were bad")
    comments.write(1, "case:2", "somebody else's")
    world.store(subject="case:1")
    exported = export(world)
    assert [(kept.name, kept.phone, kept.email, kept.note) for kept in exported.contacts] == [
        ("李华", "+8613812345678", "li.hua@example.com", "after six")
    ]
    assert exported.records == {"comments": [{"subject": "case:1", "text": "the eggs were bad"}] * 2}
    assert msgspec.json.decode(msgspec.json.encode(exported))["format"] == "kiosk-person-1"
    entry = world.read(lambda session: world.audit.entries(session))[0]
    assert (entry.action, entry.detail) == ("privacy.exported", {"counts": {"contacts": 1, "comments": 2}})
    assert repr(exported) == "PersonExport(...)"


def test_a_deletion_takes_everything_of_that_person_and_nothing_of_others(world: ContactWorld) -> None:
    comments = Comments(world)
    comments.write(2, "case:1")
    comments.write(1, "case:2")
    world.store(subject="case:1")
    other = world.store(ContactData(phone="13900001111"), subject="case:2")
    certificate = delete(world)
    assert (certificate.kind, certificate.count, certificate.parts) == ("person", 3, {"comments": 2, "contacts": 1})
    assert certificate.agrees
    assert comments.left() == ["case:2"]
    assert world.reveal(other).phone == "+8613900001111"
    with pytest.raises(UnknownPerson) as refused:
        export(world)
    assert "138****5678" in str(refused.value)


def test_neither_certificate_nor_trail_names_the_person(world: ContactWorld) -> None:
    Comments(world).write()
    world.store()
    certificate = delete(world, reason="李华 wrote from li.hua@example.com, called on 13812345678")
    told = repr((certificate, world.read(lambda session: world.audit.entries(session)), world.events))
    assert "called on" in told
    for secret in ("李华", "hua", "5678", "138"):
        assert secret not in told


def test_a_deletion_needs_the_number_twice_and_a_reason(world: ContactWorld) -> None:
    world.store()
    with pytest.raises(NotConfirmed):
        delete(world, again="13812345679")
    with pytest.raises(WrongContact):
        delete(world, again="")
    with pytest.raises(WrongContact):
        delete(world, reason="ok")
    assert len(export(world).contacts) == 1


def test_only_who_may_do_so_asks_for_a_person(world: ContactWorld) -> None:
    world.store()
    persons = service(world)
    with pytest.raises(Denied):
        world.read(lambda session: persons.find(session, CLERK, PHONE))
    with pytest.raises(Denied):
        world.write(lambda session: persons.export(session, CLERK, PHONE))
    with pytest.raises(Denied):
        world.write(lambda session: persons.delete(session, CLERK, PHONE, again=PHONE, reason=REASON))


def test_a_deletion_that_fails_half_way_deletes_nothing(world: ContactWorld) -> None:
    def fails(_session: object, _subjects: object) -> int:
        raise ValueError("a fault of that part")

    world.store()
    world.vault.register_person_data("broken", lambda _session, _subjects: [], fails)
    with pytest.raises(ValueError, match="a fault"):
        delete(world)
    assert len(export(world).contacts) == 1


def test_a_damaged_contact_can_still_be_deleted(world: ContactWorld) -> None:
    damaged = world.store()
    world.write(lambda session: setattr(session.get(Contact, damaged), "sealed", b"\x01" + bytes(80)))
    assert delete(world).parts == {"contacts": 1}
    with pytest.raises(UnknownPerson):
        export(world)


def test_a_person_is_found_after_the_keys_were_rotated(world: ContactWorld) -> None:
    world.store()
    Rotation(world.restarted(), world.db, QuickClock(world.clock), world.audit, MANAGER).run(copied=True)
    assert export(world).contacts[0].name == LI_HUA.name
