"""Where text comes in: what monitors say and what people write is kept without secrets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from commands.registry import Verb
from commands.rules.redact import Redactor
from store.model import AlertReading, Link

ABOUT = "hid"
"""What a card is about that tells a writer of words in a thread, by the number of their note."""
TOLD = "I hid something in it that looks like a password or a token."
TOLD_THERE = (
    f"{TOLD} It still stands in your own message: take it away there, and change the secret."
)
_DEFINES = "config."
"""Definitions are kept as they were written: they hold addresses with secrets on purpose."""

_PAIR = re.compile(r"""([A-Za-z_][\w.-]*)=(?:"[^"]*"|'[^']*'|\S*)""")
_MANY, _LONG = 50, 64 << 10
"""More alerts, or letters, are looked through off the loop."""


async def taken(hide: Redactor, alerts: tuple[AlertReading, ...]) -> tuple[AlertReading, ...]:
    """The same off the loop, where there is much to look through."""
    if len(alerts) <= _MANY and sum(_length(alert) for alert in alerts) <= _LONG:
        return readings(hide, alerts)
    return await asyncio.to_thread(readings, hide, alerts)


def _length(alert: AlertReading) -> int:
    return len(alert.description) + sum(map(len, alert.labels.values()))


def readings(hide: Redactor, alerts: tuple[AlertReading, ...]) -> tuple[AlertReading, ...]:
    """The alerts as they are kept and shown. Their keys stay, since two alerts that differ by a
    secret alone are still two; groups are made of what is shown."""
    for alert in alerts:
        if hide.suspects(_all_of(alert)):
            return tuple(_reading(hide, each) for each in alerts)
    return alerts


def _all_of(alert: AlertReading) -> str:
    """Everything an alert says, as one text to look through."""
    parts = [alert.title, alert.description, alert.resource or ""]
    for label in alert.labels.items():
        parts += label
    for link in alert.links:
        parts.append(link.url)
        parts.append(link.name)
    return "\n".join(parts)


def _reading(hide: Redactor, alert: AlertReading) -> AlertReading:
    labels = {hide(name): hide.label(name, value) for name, value in alert.labels.items()}
    links = tuple(Link(hide(link.name), hide(link.url)) for link in alert.links)
    resource = hide(alert.resource) if alert.resource else alert.resource
    said = replace(
        alert, title=hide(alert.title), description=hide(alert.description), resource=resource,
        labels=labels, links=links, by=hide(alert.by),
    )  # fmt: skip
    return alert if said == alert else said


def recorded(verb: Verb, args: Mapping[str, Any]) -> dict[str, Any]:
    """A command's arguments as the record keeps them: of what may be a secret on purpose only the
    names."""
    raw = {f.name for f in verb.fields if f.raw}
    return {
        name: _names(value) if name in raw and isinstance(value, str) else value
        for name, value in args.items()
    }


def _names(text: str) -> str:
    """``continue=… note=…``."""
    named = _PAIR.findall(text)
    return " ".join(f"{name}=…" for name in named) if named else "…" if text else ""


def words(hide: Redactor, verb: Verb, args: Any) -> tuple[Any, bool]:
    """A command's arguments without the secrets of free text, and whether there were any."""
    if verb.query or verb.permission.startswith(_DEFINES):
        return args, False
    texts = {f.name for f in verb.fields if f.kind in ("text", "words") and not f.raw}
    changed: dict[str, Any] = {}
    for field in fields(args):
        said = getattr(args, field.name)
        if field.name in texts and isinstance(said, str) and (clean := hide(said)) != said:
            changed[field.name] = clean
    return (replace(args, **changed), True) if changed else (args, False)
