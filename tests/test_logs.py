"""The lines of the log: one for each record, whatever came from outside."""

import json
import logging

import pytest

from kiosk.logs import JsonFormatter, TextFormatter, add_to_log_context, log_context


def record(message: str, **extra: object) -> logging.LogRecord:
    return logging.getLogger("kiosk.test").makeRecord("kiosk.test", logging.INFO, __file__, 1, message, (), None, extra=extra)


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
@pytest.mark.parametrize("outside", ["a\r\nerror   kiosk: forged", "\x1b[2J\x1b]0;title\x07", "\u2028\x85\x0b", "\x00", "\ud800"])
def test_nothing_from_outside_begins_a_line_or_steers_a_terminal(formatter: logging.Formatter, outside: str) -> None:
    line = formatter.format(record(f"a scan of {outside}", device=outside))
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    line.encode()


def test_ordinary_texts_of_any_language_stay_readable() -> None:
    assert TextFormatter().format(record("打印机 ready", device="前台")) == "info    kiosk.test: 打印机 ready device=前台"
    assert json.loads(JsonFormatter().format(record("打印机", device="前台")))["device"] == "前台"


def test_each_line_carries_the_request_and_the_actor_of_its_context() -> None:
    with log_context(request="ab12"):
        add_to_log_context(actor="user:3")
        assert TextFormatter().format(record("done")) == "info    kiosk.test: done request=ab12 actor=user:3"
        assert json.loads(JsonFormatter().format(record("done")))["actor"] == "user:3"
    assert TextFormatter().format(record("done")) == "info    kiosk.test: done"


def test_an_exception_keeps_its_lines_in_text_and_one_in_json() -> None:
    failed = record("failed")
    try:
        raise ValueError("why")
    except ValueError as error:
        failed.exc_info = (ValueError, error, error.__traceback__)
    assert TextFormatter().format(failed).splitlines()[-1] == "ValueError: why"
    assert json.loads(JsonFormatter().format(failed))["exception"].endswith("ValueError: why")
