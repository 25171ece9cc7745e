"""Each column that stands in clear is there by decision: none comes without being named here."""

from __future__ import annotations

from sqlalchemy import LargeBinary, String

from store.tables import METADATA

KINDS = {
    "handle": "a handle or a name that rows are looked up and joined by",
    "word": "a state, kind or reason word of our own",
    "chat": "where a message stands in a chat: looked up when it is pressed or answered",
    "hash": "a keyed hash, a hash of a long random secret, or a MAC",
    "machine": "a word of the database about itself, or sealed in its own way",
    "sealed": "emptied: it is sealed in the same row since",
    "numbers": "instants, without words",
}

IN_CLEAR = {
    "chat": """
        note_copies.channel note_copies.message note_copies.thread outbox.channel outbox.message
        outbox.thread rooms.channel
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
        runs.person sessions.person sessions.subject signins.person sources.integration
        sources.name storms.open_place storms.place tokens.name troubles.place views.owner
    """,
    "hash": """
        alerts.live_key anchors.mac anchors.prev audit.digest audit.mac audit.prev
        audit_removed.digest audit_removed.mac audit_removed.row_mac calendar_states.key
        calendars.key config_versions.digest contacts.address_hash feeds.secret_hash
        heartbeats.secret_hash idempotency.args idempotency.key identities.account_hash
        incidents.group_hash incidents.group_open labels.hash link_codes.hash mails.mail_hash
        mails.thread_hash notes.origin_hash old_secrets.hash parents.hash pushes.endpoint_hash
        quarantine.body_hash raw_bodies.hash sessions.browser sessions.offered sessions.previous
        sessions.secret sessions.selector shadow_records.key signins.browser signins.hash
        silenced_keys.key subscriptions.subject subscriptions.who tokens.hash views.name_hash
        what_changed.key_hash
    """,
    "machine": """
        anchors.heads counters.name leases.holder leases.name meta.key meta.value timers.detail
    """,
    "numbers": """
        alerts.flips
    """,
    "sealed": """
        audit.salt runs.stopped_why runs.why
    """,
    "word": """
        alerts.severity alerts.status alerts.type approvals.state approvals.verb audit.outcome
        audit.verb contacts.via covers.state definitions.kind feeds.kind handoffs.state
        heartbeats.state identities.how incidents.severity incidents.status incidents.type
        outbox.kind outbox.state privacy_jobs.kind privacy_jobs.state role_grants.role
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
