"""Any verb of the catalog, run through the running server with the same words as in chat."""

from __future__ import annotations

import sys
from typing import Any

import httpx

from bot.settings import Settings
from commands import verbs as _verbs  # noqa: F401  (declares the verbs)
from commands.errors import CommandError
from commands.registry import Verb
from commands.typed import each, read_line
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
    return max(_one(settings, line) for line in each(" ".join(argv)))


def _one(settings: Settings, line: str) -> int:
    try:
        found, args = read_line(line, NOBODY)
    except CommandError as error:
        print(error.error, file=sys.stderr)
        return 2
    try:
        return _print(found, *call(settings, found.name, args))
    except httpx.HTTPError as error:
        print(
            f"No answer from {settings.url}: {error}. Is the server running? pv serve",
            file=sys.stderr,
        )
        return 1


def call(settings: Settings, name: str, args: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """A verb's answer from the running server and its status; raises httpx's errors."""
    headers = {"Authorization": f"Bearer {settings.cli_token}", "X-PixelView-Surface": "cli"}
    url = f"{settings.url.rstrip('/')}/api/commands/{name}"
    answer = httpx.post(url, json=args, headers=headers, timeout=10)
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
        for i in found["incidents"]:
            who = i["holder"] or "nobody"
            print(f"#{i['id']}\t{i['severity']}\t{i['status']}\t{who}\t{i['title']}")
        if not found["incidents"]:
            print("Nothing fits.")
    else:
        _show(found)


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
