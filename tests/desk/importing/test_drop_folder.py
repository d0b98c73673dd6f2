"""The drop folder: complete files are brought in once and moved away, unfinished ones are left alone, failures are told."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from kiosk.config_service import Alerts, Channel
from kiosk.db import Database
from kiosk.desk.alerts import AlertService
from kiosk.desk.receipts.importing.folder import DropFolder
from kiosk.desk.receipts.importing.inbox import Inbox
from tests.desk.importing.import_world import HEAD, KETTLE, MILK, ImportWorld
from tests.fakes.clock import FakeClock
from tests.fakes.waiting import eventually

GOOD = f"{HEAD}\n{MILK}\n"
Watching = Callable[..., DropFolder]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


@pytest.fixture
def world(sqlite_database: Database, clock: FakeClock, tmp_path: Path) -> ImportWorld:
    return ImportWorld(sqlite_database, clock, tmp_path)


@pytest.fixture
def watching(world: ImportWorld, inbox: Path) -> Iterator[Watching]:
    """Starts a watch that ends with the test: ``watching(settle_s=0)``."""
    with ExitStack() as stack:

        def start(*, settle_s: float = 3600) -> DropFolder:
            receipts = replace(world.settings.receipts, drop_folder=str(inbox), settle_s=settle_s)
            channel = Channel("boss", "webhook", url="https://boss.test/", secret="x" * 32)
            settings = replace(world.settings, receipts=receipts, alerts=Alerts(channels=[channel]))
            alerts = AlertService(settings, world.clock, world.audit)
            folder = DropFolder(settings, world.clock, world.db, world.service, world.audit, alerts)
            folder.start()
            stack.callback(folder.stop)
            eventually(lambda: (status := folder.status()) is not None and status.watching)
            return folder

        yield start


def test_a_file_that_is_closed_is_brought_in_and_moved_to_done(watching: Watching, world: ImportWorld, inbox: Path) -> None:
    folder = watching()
    (inbox / "sales.csv").write_text(GOOD, encoding="utf-8")
    eventually(lambda: (inbox / "done" / "sales.csv").exists())
    assert world.find("77").source == "import:pos"
    status = folder.status()
    assert status is not None
    assert (status.watching, status.problem, status.waiting) == (True, "", 0)
    eventually(lambda: (last := folder.status()) is not None and last.last is not None and last.last.good)


def test_a_file_is_left_alone_until_it_has_its_name(watching: Watching, inbox: Path) -> None:
    watching()
    for name in ("sales.csv.part", "sales.tmp", ".sales.csv"):
        (inbox / name).write_text(GOOD, encoding="utf-8")
    (inbox / "sales.csv.part").rename(inbox / "sales.csv")
    eventually(lambda: (inbox / "done" / "sales.csv").exists())
    assert {path.name for path in inbox.iterdir()} == {"done", "failed", "sales.tmp", ".sales.csv"}


def test_what_is_there_already_is_brought_in_at_the_start(watching: Watching, world: ImportWorld, inbox: Path) -> None:
    inbox.mkdir()
    (inbox / "sales.csv").write_text(GOOD, encoding="utf-8")
    watching(settle_s=0)
    eventually(lambda: (inbox / "done" / "sales.csv").exists())
    assert world.count("receipt") == 1


def test_a_file_that_was_in_before_a_crash_is_only_moved(watching: Watching, world: ImportWorld, inbox: Path) -> None:
    inbox.mkdir()
    (inbox / "sales.csv").write_text(GOOD, encoding="utf-8")
    assert not world.bring(inbox / "sales.csv").already
    watching(settle_s=0)
    eventually(lambda: (inbox / "done" / "sales.csv").exists())
    assert (world.count("receipt"), world.count("receipt_import")) == (1, 1)


def test_a_file_with_wrong_rows_goes_to_failed_with_its_errors_and_people_are_told(
    watching: Watching, world: ImportWorld, inbox: Path
) -> None:
    watching()
    (inbox / "sales.csv").write_text(GOOD + KETTLE.replace("129.00", "=1+1") + "\n", encoding="utf-8")
    eventually(lambda: (inbox / "failed" / "sales.csv").exists())
    listed = (inbox / "failed" / "sales.csv.errors.csv").read_text(encoding="utf-8-sig")
    assert "3,单价,'=1+1,must be an amount" in listed, "no cell of the list is a formula"
    assert world.count("receipt") == 1
    with world.db.read() as session:
        assert session.execute(sa.text("SELECT topic, severity FROM alert")).all() == [("receipts.import", "high")]


def test_a_file_that_is_no_file_of_receipts_goes_to_failed(watching: Watching, inbox: Path) -> None:
    watching()
    (inbox / "notes.doc").write_text("hello", encoding="utf-8")
    eventually(lambda: (inbox / "failed" / "notes.doc.errors.csv").exists())
    eventually(lambda: (inbox / "failed" / "notes.doc").exists())


def test_a_second_file_of_the_same_name_keeps_the_first(watching: Watching, inbox: Path) -> None:
    watching()
    for row in (MILK, KETTLE):
        (inbox / "sales.csv").write_text(f"{HEAD}\n{row}\n", encoding="utf-8")
        eventually(lambda: not (inbox / "sales.csv").exists())
    eventually(lambda: {path.name for path in (inbox / "done").iterdir()} == {"sales.csv", "sales-2.csv"})


def test_a_folder_that_goes_away_is_made_and_watched_anew(watching: Watching, world: ImportWorld, inbox: Path) -> None:
    watching(settle_s=0)
    inbox.rename(inbox.with_name("old"))
    eventually(lambda: (inbox / "failed").is_dir())
    (inbox / "sales.part").write_text(GOOD, encoding="utf-8")
    (inbox / "sales.part").rename(inbox / "sales.csv")
    eventually(lambda: (inbox / "done" / "sales.csv").exists())
    assert world.count("receipt") == 1


def test_a_file_that_nobody_closes_must_stay_unchanged_for_long_enough(tmp_path: Path) -> None:
    files, path = Inbox(tmp_path, 5), tmp_path / "sales.csv"
    path.write_bytes(b"a")
    assert files.complete(100) == []
    assert files.complete(104) == []
    path.write_bytes(b"ab")
    assert files.complete(106) == [], "it grew: the time begins anew"
    assert (files.waiting, files.next_look_s(106)) == (1, 5)
    assert files.complete(111) == [path]


def test_links_and_folders_are_no_files(tmp_path: Path) -> None:
    files = Inbox(tmp_path, 0)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    assert files.complete(0) == []


def test_without_a_folder_in_the_configuration_nothing_is_watched(world: ImportWorld) -> None:
    folder = DropFolder(
        world.settings, world.clock, world.db, world.service, world.audit, AlertService(world.settings, world.clock, world.audit)
    )
    folder.start()
    assert folder.status() is None
    folder.stop()
