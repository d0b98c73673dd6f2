"""What a view of the API says about itself: summary, request, answers. `kiosk.web.api.openapi` makes the document of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask.typing import ResponseReturnValue

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

ATTRIBUTE = "kiosk_description"


@dataclass(frozen=True, slots=True)
class Description:
    """One operation. *answers* maps a status to the type of its body (None: no JSON); *problems* are statuses of refusals."""

    summary: str
    body: type | None = None
    query: type | None = None
    answers: Mapping[int, Any] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    example: Mapping[str, object] | None = None
    media_type: str = "application/json"
    uploads: tuple[str, ...] = ()


def describe(
    summary: str,
    *,
    body: type | None = None,
    query: type | None = None,
    answers: Mapping[int, Any],
    problems: tuple[int, ...] = (),
    example: Mapping[str, object] | None = None,
    media_type: str = "application/json",
    uploads: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Describe the decorated view; *example* is a request body that is accepted, *uploads* are media types of bodies that are no JSON."""

    def decorate(view: View) -> View:
        setattr(view, ATTRIBUTE, Description(summary, body, query, answers, problems, example, media_type, uploads))
        return view

    return decorate
