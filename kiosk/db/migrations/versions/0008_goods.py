"""Goods"""

import sqlalchemy as sa
from alembic import op

# SQLite fills its own row id only in a column of the exact type INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appliance_test",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("result", sa.Enum("faulty", "no-fault", "damaged", name="testresult", native_enum=False, length=16), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(length=400), nullable=False),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tested_by", sa.String(length=64), nullable=False),
        sa.Column("tested_by_name", sa.String(length=120), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appliance_test")),
        sa.UniqueConstraint("number", name=op.f("uq_appliance_test_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("appliance_test", schema=None) as batch_op:
        batch_op.create_index("ix_appliance_test_receipt_id_line", ["receipt_id", "line"], unique=False)
        batch_op.create_index(
            "ix_appliance_test_signature_tested_at",
            ["tested_at"],
            unique=False,
            sqlite_where=sa.text("signature IS NOT NULL"),
            postgresql_where=sa.text("signature IS NOT NULL"),
        )

    op.create_table(
        "pickup",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("code", sa.BigInteger(), nullable=False),
        sa.Column("department", sa.String(length=32), nullable=False),
        sa.Column(
            "state", sa.Enum("open", "checking", "signed", "dissolved", name="pickupstate", native_enum=False, length=16), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_by_name", sa.String(length=120), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.String(length=64), nullable=False),
        sa.Column("signed_by_name", sa.String(length=120), nullable=False),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup")),
        sa.UniqueConstraint("code", name=op.f("uq_pickup_code")),
        sa.UniqueConstraint("number", name=op.f("uq_pickup_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("pickup", schema=None) as batch_op:
        batch_op.create_index(
            "ix_pickup_open_department",
            ["department"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'checking')"),
            postgresql_where=sa.text("state IN ('open', 'checking')"),
        )
        batch_op.create_index(
            "ix_pickup_signature_signed_at",
            ["signed_at"],
            unique=False,
            sqlite_where=sa.text("signature IS NOT NULL"),
            postgresql_where=sa.text("signature IS NOT NULL"),
        )

    op.create_table(
        "vendor_repair",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("code", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "sent",
                "back",
                "replaced",
                "unrepairable",
                "handed-back",
                "cancelled",
                name="repairstate",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("vendor", sa.String(length=80), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("test_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarm_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_by_name", sa.String(length=120), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_repair")),
        sa.UniqueConstraint("code", name=op.f("uq_vendor_repair_code")),
        sa.UniqueConstraint("number", name=op.f("uq_vendor_repair_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("vendor_repair", schema=None) as batch_op:
        batch_op.create_index("ix_vendor_repair_alarm_at", ["alarm_at"], unique=False)
        batch_op.create_index("ix_vendor_repair_closed_at", ["closed_at"], unique=False)
        batch_op.create_index("ix_vendor_repair_state_id", ["state", "id"], unique=False)

    op.create_table(
        "kept_goods",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("return_number", sa.String(length=24), nullable=False),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("barcode", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("department", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("weighed", sa.Boolean(), nullable=False),
        sa.Column("condition", sa.String(length=16), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=True),
        sa.Column("difference", sa.String(length=200), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("holder_name", sa.String(length=120), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pickup_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["pickup_id"], ["pickup.id"], name=op.f("fk_kept_goods_pickup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_goods")),
        sa.UniqueConstraint("line_id", name=op.f("uq_kept_goods_line_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("kept_goods", schema=None) as batch_op:
        batch_op.create_index(
            "ix_kept_goods_desk",
            ["taken_back_at"],
            unique=False,
            sqlite_where=sa.text("holder = 'desk'"),
            postgresql_where=sa.text("holder = 'desk'"),
        )
        batch_op.create_index("ix_kept_goods_holder_id", ["holder", "id"], unique=False)
        batch_op.create_index("ix_kept_goods_pickup_id_id", ["pickup_id", "id"], unique=False)
        batch_op.create_index("ix_kept_goods_return_id", ["return_id"], unique=False)

    op.create_table(
        "vendor_repair_step",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("repair_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "sent",
                "back",
                "replaced",
                "unrepairable",
                "handed-back",
                "cancelled",
                name="repairstate",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["repair_id"], ["vendor_repair.id"], name=op.f("fk_vendor_repair_step_repair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_repair_step")),
    )
    with op.batch_alter_table("vendor_repair_step", schema=None) as batch_op:
        batch_op.create_index("ix_vendor_repair_step_repair_id_id", ["repair_id", "id"], unique=False)

    op.create_table(
        "kept_goods_step",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("goods_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("pickup_id", sa.BigInteger(), nullable=True),
        sa.Column("found", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["goods_id"], ["kept_goods.id"], name=op.f("fk_kept_goods_step_goods_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_goods_step")),
    )
    with op.batch_alter_table("kept_goods_step", schema=None) as batch_op:
        batch_op.create_index("ix_kept_goods_step_goods_id_id", ["goods_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("kept_goods_step", schema=None) as batch_op:
        batch_op.drop_index("ix_kept_goods_step_goods_id_id")

    op.drop_table("kept_goods_step")
    with op.batch_alter_table("vendor_repair_step", schema=None) as batch_op:
        batch_op.drop_index("ix_vendor_repair_step_repair_id_id")

    op.drop_table("vendor_repair_step")
    with op.batch_alter_table("kept_goods", schema=None) as batch_op:
        batch_op.drop_index("ix_kept_goods_return_id")
        batch_op.drop_index("ix_kept_goods_pickup_id_id")
        batch_op.drop_index("ix_kept_goods_holder_id")
        batch_op.drop_index("ix_kept_goods_desk", sqlite_where=sa.text("holder = 'desk'"), postgresql_where=sa.text("holder = 'desk'"))

    op.drop_table("kept_goods")
    with op.batch_alter_table("vendor_repair", schema=None) as batch_op:
        batch_op.drop_index("ix_vendor_repair_state_id")
        batch_op.drop_index("ix_vendor_repair_closed_at")
        batch_op.drop_index("ix_vendor_repair_alarm_at")

    op.drop_table("vendor_repair")
    with op.batch_alter_table("pickup", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_pickup_signature_signed_at",
            sqlite_where=sa.text("signature IS NOT NULL"),
            postgresql_where=sa.text("signature IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_pickup_open_department",
            sqlite_where=sa.text("state IN ('open', 'checking')"),
            postgresql_where=sa.text("state IN ('open', 'checking')"),
        )

    op.drop_table("pickup")
    with op.batch_alter_table("appliance_test", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_appliance_test_signature_tested_at",
            sqlite_where=sa.text("signature IS NOT NULL"),
            postgresql_where=sa.text("signature IS NOT NULL"),
        )
        batch_op.drop_index("ix_appliance_test_receipt_id_line")

    op.drop_table("appliance_test")
