"""What the readers of one tool's body share: fields as text, words as states, an alert of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from integrations import _form, _json, _severity, _text
from integrations._time import instant
from integrations.base import Malformed, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED
ACKNOWLEDGED, INFO = AlertStatus.ACKNOWLEDGED, AlertStatus.INFO

severity_of = _severity.severity

MOST = 1_000
"""The most alerts one body may hold."""

_SHORT = 300
_URLS = ("http://", "https://")

_WORDS = {
    FIRING: (
        "firing fired fire alerting alert alarm in_alarm active activated open opened new created"
        " trigger triggered re_triggered retriggered reopened problem down critical warning warn"
        " error failed failure fail failing unhealthy degraded unreachable violated violating"
        " unresolved unacked anomalous missing no_data nodata bad fatal emergency major minor high"
        " unacknowledge unacknowledged occurred breached"
    ),
    RESOLVED: (
        "resolved resolve ok okay normal clear cleared closed close recovered recovery recover"
        " inactive deactivated ended end up healthy fixed green good canceled cancelled"
    ),
    ACKNOWLEDGED: (
        "acknowledged acknowledge acknowledgement acknowledgment ack acked investigating"
        " in_progress"
    ),
    INFO: (
        "info information informational paused pending test testing ping insufficient_data unknown"
        " suppressed ignored snoozed muted maintenance comment commented note assigned"
    ),
}
STATES: Mapping[str, AlertStatus] = {
    word: status for status, said in _WORDS.items() for word in said.split()
}
"""Words most tools use alike; a tool's own table comes before it."""


def fields(request: Request) -> dict[str, Any]:
    """The object a body is, JSON or form; Malformed where it is none or empty."""
    return an_object(_form.value(request))


def an_object(value: Any, where: str = "body") -> dict[str, Any]:
    """The value, where it is an object with something in it."""
    if not isinstance(value, dict):
        raise Malformed(f"expected an object, got {kind(value)}", where)
    if not value:
        raise Malformed("an empty object", where)
    return value


def objects(value: Any, where: str) -> list[dict[str, Any]]:
    """A list of objects; Malformed says which of them is none."""
    if not isinstance(value, list):
        raise Malformed(f"expected an array, got {kind(value)}", where)
    if not 0 < len(value) <= MOST:
        raise Malformed(f"{len(value)} alerts; 1 to {MOST} can be read", where)
    return [an_object(each, f"{where}[{i}]") for i, each in enumerate(value)]


def kind(value: Any) -> str:
    """What a value is, in JSON's words."""
    names = {dict: "an object", list: "an array", str: "text", bool: "true or false"}
    return "nothing" if value is None else names.get(type(value), "a number")


# ---- fields as text ----------------------------------------------------------------------------


def text(value: Any) -> str:
    """A scalar as text; "" for nothing, for objects, and for a variable left unexpanded."""
    if type(value) is str:
        found = value.strip()
        return "" if found[:1] in "{$*<@#" and _text.unexpanded(found) else found
    if value is None or isinstance(value, (dict, list)):
        return ""
    return _json.written(value)


def first(holder: Mapping[str, Any], *names: str) -> str:
    """The first of the fields that says something."""
    for name in names:
        if found := text(holder.get(name)):
            return found
    return ""


def raw(holder: Mapping[str, Any], *names: str) -> str:
    """As ``first``, but an unexpanded variable is told as it was sent."""
    for name in names:
        value = holder.get(name)
        if found := value.strip() if type(value) is str else text(value):
            return found
    return ""


def part(holder: Any, *path: str) -> dict[str, Any]:
    """The object at the end of the path, empty where there is none."""
    for name in path:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder if isinstance(holder, dict) else {}


def parts(value: Any, most: int = 50) -> list[dict[str, Any]]:
    """The objects in a list, at most ``most``; an object alone counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    found = value[:most] if isinstance(value, list) else ()
    return [each for each in found if isinstance(each, dict)]


def words(value: Any, most: int = 100) -> list[str]:
    """The scalars of a list as text, or of text that is a list with commas."""
    if isinstance(value, str):
        value = value.split(",", most)
    found = value[:most] if isinstance(value, list) else ()
    return [said for each in found if (said := text(each))]


def unexpanded(holder: Mapping[str, Any]) -> str:
    """A title for a body whose template was sent as it is, or ""."""
    left = [
        value.strip()
        for value in islice(holder.values(), _SHORT)
        if isinstance(value, str) and _text.unexpanded(value.strip())
    ]
    return f"Variables were not expanded: {', '.join(left[:3])}" if left else ""


_SPACES = re.compile(r"[\s-]+")


def word(value: str) -> str:
    """A state as tables write it: ``No Data`` is ``no_data``."""
    return _SPACES.sub("_", value[:80].strip().casefold())


def state(
    said: str, own: Mapping[str, AlertStatus] | None = None, missing: AlertStatus = FIRING
) -> AlertStatus:
    """What a tool's word means. An unknown one is information: it is never taken for the end."""
    if not said:
        return missing
    folded = word(said)
    found = own.get(folded) if own else None
    return found or STATES.get(folded, INFO)


_ODD = re.compile(r"[\W_]+")


@lru_cache(4096)
def plain(name: str) -> str:
    """A field's name without case and signs."""
    return _ODD.sub("", name.casefold())


def folded(holder: Mapping[str, Any]) -> dict[str, Any]:
    """The fields under plain names: ``ALERT_ID``, ``alertId`` and ``alert-id`` are ``alertid``.

    For the tools whose bodies people write themselves; the first of two alike stays.
    """
    found: dict[str, Any] = {}
    for name, value in islice(holder.items(), 500):
        found.setdefault(plain(name[:100]), value)
    return found


# ---- labels ------------------------------------------------------------------------------------


def flat(holder: Mapping[str, Any], but: Iterable[str] = ()) -> dict[str, str]:
    """The short plain values of an object as labels; addresses are links and no labels."""
    left_out = frozenset(but)
    found: dict[str, str] = {}
    for name, value in islice(holder.items(), 200):
        if name in left_out or value is None or isinstance(value, (dict, list)):
            continue
        said = text(value)
        if said and len(said) <= _SHORT and not said.startswith(_URLS):
            found[name] = said
    return found


def tags(value: Any) -> dict[str, str]:
    """Labels out of an object, ``a:b,c``, or a list of such words, pairs or {key, value}."""
    return dict(islice(_pairs(value), _text.LABELS))


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        value = [value] if _text.unexpanded(value.strip()) else value.split(",", _text.LABELS)
    if isinstance(value, dict):
        for name, inner in value.items():
            if said := text(inner):
                yield name, said
    elif isinstance(value, list):
        for each in value[: _text.LABELS]:
            yield from _pair(each)


def _pair(each: Any) -> Iterator[tuple[str, str]]:
    if isinstance(each, dict):
        if name := first(each, "key", "name", "tag", "context"):
            yield name, text(each.get("value")) or "true"
    elif isinstance(each, list):
        if len(each) == 2 and (name := text(each[0])):
            yield name, text(each[1]) or "true"
    elif said := text(each):
        separator = next((mark for mark in (":", "=") if mark in said), "")
        name, _, value = said.partition(separator) if separator else (said, "", "")
        if name.strip():
            yield name.strip(), value.strip() or "true"


# ---- an alert ----------------------------------------------------------------------------------


def alert(
    status: AlertStatus,
    key: str,
    title: str,
    *,
    type: AlertType,
    word: str = "",
    severity: Severity | None = None,
    description: str = "",
    resource: str = "",
    labels: Mapping[str, str] | None = None,
    links: Iterable[tuple[str, str | None]] = (),
    starts: Any = None,
    ends: Any = None,
    by: str = "",
    unacknowledged: bool = False,
) -> AlertReading:
    """A reading of cleaned parts. ``word`` is how bad it is in the tool's own words, ``by`` who
    acknowledged it there or took that back.

    Without a key it is a hash of title and resource. ``starts`` and ``ends`` may be of any form
    ``instant`` reads; an end counts only where the alert is over.
    """
    heading = _text.title(title) or "Alert without a name"
    place = _text.label(resource)
    identity = _text.key(key).strip() or f"{_text.fnv(heading, place):016x}"
    told = _text.description(description) if description else ""
    said = _text.label(word)
    return AlertReading(
        key=identity,
        status=status,
        severity=severity or _severity.severity(said),
        title=heading,
        type=type,
        severity_raw=said or None,
        description="" if heading.startswith(told) else told,
        resource=place or None,
        labels=_text.labels(labels) if labels else {},
        links=_text.links(links),
        starts_at=instant(starts) if starts is not None else None,
        ends_at=instant(ends) if ends is not None and status is RESOLVED else None,
        by=_text.title(by, 100) if by else "",
        unacknowledged=unacknowledged,
    )


def on(title: str, resource: str) -> str:
    """A title with the place it is about, where it does not hold it."""
    if not resource or len(resource) > 100 or resource.casefold() in title.casefold():
        return title
    return f"{_text.title(title, _text.TITLE - 106)} on {resource}" if title else resource
