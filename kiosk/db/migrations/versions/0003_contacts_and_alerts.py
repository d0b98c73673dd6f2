"""Contacts and alerts"""

import sqlalchemy as sa
from alembic import op

# SQLite fills its own row id only in a column of the exact type INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=256), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("key", name=op.f("uq_alert_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "alert_channel",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_alert_channel")),
    )
    op.create_table(
        "consent_text",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_text")),
        sa.UniqueConstraint("version", "language", "digest", name=op.f("uq_consent_text_version_language_digest")),
    )
    op.create_table(
        "contact",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("consent_version", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_key", ["key"], unique=False)
        batch_op.create_index("ix_contact_phone_hash", ["phone_hash"], unique=False)
        batch_op.create_index("ix_contact_subject", ["subject"], unique=False)

    op.create_table(
        "contact_key",
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_contact_key")),
    )
    op.create_table(
        "privacy_certificate",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("cut_off", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("audit_sequence", BIG_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_certificate")),
    )
    with op.batch_alter_table("privacy_certificate", schema=None) as batch_op:
        batch_op.create_index("ix_privacy_certificate_open", ["kind", "finished_at"], unique=False)

    op.create_table(
        "retention_run",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_retention_run")),
    )
    op.create_table(
        "alert_delivery",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("alert_id", BIG_ID, nullable=False),
        sa.Column("station", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("queued", "sent", "confirmed", "uncertain", "failed", "dropped", name="deliverystate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", BIG_ID, nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_delivery_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_delivery")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("alert_delivery", schema=None) as batch_op:
        batch_op.create_index("ix_alert_delivery_alert_id", ["alert_id"], unique=False)
        batch_op.create_index("ix_alert_delivery_channel_state_due_at", ["channel", "state", "due_at"], unique=False)
        batch_op.create_index("ix_alert_delivery_finished_at", ["finished_at"], unique=False)
        batch_op.create_index("ix_alert_delivery_state", ["state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("alert_delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_alert_delivery_state")
        batch_op.drop_index("ix_alert_delivery_finished_at")
        batch_op.drop_index("ix_alert_delivery_channel_state_due_at")
        batch_op.drop_index("ix_alert_delivery_alert_id")

    op.drop_table("alert_delivery")
    op.drop_table("retention_run")
    with op.batch_alter_table("privacy_certificate", schema=None) as batch_op:
        batch_op.drop_index("ix_privacy_certificate_open")

    op.drop_table("privacy_certificate")
    op.drop_table("contact_key")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_subject")
        batch_op.drop_index("ix_contact_phone_hash")
        batch_op.drop_index("ix_contact_key")

    op.drop_table("contact")
    op.drop_table("consent_text")
    op.drop_table("alert_channel")
    op.drop_table("alert")
