"""Nagios is told what people did, by its command file or cmd.cgi, and looked at by statusjson.cgi.

What Nagios itself told somebody of is open there: what is in downtime, muted, flapping or behind a
host that is down has told nobody, and opens nothing here either.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import stat
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations import _client, _muted, _nagios, _nagios_commands
from integrations._nagios_cgi import OPEN, Cgi
from integrations._nagios_commands import Command, Spot
from integrations.base import (
    Deed,
    Did,
    Hush,
    Misconfigured,
    Permanent,
    Rights,
    Transient,
)
from store.model import Alert, AlertReading, AlertStatus

log = logging.getLogger("pixelview.nagios")

AUTHOR = "PixelView"
_HARD = 1
_STATES = {"1": "PENDING", "2": "OK", "4": "WARNING", "8": "UNKNOWN", "16": "CRITICAL"}
_HOST_STATES = {"1": "PENDING", "2": "UP", "4": "DOWN", "8": "UNREACHABLE"}
"""Bits of statusjson.cgi, other than the numbers plugins return."""
_ACKNOWLEDGEMENT = 4
_AT_MOST = 300
"""So many of those open here are asked for one by one in one look."""


class Pipe:
    """The command file of a Nagios on this machine."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def command(self, command: Command) -> None:
        """Write a line; Nagios never answers."""
        line = command.line(int(time.time()))  # noqa: TID251 - Nagios' own clock, not ours
        await asyncio.to_thread(self._write, line)

    async def probe(self) -> None:
        """Open it and write nothing; raises as ``command``."""
        await asyncio.to_thread(self._write, b"")

    def _write(self, line: bytes) -> None:
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in (errno.ENXIO, errno.ENOENT):
                raise Transient("Nagios is not running: nobody reads its command file") from None
            raise Misconfigured("it can't be written", "command_file") from None
        try:
            if not stat.S_ISFIFO(os.fstat(handle).st_mode):
                raise Misconfigured("it is not Nagios' command file", "command_file")
            if line:
                os.write(handle, line)
        except BlockingIOError:
            raise Transient("Nagios is busy: its command file is full") from None
        except BrokenPipeError:
            raise Transient("Nagios has just ended") from None
        finally:
            os.close(handle)


class NagiosMonitor:
    """One Nagios. It is sent commands by the file where that is given, else by cmd.cgi."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        url, file = str(settings.get("url") or ""), str(settings.get("command_file") or "")
        if not file and not url:
            raise Misconfigured(f"give {OPEN}, or a command_file", "url")
        if url and not url.startswith(("https://", "http://")):
            raise Misconfigured(f"{url[:80]} is no {OPEN.removeprefix('an ')}", "url")
        user, password = str(settings.get("user") or ""), str(settings.get("password") or "")
        ca_file = str(settings.get("ca_file") or "")
        self._cgi = Cgi(url, user, password, ca_file) if url else None
        self._to: Pipe | Cgi | None = Pipe(file) if file else self._cgi
        self._author = _nagios_commands.plain(str(settings.get("author") or AUTHOR), 100)
        self._notify = settings.get("notify") is True
        self._passive = settings.get("passive_results") is True
        self._reports = _nagios_commands.named(settings.get("report"))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._cgi is not None:
            await self._cgi.close()

    # telling

    async def tell(self, deed: Deed) -> str:
        """Send the commands for every alert; what could not be named is said."""
        there = await self._written(deed)
        odd = 0
        for alert in deed.alerts:
            try:
                at = _nagios_commands.spot(alert)
            except Permanent:
                odd += 1
                continue
            if at not in there:
                await self._tell(deed, at)
        if odd == len(deed.alerts):
            raise Permanent("Nagios has no command for a host or service of this name")
        return f"{odd} could not be named in a command" if odd else ""

    async def _written(self, deed: Deed) -> set[Spot]:
        """Where the same words stand already: a deed may be told twice. What takes an
        acknowledgement away is said again: it may be the second time."""
        if self._cgi is None or deed.did in (Did.UNACKNOWLEDGED, Did.REOPENED):
            return set()
        said = _nagios_commands.plain(deed.message())
        found = {
            _spot(each) for each in await self._cgi.comments() if each.get("comment_data") == said
        }
        if deed.did is not Did.ACKNOWLEDGED:
            return found
        return {at for at in found if _acknowledged(await self._cgi.one(at) or {})}

    async def _tell(self, deed: Deed, at: Spot) -> None:
        assert self._to is not None
        for command in _nagios_commands.of(deed, at, self._author, notify=self._notify):
            await self._to.command(command)
        if deed.did is Did.RESOLVED and self._passive and await self._waits(at):
            await self._to.command(_nagios_commands.result(at, deed.message()))

    async def report(self, well: bool, said: str) -> None:
        """PixelView itself is the passive check that ``report`` names: ``host!service``."""
        if self._reports is not None and self._to is not None:
            state = 0 if well else 1
            await self._to.command(_nagios_commands.result(self._reports, said, state))

    async def _waits(self, at: Spot) -> bool:
        """Whether nothing but a passive result can say that it is well again."""
        if self._cgi is None:
            return True
        found = await self._cgi.one(at)
        return found is not None and found.get("checks_enabled") is False

    # asking what we may do

    async def check(self) -> Rights:
        """Whether it runs, what the CGIs show us, and whether it takes commands."""
        says, lacks = [], []
        if self._cgi is None:
            lacks.append("without an url it is told, but never looked at")
        else:
            program = await self._cgi.program()
            version, count = str(program.get("version") or ""), await self._cgi.count()
            says += [f"Nagios {version}".strip(), f"shows {_client.many(count, 'host')}"]
            if program.get("enable_notifications") is False:
                lacks.append("its notifications are turned off")
            if self._passive and program.get("accept_passive_service_checks") is False:
                lacks.append("it takes no passive results: accept_passive_service_checks=1")
            if not count:
                lacks.append("this user sees no host: name it as a contact of some")
        if isinstance(self._to, Pipe):
            await self._to.probe()
            says.append("its command file is read")
        return Rights(tuple(says), tuple(lacks))

    # looking

    async def look(self, open_here: Sequence[Alert]) -> Sequence[AlertReading]:
        """What Nagios has told of and is still so, and what of ours is well again."""
        if self._cgi is None:
            return ()
        hosts, services = await self._cgi.problems()
        bad = {Spot(name): found for name, found in hosts.items()} | services
        if not all(_is_named(at) for at in bad):
            log.warning("Nagios' CGIs can't write some names: make the locale en_US.UTF-8 there")
            bad = {at: it for at, it in bad.items() if _is_named(at)}
        who = await self._acknowledgements(bad)
        found = [_reading(at, it, who.get(at)) for at, it in bad.items() if _told(it)]
        return [*found, *[one async for one in self._over(open_here, bad)]]

    async def _acknowledgements(self, bad: Mapping[Spot, Mapping[str, Any]]) -> dict[Spot, Any]:
        """The last words of acknowledgements, where there are any."""
        if self._cgi is None or not any(_acknowledged(it) for it in bad.values()):
            return {}
        return {
            _spot(each): each
            for each in await self._cgi.comments()
            if each.get("entry_type") == _ACKNOWLEDGEMENT
        }

    async def hushed(self, open_here: Sequence[Alert]) -> Sequence[Hush]:
        """The downtimes over these alerts that are in effect and not ours, for each the longest."""
        if self._cgi is None or not open_here:
            return ()
        here = {_nagios_commands.place(alert): alert.key for alert in open_here}
        found = ((_spot(each), _hush(each)) for each in await self._cgi.downtimes())
        return _muted.longest(found, here)

    async def _over(
        self, open_here: Sequence[Alert], bad: Mapping[Spot, Any]
    ) -> AsyncIterator[AlertReading]:
        assert self._cgi is not None
        asked = 0
        for alert in open_here:
            at = _nagios_commands.place(alert)
            if at in bad or asked >= _AT_MOST:
                continue
            asked += 1
            it = await self._cgi.one(at)
            if it is not None and _state(at, it) in ("OK", "UP"):
                yield _reading(at, it, None)


def _hush(downtime: Mapping[str, Any]) -> Hush | None:
    end, number = downtime.get("end_time"), downtime.get("downtime_id")
    if downtime.get("is_in_effect") is not True or not isinstance(end, int):
        return None
    return _muted.hush(number, end, downtime.get("author"), downtime.get("comment"))


def _spot(found: Mapping[str, Any]) -> Spot:
    return Spot(str(found.get("host_name")), str(found.get("service_description") or ""))


def _is_named(at: Spot) -> bool:
    """Without its locale (en_US.UTF-8) Nagios writes other letters as nothing or ``(null)``."""
    return at.host not in ("", "(null)") and at.service != "(null)"


def _told(it: Mapping[str, Any]) -> bool:
    """It is certain, and somebody was told of it."""
    number = it.get("current_notification_number")
    return it.get("state_type") == _HARD and isinstance(number, int) and number > 0


def _acknowledged(it: Mapping[str, Any]) -> bool:
    return it.get("problem_has_been_acknowledged") is True


def _state(at: Spot, it: Mapping[str, Any]) -> str:
    names = _STATES if at.service else _HOST_STATES
    return names.get(str(it.get("status")), "UNKNOWN")


def _reading(at: Spot, it: Mapping[str, Any], who: Mapping[str, Any] | None) -> AlertReading:
    """As a notification says it, so that it is the same alert."""
    state = _state(at, it)
    own = "service" if at.service else "host"
    kind = "ACKNOWLEDGEMENT" if _acknowledged(it) else "PROBLEM"
    who = who if _acknowledged(it) else None
    body = {
        "notificationtype": "RECOVERY" if state in ("OK", "UP") else kind,
        "hostname": at.host,
        "servicedesc": at.service,
        f"{own}state": state,
        f"{own}output": it.get("plugin_output"),
        f"long{own}output": it.get("long_plugin_output"),
        "notificationauthor": who.get("author") if who else "",
        "notificationcomment": who.get("comment_data") if who else "",
    }
    found = _nagios.of(body, "a host")
    changed = it.get("last_state_change")
    over = found.status is AlertStatus.RESOLVED
    # A start or end would be compared with that of the notification, which has none of its own.
    starts = changed if isinstance(changed, int) and not over else None
    return replace(found, starts_at=starts)
