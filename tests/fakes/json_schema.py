"""Checks a JSON value against the part of JSON Schema 2020-12 that the product's description uses."""

import re
from typing import Any

_TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}


def violations(value: Any, schema: dict[str, Any], document: dict[str, Any], where: str = "$") -> list[str]:
    """What is wrong with *value*, each with its place; an unknown keyword is wrong, too, so that nothing is skipped unseen."""
    if "$ref" in schema:
        return violations(value, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, where)
    found = []
    for keyword, expected in schema.items():
        found += _one(value, keyword, expected, schema, document, where)
    return found


def _one(value: Any, keyword: str, expected: Any, schema: dict[str, Any], document: dict[str, Any], where: str) -> list[str]:
    wrong: bool
    match keyword:
        case "title" | "description" | "default" | "format" | "examples":
            return []
        case "anyOf":
            wrong = all(violations(value, option, document, where) for option in expected)
        case "type":
            wrong = value is not None if expected == "null" else not _is(value, expected)
        case "enum":
            wrong = value not in expected
        case "const":
            wrong = value != expected
        case "required":
            wrong = isinstance(value, dict) and not set(expected) <= set(value)
        case "properties":
            return [
                problem
                for name, member in (value.items() if isinstance(value, dict) else ())
                if name in expected
                for problem in violations(member, expected[name], document, f"{where}.{name}")
            ]
        case "additionalProperties":
            extra = set(value) - set(schema.get("properties", {})) if isinstance(value, dict) else set()
            if isinstance(expected, dict):
                return [problem for name in extra for problem in violations(value[name], expected, document, f"{where}.{name}")]
            wrong = expected is False and bool(extra)
        case "items":
            if not isinstance(expected, dict):
                wrong = bool(value) and expected is False
            else:
                items = value if isinstance(value, list) else []
                return [
                    problem for index, item in enumerate(items) for problem in violations(item, expected, document, f"{where}[{index}]")
                ]
        case "minimum":
            wrong = _is(value, "number") and value < expected
        case "maximum":
            wrong = _is(value, "number") and value > expected
        case "minLength":
            wrong = isinstance(value, str) and len(value) < expected
        case "maxLength":
            wrong = isinstance(value, str) and len(value) > expected
        case "maxItems":
            wrong = isinstance(value, list) and len(value) > expected
        case "pattern":
            wrong = isinstance(value, str) and re.search(expected, value) is None
        case _:
            return [f"{where}: the keyword {keyword} is not understood"]
    return [f"{where}: {value!r} violates {keyword} {expected!r}"] if wrong else []


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and not (isinstance(value, bool) and kind != "boolean")
