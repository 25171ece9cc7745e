"""What is acknowledged in a monitor by somebody who is nobody here: one line of the card each."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.model import Spans
from bot.cards.view import View, own, strange
from commands.there import BACK, KIND
from commands.words import IN_MONITOR, surface_name
from store.model import TimelineEntry

_NAME = 40
_TEXT = 60


def lines(view: View) -> Iterator[Spans]:
    """``👤 Acknowledged in Zabbix by jdoe, not known here, so pages go on: “on it”``."""
    if view.phase in {"resolved", "merged"}:
        return
    last: dict[str, TimelineEntry] = {}
    for entry in view.detail.timeline:
        if entry.kind in (KIND, BACK) and entry.detail.get("monitor"):
            last[str(entry.detail["monitor"])] = entry
    for monitor, entry in last.items():
        if entry.kind == KIND and not entry.detail.get("counts"):
            yield _line(view, surface_name(f"{IN_MONITOR}{monitor}"), entry)


def _line(view: View, monitor: str, entry: TimelineEntry) -> Spans:
    said = entry.detail
    by: Spans = (own(" by "), strange(str(said["by"]), _NAME)) if said.get("by") else ()
    text = str(said.get("text") or "")
    words: Spans = (own(": “"), strange(text, _TEXT), own("”")) if text else ()
    who = "not known here" if by else "by whom is not said"
    goes_on = own(f", {who}, so pages go on") if view.incident.holder is None else own("")
    return (own("👤 Acknowledged in "), strange(monitor, _NAME), *by, goes_on, *words)
