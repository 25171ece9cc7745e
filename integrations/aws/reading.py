"""Reading what the SDK answers: whatever is missing or of another kind is nothing, no error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from integrations import _time
from integrations._text import title
from store import clock
from store.model import Instant, Severity
from store.model.resource import Fault, Resource

MB_OF_GB = 1024


def text(value: Any) -> str:
    """A value as one line."""
    return "" if value is None or isinstance(value, (dict, list)) else title(str(value))


def number(value: Any) -> float | None:
    """A number, where it is one."""
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def at(value: Any) -> Instant | None:
    """An instant of a datetime, or of what stands for one."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return clock.from_datetime(aware)
    return _time.instant(value)


def part(holder: Any, *path: str) -> dict[str, Any]:
    """The object at the end of a path, empty where there is none."""
    for step in path:
        holder = holder.get(step) if isinstance(holder, Mapping) else None
    return holder if isinstance(holder, dict) else {}


def parts(holder: Any, name: str) -> list[dict[str, Any]]:
    """The objects of a list."""
    found = holder.get(name) if isinstance(holder, Mapping) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def words(value: Any) -> tuple[str, ...]:
    """The texts of a list, without what is empty."""
    return tuple(str(each) for each in value if each) if isinstance(value, list) else ()


def tags(value: Any) -> dict[str, str]:
    """Tags, whichever way a service writes them; AWS's own are left out."""
    found: dict[str, str] = {}
    if isinstance(value, Mapping):
        found = {str(k): str(v) for k, v in value.items()}
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, Mapping) and (name := each.get("Key") or each.get("key")):
                said = each.get("Value") if "Value" in each else each.get("value")
                found[str(name)] = str(said or "")
    return {name: said for name, said in found.items() if not name.startswith("aws:")}


def size(**given: float | None) -> dict[str, float]:
    """A size without what is not known."""
    return {name: value for name, value in given.items() if value is not None}


def facts(**given: Any) -> dict[str, str]:
    """Facts without the empty ones."""
    return {name.replace("_", " "): said for name, each in given.items() if (said := text(each))}


def unique(values: Iterable[Any]) -> tuple[str, ...]:
    """Texts in their order, each once, none empty."""
    return tuple(dict.fromkeys(str(each) for each in values if each))


def console(arn: str) -> str:
    """Where people look at it."""
    if not arn.startswith("arn:aws:"):
        return ""
    return f"https://console.aws.amazon.com/go/view?arn={quote(arn, safe=':/')}"


def tail(arn: str) -> str:
    """The last word of an ARN: its name."""
    return arn.rpartition(":")[2].rpartition("/")[2]


def fault(
    of: Resource, kind: str, severity: Severity, said: str, *, about: str = "", **more: Any
) -> Fault:
    """Something wrong with a resource; ``about`` tells faults of one kind apart."""
    key = f"{of.key}/{kind}/{about}" if about else f"{of.key}/{kind}"
    labels = {"kind": of.kind, "account": of.account, "region": of.region, "name": of.name}
    labels |= more.pop("labels", {})
    return Fault(
        key=key, kind=kind, severity=severity, title=title(said), resource=of.key,
        labels={name: value for name, value in labels.items() if value}, **more,
    )  # fmt: skip
