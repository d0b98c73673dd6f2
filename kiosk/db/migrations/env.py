"""Runs the migrations on the connection that `kiosk.db.schema` hands over, in that connection's transaction."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    # SQLite alters a table by making it anew.
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
