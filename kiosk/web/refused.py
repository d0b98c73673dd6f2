"""Answers in the product's own form what the web server refuses before the app sees it: broken HTTP, endless headers.

Leans on two class attributes of waitress (pinned) that exist to be replaced: a server's `channel_class`, a channel's
`error_task_class`.
"""

from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

# Status and whether a browser asks; headers and body.
Answerer = Callable[[int, bool], tuple[list[tuple[str, str]], bytes]]


def channel_class(answer: Answerer) -> type[Any]:
    """A channel whose refusals *answer* writes."""

    class Refusal(ErrorTask):  # type: ignore[misc] # waitress has no types
        def execute(self) -> None:
            error = self.request.error
            headers, body = answer(error.code, _is_for_a_browser(self.request))
            self.status = f"{error.code} {error.reason}"
            self.response_headers.extend(headers)
            # Where the next request would begin is not known.
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body)

    class Channel(HTTPChannel):  # type: ignore[misc] # waitress has no types
        error_task_class = Refusal

    return Channel


def _is_for_a_browser(request: Any) -> bool:
    path, headers = getattr(request, "path", ""), getattr(request, "headers", {})
    return not path.startswith("/api/") and "text/html" in headers.get("ACCEPT", "")
