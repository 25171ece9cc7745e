"""Alertmanager's API: silences of exactly an alert's labels, and which alerts there are.

An alert is there till it ends; silenced and inhibited ones vanish from webhooks without ever being
resolved, and are seen only here. After a start it knows no alert until it is told again, so what is
missing is over only once it has run for longer than its ``resolve_timeout``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx

from integrations import _client, _label_matchers, _prometheus_bodies, _text
from integrations._time import instant
from integrations.base import (
    OUR_SILENCE,
    OURS,
    Deed,
    Did,
    Hush,
    Malformed,
    Misconfigured,
    Permanent,
    Request,
    Rights,
    Silencing,
    Transient,
)
from store.model import Alert, AlertReading, AlertStatus, Instant

Matchers = frozenset[tuple[str, str]]
"""Names and values of labels, each matched as it is."""

_NOBODY = frozenset(("", "null", "none", "blackhole", "devnull", "dev-null", "/dev/null"))
"""Receivers as people name those that tell nobody."""
_TIMEOUT = re.compile(r"^\s*resolve_timeout:\s*(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?\s*$", re.MULTILINE)
_TOO_LATE = "end time can't be in the past"
_FIVE_MINUTES = 300_000


class AlertmanagerMonitor:
    """One Alertmanager, or one of a cluster: silences are the same on all of them."""

    takes = frozenset({Did.SILENCED, Did.REOPENED})

    def __init__(self, settings: Mapping[str, Any]) -> None:
        url = str(settings.get("url") or "").rstrip("/")
        if not url.startswith(("https://", "http://")):
            raise Misconfigured("give Alertmanager's address: http://alertmanager:9093", "url")
        self._url = url
        self._receiver = str(settings.get("receiver") or "")
        user, password = str(settings.get("user") or ""), str(settings.get("password") or "")
        head = {"Authorization": f"Bearer {token}"} if (token := settings.get("token")) else {}
        self._http = _client.Client(
            "Alertmanager",
            f"{url}/api/v2",
            ca_file=str(settings.get("ca_file") or ""),
            auth=httpx.BasicAuth(user, password) if user else None,
            headers=head,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close()

    # telling

    async def tell(self, deed: Deed) -> str | None:
        """Silence each alert by all its labels, till the silence here ends; None where there was no
        silence of ours to end."""
        if deed.did is not Did.SILENCED or deed.until is None:
            return await self._end(deed.incident)
        labels = {str(each.get("fingerprint")): each for each in await self._alerts()}
        ours = await self._ours(deed.incident)
        missing = 0
        for alert in deed.alerts:
            matchers = _matchers(alert, labels.get(alert.key))
            if matchers is None:
                missing += 1
                continue
            await self._silence(deed, deed.until, matchers, ours.get(matchers))
        if missing == len(deed.alerts):
            raise Permanent("Alertmanager knows none of its alerts any more")
        return f"{missing} of its alerts are not known there any more" if missing else ""

    async def _silence(
        self, deed: Deed, until: Instant, matchers: Matchers, before: Mapping[str, Any] | None
    ) -> None:
        """One silence, or a longer end of the one there is: told twice it is one."""
        if before is not None and (instant(before.get("endsAt")) or 0) >= until:
            return
        exact = [
            {"name": name, "value": value, "isRegex": False, "isEqual": True}
            for name, value in sorted(matchers)
        ]
        await self._put(until, exact, before, deed.by, f"{deed.message(1000)} {deed.url}")

    async def _put(
        self,
        until: Instant,
        matchers: Sequence[Mapping[str, Any]],
        before: Mapping[str, Any] | None,
        by: str,
        comment: str,
    ) -> None:
        await self._ask(
            "POST",
            "/silences",
            json={
                "id": str(before.get("id")) if before is not None else "",
                "matchers": list(matchers),
                "startsAt": before.get("startsAt") if before is not None else _iso(0),
                "endsAt": _iso(until),
                "createdBy": by,
                "comment": comment,
            },
        )

    async def silence(self, asked: Silencing) -> str | None:
        """A silence by labels, or several where one label has many names; None where nothing that
        hides as little can be said in labels, or there was none to end."""
        mark = f"{OUR_SILENCE}{asked.id}: "
        ours = [each for each in await self._standing() if _comment(each).startswith(mark)]
        wanted = _label_matchers.of(asked) if asked.until is not None else []
        kept = {frozenset(_pairs(each)): each for each in ours}
        for matchers in wanted:
            before = kept.pop(frozenset(_pairs({"matchers": matchers})), None)
            if before is not None and instant(before.get("endsAt")) == asked.until:
                continue
            comment = f"{mark}{asked.text} {asked.url}"
            await self._put(asked.until or 0, matchers, before, asked.by, comment)
        for each in kept.values():
            await self._ask("DELETE", f"/silence/{quote(str(each.get('id')), safe='')}")
        return "" if wanted or ours else None

    async def _standing(self) -> list[dict[str, Any]]:
        """The silences that have not ended."""
        found = _objects(await self._ask("GET", "/silences"))
        return [each for each in found if not _is_over(each)]

    async def _end(self, incident: int) -> str | None:
        """What is opened again is heard again."""
        ours = await self._ours(incident)
        for each in ours.values():
            await self._ask("DELETE", f"/silence/{quote(str(each.get('id')), safe='')}")
        return "" if ours else None

    async def _ours(self, incident: int) -> dict[Matchers, Mapping[str, Any]]:
        """The silences that we made for an incident and that have not ended."""
        mark = f"{OURS}{incident}: "
        found: dict[Matchers, Mapping[str, Any]] = {}
        for each in await self._standing():
            if _comment(each).startswith(mark):
                found[frozenset(_pairs(each))] = each
        return found

    # looking

    async def look(self, open_here: Sequence[Alert]) -> Sequence[AlertReading]:
        """What is active there and tells somebody, and what of ours is there no more."""
        there = await self._alerts()
        found = [one for each in there if self._tells(each) for one in self._read(each)]
        keys = {_text.key(str(each.get("fingerprint"))) for each in there}
        gone = [alert for alert in open_here if alert.key not in keys]
        if gone and await self._is_settled():
            found += [_over(alert) for alert in gone]
        return found

    async def hushed(self, open_here: Sequence[Alert]) -> Sequence[Hush]:
        """The silences that are not ours, of each alert the one that lasts longest."""
        keys = {alert.key for alert in open_here}
        ids = {
            key: status["silencedBy"]
            for each in await self._alerts()
            if (key := _text.key(str(each.get("fingerprint")))) in keys
            and isinstance(status := each.get("status"), dict)
            and status.get("silencedBy")
        }
        if not ids:
            return ()
        silences = {
            str(each.get("id")): each for each in _objects(await self._ask("GET", "/silences"))
        }
        found = ((key, silences.get(str(each))) for key, own in ids.items() for each in own)
        longest: dict[str, Hush] = {}
        for key, silence in found:
            made = _hush(key, silence) if silence is not None else None
            if made is not None and (key not in longest or longest[key].until < made.until):
                longest[key] = made
        return tuple(longest.values())

    async def check(self) -> Rights:
        """Its version, its cluster, and whether it has our receiver."""
        status = _client.body_of(await self._http.send("GET", "/status"))
        version = status.get("versionInfo")
        said = str(version.get("version")) if isinstance(version, dict) else "of no known version"
        names = [str(each.get("name")) for each in _objects(await self._ask("GET", "/receivers"))]
        silences = len(list(_objects(await self._ask("GET", "/silences"))))
        says = (f"Alertmanager {said}", f"shows {_client.many(silences, 'silence')}")
        if self._receiver and self._receiver not in names:
            known = ", ".join(names[:10])
            return Rights(says, (f"it has no receiver {self._receiver}; there are {known}",))
        return Rights(says)

    def _tells(self, alert: Mapping[str, Any]) -> bool:
        """It is muted by nothing, and goes to our receiver; without its name to any."""
        status = alert.get("status")
        if not isinstance(status, dict) or status.get("state") not in ("active", "unprocessed"):
            return False
        names = {str(each.get("name")) for each in _objects(alert.get("receivers"))}
        return self._receiver in names if self._receiver else bool(names - _NOBODY)

    def _read(self, alert: Mapping[str, Any]) -> Iterator[AlertReading]:
        """As a webhook says it, so that it is the same alert."""
        body = {"alerts": [{**alert, "status": "firing"}], "externalURL": self._url}
        try:
            yield from _prometheus_bodies.alerts(Request(json.dumps(body).encode()))
        except Malformed:
            return

    async def _alerts(self) -> list[dict[str, Any]]:
        return list(_objects(await self._ask("GET", "/alerts")))

    async def _is_settled(self) -> bool:
        """Whether it has run for so long that it was told of all that fires."""
        answer = await self._http.send("GET", "/status")
        status = _client.body_of(answer)
        config = status.get("config")
        written = str(config.get("original")) if isinstance(config, dict) else ""
        since, now = instant(status.get("uptime")), _answered_at(answer)
        return since is not None and now is not None and now - since > _timeout(written)

    async def _ask(self, method: str, path: str, **what: Any) -> Any:
        answer = await self._http.send(method, path, **what)
        if answer.status_code in (401, 403):
            raise Misconfigured("Alertmanager does not take this user or token", "token")
        if answer.status_code == 404 and method == "GET":
            raise Misconfigured("its API is not there: give its address, with its path", "url")
        try:
            found = answer.json()
        except ValueError:
            found = answer.text
        if answer.status_code == 200:
            return found
        if answer.status_code in (301, 302, 303, 307, 308):
            raise Misconfigured("it sends us elsewhere: give the address it names", "url")
        if _TOO_LATE in str(found):
            return None  # told so late that the silence is over
        raise Permanent(f"Alertmanager: {_client.said(answer, found)}")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(value, list):
        raise Transient("Alertmanager's answer is none of its own")
    return (each for each in value if isinstance(each, dict))


def _is_over(silence: Mapping[str, Any]) -> bool:
    state = silence.get("status")
    return isinstance(state, dict) and state.get("state") == "expired"


def _comment(silence: Mapping[str, Any]) -> str:
    return str(silence.get("comment") or "")


def _pairs(silence: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in _objects(silence.get("matchers")):
        yield str(each.get("name")), str(each.get("value"))


def _hush(key: str, silence: Mapping[str, Any]) -> Hush | None:
    until, comment = instant(silence.get("endsAt")), _comment(silence)
    if until is None or comment.startswith((OURS, OUR_SILENCE)):
        return None
    by = _text.title(str(silence.get("createdBy") or ""), 80)
    return Hush(key, str(silence.get("id")), until, by, _text.title(comment, 200))


def _matchers(alert: Alert, there: Mapping[str, Any] | None) -> Matchers | None:
    """All labels as Alertmanager has them. Those kept here may be shortened: they are used only
    where they make the same fingerprint."""
    labels = there.get("labels") if there is not None else None
    if isinstance(labels, dict) and labels:
        return frozenset((str(name), str(value)) for name, value in labels.items())
    pairs = sorted(alert.labels.items())
    if f"{_text.fnv(*(part for pair in pairs for part in pair)):016x}" != alert.key:
        return None
    return frozenset(pairs)


def _over(alert: Alert) -> AlertReading:
    return AlertReading(
        alert.key, AlertStatus.RESOLVED, alert.severity, alert.title, alert.type,
        severity_raw=alert.severity_raw, resource=alert.resource, labels=alert.labels,
    )  # fmt: skip


def _timeout(config: str) -> int:
    """``resolve_timeout`` in milliseconds."""
    found = _TIMEOUT.search(config)
    if found is None or not any(found.groups()):
        return _FIVE_MINUTES
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


def _answered_at(answer: httpx.Response) -> Instant | None:
    """By the clock of Alertmanager itself."""
    try:
        return int(parsedate_to_datetime(answer.headers.get("Date", "")).timestamp() * 1000)
    except ValueError:
        return None


def _iso(at: Instant) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat().replace("+00:00", "Z")
