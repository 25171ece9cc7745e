"""What was run by whom, what it printed, what asks for an answer, what runs by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and tables."""
    for name in ("action", "system", "remote", "automation"):
        op.add_column("executions", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.create_index("ix_executions_remote", "executions", ["remote"])
    op.create_index("ix_executions_action", "executions", ["action", "asked_at"])
    op.create_index("ix_executions_automation", "executions", ["automation", "asked_at"])
    op.create_table(
        "execution_outputs",
        sa.Column("execution_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("execution_id"),
    )
    op.create_table(
        "inquiries",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("remote", sa.String(), nullable=False),
        sa.Column("execution_id", sa.BigInteger(), nullable=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("system", "remote"),
    )
    op.create_index("ix_inquiries_state", "inquiries", ["state"])
    op.create_table(
        "automations",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "automation_runs",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("automation", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("execution_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_automation_runs_automation", "automation_runs", ["automation", "at"])
    op.create_index("ix_automation_runs_incident", "automation_runs", ["incident_id"])
    op.create_index("ix_automation_runs_execution", "automation_runs", ["execution_id"])
    op.create_table(
        "workflows",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.execute("INSERT INTO counters (name, next) VALUES ('inquiries', 1)")
    op.execute("INSERT INTO counters (name, next) VALUES ('automation_runs', 1)")
