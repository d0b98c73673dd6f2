"""Requests into typed Structs: every wrong field is named with its value and what is expected instead."""

import contextlib
import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from kiosk.errors import FieldError, Invalid
from kiosk.i18n import Message, msg
from kiosk.web.problems import BadRequest

S = TypeVar("S", bound=msgspec.Struct)

# Wrong fields that an answer names: a request that is all wrong is no reason to work long, or to answer at length.
_MOST_NAMED = 20
# Characters of an unknown field's name that an answer repeats.
_NAME_LIMIT = 64
# "JSON is malformed: invalid character (byte 12)"; the path of a nested value: "... - at `$.lines[2].quantity`".
_BYTE = re.compile(r"\(byte (\d+)\)")
_PATH = re.compile(r" - at `\$(.*)`$")


class InvalidRequest(Invalid):
    slug = "invalid-request"


def decode(kind: type[S]) -> S:
    """The JSON body of this request as *kind*. Raises BadRequest (no JSON, with its place) or InvalidRequest (each field)."""
    if request.content_length not in (0, None) and request.mimetype != "application/json":
        raise UnsupportedMediaType
    raw = request.get_data(cache=True)
    if kind.__struct_config__.forbid_unknown_fields:
        # What is right needs no names of fields: a tenth of the time.
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return msgspec.json.decode(raw, type=kind)
    if not raw and not any(field.required for field in msgspec.structs.fields(kind)):
        return kind()
    document = _parse(raw)
    if not isinstance(document, dict):
        raise InvalidRequest(
            msg("The body must be a JSON object."),
            msg("Send an object such as %(example)s.", example=_skeleton(kind)),
            fields=[FieldError("", document, msg("must be an object"))],
        )
    return convert(document, kind, strict=True)


def decode_list(most: int) -> list[object]:
    """The JSON body of this request as a list of *most* members at most; what they are is checked by `convert_item`, one by one."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    document = _parse(request.get_data(cache=True))
    if not isinstance(document, list) or not 0 < len(document) <= most:
        count = len(document) if isinstance(document, list) else None
        wrong = msg("must be a list of %(low)s to %(high)s members", low=1, high=most)
        raise InvalidRequest(
            msg("The body must be a list of %(low)s to %(high)s members.", low=1, high=most),
            msg("Send the rest in further requests."),
            fields=[FieldError("", count, wrong)],
        )
    return document


def convert_item(document: object, kind: type[S]) -> S:
    """A member of a list as *kind*. Raises InvalidRequest that names its wrong fields."""
    if not isinstance(document, dict):
        wrong = FieldError("", document, msg("must be an object"))
        raise InvalidRequest(
            msg("The body must be a JSON object."), msg("Send an object such as %(example)s.", example=_skeleton(kind)), fields=[wrong]
        )
    return convert(document, kind, strict=True)


def decode_query(kind: type[S]) -> S:
    """The query string of this request as *kind*; each parameter at most once."""
    values: dict[str, object] = {name: found[0] if len(found) == 1 else found for name, found in request.args.lists()}
    return convert(values, kind, strict=False)


def decode_form(kind: type[S]) -> S:
    """The form of this request as *kind*; empty fields count as absent, the form's own tokens are left out."""
    own = ("csrf_token", "idempotency_key")
    values = {name: found[0] if len(found) == 1 else found for name, found in request.form.lists() if name not in own}
    return convert({name: value for name, value in values.items() if value != ""}, kind, strict=False)


def convert(document: Mapping[str, object], kind: type[S], *, strict: bool) -> S:
    """*document* as *kind*; raises InvalidRequest that names every wrong, unknown and missing field."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    problems: list[FieldError] = []
    values: dict[str, object] = {}
    for name, value in document.items():
        if len(problems) == _MOST_NAMED:
            break
        if name not in fields:
            problems.append(FieldError(name[:_NAME_LIMIT], value, _unknown(name, fields)))
            continue
        try:
            values[name] = msgspec.convert(value, fields[name].type, strict=strict)
        except msgspec.ValidationError as error:
            problems.append(_field_error(name, value, fields[name].type, error))
    for name, field in fields.items():
        if field.required and name not in document:
            problems.append(FieldError(name, None, msg("is missing; it %(expected)s", expected=expectation(field.type))))
    if problems:
        raise InvalidRequest(
            msg("%(count)s field(s) are wrong: %(names)s", count=len(problems), names=", ".join(problem.field for problem in problems)),
            msg("Correct them and send the request again; nothing was changed."),
            fields=problems,
        )
    return msgspec.convert(values, kind, from_attributes=True)


def _unknown(name: str, known: Iterable[str]) -> Message:
    near = difflib.get_close_matches(name[:_NAME_LIMIT], list(known), n=1)
    if near:
        return msg("is not known; did you mean %(name)s?", name=near[0])
    return msg("is not known; known are: %(names)s", names=", ".join(sorted(known)))


def _parse(raw: bytes) -> object:
    if not raw.strip():
        raise BadRequest(msg("The body is empty; JSON is expected."), msg("Send a JSON object."))
    try:
        raw.decode()
        return msgspec.json.decode(raw)
    except UnicodeDecodeError as error:
        position = error.start
    except msgspec.DecodeError as error:
        found = _BYTE.search(str(error))
        position = int(found[1]) if found else len(raw)
    except RecursionError as error:
        raise BadRequest(msg("The JSON is nested too deeply."), msg("Send a flat JSON object.")) from error
    before = raw[:position]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    raise BadRequest(
        msg("The body is not JSON: mistake at line %(line)s, column %(column)s.", line=line, column=column),
        msg("Correct the JSON at that place and send it again."),
        line=line,
        column=column,
    )


def _field_error(name: str, value: object, kind: Any, error: msgspec.ValidationError) -> FieldError:
    nested = _PATH.search(str(error))
    if nested and nested[1]:
        # Inside a list or object only msgspec knows what was expected there.
        return FieldError(name + nested[1], value, msg("%(reason)s", reason=_PATH.sub("", str(error)).replace("`", "")))
    return FieldError(name, value, expectation(kind))


def expectation(kind: Any) -> Message:
    """What a field of type *kind* must be, as the end of a sentence: ``must be a whole number from 1 to 9``."""
    import msgspec.inspect as types  # only wrong requests need it

    known = types.type_info(kind)
    while isinstance(known, (types.Metadata, types.UnionType)):
        # Optional fields: the wrong value was meant as the other type.
        parts = (
            [known.type] if isinstance(known, types.Metadata) else [part for part in known.types if not isinstance(part, types.NoneType)]
        )
        known = parts[0]
    match known:
        case types.IntType(ge=int(low), le=int(high)):
            return msg("must be a whole number from %(low)s to %(high)s", low=low, high=high)
        case types.IntType():
            return msg("must be a whole number")
        case types.FloatType():
            return msg("must be a number")
        case types.BoolType():
            return msg("must be true or false")
        case types.StrType(pattern=str(pattern)):
            return msg("must be text like %(pattern)s", pattern=pattern)
        case types.StrType(min_length=low, max_length=int(high)):
            return msg("must be text of %(low)s to %(high)s characters", low=low or 0, high=high)
        case types.StrType():
            return msg("must be text")
        case types.LiteralType(values=values):
            return msg("must be one of: %(values)s", values=", ".join(map(str, values)))
        case types.EnumType(cls=cls):
            return msg("must be one of: %(values)s", values=", ".join(str(member.value) for member in cls))
        case types.ListType():
            return msg("must be a list")
        case types.DateType():
            return msg("must be a day such as 2026-03-10")
        case types.DateTimeType():
            return msg("must be a time such as 2026-03-10T14:00:00+08:00")
        case _:
            return msg("must be an object")


def _skeleton(kind: type[msgspec.Struct]) -> str:
    names = ", ".join(f'"{field.encode_name}": …' for field in msgspec.structs.fields(kind) if field.required)
    return "{" + names + "}"
