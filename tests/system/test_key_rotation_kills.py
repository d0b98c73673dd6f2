"""``kiosk privacy rotate-keys`` is killed again and again beside a running station: no contact is lost or left unreadable."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from kiosk.clock import SystemClock
from kiosk.config import load_configuration
from kiosk.db import Database
from kiosk.desk.contacts import ContactData
from kiosk.desk.contacts.keys import load
from kiosk.desk.contacts.models import Contact
from kiosk.events import EventBus
from kiosk.web.context import Services
from kiosk.wiring import build_services
from tests.fakes.station_process import StationProcess
from tests.fakes.waiting import eventually
from tests.system.conftest import Start

CONTACTS = 900
# How many contacts the new key has when the command dies; 0: as soon as the new key is in the file.
KILLED_AT = (0, 400)


def services_over(config: Path, database: Database) -> Services:
    return build_services(load_configuration(config, {}).settings, [], db=database, bus=EventBus(), clock=SystemClock())


def filled(config: Path) -> Path:
    """Keep `CONTACTS` contacts; return the key file."""
    (config.parent / "state").mkdir(mode=0o700)
    with closing(Database(f"sqlite:///{config.parent}/kiosk.db", clock=SystemClock())) as database:
        services = services_over(config, database)
        database.write(services.privacy.prepare)
        data = [ContactData(name="李华", phone=f"138{number:08d}") for number in range(CONTACTS)]
        database.write(
            lambda session: [services.contacts.store(session, one, subject="case:1", consent_version="1") for one in data] and None
        )
        return services.contacts.ring.path


def rotate(config: Path) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
    command = [sys.executable, "-m", "kiosk", "privacy", "rotate-keys", "--json", "--config", str(config)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean)


def renewed(config: Path, old: str) -> int:
    """How many contacts are under another key than *old*."""
    with closing(sqlite3.connect(f"file:{config.parent}/kiosk.db?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM contact WHERE key != ?", (old,)).fetchone()
    return int(count)


def contact_of_new_case(station: StationProcess, phone: str) -> str:
    """Leave a contact at the running station; return what the station then reads of it."""
    body = {"kind": "complaint", "content": "Sour milk", "contact": {"name": "Li Na", "phone": phone}}
    receipt = station.post("/api/v1/cases", body)
    assert receipt.status == 201, receipt.body
    return str(station.get(f"/api/v1/cases/{receipt.body['id']}").body["contact"]["phone"])


def test_every_contact_stays_readable_however_often_a_rotation_dies(start: Start, config: Path) -> None:
    key_file = filled(config)
    old = load(key_file)[0].fingerprint
    station = start()
    for kill, progress in enumerate(KILLED_AT):
        command = rotate(config)
        if progress:
            eventually(lambda progress=progress: renewed(config, old) >= progress, 30)  # type: ignore[misc]
        else:
            eventually(lambda: len(load(key_file)) == 2, 30)
        command.send_signal(signal.SIGKILL)
        command.communicate()
        assert contact_of_new_case(station, f"1390000000{kill}") == f"139****000{kill}"
    # The station dies as well, and starts over keys of which some are old.
    station.kill()
    station = start()
    assert contact_of_new_case(station, "13900000009") == "139****0009"
    command = rotate(config)
    said, complaints = command.communicate(timeout=60)
    assert command.returncode == 0, complaints
    done = json.loads(said)
    (key,) = load(key_file)
    assert (done["key"], done["retired"], done["unreadable"]) == (key.fingerprint, [old], 0)
    assert contact_of_new_case(station, "13900000008") == "139****0008"
    station.stop()
    with closing(Database(f"sqlite:///{config.parent}/kiosk.db", clock=SystemClock())) as database, database.read() as session:
        vault = services_over(config, database).contacts
        phones = [vault.open(row).phone for row in session.scalars(select(Contact).order_by(Contact.id))]
        assert set(session.scalars(select(Contact.key))) == {key.fingerprint}
    assert phones[:CONTACTS] == [f"+86138{number:08d}" for number in range(CONTACTS)]
    assert len(phones) == CONTACTS + len(KILLED_AT) + 2
