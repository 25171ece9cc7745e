"""Typed lines: words in any order become a verb and its arguments, mistakes become hints."""

from __future__ import annotations

from typing import Any

import pytest

from commands import verbs
from commands.errors import Invalid, NotFound
from commands.typed import mentioned, read_line
from store.model import Definitions, Person, Team

ANA = Person("ana", "Ana Petrova", contacts={"slack": "U0ANA", "discord": "42"})
OMAR = Person("omar", "Omar Haddad")
DEFINITIONS = Definitions(1, {"ana": ANA, "omar": OMAR}, {"db": Team("db")}, (), {})


def read(text: str, incident: int | None = None) -> tuple[str, dict[str, Any]]:
    """The verb's name and the arguments."""
    verb, args = read_line(text, DEFINITIONS, incident)
    assert verb is verbs.CATALOG[verb.name]
    return verb.name, args


LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "": ("help", {}),
    "help ack": ("help", {"verb": "ack"}),
    "ack 1842": ("ack", {"incident": 1842}),
    "run x 1842 cmd=\"a 5 b\" keep='7 9'": (
        "run",
        {"action": "x", "incident": 1842, "params": "cmd=\"a 5 b\" keep='7 9'"},
    ),
    'run x cmd="a 5"': ("run", {"action": "x", "params": 'cmd="a 5"'}),
    "ACK #1842": ("ack", {"incident": 1842}),
    "ack https://pv.example.eu/i/1842": ("ack", {"incident": 1842}),
    "ack <https://pv.example.eu/i/1842>": ("ack", {"incident": 1842}),
    "ack <https://pv.example.eu/i/1842|#1842>": ("ack", {"incident": 1842}),
    "ack 1842 take": ("ack", {"incident": 1842, "take": True}),
    "ack --take 1842": ("ack", {"incident": 1842, "take": True}),
    "unack 1842 going offline": ("unack", {"incident": 1842, "text": "going offline"}),
    "resolve 1842 cleaned old WAL": ("resolve", {"incident": 1842, "text": "cleaned old WAL"}),
    "resolve cleaned 3 old WALs 1842": (
        "resolve",
        {"incident": 1842, "text": "cleaned 3 old WALs"},
    ),
    "resolve 1842 now": ("resolve", {"incident": 1842, "how": "now"}),
    "resolve 1842 when_clear it heals": (
        "resolve",
        {"incident": 1842, "how": "when_clear", "text": "it heals"},
    ),
    "resolve 1842 how=silence_4h": ("resolve", {"incident": 1842, "how": "silence_4h"}),
    "reopen 1837": ("reopen", {"incident": 1837}),
    "assign 1842 omar": ("assign", {"incident": 1842, "who": "omar"}),
    "assign omar 1842": ("assign", {"incident": 1842, "who": "omar"}),
    "assign @omar #1842 please look": (
        "assign",
        {"incident": 1842, "who": "omar", "text": "please look"},
    ),
    "assign 1842 to Omar Haddad now": (
        "assign",
        {"incident": 1842, "who": "omar", "text": "now"},
    ),
    "assign 1842 team db": ("assign", {"incident": 1842, "who": "team:db"}),
    "assign 1842 <@U0ANA>": ("assign", {"incident": 1842, "who": "ana"}),
    "assign 1842 <@!42>": ("assign", {"incident": 1842, "who": "ana"}),
    "assign 1842 <@U0NOBODY|who>": ("assign", {"incident": 1842, "who": "U0NOBODY"}),
    "escalate 1842": ("escalate", {"incident": 1842}),
    "escalate 1842 to step 3": ("escalate", {"incident": 1842, "step": 2}),
    "escalate to step 3 1842": ("escalate", {"incident": 1842, "step": 2}),
    "note 1842 archive target was full": (
        "note",
        {"incident": 1842, "text": "archive target was full"},
    ),
    "note 1842 don't restart, it's \"fine\"": (
        "note",
        {"incident": 1842, "text": "don't restart, it's \"fine\""},
    ),
    "note 1842 one\n  two": ("note", {"incident": 1842, "text": "one\n  two"}),
    "note see #1845 for more 12 disks": (
        "note",
        {"incident": 1845, "text": "see for more 12 disks"},
    ),
    "snooze 1833 until monday 9": ("snooze", {"incident": 1833, "until": "monday 9"}),
    "snooze until monday 9 1833": ("snooze", {"incident": 1833, "until": "monday 9"}),
    "snooze 1833 for 2h lunch": ("snooze", {"incident": 1833, "until": "2h", "text": "lunch"}),
    "snooze 1833 2 h": ("snooze", {"incident": 1833, "until": "2 h"}),
    "silence 1842 3h load test": (
        "silence",
        {"incident": 1842, "until": "3h", "text": "load test"},
    ),
    "silence 1842 tomorrow 9am": ("silence", {"incident": 1842, "until": "tomorrow 9am"}),
    "merge 1845 into 1842": ("merge", {"incident": 1845, "into": 1842}),
    "merge 1845 1842": ("merge", {"incident": 1845, "into": 1842}),
    "merge #1845 into 1842": ("merge", {"incident": 1845, "into": 1842}),
    "tag 1842 network vendor": ("tag", {"incident": 1842, "tags": "network vendor"}),
    "untag vendor 1842": ("untag", {"incident": 1842, "tags": "vendor"}),
    "list critical nobody team db": ("list", {"filter": "critical nobody team db"}),
    "list status=resolved label=host=db-3": (
        "list",
        {"filter": "status=resolved label=host=db-3"},
    ),
    "list since mon 9:00 group=service": ("list", {"filter": "since mon 9:00 group=service"}),
    "list --severity critical web": ("list", {"severity": "critical", "filter": "web"}),
    "views": ("views", {}),
    "view": ("view", {}),
    "view payments critical": ("view", {"name": "payments critical"}),
    "view save payments critical team=db group=service share=team": (
        "view-save",
        {"name": "payments", "filter": "critical team=db group=service", "share": "team"},
    ),
    'view-save "Prod, critical" env=prod name=x': (
        "view-save",
        {"name": "Prod, critical", "filter": "env=prod name=x"},
    ),
    "view rename payments to billing": ("view-rename", {"name": "payments", "to": "billing"}),
    'view-rename "a b" "c d"': ("view-rename", {"name": "a b", "to": "c d"}),
    "view remove payments": ("view-remove", {"name": "payments"}),
    "view first payments": ("view-first", {"name": "payments"}),
    "show 1842": ("show", {"incident": 1842}),
    "why #1842": ("why", {"incident": 1842}),
}


@pytest.mark.parametrize("text", LINES)
def test_a_line_is_read(text: str) -> None:
    assert read(text) == LINES[text]


IN_A_THREAD: dict[str, tuple[str, dict[str, Any]]] = {
    "ack": ("ack", {"incident": 7}),
    "ack 1845": ("ack", {"incident": 1845}),
    "note 3 nodes are down": ("note", {"incident": 7, "text": "3 nodes are down"}),
    "note #1845 is the same": ("note", {"incident": 1845, "text": "is the same"}),
    "escalate to step 3": ("escalate", {"incident": 7, "step": 2}),
    "escalate step 2": ("escalate", {"incident": 7, "step": 1}),
    "snooze until monday 9": ("snooze", {"incident": 7, "until": "monday 9"}),
    "snooze 2 h": ("snooze", {"incident": 7, "until": "2 h"}),
    "silence 2h": ("silence", {"incident": 7, "until": "2h"}),
    "resolve replaced disk 4": ("resolve", {"incident": 7, "text": "replaced disk 4"}),
    "resolve 1845 replaced": ("resolve", {"incident": 1845, "text": "replaced"}),
    "assign omar": ("assign", {"incident": 7, "who": "omar"}),
    "merge into 1842": ("merge", {"incident": 7, "into": 1842}),
    "merge 1845 into 1842": ("merge", {"incident": 1845, "into": 1842}),
    "tag disk 4": ("tag", {"incident": 7, "tags": "disk 4"}),
}


@pytest.mark.parametrize("text", IN_A_THREAD)
def test_in_a_thread_the_number_may_be_left_out(text: str) -> None:
    assert read(text, 7) == IN_A_THREAD[text]


ERRORS: dict[str, tuple[type[Exception], str]] = {
    "acknowlege 1842": (NotFound, "No command acknowlege. Did you mean ack? ack 1842"),
    "resovle 1842": (NotFound, "No command resovle. Did you mean resolve?"),
    "zzz": (NotFound, "No command zzz. Try: help"),
    "snooze 1842 sat 25:00": (
        Invalid,
        "sat 25:00 is not a time. Try: sat 20:00, tomorrow 9am, in 2h",
    ),
    "snooze 1842 soon": (Invalid, "soon is not a time"),
    "ack 1842 please": (Invalid, "I don't know what please means here. Example: ack 1842"),
    "ack 1842 1845": (Invalid, "I don't know what 1845 means here"),
    "escalate 1842 to step 0": (Invalid, "Steps are counted from 1"),
    "escalate 1842 to the moon": (Invalid, "I don't know what the moon means here"),
}


@pytest.mark.parametrize("text", ERRORS)
def test_a_mistake_says_what_to_type_instead(text: str) -> None:
    kind, says = ERRORS[text]
    with pytest.raises(kind) as error:
        read(text)
    assert str(error.value).startswith(says)


def test_the_first_incident_a_line_names() -> None:
    assert mentioned("please see 1842 and #7") == 1842
    assert mentioned("https://pv.example.eu/i/9") == 9
    assert mentioned("no number 12x") is None


ROTA: dict[str, tuple[str, dict[str, Any]]] = {
    "override @ana db sat 08:00-20:00": (
        "override", {"who": "ana", "what": "db", "when": "sat 08:00-20:00"},
    ),
    "override remove ana sat 08:00-20:00": (
        "override", {"how": "remove", "who": "ana", "when": "sat 08:00-20:00"},
    ),
    "override <@U0ANA> team db 24 dec - 2 jan she asked me": (
        "override",
        {"who": "ana", "what": "team:db", "when": "24 dec - 2 jan", "reason": "she asked me"},
    ),
    "override Omar Haddad db next week instead ana": (
        "override", {"who": "omar", "what": "db", "when": "next week", "instead": "ana"},
    ),
    "cover sat 08:00-20:00 wedding": ("cover", {"when": "sat 08:00-20:00", "reason": "wedding"}),
    "cover tomorrow 9am to 17:00 @omar please": (
        "cover", {"when": "tomorrow 9am to 17:00", "who": "omar", "reason": "please"},
    ),
    "swap omar sat 08:00-20:00 for sun 08:00-20:00": (
        "swap", {"who": "omar", "mine": "sat 08:00-20:00", "theirs": "for sun 08:00-20:00"},
    ),
    "away 24 dec - 2 jan": ("away", {"when": "24 dec - 2 jan"}),
    "away list": ("away-list", {}),
    "temporary db sat 08:00 - mon 08:00 @ana @omar turns 12h": (
        "temporary",
        {"what": "db", "when": "sat 08:00 - mon 08:00", "who": "@ana @omar", "turns": "12h"},
    ),
    "undo": ("undo", {}),
    "undo #12": ("undo", {"change": 12}),
    "take 17": ("take", {"cover": 17}),
    "who db in channel": ("who", {"what": "db", "in_channel": True}),
    "who in channel": ("who", {"in_channel": True}),
    "page db the import hangs": ("page", {"who": "db", "text": "the import hangs"}),
    "declare checkout slow sev critical team web": (
        "declare", {"text": "checkout slow", "severity": "critical", "team": "web"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", ROTA)
def test_a_line_about_the_rota_becomes_a_verb_with_arguments(line: str) -> None:
    assert read(line) == ROTA[line]


ROTA_MISTAKES = {
    "override @ana dbx sat 08:00-20:00": "There is no schedule or team dbx. There are: db.",
    "cover wedding": "wedding is not a time. Try: sat 20:00",
    "cover sat 25:00-26:00": "sat 25:00 is not a time. Try: sat 20:00, tomorrow 9am, in 2h.",
    "cover sat 08:00": "Until when? sat 08:00 has no end.",
}


@pytest.mark.parametrize("line", ROTA_MISTAKES)
def test_a_mistake_in_a_line_about_the_rota_says_what_to_type(line: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(line)
    assert ROTA_MISTAKES[line] in str(refused.value)
