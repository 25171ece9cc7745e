"""Nagios' CGIs: how things stand by statusjson.cgi, commands by the form of cmd.cgi."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from integrations import _client
from integrations._nagios_commands import Command, Spot
from integrations.base import Misconfigured, Permanent, Transient

_FORM_ID = re.compile(r"NAME='nagFormId'\s+VALUE='([0-9a-f]+)'", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")
_SAID = re.compile(r"class='(?:error|info)Message'>(.*?)</div>", re.IGNORECASE | re.DOTALL)
_DONE = "successfully submitted"
_LATER = ("could not", "not running", "disabled", "an error occurred", "may be missing")
_BAD = {"servicelist": "critical warning unknown", "hostlist": "down unreachable"}
_FILTERS = {"servicelist": "servicestatus", "hostlist": "hoststatus"}
STALE = 300_000
"""Milliseconds; a running Nagios writes its status each ten seconds."""
OPEN = "an address of Nagios' CGIs, such as https://nagios.example.org/nagios4/cgi-bin"


class Cgi:
    """The CGIs at one address, as one user."""

    def __init__(self, url: str, user: str, password: str, ca_file: str = "") -> None:
        auth = httpx.BasicAuth(user, password) if user else None
        self._http = _client.Client("Nagios", url.rstrip("/"), auth=auth, ca_file=ca_file)
        self._one_form = asyncio.Lock()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close()

    # how things stand

    async def problems(self) -> tuple[dict[str, Any], dict[Spot, Any]]:
        """The hosts that are not up, and the services that are not OK."""
        down = (await self._list("hostlist")).items()
        hosts = {name: found for name, found in down if isinstance(found, dict)}
        bad = (await self._list("servicelist")).items()
        return hosts, {
            Spot(host, name): found
            for host, services in bad
            if isinstance(services, dict)
            for name, found in services.items()
            if isinstance(found, dict)
        }

    async def _list(self, query: str) -> dict[str, Any]:
        found = await self._status(query, {"details": "true", _FILTERS[query]: _BAD[query]})
        inside = found.get(query)
        if not isinstance(inside, dict):
            raise Transient("Nagios' answer has no list in it")
        return inside

    async def one(self, at: Spot) -> dict[str, Any] | None:
        """A host or service; None where there is none that this user may see."""
        query = "service" if at.service else "host"
        more = {"hostname": at.host}
        if at.service:
            more["servicedescription"] = at.service
        try:
            found = await self._status(query, more)
        except Permanent:
            return None
        inside = found.get(query)
        return inside if isinstance(inside, dict) else None

    async def comments(self) -> Iterator[Mapping[str, Any]]:
        """All comments that this user may see."""
        found = (await self._status("commentlist", {"details": "true"})).get("commentlist")
        inside = found.values() if isinstance(found, dict) else ()
        return (each for each in inside if isinstance(each, dict))

    async def downtimes(self) -> Iterator[Mapping[str, Any]]:
        """All downtimes that this user may see."""
        found = (await self._status("downtimelist", {"details": "true"})).get("downtimelist")
        inside = found.values() if isinstance(found, dict) else ()
        return (each for each in inside if isinstance(each, dict))

    async def program(self) -> Mapping[str, Any]:
        """How it runs."""
        found = (await self._status("programstatus", {})).get("programstatus")
        return found if isinstance(found, dict) else {}

    async def count(self) -> int:
        """How many hosts this user may see."""
        found = (await self._status("hostcount", {})).get("count")
        each = found.values() if isinstance(found, dict) else ()
        return sum(number for number in each if isinstance(number, int))

    async def _status(self, query: str, more: Mapping[str, str]) -> dict[str, Any]:
        answer = await self._send("GET", "/statusjson.cgi", params={"query": query, **more})
        body = _client.body_of(answer)
        result, inside = body.get("result"), body.get("data")
        if not isinstance(result, dict) or not isinstance(inside, dict):
            raise Misconfigured(f"statusjson.cgi is not there: give {OPEN}", "url")
        if result.get("type_code"):
            said = " ".join(str(result.get("message")).split())[:200]
            if result.get("type_text") == "Option Value Invalid":
                raise Permanent(f"Nagios: {said}")
            raise Transient(f"Nagios: {said}")
        asked, updated = result.get("query_time"), result.get("last_data_update")
        if isinstance(asked, int) and isinstance(updated, int) and asked - updated > STALE:
            raise Transient("Nagios is not running: its status is old")
        return inside

    # commands

    async def command(self, command: Command) -> None:
        """Fill in and send the form; Transient, Permanent or Misconfigured with what it says."""
        form = {**command.query(), **command.form, "cmd_mod": "2", "btnSubmit": "Commit"}
        async with self._one_form:
            opened = await self._send("GET", "/cmd.cgi", params=command.query())
            head = {}
            if (found := _FORM_ID.search(opened.text)) is not None:
                form["nagFormId"] = found[1]
                cookie = opened.cookies.get("NagFormId", found[1])
                head["Cookie"] = f"NagFormId={cookie}"
            answer = await self._send("POST", "/cmd.cgi", data=form, headers=head)
        if _DONE in answer.text:
            return
        said = " ".join(html.unescape(" ".join(_words(answer.text))).split())[:200]
        if "authorized" in said:
            raise Misconfigured("this user of Nagios may not send commands for it", "user")
        if not said:
            raise Misconfigured(f"cmd.cgi is not there: give {OPEN}", "url")
        if any(word in said.casefold() for word in _LATER):
            raise Transient(f"Nagios: {said}")
        raise Permanent(f"Nagios: {said}")

    async def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        answer = await self._http.send(method, path, **what)
        if answer.status_code in (401, 403):
            raise Misconfigured("Nagios does not take this user and password", "password")
        if answer.status_code != 200:
            raise Misconfigured(f"it answered {answer.status_code}: give {OPEN}", "url")
        return answer


def _words(page: str) -> Iterator[str]:
    return (_TAGS.sub(" ", found) for found in _SAID.findall(page))
