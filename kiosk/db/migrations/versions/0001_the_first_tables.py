"""The first tables"""

import sqlalchemy as sa
from alembic import op

# SQLite fills its own row id only in a column of the exact type INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("sequence", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("station", "sequence", name=op.f("uq_audit_entry_station_sequence")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_at", ["at"], unique=False)
        batch_op.create_index("ix_audit_entry_subject", ["subject"], unique=False)

    op.create_table(
        "bag_counter",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bag_counter")),
    )
    op.create_table(
        "bag_reconciliation",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.Enum("opening", "closing", name="reconciliationkind", native_enum=False, length=16), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("started_by_name", sa.String(length=120), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_by", sa.String(length=64), nullable=True),
        sa.Column("finished_by_name", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bag_reconciliation")),
        sa.UniqueConstraint("business_date", "kind", name=op.f("uq_bag_reconciliation_business_date_kind")),
    )
    op.create_table(
        "bag_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.Enum("shelf", name="slotkind", native_enum=False, length=16), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bag_slot")),
        sa.UniqueConstraint("label", name=op.f("uq_bag_slot_label")),
    )
    op.create_table(
        "idempotency_record",
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency_record")),
    )
    with op.batch_alter_table("idempotency_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_record_created_at"), ["created_at"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("queued", "sent", "confirmed", "uncertain", "failed", "cancelled", name="jobstate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("evidence", sa.String(length=16), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_device_state_id", ["device", "state", "id"], unique=False)
        batch_op.create_index("ix_job_finished_at", ["finished_at"], unique=False)
        batch_op.create_index("ix_job_subject", ["subject"], unique=False)

    op.create_table(
        "log_in_throttle",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_log_in_throttle")),
    )
    op.create_table(
        "staff_user",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=192), nullable=False),
        sa.Column(
            "role",
            sa.Enum("bag-check", "desk", "supervisor", "manager", "technician", name="role", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("pin_hash", sa.String(length=160), nullable=True),
        sa.Column("must_change_pin", sa.Boolean(), nullable=False),
        sa.Column("badge_hash", sa.String(length=64), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_log_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_user")),
        sa.UniqueConstraint("badge_hash", name=op.f("uq_staff_user_badge_hash")),
        sa.UniqueConstraint("name_key", name=op.f("uq_staff_user_name_key")),
    )
    op.create_table(
        "audit_head",
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("sequence", BIG_ID, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("station", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "bag_deposit",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("printing", "stored", "released", "cancelled", name="depositstate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("ticket_sequence", sa.Integer(), nullable=False),
        sa.Column("open_claim_id", sa.BigInteger(), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ownerless_on", sa.Date(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=False),
        sa.Column("taken_by_name", sa.String(length=120), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.String(length=64), nullable=True),
        sa.Column("released_by_name", sa.String(length=120), nullable=True),
        sa.Column("fee_fen", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_bag_deposit_number")),
        sa.CheckConstraint("pieces BETWEEN 1 AND 9", name=op.f("ck_bag_deposit_pieces")),
        sa.ForeignKeyConstraint(["slot_id"], ["bag_slot.id"], name=op.f("fk_bag_deposit_slot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bag_deposit")),
    )
    with op.batch_alter_table("bag_deposit", schema=None) as batch_op:
        batch_op.create_index("ix_bag_deposit_number_id", ["number", "id"], unique=False)
        batch_op.create_index("ix_bag_deposit_slot_id_id", ["slot_id", "id"], unique=False)
        batch_op.create_index("ix_bag_deposit_state_id", ["state", "id"], unique=False)
        batch_op.create_index("ix_bag_deposit_taken_at", ["taken_at"], unique=False)
        batch_op.create_index(
            "uq_bag_deposit_live_number",
            ["number"],
            unique=True,
            sqlite_where=sa.text("state IN ('printing', 'stored')"),
            postgresql_where=sa.text("state IN ('printing', 'stored')"),
        )
        batch_op.create_index(
            "uq_bag_deposit_live_slot",
            ["slot_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('printing', 'stored')"),
            postgresql_where=sa.text("state IN ('printing', 'stored')"),
        )

    op.create_table(
        "bag_lost_claim",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("deposit_id", BIG_ID, nullable=False),
        sa.Column(
            "step",
            sa.Enum("identity", "approval", "form", "signature", "released", "withdrawn", name="claimstep", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("started_by_name", sa.String(length=120), nullable=False),
        sa.Column("document_kind", sa.String(length=32), nullable=True),
        sa.Column("identity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("identity_by", sa.String(length=64), nullable=True),
        sa.Column("identity_by_name", sa.String(length=120), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_by_name", sa.String(length=120), nullable=True),
        sa.Column("form_job_id", sa.BigInteger(), nullable=True),
        sa.Column("form_printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["deposit_id"], ["bag_deposit.id"], name=op.f("fk_bag_lost_claim_deposit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bag_lost_claim")),
    )
    with op.batch_alter_table("bag_lost_claim", schema=None) as batch_op:
        batch_op.create_index("ix_bag_lost_claim_deposit_id", ["deposit_id"], unique=False)
        batch_op.create_index("ix_bag_lost_claim_form_job_id", ["form_job_id"], unique=False)
        batch_op.create_index(
            "uq_bag_lost_claim_open",
            ["deposit_id"],
            unique=True,
            sqlite_where=sa.text("step IN ('identity', 'approval', 'form', 'signature')"),
            postgresql_where=sa.text("step IN ('identity', 'approval', 'form', 'signature')"),
        )

    op.create_table(
        "bag_reconciliation_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("reconciliation_id", BIG_ID, nullable=False),
        sa.Column("deposit_id", BIG_ID, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=16), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("left", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["deposit_id"], ["bag_deposit.id"], name=op.f("fk_bag_reconciliation_line_deposit_id")),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"], ["bag_reconciliation.id"], name=op.f("fk_bag_reconciliation_line_reconciliation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bag_reconciliation_line")),
    )
    with op.batch_alter_table("bag_reconciliation_line", schema=None) as batch_op:
        batch_op.create_index("ix_bag_reconciliation_line_reconciliation_id", ["reconciliation_id"], unique=False)

    op.create_table(
        "bag_ticket",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("code", sa.BigInteger(), nullable=False),
        sa.Column("deposit_id", BIG_ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.Enum("printing", "live", "used", "void", name="ticketstate", native_enum=False, length=16), nullable=False),
        sa.Column("void_reason", sa.Enum("reprinted", "lost", "cancelled", name="voidreason", native_enum=False, length=16), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["deposit_id"], ["bag_deposit.id"], name=op.f("fk_bag_ticket_deposit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bag_ticket")),
        sa.UniqueConstraint("code", name=op.f("uq_bag_ticket_code")),
        sa.UniqueConstraint("deposit_id", "sequence", name=op.f("uq_bag_ticket_deposit_id_sequence")),
    )
    with op.batch_alter_table("bag_ticket", schema=None) as batch_op:
        batch_op.create_index("ix_bag_ticket_job_id", ["job_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("bag_ticket", schema=None) as batch_op:
        batch_op.drop_index("ix_bag_ticket_job_id")

    op.drop_table("bag_ticket")
    with op.batch_alter_table("bag_reconciliation_line", schema=None) as batch_op:
        batch_op.drop_index("ix_bag_reconciliation_line_reconciliation_id")

    op.drop_table("bag_reconciliation_line")
    with op.batch_alter_table("bag_lost_claim", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_bag_lost_claim_open",
            sqlite_where=sa.text("step IN ('identity', 'approval', 'form', 'signature')"),
            postgresql_where=sa.text("step IN ('identity', 'approval', 'form', 'signature')"),
        )
        batch_op.drop_index("ix_bag_lost_claim_form_job_id")
        batch_op.drop_index("ix_bag_lost_claim_deposit_id")

    op.drop_table("bag_lost_claim")
    with op.batch_alter_table("bag_deposit", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_bag_deposit_live_slot",
            sqlite_where=sa.text("state IN ('printing', 'stored')"),
            postgresql_where=sa.text("state IN ('printing', 'stored')"),
        )
        batch_op.drop_index(
            "uq_bag_deposit_live_number",
            sqlite_where=sa.text("state IN ('printing', 'stored')"),
            postgresql_where=sa.text("state IN ('printing', 'stored')"),
        )
        batch_op.drop_index("ix_bag_deposit_taken_at")
        batch_op.drop_index("ix_bag_deposit_state_id")
        batch_op.drop_index("ix_bag_deposit_slot_id_id")
        batch_op.drop_index("ix_bag_deposit_number_id")

    op.drop_table("bag_deposit")
    op.drop_table("audit_head")
    op.drop_table("staff_user")
    op.drop_table("log_in_throttle")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_subject")
        batch_op.drop_index("ix_job_finished_at")
        batch_op.drop_index("ix_job_device_state_id")

    op.drop_table("job")
    with op.batch_alter_table("idempotency_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_record_created_at"))

    op.drop_table("idempotency_record")
    op.drop_table("bag_slot")
    op.drop_table("bag_reconciliation")
    op.drop_table("bag_counter")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_subject")
        batch_op.drop_index("ix_audit_entry_at")

    op.drop_table("audit_entry")
    op.drop_table("api_token")
