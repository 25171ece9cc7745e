"""Downtimes of Icinga 2 that are in effect now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from integrations import _muted
from integrations._nagios_commands import Spot

NOW = "downtime.start_time <= get_time() && downtime.end_time > get_time()"


def owner(it: Mapping[str, Any]) -> Spot:
    """The host or service of a comment or a downtime."""
    return Spot(str(it.get("host_name")), str(it.get("service_name") or ""))


def hushes(downtimes: Iterable[Mapping[str, Any]]) -> Iterator[_muted.Found]:
    """Each with where it is. A flexible one that nothing triggered yet mutes nothing."""
    for each in downtimes:
        end, began = each.get("end_time"), each.get("fixed") is True or each.get("trigger_time")
        if isinstance(end, (int, float)) and began:
            name = each.get("__name") or each.get("name")
            until = int(end * 1000)
            yield owner(each), _muted.hush(name, until, each.get("author"), each.get("comment"))
