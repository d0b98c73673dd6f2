"""Takes the audit triggers away and puts them back, as an intruder with the database's password could."""

import importlib

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

_MIGRATION = "kiosk.db.migrations.versions.0002_audit_triggers"


def install_triggers(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        importlib.import_module(_MIGRATION).upgrade()


def remove_triggers(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        importlib.import_module(_MIGRATION).downgrade()
