"""Downtimes of Icinga 2 as silences of alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations import _text
from integrations._nagios_commands import Spot
from integrations.base import OURS, Hush

NOW = "downtime.start_time <= get_time() && downtime.end_time > get_time()"


def owner(it: Mapping[str, Any]) -> Spot:
    """The host or service of a comment or a downtime."""
    return Spot(str(it.get("host_name")), str(it.get("service_name") or ""))


def longest(downtimes: Iterable[Mapping[str, Any]], here: Mapping[Spot, str]) -> Sequence[Hush]:
    """Of each host or service, by key, the downtime that ends last and that is not ours."""
    found: dict[str, Hush] = {}
    for each in downtimes:
        key, made = here.get(owner(each)), _hush(each)
        if key is None or made is None:
            continue
        if key not in found or found[key].until < made.until:
            found[key] = replace(made, key=key)
    return tuple(found.values())


def _hush(downtime: Mapping[str, Any]) -> Hush | None:
    """A flexible one that nothing triggered yet mutes nothing."""
    said, end = str(downtime.get("comment") or ""), downtime.get("end_time")
    if said.startswith(OURS) or not isinstance(end, (int, float)):
        return None
    if downtime.get("fixed") is not True and not downtime.get("trigger_time"):
        return None
    name = str(downtime.get("__name") or downtime.get("name") or "")
    by = _text.title(str(downtime.get("author") or ""), 80)
    return Hush("", name, int(end * 1000), by, _text.title(said, 200))
