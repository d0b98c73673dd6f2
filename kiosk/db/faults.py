"""Tells apart what an error of the database driver means: the storage is out of order, or a statement was wrong."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from kiosk.errors import StorageError


def is_storage_fault(error: DBAPIError) -> bool:
    """Whether the file, the disk or the server failed, rather than the statement."""
    # SQLite tells of a damaged or foreign file by the bare DatabaseError, of which all other kinds are subclasses.
    return isinstance(error, OperationalError) or type(error) is DatabaseError or error.connection_invalidated


@contextlib.contextmanager
def storage_faults(url: URL) -> Iterator[None]:
    """Raise StorageError, in one line with address (without password) and remedy, for faults of the storage at *url*."""
    try:
        yield
    except DBAPIError as error:
        if not is_storage_fault(error):
            raise
        reason = str(error.orig).strip().partition("\n")[0]
        remedy = "check that it is the station's database, that it is reachable, and that this user may read and write it"
        raise StorageError(f"database {url.render_as_string()}: {reason}; {remedy}") from error
