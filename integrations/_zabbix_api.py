"""Zabbix's JSON-RPC: what people did goes to the events there, and what is open there is asked for.

Before 6.4 the token stands in the body, since then in a header, and 7.2 refuses the former; the
version is asked for without any token, which is the only way it is told. A problem counts as meant
for us where Zabbix has a message to our media: its action decides, not what the token can see.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from integrations import _client, _zabbix_acks
from integrations._client import many
from integrations.base import Deed, Did, Misconfigured, Permanent, Rights, Transient
from store.model import Alert, AlertReading, AlertStatus, Severity

LONGEST = 2000
"""Characters of a message; Zabbix takes 2048."""
MOST = 1000
"""Problems asked for at once, the newest."""
CLOSE, ACK, MESSAGE, SEVERITY, UNACK = 1, 2, 4, 8, 16
_DONE = {
    Did.ACKNOWLEDGED: ACK | MESSAGE, Did.UNACKNOWLEDGED: UNACK | MESSAGE,
    Did.RESOLVED: CLOSE | MESSAGE, Did.SEVERITY: SEVERITY | MESSAGE,
}  # fmt: skip
_LEVELS = {Severity.CRITICAL: 5, Severity.ERROR: 4, Severity.WARNING: 2, Severity.INFO: 1}
_SEVERITIES = (
    Severity.INFO, Severity.INFO, Severity.WARNING, Severity.WARNING, Severity.ERROR,
    Severity.CRITICAL,
)  # fmt: skip
_WORDS = ("Not classified", "Information", "Warning", "Average", "High", "Disaster")
_SENT, _GIVEN_UP = "1", "2"
_TOKEN = ("not authori", "session terminated", "token expired", "re-login")

Body = Mapping[str, Any]
Read = Callable[[dict[str, Any]], AlertReading]


class Api:
    """One Zabbix. ``read`` makes a reading of an event that is given as a webhook would."""

    def __init__(self, settings: Mapping[str, Any], read: Read) -> None:
        self._url = _address(settings)
        self._token = _text(settings, "token")
        self._send_to = str(settings.get("send_to") or "pixelview")
        self._client = _client.Client("Zabbix")
        self._read = read
        self._number = 0
        self._in_header: bool | None = None
        self._version = ""

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()

    # telling

    async def tell(self, deed: Deed) -> str:
        """One update of all its events; where Zabbix refuses that, one for each."""
        events = [found for a in deed.alerts if (found := _event_of(a))]
        if not events:
            raise Permanent("Its alerts do not say which events of Zabbix they are.")
        action = _DONE.get(deed.did, MESSAGE)
        more: dict[str, Any] = {"message": deed.message(LONGEST)}
        if deed.did is Did.SEVERITY:
            more["severity"] = _LEVELS[deed.severity]
        try:
            await self._update(events, action, more)
        except Permanent as error:
            return await self._one_by_one(events, action, more, str(error))
        return ""

    async def _update(self, events: Sequence[str], action: int, more: Body) -> None:
        await self.call("event.acknowledge", {"eventids": list(events), "action": action, **more})

    async def _one_by_one(self, events: Sequence[str], action: int, more: Body, error: str) -> str:
        """Each by itself; of those that refuse it at least the words. Permanent if none listens."""
        words = {"message": more["message"]}
        refused, deaf = 0, 0
        for event in events:
            if len(events) > 1 and await self._taken(event, action, more):
                continue
            refused += 1
            if action == MESSAGE or not await self._taken(event, MESSAGE, words):
                deaf += 1
        if deaf == len(events):
            raise Permanent(error)
        return f"{refused} of {len(events)} refused it: {error}" if refused else ""

    async def _taken(self, event: str, action: int, more: Body) -> bool:
        try:
            await self._update([event], action, more)
        except Permanent:
            return False
        return True

    # looking

    async def look(self, open_here: Sequence[Alert]) -> list[AlertReading]:
        """What is open there and was meant for us, and what of ours is over there."""
        asked = {
            "output": ["eventid", "objectid", "clock", "name", "severity", "acknowledged"],
            "source": 0, "object": 0, "selectTags": ["tag", "value"],
            "sortfield": ["eventid"], "sortorder": "DESC", "limit": MOST,
        }  # fmt: skip
        found = {str(p["eventid"]): p for p in await self.call("problem.get", asked)}
        here = {event: a for a in open_here if (event := _event_of(a))}
        unknown = [event for event in found if event not in here]
        missing = [event for event in here if event not in found]
        acks = await self._acknowledgements(e for e in found if _is_acknowledged(found[e]))
        return [
            *await self._opened(found, unknown, acks),
            *(
                _stands(here[event], found[event], acks.get(event))
                for event in found
                if event in here
            ),
            *await self._over(here, missing),
        ]

    async def _acknowledgements(self, events: Iterable[str]) -> dict[str, _zabbix_acks.Ack]:
        """Who acknowledged what there, unless that was us."""
        if not (asked := sorted(events)):
            return {}
        output = {"output": ["eventid"], "eventids": asked, "selectAcknowledges": "extend"}
        known = await self.call("problem.get", output)
        made = ((str(e["eventid"]), _zabbix_acks.theirs(e.get("acknowledges"))) for e in known)
        theirs = {event: ack for event, ack in made if ack is not None}
        users = await self._users({ack.by for ack in theirs.values()})
        return {event: _zabbix_acks.named(ack, users) for event, ack in theirs.items()}

    async def _users(self, ids: Iterable[str]) -> dict[str, Body]:
        """Those of the users that ours may see: itself and its groups', a super admin everybody."""
        asked = {"output": ["userid", "username", "name", "surname"], "userids": sorted(ids)}
        if not asked["userids"]:
            return {}
        return {str(user["userid"]): user for user in await self.call("user.get", asked)}

    async def _opened(
        self,
        found: Mapping[str, Body],
        unknown: list[str],
        acks: Mapping[str, _zabbix_acks.Ack],
    ) -> list[AlertReading]:
        if not unknown:
            return []
        asked = {
            "output": ["eventid"], "eventids": unknown,
            "filter": {"sendto": [self._send_to], "status": [_SENT, _GIVEN_UP]},
        }  # fmt: skip
        ours = {str(a["eventid"]) for a in await self.call("alert.get", asked)} & set(unknown)
        triggers = await self._triggers({str(found[event]["objectid"]) for event in ours})
        return [
            self._reading(found[e], triggers.get(str(found[e]["objectid"]), {}), acks.get(e))
            for e in ours
        ]

    async def _triggers(self, ids: Iterable[str]) -> dict[str, Body]:
        asked = {
            "output": ["triggerid", "url", "comments"], "triggerids": sorted(ids),
            "selectHosts": ["host", "name"], "expandComment": True,
        }  # fmt: skip
        if not asked["triggerids"]:
            return {}
        return {str(t["triggerid"]): t for t in await self.call("trigger.get", asked)}

    def _reading(self, problem: Body, trigger: Body, ack: _zabbix_acks.Ack | None) -> AlertReading:
        """The problem as the webhook would have told it."""
        host: Body = next(iter(trigger.get("hosts") or ()), {})
        level = int(problem["severity"])
        body = {
            "event_id": str(problem["eventid"]), "event_value": "1", "event_source": "0",
            "event_name": str(problem["name"]), "event_nseverity": str(level),
            "event_severity": _WORDS[level], "trigger_id": str(problem["objectid"]),
            "trigger_url": _plain_url(trigger),
            "trigger_desc": str(trigger.get("comments") or ""),
            "host": str(host.get("host") or ""), "host_name": str(host.get("name") or ""),
            "tags": problem.get("tags") or [],
            "event_clock": str(problem["clock"]),
        }  # fmt: skip
        if ack is not None:
            body.update(update_status="1", update_action="acknowledged")
            body.update(update_user=ack.by, update_message=ack.text)
        return self._read({name: value for name, value in body.items() if value})

    async def _over(self, here: Mapping[str, Alert], missing: list[str]) -> list[AlertReading]:
        """An event that can't be seen any more says nothing."""
        if not missing:
            return []
        asked = {"output": ["eventid", "r_eventid"], "eventids": missing}
        ends = {
            str(e["eventid"]): str(e["r_eventid"])
            for e in await self.call("event.get", asked)
            if str(e.get("r_eventid") or "0") != "0"
        }
        if not ends:
            return []
        asked = {"output": ["eventid", "clock"], "eventids": sorted(set(ends.values()))}
        clocks = {str(e["eventid"]): int(e["clock"]) for e in await self.call("event.get", asked)}
        return [_resolved(here[event], clocks.get(end)) for event, end in ends.items()]

    # asking what we may do

    async def check(self) -> Rights:
        """Its version, the hosts that the token's user sees and may change, whether messages go to
        our media. What its role forbids is told by the first update that is refused."""
        hosts = await self._count("host.get", {})
        writable = await self._count("host.get", {"editable": True})
        sent = await self._count("alert.get", {"filter": {"sendto": [self._send_to]}})
        shown, told = many(hosts, "host"), many(sent, "message")
        says = (f"Zabbix {self._version}", f"shows {shown}", f"sent us {told}")
        lacks = []
        if not hosts:
            lacks.append("its user may see no host: give its user group rights to host groups")
        elif writable < hosts:
            few = f"{hosts - writable} of its hosts may only be read"
            lacks.append(f"{few}: their problems can't be closed, nor their severity changed")
        if not sent:
            lacks.append(f"no message ever went to {self._send_to}: is that the media's send to")
        return Rights(says, tuple(lacks))

    async def _count(self, method: str, more: Body) -> int:
        return _number(await self.call(method, {"countOutput": True, **more}))

    # calling

    async def call(self, method: str, params: Body) -> Any:
        """The result of one method. Raises the integration errors."""
        if self._in_header is None:
            self._version = str(await self._ask("apiinfo.version", {}, {}, {}))[:40]
            self._in_header = _since_6_4(self._version)
        if self._in_header:
            return await self._ask(method, params, {}, {"Authorization": f"Bearer {self._token}"})
        return await self._ask(method, params, {"auth": self._token}, {})

    async def _ask(self, method: str, params: Body, more: Body, headers: Mapping[str, str]) -> Any:
        self._number += 1
        body = {"jsonrpc": "2.0", "method": method, "params": params, "id": self._number, **more}
        answer = await self._client.send(
            "POST",
            self._url,
            content=json.dumps(body),
            headers={"Content-Type": "application/json-rpc", **headers},
        )
        if answer.status_code >= 300:
            said = f"Zabbix answered {answer.status_code} at {urlsplit(self._url).path}"
            raise Misconfigured(said, "write_back.url")
        return _result(answer)


def _result(answer: httpx.Response) -> Any:
    said = _client.body_of(answer)
    if "result" in said:
        return said["result"]
    error = said.get("error")
    if not isinstance(error, dict):
        raise Transient("Zabbix did not answer with JSON-RPC: is that the address of its frontend?")
    words = str(error.get("data") or error.get("message") or "an error without words")[:300]
    low = words.casefold()
    if any(sign in low for sign in _TOKEN):
        raise Misconfigured(f"Zabbix does not take the token: {words}", "write_back.token")
    if "database" in low or error.get("code") == -32603:
        raise Transient(f"Zabbix has trouble of its own: {words}")
    raise Permanent(words)


def _number(value: Any) -> int:
    return int(str(value)) if str(value).isdecimal() else 0


def _is_acknowledged(problem: Body) -> bool:
    return str(problem.get("acknowledged")) == "1"


def _stands(alert: Alert, problem: Body, ack: _zabbix_acks.Ack | None) -> AlertReading:
    """One of ours that is a problem there too: who has it, and how bad it is there by now."""
    level = int(problem["severity"])
    said = ack is not None and f"{ack.by}: {ack.text}"
    return AlertReading(
        alert.key,
        AlertStatus.FIRING if ack is None else AlertStatus.ACKNOWLEDGED,
        _SEVERITIES[level],
        alert.title,
        alert.type,
        severity_raw=_WORDS[level],
        description=said if said and ack is not None and ack.text else "",
        resource=alert.resource,
        labels=alert.labels,
        by=ack.by if ack is not None else "",
    )


def _resolved(alert: Alert, clock: int | None) -> AlertReading:
    return AlertReading(
        alert.key,
        AlertStatus.RESOLVED,
        alert.severity,
        alert.title,
        alert.type,
        description="Found by asking Zabbix: its message did not arrive.",
        resource=alert.resource,
        labels=alert.labels,
        ends_at=clock * 1000 if clock else None,
    )


def _plain_url(trigger: Body) -> str:
    """The API does not fill the macros of a trigger's URL in."""
    url = str(trigger.get("url") or "")
    return "" if "{" in url else url


def _event_of(alert: Alert) -> str:
    own = alert.key if alert.key.isdigit() else alert.labels.get("event_id", "")
    return own if own.isdigit() else ""


def _since_6_4(version: str) -> bool:
    try:
        major, minor = (int(part) for part in version.split(".")[:2])
    except ValueError:
        return True
    return (major, minor) >= (6, 4)


def _address(settings: Mapping[str, Any]) -> str:
    given = _text(settings, "url").rstrip("/")
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        said = "write the address of Zabbix's frontend, https://zabbix.example.eu/zabbix"
        raise Misconfigured(said, "write_back.url")
    return given if given.endswith(".php") else f"{given}/api_jsonrpc.php"


def _text(settings: Mapping[str, Any], name: str) -> str:
    found = settings.get(name)
    if not isinstance(found, str) or not found.strip():
        raise Misconfigured(f"write_back has no {name}", f"write_back.{name}")
    return found.strip()
