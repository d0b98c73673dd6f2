"""Brings a database to the schema that this version of the product needs, and says where it stands.

Alembic is imported only when there is something to do: its import costs more than all other checks at start.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from kiosk.db.faults import storage_faults
from kiosk.errors import ConfigError

# The newest revision under migrations/versions; a test holds it against the scripts.
HEAD = "0008"

SCRIPTS = Path(__file__).parent / "migrations"


def current_revision(engine: Engine) -> str | None:
    """Return the revision of the database, None when it is empty. Raises StorageError."""
    with storage_faults(engine.url), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine) -> bool:
    """Apply the migrations that are missing; return whether there were any.

    Raises ConfigError when the database is newer than this program (running on would misread it), and StorageError.
    """
    revision = current_revision(engine)
    if revision == HEAD:
        return False
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    if revision is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(revision)
        except CommandError as error:
            raise ConfigError(
                f"database: it is at revision {revision}, which this version ({HEAD}) does not know; "
                "install the newer version, or restore a backup"
            ) from error
    with storage_faults(engine.url), engine.connect() as connection:
        _begin(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    return True


def _begin(connection: Connection) -> None:
    """Take the lock under which two programs that start at once migrate one after the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7153001)"))  # any number, only ours
