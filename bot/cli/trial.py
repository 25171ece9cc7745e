"""``python -m bot try``: how one webhook body would be read, without a server or a database."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import integrations
from integrations._http import unfold
from integrations.base import Malformed, Misconfigured, Receiver, Request
from store.clock import MINUTE, Instant, SystemClock, iso
from store.model import AlertReading, Policy, Route, Severity, Step

if TYPE_CHECKING:
    from bot.settings import Settings
    from commands.rules.filters import Values

LIMIT = 16 * 1024 * 1024
"""The most bytes one body may have or unfold to."""

_GZIP = b"\x1f\x8b"


def run(argv: list[str], out: TextIO = sys.stdout, err: TextIO = sys.stderr) -> int:
    """Print one JSON object per alert to ``out`` and give 0.

    What can't be read gives 2 and one JSON object ``{"error","where"}`` on ``err``.
    """
    try:
        asked = _arguments(argv)
        asked.integration = integrations.called(asked.integration)
        receiver = _receiver(asked.integration)
        plan = _plan(asked.config, asked.source or asked.integration)
        alerts = receiver.read(_request(asked, plan)).alerts
    except Malformed as error:
        return _refuse(err, error.error, error.where)
    except Misconfigured as error:
        return _refuse(err, str(error), error.setting)
    for alert in alerts:
        said = printed(asked.integration, alert)
        _say(out, said if plan is None else said | plan.decides(alert))
    return 0


def printed(integration: str, alert: AlertReading) -> dict[str, Any]:
    """One alert as people and programs see it; instants in RFC 3339, as the API has them."""
    return {
        "source": integration,
        "type": alert.type,
        "key": alert.key,
        "status": alert.status,
        "severity": alert.severity,
        "severity_raw": alert.severity_raw,
        "title": alert.title,
        "description": alert.description,
        "resource": alert.resource,
        "labels": dict(alert.labels),
        "links": [{"name": link.name, "url": link.url} for link in alert.links],
        "starts_at": iso(alert.starts_at) if alert.starts_at is not None else None,
        "ends_at": iso(alert.ends_at) if alert.ends_at is not None else None,
    }


# ---- arguments and body ------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Malformed(message, "arguments")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="python -m bot try", description=__doc__)
    parser.add_argument("integration", help="who sent it: alertmanager, webhook, …")
    parser.add_argument("file", type=Path, help="the body as it came, gzip or plain; - is stdin")
    parser.add_argument("--content-type", metavar="T", help="default: by the file's name, or JSON")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="say route, policy and who would be paged too"
    )
    parser.add_argument("--source", metavar="NAME", help="whose settings in FILE to read it by")
    return parser.parse_args(argv)


def _receiver(name: str) -> Receiver:
    found = integrations.load(name)
    if found is None:
        raise Malformed(_unknown(name), "integration", 404)
    if not isinstance(found, Receiver):
        raise Malformed(f"{name} receives no webhooks", "integration", 404)
    return found


def _request(asked: argparse.Namespace, plan: _Plan | None) -> Request:
    content_type = asked.content_type or _TYPES.get(asked.file.suffix, "application/json")
    return Request(
        body=_body(asked.file),
        content_type=content_type.partition(";")[0].strip().lower(),
        headers={"content-type": content_type},
        received_at=SystemClock().now(),
        settings={} if plan is None else plan.settings,
    )


_TYPES = {
    ".form": "application/x-www-form-urlencoded", ".xml": "text/xml", ".eml": "message/rfc822",
}  # fmt: skip


def _body(file: Path) -> bytes:
    try:
        found = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Malformed(f"{file}: {error.strerror}", "file") from error
    packed = file.suffix == ".gz" or found.startswith(_GZIP)
    return unfold(found, "gzip" if packed else "", LIMIT)


def _unknown(name: str) -> str:
    problem = integrations.problems().get(name)
    if problem:
        return f"the integration {name} {problem}"
    return integrations.unknown(name)


# ---- what would become of it -------------------------------------------------------------------


class _Plan:
    """What a configuration file decides; the database may hold a newer version."""

    def __init__(self, settings: Settings, source: str) -> None:
        from bot import channels

        self._definitions, self._source = settings.definitions(), source
        self._by_email = settings.found_by_email()
        self._channels = tuple(channels.configured(settings.pagers))
        self.settings: Mapping[str, Any] = settings.intake.sources.get(source, {})

    def decides(self, alert: AlertReading) -> dict[str, Any]:
        """Route, policy, alert rules and the first pass of pages of an alert that opens an
        incident."""
        from commands.rules import alert_rules, escalation, routing

        book = alert_rules.book(self._definitions.alert_rules)
        alert, judged = alert_rules.judged(book, alert, self._values(alert))
        values = self._values(alert)
        route, why = routing.choose(self._definitions.routes, alert, self._source)
        policy = escalation.policy_of(self._definitions, route.policy)
        opens = alert.status in ("firing", "acknowledged") and alert.type != "change"
        asks = opens and not alert_rules.kept_quiet(book, values, alert.severity)
        wait = alert_rules.delay(book, values)
        return {
            "route": {"name": route.name, "team": route.team, "why": why},
            "policy": policy.name,
            **({"severity": alert.severity, "severity_why": judged} if judged else {}),
            **({"rules": said} if (said := alert_rules.named(book, values)) else {}),
            "pages": list(self._pages(alert.severity, route.team, policy, wait)) if asks else [],
        }

    def _values(self, alert: AlertReading) -> Values:
        from commands.rules import alert_rules, routing

        def routed() -> Route:
            return routing.choose(self._definitions.routes, alert, self._source)[0]

        return alert_rules.values_of(alert, self._source, routed)

    def _pages(
        self, severity: Severity, team: str | None, policy: Policy, minutes: int
    ) -> Iterator[Any]:
        """Minutes after the opening, whom, by what and why; a step that asks nobody takes none."""
        for number, step in enumerate(policy.steps, 1):
            at = SystemClock().now() + minutes * MINUTE
            pages = list(self._asked(step, severity, team, at))
            for after, page in pages:
                yield {"step": number, "minutes": minutes + after, **page}
            minutes += step.delay if pages else 0

    def _asked(
        self, step: Step, severity: Severity, team: str | None, at: Instant
    ) -> Iterator[tuple[int, dict[str, str]]]:
        from commands.rules import escalation

        zone = escalation.zone_of(self._definitions, team)
        if not escalation.applies(step, severity, at, zone):
            return
        for asked in escalation.resolve(step.targets, self._definitions, team, at):
            person = asked.person
            also = self._by_email if person.email else ()
            for rule in escalation.reachable(person, step.important, also, self._channels):
                yield rule.after, {"person": person.handle, "via": rule.via, "why": asked.why}


def _plan(config: Path | None, source: str) -> _Plan | None:
    if config is None:
        return None
    from bot.settings import BadSettings, load

    try:
        settings = load(config)
    except BadSettings as error:
        raise Malformed(str(error), "config") from None
    return _Plan(settings, source)


# ---- printing ----------------------------------------------------------------------------------


def _refuse(err: TextIO, error: str, where: str) -> int:
    _say(err, {"error": error, "where": where})
    return 2


def _say(to: TextIO, what: Mapping[str, Any]) -> None:
    text = json.dumps(what, ensure_ascii=False).encode("utf-8", "replace").decode()
    to.write(text + "\n")
