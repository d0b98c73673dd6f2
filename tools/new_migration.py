"""Writes the next migration's draft from the difference between the models and the newest revision.

Usage: .venv/bin/python tools/new_migration.py "Add the gift counter"
"""

import re
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from kiosk.db import Base
from kiosk.db.partial import complete_partial_indexes
from kiosk.db.schema import SCRIPTS

# Importing the station imports every model.
import kiosk.station  # noqa: F401  isort: skip


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        complete_partial_indexes(Base.metadata)
        engine = sa.create_engine(f"sqlite:///{Path(folder) / 'draft.db'}")
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        with engine.connect() as connection:
            config.attributes.update(connection=connection, metadata=Base.metadata)
            if number > 1:
                command.upgrade(config, "head")
                connection.commit()
            draft = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()
    assert isinstance(draft, Script)
    _settle(Path(draft.path))


def _settle(path: Path) -> None:
    """Make the draft independent of the models: a migration is about the tables of its time."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("kiosk.db.base.UtcDateTime(timezone=True)", "sa.DateTime(timezone=True)")
    big_id = 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    text = text.replace(big_id.replace('"', "'"), big_id).replace(big_id, "BIG_ID")
    if "BIG_ID" in text:
        comment = "# SQLite fills its own row id only in a column of the exact type INTEGER.\n"
        text = text.replace("\nrevision =", f"\n{comment}BIG_ID = {big_id}\n\nrevision =", 1)
    text = re.sub(r"^ *# ###.*\n", "", text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
