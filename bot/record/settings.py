"""How long the record is kept and where else it goes, as ``pixelview.yaml`` says it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.yamlfile import Place
from commands.rules.record import RecordRules
from store.model import DAY, HOUR, MINUTE

LEAST_KEPT = 90 * DAY
_SPAN = re.compile(r"(\d{1,5})\s*(m|min|h|d|w|y)")
_UNITS = {"m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY, "y": 365 * DAY}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _span(value: object) -> object:
    """``400d``, ``1h`` in milliseconds."""
    if not isinstance(value, str):
        raise ValueError("write a span such as 400d or 1h")
    found = _SPAN.fullmatch(value.strip().casefold())
    if found is None or not int(found[1]):
        raise ValueError(f"{value} is no span: write 400d or 1h")
    return int(found[1]) * _UNITS[found[2]]


Span = Annotated[int, BeforeValidator(_span)]


class AnchorSettings(_Strict):
    """Where anchors are posted outside the database, and how often."""

    channel: str | None = None
    file: str | None = None
    every: Span = HOUR

    @model_validator(mode="after")
    def _somewhere(self) -> AnchorSettings:
        if not self.channel and not self.file:
            raise ValueError("name a channel or a file, or both")
        if self.channel and not re.fullmatch(r"[\w-]+:.+", self.channel):
            raise ValueError(f"{self.channel} is no channel: write slack:#audit")
        if self.every < MINUTE:
            raise ValueError("a minute is the shortest")
        return self

    @property
    def places(self) -> tuple[str, ...]:
        """As the outbox names them."""
        file = (f"file:{self.file}",) if self.file else ()
        return ((self.channel,) if self.channel else ()) + file


class SyslogSettings(_Strict):
    """A syslog receiver: RFC 5424 over TLS (RFC 5425) with its certificate verified; without TLS
    only on this machine. ``cert`` and ``key`` are ours, where the receiver asks for one."""

    host: str
    port: int = Field(6514, ge=1, le=65535)
    tls: bool = True
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    format: Literal["rfc5424", "cef"] = "rfc5424"
    facility: int = Field(13, ge=0, le=23)

    @model_validator(mode="after")
    def _in_the_clear_only_here(self) -> SyslogSettings:
        if not self.tls and self.host not in _LOOPBACK:
            raise ValueError("without TLS the record goes to this machine only (127.0.0.1)")
        if self.key and not self.cert:
            raise ValueError("a key needs its cert")
        return self


class AuditSettings(_Strict):
    """``keep``: rows older than this are removed, each time with a proof; left out, none is."""

    keep: Span | None = None
    anchors: AnchorSettings | None = None
    syslog: SyslogSettings | None = None

    @model_validator(mode="after")
    def _long_enough(self) -> AuditSettings:
        if self.keep is not None and self.keep < LEAST_KEPT:
            raise ValueError("the record is kept for 90d at least")
        return self

    def rules(self) -> RecordRules:
        """As the rules take it."""
        anchors = self.anchors
        if anchors is None:
            return RecordRules(self.keep)
        return RecordRules(self.keep, anchors.every, anchors.places)


def mistakes(audit: AuditSettings, chats: Collection[str]) -> Iterator[tuple[Place, str]]:
    """A channel in a chat that is not configured."""
    channel = audit.anchors.channel if audit.anchors else None
    if channel and channel.partition(":")[0] not in chats:
        said = f"{channel.partition(':')[0]} is not configured"
        yield (("audit", "anchors", "channel"), said)
