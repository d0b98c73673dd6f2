"""What all commands share: help, wrong use, where the configuration comes from, a database that cannot be used."""

import gc
from pathlib import Path

import pytest

from tests.cli.conftest import Kiosk, assert_one_line, assert_wrong_use

# Every command that opens the database.
DATABASE_COMMANDS = (("db", "status"), ("db", "upgrade"), ("user", "list"), ("token", "list"), ("audit", "verify"), ("run",))
SECRET = "s3cret-word"


def test_the_overview_names_every_command(typed: Kiosk) -> None:
    answer = typed("--help")
    assert answer.status == 0
    for command in ("run", "config", "doctor", "device", "db", "user", "token", "audit"):
        assert f"\n  {command} " in answer.out
    assert typed("--version").out.startswith("kiosk, version ")


@pytest.mark.parametrize("group", [(), ("config",), ("device",), ("db",), ("user",), ("token",), ("audit",)])
def test_a_group_without_a_command_is_wrong_use_and_shows_its_help(typed: Kiosk, group: tuple[str, ...]) -> None:
    answer = typed(*group)
    assert (answer.status, answer.out) == (2, "")
    assert "Commands:" in answer.err


def test_wrong_use_says_what_is_wrong_in_its_first_line(typed: Kiosk, tmp_path: Path) -> None:
    assert_wrong_use(typed("fly"), "No such command", "fly")
    assert_wrong_use(typed("run", "--port", "99999"), "--port", "99999")
    assert_wrong_use(typed("run", "--demo", "--config", "x.toml"), "--demo", "--config")
    assert_wrong_use(typed("device", "test"), "NAME")
    assert_wrong_use(typed("config", "check", "--config", str(tmp_path)), "is a directory")
    assert_wrong_use(typed("doctor", "--jso"), "--jso")


def test_the_configuration_is_the_named_file_else_that_of_the_environment(typed: Kiosk, folder: Path, tmp_path: Path) -> None:
    good, bad = str(folder / "kiosk.toml"), tmp_path / "bad.toml"
    bad.write_text("[wbe]\n", encoding="utf-8")
    assert typed("config", "check", environ={"KIOSK_CONFIG": good}).status == 0
    assert typed("config", "check", environ={"KIOSK_CONFIG": str(bad)}).status == 2
    assert typed("config", "check", "--config", good, environ={"KIOSK_CONFIG": str(bad)}).status == 0


def test_a_file_that_is_not_there_is_said_in_one_line(typed: Kiosk, tmp_path: Path) -> None:
    for command in (("config", "check"), ("run",), ("db", "status"), ("device", "list"), ("user", "list")):
        assert_one_line(typed(*command, "--config", str(tmp_path / "none.toml")), 2, "none.toml", "cannot be read", "--config")


@pytest.mark.parametrize("command", DATABASE_COMMANDS)
@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("garbage", "no database address"),
        (f"postgresql:/user:{SECRET}@host/kiosk", "no database address"),
        (f"postgresql://user:{SECRET}@host:port/kiosk", "no database address"),
        (f"mysql://user:{SECRET}@host/kiosk", "not supported"),
        (f"postgresql+asyncpg://user:{SECRET}@host/kiosk", "not supported"),
        ("sqlite://", "must be a file"),
    ],
)
def test_an_address_that_is_none_is_a_mistake_of_the_configuration(fresh: Kiosk, command: tuple[str, ...], url: str, says: str) -> None:
    answer = fresh(*command, environ={"KIOSK_DATABASE__URL": url})
    assert_one_line(answer, 2, "database.url", says)
    assert SECRET not in answer.err


@pytest.mark.parametrize("command", DATABASE_COMMANDS)
def test_a_server_that_does_not_answer_is_one_line_without_the_password(fresh: Kiosk, command: tuple[str, ...]) -> None:
    # Port 1 of this machine: nobody listens there.
    answer = fresh(*command, environ={"KIOSK_DATABASE__URL": f"postgresql://kiosk:{SECRET}@127.0.0.1:1/kiosk"})
    assert_one_line(answer, 1, "postgresql+psycopg://kiosk:***@127.0.0.1:1/kiosk", "refused", "check that")
    assert SECRET not in answer.err


@pytest.mark.parametrize("command", DATABASE_COMMANDS)
def test_a_file_that_is_no_database_is_said_and_left_alone(fresh: Kiosk, folder: Path, command: tuple[str, ...]) -> None:
    file = folder / "kiosk.db"
    file.write_bytes(b"holiday photographs, " * 50)
    assert_one_line(fresh(*command), 1, "kiosk.db", "file is not a database", "check that")
    assert file.read_bytes() == b"holiday photographs, " * 50


@pytest.mark.parametrize("command", [("db", "status"), ("user", "list"), ("token", "list"), ("audit", "verify")])
def test_looking_at_a_database_that_is_not_there_does_not_make_it(fresh: Kiosk, folder: Path, command: tuple[str, ...]) -> None:
    environ = {"KIOSK_DATABASE__URL": f"sqlite:///{folder}/new/kiosk.db"}
    assert_one_line(fresh(*command, environ=environ), 2, "does not exist yet", "kiosk db upgrade")
    assert not (folder / "new").exists()


def test_a_start_that_fails_leaves_the_garbage_collector_at_work(fresh: Kiosk) -> None:
    assert_one_line(fresh("run", environ={"KIOSK_STATION__STATE_DIR": "/proc/none"}), 2, "station.state_dir", "/proc/none")
    assert gc.isenabled()
