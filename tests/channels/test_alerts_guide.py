"""docs/alerts.md tells the truth: its configuration is accepted, its check of a signature works, its codes are ours."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.channels import build_channels
from kiosk.channels.dingtalk import _DEAD as DINGTALK_DEAD
from kiosk.channels.dingtalk import _LIMITED as DINGTALK_LIMITED
from kiosk.channels.feishu import _DEAD as FEISHU_DEAD
from kiosk.channels.wecom import _DEAD as WECOM_DEAD
from kiosk.clock import SystemClock
from kiosk.config import load_configuration
from tests.channels.channel_world import SECRET, message
from tests.fakes.clock import FakeClock
from tests.fakes.robots import RobotServer, WebhookRules

GUIDE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_is_a_configuration_with_each_kind(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(block("toml"), encoding="utf-8")
    settings = load_configuration(file, {}).settings
    channels = build_channels(settings, FakeClock())
    assert {channel.kind for channel in settings.alerts.channels} == {"wecom", "dingtalk", "feishu", "email", "webhook"}
    for channel, told in zip(channels, settings.alerts.channels, strict=True):
        row = re.search(rf"^\| {told.kind} \|[^|]*\| (\d+)", GUIDE, re.MULTILINE)
        assert row is not None
        assert channel.limits.per_minute == int(row[1])


def test_the_check_of_a_signature_takes_ours_and_no_other() -> None:
    names: dict[str, Any] = {}
    exec(compile(block("python"), "docs/alerts.md", "exec"), names)
    is_genuine: Callable[..., bool] = names["is_genuine"]
    clock = SystemClock()
    from tests.channels.channel_world import channel

    for secret in (SECRET, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"):
        with RobotServer(WebhookRules(clock, SECRET)) as server:
            channel("webhook", server.url, clock, secret=secret).send(message())  # type: ignore[arg-type]
        (request,) = server.requests
        headers = {"-".join(part.title() for part in name.split("-")): value for name, value in request.headers.items()}
        assert is_genuine(secret, headers, request.body)
        assert not is_genuine(secret, headers, request.body + b" ")
        assert not is_genuine("other", headers, request.body)
        assert not is_genuine(secret, headers | {"Webhook-Timestamp": "1"}, request.body)


def test_the_codes_are_those_that_the_channels_know() -> None:
    assert {93000, 93004, 93008, 45002} <= WECOM_DEAD
    assert {310000, 300001, 400101, 400102} <= DINGTALK_DEAD
    assert {130101, 410100} <= set(DINGTALK_LIMITED)
    assert {19001, 19021, 19022, 19024, 9499} <= FEISHU_DEAD
    for code in (93000, 310000, 19021, 130101):
        assert str(code) in GUIDE
