"""How far a file is: brought in once, gone on with after a break, tried without a trace, by one process at a time."""

import os
import threading
from pathlib import Path

import pytest

from kiosk.clock import SystemClock
from kiosk.desk.receipts.importing import runs
from kiosk.desk.receipts.importing.importer import BATCH_ROWS, Importer, Stopped
from kiosk.desk.receipts.importing.problems import ChangedFile
from kiosk.desk.receipts.importing.report import Counts
from kiosk.desk.receipts.importing.runs import ImportedElsewhere
from tests.desk.importing.import_world import APPLES, HEAD, KETTLE, MILK, ImportWorld, sale

# Two batches and a bit; every third receipt cannot be right.
MANY = [row for number in range(100, 100 + BATCH_ROWS) for row in sale(number, lines=2)]
WRONG = 1000


def large_file(world: ImportWorld) -> Path:
    rows = list(MANY)
    for place in range(0, 2 * WRONG, 2):
        rows[place] = rows[place].replace(",1,", ",some,", 1)
    return world.write(*rows)


def test_the_same_file_again_does_nothing_and_says_what_was(world: ImportWorld) -> None:
    path = world.write(MILK, APPLES, KETTLE, "79,S001,3,x,1,x,1,1,1")
    first = world.bring(path)
    again = world.bring(path.rename(path.with_name("again.csv")))
    assert (first.already, again.already, again.counts, again.problems) == (False, True, first.counts, first.problems)
    assert (world.count("receipt"), world.count("receipt_import")) == (2, 1)


def test_another_file_with_the_same_receipts_knows_them_and_a_differing_one_is_told(world: ImportWorld) -> None:
    world.bring_rows(MILK, APPLES, KETTLE)
    report = world.bring_rows(MILK, APPLES, KETTLE.replace("119.00", "109.00"), name="next.csv")
    assert (report.counts.same, report.counts.conflicts, report.counts.good) == (1, 1, False)
    assert [(one.row, one.value) for one in report.problems] == [(4, "78")]
    assert world.find("78").total_fen == 11900, "the first is kept"


def test_a_dry_run_says_the_same_and_leaves_nothing(world: ImportWorld) -> None:
    world.bring_rows(MILK, APPLES)
    path = world.write(MILK, APPLES, KETTLE, *(row for number in range(100, 103) for row in sale(number)), "x,y", name="next.csv")
    tried = world.bring(path, dry_run=True)
    assert (world.count("receipt"), world.count("receipt_import")) == (1, 1)
    real = world.bring(path)
    assert (tried.counts, tried.problems) == (real.counts, real.problems)


def test_a_dry_run_notices_a_number_that_comes_again_far_behind(world: ImportWorld) -> None:
    path = world.write(MILK, *MANY, MILK, KETTLE, *MANY[:2], APPLES.replace("77,", "100,"))
    tried = world.bring(path, dry_run=True)
    assert (tried.counts, tried.problems) == (world.bring(path).counts, world.bring(path).problems)
    assert tried.counts.same == 1


def test_an_import_that_was_broken_off_goes_on_where_it_stopped(world: ImportWorld) -> None:
    path = large_file(world)
    stop = threading.Event()
    broken = Importer(world.settings, world.clock, world.db, world.service, world.audit, stop=stop)
    with pytest.raises(Stopped):
        broken.run(path, world.profile, progress=lambda _position, _size: stop.set())
    so_far = world.count("receipt")
    assert 0 < so_far < BATCH_ROWS - WRONG
    report = world.bring(path)
    assert report.resumed > 0
    counts = report.counts
    assert (counts.new, counts.same, counts.refused, counts.rows) == (BATCH_ROWS - WRONG, 0, WRONG, 2 * BATCH_ROWS)
    assert world.count("receipt") == BATCH_ROWS - WRONG
    assert [one.row for one in report.problems] == [2 + 2 * place for place in range(WRONG)], "each mistake once, in order"


def test_two_that_bring_the_same_file_in_do_not_count_it_twice(world: ImportWorld) -> None:
    path, now = world.write(MILK), world.clock.now()
    key = runs.key_of(path, world.profile, "S001", "Asia/Shanghai", now=now)
    mine = world.db.write(lambda session: runs.begin(session, key, "pos", path.name, now))
    theirs = world.db.write(lambda session: runs.begin(session, key, "pos", path.name, now))
    assert mine == theirs
    world.db.write(lambda session: runs.advance(session, theirs, 5, Counts(new=5), [], now, finished=False))
    with pytest.raises(ImportedElsewhere):
        world.db.write(lambda session: runs.advance(session, mine, 5, Counts(new=5), [], now, finished=False))


def test_a_file_that_grows_while_it_is_read_is_not_done(world: ImportWorld) -> None:
    path = world.write(*MANY)

    def grows(_position: int, _size: int) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(MILK + "\n")

    with pytest.raises(ChangedFile, match="changed while it was read"):
        world.importer.run(path, world.profile, progress=grows)
    assert not world.bring(path).already
    assert len(world.find("77").lines) >= 1


def test_another_mapping_is_another_import(world: ImportWorld) -> None:
    path = world.write(MILK)
    world.bring(path)
    other = ImportWorld(world.db, world.clock, world.folder, world.profile.__class__(name="other", columns=world.profile.columns))
    report = other.bring(path)
    assert (report.already, report.counts.same) == (False, 1)


def test_what_came_in_is_in_the_audit_trail_and_old_runs_are_forgotten(world: ImportWorld) -> None:
    world.bring_rows(MILK, "x,y")
    assert world.count("audit_entry") == 1
    with world.db.read() as session:
        assert world.audit.verify(session) == []
    later = SystemClock().now().replace(year=2100)
    assert world.db.write(lambda session: runs.forget(session, later)) == 1
    assert (world.count("receipt_import"), world.count("receipt_import_error")) == (0, 0)


def test_the_time_of_the_file_is_the_time_of_its_knowledge(world: ImportWorld) -> None:
    path = world.write(MILK)
    os.utime(path, (world.clock.now().timestamp() - 3600,) * 2)
    world.bring(path)
    assert (world.clock.now() - world.find("77").known_at).total_seconds() == 3600
    assert HEAD in path.read_text(encoding="utf-8")
