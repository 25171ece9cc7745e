"""How pages are drawn: the templates, the words and marks they use, and the static files."""

from __future__ import annotations

import functools
import hashlib
import json
import mimetypes
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from bot.cards import words
from bot.web.wanted import SORTS, said
from store.model import HOUR, MINUTE, SECOND

HERE = Path(__file__).parent
_YEAR = "public, max-age=31536000, immutable"
_HUES = 6
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Static:
    """The files of ``static/`` under an address that changes with their content."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(p for p in folder.iterdir() if p.is_file())
        self._files = {p.name: p.read_bytes() for p in paths}
        mark = hashlib.sha256()
        for name, body in self._files.items():
            mark.update(name.encode() + b"\0" + body + b"\0")
        self.mark = mark.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"/static/{self.mark}/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        """One file; an address of other content is not kept by anybody."""
        body = self._files.get(request.match_info["name"])
        if body is None:
            raise web.HTTPNotFound
        kind = mimetypes.guess_type(request.match_info["name"])[0] or "application/octet-stream"
        kept = _YEAR if request.match_info["mark"] == self.mark else "no-store"
        headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
        charset = "utf-8" if kind.startswith("text/") or "javascript" in kind else None
        return web.Response(body=body, content_type=kind, charset=charset, headers=headers)


def brief(ms: int) -> str:
    """A duration in one word and number, for a narrow column: ``48 s``, ``41 min``, ``3 h``."""
    if ms < HOUR:
        return f"{max(0, ms) // SECOND} s" if ms < MINUTE else f"{ms // MINUTE} min"
    return f"{ms // HOUR} h" if ms < 48 * HOUR else f"{ms // (24 * HOUR)} d"


def _wall(at: int, zone: str) -> datetime:
    return words.moment(at, zone)


def _date(wall: datetime) -> str:
    return f"{_DAYS[wall.weekday()]} {wall.day} {_MONTHS[wall.month - 1]}"


def _clock(at: int, now: int, zone: str) -> str:
    wall = _wall(at, zone)
    return f"{_date(wall)} {wall:%H:%M}" if words.is_far(at, now) else f"{wall:%H:%M}"


def _exact(at: int, now: int, zone: str) -> str:
    wall = _wall(at, zone)
    far = words.is_far(at, now)
    return f"{wall.day} {_MONTHS[wall.month - 1]} {wall:%H:%M}" if far else f"{wall:%H:%M:%S}"


def instant(at: int, form: str, now: int, zone: str) -> Markup:
    """An instant that the browser turns into the reader's own clock and keeps counting.

    ``form``: time, exact (seconds), since, in, zoned, ago, age, left, date.
    """
    text = {
        "age": lambda: brief(now - at),
        "ago": lambda: f"{brief(now - at)} ago",
        "left": lambda: f"in {brief(at - now)}" if at > now else "now",
        "exact": lambda: _exact(at, now, zone),
        "date": lambda: f"{_date(_wall(at, zone))} {_wall(at, zone):%H:%M}",
        "in": lambda: f"at {_clock(at, now, zone)}",
        "zoned": lambda: f"{_clock(at, now, zone)} {_wall(at, zone).tzname() or 'UTC'}",
    }.get(form, lambda: _clock(at, now, zone))()
    iso = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    full = f"{words.date(at, zone)}"
    return Markup('<time datetime="{}" data-at="{}" data-form="{}" title="{}">{}</time>').format(
        iso, at, form, full, text
    )


@pass_context
def _time(context: Context, at: int | None, form: str = "time") -> Markup:
    if at is None:
        return Markup()
    return instant(at, form, context["visit"].now, context["visit"].zone)


def glyph(name: str) -> Markup:
    """One of the marks drawn in ``_glyphs.svg``; the word beside it says the same."""
    return Markup('<svg class="glyph" aria-hidden="true"><use href="#g-{}"/></svg>').format(name)


def initials(name: str) -> str:
    """``AP`` for Ana Petrova."""
    parts = [p for p in words.clean(name).split(" ") if p[:1].isalnum()]
    return "".join(p[0] for p in (parts[:1] + parts[1:][-1:])).upper() or "?"


def avatar(name: str, handle: str = "") -> Markup:
    """A round with initials; the hue belongs to the handle."""
    hue = crc32((handle or name).encode("utf-8", "replace")) % _HUES
    return Markup('<span class="who hue{}" aria-hidden="true">{}</span>').format(
        hue, initials(name)
    )


def clean_lines(text: str, most: int = 8_000) -> Markup:
    """Somebody's words with their line breaks, nothing invisible, nothing live."""
    shown = text[:most].splitlines()[:200]
    return Markup("\n").join(escape(words.clean(line)) for line in shown)


def as_json(value: Any) -> str:
    """Plain JSON to read; it is escaped where it is put."""
    return json.dumps(value, indent=2, ensure_ascii=True, sort_keys=True)


@functools.cache
def _templates() -> tuple[Static, Environment]:
    """Read and compiled once a process, however many consoles it has."""
    static = Static(HERE / "static")
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        t=_time, glyph=glyph, avatar=avatar, static=static.url, count=words.count, said=said,
        sorts=SORTS,
    )  # fmt: skip
    env.filters.update(clean=words.clean, lines=clean_lines, as_json=as_json)
    return static, env


class Look:
    """Draws templates; every page gets the same few helpers."""

    def __init__(self) -> None:
        self.static, self._env = _templates()

    def page(self, name: str, context: Mapping[str, Any]) -> str:
        """One template as text; lone surrogates and the like can't be sent and are replaced."""
        text = self._env.get_template(name).render(context)
        return text.encode("utf-8", "replace").decode()
