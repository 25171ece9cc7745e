"""A row of the record in words: when, who, what, from where, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commands.rules.record import changes
from commands.words import count, local, surface_name
from store.audit import Entry
from store.clock import iso

MACHINE, INTAKE = "machine", "intake"
_LONGEST = 120


def line(entry: Entry, zone: str, now: int) -> str:
    """``03:14 Ana Petrova ack #1842, from Slack: status triggered → acknowledged``."""
    parts = [f"{local(entry.at, zone, now)} {sentence(entry)}"]
    if after := "; ".join(_changed(entry)) or _said(entry):
        parts.append(after)
    return ": ".join(parts)


def _said(entry: Entry) -> str:
    """What was answered, where nothing tells before and after."""
    said = " ".join(str(entry.detail.get("say") or "").split())
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def sentence(entry: Entry) -> str:
    """Who did what to which incident, from where, and whether it was allowed."""
    denied = "" if entry.outcome == "ok" else f" {entry.outcome}"
    return f"{entry.name} {deed(entry)}{_about(entry)}{denied}{_from(entry)}"


def deed(entry: Entry) -> str:
    """The verb; of what the machine did and took in, what that was."""
    if entry.verb == INTAKE and "alerts" in entry.detail:
        sources = ", ".join(map(str, entry.detail.get("sources") or ()))
        return f"intake of {count(int(entry.detail['alerts']), 'alert')} from {sources}"
    did = entry.detail.get("did")
    if entry.verb != MACHINE or not isinstance(did, dict):
        return entry.verb
    return ", ".join(
        f"{kind.replace('_', ' ')}{f' ×{many}' if many > 1 else ''}" for kind, many in did.items()
    )


def _about(entry: Entry) -> str:
    about = entry.incidents
    if not about:
        return ""
    shown = " ".join(f"#{n}" for n in about[:3])
    return f" {shown}" + (f" and {len(about) - 3} more" if len(about) > 3 else "")


def _from(entry: Entry) -> str:
    if not entry.surface or entry.surface == "system":
        return ""
    where = f", from {surface_name(entry.surface)}"
    return f"{where} ({entry.address})" if entry.address else where


def _changed(entry: Entry) -> Iterator[str]:
    found = list(changes(entry.detail))
    for one in found[:3]:
        yield f"{one.field} {_short(one.before)} → {_short(one.after)}"
    if len(found) > 3:
        yield count(len(found) - 3, "more field")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def facts(entry: Entry) -> dict[str, Any]:
    """A row for programs, with what is needed to verify it."""
    return {
        "writer": entry.writer,
        "seq": entry.seq,
        "at": iso(entry.at),
        "at_ms": entry.at,
        "actor": entry.actor,
        "verb": entry.verb,
        "outcome": entry.outcome,
        "incident": entry.incident_id,
        "detail": None if entry.erased else dict(entry.detail),
        "salt": entry.salt.hex() if entry.salt is not None else None,
        "digest": entry.digest.hex(),
        "prev": entry.prev.hex(),
        "mac": entry.mac.hex(),
    }


def entry(facts: Mapping[str, Any]) -> Entry:
    """The row that such facts are of."""
    detail, salt = facts["detail"], facts["salt"]
    return Entry(
        facts["writer"], facts["seq"], facts["at_ms"], facts["actor"], facts["verb"],
        facts["outcome"], facts["incident"], detail or {}, detail is None,
        bytes.fromhex(salt) if salt else None, bytes.fromhex(facts["digest"]),
        bytes.fromhex(facts["prev"]), bytes.fromhex(facts["mac"]),
    )  # fmt: skip
