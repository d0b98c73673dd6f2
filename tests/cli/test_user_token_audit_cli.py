"""`kiosk user`, `kiosk token` and `kiosk audit` as a technician types them."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from kiosk.config import Security
from kiosk.db import Database
from kiosk.desk.audit import AuditTrail
from kiosk.desk.staff import StaffService, TokenService
from tests.cli.conftest import Kiosk, assert_one_line
from tests.fakes.clock import FakeClock


def test_a_person_is_added_with_a_one_time_pin_that_is_printed_alone(kiosk: Kiosk, folder: Path, clock: FakeClock) -> None:
    answer = kiosk("user", "add", "Li Na", "--role", "desk")
    assert answer.status == 0
    assert re.fullmatch(r"\d{6}\n", answer.out)
    assert answer.err == "added Li Na (desk) as number 1\n"
    with closing(Database(f"sqlite:///{folder}/kiosk.db", clock=clock)) as database:
        logged_in = StaffService(Security(), clock, AuditTrail("desk-1", clock)).log_in_pin(database, 1, answer.out.strip())
    assert logged_in.must_change_pin


def test_a_person_is_added_with_pin_and_badge_from_standard_input(kiosk: Kiosk) -> None:
    answer = kiosk("user", "add", "王", "--role", "manager", "--pin-stdin", "--badge-stdin", typed="482915\nBADGE-7Q2M9XK4T1ZR\n")
    assert (answer.status, answer.out) == (0, "")
    (person,) = json.loads(kiosk("user", "list", "--json").out)
    assert (person["name"], person["role"]) == ("王", "manager")
    assert (person["has_pin"], person["has_badge"], person["must_change_pin"], person["active"]) == (True, True, False, True)


def test_the_list_of_staff_is_for_people_and_programs(kiosk: Kiosk) -> None:
    assert kiosk("user", "list").out == ""
    assert json.loads(kiosk("user", "list", "--json").out) == []
    kiosk("user", "add", "Li Na", "--role", "desk")
    line = kiosk("user", "list").out
    assert line.split() == ["1", "Li", "Na", "desk", "active", "pin,", "must", "change", "the", "PIN"]


def test_reset_gives_a_new_one_time_pin(kiosk: Kiosk) -> None:
    kiosk("user", "add", "Li Na", "--role", "desk", "--pin-stdin", typed="482915\n")
    answer = kiosk("user", "reset", "li na")
    assert answer.status == 0
    assert re.fullmatch(r"\d{6}\n", answer.out)
    assert json.loads(kiosk("user", "list", "--json").out)[0]["must_change_pin"]
    answer = kiosk("user", "reset", "Li Na", "--pin-stdin", typed="730164\n")
    assert (answer.status, answer.out, answer.err) == (0, "", "reset Li Na\n")


def test_what_is_refused_is_one_line_that_never_repeats_the_pin(kiosk: Kiosk) -> None:
    weak = kiosk("user", "add", "Li Na", "--role", "desk", "--pin-stdin", typed="123456\n")
    assert_one_line(weak, 1, "in a row", "nobody guesses")
    assert "123456" not in weak.err
    kiosk("user", "add", "Li Na", "--role", "desk")
    assert_one_line(kiosk("user", "add", "li na", "--role", "desk"), 1, "already a person called li na")
    assert_one_line(kiosk("user", "reset", "Nobody"), 1, "no person called Nobody")
    badge = kiosk("user", "add", "Wang", "--role", "desk", "--badge-stdin", typed="BADGE-1\n")
    assert_one_line(badge, 1, "badge code")


def test_wrong_use_is_exit_status_2(kiosk: Kiosk) -> None:
    unknown = kiosk("user", "add", "Li Na", "--role", "boss")
    assert unknown.status == 2
    assert "bag-check" in unknown.err
    missing = kiosk("user", "add", "Li Na", "--role", "desk", "--pin-stdin", typed="")
    assert missing.status == 2
    assert "no PIN" in missing.err
    assert kiosk("token", "create", "--name", "till").status == 2


def test_a_database_without_tables_is_said_so(kiosk: Kiosk, folder: Path) -> None:
    for leftover in folder.glob("kiosk.db*"):
        leftover.unlink()
    (folder / "kiosk.db").touch()
    assert_one_line(kiosk("user", "list"), 2, "has no tables yet", "kiosk db upgrade")


def test_a_token_is_printed_alone_and_works(kiosk: Kiosk, folder: Path, clock: FakeClock) -> None:
    answer = kiosk("token", "create", "--name", "till 1", "--scope", "bags:read", "--scope", "bags:write")
    assert (answer.status, answer.err) == (0, "")
    assert re.fullmatch(r"kiosk_[A-Za-z0-9_-]{43}\n", answer.out)
    with closing(Database(f"sqlite:///{folder}/kiosk.db", clock=clock)) as database:
        tokens = TokenService(clock, AuditTrail("desk-1", clock))
        actor = tokens.authenticate_and_note(database, answer.out.strip())
    assert actor is not None
    assert actor.scopes == {"bags:read", "bags:write"}


def test_tokens_are_listed_without_their_text_and_revoked_by_name(kiosk: Kiosk) -> None:
    text = kiosk("token", "create", "--name", "till", "--scope", "bags:read").out.strip()
    listed = kiosk("token", "list")
    assert "till" in listed.out
    assert "used never" in listed.out
    assert "bags:read" in listed.out
    as_json = kiosk("token", "list", "--json")
    (token,) = json.loads(as_json.out)
    assert (token["name"], token["scopes"], token["last_used_at"]) == ("till", ["bags:read"], None)
    assert text not in listed.out + as_json.out
    revoked = kiosk("token", "revoke", "till")
    assert (revoked.status, revoked.out, revoked.err) == (0, "", "revoked till\n")
    assert kiosk("token", "list").out == ""
    assert "revoked" in kiosk("token", "list", "--all").out
    assert_one_line(kiosk("token", "revoke", "till"), 1, "no valid token called till")


def test_an_unknown_scope_is_answered_with_the_nearest(kiosk: Kiosk) -> None:
    assert_one_line(kiosk("token", "create", "--name", "till", "--scope", "bag:write"), 1, "did you mean bags:write?")


def test_an_untouched_trail_verifies(kiosk: Kiosk) -> None:
    kiosk("user", "add", "Li Na", "--role", "desk")
    kiosk("token", "create", "--name", "till", "--scope", "bags:read")
    answer = kiosk("audit", "verify")
    assert answer.status == 0
    assert re.fullmatch(r"desk-1: ok, 2 entries, [0-9a-f]{64}\n", answer.out)
    found = json.loads(kiosk("audit", "verify", "--json").out)
    assert (found["ok"], found["problems"]) == (True, [])
    assert found["chains"][0]["entries"] == 2


def test_a_changed_trail_is_named_at_its_first_broken_entry(kiosk: Kiosk, folder: Path) -> None:
    for name in ("Li Na", "Wang", "Chen"):
        kiosk("user", "add", name, "--role", "desk")
    with closing(sqlite3.connect(folder / "kiosk.db")) as raw, raw:
        raw.execute("DROP TRIGGER audit_entry_no_update")
        raw.execute("UPDATE audit_entry SET actor = 'user:9' WHERE sequence = 2")
    assert_one_line(kiosk("audit", "verify"), 1, "desk-1", "entry 2 was changed", "backup")
    answer = kiosk("audit", "verify", "--json")
    assert answer.status == 1
    found = json.loads(answer.out)
    assert (found["ok"], found["problems"]) == (False, [{"station": "desk-1", "entry": 2, "message": "entry 2 was changed"}])
