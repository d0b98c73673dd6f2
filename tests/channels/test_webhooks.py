"""Signed webhooks: what the receiver checks, and that a copy does no harm."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from kiosk.channels import build_channel, check_channels
from kiosk.channels.webhook import key_of, signature
from kiosk.config_service import Channel
from kiosk.desk.alerts.channel import Outcome, Verdict
from kiosk.desk.alerts.compose import Origin, Queued, compose
from kiosk.errors import ConfigError
from kiosk.i18n import Speaker, msg
from tests.channels.channel_world import SECRET, channel, message
from tests.fakes.clock import START, FakeClock
from tests.fakes.robots import RobotServer, WebhookRules, answering, takes_it_and_resets


@pytest.fixture
def server(clock: FakeClock) -> Iterator[RobotServer]:
    with RobotServer(WebhookRules(clock, SECRET)) as receiver:
        yield receiver


def test_a_receiver_gets_a_signed_record(server: RobotServer, clock: FakeClock) -> None:
    assert channel("webhook", server.url, clock, secret=SECRET).send(message("Case K1", "Department: 生鲜")) == Outcome(Verdict.DELIVERED)
    (request,) = server.requests
    assert request.headers["webhook-id"] == "S001-7"
    assert request.json == {
        "id": "S001-7",
        "type": "case.opened",
        "timestamp": "2026-03-10T06:00:00+00:00",
        "data": {"severity": "high", "title": "Case K1", "lines": ["Department: 生鲜"], "link": "http://desk/desk/cases/1"},
    }


def test_a_receiver_that_took_it_but_could_not_say_so_sees_it_once(server: RobotServer, clock: FakeClock) -> None:
    hook = channel("webhook", server.url, clock, secret=SECRET)
    assert (hook.limits.idempotent, hook.limits.digests) == (True, False)
    server.do(takes_it_and_resets)
    assert hook.send(message()).verdict is Verdict.UNCERTAIN
    clock.advance(30)
    assert hook.send(message()).verdict is Verdict.DELIVERED
    assert len(server.requests) == 2
    assert len(server.chat) == 1


def test_a_wrong_secret_is_refused_by_the_receiver(server: RobotServer, clock: FakeClock) -> None:
    assert channel("webhook", server.url, clock, secret="other").send(message()).verdict is Verdict.DEAD
    assert server.chat == []


def test_a_stores_code_in_any_script_is_part_of_the_id(server: RobotServer, clock: FakeClock) -> None:
    origin = Origin("沪.1", "超市", "", "desk-1", "")
    composed = compose([Queued(7, "case.opened", "high", msg("Case"), (), None, START)], origin, "en", Speaker(ZoneInfo("UTC")).say)
    assert channel("webhook", server.url, clock, secret=SECRET).send(composed).verdict is Verdict.DELIVERED
    assert server.requests[0].headers["webhook-id"] == "%E6%B2%AA%2E1-7"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_answer_of_200_to_299_is_a_yes(server: RobotServer, clock: FakeClock, status: int) -> None:
    server.do(answering(status))
    assert channel("webhook", server.url, clock, secret=SECRET).send(message()).verdict is Verdict.DELIVERED


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of the Standard Webhooks reference libraries."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}', key)
    assert signed == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Channel("a", "webhook", "https://h/"), "a webhook needs a secret"),
        (Channel("a", "webhook", "https://h/", secret="whsec_???"), "Base64"),
        (Channel("a", "wecom", "ftp://h/"), "https:// or http://"),
        (Channel("a", "feishu", "https:///x"), "name a host"),
        (Channel("a", "dingtalk", "https://h:x/"), "name a host"),
        (Channel("a", "wecom", "https://h h/x"), "name a host"),
        (Channel("a", "wecom", "https://h..cn/x"), "name a host"),
        (Channel("a", "feishu", "https://超市.cn/x"), "name a host"),
        (Channel("a", "webhook", "https://me:pass@h/", secret="s" * 32), "not hold a user or password"),
        (Channel("a", "email", "smtp://me:pass@h", sender="a@b", recipients=["c@d"]), "name them as user and secret"),
        (Channel("a", "email", "https://h/", sender="a@b", recipients=["c@d"]), "smtp:// or smtps://"),
        (Channel("a", "email", "smtp://h", sender="a@b"), "name recipients"),
        (Channel("a", "email", "smtp://h", sender="a", recipients=["c@d"]), "no mail address"),
        (Channel("a", "email", "smtp://h", sender="a@b", recipients=["c@d\nBcc: x@y"]), "no mail address"),
    ],
)
def test_a_channel_that_could_never_send_is_refused_at_start(settings: Channel, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        check_channels([settings])
    assert settings.url not in str(refused.value)  # the address is a secret
    with pytest.raises(ConfigError):
        build_channel(settings, FakeClock(), 5)
