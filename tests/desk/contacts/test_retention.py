"""What has had its time is deleted every night, a little at a time, and a certificate says how much and by which rule."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.desk.agenda import Agenda
from kiosk.desk.contacts import certificates
from kiosk.desk.contacts.certificates import Certificate
from kiosk.desk.contacts.errors import UnknownCertificate
from kiosk.desk.contacts.models import PrivacyCertificate
from kiosk.desk.contacts.purge import Purger
from kiosk.desk.contacts.retention import RetentionRule
from tests.desk.contacts.comments import Comments
from tests.desk.contacts.contact_world import ContactWorld

DAY_S = 86_400


def purger(world: ContactWorld, batch: int = 10) -> Purger:
    return Purger(world.vault.rules, world.clock, world.audit, world.settings.store.zone, batch)


def certified(world: ContactWorld) -> list[Certificate]:
    return world.read(lambda session: certificates.newest(session))


def test_what_is_older_than_the_rule_goes_and_the_rest_stays(world: ContactWorld) -> None:
    comments = Comments(world, keep_days=30)
    comments.write(25, "case:1")
    world.clock.advance(20 * DAY_S)
    comments.write(2, "case:2")
    world.clock.advance(11 * DAY_S)
    assert purger(world).run_now(world.db) == {"comment": 25}
    assert comments.left() == ["case:2", "case:2"]
    assert {limit for _before, limit in comments.runs} == {10}
    assert {before for before, _limit in comments.runs} == {world.clock.now() - timedelta(days=30)}


def test_a_certificate_says_what_went_without_naming_it_and_is_on_the_trail(world: ContactWorld) -> None:
    comments = Comments(world)
    comments.write(25, text="李华 13812345678")
    world.clock.advance(31 * DAY_S)
    purger(world).run_now(world.db)
    (certificate,) = certified(world)
    assert (certificate.kind, certificate.count, certificate.keep_days) == ("comment", 25, 30)
    assert certificate.cut_off == world.clock.now() - timedelta(days=30)
    assert certificate.agrees
    entry = world.read(lambda session: world.audit.entries(session))[0]
    assert (entry.action, entry.subject, entry.sequence) == (
        "privacy.purged",
        f"certificate:{certificate.id}",
        certificate.audit_sequence,
    )
    assert entry.detail["count"] == 25
    assert "138" not in repr((certificate, entry.detail))
    assert world.read(lambda session: world.audit.verify(session)) == []


def test_a_purge_that_finds_nothing_leaves_no_certificate(world: ContactWorld) -> None:
    Comments(world).write()
    purger(world).run_now(world.db)
    assert certified(world) == []


def test_a_purge_cut_short_goes_on_with_the_same_certificate(world: ContactWorld) -> None:
    comments = Comments(world)
    comments.write(25)
    world.clock.advance(31 * DAY_S)
    rule = world.vault.rules["comment"]
    assert world.write(lambda session: purger(world).run_batch(session, rule)) == (10, False)
    (unfinished,) = certified(world)
    assert (unfinished.count, unfinished.finished_at, unfinished.agrees) == (10, None, False)
    world.clock.advance(3600)
    purger(world).run_now(world.db)
    (finished,) = certified(world)
    assert (finished.count, finished.cut_off, finished.agrees) == (25, unfinished.cut_off, True)


def test_an_altered_certificate_no_longer_agrees_with_the_trail(world: ContactWorld) -> None:
    comments = Comments(world)
    comments.write()
    world.clock.advance(31 * DAY_S)
    purger(world).run_now(world.db)
    world.write(lambda session: setattr(session.scalars(select(PrivacyCertificate)).one(), "count", 0))
    assert not certified(world)[0].agrees


def test_a_certificate_that_never_was_is_not_found(world: ContactWorld) -> None:
    with pytest.raises(UnknownCertificate):
        world.read(lambda session: certificates.get(session, 7))


def due(world: ContactWorld) -> datetime:
    return world.read(lambda session: purger(world).plan(session))[0].due_at


def test_it_is_due_at_the_first_start_and_then_each_night(world: ContactWorld) -> None:
    Comments(world)
    assert due(world) == world.clock.now()
    purger(world).run_now(world.db)  # Tuesday 14:00 in the store
    assert due(world) == datetime(2026, 3, 10, 19, 0, tzinfo=UTC)  # Wednesday 03:00
    world.clock.advance(12 * 3600)  # 02:00
    purger(world).run_now(world.db)
    assert due(world) == datetime(2026, 3, 10, 19, 0, tzinfo=UTC)
    world.clock.advance(3 * DAY_S)  # switched off for three days
    assert due(world) == world.clock.now()


def test_a_run_of_a_clock_that_was_ahead_puts_off_no_other(world: ContactWorld) -> None:
    Comments(world)
    world.clock.jump(365 * DAY_S)
    purger(world).run_now(world.db)
    world.clock.jump(-365 * DAY_S)
    assert due(world) == world.clock.now()
    purger(world).run_now(world.db)
    assert due(world) == datetime(2026, 3, 10, 19, 0, tzinfo=UTC)


def test_the_agenda_carries_it_out_and_a_broken_rule_stops_no_other(world: ContactWorld) -> None:
    def broken(_session: Session, _before: datetime, _limit: int) -> int:
        raise ValueError("a fault of that part")

    comments = Comments(world, kind="z-comment")
    world.vault.register(RetentionRule("a-broken", 1, broken))
    comments.write(25)
    world.clock.advance(31 * DAY_S)
    agenda = Agenda(world.db, world.clock, world.bus)
    purger(world).schedule(agenda)
    for _ in range(5):
        agenda.run_due()
    assert comments.left() == []
    assert certified(world)[0].count == 25
