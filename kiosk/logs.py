"""Structured logs on standard error: text for people, JSON for collectors, each line with its request and actor.

Nothing personal and no secret belongs in a log line: actors appear by label (``user:3``), codes and PINs never.
"""

import contextlib
import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime

from kiosk.config import Logging

_context: ContextVar[dict[str, str] | None] = ContextVar("kiosk_log_context", default=None)

# What every LogRecord has of its own; anything else came through ``extra=`` and is worth showing.
_RECORD_FIELDS = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "taskName"}


def set_up(settings: Logging) -> None:
    """Send the logs of the whole process to standard error as *settings* say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.format == "json" else TextFormatter())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.level.upper())
    # At these levels they tell of every browser that went away and every queued task, not of faults.
    logging.getLogger("waitress").setLevel(logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)


@contextlib.contextmanager
def log_context(**values: str) -> Iterator[None]:
    """Add *values* (request, actor) to every line that is logged inside; also inside copies of this context."""
    token = _context.set({**(_context.get() or {}), **values})
    try:
        yield
    finally:
        _context.reset(token)


def add_to_log_context(**values: str) -> None:
    """Add *values* to the innermost `log_context`; does nothing outside of one."""
    current = _context.get()
    if current is not None:
        current.update(values)


def _extras(record: logging.LogRecord) -> dict[str, object]:
    extras: dict[str, object] = dict(_context.get() or {})
    extras.update({key: value for key, value in vars(record).items() if key not in _RECORD_FIELDS})
    return extras


def _on_one_line(text: str) -> str:
    # What comes from outside must neither look like a line of the log nor steer the terminal that shows it.
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        text = json.dumps(line, ensure_ascii=False, default=str)
        # Readable Chinese, but no character that a collector may take for the end of a line, or cannot encode.
        return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in text)


class TextFormatter(logging.Formatter):
    """Level, logger and message, then what else is known as ``key=value``; journald adds the time itself."""

    def format(self, record: logging.LogRecord) -> str:
        extras = "".join(f" {key}={value}" for key, value in _extras(record).items())
        line = f"{record.levelname.lower():7} {record.name}: {_on_one_line(record.getMessage() + extras)}"
        if record.exc_info and record.exc_info[0] is not None:
            line += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
        return line
