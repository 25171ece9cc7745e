"""Alive, ready, and how it feels: /healthz, /readyz, /metrics, and the console's Health box."""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    generate_latest,
)
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

import integrations
from bot.cards.model import Surface
from bot.inbox.intake import MailIntake
from bot.monitors import Monitors
from bot.outbox import Outbox
from bot.pages.pagers import Pagers
from bot.ticker import Ticker
from bot.tls import Certificate
from bot.token_use import TokenUse
from bot.web.hooks import Hooks
from bot.web.limits import KINDS, Limits
from bot.web.server import STEP
from commands.door import Door
from commands.words import headed
from store import backlog
from store import outbox as rows
from store.db import Reader, Tx
from store.model.calendar import Calendar
from store.tables import META


@dataclass(frozen=True, slots=True)
class Sign:
    """One line of the Health box: ``ok`` or late, when it was last heard (ms), words."""

    name: str
    ok: bool
    words: str
    at: int | None = None


SHADOW = "nobody is paged"
BANNER = "Shadow mode: nobody is paged. Everything is received, decided and recorded."


class Part(Protocol):
    """Something else that has lines in the Health box, and numbers by name with their help."""

    def signs(self) -> list[tuple[str, bool, str]]:
        """Name, whether all is well, words."""
        ...

    def gauges(self) -> dict[str, tuple[str, float]]:
        """Name → help, value."""
        ...


class Health:
    """Reads the parts; changes nothing."""

    def __init__(
        self,
        door: Door,
        surfaces: Mapping[str, Surface],
        ticker: Ticker,
        outbox: Outbox,
        hooks: Hooks,
        reader: Reader,
        pagers: Pagers,
        mail: MailIntake,
    ) -> None:
        self._door, self._surfaces, self._ticker = door, surfaces, ticker
        self._outbox, self._hooks, self._reader = outbox, hooks, reader
        self._pagers, self._mail = pagers, mail
        self.tls: Certificate | None = None
        self.more: list[Part] = []
        self.tokens: TokenUse | None = None
        self.limits: Limits | None = None

    def routes(self) -> list[web.RouteDef]:
        """Health over HTTP; no token, no secrets."""
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def alive(self, request: web.Request) -> web.Response:
        """The process answers."""
        return web.json_response({"ok": True})

    async def ready(self, request: web.Request) -> web.Response:
        """Database, surfaces and ticker, each with words; 503 when the database or ticker fails."""
        checks = {s.name: {"ok": s.ok, "words": s.words} for s in self.signs()}
        database = await self._database()
        checks["database"] = {"ok": database, "words": "answers" if database else "does not answer"}
        good = database and self._ticking()
        return web.json_response({"ok": good, "checks": checks}, status=200 if good else 503)

    def _ticking(self) -> bool:
        return self._door.clock.now() - self._ticker.last_tick < 10_000

    async def _database(self) -> bool:
        def look(tx: Tx) -> bool:
            tx.conn.execute(select(META.c.key).limit(1)).all()
            return True

        try:
            return await self._reader.read(look)
        except (SQLAlchemyError, OSError, TimeoutError):
            return False

    def banner(self) -> str:
        """What everybody must know before they trust what they see; mostly nothing."""
        shadow = BANNER if self._door.rules.shadow is not None else ""
        late = self._outbox.backlog.words()
        halted = self._door.rules.automations.halted
        halted = f"{halted}. Nothing runs by itself." if halted else ""
        said = (shadow, halted, *self._outbox.outages.words.values(), f"{late}." if late else "")
        return " ".join(filter(None, said))

    def signs(self) -> list[Sign]:
        """Sources by their last word, surfaces, timers."""
        found = [
            Sign(name, True, "last word", at) for name, at in sorted(self._hooks.heard.items())
        ]
        for name, surface in self._surfaces.items():
            ok, words = surface.health()
            found.append(Sign(headed(name), ok, self._door.rules.redact(words)))
        found += [
            Sign(name, False, words) for name, words in sorted(integrations.problems().items())
        ]
        found += [Sign(name, False, words) for name, words in self._pagers.problems.items()]
        if self.tls is not None:
            found.append(Sign("certificate", *self.tls.health()))
        if self._door.rules.shadow is not None:
            found.append(Sign("Shadow mode", True, SHADOW))
        if halted := self._door.rules.automations.halted:
            found.append(Sign("Automation", False, halted))
        found += _calendars(self._door.definitions().calendars.values())
        troubles = self._outbox.carrier.others.errands.troubles
        found += [Sign(f"Group {name}", False, said) for name, said in sorted(troubles.items())]
        found += [Sign(*sign) for sign in self._outbox.troubles.signs()]
        found += _monitors(self._outbox.carrier.monitors)
        found += [Sign(*sign) for sign in self._mail.signs()]
        found += [Sign(*sign) for sign in (self.tokens.signs() if self.tokens else ())]
        found += [Sign(*sign) for part in self.more for sign in part.signs()]
        if late_cards := self._outbox.backlog.words():
            found.append(Sign("Chats", False, late_cards))
        late = self._ticker.lag
        found.append(
            Sign("Timers", self._ticking() and late < 5_000, f"{late / 1000:.1f} s behind")
        )
        return found

    def vitals(self) -> tuple[bool, str]:
        """In one line for a monitor that watches over us: whether all is well, and what is not."""
        bad = [f"{sign.name} {sign.words}" for sign in self.signs() if not sign.ok]
        many = len(self._door.memory.incidents)
        said = f"PixelView runs, {many} open incident{'' if many == 1 else 's'}"
        return not bad, "; ".join((said, *bad[:5]))

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text."""
        states = await self._reader.read(backlog.counts)
        registry = CollectorRegistry()

        def count(name: str, text: str, value: float) -> None:
            Counter(f"pixelview_{name}", text, registry=registry).inc(value)

        count("alerts_accepted", "Alerts taken in.", self._hooks.accepted)
        count("webhooks_refused", "Webhooks refused.", self._hooks.refused)
        count("messages_sent", "Cards, notes and pages sent.", self._outbox.meter.sent)
        count("messages_failed", "Messages a provider refused.", self._outbox.meter.failed)
        count("messages_uncertain", "Messages whose answer was lost.", self._outbox.meter.uncertain)
        count("timer_failures", "Timers that failed and were tried again.", self._ticker.failures)
        gauges = {
            "ticker_lag_seconds": ("Age of the oldest due timer.", self._ticker.lag / 1000),
            "writes_waiting": ("Writes in the queue.", self._door.waiting),
            "cards_waiting": ("Cards to be posted or edited.", self._outbox.backlog.waiting),
            "cards_behind_seconds": (
                "Age of the oldest card that waits.",
                self._outbox.backlog.behind / 1000,
            ),
            "incidents_open": ("Open incidents.", len(self._door.memory.incidents)),
        }
        for part in self.more:
            gauges |= part.gauges()
            if (collect := getattr(part, "collect", None)) is not None:
                collect(registry)
        for name, (text, value) in gauges.items():
            Gauge(f"pixelview_{name}", text, registry=registry).set(value)
        refused = Counter(
            "pixelview_rate_limited", "Requests refused by a limit.", ["limit"], registry=registry
        )
        step = request.app[STEP]
        count("connections_let_go", "Connections closed without a request.", step.let_go)
        count("connections_broken", "Connections that spoke no HTTP.", step.broken)
        for kind in KINDS:
            refused.labels(kind).inc(self.limits.refused[kind] if self.limits else 0)
        box = Gauge("pixelview_outbox_rows", "Outbox rows by state.", ["state"], registry=registry)
        for state in (rows.PENDING, rows.SENDING, rows.UNCERTAIN, rows.FAILED):
            box.labels(state).set(states.get(state, 0))
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


def _monitors(known: Monitors) -> Iterator[Sign]:
    """A line for each monitor that is told what people did."""
    for name in sorted({*known.looked, *known.troubles}):
        wrong, at = known.troubles.get(name), known.looked.get(name)
        yield Sign(f"Monitor {name}", wrong is None, wrong or "looked at", at)
    for name, stream in sorted(known.streams.items()):
        if stream.wanted:
            live, at = not stream.trouble, stream.since
            yield Sign(f"Events of {name}", live, stream.trouble or "live since", at)


def _calendars(known: Iterable[Calendar]) -> Iterator[Sign]:
    """A line for each iCal address, by its host and a number where that has several."""
    hosts = Counted[str]()
    for each in known:
        hosts[each.name] += 1
        number = f" {hosts[each.name]}" if hosts[each.name] > 1 else ""
        yield _calendar(each, f"Calendar {each.name}{number}")


def _calendar(found: Calendar, name: str) -> Sign:
    """An iCal address: whether it answers, and whether everybody in it is known."""
    if found.error:
        kept = "what it said last counts" if found.answered_at else "nothing of it is known"
        return Sign(name, False, f"{found.error}; {kept}")
    if found.unknown:
        return Sign(name, False, f"{len(found.unknown)} in it match nobody here")
    return Sign(name, found.answered_at is not None, "answered", found.answered_at)
