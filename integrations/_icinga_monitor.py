"""Icinga 2's REST API: actions by what people did, and which hosts and services are a problem.

Names are variables of a filter, never part of it, so that none can be an expression of its own.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from secrets import token_hex
from typing import Any

import httpx

from integrations import (
    _client,
    _icinga_events,
    _icinga_muted,
    _muted,
    _nagios,
    _nagios_commands,
)
from integrations._nagios_commands import Spot
from integrations.base import (
    Deed,
    Did,
    Hush,
    IntegrationError,
    Misconfigured,
    Permanent,
    Rights,
    Transient,
)
from store.model import Alert, AlertReading, AlertStatus

AUTHOR = "PixelView"
_SERVICE_STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_ACTIONS = {
    Did.ACKNOWLEDGED: ("acknowledge-problem",),
    Did.UNACKNOWLEDGED: ("remove-acknowledgement", "add-comment"),
    Did.REOPENED: ("remove-acknowledgement", "add-comment"),
}
_ATTRIBUTES = (
    "name", "state", "state_type", "acknowledgement", "downtime_depth", "flapping",
    "enable_notifications", "last_reachable", "last_state_change", "last_check_result",
    "enable_active_checks",
)  # fmt: skip
_BAD = {
    "hosts": "host.state != 0 && host.state_type == 1",
    "services": "service.state != 0 && service.state_type == 1",
}
_AT_MOST = 300
"""So many of those open here are asked for one by one in one look."""
_QUIET = 600.0
"""Seconds without any event after which the connection is made anew: it may be dead."""
_ACKNOWLEDGEMENT = 4
_VERSION = re.compile(r"version: r?([\d.]+)")
_WANTED = {
    "objects/query/Host": "looking at hosts",
    "objects/query/Service": "looking at services",
    "objects/query/Comment": "who acknowledged there",
    "objects/query/Downtime": "downtimes on cards",
    "actions/*": "telling it",
    "events/*": "hearing at once what happens",
}
"""Permissions, and what they are for."""


class IcingaMonitor:
    """One Icinga 2, as one ApiUser."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        url = str(settings.get("url") or "").rstrip("/")
        if not url.startswith(("https://", "http://")):
            raise Misconfigured("give the API's address: https://icinga.example.org:5665", "url")
        user, password = str(settings.get("user") or ""), str(settings.get("password") or "")
        if not user or not password:
            raise Misconfigured("give the name and password of an ApiUser", "user")
        self._http = _client.Client(
            "Icinga",
            f"{url}/v1",
            ca_file=str(settings.get("ca_file") or ""),
            auth=httpx.BasicAuth(user, password),
            headers={"Accept": "application/json"},
        )
        self._author = _nagios_commands.plain(str(settings.get("author") or AUTHOR), 100)
        self._notify = settings.get("notify") is True
        self._passive = settings.get("passive_results") is True
        self._reports = _nagios_commands.named(settings.get("report"))
        self._queue = str(settings.get("queue") or "pixelview")
        self.listens = settings.get("events") is not False

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close()

    # telling

    async def tell(self, deed: Deed) -> str:
        """Do it to every alert; how many are not there any more."""
        missing = 0
        for alert in deed.alerts:
            at = _nagios_commands.place(alert)
            if not await self._tell(deed, at):
                missing += 1
        if missing == len(deed.alerts):
            raise Permanent("Icinga has no such host or service any more")
        return f"{missing} of its alerts are not there any more" if missing else ""

    async def _tell(self, deed: Deed, at: Spot) -> bool:
        # An action on what is not there is answered by 500, as a trouble of Icinga's own is.
        found = await self._objects(at)
        if not found:
            return False
        said = {"author": self._author, "comment": deed.message()}
        for action in _ACTIONS.get(deed.did, ("add-comment",)):
            more: dict[str, Any] = {} if action == "remove-acknowledgement" else dict(said)
            if action == "acknowledge-problem":
                more |= {"sticky": True, "notify": self._notify, "persistent": True}
            await self._act(action, at, more)
        passive = any(it.get("enable_active_checks") is False for it in found)
        if deed.did is Did.RESOLVED and self._passive and passive:
            await self._result(at, 0, deed.message())
        return True

    async def _result(self, at: Spot, state: int, said: str) -> None:
        await self._act("process-check-result", at, {"exit_status": state, "plugin_output": said})

    async def report(self, well: bool, said: str) -> None:
        """PixelView itself is the passive check that ``report`` names: ``host!service``."""
        if self._reports is not None:
            await self._result(self._reports, 0 if well else 1, said)

    async def _act(self, action: str, at: Spot, more: Mapping[str, Any]) -> None:
        """One action; 409 says that it is so already, 404 that it is gone by now."""
        answer = await self._ask("POST", f"/actions/{action}", {**_filter(at), **more})
        if answer.status_code not in (200, 404, 409):
            raise Permanent(f"Icinga: {_client.said(answer, _why(answer))}")

    # looking

    async def look(self, open_here: Sequence[Alert]) -> Sequence[AlertReading]:
        """What is a problem there that nothing mutes, and what of ours is well again."""
        bad: dict[Spot, Mapping[str, Any]] = {}
        for kind, chosen in _BAD.items():
            for it in await self._list(kind, {"filter": chosen}):
                bad[_spot(kind, it)] = it
        who = await self._acknowledgements(bad)
        found = [_reading(at, it, who.get(at)) for at, it in bad.items() if _is_heard(it)]
        missing = [a for a in open_here if _nagios_commands.place(a) not in bad]
        for alert in missing[:_AT_MOST]:
            at = _nagios_commands.place(alert)
            found += [_reading(at, it) for it in await self._objects(at) if _is_well(it)]
        return found

    async def _acknowledgements(self, bad: Mapping[Spot, Mapping[str, Any]]) -> dict[Spot, Any]:
        """The comments of acknowledgements, where there are any."""
        if not any(it.get("acknowledgement") for it in bad.values()):
            return {}
        chosen = {"filter": f"comment.entry_type == {_ACKNOWLEDGEMENT}"}
        found = await self._all("comments", chosen)
        newest_last = sorted(found, key=lambda each: float(each.get("entry_time") or 0))
        return {_icinga_muted.owner(each): each for each in newest_last}

    async def hushed(self, open_here: Sequence[Alert]) -> Sequence[Hush]:
        """The downtimes over these alerts that are not ours, for each the longest."""
        here = {_nagios_commands.place(alert): alert.key for alert in open_here}
        found = await self._all("downtimes", {"filter": _icinga_muted.NOW}) if here else []
        return _muted.longest(_icinga_muted.hushes(found), here)

    async def _all(self, kind: str, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Objects with all their attributes; none where this ApiUser may not see them."""
        try:
            return await self._list(kind, body, ())
        except Misconfigured:
            return []

    async def check(self) -> Rights:
        """Its version, and which of the permissions we need this ApiUser has."""
        answer = await self._http.send("GET", "", headers={"Accept": "application/json"})
        if answer.status_code in (401, 403):
            raise _refused(answer)
        found = _client.body_of(answer).get("results")
        me = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
        held = [str(each) for each in me.get("permissions") or ()]
        says = tuple(
            filter(None, (_version(str(me.get("info") or "")), f"knows us as {me.get('user')}"))
        )
        wanted = {name: why for name, why in _WANTED.items() if name != "events/*" or self.listens}
        lacks = (f"{why} needs {name}" for name, why in wanted.items() if not _holds(held, name))
        return Rights(says, tuple(lacks))

    # listening

    async def events(self) -> AsyncIterator[Sequence[AlertReading] | None]:
        """What happens there; a queue of its own, since two that share one share its events."""
        body = {"queue": f"{self._queue}-{token_hex(4)}", "types": list(_icinga_events.TYPES)}
        head = {"Accept": "application/json"}
        async for answer, line in self._http.lines(
            "POST", "/events", _QUIET, json=body, headers=head
        ):
            if answer.status_code != 200:
                raise _refused(answer, "events/*")
            event = _icinga_events.parsed(line) if line else {}
            if not line or _icinga_events.kind(event) in _icinga_events.LOOK:
                yield None
            elif found := await self._happened(event):
                yield found

    async def _happened(self, event: _icinga_events.Event) -> list[AlertReading]:
        at = _icinga_events.spot(event)
        if at is None:
            return []
        found = []
        for it in await self._objects(at):
            if _is_well(it) or _is_heard(it) or _icinga_events.kind(event) != "StateChange":
                one = _icinga_events.reading(event, _reading(at, it))
                found += [one] if one is not None else []
        return found

    async def _objects(self, at: Spot) -> list[Mapping[str, Any]]:
        return await self._list("services" if at.service else "hosts", _filter(at))

    async def _list(
        self, kind: str, body: Mapping[str, Any], attributes: Sequence[str] = _ATTRIBUTES
    ) -> list[Mapping[str, Any]]:
        named = [*attributes, *(("host_name",) if attributes and kind == "services" else ())]
        answer = await self._ask(
            "POST",
            f"/objects/{kind}",
            {**body, **({"attrs": named} if named else {})},
            {"X-HTTP-Method-Override": "GET"},
        )
        if answer.status_code == 404:
            return []
        results = _client.body_of(answer).get("results")
        if answer.status_code != 200 or not isinstance(results, list):
            raise Transient(f"Icinga: {_client.said(answer, _why(answer))}")
        found = (each.get("attrs") for each in results if isinstance(each, dict))
        return [each for each in found if isinstance(each, dict)]

    async def _ask(
        self, method: str, path: str, body: Mapping[str, Any], head: Mapping[str, str] | None = None
    ) -> httpx.Response:
        answer = await self._http.send(method, path, json=dict(body), headers=dict(head or {}))
        if answer.status_code in (401, 403):
            raise _refused(answer)
        return answer


def _refused(answer: httpx.Response, permission: str = "") -> IntegrationError:
    if answer.status_code in (401, 403):
        why = _why(answer) or "the ApiUser's password or permissions"
        more = f" (it needs {permission})" if permission else ""
        return Misconfigured(f"Icinga refuses: {why}{more}", "user")
    return Transient(f"Icinga: {_client.said(answer, _why(answer))}")


def _version(info: str) -> str:
    found = _VERSION.search(info)
    return f"Icinga {found[1]}" if found else "Icinga"


def _holds(held: Sequence[str], wanted: str) -> bool:
    """Permissions have wildcards; one with a filter stands there as its name."""
    sample = wanted.replace("*", "StateChange" if wanted.startswith("events") else "add-comment")
    return any(fnmatchcase(sample.casefold(), each.casefold()) for each in held)


def _filter(at: Spot) -> dict[str, Any]:
    if at.service:
        names = {"host": at.host, "service": at.service}
        chosen = "host.name == pv_host && service.name == pv_service"
        return {"type": "Service", "filter": chosen, "filter_vars": _named(names)}
    return {
        "type": "Host", "filter": "host.name == pv_host", "filter_vars": _named({"host": at.host}),
    }  # fmt: skip


def _named(names: Mapping[str, str]) -> dict[str, str]:
    return {f"pv_{name}": value for name, value in names.items()}


def _why(answer: httpx.Response) -> str:
    body = _client.body_of(answer)
    results = body.get("results")
    inside: Iterator[Any] = iter(results if isinstance(results, list) else ())
    first = next((each.get("status") for each in inside if isinstance(each, dict)), None)
    return " ".join(str(first or body.get("status") or "").split())[:200]


def _spot(kind: str, it: Mapping[str, Any]) -> Spot:
    name = str(it.get("name"))
    return Spot(str(it.get("host_name")), name) if kind == "services" else Spot(name)


def _is_heard(it: Mapping[str, Any]) -> bool:
    """Icinga tells nobody of what is in downtime, muted, flapping or behind what is down."""
    muted = bool(it.get("downtime_depth")) or it.get("flapping") is True
    return not muted and it.get("enable_notifications") is True and bool(it.get("last_reachable"))


def _is_well(it: Mapping[str, Any]) -> bool:
    return it.get("state") == 0 and it.get("last_check_result") is not None


def _reading(at: Spot, it: Mapping[str, Any], ack: Mapping[str, Any] | None = None) -> AlertReading:
    """As a notification says it, so that it is the same alert; ``ack`` is the comment of its
    acknowledgement."""
    number = int(it.get("state") or 0)
    if at.service:
        state = _SERVICE_STATES[number] if number in range(4) else "UNKNOWN"
    else:
        state = "UP" if number == 0 else "DOWN"
    own = "service" if at.service else "host"
    kind = "ACKNOWLEDGEMENT" if it.get("acknowledgement") else "PROBLEM"
    result = it.get("last_check_result")
    first, _, rest = str(result.get("output") if isinstance(result, dict) else "").partition("\n")
    found = _nagios.of(
        {
            "notificationtype": kind if number else "RECOVERY", "hostname": at.host,
            "servicedesc": at.service, f"{own}state": state, f"{own}output": first,
            f"long{own}output": rest,
            "author": ack.get("author") if ack else "",
            "comment": ack.get("text") if ack else "",
        },
        "a host",
    )  # fmt: skip
    changed = it.get("last_state_change")
    # A start or end would be compared with that of the notification, which has none of its own.
    over = found.status is AlertStatus.RESOLVED or not isinstance(changed, (int, float))
    return replace(found, starts_at=None if over else int(float(str(changed)) * 1000))
