"""Whole tools as if nobody knew them: what ``webhook`` makes of their bodies.

``pytest -s`` prints a table per tool. It must hold for tools nobody has seen, so nothing in
``integrations/webhook`` may name what only one tool sends; ``unknown_bodies`` has some that have no
integration at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from integrations import webhook
from integrations.base import Malformed, Request
from store.model import AlertReading
from tests.integrations import test_corpus as known
from tests.integrations.corpus import Sample, samples
from tests.integrations.unknown_bodies import UNKNOWN, Unknown

OVERALL, MONITORS, UNSEEN = 0.80, 0.88, 0.95
CHAT = ("chat_event", "chat_interaction", "handshake")
"""What people do in a chat is no alert; most of it is refused, and that is well."""

Alerts = known.Alerts
COLUMNS: tuple[Callable[[dict[str, Any], Alerts], str], ...] = (
    known.status, known.title, known.resource, known.severity_word,
)  # fmt: skip


@cache
def bodies() -> tuple[Sample, ...]:
    """Every body of the collection that means no harm."""
    return tuple(each for each in samples() if known.tool(each) != "_hostile")


@cache
def read(file: str) -> Alerts | Malformed:
    """The alerts of one body, or why it was refused."""
    sample = next(each for each in bodies() if each.file == file)
    try:
        return tuple(webhook.read(sample.request).alerts)
    except Malformed as error:
        return error


def wrong(sample: Sample) -> list[str]:
    """What is not as the collection says, a column each; "" where it is."""
    alerts = read(sample.file)
    if isinstance(alerts, Malformed):
        return [f"refused: {alerts.where}: {alerts.error}"] * len(COLUMNS)
    return [check(sample.expected, alerts) for check in COLUMNS]


def table() -> Iterator[tuple[str, list[int], int, list[str]]]:
    """Tool, bodies right in all and in each column, bodies, and what is wrong."""
    for name in sorted({known.tool(each) for each in bodies()}):
        found = {each.file: wrong(each) for each in bodies() if known.tool(each) == name}
        all_right = sum(not any(what) for what in found.values())
        columns = [sum(not what[i] for what in found.values()) for i in range(len(COLUMNS))]
        bad = [
            f"{file}: {'; '.join(dict.fromkeys(filter(None, what)))}"
            for file, what in found.items()
            if any(what)
        ]
        yield name, [all_right, *columns], len(found), bad


def test_bodies_of_tools_nobody_knows_are_mostly_read_right() -> None:
    rows = list(table())
    print(f"{'':18} {'all':>4} {'status':>7} {'title':>7} {'resource':>8} {'severity':>8}")
    for name, good, many, bad in rows:
        print(f"{name:18} {good[0]:3}/{many:<3}" + "".join(f"{each:6} " for each in good[1:]))
        for what in bad:
            print(f"    {what[:300]}")
    many = sum(row[2] for row in rows)
    sums = [sum(row[1][i] for row in rows) for i in range(len(COLUMNS) + 1)]
    print(f"{len(rows)} tools  " + "  ".join(f"{each}/{many} {each / many:.1%}" for each in sums))
    monitors = [each for each in bodies() if each.kind not in CHAT]
    right = sum(not any(wrong(each)) for each in monitors)
    print(f"without chats {right}/{len(monitors)} {right / len(monitors):.1%}")
    assert sums[0] >= OVERALL * many, f"{sums[0]} of {many} bodies are read right"
    assert right >= MONITORS * len(monitors), f"{right} of {len(monitors)} are read right"


def test_linked_states_of_tools_nobody_knows_share_their_key() -> None:
    due = [each for each in bodies() if each.expected["dedup_same_as"]]
    bad = [f"{each.file}: {what}" for each in due if (what := key(each))]
    print(f"{len(due) - len(bad)}/{len(due)} linked states share their key")
    assert not bad, "\n".join(bad)


def key(sample: Sample) -> str:
    """States of one problem share their key, wherever both can be read."""
    ours, other = read(sample.file), read(sample.expected["dedup_same_as"])
    if isinstance(ours, Malformed) or isinstance(other, Malformed):
        return ""
    keys = {each.key for each in ours}
    return "" if keys & {each.key for each in other} else f"{keys} and {[e.key for e in other]}"


def test_bodies_of_tools_without_an_integration_are_read_as_their_documentation_says() -> None:
    keys: dict[str, str] = {}
    bad = [f"{each.tool}: {what}" for each in UNKNOWN if (what := unlike(each, keys))]
    print(
        f"{len(UNKNOWN) - len(bad)}/{len(UNKNOWN)} bodies of {len({e.tool for e in UNKNOWN})} tools"
    )
    print("\n".join(bad))
    assert len(bad) <= (1 - UNSEEN) * len(UNKNOWN), "\n".join(bad)


def unlike(due: Unknown, keys: dict[str, str]) -> str:
    """What is not as the documentation says."""
    body = due.body if isinstance(due.body, str) else json.dumps(due.body)
    try:
        (got,) = webhook.read(Request(body.encode(), due.kind, {"content-type": due.kind})).alerts
    except Malformed as error:
        return f"refused: {error.where}: {error.error}"
    said = [
        ("status", due.status, str(got.status)),
        ("title", due.title, due.title if titled(due, got) else got.title),
        ("resource", due.resource or got.resource, got.resource),
        ("severity", due.severity or got.severity_raw, got.severity_raw),
        ("key", keys.setdefault(due.thing or str(len(keys)), got.key), got.key),
    ]
    return "; ".join(f"{name}: {is_!r}, not {want!r}" for name, want, is_ in said if want != is_)


def titled(due: Unknown, got: AlertReading) -> bool:
    """Whether the words a person would look for stand in the title."""
    return due.title.casefold() in got.title.casefold()
