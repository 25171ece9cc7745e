"""Every table, once; migrations make them, repositories use them.

Beside one sealed JSON per row stands only what is queried: ids, times, status, severity, type,
source, handles and keyed hashes. Instants are milliseconds since the epoch.
"""

# ruff: noqa: PLC0414  (the tables of being on call are known by this name too)
from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from store.access_tables import APPROVALS as APPROVALS
from store.access_tables import ROLE_GRANTS as ROLE_GRANTS
from store.audit_tables import AUDIT_REMOVED as AUDIT_REMOVED
from store.automation_tables import AUTOMATION_RUNS as AUTOMATION_RUNS
from store.automation_tables import AUTOMATIONS as AUTOMATIONS
from store.automation_tables import EXECUTION_OUTPUTS as EXECUTION_OUTPUTS
from store.automation_tables import EXECUTIONS as EXECUTIONS
from store.automation_tables import INQUIRIES as INQUIRIES
from store.automation_tables import WORKFLOWS as WORKFLOWS
from store.columns import METADATA as METADATA
from store.columns import at as _at
from store.columns import hashed as _hash
from store.columns import ident as _id
from store.columns import sealed as _sealed
from store.columns import text as _text
from store.erasure_tables import PRIVACY_JOBS as PRIVACY_JOBS
from store.erasure_tables import PRIVACY_PARTS as PRIVACY_PARTS
from store.intake_tables import ACKNOWLEDGED_THERE as ACKNOWLEDGED_THERE
from store.intake_tables import HEARTBEATS as HEARTBEATS
from store.intake_tables import MAILS as MAILS
from store.intake_tables import MONITOR_TROUBLES as MONITOR_TROUBLES
from store.intake_tables import QUARANTINE as QUARANTINE
from store.intake_tables import WHAT_CHANGED as WHAT_CHANGED
from store.inventory_tables import COST_DAYS as COST_DAYS
from store.inventory_tables import FAULTS as FAULTS
from store.inventory_tables import FINDINGS as FINDINGS
from store.inventory_tables import HAPPENINGS as HAPPENINGS
from store.inventory_tables import INCIDENT_RESOURCES as INCIDENT_RESOURCES
from store.inventory_tables import INVENTORY_PARTS as INVENTORY_PARTS
from store.inventory_tables import RESOURCE_CHANGES as RESOURCE_CHANGES
from store.inventory_tables import RESOURCE_NAMES as RESOURCE_NAMES
from store.inventory_tables import RESOURCE_PARENTS as RESOURCE_PARENTS
from store.inventory_tables import RESOURCES as RESOURCES
from store.inventory_tables import SERIES as SERIES
from store.maintenance_tables import MAINTENANCE as MAINTENANCE
from store.maintenance_tables import MAINTENANCE_WINDOWS as MAINTENANCE_WINDOWS
from store.noise_tables import NOISE_REPORTS as NOISE_REPORTS
from store.note_tables import NOTE_COPIES as NOTE_COPIES
from store.note_tables import NOTES as NOTES
from store.oncall_tables import CALENDAR_STATES as CALENDAR_STATES
from store.oncall_tables import CALENDARS as CALENDARS
from store.oncall_tables import CONTACTS as CONTACTS
from store.oncall_tables import FEEDS as FEEDS
from store.oncall_tables import PAGE_TESTS as PAGE_TESTS
from store.oncall_tables import PUSHES as PUSHES
from store.posting_tables import DIGESTS as DIGESTS
from store.posting_tables import FOLLOWED as FOLLOWED
from store.posting_tables import STAKEHOLDER_UPDATES as STAKEHOLDER_UPDATES
from store.posting_tables import STATUS_LINES as STATUS_LINES
from store.posting_tables import STATUS_POSTS as STATUS_POSTS
from store.posting_tables import SUBSCRIPTIONS as SUBSCRIPTIONS
from store.privacy_tables import PRIVATE_INCIDENTS as PRIVATE_INCIDENTS
from store.room_tables import ROOMS as ROOMS
from store.room_tables import UPDATES as UPDATES
from store.room_tables import WAR_ROOMS as WAR_ROOMS
from store.rule_tables import HELD as HELD
from store.rule_tables import PARENTS as PARENTS
from store.session_tables import SESSIONS as SESSIONS
from store.session_tables import SIGNINS as SIGNINS
from store.storm_tables import STORM_INCIDENTS as STORM_INCIDENTS
from store.storm_tables import STORMS as STORMS
from store.token_tables import ACCESS_NEWS as ACCESS_NEWS
from store.token_tables import LINK_CODES as LINK_CODES
from store.token_tables import OLD_SECRETS as OLD_SECRETS
from store.token_tables import TOKEN_TERMS as TOKEN_TERMS
from store.trouble_tables import TROUBLES as TROUBLES
from store.view_tables import FIRST_VIEWS as FIRST_VIEWS
from store.view_tables import VIEWS as VIEWS

META = Table("meta", METADATA, Column("key", String, primary_key=True), _text("value"))

COUNTERS = Table(
    "counters", METADATA, Column("name", String, primary_key=True), Column("next", BigInteger)
)

CONFIG_VERSIONS = Table(
    "config_versions",
    METADATA,
    _id(),
    _at("at"),
    _text("author"),
    _hash("digest"),
    _sealed(),
)

DEFINITIONS = Table(
    "definitions",
    METADATA,
    _id(),
    _text("kind"),
    _text("name"),
    Column("from_version", BigInteger, nullable=False),
    Column("until_version", BigInteger),
    _sealed(),
    Column("owner", String, nullable=False, server_default="file"),
    Index("ix_definitions_version", "until_version"),
)

IDENTITIES = Table(
    "identities",
    METADATA,
    _id(),
    _text("person"),
    _text("surface"),
    _hash("account_hash"),
    _at("linked_at"),
    _text("how"),
    _sealed(),
    UniqueConstraint("surface", "account_hash"),
    Index("ix_identities_person", "person"),
)

SOURCES = Table(
    "sources",
    METADATA,
    _id(),
    Column("name", String, nullable=False, unique=True),
    _text("integration"),
    _at("created_at"),
    _sealed(),
)

TOKENS = Table(
    "tokens",
    METADATA,
    _id(),
    Column("name", String, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("source_id", BigInteger),
    _text("role", null=True),
    _at("created_at"),
    _at("expires_at", null=True),
    _at("revoked_at", null=True),
    _at("last_used_at", null=True),
)

INCIDENTS = Table(
    "incidents",
    METADATA,
    _id(),
    _text("status"),
    _text("severity"),
    _text("type"),
    _text("source"),
    _text("route"),
    _text("team", null=True),
    _text("holder", null=True),
    _text("assignee", null=True),
    _at("opened_at"),
    _at("updated_at"),
    _at("acknowledged_at", null=True),
    _at("resolved_at", null=True),
    _at("last_alert_at"),
    Column("rev", Integer, nullable=False),
    Column("alerts_total", Integer, nullable=False),
    Column("alerts_firing", Integer, nullable=False),
    Column("group_open", LargeBinary, unique=True),
    _hash("group_hash"),
    Column("policy_version_id", BigInteger),
    Column("previous_id", BigInteger),
    Column("merged_into", BigInteger),
    _sealed(),
    Index("ix_incidents_status", "status", "id"),
)

ALERTS = Table(
    "alerts",
    METADATA,
    _id(),
    Column("incident_id", BigInteger),
    Column("source_id", BigInteger, nullable=False),
    Column("live_key", LargeBinary, unique=True),
    _text("status"),
    _text("severity"),
    _text("type"),
    _at("starts_at"),
    _at("ends_at", null=True),
    _at("first_at"),
    _at("last_at"),
    Column("count", Integer, nullable=False),
    _sealed(),
    Column("flips", LargeBinary),
    Index("ix_alerts_incident", "incident_id"),
)

LABELS = Table(
    "labels",
    METADATA,
    _hash("hash"),
    Column("incident_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("hash", "incident_id"),
    sqlite_with_rowid=False,
)

TIMELINE = Table(
    "timeline",
    METADATA,
    _id(),
    Column("incident_id", BigInteger, nullable=False),
    _at("at"),
    _text("kind"),
    _sealed(),
    Index("ix_timeline_incident", "incident_id", "id"),
)

TIMERS = Table(
    "timers",
    METADATA,
    _id(),
    _text("kind"),
    Column("incident_id", BigInteger),
    Column("run_id", BigInteger),
    Column("generation", Integer, nullable=False),
    _at("due_at"),
    Column("rank", Integer, nullable=False),
    _text("detail"),
    Index("ix_timers_due", "rank", "due_at"),
    Index("ix_timers_incident", "incident_id"),
)

RUNS = Table(
    "runs",
    METADATA,
    _id(),
    Column("incident_id", BigInteger, nullable=False),
    _text("person"),
    Column("step", Integer, nullable=False),
    Column("loop", Integer, nullable=False),
    _text("why"),
    _at("started_at"),
    _at("stopped_at", null=True),
    _text("stopped_why", null=True),
    _text("asked_by"),
    _text("until"),
    _sealed(null=True),
    Index("ix_runs_incident", "incident_id"),
)

ROUND_ROBINS = Table(
    "round_robins",
    METADATA,
    _text("policy"),
    Column("step", Integer, nullable=False),
    Column("next", BigInteger, nullable=False),
    PrimaryKeyConstraint("policy", "step"),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    _id(),
    _text("kind"),
    _text("purpose"),
    Column("incident_id", BigInteger, nullable=False),
    _text("place"),
    _text("state"),
    Column("rank", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("run_id", BigInteger),
    Column("attempts", Integer, nullable=False),
    _at("asked_at"),
    _at("due_at"),
    _at("sent_at", null=True),
    _text("channel", null=True),
    _text("message", null=True),
    _text("thread", null=True),
    Column("view_key", String, unique=True),
    _sealed(null=True),
    _text("about", null=True),
    Index("ix_outbox_state", "state", "rank", "id"),
    Index("ix_outbox_incident", "incident_id"),
)

for _column in (OUTBOX.c.message, OUTBOX.c.thread, OUTBOX.c.run_id, TIMERS.c.run_id):
    _there = _column.is_not(None)
    Index(
        f"ix_{_column.table.name}_{_column.name}",
        _column,
        sqlite_where=_there,
        postgresql_where=_there,
    )

SILENCES = Table(
    "silences",
    METADATA,
    _id(),
    Column("incident_id", BigInteger),
    _at("created_at"),
    _at("until"),
    _at("ended_at", null=True),
    _sealed(),
    Column("state", String, nullable=False, server_default="on"),
    Column("rev", Integer, nullable=False, server_default="1"),
    Index("ix_silences_until", "state", "until"),
)

SILENCED_KEYS = Table(
    "silenced_keys",
    METADATA,
    _hash("key"),
    Column("silence_id", BigInteger, nullable=False),
    _at("until"),
    PrimaryKeyConstraint("key", "silence_id"),
)

CHANGES = Table(
    "changes", METADATA, _id(), Column("incident_id", BigInteger), Column("rev", Integer), _at("at")
)

LEASES = Table(
    "leases",
    METADATA,
    Column("name", String, primary_key=True),
    _text("holder"),
    Column("term", BigInteger, nullable=False),
    _at("until"),
)

IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    _hash("args"),
    _at("at"),
    _sealed(),
    Index("ix_idempotency_at", "at"),
)

AUDIT = Table(
    "audit",
    METADATA,
    _text("writer"),
    Column("seq", BigInteger, nullable=False),
    _at("at"),
    _text("actor"),
    _text("verb"),
    _text("outcome"),
    Column("incident_id", BigInteger),
    _hash("digest"),
    _hash("salt", null=True),
    _sealed(null=True),
    _hash("prev"),
    _hash("mac"),
    PrimaryKeyConstraint("writer", "seq"),
    Index("ix_audit_at", "at", "writer", "seq"),
    Index("ix_audit_actor", "actor", "at"),
)

ANCHORS = Table(
    "anchors",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _at("at"),
    _text("heads"),
    _hash("prev"),
    _hash("mac"),
)

RAW_BODIES = Table(
    "raw_bodies",
    METADATA,
    Column("hash", LargeBinary, primary_key=True),
    _at("at"),
    _at("expires_at"),
    _sealed(),
)

_a_page = OUTBOX.c.run_id.is_not(None) | OUTBOX.c.about.is_not(None)
Index(
    "ix_outbox_pages",
    OUTBOX.c.place,
    OUTBOX.c.id,
    sqlite_where=_a_page,
    postgresql_where=_a_page,
)
