"""The three group robots against receivers that check and count as the real ones do, and that fail in every way."""

import json
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.channels.dingtalk import escaped
from kiosk.desk.alerts.channel import Outcome, Verdict
from tests.channels.channel_world import SECRET, channel, message
from tests.fakes.clock import FakeClock
from tests.fakes.robots import (
    DingTalkRules,
    FeishuRules,
    RobotServer,
    Step,
    WeComRules,
    answering,
    answers_with_broken_headers,
    hangs,
    saying,
    speaks_nonsense,
    takes_it_and_resets,
    trickles,
)

RULES = {"wecom": WeComRules, "dingtalk": DingTalkRules, "feishu": FeishuRules}
LONG = [f"第{number}行：" + "老板" * 40 for number in range(100)]


@pytest.fixture(params=sorted(RULES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str, clock: FakeClock) -> Iterator[RobotServer]:
    secret = "" if kind == "wecom" else SECRET
    with RobotServer(RULES[kind](clock, secret)) as robot:
        yield robot


@pytest.fixture
def wecom(clock: FakeClock) -> Iterator[RobotServer]:
    with RobotServer(WeComRules(clock)) as robot:
        yield robot


def send(server: RobotServer, kind: str, clock: FakeClock, *lines: str, title: str = "[high] Case K1", timeout_s: float = 5.0) -> Outcome:
    secret = "" if kind == "wecom" else SECRET
    return channel(kind, server.url, clock, secret=secret, timeout_s=timeout_s).send(message(title, *lines))


def test_a_robot_takes_a_message_signed_as_it_wants(server: RobotServer, kind: str, clock: FakeClock) -> None:
    outcome = send(server, kind, clock, "Department: 生鲜")
    assert outcome == Outcome(Verdict.DELIVERED)
    assert server.rules.refused == []
    (text,) = server.chat
    for part in ("Case K1", "生鲜", "http://desk/desk/cases/1"):
        assert part in text
    assert server.requests[0].headers["content-type"] == "application/json; charset=utf-8"


def test_a_long_message_is_cut_to_what_the_robot_takes(server: RobotServer, kind: str, clock: FakeClock) -> None:
    assert send(server, kind, clock, *LONG, title="题" * 3000).verdict is Verdict.DELIVERED
    assert send(server, kind, clock, *LONG).verdict is Verdict.DELIVERED
    more = server.chat[-1].replace("\\", "")
    assert "... and " in more
    assert "http://desk/desk/cases/1" in more


def test_text_from_people_stays_text(server: RobotServer, kind: str, clock: FakeClock) -> None:
    wicked = "[click](http://evil) <at user_id=\"all\"></at> **bold** `x` # <@all> <font color='red'>"
    assert send(server, kind, clock, wicked, title=wicked).verdict is Verdict.DELIVERED
    body = server.requests[0].json
    if kind == "dingtalk":
        assert "[click]" not in body["markdown"]["text"]
        assert escaped(wicked) in body["markdown"]["text"]
        assert "at" not in body
    elif kind == "feishu":
        (post,) = body["content"]["post"].values()
        assert {part["tag"] for line in post["content"][:-1] for part in line} == {"text"}
    else:
        assert body["msgtype"] == "text"
        assert set(body["text"]) == {"content"}


def test_a_wrong_secret_is_a_dead_letter(server: RobotServer, kind: str, clock: FakeClock) -> None:
    server.rules.secret = "another"
    url = server.url.replace("key=K", "key=X")
    outcome = channel(kind, url, clock, secret="" if kind == "wecom" else SECRET).send(message())
    assert (outcome.verdict, outcome.reason) == (Verdict.DEAD, "rejected")
    assert outcome.detail.split()[0] in {"93000", "310000", "19021"}


def test_too_many_are_refused_with_a_pause_of_the_whole_channel(server: RobotServer, kind: str, clock: FakeClock) -> None:
    sent = [send(server, kind, clock) for _ in range(22)]
    taken = sum(outcome.verdict is Verdict.DELIVERED for outcome in sent)
    assert taken == (5 if kind == "feishu" else 20)
    assert {(outcome.verdict, outcome.reason, outcome.pause) for outcome in sent[taken:]} == {(Verdict.REFUSED, "rate-limited", True)}
    assert {outcome.retry_after_s for outcome in sent[taken:]} == {600.0 if kind == "dingtalk" else 60.0}


@pytest.mark.parametrize(
    ("step", "verdict", "reason", "pause"),
    [
        (answering(500), Verdict.REFUSED, "server-error", False),
        (answering(503, retry_after="120"), Verdict.REFUSED, "busy", True),
        (answering(429, b"slow down", retry_after="30"), Verdict.REFUSED, "rate-limited", True),
        (answering(502), Verdict.UNCERTAIN, "gateway", False),
        (answering(504), Verdict.UNCERTAIN, "gateway", False),
        (answering(404), Verdict.DEAD, "rejected", False),
        (answering(302, location="http://127.0.0.1:1/"), Verdict.DEAD, "redirected", False),
        (answering(200, b"<html>captive portal</html>"), Verdict.UNCERTAIN, "garbled", False),
        (answering(200, b"{}"), Verdict.UNCERTAIN, "garbled", False),
        (answering(200, b'{"errcode":true,"code":"0"}'), Verdict.UNCERTAIN, "garbled", False),
        (answering(200, b"[" * 5000), Verdict.UNCERTAIN, "garbled", False),
        (takes_it_and_resets, Verdict.UNCERTAIN, "reset", False),
        (speaks_nonsense, Verdict.UNCERTAIN, "network", False),
    ],
)
def test_each_failure_is_called_what_it_is(
    wecom: RobotServer, clock: FakeClock, step: Step, verdict: Verdict, reason: str, pause: bool
) -> None:
    wecom.do(step)
    outcome = send(wecom, "wecom", clock)
    assert (outcome.verdict, outcome.reason, outcome.pause) == (verdict, reason, pause)
    assert len(wecom.requests) == 1  # nothing is tried again within a try, no redirect is followed


@pytest.mark.parametrize("step", [hangs, trickles])
def test_a_robot_that_does_not_answer_in_time_leaves_a_question(wecom: RobotServer, clock: FakeClock, step: Step) -> None:
    wecom.do(step)
    outcome = send(wecom, "wecom", clock, timeout_s=0.2)
    assert (outcome.verdict, outcome.reason) == (Verdict.UNCERTAIN, "timeout")


def test_nobody_at_the_address_means_that_nothing_was_sent(clock: FakeClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    outcome = channel("wecom", url, clock).send(message())
    assert (outcome.verdict, outcome.reason, outcome.pause) == (Verdict.REFUSED, "refused", True)


def test_a_name_that_is_looked_up_for_too_long_leaves_no_question(
    wecom: RobotServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver that stalls cannot be broken off; what it delays was not sent."""
    original, enough = socket.getaddrinfo, threading.Event()

    def slow(*arguments: object, **more: object) -> object:
        enough.wait(0.3)
        return original(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    outcome = send(wecom, "wecom", clock, timeout_s=0.1)
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, "timeout")
    assert wecom.chat == []


def test_a_robot_without_a_trusted_certificate_gets_nothing(wecom: RobotServer, clock: FakeClock) -> None:
    outcome = channel("wecom", wecom.url.replace("http:", "https:"), clock, timeout_s=1).send(message())
    assert outcome.verdict is Verdict.REFUSED
    assert wecom.requests == []


def test_a_stop_ends_a_try_at_once_though_the_robot_stalls(wecom: RobotServer, clock: FakeClock) -> None:
    wecom.do(hangs)
    robot = channel("wecom", wecom.url, clock, timeout_s=60)
    found: list[Outcome] = []
    thread = threading.Thread(target=lambda: found.append(robot.send(message())))
    thread.start()
    assert wecom.hanging.acquire(timeout=5)
    robot.interrupt()
    thread.join(1.0)
    assert not thread.is_alive()
    assert found[0].verdict is Verdict.UNCERTAIN


def test_an_interrupt_without_a_try_is_harmless(clock: FakeClock) -> None:
    channel("wecom", "http://127.0.0.1:1/", clock).interrupt()


def test_the_answer_keeps_no_secret_and_no_line_break(wecom: RobotServer, clock: FakeClock) -> None:
    wecom.do(saying(93000, "line\nbreak \x00" + "x" * 1000))
    outcome = send(wecom, "wecom", clock)
    assert outcome.detail.startswith("93000 line break x")
    assert len(outcome.detail) < 250


@pytest.mark.parametrize("at", ["hook?key=", "open-apis/bot/v2/hook/"])
def test_no_log_and_no_answer_that_is_kept_repeats_the_address(
    wecom: RobotServer, clock: FakeClock, caplog: pytest.LogCaptureFixture, at: str
) -> None:
    secret = "bf51-a00c-3fe7-cc81"
    robot = channel("wecom", wecom.url.replace("hook?key=K", at + secret), clock)
    wecom.do(answering(404, f"Cannot POST /{at}{secret}".encode()), saying(-1, f"bad key {secret}"), answers_with_broken_headers)
    with caplog.at_level(logging.DEBUG):
        details = [robot.send(message()).detail for _ in range(3)]
    assert details[0].startswith("HTTP 404 Cannot POST /")
    assert secret not in "".join(details) + caplog.text


def test_no_redirect_is_followed(wecom: RobotServer, clock: FakeClock) -> None:
    with RobotServer(WeComRules(clock)) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            wecom.do(answering(status, location=elsewhere.url))
            outcome = send(wecom, "wecom", clock)
            assert (outcome.verdict, outcome.reason) == (Verdict.DEAD, "redirected")
        assert elsewhere.requests == []


def test_a_proxy_of_the_environment_gets_nothing(wecom: RobotServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert send(wecom, "wecom", clock).verdict is Verdict.DELIVERED


def test_a_date_as_the_time_to_wait_is_understood(wecom: RobotServer, clock: FakeClock) -> None:
    wecom.do(answering(503, retry_after="Tue, 10 Mar 2026 06:01:30 GMT"), answering(503, retry_after="soon"))
    assert send(wecom, "wecom", clock).retry_after_s == 90
    assert send(wecom, "wecom", clock).retry_after_s is None


@pytest.mark.parametrize(
    ("kind", "document", "verdict", "reason"),
    [
        ("wecom", {"errcode": -1, "errmsg": "system busy"}, Verdict.REFUSED, "robot-error"),
        ("wecom", {"errcode": 45033}, Verdict.REFUSED, "rate-limited"),
        ("dingtalk", {"errcode": 400102}, Verdict.DEAD, "rejected"),
        ("dingtalk", {"errcode": 410100}, Verdict.REFUSED, "rate-limited"),
        ("feishu", {"StatusCode": 0, "StatusMessage": "success"}, Verdict.DELIVERED, ""),
        ("feishu", {"code": 19024, "msg": "Key Words Not Found"}, Verdict.DEAD, "rejected"),
    ],
)
def test_a_code_means_what_the_robots_documentation_says(
    wecom: RobotServer, clock: FakeClock, kind: str, document: dict[str, object], verdict: Verdict, reason: str
) -> None:
    wecom.do(answering(200, json.dumps(document).encode()))
    outcome = channel(kind, wecom.url, clock).send(message())
    assert (outcome.verdict, outcome.reason) == (verdict, reason)


def test_a_slower_pace_is_kept_and_a_faster_one_is_not(clock: FakeClock) -> None:
    def pace(kind: str, per_minute: int) -> int:
        return channel(kind, "http://127.0.0.1/", clock, per_minute=per_minute).limits.per_minute

    assert [pace(kind, 0) for kind in ("wecom", "dingtalk", "feishu")] == [19, 17, 95]
    assert pace("wecom", 5) == 5
    assert pace("wecom", 100) == 19


def test_building_a_channel_imports_no_http_library(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys\nfrom kiosk.channels import build_channel\nfrom kiosk.clock import SystemClock\n"
        "from kiosk.config_service import Channel\n"
        "for kind in ('wecom', 'dingtalk', 'feishu'):\n"
        "    build_channel(Channel('g', kind, 'https://h/'), SystemClock(), 5)\n"
        "print('urllib3' in sys.modules, 'smtplib' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
