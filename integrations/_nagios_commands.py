"""Nagios' external commands: as a line for its command file and as a form of cmd.cgi.

A line is ended by a newline and its fields by ``;``, so neither may stand in a name: names come
from whoever may post alerts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.base import Deed, Did, Misconfigured, Permanent
from store.model import Alert

_TYPES = {
    "ADD_HOST_COMMENT": 1, "ADD_SVC_COMMENT": 3,
    "ACKNOWLEDGE_HOST_PROBLEM": 33, "ACKNOWLEDGE_SVC_PROBLEM": 34,
    "REMOVE_HOST_ACKNOWLEDGEMENT": 51, "REMOVE_SVC_ACKNOWLEDGEMENT": 52,
    "PROCESS_HOST_CHECK_RESULT": 87, "PROCESS_SERVICE_CHECK_RESULT": 30,
}  # fmt: skip
"""``cmd_typ`` of cmd.cgi: include/common.h of Nagios Core."""
LINE = 4000
"""Bytes of a line: a pipe takes 4096 at once, more could be mixed with what others write."""
_STICKY = "2"  # until it is OK again, not only until the next change


@dataclass(frozen=True, slots=True)
class Spot:
    """A host, or a service of it."""

    host: str
    service: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """As commands name it."""
        return (self.host, self.service) if self.service else (self.host,)


def place(alert: Alert) -> Spot:
    """Where an alert's problem is."""
    host, _, service = alert.key.partition("!")
    return Spot(alert.labels.get("host") or host, alert.labels.get("service") or service)


def named(written: Any) -> Spot | None:
    """``host!service`` or ``host`` of a setting; Misconfigured where a command can't name it."""
    if not written:
        return None
    host, _, service = str(written).partition("!")
    if not host or any(_ends(letter) for letter in f"{host}{service}"):
        raise Misconfigured("write host!service", "report")
    return Spot(host, service)


def spot(alert: Alert) -> Spot:
    """As ``place``; Permanent where a command can't name it."""
    found = place(alert)
    for name in found.fields:
        if not name or len(name) > 500 or any(_ends(letter) for letter in name):
            raise Permanent("Nagios has no command for a host or service of this name")
    return found


def _ends(letter: str) -> bool:
    return letter == ";" or unicodedata.category(letter) in ("Cc", "Zl", "Zp")


def plain(text: str, limit: int = 1000) -> str:
    """One line that ends no field."""
    kept = "".join(" " if _ends(letter) else letter for letter in text)
    return " ".join(kept.split())[:limit]


@dataclass(frozen=True, slots=True)
class Command:
    """One external command: ``fields`` of the line after the spot, ``form`` for cmd.cgi."""

    name: str
    at: Spot
    fields: tuple[str, ...] = ()
    form: Mapping[str, str] = field(default_factory=dict)

    def line(self, seconds: int) -> bytes:
        """For the command file. The last field is the text, which is cut to what fits."""
        parts = ";".join((self.name, *self.at.fields, *self.fields))
        line = f"[{seconds}] {parts}".encode("utf-8", "replace")[:LINE]
        return line.decode("utf-8", "ignore").encode() + b"\n"

    def query(self) -> dict[str, str]:
        """What opens the form, and is sent with it."""
        named = {"host": self.at.host}
        if self.at.service:
            named["service"] = self.at.service
        return {"cmd_typ": str(_TYPES[self.name]), **named}


def of(deed: Deed, at: Spot, author: str, *, notify: bool) -> Iterator[Command]:
    """What says a deed; a comment where Nagios knows no such thing."""
    kind = "SVC" if at.service else "HOST"
    said = plain(deed.message())
    if deed.did is Did.ACKNOWLEDGED:
        form = {"sticky_ack": "on", "persistent": "on", "com_author": author, "com_data": said}
        if notify:
            form["send_notification"] = "on"
        fields = (_STICKY, "1" if notify else "0", "1", author, said)
        yield Command(f"ACKNOWLEDGE_{kind}_PROBLEM", at, fields, form)
        return
    if deed.did in (Did.UNACKNOWLEDGED, Did.REOPENED):
        yield Command(f"REMOVE_{kind}_ACKNOWLEDGEMENT", at)
    form = {"persistent": "on", "com_author": author, "com_data": said}
    yield Command(f"ADD_{kind}_COMMENT", at, ("1", author, said), form)


def result(at: Spot, said: str, state: int = 0) -> Command:
    """A passive result, that all is well by itself; ``|`` would begin performance data."""
    output = plain(said).replace("|", "/")
    kind = "SERVICE" if at.service else "HOST"
    form = {"plugin_state": str(state), "plugin_output": output, "performance_data": ""}
    return Command(f"PROCESS_{kind}_CHECK_RESULT", at, (str(state), output), form)
