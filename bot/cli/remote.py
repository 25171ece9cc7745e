"""Any verb of the catalog, run through the running server with the same words as in chat."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import httpx

from bot import wire
from bot.settings import Settings
from commands import verbs as _verbs  # noqa: F401  (declares the verbs)
from commands.errors import CommandError
from commands.natural import leads
from commands.registry import Verb
from commands.typed import each, read_line
from integrations import _wire
from store.clock import SystemClock
from store.model import Definitions

NOBODY = Definitions(0, {}, {}, (), {})


def verb(settings: Settings, argv: list[str]) -> int:
    """``pv ack 1842``: 0 done, 2 wrong words, 1 the server said no."""
    if not settings.cli_token:
        print(
            "Set PIXELVIEW_TOKEN to a token of yours: pv token create --name me --person ana",
            file=sys.stderr,
        )
        return 2
    raw = "--json" in argv
    words = [_quoted(word) for word in argv if word != "--json"]
    return max(_one(settings, line, raw) for line in each(" ".join(words)))


def _quoted(word: str) -> str:
    """A word the shell made of several: ``title="disk full"`` is one again, for commands too."""
    name, eq, value = word.partition("=")
    whole = eq and any(c.isspace() for c in value) and not any(c.isspace() for c in name)
    return f'{name}="{value}"' if whole and '"' not in value else word


def _one(settings: Settings, line: str, raw: bool = False) -> int:
    try:
        found, args = read_line(line, NOBODY, None, _spoken)
    except CommandError as error:
        print(error.error, file=sys.stderr)
        return 2
    try:
        body, status = call(settings, found.name, args)
        if raw and status < 400:
            print(json.dumps(body.get("found", body), indent=2, ensure_ascii=False))
            return 0
        return _print(found, body, status)
    except httpx.HTTPError as error:
        print(
            f"No answer from {settings.url}: {error}. Is the server running? pv serve",
            file=sys.stderr,
        )
        return 1


def _spoken(kind: str, words: Sequence[str]) -> int:
    """How many words are a time in people's own words; the server says what they mean."""
    return leads(kind, words, SystemClock().now(), "UTC")


def call(settings: Settings, name: str, args: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """A verb's answer from the running server and its status; raises httpx's errors."""
    headers = {"Authorization": f"Bearer {settings.cli_token}", "X-PixelView-Surface": "cli"}
    url = f"{settings.url.rstrip('/')}/api/commands/{name}"
    wire.use(settings.outside)
    answer = _wire.post(url, json=args, headers=headers, timeout=10)
    body: dict[str, Any] = answer.json()
    return body, answer.status_code


def _print(found: Verb, body: dict[str, Any], status: int) -> int:
    if status >= 400:
        print(body.get("error", body), file=sys.stderr)
        for name in ("choices", "winner", "needs", "ask"):
            if body.get(name):
                print(f"{name}: {body[name]}", file=sys.stderr)
        return 1
    if "found" not in body:
        print(body["say"])
        return 0
    _tell(body["found"])
    return 0


def _tell(found: Any) -> None:
    if isinstance(found, list):
        print("\n".join(found))
    elif "lines" in found:
        print("\n".join(found["lines"]))
    elif "incidents" in found:
        print("\n".join(listed(found)))
    else:
        _show(found)


def listed(found: dict[str, Any]) -> list[str]:
    """A table: of groups where there are some, else of incidents."""
    if found.get("groups"):
        head = ("worst", found["group"], "all", "nobody", "incident")
        return _table([head, *(_group(g) for g in found["groups"])])
    if not found["incidents"]:
        return ["Nothing fits.", *([found["hint"]] if found.get("hint") else [])]
    rows = [
        (f"#{i['id']}", i["severity"], i["status"], i["holder"] or "nobody", i["title"])
        for i in found["incidents"]
    ]
    more = [f"More: the same with --cursor {found['next']}"] if found.get("next") else []
    return [*_table(rows), *more]


def _group(g: dict[str, Any]) -> Sequence[str]:
    worst = g["worst"]
    title = f"#{worst['id']} {worst['title']}"
    return worst["severity"], g["value"] or "-", str(g["total"]), str(g["nobody"]), title


def _table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns as wide as what stands in them, the last one as it is."""
    rows = [[" ".join(cell.split()) for cell in row] for row in rows]
    wide = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    return ["  ".join([*(c.ljust(w) for c, w in zip(r, wide, strict=False)), r[-1]]) for r in rows]


def _show(found: dict[str, Any]) -> None:
    i = found["incident"]
    print(
        f"#{i['id']} {i['severity'].upper()} {i['title']}\n"
        f"{i['status']}, {i['holder'] or 'nobody'} has it\n{i['value']}"
    )
    for a in found["alerts"]:
        print(f"  {a['status']:<9} {a['title']}  {a['starts_at']}")
    for e in found["timeline"]:
        print(f"  {e['at']}  {e['say']}  {e['why']}")
