"""The key file is complete or not there, for its owner alone, the right one or refused; and never silently another."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from kiosk.desk.contacts import keys
from kiosk.desk.contacts.models import ContactKey
from kiosk.errors import ConfigError, StorageError
from tests.desk.contacts.contact_world import LI_HUA, ContactWorld
from tests.fakes.clock import START


def start(world: ContactWorld, key_file: Path | None = None) -> None:
    """What a station does with its keys when it starts."""
    vault = world.restarted(key_file)
    world.write(vault.ensure_keys)


def test_the_first_start_makes_a_key_file_for_its_owner_alone(world: ContactWorld) -> None:
    start(world)
    assert world.key_file.stat().st_mode & 0o777 == 0o600
    assert len(keys.load(world.key_file)) == 1
    assert [path.name for path in world.key_file.parent.iterdir() if path.name.startswith(".contact.keys")] == []


def test_a_second_start_keeps_the_key(world: ContactWorld) -> None:
    start(world)
    before = world.key_file.read_bytes()
    start(world)
    assert world.key_file.read_bytes() == before


def test_a_missing_file_is_an_error_and_not_a_new_key_once_there_is_data(world: ContactWorld) -> None:
    contact = world.store()
    kept = world.key_file.read_bytes()
    world.key_file.unlink()
    with pytest.raises(ConfigError, match="is missing, but this database holds data that needs it") as refused:
        start(world)
    assert "put back the copy" in str(refused.value)
    assert not world.key_file.exists()
    world.key_file.write_bytes(kept)
    world.key_file.chmod(0o600)
    world.vault = world.restarted()
    assert world.reveal(contact).name == LI_HUA.name


def test_a_file_lost_before_anything_was_encrypted_may_be_made_anew(desk: ContactWorld) -> None:
    start(desk)
    desk.key_file.unlink()
    start(desk)
    assert desk.reveal(desk.store()).name == LI_HUA.name


def test_contacts_without_any_known_key_ask_for_the_file_too(world: ContactWorld) -> None:
    world.store()
    world.write(lambda session: session.execute(delete(ContactKey)))
    world.key_file.unlink()
    with pytest.raises(ConfigError, match="key unknown"):
        start(world)


def test_another_stores_file_is_refused(world: ContactWorld, tmp_path: Path) -> None:
    world.store()
    keys.create(tmp_path / "other.keys", keys.new_key(START))
    with pytest.raises(ConfigError, match="outdated or another store's"):
        start(world, tmp_path / "other.keys")


def test_a_second_station_of_a_shared_database_needs_the_same_file(
    world: ContactWorld, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if world.db.url.get_backend_name() == "sqlite":
        world.store()  # an SQLite database has one station: there it is the data that asks for the file
    else:
        start(world)
    with pytest.raises(ConfigError, match="copy it from another station of this database"):
        start(world, tmp_path / "second.keys")
    (tmp_path / "second.keys").write_bytes(world.key_file.read_bytes())
    (tmp_path / "second.keys").chmod(0o600)
    start(world, tmp_path / "second.keys")


def test_a_key_made_before_a_crash_is_used_by_the_next_start(world: ContactWorld) -> None:
    keys.create(world.key_file, keys.new_key(START))  # the record of it in the database was lost with the process
    start(world)
    assert world.reveal(world.store()).name == LI_HUA.name


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_file_open_to_others_is_refused(desk: ContactWorld, mode: int) -> None:
    start(desk)
    desk.key_file.chmod(mode)
    with pytest.raises(ConfigError, match=r"open to other users \(mode 0\d\d\d\); run `chmod 600"):
        start(desk)


def test_a_folder_in_its_place_is_no_key_file(desk: ContactWorld) -> None:
    desk.key_file.mkdir(mode=0o700)
    with pytest.raises(ConfigError, match=r"cannot be read|is no file"):
        start(desk)


def test_a_folder_that_is_not_there_is_said(desk: ContactWorld, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        start(desk, tmp_path / "nowhere" / "contact.keys")


SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no key"),
        ("# nothing but words\n\n", "holds no key"),
        (f"{SECRET}\n", "line 1: not a time and a key"),
        (f"yesterday {SECRET}\n", "line 1: not a time and a key"),
        (f"2026-03-10T06:00:00+00:00 {SECRET[:-9]}\n", "line 1"),
        (f"2026-03-10T06:00:00+00:00 {SECRET} more\n", "line 1: not a time and a key"),
        (f"# head\n2026-03-10T06:00:00 {SECRET}\n", "line 2: the key or its time is incomplete"),
        (f"2026-03-10T06:00:00+00:00 {SECRET[:20]}\n", "line 1"),
        (f"2026-03-10T06:00:00+00:00 {SECRET}\n" * 2, "line 2: this key is there twice"),
        ("\x00\x01\xff binary", "line 1: not a time and a key"),
        ("x" * 70_000, "too large to be a key file"),
    ],
)
def test_a_damaged_file_is_named_with_its_line_and_no_key_is_shown(desk: ContactWorld, content: str, said: str) -> None:
    desk.key_file.write_text(content, encoding="latin-1")
    desk.key_file.chmod(0o600)
    with pytest.raises(ConfigError, match=said) as refused:
        start(desk)
    assert SECRET[:12] not in str(refused.value)
    assert desk.key_file.read_text(encoding="latin-1") == content


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    first, second = keys.new_key(START), keys.new_key(START)
    keys.create(tmp_path / "contact.keys", first)
    with pytest.raises(ConfigError, match="created by another process"):
        keys.create(tmp_path / "contact.keys", second)
    assert keys.load(tmp_path / "contact.keys") == [first]


def test_a_key_shows_itself_to_nobody(tmp_path: Path) -> None:
    key = keys.new_key(START)
    assert key.secret.hex() not in repr(key)
    assert str(key.secret) not in repr(key)
    assert len(key.fingerprint) == 16
    assert key.fingerprint not in key.secret.hex()


def test_a_file_that_vanishes_under_a_running_station_disturbs_nothing(desk: ContactWorld) -> None:
    contact = desk.store()
    desk.key_file.unlink()
    assert desk.reveal(contact).name == LI_HUA.name
    assert desk.reveal(desk.store(subject="case:2")).name == LI_HUA.name
    assert not desk.key_file.exists()


def test_a_file_spoilt_under_a_running_station_is_said_once_and_disturbs_its_next_start(
    desk: ContactWorld, caplog: pytest.LogCaptureFixture
) -> None:
    contact = desk.store()
    desk.key_file.write_text("spoilt\n", encoding="ascii")
    for _ in range(3):
        assert desk.reveal(contact).name == LI_HUA.name
    assert caplog.text.count("goes on with the keys that it has read") == 1
    with pytest.raises(ConfigError, match="line 1"):
        start(desk)


def test_another_stores_file_under_a_running_station_is_said_once_and_disturbs_its_next_start(
    desk: ContactWorld, caplog: pytest.LogCaptureFixture
) -> None:
    contact = desk.store()
    keys.replace(desk.key_file, [keys.new_key(START)])
    for number in range(3):
        assert desk.reveal(contact).name == LI_HUA.name
        assert desk.reveal(desk.store(subject=f"case:{number}")).name == LI_HUA.name
    assert caplog.text.count("which is needed") == 1
    with pytest.raises(ConfigError, match="outdated or another store's"):
        start(desk)


def test_encrypting_without_any_key_is_a_fault_of_storage_and_makes_none(desk: ContactWorld) -> None:
    with pytest.raises(StorageError, match="does not exist"):
        desk.vault.encrypt(b"photo")
    assert not desk.key_file.exists()
