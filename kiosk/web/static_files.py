"""Serves our own static files under an address that holds their content's hash, so that browsers keep them for a year.

The hash stands in the path, not the query: a module that imports ``./other.js`` stays within the same version.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, send_from_directory

_YEAR_S = 365 * 24 * 3600


def serve_static(app: Flask, folder: Path) -> None:
    """Register the endpoint ``static`` for the files of *folder*; ``url_for("static", filename=...)`` as usual."""
    version = _version_of(folder)

    def static(version_asked: str, filename: str) -> Response:
        response = send_from_directory(folder, filename, max_age=_YEAR_S, conditional=True)
        if version_asked == version:
            response.cache_control.public = True
            response.cache_control.immutable = True
        else:
            # A page of an earlier version asks: it gets the file, but must not keep it under the old name.
            response.headers["Cache-Control"] = "no-cache"
        return response

    app.add_url_rule("/static/<version_asked>/<path:filename>", endpoint="static", view_func=static)

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static":
            values.setdefault("version_asked", version)


def _version_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
