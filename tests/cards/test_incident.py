"""The card of an incident, in the wording of the design of cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import words
from bot.cards.model import Card, Facts, Span, Value
from commands import registry
from store.model import Link, NextUp, Severity
from tests.cards.support import (
    BASE,
    NOW,
    Night,
    at,
    entry,
    escalating,
    labels,
    new,
    page,
    read,
    resolved,
    said,
    taken,
)

HEAD = "🔴 CRITICAL · #1842 Disk 94 % full on db-3"
FOLD = [
    "/var/lib/postgresql is at 94.2 % of 2.0 TB, full in about 41 min",
    "postgres-main · team db · prod · eu-west-1",
    "3 alerts · since 03:09 CET",
    "Runbook: https://wiki.example.eu/rb/disk",
    "Dashboard: https://grafana.example.eu/d/x",
    "Alertmanager: https://am.example.eu",
    "Open in console: https://pv.example.eu/i/1842",
]


def line2(night: Night) -> str:
    return said(night.card().state.spans)


def test_new_says_who_is_paged_and_who_is_next() -> None:
    card = new().card()
    state = "New, nobody has it. Paging @Ana · next Omar at 03:14 CET"
    assert read(card) == [HEAD, state, *FOLD]
    assert card.color == 0xE5304A
    assert labels(card.actions) == (
        "[Acknowledge]* [Assign…] [Escalate]! [Resolve…] ⋯ Note… | Snooze… | Merge… | Why?"
    )


def test_only_a_new_card_mentions_and_only_who_is_paged() -> None:
    def mentioned(night: Night) -> list[str | None]:
        return [s.person for s in night.card().state.spans if s.mention]

    assert mentioned(new()) == ["ana"]
    for night in (escalating(), taken(), resolved()):
        assert mentioned(night) == []


def test_before_the_first_step_it_says_that_paging_starts() -> None:
    night = new(step=-1, paged=(), asking=(), next=NextUp("page", at(0)))
    assert line2(night) == "New, nobody has it. Paging starts now"


def test_escalating_says_how_long_nobody_had_it() -> None:
    card = escalating().card()
    assert read(card)[:2] == [
        HEAD,
        "⏫ Nobody has it after 5 min. Now paging Omar (step 2 of 3) · next team db at 03:19 CET",
    ]
    assert card.color == words.COLOR[Severity.CRITICAL]


def test_a_policy_that_changed_since_gives_no_false_total() -> None:
    assert "(step 2)" in line2(escalating(policy_version_id=9))


def test_nobody_reachable_says_why_each_was_not() -> None:
    night = escalating(next=NextUp("page", at(6), ("ana", "omar"), 2))
    refused = page("omar", 1, 5, "failed", via="sms", error="refused by Twilio 21610")
    night.pages = (page("ana"), refused)
    assert line2(night) == (
        "⏫ Nobody could be reached: Ana no answer, SMS to Omar failed: refused by Twilio 21610"
        " · next team db at 03:15 CET"
    )


def test_one_page_that_arrived_is_being_asked() -> None:
    night = escalating()
    night.pages = (page("omar", 1, 5, "failed", via="sms"), page("omar", 1, 6))
    assert "Now paging Omar" in line2(night)


def test_after_every_pass_the_fallback_is_named() -> None:
    night = escalating(asking=("omar",), next=NextUp("nothing", why="everybody was asked"))
    night.timeline = (*night.timeline, entry("exhausted", 30))
    assert line2(night) == (
        "⏫ Nobody has it after 30 min. Now paging Omar (fallback)"
        " · nobody after that: everybody was asked"
    )


def test_given_back_is_told_from_new() -> None:
    night = new(acknowledged_at=at(3))
    steps = [entry("ack", 3), entry("unack", 4), entry("step", 4)]
    night.timeline = (*night.timeline, *steps)
    assert line2(night).startswith("⏫ Nobody has it again. Now paging Ana (step 1 of 3)")


def test_assigned_waits_for_the_one_who_is_asked() -> None:
    night = new(assignee="omar", asking=("omar",), next=NextUp("back_to_paging", at(15), ("omar",)))
    expected = "New, nobody has it. Assigned to Omar · paging goes on at 03:24 CET"
    assert line2(night) == expected


def test_in_progress_says_who_since_when_and_from_where() -> None:
    card = taken().card()
    assert read(card) == [
        HEAD,
        "👤 Ana has it since 03:12 CET, answered from Discord · paging stopped",
        *FOLD,
    ]
    assert card.color == 0x7A8797
    assert labels(card.actions) == (
        "[Note…] [Assign…] [Escalate]! [Resolve…]* ⋯ Give back! | Snooze… | Merge… | Why?"
    ).replace("Give back!", "Give back")


def test_in_progress_with_a_lease_says_when_it_asks_again() -> None:
    assert line2(taken(next=NextUp("asks_again", at(33)))).endswith("asks again at 03:42 CET")


def test_resolving_when_clear_is_said() -> None:
    night = taken(resolve_when_clear=True, next=NextUp("resolves"))
    assert line2(night).endswith("resolves when the last alert clears")


def test_snoozed_says_by_whom_and_until_when() -> None:
    night = new(snoozed_until=at(351), asking=(), next=NextUp("unsnooze", at(351)))
    night.timeline = (*night.timeline, entry("snooze", 2, "omar"))
    assert line2(night) == (
        "💤 Omar snoozed it until 09:00 CET, wakes earlier if it gets worse · nobody has it"
    )
    assert night.card().color == words.ASIDE


def test_a_snooze_of_what_somebody_has_keeps_the_holder() -> None:
    night = taken(snoozed_until=at(351))
    assert line2(night) == "💤 Snoozed until 09:00 CET · Ana has it"


def test_silenced_until_a_day_far_away_names_the_day() -> None:
    night = new(silenced_until=at(3 * 24 * 60), asking=())
    night.timeline = (*night.timeline, entry("silence", 2, "omar", text="load test"))
    assert line2(night) == (
        "🔇 Silenced until Wed 25 Nov 03:09 CET by Omar: “load test” · nobody has it"
    )


def test_resolved_by_a_person_keeps_the_firing_value() -> None:
    card = resolved().card()
    assert read(card) == [
        "✅ RESOLVED · #1842 Disk 94 % full on db-3",
        "Ana resolved it at 03:31 CET · open 22 min · answered in 3 min · was critical",
        "rotate-wal removed 612 GB of old WAL; archive target was full",
        f"Fired: {FOLD[0]}",
        FOLD[1],
        f"3 alerts · 2 people paged · Open in console <{BASE}/i/1842>",
    ]
    assert card.color == 0x2BA98F
    assert labels(card.actions) == "[Note…] ⋯ Reopen | Why?"


def test_resolved_by_itself_says_so_and_who_had_it() -> None:
    night = resolved(resolved_by=None, summary="")
    assert line2(night) == (
        "By itself at 03:31 CET · open 22 min · Ana had it after 3 min · was critical"
    )
    assert read(night.card())[2] == FOLD[0]


def test_resolved_and_silenced_says_until_when() -> None:
    assert "silenced until 04:31 CET" in line2(resolved(silenced_until=at(82)))


def test_merged_points_to_where_it_goes_on_and_has_no_buttons_left() -> None:
    card = resolved(merged_into=1850).card()
    assert read(card)[:2] == [
        "ℹ️ MERGED · #1842 Disk 94 % full on db-3",
        f"Merged into #1850 <{BASE}/i/1850>, go on there · was critical",
    ]
    assert card.actions.buttons == ()


NIGHTS = {
    "new": new(), "escalating": escalating(), "taken": taken(), "resolved": resolved(),
    "snoozed": new(snoozed_until=at(351)), "silenced": new(silenced_until=at(351)),
    "merged": resolved(merged_into=1850),
}  # fmt: skip


@pytest.mark.parametrize("night", NIGHTS.values(), ids=NIGHTS.keys())
def test_nothing_changes_because_time_passed(night: Night) -> None:
    later = [night.card(NOW + minutes * 60_000) for minutes in (1, 37, 600)]
    assert all(card == night.card() for card in later)


@pytest.mark.parametrize("night", NIGHTS.values(), ids=NIGHTS.keys())
def test_every_token_names_command_incident_and_revision(night: Night) -> None:
    card = night.card()
    for press in (*card.actions.buttons, *card.actions.more):
        start, name, number, rev = press.token.split(":")
        assert (start, number, rev) == ("cmd", "1842", str(card.rev))
        assert name in registry.CATALOG
        assert "1842" in press.says
        assert len(press.says) <= 75


@pytest.mark.parametrize("severity", list(Severity))
def test_the_severity_stands_in_shape_word_and_colour(severity: Severity) -> None:
    card = new(severity=severity).card()
    assert (card.head.glyph, card.head.word) == (words.GLYPH[severity], severity.upper())
    assert card.color == words.COLOR[severity]
    assert card.quiet == (severity in {Severity.WARNING, Severity.INFO})


def test_two_who_share_a_first_name_get_their_surnames() -> None:
    night = taken(holder="anac", paged=("ana", "anac"))
    assert line2(night).startswith("👤 Ana Costa has it since")


def facts(card: Card) -> list[tuple[Span, ...]]:
    return [line for block in card.fold if isinstance(block, Facts) for line in block.lines]


def test_only_http_links_can_be_pressed_and_at_most_four() -> None:
    bad = (
        "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example",
        "https://a b", "http://", "https://x.example/\nx", "https://x.example/<!here>",
    )  # fmt: skip
    good = [Link(f"L{n}", f"https://l{n}.example") for n in range(6)]
    night = new(links=(*(Link("Bad", url) for url in bad), *good))
    links = [s for line in facts(night.card()) for s in line if s.url]
    assert [s.text for s in links] == ["L0", "L1", "L2", "Open in console"]


def test_the_labels_that_tell_where_it_is_come_first_and_nothing_is_said_twice() -> None:
    named = {
        "alertname": "DiskFull", "instance": "db-3", "job": "node", "zz": "last", "pod": "pg-0",
        "cluster": "prod-1", "environment": "prod", "region": "eu-west-1", "team": "db",
        "service": "postgres-main", "copy": "prod", "__meta": "x",
    }  # fmt: skip
    lines = ["".join(s.text for s in line) for line in facts(new(labels=named).card())]
    assert lines[0] == "postgres-main · team db · prod · eu-west-1"
    assert lines[1].startswith("3 alerts · since ")
    assert lines[1].endswith(" · cluster prod-1 · pod pg-0")


def test_numbers_of_the_monitors_own_are_no_facts() -> None:
    named = {
        "component": "err.rate", "event_id": "7", "event_nseverity": "4", "event_severity": "High",
        "event_source": "0", "trigger_id": "23", "trigger_groups": "Web servers",
    }  # fmt: skip
    lines = ["".join(s.text for s in line) for line in facts(new(labels=named).card())]
    assert "component err.rate · trigger_groups Web servers" in lines[0]
    assert "event_" not in str(lines) and "trigger_id" not in str(lines)


def test_a_resource_the_title_does_not_say_is_a_fact() -> None:
    night = new(title="Disk almost full", service=None)
    assert read(night.card())[3] == "db-3 · team db · prod · eu-west-1"


def test_what_people_tagged_stands_among_the_facts() -> None:
    assert "#peak" in "\n".join(read(new(tags=("peak",)).card()))


def test_some_of_the_alerts_still_fire() -> None:
    assert "3 alerts, 1 firing" in "\n".join(read(taken(alerts_firing=1).card()))


def test_notes_are_counted_only_where_threads_are_not_heard() -> None:
    night = taken(notes=2)
    assert "2 notes" in "\n".join(read(night.card(threads=False)))
    assert "2 notes" not in "\n".join(read(night.card(threads=True)))


def test_without_a_value_the_description_speaks() -> None:
    assert Value("The volume fills up.") in new(value="").card().fold


def test_without_anything_measured_there_is_no_empty_line() -> None:
    night = new(value="")
    night.alerts = tuple(replace(a, description="") for a in night.alerts)
    assert not [b for b in night.card().fold if isinstance(b, Value)]
