"""The OpenAPI 3.1 document, made from the routes, their descriptions and the Structs that they really use."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue
from werkzeug.routing import Rule

from kiosk import __version__
from kiosk.desk.actors import SCOPES
from kiosk.web.api import PREFIX
from kiosk.web.api.description import ATTRIBUTE, Description, describe
from kiosk.web.auth import PUBLIC, SCOPE_ATTRIBUTE, public
from kiosk.web.commands import json_response
from kiosk.web.idempotency import HEADER
from kiosk.web.problems import PROBLEM_TYPE

blueprint = Blueprint("api_openapi", __name__, url_prefix=PREFIX)

_CACHE = "kiosk_openapi"
_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"<(?:(?P<converter>[a-z]+)(?:\([^)]*\))?:)?(?P<name>[a-z_]+)>")
_REASONS = {
    200: "Done",
    201: "Created",
    202: "Accepted",
    204: "Done, nothing to say",
    400: "The request cannot be read",
    401: "No log-in, or a wrong token",
    403: "Not allowed",
    404: "Not found",
    409: "Its state does not allow it, or the same idempotency key is still running",
    413: "It is larger than what is taken here",
    415: "The body is of another kind",
    422: "A field is wrong, or the idempotency key belongs to another request",
    429: "Too many tries",
    503: "Out of order",
}


class ProblemField(msgspec.Struct, frozen=True):
    """One wrong field."""

    field: str
    value: Any
    message: str


class ProblemDocument(msgspec.Struct, frozen=True):
    """RFC 9457. *type* is stable; the texts are in the reader's language (Accept-Language)."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str | None = None
    errors: list[ProblemField] = []


@blueprint.get("/openapi.json")
@describe("This description", answers={200: dict[str, Any]})
@public
def openapi() -> ResponseReturnValue:
    document = current_app.extensions.get(_CACHE)
    if document is None:
        document = current_app.extensions[_CACHE] = build(current_app)
    return json_response(document)


def described(app: Flask) -> Iterator[tuple[Rule, str, Any, Description | None]]:
    """Every operation of the API: rule, method, view, and what it says about itself (None: nothing, a mistake)."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.rule.startswith(PREFIX):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                view = app.view_functions[rule.endpoint]
                yield rule, method.lower(), view, getattr(view, ATTRIBUTE, None)


def build(app: Flask) -> dict[str, Any]:
    """The whole document."""
    operations = [(rule, method, view, known) for rule, method, view, known in described(app) if known is not None]
    schemas = _Schemas([known for *_, known in operations])
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, view, known in operations:
        path = _PARAMETER.sub(lambda match: "{" + match["name"] + "}", rule.rule)
        paths.setdefault(path, {})[method] = _operation(rule, method, view, known, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kiosk", "version": __version__, "description": "The customer-service desk of one station."},
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": f"Scopes: {', '.join(SCOPES)}."},
                "session": {"type": "apiKey", "in": "cookie", "name": "kiosk_session", "description": "With the header X-CSRFToken."},
            },
        },
    }


class _Schemas:
    """JSON Schemas of every type that the operations use, by type."""

    def __init__(self, operations: list[Description]) -> None:
        kinds: list[Any] = [ProblemDocument]
        for known in operations:
            kinds += [kind for kind in (known.body, known.query, *known.answers.values()) if kind is not None]
        # Types are compared by identity: generic aliases may be equal and unhashable.
        self._kinds = list({id(kind): kind for kind in kinds}.values())
        found, self.components = msgspec.json.schema_components(self._kinds, ref_template=_REF)
        self._schemas = dict(zip(map(id, self._kinds), found, strict=True))

    def of(self, kind: Any) -> dict[str, Any]:
        return self._schemas[id(kind)]

    def parameters(self, query: type) -> list[dict[str, Any]]:
        schema = self.components[query.__name__]
        required = schema.get("required", [])
        return [
            {"name": name, "in": "query", "required": name in required, "schema": member} for name, member in schema["properties"].items()
        ]


def _operation(rule: Rule, method: str, view: Any, known: Description, schemas: _Schemas) -> dict[str, Any]:
    scope = getattr(view, SCOPE_ATTRIBUTE, PUBLIC)
    parameters = [
        {"name": match["name"], "in": "path", "required": True, "schema": {"type": "integer" if match["converter"] == "id" else "string"}}
        for match in _PARAMETER.finditer(rule.rule)
    ]
    if known.query is not None:
        parameters += schemas.parameters(known.query)
    if method != "get":
        note = "Sending the same request again under the same key changes nothing a second time, for 24 hours."
        parameters.append({"name": HEADER, "in": "header", "required": False, "description": note, "schema": {"type": "string"}})
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "tags": [rule.rule.removeprefix(PREFIX).split("/")[1]],
        "summary": known.summary,
        "parameters": parameters,
        "responses": _responses(known, schemas, guarded=scope != PUBLIC),
        "security": [{}] if scope == PUBLIC else [{"token": [scope]}, {"session": []}],
    }
    if known.body is not None:
        content: dict[str, Any] = {"schema": schemas.of(known.body)}
        if known.example is not None:
            content["example"] = known.example
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    if known.uploads:
        operation["requestBody"] = {"required": True, "content": {media_type: {} for media_type in known.uploads}}
    return operation


def _responses(known: Description, schemas: _Schemas, *, guarded: bool) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, kind in known.answers.items():
        schema = {"type": "string"} if kind is None else schemas.of(kind)
        content = {} if status == 204 else {"content": {known.media_type: {"schema": schema}}}
        responses[str(status)] = {"description": _REASONS[status], **content}
    always = {401, 403} if guarded else set()
    if known.body is not None:
        always |= {400, 422}
    problem = {PROBLEM_TYPE: {"schema": schemas.of(ProblemDocument)}}
    for status in sorted({*known.problems, *always}):
        responses[str(status)] = {"description": _REASONS[status], "content": problem}
    return responses
