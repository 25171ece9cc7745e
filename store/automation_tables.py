"""The tables of what was run, what asks for an answer, and what runs by itself."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from store.columns import METADATA, at, ident, sealed, text

EXECUTIONS = Table(
    "executions",
    METADATA,
    ident(),
    text("state"),
    text("action"),
    text("system"),
    text("remote"),
    text("automation"),
    Column("resource_id", BigInteger),
    Column("incident_id", BigInteger),
    at("asked_at"),
    at("ended_at", null=True),
    sealed(),
    Index("ix_executions_state", "state"),
    Index("ix_executions_resource", "resource_id"),
    Index("ix_executions_incident", "incident_id"),
    Index("ix_executions_remote", "remote"),
    Index("ix_executions_action", "action", "asked_at"),
    Index("ix_executions_automation", "automation", "asked_at"),
)

EXECUTION_OUTPUTS = Table(
    "execution_outputs",
    METADATA,
    Column("execution_id", BigInteger, nullable=False),
    sealed(),
    PrimaryKeyConstraint("execution_id"),
)

INQUIRIES = Table(
    "inquiries",
    METADATA,
    ident(),
    text("state"),
    text("system"),
    text("remote"),
    Column("execution_id", BigInteger),
    Column("incident_id", BigInteger),
    at("asked_at"),
    at("expires_at", null=True),
    sealed(),
    UniqueConstraint("system", "remote"),
    Index("ix_inquiries_state", "state"),
)

AUTOMATIONS = Table(
    "automations",
    METADATA,
    text("name"),
    text("state"),
    at("changed_at"),
    sealed(),
    PrimaryKeyConstraint("name"),
)

AUTOMATION_RUNS = Table(
    "automation_runs",
    METADATA,
    ident(),
    text("automation"),
    text("state"),
    Column("incident_id", BigInteger),
    Column("execution_id", BigInteger),
    at("at"),
    sealed(),
    Index("ix_automation_runs_automation", "automation", "at"),
    Index("ix_automation_runs_incident", "incident_id"),
    Index("ix_automation_runs_execution", "execution_id"),
)

WORKFLOWS = Table(
    "workflows",
    METADATA,
    text("name"),
    text("state"),
    at("changed_at"),
    sealed(),
    PrimaryKeyConstraint("name"),
)
