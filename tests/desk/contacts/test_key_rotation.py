"""Keys are changed while the station works; whatever interrupts it, nothing becomes unreadable, and it goes on."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, update
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db import Base, Database
from kiosk.desk.contacts import ContactData, crypto, keys
from kiosk.desk.contacts.models import Contact
from kiosk.desk.contacts.rotation import Rotated, Rotation
from kiosk.errors import ConfigError, StorageError
from tests.desk.contacts.contact_world import LI_HUA, MANAGER, ContactWorld
from tests.fakes.quick_clock import QuickClock
from tests.fakes.waiting import eventually


class Photo(Base):
    """Stands for any table with an encrypted column."""

    __tablename__ = "test_photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    jpeg: Mapped[bytes | None] = mapped_column(LargeBinary)


class PowerCut(Exception):
    """The machine goes down here."""


def rotate(world: ContactWorld, *, copied: bool = True, step: Callable[[int], None] = lambda _renewed: None) -> Rotated:
    vault = world.restarted()
    vault.register_encrypted(Photo, "jpeg")
    return Rotation(vault, world.db, QuickClock(world.clock), world.audit, MANAGER).run(copied=copied, step=step)


def photograph(world: ContactWorld, number: int, content: bytes = b"jpeg") -> None:
    world.write(lambda session: session.add(Photo(id=number, jpeg=world.vault.encrypt(content, session))))


def photo(world: ContactWorld, number: int) -> bytes:
    row = world.read(lambda session: session.get(Photo, number))
    assert row is not None
    assert row.jpeg is not None
    return world.vault.decrypt(row.jpeg)


def fingerprints(world: ContactWorld) -> list[str]:
    return [key.fingerprint for key in keys.load(world.key_file)]


def cut_after(renewed: int) -> Callable[[int], None]:
    def step(so_far: int) -> None:
        if so_far >= renewed:
            raise PowerCut

    return step


def test_everything_is_readable_under_the_new_key_and_the_old_one_is_gone(world: ContactWorld) -> None:
    contacts = [world.store(subject=f"case:{number}") for number in range(230)]
    for number in range(1, 7):
        photograph(world, number, b"photo %d" % number)
    old = fingerprints(world)
    done = rotate(world)
    assert (done.renewed, done.retired, done.unreadable) == (236, old, 0)
    assert fingerprints(world) == [done.key]
    assert world.reveal(contacts[-1]).phone == "+8613812345678"
    assert photo(world, 6) == b"photo 6"
    sealed = world.read(lambda session: {row.key for row in session.query(Contact)})
    assert sealed == {done.key}


def test_a_running_station_goes_on_without_a_restart(world: ContactWorld) -> None:
    before = world.store()
    done = rotate(world)
    after = world.store(ContactData(phone="13900001111"), subject="case:2")
    row = world.read(lambda session: session.get(Contact, after))
    assert row is not None
    assert row.key == done.key
    assert world.reveal(before).name == LI_HUA.name
    assert world.vault.encrypt(b"x")[:9] == crypto.prefix(keys.load(world.key_file)[0])


@pytest.mark.parametrize("renewed", [0, 1, 100, 200, 204])
def test_a_rotation_cut_short_goes_on_where_it_was(world: ContactWorld, renewed: int) -> None:
    contacts = [world.store(subject=f"case:{number}") for number in range(201)]
    for number in range(1, 6):
        photograph(world, number)
    with pytest.raises(PowerCut):
        rotate(world, step=cut_after(renewed))
    assert len(fingerprints(world)) == 2
    world.vault = world.restarted()
    world.write(world.vault.ensure_keys)  # a start in between
    assert world.reveal(contacts[0]).name == world.reveal(contacts[-1]).name == LI_HUA.name
    assert photo(world, 5) == b"jpeg"
    world.store(subject="case:300")
    done = rotate(world)
    assert fingerprints(world) == [done.key]
    assert world.reveal(contacts[0]).name == LI_HUA.name
    assert photo(world, 1) == b"jpeg"


def test_a_new_key_that_the_database_never_heard_of_is_used_by_the_next_try(world: ContactWorld) -> None:
    contact = world.store()
    world.clock.advance(60)
    added = keys.new_key(world.clock.now())
    keys.replace(world.key_file, [*keys.load(world.key_file), added])  # here the power went
    assert rotate(world).key == added.fingerprint
    assert world.reveal(contact).name == LI_HUA.name


def test_a_number_is_found_under_whatever_key_it_was_stored(world: ContactWorld) -> None:
    world.store()
    with pytest.raises(PowerCut):
        rotate(world, step=cut_after(0))
    world.store(subject="case:2")
    hashes = world.read(lambda session: {row.phone_hash for row in session.query(Contact)})
    assert len(hashes) in (1, 2)
    rotate(world)
    assert len(world.read(lambda session: {row.phone_hash for row in session.query(Contact)})) == 1


def test_on_a_shared_database_the_new_key_waits_until_all_stations_have_it(world: ContactWorld, tmp_path: Path) -> None:
    world.store()
    old = fingerprints(world)
    done = rotate(world, copied=False)
    if world.db.url.get_backend_name() == "sqlite":  # one station: there is nobody to wait for
        assert not done.waits_for_copies
        return
    assert done.waits_for_copies
    assert (done.renewed, fingerprints(world)) == (0, [*old, done.key])
    assert rotate(world, copied=False) == done
    behind = world.restarted(tmp_path / "second.keys")
    (tmp_path / "second.keys").write_bytes(world.key_file.read_bytes())
    (tmp_path / "second.keys").chmod(0o600)
    finished = rotate(world, copied=True)
    assert finished.retired == old
    masked = world.read(lambda session: behind.masked(session, 1))
    assert masked is not None
    assert masked.phone == "138****5678"


def test_a_station_without_the_new_key_refuses_to_encrypt_rather_than_use_the_old_one(world: ContactWorld, tmp_path: Path) -> None:
    world.store()
    (tmp_path / "second.keys").write_bytes(world.key_file.read_bytes())
    (tmp_path / "second.keys").chmod(0o600)
    behind = world.restarted(tmp_path / "second.keys")
    assert len(behind.ring.keys()) == 1
    rotate(world)
    with pytest.raises(StorageError, match="copy the file from the station where the keys were rotated"):
        world.write(lambda session: behind.store(session, LI_HUA, subject="case:9", consent_version="2026-1"))


def test_what_cannot_be_read_is_left_alone_and_keeps_the_old_key_alive(world: ContactWorld) -> None:
    damaged, well = world.store(), world.store(subject="case:2")
    old = fingerprints(world)

    def damage(session: object) -> None:
        row = session.get(Contact, damaged)  # type: ignore[attr-defined]
        row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])

    world.write(damage)
    done = rotate(world)
    assert (done.renewed, done.unreadable, done.retired) == (1, 1, [])
    assert set(old) < set(fingerprints(world))
    assert world.reveal(well).name == LI_HUA.name
    with pytest.raises(StorageError, match="is damaged"):
        world.reveal(damaged)


def test_every_step_is_on_the_audit_trail_by_fingerprint(world: ContactWorld) -> None:
    world.store()
    old = fingerprints(world)[0]
    done = rotate(world)
    entries = world.read(lambda session: world.audit.entries(session))
    assert [(entry.action, entry.subject) for entry in reversed(entries)] == [
        ("contact.key-added", f"key:{done.key}"),
        ("contact.key-current", f"key:{done.key}"),
        ("contact.key-retired", f"key:{old}"),
    ]


def test_a_rotation_never_makes_the_first_key(world: ContactWorld) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        rotate(world)
    assert not world.key_file.exists()


def test_a_value_encrypted_outside_a_unit_during_a_rotation_is_not_lost(world: ContactWorld) -> None:
    photograph(world, 1)
    late = world.vault.encrypt(b"late")

    def arrives(renewed: int) -> None:
        if renewed:
            world.write(lambda session: session.merge(Photo(id=0, jpeg=late)))

    with pytest.raises(ConfigError, match="run the command again"):
        rotate(world, step=arrives)
    world.write(lambda session: session.execute(update(Photo).where(Photo.id == 0).values(id=2)))
    rotate(world)
    assert photo(world, 2) == b"late"


def test_contacts_that_come_in_during_a_rotation_are_encrypted_under_the_key_of_their_moment(
    world: ContactWorld, database_url: str, tmp_path: Path
) -> None:
    for number in range(150):
        world.store(subject=f"case:{number}")
    stored: list[int] = []
    stopped = threading.Event()

    def keep_storing() -> None:
        """Another process on the same database and file: a station whose shoppers do not wait."""
        vault = world.restarted()
        with contextlib.closing(Database(database_url, clock=world.clock)) as other:
            while not stopped.is_set():
                number = len(stored)
                stored.append(
                    other.write(lambda session, number=number: vault.store(session, LI_HUA, subject=f"new:{number}", consent_version="1"))  # type: ignore[misc]
                )

    station = threading.Thread(target=keep_storing)
    station.start()
    try:
        eventually(lambda: len(stored) > 5)
        done = rotate(world)
        after = len(stored)
        eventually(lambda: len(stored) > after + 5)
    finally:
        stopped.set()
        station.join()
    assert len(done.retired) == 1
    rows = world.read(lambda session: session.query(Contact).all())
    assert {row.key for row in rows} == {done.key}
    assert len(rows) == 150 + len(stored)
    assert all(world.restarted().open(row).phone == "+8613812345678" for row in rows[::40])
