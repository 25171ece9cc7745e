"""As much of Kusto as Resource Graph is asked in: where, project and order by; anything else is an
error, as an unknown column is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

COLUMNS = {
    "resources": "id name type tenantId kind location resourceGroup subscriptionId managedBy sku"
    " plan properties tags identity zones extendedLocation",
    "computeresources": "id name type tenantId kind location resourceGroup subscriptionId managedBy"
    " sku plan properties tags identity zones extendedLocation",
    "resourcecontainers": "id name type tenantId kind location resourceGroup subscriptionId"
    " managedBy sku plan properties tags identity zones extendedLocation",
    "resourcechanges": "id name type tenantId kind location resourceGroup subscriptionId managedBy"
    " sku plan properties tags identity zones extendedLocation",
}
_IN = re.compile(r"type in~ \(([^)]*)\)")
_IS = re.compile(r"type =~ '([^']*)'")
_AFTER = re.compile(r"todatetime\(([\w.]+)\) > datetime\(([^)]*)\)")

Row = Mapping[str, Any]


class BadQuery(ValueError):
    """What the query's author would read."""


def table_of(query: str) -> str:
    """The table that a query begins with."""
    table = query.split("|", 1)[0].strip().lower()
    if table not in COLUMNS:
        raise BadQuery(f"Table {table} is invalid, unsupported or disallowed.")
    return table


def run(query: str, rows: Sequence[Row]) -> list[Row]:
    """The rows that a query answers with."""
    known = COLUMNS[table_of(query)].split()
    found = list(rows)
    for step in (each.strip() for each in query.split("|")[1:]):
        word, _, rest = step.partition(" ")
        if word == "where":
            found = [row for row in found if _condition(rest)(row)]
        elif word == "project":
            names = [each.strip() for each in rest.split(",")]
            if wrong := [each for each in names if each not in known]:
                raise BadQuery(f"Failed to resolve scalar expression named '{wrong[0]}'")
            known = names
            found = [{name: row.get(name) for name in names} for row in found]
        elif word == "order" and rest.startswith("by "):
            column = rest.split()[1]
            if column not in known:
                raise BadQuery(f"Failed to resolve column '{column}'")
            found.sort(key=lambda row: str(row[column]))
        else:
            raise BadQuery(f"Query is invalid near {step[:40]}")
    return found


def _condition(text: str) -> Callable[[Row], bool]:
    if found := _IN.fullmatch(text):
        types = {each.strip().strip("'").lower() for each in found[1].split(",")}
        return lambda row: str(row["type"]).lower() in types
    if found := _IS.fullmatch(text):
        type_ = found[1].lower()
        return lambda row: str(row["type"]).lower() == type_
    if found := _AFTER.fullmatch(text):
        path, at = found[1], datetime.fromisoformat(found[2])
        return lambda row: datetime.fromisoformat(_dig(row, path)) > at
    raise BadQuery(f"Query is invalid near {text[:40]}")


def _dig(row: Any, path: str) -> Any:
    for step in path.split("."):
        row = row[step]
    return row
