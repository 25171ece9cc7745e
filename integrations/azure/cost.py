"""What was spent: Cost Management's query, whose rows are named by its columns alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import dig, entries, say
from store.clock import iso
from store.model import DAY, Instant
from store.model.resource import Cost

VERSION = "2025-03-01"
HEADERS = {"ClientType": "PixelView"}
"""Its quota is for each kind of client; without a name everybody shares one."""
FIRST = 35
"""Days that the first look goes back."""
BY_RESOURCE = 7
"""Days that are asked for by resource; what is older is asked for by service, once."""
AGAIN = 3
"""Days that are asked for again, because they still change."""
_BY = {"resource": ("ResourceId", "ServiceName"), "service": ("ServiceName", "ResourceLocation")}
_AMOUNTS = ("cost", "totalcost", "pretaxcost", "costusd")
_DAYS = ("usagedate", "date", "billingmonth")


def first_day(cursor: str, now: Instant) -> Instant:
    """The instant at which the days asked for begin."""
    today = now - now % DAY
    last = fields.instant(cursor) if cursor else None
    return max(last - AGAIN * DAY, today - FIRST * DAY) if last else today - FIRST * DAY


def day_of(at: Instant) -> str:
    """``2026-11-25``."""
    return iso(at)[:10]


def spans(detail: str, start: Instant, now: Instant) -> list[tuple[str, Instant, Instant]]:
    """What is asked for, in which detail from which day to which."""
    near = now - now % DAY - BY_RESOURCE * DAY
    if detail != "resource" or start >= near:
        return [(detail, start, now)]
    return [("service", start, near - DAY), (detail, near, now)]


def question(detail: str, start: Instant, end: Instant) -> dict[str, Any]:
    """The query for every day from one to another; Azure takes two groupings."""
    by = _BY.get(detail, _BY["resource"])
    return {
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {
            "from": f"{day_of(start)}T00:00:00+00:00", "to": f"{day_of(end)}T23:59:59+00:00",
        },
        "dataset": {
            "granularity": "Daily",
            "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
            "grouping": [{"type": "Dimension", "name": name} for name in by],
        },
    }  # fmt: skip


def lines(page: Mapping[str, Any], sub: str) -> Iterator[Cost]:
    """The lines of a page; rows without an amount or a day are left out."""
    columns = [say(each, "name").lower() for each in entries(dig(page, "properties.columns"))]
    rows = dig(page, "properties.rows")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, list):
            yield from _line(dict(zip(columns, row, strict=False)), sub)


def _line(row: Mapping[str, Any], sub: str) -> Iterator[Cost]:
    amount = _first(row, _AMOUNTS, fields.number)
    day = _first(row, _DAYS, _day)
    if amount is None or not day:
        return
    resource = fields.text(row.get("resourceid")).lower()
    yield Cost(
        day=day,
        service=fields.text(row.get("servicename")) or "other",
        amount=amount,
        currency=fields.text(row.get("currency")) or "USD",
        account=sub,
        region=fields.text(row.get("resourcelocation")).lower().replace(" ", ""),
        usage=resource.rpartition("/providers/")[2].rpartition("/")[0] if resource else "",
        resource=resource,
    )


def _first(row: Mapping[str, Any], names: tuple[str, ...], read: Any) -> Any:
    found = (read(row.get(name)) for name in names)
    return next((each for each in found if each not in {None, ""}), None)


def _day(value: Any) -> str:
    """20261125, or 2026-11-25T00:00:00, as a day."""
    text = fields.text(value).removesuffix(".0")
    if text.isdigit() and len(text) == 8:
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return text[:10] if len(text) >= 10 and text[4:5] == "-" else ""
