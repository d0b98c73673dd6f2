"""Headers, cookies, static files, health, metrics, logs: what every answer and every operator relies on."""

import json
import logging
import re
import stat
import sys
from pathlib import Path

import msgspec
import pytest
from flask import url_for

from kiosk.config import Logging
from kiosk.db import Database
from kiosk.devices.registry import DeviceConfig, Driver
from kiosk.events import EventBus
from kiosk.logs import JsonFormatter, TextFormatter, log_context, set_up
from kiosk.web.security import session_key
from tests.fakes.clock import FakeClock
from tests.fakes.web_station import WebStation


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/bags", "/nowhere", "/probe/boom", "/login"])
def test_every_answer_carries_the_security_headers(station: WebStation, path: str) -> None:
    headers = station.client().get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert re.fullmatch("[0-9a-f]{8}", headers["X-Request-Id"])


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(station: WebStation) -> None:
    cookie = station.client().get("/probe/token").headers["Set-Cookie"]
    assert cookie.startswith("kiosk_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie


def test_behind_tls_cookies_are_sent_over_tls_only(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> None:
    station = WebStation(sqlite_database, bus, clock, tmp_path, secure_cookies=True)
    assert "Secure" in station.client().get("/probe/token").headers["Set-Cookie"]


def test_the_session_key_is_made_once_and_private(tmp_path: Path) -> None:
    key = session_key(tmp_path / "state")
    file = tmp_path / "state" / "session.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert session_key(tmp_path / "state") == key
    assert [path.name for path in file.parent.iterdir()] == ["session.key"]


def test_a_key_that_a_power_loss_cut_short_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "session.key").write_text("abc")
    assert len(session_key(tmp_path)) == 64


def test_a_key_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    key = session_key(tmp_path)
    file = tmp_path / "session.key"
    file.chmod(0o644)
    assert session_key(tmp_path) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def _a_static_file(station: WebStation) -> str:
    root = Path(station.app.root_path) / "static"
    return str(next(path for path in sorted(root.rglob("*.js"))).relative_to(root))


def test_static_files_are_kept_for_a_year_under_their_versions_address(station: WebStation) -> None:
    with station.app.test_request_context():
        address = url_for("static", filename=_a_static_file(station))
    with station.client().get(address) as answer:
        assert answer.status_code == 200
        assert answer.cache_control.max_age == 31_536_000
        assert answer.cache_control.immutable


def test_an_old_version_of_a_static_file_is_not_kept(station: WebStation) -> None:
    with station.client().get(f"/static/0123456789ab/{_a_static_file(station)}") as answer:
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["../app.py", "..%2fapp.py", "/etc/passwd", "nothing.js"])
def test_nothing_but_static_files_is_served_as_such(station: WebStation, path: str) -> None:
    assert station.client().get(f"/static/x/{path}").status_code in (404, 308)


def test_health_is_good_while_the_database_takes_records(station: WebStation) -> None:
    answer = station.client().get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "database": "ok"})


def test_health_is_bad_when_the_database_is_gone(station: WebStation, clock: FakeClock) -> None:
    assert station.client().get("/healthz").status_code == 200
    station.db.close()
    clock.advance(11)
    answer = station.client().get("/healthz")
    assert answer.status_code == 503
    assert answer.get_json()["status"] == "failing"


def test_health_writes_at_most_once_in_ten_seconds(station: WebStation, clock: FakeClock) -> None:
    for _ in range(5):
        station.client().get("/healthz")
    assert station.db.stats.commits == 1
    clock.advance(11)
    station.client().get("/healthz")
    assert station.db.stats.commits == 2


def test_a_station_without_required_devices_is_ready(station: WebStation) -> None:
    answer = station.client().get("/readyz")
    assert (answer.status_code, answer.get_json()["missing"]) == (200, [])


def test_metrics_count_requests_jobs_and_writes(station: WebStation) -> None:
    station.shelve()
    station.program().post("/api/v1/bags", {"pieces": 1})
    text = station.client().get("/metrics").text
    assert re.search(r'kiosk_http_request_seconds_count\{method="POST",route="/api/v1/bags",status="201"\} 1\.0', text)
    assert 'kiosk_jobs{device="ticket-printer",state="queued"} 1.0' in text
    assert re.search(r"kiosk_db_commits_total [1-9]", text)
    assert "kiosk_event_streams 0.0" in text
    assert 'kiosk_events_total{name="job.state"} 1.0' in text


def test_metrics_count_scans_by_their_kind(station: WebStation) -> None:
    station.browser().client.get("/probe/mine")
    station.program().post("/api/v1/scans", {"code": "6901234567892"})
    assert 'kiosk_scans_total{kind="goods"} 1.0' in station.client().get("/metrics").text


def test_metrics_need_a_token_from_another_machine(station: WebStation) -> None:
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert station.client().get("/metrics", environ_overrides=elsewhere).status_code in (303, 401)
    headers = {"Authorization": f"Bearer {station.token('devices:read')}"}
    assert station.client().get("/metrics", headers=headers, environ_overrides=elsewhere).status_code == 200


def test_a_log_line_as_json_names_its_request_and_actor() -> None:
    record = logging.LogRecord("kiosk.x", logging.WARNING, __file__, 1, "the %s is away", ("printer",), None)
    record.device = "ticket-printer"
    with log_context(request="ab12", actor="user:3"):
        line = json.loads(JsonFormatter().format(record))
    assert line["message"] == "the printer is away"
    assert (line["level"], line["request"], line["actor"], line["device"]) == ("warning", "ab12", "user:3", "ticket-printer")


def test_a_log_line_as_text_stays_one_line() -> None:
    record = logging.LogRecord("kiosk.x", logging.INFO, __file__, 1, "a\nforged line", (), None)
    assert TextFormatter().format(record) == "info    kiosk.x: a\\nforged line"


def test_a_logged_exception_keeps_its_trace() -> None:
    try:
        raise ValueError("inner")
    except ValueError:
        record = logging.LogRecord("kiosk.x", logging.ERROR, __file__, 1, "broke", (), sys.exc_info())
    assert "ValueError: inner" in TextFormatter().format(record)
    assert "ValueError: inner" in json.loads(JsonFormatter().format(record))["exception"]


def test_logging_is_set_up_once_for_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        set_up(Logging(level="warning", format="json"))
        set_up(Logging(level="warning", format="json"))
        logging.getLogger("kiosk.x").info("too quiet")
        logging.getLogger("kiosk.x").warning("heard once")
        lines = capsys.readouterr().err.strip().splitlines()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert [json.loads(line)["message"] for line in lines] == ["heard once"]


def test_no_code_and_no_token_is_in_the_logs(station: WebStation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="kiosk")
    station.shelve()
    token = station.token()
    headers = {"Authorization": f"Bearer {token}"}
    code = station.client().post("/api/v1/bags", json={"pieces": 1}, headers=headers).get_json()["code"]
    station.client().post("/api/v1/bags/release", json={"code": code}, headers=headers)
    station.client().post("/api/v1/scans", json={"code": code}, headers=headers)
    assert code not in caplog.text
    assert token not in caplog.text


def test_languages_are_remembered_by_cookie(station: WebStation) -> None:
    client = station.client()
    assert 'lang="zh' in client.get("/nowhere").text
    client.set_cookie("lang", "en")
    assert 'lang="en' in client.get("/nowhere").text
    client.set_cookie("lang", "xx")
    assert 'lang="zh' in client.get("/nowhere").text


class _NoOptions(msgspec.Struct, frozen=True):
    """A device that needs none."""


def _device(kind: str, *, required: bool) -> DeviceConfig:
    def never_opened(_options: object, _context: object) -> None:
        raise AssertionError("these tests start no device")

    return DeviceConfig(f"the-{kind}", Driver(kind, "wooden", _NoOptions, never_opened, "does nothing"), _NoOptions(), required)


def test_a_station_is_not_ready_without_its_required_devices_and_says_which(
    sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path
) -> None:
    devices = [_device("relay", required=True), _device("locks", required=False)]
    answer = WebStation(sqlite_database, bus, clock, tmp_path, devices=devices).client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["missing"] == [{"device": "the-relay", "state": "disabled", "reason": "unsupported"}]


def test_devices_are_listed_with_their_states_and_reasons(
    sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path
) -> None:
    station = WebStation(sqlite_database, bus, clock, tmp_path, devices=[_device("relay", required=True)])
    program = station.program()
    (device,) = program.get("/api/v1/devices").get_json()["devices"]
    assert (device["name"], device["state"], device["reason"]["code"], device["required"]) == ("the-relay", "disabled", "unsupported", True)
    assert program.get("/api/v1/devices/the-relay").get_json() == device
    tested = program.post("/api/v1/devices/the-relay/test")
    assert (tested.status_code, tested.get_json()["type"]) == (503, "/problems/device-disabled")
    assert 'kiosk_device_state{device="the-relay",kind="relay",state="disabled"} 1.0' in station.client().get("/metrics").text
