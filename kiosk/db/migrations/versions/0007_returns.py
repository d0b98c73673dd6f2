"""Returns"""

import sqlalchemy as sa
from alembic import op

# SQLite fills its own row id only in a column of the exact type INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "return_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_return_day")),
    )
    op.create_table(
        "return_policy",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_policy")),
    )
    op.create_table(
        "return_policy_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=64), nullable=False),
        sa.Column("saved_by_name", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_return_policy_version")),
    )
    op.create_table(
        "goods_return",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("code", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Enum("return", "exchange", name="returnkind", native_enum=False, length=16), nullable=False),
        sa.Column("state", sa.Enum("recorded", "voided", name="returnstate", native_enum=False, length=16), nullable=False),
        sa.Column("receipt_id", BIG_ID, nullable=True),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.Column("store", sa.String(length=16), nullable=False),
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.Column("goods_fen", sa.BigInteger(), nullable=False),
        sa.Column("deducted_fen", sa.BigInteger(), nullable=False),
        sa.Column("refund_fen", sa.BigInteger(), nullable=False),
        sa.Column("pay_fen", sa.BigInteger(), nullable=False),
        sa.Column("deductions", sa.Text(), nullable=False),
        sa.Column("exchange_for", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff", sa.String(length=64), nullable=False),
        sa.Column("staff_name", sa.String(length=120), nullable=False),
        sa.Column("approver", sa.String(length=64), nullable=False),
        sa.Column("approver_name", sa.String(length=120), nullable=False),
        sa.Column("override_reason", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.String(length=64), nullable=False),
        sa.Column("voided_by_name", sa.String(length=120), nullable=False),
        sa.Column("void_reason", sa.String(length=200), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_goods_return_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_return")),
        sa.UniqueConstraint("code", name=op.f("uq_goods_return_code")),
        sa.UniqueConstraint("number", name=op.f("uq_goods_return_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("goods_return", schema=None) as batch_op:
        batch_op.create_index(
            "ix_goods_return_member_recorded_at",
            ["member", "recorded_at"],
            unique=False,
            sqlite_where=sa.text("member <> ''"),
            postgresql_where=sa.text("member <> ''"),
        )
        batch_op.create_index("ix_goods_return_receipt", ["receipt"], unique=False)
        batch_op.create_index("ix_goods_return_receipt_id", ["receipt_id"], unique=False)
        batch_op.create_index("ix_goods_return_recorded_at", ["recorded_at"], unique=False)

    op.create_table(
        "goods_return_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("return_id", BIG_ID, nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=True),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("barcode", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("refund_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column(
            "condition",
            sa.Enum("as-new", "opened", "used", "damaged", "faulty", name="condition", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("packaging", sa.Enum("sealed", "opened", "missing", name="packaging", native_enum=False, length=16), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("test_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["return_id"], ["goods_return.id"], name=op.f("fk_goods_return_line_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_return_line")),
    )
    with op.batch_alter_table("goods_return_line", schema=None) as batch_op:
        batch_op.create_index("ix_goods_return_line_return_id", ["return_id"], unique=False)

    op.create_table(
        "refund",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("return_id", BIG_ID, nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("refund_to", sa.Enum("original", "voucher", name="refundto", native_enum=False, length=16), nullable=False),
        sa.Column("tenders", sa.Text(), nullable=False),
        sa.Column("voucher", sa.String(length=32), nullable=False),
        sa.Column("voucher_until", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("pending", "exported", "confirmed", "failed", "cancelled", name="refundstate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["goods_return.id"], name=op.f("fk_refund_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("return_id", name=op.f("uq_refund_return_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index("ix_refund_state_id", ["state", "id"], unique=False)
        batch_op.create_index(
            "ix_refund_station_due_at",
            ["station", "due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.create_table(
        "return_flag",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("return_id", BIG_ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("repeat-member", "own-receipt", "without-receipt", "near-limit", name="flagkind", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.String(length=64), nullable=False),
        sa.Column("seen_by_name", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["goods_return.id"], name=op.f("fk_return_flag_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_flag")),
        sa.UniqueConstraint("return_id", "kind", name=op.f("uq_return_flag_return_id_kind")),
    )
    with op.batch_alter_table("return_flag", schema=None) as batch_op:
        batch_op.create_index("ix_return_flag_seen_at_id", ["seen_at", "id"], unique=False)

    op.create_table(
        "return_photo",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("return_id", BIG_ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_by_name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["goods_return.id"], name=op.f("fk_return_photo_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_photo")),
    )
    with op.batch_alter_table("return_photo", schema=None) as batch_op:
        batch_op.create_index("ix_return_photo_return_id_id", ["return_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("return_photo", schema=None) as batch_op:
        batch_op.drop_index("ix_return_photo_return_id_id")

    op.drop_table("return_photo")
    with op.batch_alter_table("return_flag", schema=None) as batch_op:
        batch_op.drop_index("ix_return_flag_seen_at_id")

    op.drop_table("return_flag")
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_refund_station_due_at", sqlite_where=sa.text("due_at IS NOT NULL"), postgresql_where=sa.text("due_at IS NOT NULL")
        )
        batch_op.drop_index("ix_refund_state_id")

    op.drop_table("refund")
    with op.batch_alter_table("goods_return_line", schema=None) as batch_op:
        batch_op.drop_index("ix_goods_return_line_return_id")

    op.drop_table("goods_return_line")
    with op.batch_alter_table("goods_return", schema=None) as batch_op:
        batch_op.drop_index("ix_goods_return_recorded_at")
        batch_op.drop_index("ix_goods_return_receipt_id")
        batch_op.drop_index("ix_goods_return_receipt")
        batch_op.drop_index(
            "ix_goods_return_member_recorded_at", sqlite_where=sa.text("member <> ''"), postgresql_where=sa.text("member <> ''")
        )

    op.drop_table("goods_return")
    op.drop_table("return_policy_version")
    op.drop_table("return_policy")
    op.drop_table("return_day")
