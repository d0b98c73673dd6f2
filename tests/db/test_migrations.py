"""The migrations make what the models describe, on both databases."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import kiosk.station  # noqa: F401  imports every model
from kiosk.db import Base, Database
from kiosk.db.partial import complete_partial_indexes
from kiosk.db.schema import HEAD, SCRIPTS, current_revision, upgrade
from kiosk.errors import ConfigError


def product_tables(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith("test_"))


def test_a_migrated_database_is_what_the_models_describe(database: Database) -> None:
    complete_partial_indexes(Base.metadata)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": product_tables})
        assert compare_metadata(context, Base.metadata) == []


def test_the_program_knows_its_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_an_empty_database_is_brought_to_the_newest_revision_once(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'new.db'}")
    assert current_revision(engine) is None
    assert upgrade(engine) is True
    assert current_revision(engine) == HEAD
    assert upgrade(engine) is False
    engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="does not know; install the newer version"):
        upgrade(database.engine)
