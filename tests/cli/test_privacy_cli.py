"""Keys, retention and a person's data from the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy.orm import Session

from kiosk.config import load_configuration
from kiosk.db import Database
from kiosk.desk.contacts import ContactData
from kiosk.events import EventBus
from kiosk.web.context import Services
from kiosk.wiring import build_services
from tests.cli.conftest import Kiosk, assert_one_line, assert_wrong_use
from tests.fakes.clock import FakeClock

T = TypeVar("T")
PHONE = "13812345678"
REASON = "asked at the desk, called back"


class StationAside:
    """The station of the configuration, as far as it writes records while the commands work."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def write(self, unit: Callable[[Session], T]) -> T:
        return self.services.db.write(unit)

    def store(self, phone: str = PHONE) -> int:
        data = ContactData(name="李华", phone=phone)
        return self.write(lambda session: self.services.contacts.store(session, data, subject="case:1", consent_version="1"))


@pytest.fixture
def station(folder: Path, kiosk: Kiosk, clock: FakeClock) -> Iterator[StationAside]:
    settings = load_configuration(folder / "kiosk.toml", {}).settings
    database = Database(settings.database.url, clock=clock)
    services = build_services(settings, [], db=database, bus=EventBus(), clock=clock)
    database.write(services.privacy.prepare)
    yield StationAside(services)
    database.close()


def test_the_status_shows_keys_and_rules(kiosk: Kiosk, station: StationAside, folder: Path) -> None:
    station.store()
    answer = kiosk("privacy", "status")
    assert answer.status == 0
    assert f"key file: {folder / 'contact.keys'}" in answer.out
    assert "current  1 contacts" in answer.out
    state = json.loads(kiosk("privacy", "status", "--json").out)
    assert state["problem"] == ""
    assert state["contacts"] == 1


def test_a_missing_key_file_is_one_line_and_none_is_made(kiosk: Kiosk, station: StationAside, folder: Path) -> None:
    station.store()
    (folder / "contact.keys").unlink()
    assert kiosk("privacy", "status").status == 1
    assert_one_line(kiosk("privacy", "rotate-keys"), 2, "contact.keys is missing", "put back the copy")
    assert not (folder / "contact.keys").exists()


def test_the_doctor_looks_at_the_key_file(kiosk: Kiosk, station: StationAside, folder: Path) -> None:
    def finding() -> dict[str, object]:
        found = json.loads(kiosk("doctor", "--json").out)
        return next(item for item in found if item["check"] == "contact keys")

    station.store()
    assert finding()["ok"] is True
    (folder / "contact.keys").chmod(0o644)
    broken = finding()
    assert broken["ok"] is False
    assert "open to other users" in str(broken["detail"])


def test_keys_are_rotated_while_the_station_works(kiosk: Kiosk, station: StationAside) -> None:
    contact = station.store()
    done = json.loads(kiosk("privacy", "rotate-keys", "--json").out)
    assert (done["renewed"], len(done["retired"]), done["unreadable"]) == (1, 1, 0)
    masked = station.write(lambda session: station.services.contacts.masked(session, contact))
    assert masked is not None
    assert masked.phone == "138****5678"
    assert station.store() != contact
    again = kiosk("privacy", "rotate-keys")
    assert again.out.startswith("key ")
    assert "2 values encrypted anew" in again.out


def test_a_person_is_exported_by_a_number_from_standard_input(kiosk: Kiosk, station: StationAside, folder: Path) -> None:
    station.store()
    shown = json.loads(kiosk("privacy", "export", "--phone-stdin", typed="138 1234 5678\n").out)
    assert shown["contacts"][0]["name"] == "李华"
    file = folder / "person.json"
    assert kiosk("privacy", "export", "--phone-stdin", "--output", str(file), typed=f"{PHONE}\n").out == ""
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text(encoding="utf-8"))["contacts"] == shown["contacts"]
    assert_wrong_use(kiosk("privacy", "export", "--phone-stdin", "--output", str(file), typed=f"{PHONE}\n"), "name a new file")


def test_a_person_is_deleted_after_the_number_came_twice(kiosk: Kiosk, station: StationAside) -> None:
    station.store()
    delete = ("privacy", "delete", "--phone-stdin", "--reason", REASON)
    assert_wrong_use(kiosk(*delete, typed=f"{PHONE}\n"), "second line")
    assert_one_line(kiosk(*delete, typed=f"{PHONE}\n13900001111\n"), 1, "nothing was deleted")
    certificate = json.loads(kiosk(*delete, typed=f"{PHONE}\n{PHONE}\n").out)
    assert certificate["kind"] == "person"
    assert certificate["parts"]["contacts"] == 1
    assert certificate["agrees"]
    assert_one_line(kiosk("privacy", "export", "--phone-stdin", typed=f"{PHONE}\n"), 1, "Nothing is kept under 138****5678")


def test_a_number_is_never_taken_as_an_argument(kiosk: Kiosk, station: StationAside) -> None:
    assert_wrong_use(kiosk("privacy", "export", PHONE))
    assert_wrong_use(kiosk("privacy", "delete", "--reason", REASON), "--phone-stdin")


def test_what_is_no_number_is_said_without_repeating_it(kiosk: Kiosk, station: StationAside) -> None:
    answer = kiosk("privacy", "export", "--phone-stdin", typed="secret-name\n")
    assert_one_line(answer, 1, "Please enter a phone number")
    assert "secret-name" not in answer.err


def test_a_purge_carries_out_every_rule_now(kiosk: Kiosk, station: StationAside) -> None:
    answer = kiosk("privacy", "purge", "--json")
    assert answer.status == 0
    assert set(json.loads(answer.out)) == set(station.services.contacts.rules)
