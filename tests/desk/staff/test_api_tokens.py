"""Tokens for programs."""

import re

import pytest

from kiosk.db import Database
from kiosk.desk.actors import ROLE_SCOPES, SYSTEM, Actor, Role
from kiosk.desk.audit import AuditTrail
from kiosk.desk.staff import TokenService
from kiosk.desk.staff.errors import NoSuchToken, TokenNameTaken
from kiosk.desk.staff.models import ApiToken
from kiosk.desk.staff.views import NewToken
from kiosk.errors import Denied, Invalid
from tests.fakes.clock import FakeClock


def create(tokens: TokenService, database: Database, name: str = "till", *scopes: str) -> NewToken:
    return database.write(lambda session: tokens.create(session, SYSTEM, name, scopes or ("bags:write", "bags:read")))


def test_a_token_acts_with_its_own_scopes(tokens: TokenService, database: Database) -> None:
    created = create(tokens, database)
    assert re.fullmatch(r"kiosk_[A-Za-z0-9_-]{43}", created.text)
    with database.read() as session:
        actor = tokens.authenticate(session, created.text)
    assert actor == Actor("token", created.view.id, "till", frozenset({"bags:read", "bags:write"}))


@pytest.mark.parametrize("token", ["", "kiosk_", "kiosk_" + "A" * 43, "x", "\x00", "kiosk_\udc80", "kiosk_" + "A" * 100_000])
def test_anything_else_is_nobody(tokens: TokenService, database: Database, token: str) -> None:
    create(tokens, database)
    with database.read() as session:
        assert tokens.authenticate(session, token) is None
    assert tokens.authenticate_and_note(database, token) is None


def test_the_database_does_not_hold_the_token(tokens: TokenService, database: Database, audit: AuditTrail) -> None:
    created = create(tokens, database)
    with database.read() as session:
        row = session.get(ApiToken, created.view.id)
        assert row is not None
        assert row.token_hash not in created.text
        assert created.text not in f"{vars(row)} {audit.entries(session)} {tokens.list(session)}"


def test_an_unknown_scope_is_answered_with_the_nearest(tokens: TokenService, database: Database) -> None:
    with pytest.raises(Invalid, match="bag:write; did you mean bags:write") as refused:
        create(tokens, database, "till", "bag:write", "bags:read", "zzz")
    assert [(wrong.field, wrong.value) for wrong in refused.value.fields] == [("scopes", "bag:write"), ("scopes", "zzz")]
    assert "known: alerts:read" in str(refused.value.fields[1].message)


def test_a_token_needs_a_scope_and_a_name(tokens: TokenService, database: Database) -> None:
    with pytest.raises(Invalid):
        database.write(lambda session: tokens.create(session, SYSTEM, "till", []))
    for name in ("", " ", "x" * 65, "a\x1bb"):
        with pytest.raises(Invalid):
            create(tokens, database, name)


def test_a_name_is_free_again_once_its_token_is_revoked(tokens: TokenService, database: Database) -> None:
    create(tokens, database)
    with pytest.raises(TokenNameTaken):
        create(tokens, database)
    database.write(lambda session: tokens.revoke_by_name(session, SYSTEM, "till"))
    create(tokens, database)
    with database.read() as session:
        assert [view.revoked_at is None for view in tokens.list(session)] == [True]
        assert [view.revoked_at is None for view in tokens.list(session, with_revoked=True)] == [False, True]


def test_a_revoked_token_is_nobody_at_once(tokens: TokenService, database: Database, audit: AuditTrail) -> None:
    created = create(tokens, database)
    for _ in range(2):
        database.write(lambda session: tokens.revoke(session, SYSTEM, created.view.id))
    with database.read() as session:
        assert tokens.authenticate(session, created.text) is None
        assert [entry.action for entry in audit.entries(session)] == ["token.revoked", "token.created"]


def test_unknown_tokens_cannot_be_revoked(tokens: TokenService, database: Database) -> None:
    with pytest.raises(NoSuchToken):
        database.write(lambda session: tokens.revoke(session, SYSTEM, 7))
    with pytest.raises(NoSuchToken, match="till"):
        database.write(lambda session: tokens.revoke_by_name(session, SYSTEM, "till"))


def test_use_is_noted_at_most_once_an_hour(tokens: TokenService, database: Database, clock: FakeClock) -> None:
    created = create(tokens, database)

    def last_used() -> object:
        with database.read() as session:
            return tokens.list(session)[0].last_used_at

    assert last_used() is None
    first = clock.now()
    tokens.authenticate_and_note(database, created.text)
    assert last_used() == first
    clock.advance(3599)
    tokens.authenticate_and_note(database, created.text)
    assert last_used() == first
    clock.advance(1)
    tokens.authenticate_and_note(database, created.text)
    assert last_used() == clock.now()
    clock.jump(-86400)
    tokens.authenticate_and_note(database, created.text)
    assert last_used() == clock.now()


def test_a_database_that_takes_no_record_does_not_stop_a_program_that_reads(
    tokens: TokenService, sqlite_url: str, sqlite_database: Database, clock: FakeClock
) -> None:
    created = create(tokens, sqlite_database)
    sqlite_database.close()
    full = Database(sqlite_url, clock=clock)
    try:
        with full.engine.connect() as connection:
            # Of one connection, which the writer's pool hands to the writer next: no page can be added.
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.rollback()
        actor = tokens.authenticate_and_note(full, created.text)
        assert actor is not None
        with full.read() as session:
            assert tokens.list(session)[0].last_used_at is None
    finally:
        full.close()


def test_only_who_may_manage_staff_manages_tokens(tokens: TokenService, database: Database) -> None:
    created = create(tokens, database)
    desk = Actor("user", 9, "Desk", ROLE_SCOPES[Role.DESK], Role.DESK)
    with pytest.raises(Denied):
        database.write(lambda session: tokens.create(session, desk, "x", ["bags:read"]))
    with pytest.raises(Denied):
        database.write(lambda session: tokens.revoke(session, desk, created.view.id))
