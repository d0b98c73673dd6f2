"""Feedback"""

import sqlalchemy as sa
from alembic import op

# SQLite fills its own row id only in a column of the exact type INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("survey", sa.String(length=32), nullable=False),
        sa.Column("steps", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("rating", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("presses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "station", "survey", "steps", "rating", "counted", name=op.f("pk_feedback_day")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feedback_handover",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("press_key", sa.String(length=64), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_handover")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feedback_handover_token_hash")),
    )
    with op.batch_alter_table("feedback_handover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_handover_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_handover_press_key"), ["press_key"], unique=False)

    op.create_table(
        "feedback_hour",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("survey", sa.String(length=32), nullable=False),
        sa.Column("steps", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("rating", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("presses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "hour", "station", "survey", "steps", "rating", "counted", name=op.f("pk_feedback_hour")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feedback_negative_alert",
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("station", name=op.f("pk_feedback_negative_alert")),
    )
    op.create_table(
        "feedback_reason_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("survey", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("steps", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("rating", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("presses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "station", "survey", "reason", "steps", "rating", "counted", name=op.f("pk_feedback_reason_day")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feedback_urgent_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_urgent_words")),
    )
    op.create_table(
        "rating_request",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("counter", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_by_name", sa.String(length=120), nullable=False),
        sa.Column("shift_day", sa.Date(), nullable=False),
        sa.Column("shift", sa.SmallInteger(), nullable=False),
        sa.Column("survey", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("press_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_request")),
    )
    with op.batch_alter_table("rating_request", schema=None) as batch_op:
        batch_op.create_index("ix_rating_request_asked_by_id", ["asked_by", "id"], unique=False)
        batch_op.create_index("ix_rating_request_station_counter_id", ["station", "counter", "id"], unique=False)

    op.create_table(
        "survey",
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_survey")),
    )
    op.create_table(
        "survey_version",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=64), nullable=False),
        sa.Column("saved_by_name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_version")),
        sa.UniqueConstraint("slug", "version", name=op.f("uq_survey_version_slug_version")),
    )
    op.create_table(
        "feedback_press",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("survey", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("steps", sa.SmallInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("counter", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Text(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("hasty", sa.Boolean(), nullable=False),
        sa.Column("rating_request_id", BIG_ID, nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("case_receipt", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["rating_request_id"], ["rating_request.id"], name=op.f("fk_feedback_press_rating_request_id")),
        sa.ForeignKeyConstraint(
            ["survey", "version"], ["survey_version.slug", "survey_version.version"], name=op.f("fk_feedback_press_survey_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_press")),
        sa.UniqueConstraint("key", name=op.f("uq_feedback_press_key")),
    )
    with op.batch_alter_table("feedback_press", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_press_at_id", ["at", "id"], unique=False)
        batch_op.create_index(
            "ix_feedback_press_case",
            ["case_id"],
            unique=False,
            sqlite_where=sa.text("case_id IS NOT NULL"),
            postgresql_where=sa.text("case_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_feedback_press_comment",
            ["at", "id"],
            unique=False,
            sqlite_where=sa.text("comment <> ''"),
            postgresql_where=sa.text("comment <> ''"),
        )
        batch_op.create_index(
            "ix_feedback_press_not_counted",
            ["at", "id"],
            unique=False,
            sqlite_where=sa.text("NOT counted"),
            postgresql_where=sa.text("NOT counted"),
        )
        batch_op.create_index(
            "ix_feedback_press_rating_request",
            ["rating_request_id"],
            unique=False,
            sqlite_where=sa.text("rating_request_id IS NOT NULL"),
            postgresql_where=sa.text("rating_request_id IS NOT NULL"),
        )
        batch_op.create_index("ix_feedback_press_station_at_counter", ["station", "at", "counter"], unique=False)

    op.create_table(
        "feedback_flag",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("press_id", BIG_ID, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=64), nullable=False),
        sa.Column("lifted_by_name", sa.String(length=120), nullable=False),
        sa.Column("lift_reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["press_id"], ["feedback_press.id"], name=op.f("fk_feedback_flag_press_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_flag")),
    )
    with op.batch_alter_table("feedback_flag", schema=None) as batch_op:
        batch_op.create_index("ix_feedback_flag_press_id", ["press_id"], unique=False)

    op.create_table(
        "feedback_press_reason",
        sa.Column("press_id", BIG_ID, nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["press_id"], ["feedback_press.id"], name=op.f("fk_feedback_press_reason_press_id")),
        sa.PrimaryKeyConstraint("press_id", "reason", name=op.f("pk_feedback_press_reason")),
    )


def downgrade() -> None:
    op.drop_table("feedback_press_reason")
    with op.batch_alter_table("feedback_flag", schema=None) as batch_op:
        batch_op.drop_index("ix_feedback_flag_press_id")

    op.drop_table("feedback_flag")
    with op.batch_alter_table("feedback_press", schema=None) as batch_op:
        batch_op.drop_index("ix_feedback_press_station_at_counter")
        batch_op.drop_index("ix_feedback_press_rating_request")
        batch_op.drop_index("ix_feedback_press_not_counted", sqlite_where=sa.text("NOT counted"), postgresql_where=sa.text("NOT counted"))
        batch_op.drop_index("ix_feedback_press_comment", sqlite_where=sa.text("comment <> ''"), postgresql_where=sa.text("comment <> ''"))
        batch_op.drop_index("ix_feedback_press_at_id")
        batch_op.drop_index("ix_feedback_press_case")

    op.drop_table("feedback_press")
    op.drop_table("survey_version")
    op.drop_table("survey")
    with op.batch_alter_table("rating_request", schema=None) as batch_op:
        batch_op.drop_index("ix_rating_request_station_counter_id")
        batch_op.drop_index("ix_rating_request_asked_by_id")

    op.drop_table("rating_request")
    op.drop_table("feedback_urgent_words")
    op.drop_table("feedback_reason_day")
    op.drop_table("feedback_negative_alert")
    op.drop_table("feedback_hour")
    with op.batch_alter_table("feedback_handover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_handover_press_key"))
        batch_op.drop_index(batch_op.f("ix_feedback_handover_expires_at"))

    op.drop_table("feedback_handover")
    op.drop_table("feedback_day")
