"""Each column that stands in clear is there by decision: none comes without being named here."""

from __future__ import annotations

import hashlib

from sqlalchemy import LargeBinary, String, select

from store import keyring, link_codes, rotation, upkeep
from store.crypto import Ring
from store.tables import LINK_CODES, METADATA
from tests.store.conftest import NOW, Base

KINDS = {
    "handle": "a handle or a name that rows are looked up and joined by: of a person, team, token, "
    "source, check, schedule, policy, rule or channel; one word, no sentence",
    "word": "a state, kind or reason word of our own",
    "chat": "where a message stands in a chat, or an execution in its system: looked up when it is "
    "pressed or answered, or told of",
    "hash": "a keyed hash, a hash of a secret of 160 random bits or more, a MAC, or a hash of what "
    "is in clear beside it (the version's own: kinds and names)",
    "machine": "a word of the database about itself (what is said is sealed in its own way: META), "
    "numbers and handles (what a timer is for: step, pass, person, channel), heads of chains",
    "sealed": "emptied: it is sealed in the same row since",
    "numbers": "instants and measures, without words",
}

IN_CLEAR = {
    "chat": """
        note_copies.channel note_copies.message note_copies.thread outbox.channel outbox.message
        outbox.thread rooms.channel executions.remote inquiries.remote
    """,
    "handle": """
        access_news.person approvals.asker approvals.decided_by audit.actor audit.writer
        audit_removed.writer config_versions.author contacts.person covers.person
        covers.schedule definitions.name definitions.owner digests.place drills.policy
        drills.team feeds.by feeds.name first_views.person handoffs.schedule heartbeats.name
        held.rule identities.person identities.surface incidents.assignee incidents.holder
        incidents.route incidents.source incidents.team link_codes.person
        maintenance_windows.file noise_reports.team note_copies.place outbox.about outbox.place
        outbox.purpose outbox.view_key page_tests.by page_tests.person preflights.person
        preflights.schedule privacy_jobs.by private_incidents.who pushes.person
        role_grants.person role_grants.source role_grants.team rooms.surface round_robins.policy
        cost_days.source faults.source findings.rule findings.source happenings.source
        inventory_parts.source resources.source series.metric
        automation_runs.automation automations.name executions.action executions.automation
        executions.system inquiries.system workflows.name
        runs.person sessions.person sessions.subject signins.person sources.integration
        sources.name storms.open_place storms.place tokens.name troubles.place views.owner
    """,
    "hash": """
        alerts.live_key anchors.mac anchors.prev audit.digest audit.mac audit.prev
        audit_removed.digest audit_removed.mac audit_removed.row_mac calendar_states.key
        calendars.key config_versions.digest contacts.address_hash feeds.secret_hash
        heartbeats.secret_hash idempotency.args idempotency.key identities.account_hash
        incidents.group_hash incidents.group_open labels.hash leases.holder link_codes.hash
        mails.mail_hash
        mails.thread_hash notes.origin_hash old_secrets.hash parents.hash pushes.endpoint_hash
        quarantine.body_hash raw_bodies.hash sessions.browser sessions.offered sessions.previous
        sessions.secret sessions.selector shadow_records.key signins.browser signins.hash
        silenced_keys.key subscriptions.subject subscriptions.who tokens.hash views.name_hash
        what_changed.key_hash
        cost_days.part_hash faults.key_hash faults.part_hash faults.resource_hash
        findings.key_hash findings.part_hash findings.resource_hash happenings.key_hash
        happenings.resource_hash inventory_parts.key_hash resource_names.name_hash
        resource_parents.name_hash resources.digest resources.key_hash resources.part_hash
    """,
    "machine": """
        anchors.heads counters.name leases.name meta.key meta.value timers.detail
    """,
    "numbers": """
        alerts.flips series.points
    """,
    "sealed": """
        audit.salt runs.stopped_why runs.why
    """,
    "word": """
        alerts.severity alerts.status alerts.type approvals.state approvals.verb audit.outcome
        audit.verb contacts.via covers.state definitions.kind feeds.kind handoffs.state
        heartbeats.state identities.how incidents.severity incidents.status incidents.type
        outbox.kind outbox.state privacy_jobs.kind privacy_jobs.state role_grants.role
        automation_runs.state automations.state executions.state findings.state inquiries.state
        workflows.state
        inventory_parts.state resources.health resources.kind
        rooms.state runs.asked_by runs.until sessions.ended_how sessions.how signins.kind
        silences.state timeline.kind timers.kind tokens.role troubles.what
    """,
}


def test_every_column_that_is_not_sealed_is_named_with_its_reason() -> None:
    there = {
        f"{table.name}.{column.name}"
        for table in METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, (String, LargeBinary)) and not column.info.get("sealed")
    }
    named = [column for columns in IN_CLEAR.values() for column in columns.split()]
    assert len(named) == len(set(named)), "named twice"
    assert set(IN_CLEAR) <= set(KINDS)
    assert there - set(named) == set(), "seal it, or name it here with why it stands in clear"
    assert set(named) - there == set(), "these are gone"


async def test_a_short_code_is_not_found_by_trying_all_of_them(base: Base) -> None:
    """38 random bits are tried within a minute where the hash has no key."""
    code = await base.do(lambda tx: link_codes.make(tx, NOW, "ana"))
    kept = await base.read(lambda tx: tx.conn.execute(select(LINK_CODES.c.hash)).scalar_one())
    plain = str(code).encode()
    assert kept not in {hashlib.new(name, plain).digest() for name in ("sha256", "md5", "blake2b")}
    other = base.with_ring(Ring([bytes(32)]))
    assert await other.do(lambda tx: link_codes.use(tx, NOW, str(code))) is None
    assert await base.do(lambda tx: link_codes.use(tx, NOW, str(code))) == "ana"
    await other.close()


async def test_what_is_said_about_groups_and_backups_is_sealed_and_read_as_it_was_before(
    base: Base,
) -> None:
    said = {"error": "no room on /mnt", "at": 1}
    await base.do(lambda tx: upkeep.set_meta(tx, "x", '{"error":"of before"}'))
    assert await base.read(lambda tx: upkeep.words(tx, "x")) == {"error": "of before"}
    await base.do(lambda tx: upkeep.set_words(tx, "x", said))
    assert await base.read(lambda tx: upkeep.words(tx, "x")) == said
    base.ring.take({1: bytes(32)})
    base.ring.write_with(1)
    assert await base.do(rotation.reseal_meta) == 1
    kept = await base.read(lambda tx: upkeep.meta(tx, "x"))
    assert keyring.seals(str(kept)) == 1
    assert await base.read(lambda tx: upkeep.words(tx, "x")) == said
