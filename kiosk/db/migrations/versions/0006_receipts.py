"""Receipts"""

import sqlalchemy as sa
from alembic import op

# SQLite fills its own row id only in a column of the exact type INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "day_number",
        sa.Column("series", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "day", name=op.f("pk_day_number")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("store", sa.String(length=16), nullable=False),
        sa.Column("till", sa.String(length=16), nullable=False),
        sa.Column("cashier", sa.String(length=32), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sold_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Enum("sale", "refund", "cancelled", name="receiptkind", native_enum=False, length=16), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=48), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("number", "store", name=op.f("uq_receipt_number_store")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(
            "ix_receipt_member_sold_on",
            ["member", "sold_on"],
            unique=False,
            sqlite_where=sa.text("member <> ''"),
            postgresql_where=sa.text("member <> ''"),
        )
        batch_op.create_index("ix_receipt_sold_on_till", ["sold_on", "till"], unique=False)
        batch_op.create_index("ix_receipt_sold_on_total_fen", ["sold_on", "total_fen"], unique=False)

    op.create_table(
        "receipt_import",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("profile_digest", sa.String(length=64), nullable=False),
        sa.Column("profile", sa.String(length=32), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Enum("running", "done", name="runstate", native_enum=False, length=16), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("new", sa.BigInteger(), nullable=False),
        sa.Column("same", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("conflicts", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("refused_rows", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_import")),
        sa.UniqueConstraint("digest", "profile_digest", name=op.f("uq_receipt_import_digest_profile_digest")),
    )
    op.create_table(
        "receipt_product",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("product", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("barcode", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_product")),
        sa.UniqueConstraint("digest", name=op.f("uq_receipt_product_digest")),
    )
    op.create_table(
        "receipt_import_error",
        sa.Column("import_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("column", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.Column("message", sa.String(length=300), nullable=False),
        sa.Column("remedy", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["receipt_import.id"], name=op.f("fk_receipt_import_error_import_id")),
        sa.PrimaryKeyConstraint("import_id", "position", name=op.f("pk_receipt_import_error")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipt_line",
        sa.Column("receipt_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("product_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("discount_fen", sa.BigInteger(), nullable=False),
        sa.Column("gift_of", sa.SmallInteger(), nullable=True),
        sa.Column("promotion", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["receipt_product.id"], name=op.f("fk_receipt_line_product_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_receipt_line_receipt_id")),
        sa.PrimaryKeyConstraint("receipt_id", "line", name=op.f("pk_receipt_line")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipt_tender",
        sa.Column("receipt_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_receipt_tender_receipt_id")),
        sa.PrimaryKeyConstraint("receipt_id", "position", name=op.f("pk_receipt_tender")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("receipt_tender")
    op.drop_table("receipt_line")
    op.drop_table("receipt_import_error")
    op.drop_table("receipt_product")
    op.drop_table("receipt_import")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index("ix_receipt_sold_on_total_fen")
        batch_op.drop_index("ix_receipt_sold_on_till")
        batch_op.drop_index("ix_receipt_member_sold_on", sqlite_where=sa.text("member <> ''"), postgresql_where=sa.text("member <> ''"))

    op.drop_table("receipt")
    op.drop_table("day_number")
