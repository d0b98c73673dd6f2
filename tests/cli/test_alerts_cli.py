"""`kiosk alerts`, and what `config` and `doctor` make of channels."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.clock import SystemClock
from kiosk.config import load_configuration
from kiosk.db import Database
from kiosk.desk.alerts import Alert, AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.i18n import msg
from tests.cli.conftest import Kiosk, assert_one_line
from tests.fakes.robots import RobotServer, WeComRules, answering, saying, takes_it_and_resets


@pytest.fixture
def robot(folder: Path) -> Iterator[RobotServer]:
    """A robot that the configuration names, for messages in English."""
    with RobotServer(WeComRules(SystemClock())) as server:
        with (folder / "kiosk.toml").open("a", encoding="utf-8") as file:
            file.write(f'[[alerts.channels]]\nname = "duty"\nkind = "wecom"\nlanguage = "en"\nurl = "{server.url}"\nsecret = "s3cr3t"\n')
        yield server


def test_a_test_message_is_sent_and_its_end_is_told(kiosk: Kiosk, robot: RobotServer) -> None:
    answer = kiosk("alerts", "test", "duty")
    assert (answer.status, answer.out) == (0, "duty: delivered\n")
    assert robot.chat[0].startswith("[high] Test message of desk-1\nIf you can read this, the channel duty works.")


def test_what_went_wrong_is_one_line_with_the_robots_words(kiosk: Kiosk, robot: RobotServer) -> None:
    robot.do(saying(93000, "invalid webhook url"), takes_it_and_resets, answering(503))
    assert_one_line(kiosk("alerts", "test", "duty"), 1, "not delivered", "93000 invalid webhook url")
    assert_one_line(kiosk("alerts", "test", "duty"), 1, "may or may not have arrived", "look there")
    assert_one_line(kiosk("alerts", "test", "duty"), 1, "not delivered", "busy HTTP 503")
    assert_one_line(kiosk("alerts", "test", "dutty"), 2, "no channel 'dutty'", "did you mean 'duty'?")


def test_messages_are_listed_for_people_and_programs(kiosk: Kiosk, robot: RobotServer, folder: Path) -> None:
    queue_one(folder)
    assert kiosk("alerts", "list").out.split()[:2] == ["1", "queued"]
    assert "Case K1" in kiosk("alerts", "list").out
    (view,) = json.loads(kiosk("alerts", "list", "--json", "--state", "queued").out)
    assert (view["channel"], view["title"]) == ("duty", "Case K1")
    assert kiosk("alerts", "list", "--state", "failed").out == ""


def test_neither_address_nor_secret_of_a_channel_is_ever_shown(kiosk: Kiosk, robot: RobotServer) -> None:
    for answer in (kiosk("config", "show"), kiosk("config", "show", "--json")):
        assert answer.status == 0
        assert "duty" in answer.out
        assert robot.url not in answer.out
        assert "s3cr3t" not in answer.out


def test_a_channel_that_could_never_send_is_found_by_a_check(kiosk: Kiosk, folder: Path) -> None:
    with (folder / "kiosk.toml").open("a", encoding="utf-8") as file:
        file.write('[[alerts.channels]]\nname = "hook"\nkind = "webhook"\nurl = "https://secret.example/"\n')
    answer = kiosk("config", "check")
    assert_one_line(answer, 2, "alerts.channels: hook", "a webhook needs a secret")
    assert "secret.example" not in answer.err


def test_the_doctor_names_channels_with_undelivered_messages(kiosk: Kiosk, robot: RobotServer, folder: Path) -> None:
    def finding() -> dict[str, object]:
        found: list[dict[str, object]] = json.loads(kiosk("doctor", "--json").out)
        return next(entry for entry in found if entry["check"] == "alerts")

    assert (finding()["ok"], finding()["detail"]) == (True, "1 channels, nothing waits")
    queue_one(folder)
    assert (finding()["ok"], finding()["detail"]) == (None, "duty: 1 queued")


def test_on_a_machine_without_a_database_the_doctor_knows_nothing_yet(fresh: Kiosk, robot: RobotServer) -> None:
    found = json.loads(fresh("doctor", "--json").out)
    assert next(entry for entry in found if entry["check"] == "alerts")["ok"] is None


def queue_one(folder: Path) -> None:
    settings, clock = load_configuration(folder / "kiosk.toml", {}).settings, SystemClock()
    service = AlertService(settings, clock, AuditTrail("desk-1", clock))
    alert = Alert("case.opened", "high", msg("Case %(number)s", number="K1"), "case:1")
    with closing(Database(settings.database.url, clock=clock)) as database:
        assert database.write(lambda session: service.raise_alert(session, alert)) == 1
