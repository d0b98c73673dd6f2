"""How messages are kept as JSON: text, values and nested messages, so that each channel can say them in its language later."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from kiosk.i18n import Message, OwnWords

# Keys of a packed value that is more than a plain JSON value.
_MESSAGE, _TIME, _DAY, _WORDS = "m", "t", "d", "w"


def pack(message: Message) -> str:
    """*message* as JSON."""
    return msgspec.json.encode(_packed(message)).decode()


def pack_all(messages: Sequence[Message]) -> str:
    """*messages* as a JSON list."""
    return msgspec.json.encode([_packed(message) for message in messages]).decode()


def unpack(text: str) -> Message:
    """The message that `pack` made *text* of."""
    return _unpacked(msgspec.json.decode(text, type=list[object]))


def unpack_all(text: str) -> list[Message]:
    """The messages that `pack_all` made *text* of."""
    return [_unpacked(item) for item in msgspec.json.decode(text, type=list[list[object]])]


def _packed(message: Message) -> list[object]:
    return [message.text, {name: _value(value) for name, value in message.params.items()}]


def _value(value: object) -> object:
    if isinstance(value, Message):
        return {_MESSAGE: _packed(value)}
    if isinstance(value, OwnWords):
        return {_WORDS: dict(value.texts)}
    if isinstance(value, datetime):
        return {_TIME: value.isoformat()}
    if isinstance(value, date):
        return {_DAY: value.isoformat()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def _unpacked(item: list[object]) -> Message:
    text, params = item
    assert isinstance(text, str)
    assert isinstance(params, dict)
    return Message(text, {name: _original(value) for name, value in params.items()})


def _original(value: object) -> object:
    match value:
        case {"m": list(item)}:
            return _unpacked(item)
        case {"w": dict(texts)}:
            return OwnWords(texts)
        case {"t": str(text)}:
            return datetime.fromisoformat(text)
        case {"d": str(text)}:
            return date.fromisoformat(text)
        case _:
            return value
