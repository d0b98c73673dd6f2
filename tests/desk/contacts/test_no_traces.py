"""What was deleted is not in the files any more, and what is kept was never anywhere in the clear."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.db.traces import wipe_traces
from kiosk.desk.contacts import ContactData
from kiosk.desk.contacts.models import Contact
from kiosk.desk.contacts.persons import PersonService
from kiosk.desk.contacts.purge import Purger
from kiosk.desk.contacts.rotation import Rotation
from tests.desk.contacts.comments import Comments
from tests.desk.contacts.contact_world import MANAGER, ContactWorld
from tests.fakes.quick_clock import QuickClock

SECRETS = ("13812345678", "李华", "li.hua@example.com", "after six")


def on_disk(world: ContactWorld) -> bytes:
    """Database and write-ahead log, byte by byte."""
    file = Path(str(world.db.url.database))
    return b"".join(path.read_bytes() for path in (file, Path(f"{file}-wal")) if path.exists())


def sealed(world: ContactWorld) -> list[bytes]:
    return world.read(lambda session: [row.sealed for row in session.scalars(select(Contact))])


def test_contact_data_never_reaches_the_disk_in_the_clear(desk: ContactWorld) -> None:
    contact = desk.store()
    desk.reveal(contact, reason="call 李华, 13812345678, li.hua@example.com after six")
    content = on_disk(desk)
    for secret in SECRETS[:3]:
        assert secret.encode() not in content
    assert sealed(desk)[0] in content


def test_a_deleted_contact_is_gone_from_file_and_log(desk: ContactWorld) -> None:
    for number in range(40):
        desk.store(subject=f"case:{number}")
    gone = sealed(desk)
    assert all(value in on_disk(desk) for value in gone)
    persons = PersonService(desk.vault, desk.clock, desk.audit, "S001")
    phone = "13812345678"
    desk.write(lambda session: persons.delete(session, MANAGER, phone, again=phone, reason="asked at the desk"))
    assert wipe_traces(desk.db)
    content = on_disk(desk)
    assert not [value for value in gone if value[:64] in content or value[-64:] in content]


def test_a_purged_comment_is_gone_from_file_and_log(desk: ContactWorld) -> None:
    comments = Comments(desk)
    comments.write(50, text="call me under 13900002222, " + "x" * 150)
    assert b"13900002222" in on_disk(desk)
    desk.clock.advance(40 * 86_400)
    Purger(desk.vault.rules, desk.clock, desk.audit, desk.settings.store.zone).run_now(desk.db)
    assert wipe_traces(desk.db)
    assert b"13900002222" not in on_disk(desk)


def test_after_a_rotation_nothing_is_left_under_the_old_key(desk: ContactWorld) -> None:
    for number in range(20):
        desk.store(subject=f"case:{number}")
    old = sealed(desk)
    Rotation(desk.restarted(), desk.db, QuickClock(desk.clock), desk.audit, MANAGER).run()
    assert wipe_traces(desk.db)
    content = on_disk(desk)
    assert not [value for value in old if value[:64] in content or value[-64:] in content]


def test_a_log_that_somebody_still_reads_is_emptied_later(desk: ContactWorld) -> None:
    desk.store()
    with desk.db.read() as session:
        assert session.scalars(select(Contact.id)).all()
        desk.store(subject="case:2")
        assert not wipe_traces(desk.db)
    assert wipe_traces(desk.db)
    assert not Path(f"{desk.db.url.database}-wal").stat().st_size


def test_on_postgresql_there_is_nothing_to_wipe(world: ContactWorld) -> None:
    world.store()
    assert wipe_traces(world.db)


def test_no_log_line_and_no_event_ever_has_contact_data(desk: ContactWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Comments(desk).write()
    contact = desk.store()
    desk.read(lambda session: desk.vault.masked(session, contact))
    desk.reveal(contact)
    for wrong in (ContactData(phone="13812345678x", email="li.hua@example.com@", name="李华" * 50), ContactData(note="after six")):
        with pytest.raises(ValueError, match=r".") as refused:
            desk.store(wrong)
        logging.getLogger("kiosk").warning("refused", exc_info=refused.value)
    desk.write(lambda session: setattr(session.get(Contact, contact), "subject", "case:99"))
    desk.read(lambda session: desk.vault.masked(session, contact))
    persons = PersonService(desk.vault, desk.clock, desk.audit, "S001")
    desk.write(lambda session: setattr(session.get(Contact, contact), "subject", "case:1"))
    desk.write(lambda session: persons.export(session, MANAGER, "13812345678"))
    desk.write(lambda session: persons.delete(session, MANAGER, "13812345678", again="13812345678", reason="asked at the desk"))
    assert caplog.records
    told = caplog.text + repr(desk.events) + repr(desk.read(lambda session: desk.audit.entries(session)))
    for secret in SECRETS:
        assert secret not in told
