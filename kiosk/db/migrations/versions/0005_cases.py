"""Cases"""

import sqlalchemy as sa
from alembic import op

# SQLite fills its own row id only in a column of the exact type INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_case_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_desk_case_day")),
    )
    op.create_table(
        "desk_case",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("code", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind", sa.Enum("complaint", "suggestion", "enquiry", "praise", name="casekind", native_enum=False, length=16), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum("new", "acknowledged", "in-progress", "waiting", "resolved", "closed", name="casestate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("severity", sa.Enum("low", "normal", "high", "critical", name="severity", native_enum=False, length=16), nullable=False),
        sa.Column("severity_reason", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("source", sa.Enum("kiosk", "phone", "desk", "api", name="casesource", native_enum=False, length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("department", sa.String(length=32), nullable=False),
        sa.Column("product", sa.String(length=120), nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.Column("written", sa.Boolean(), nullable=False),
        sa.Column("statutory", sa.Boolean(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", BIG_ID, nullable=True),
        sa.Column("press_id", sa.BigInteger(), nullable=True),
        sa.Column("waiting_for", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("call_back", sa.String(length=400), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answer_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solution_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("solution_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply_due", sa.Date(), nullable=True),
        sa.Column("reply_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accept_due", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("mediation_due", sa.Date(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarm_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalation", sa.Integer(), nullable=False),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.BigInteger(), nullable=True),
        sa.Column("story_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["staff_user.id"], name=op.f("fk_desk_case_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_case")),
        sa.UniqueConstraint("code", name=op.f("uq_desk_case_code")),
        sa.UniqueConstraint("number", name=op.f("uq_desk_case_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("desk_case", schema=None) as batch_op:
        batch_op.create_index("ix_desk_case_alarm_at", ["alarm_at"], unique=False)
        batch_op.create_index("ix_desk_case_call_back_at", ["call_back_at"], unique=False)
        batch_op.create_index("ix_desk_case_closed_at", ["closed_at"], unique=False)
        batch_op.create_index("ix_desk_case_department_id", ["department", "id"], unique=False)
        batch_op.create_index("ix_desk_case_due_at", ["due_at"], unique=False)
        batch_op.create_index("ix_desk_case_owner_id_id", ["owner_id", "id"], unique=False)
        batch_op.create_index("ix_desk_case_press_id", ["press_id"], unique=False)
        batch_op.create_index("ix_desk_case_receipt", ["receipt"], unique=False)
        batch_op.create_index("ix_desk_case_severity_id", ["severity", "id"], unique=False)
        batch_op.create_index("ix_desk_case_state_id", ["state", "id"], unique=False)

    op.create_table(
        "desk_case_alarm",
        sa.Column("case_id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["desk_case.id"], name=op.f("fk_desk_case_alarm_case_id")),
        sa.PrimaryKeyConstraint("case_id", "key", name=op.f("pk_desk_case_alarm")),
    )
    op.create_table(
        "desk_case_photo",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("case_id", BIG_ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_by_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["desk_case.id"], name=op.f("fk_desk_case_photo_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_case_photo")),
    )
    with op.batch_alter_table("desk_case_photo", schema=None) as batch_op:
        batch_op.create_index("ix_desk_case_photo_case_id_id", ["case_id", "id"], unique=False)

    op.create_table(
        "desk_case_reply",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("case_id", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("written_by_name", sa.String(length=120), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("how", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["desk_case.id"], name=op.f("fk_desk_case_reply_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_case_reply")),
    )
    with op.batch_alter_table("desk_case_reply", schema=None) as batch_op:
        batch_op.create_index("ix_desk_case_reply_case_id_id", ["case_id", "id"], unique=False)

    op.create_table(
        "desk_case_step",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("case_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["desk_case.id"], name=op.f("fk_desk_case_step_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_case_step")),
    )
    with op.batch_alter_table("desk_case_step", schema=None) as batch_op:
        batch_op.create_index("ix_desk_case_step_case_id_id", ["case_id", "id"], unique=False)

    op.create_table(
        "desk_case_story",
        sa.Column("case_id", BIG_ID, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["desk_case.id"], name=op.f("fk_desk_case_story_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_desk_case_story")),
    )
    with op.batch_alter_table("desk_case_story", schema=None) as batch_op:
        batch_op.create_index("ix_desk_case_story_released_at", ["released_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("desk_case_story", schema=None) as batch_op:
        batch_op.drop_index("ix_desk_case_story_released_at")

    op.drop_table("desk_case_story")
    with op.batch_alter_table("desk_case_step", schema=None) as batch_op:
        batch_op.drop_index("ix_desk_case_step_case_id_id")

    op.drop_table("desk_case_step")
    with op.batch_alter_table("desk_case_reply", schema=None) as batch_op:
        batch_op.drop_index("ix_desk_case_reply_case_id_id")

    op.drop_table("desk_case_reply")
    with op.batch_alter_table("desk_case_photo", schema=None) as batch_op:
        batch_op.drop_index("ix_desk_case_photo_case_id_id")

    op.drop_table("desk_case_photo")
    op.drop_table("desk_case_alarm")
    with op.batch_alter_table("desk_case", schema=None) as batch_op:
        batch_op.drop_index("ix_desk_case_state_id")
        batch_op.drop_index("ix_desk_case_severity_id")
        batch_op.drop_index("ix_desk_case_receipt")
        batch_op.drop_index("ix_desk_case_press_id")
        batch_op.drop_index("ix_desk_case_owner_id_id")
        batch_op.drop_index("ix_desk_case_due_at")
        batch_op.drop_index("ix_desk_case_department_id")
        batch_op.drop_index("ix_desk_case_closed_at")
        batch_op.drop_index("ix_desk_case_call_back_at")
        batch_op.drop_index("ix_desk_case_alarm_at")

    op.drop_table("desk_case")
    op.drop_table("desk_case_day")
