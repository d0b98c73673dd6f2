"""Triggers that make the audit tables append-only in the database itself

A migration that has to rebuild these tables takes the triggers away first and puts them back.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# name, table, when and what, condition under which it is refused, what the refusal says
_SQLITE = (
    ("audit_entry_no_update", "audit_entry", "BEFORE UPDATE", "1", "audit entries are never changed"),
    ("audit_entry_no_delete", "audit_entry", "BEFORE DELETE", "1", "audit entries are never deleted"),
    # INSERT OR REPLACE deletes without firing delete triggers (sqlite.org/lang_createtrigger.html), so it is caught here.
    (
        "audit_entry_no_replace",
        "audit_entry",
        "BEFORE INSERT",
        "EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id OR (station = NEW.station AND sequence = NEW.sequence))",
        "audit entries are never replaced",
    ),
    ("audit_head_no_delete", "audit_head", "BEFORE DELETE", "1", "the end mark of an audit chain is never deleted"),
    (
        "audit_head_only_forward",
        "audit_head",
        "BEFORE UPDATE",
        "NEW.station <> OLD.station OR NEW.sequence <> OLD.sequence + 1",
        "the end mark of an audit chain moves one entry at a time",
    ),
)

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- 23000: integrity constraint violation, so that both databases raise the same kind of error
    RAISE EXCEPTION '% on %: audit records are append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = '23000';
END $$
"""
# name, table, when and what, for each
_POSTGRESQL = (
    ("audit_entry_no_change", "audit_entry", "BEFORE UPDATE OR DELETE", "FOR EACH ROW"),
    ("audit_entry_no_truncate", "audit_entry", "BEFORE TRUNCATE", "FOR EACH STATEMENT"),
    ("audit_head_no_delete", "audit_head", "BEFORE DELETE", "FOR EACH ROW"),
    ("audit_head_no_truncate", "audit_head", "BEFORE TRUNCATE", "FOR EACH STATEMENT"),
    (
        "audit_head_only_forward",
        "audit_head",
        "BEFORE UPDATE",
        "FOR EACH ROW WHEN (NEW.station <> OLD.station OR NEW.sequence <> OLD.sequence + 1)",
    ),
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for name, table, when, condition, text in _SQLITE:
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{text}'); END")
        return
    connection.exec_driver_sql(_POSTGRESQL_FUNCTION.replace("%", "%%"))
    for name, table, when, each in _POSTGRESQL:
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} ON {table} {each} EXECUTE FUNCTION audit_refuse()")


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for name, *_ in _SQLITE:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for name, table, *_ in _POSTGRESQL:
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
    connection.exec_driver_sql("DROP FUNCTION audit_refuse()")
