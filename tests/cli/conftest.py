"""The command line as a technician types it, in this process."""

import io
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.db import Database
from kiosk.db.schema import upgrade
from tests.fakes.clock import FakeClock


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    status: int
    out: str
    err: str


Kiosk = Callable[..., Answer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with kiosk.toml."""
    (tmp_path / "kiosk.toml").write_text(
        f'[station]\nname = "desk-1"\nstate_dir = "{tmp_path}"\n[database]\nurl = "sqlite:///{tmp_path}/kiosk.db"\n', encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kiosk:
    """Runs a command word for word: ``typed("config", "check", environ={"KIOSK_CONFIG": path})``."""
    monkeypatch.delenv("KIOSK_CONFIG", raising=False)

    def run(*arguments: str, typed: str = "", environ: Mapping[str, str] | None = None) -> Answer:
        monkeypatch.setattr(sys, "argv", ["kiosk", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        status: object = 0
        with pytest.MonkeyPatch.context() as during:
            for name, value in (environ or {}).items():
                during.setenv(name, value)
            try:
                main()
            except SystemExit as ended:
                status = ended.code
        assert status is None or isinstance(status, int)
        printed = capsys.readouterr()
        return Answer(status or 0, printed.out, printed.err)

    return run


@pytest.fixture
def fresh(folder: Path, typed: Kiosk) -> Kiosk:
    """Runs a command with the configuration of *folder*, where no database is yet."""

    def run(*arguments: str, **more: object) -> Answer:
        return typed(*arguments, "--config", str(folder / "kiosk.toml"), **more)

    return run


@pytest.fixture
def kiosk(folder: Path, clock: FakeClock, fresh: Kiosk) -> Kiosk:
    """Runs a command on a database at the current schema: ``kiosk("user", "list", typed="...")``."""
    with closing(Database(f"sqlite:///{folder}/kiosk.db", clock=clock)) as database:
        upgrade(database.engine)
    return fresh


def assert_one_line(answer: Answer, status: int, *parts: str) -> None:
    """One line on standard error that says what, where and what to do, and nothing else."""
    assert answer.status == status
    assert answer.out == ""
    assert len(answer.err.strip().splitlines()) == 1
    for part in parts:
        assert part in answer.err


def assert_wrong_use(answer: Answer, *parts: str) -> None:
    """Exit status 2; the first line says what is wrong, more lines how the command is used."""
    assert (answer.status, answer.out) == (2, "")
    first, *usage = answer.err.strip().splitlines()
    assert first.startswith("kiosk: ")
    for part in parts:
        assert part in first
    assert usage[0].startswith("Usage: kiosk")
