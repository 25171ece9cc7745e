"""How people sign in to the console, as ``pixelview.yaml`` says it: sessions and OpenID Connect."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from commands.rules.sessions import MINUTE, SessionRules, span

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SessionSettings(_Strict):
    """Left alone for ``idle``, or ``absolute`` after signing in, a session is over; its secret
    changes every ``rotate``: ``15m``, ``12h``, ``3d``."""

    idle: str = "3d"
    absolute: str = "14d"
    rotate: str = "15m"

    @field_validator("idle", "absolute", "rotate")
    @classmethod
    def _a_span(cls, value: str) -> str:
        if span(value) < MINUTE:
            raise ValueError(f"{value} is too short")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> SessionSettings:
        if span(self.absolute) > span("90d"):
            raise ValueError(f"absolute: {self.absolute} is too long; at most 90d")
        if span(self.idle) > span(self.absolute):
            raise ValueError(f"idle: {self.idle} is longer than absolute: {self.absolute}")
        return self

    def rules(self) -> SessionRules:
        """As the rules take them."""
        return SessionRules(span(self.idle), span(self.absolute), span(self.rotate))


class OidcSettings(_Strict):
    """One provider of OpenID Connect. ``match`` says how its people become ours the first time:
    by their verified ``email``, by ``sub`` (an admin links it), or by a ``claim`` that holds the
    handle; ``create: viewer`` makes a person of who is not known yet. ``name`` is on the button."""

    issuer: str
    client_id: str
    client_secret: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    match: str = "email"
    claim: str = "preferred_username"
    name: str = ""
    create: str | None = None
    leeway: int = Field(60, ge=0, le=300)

    @field_validator("issuer")
    @classmethod
    def _an_issuer(cls, value: str) -> str:
        if not is_safe(value):
            raise ValueError(f"{value} is no issuer: its address begins with https://")
        return value

    @field_validator("scopes", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("scopes")
    @classmethod
    def _with_openid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return value if "openid" in value else ("openid", *value)

    @field_validator("match")
    @classmethod
    def _a_way(cls, value: str) -> str:
        if value not in ("email", "sub", "claim"):
            raise ValueError(f"{value}: write email, sub or claim")
        return value

    @field_validator("create")
    @classmethod
    def _only_viewers(cls, value: str | None) -> str | None:
        if value not in (None, "viewer"):
            raise ValueError(f"{value}: only viewer; an admin gives more")
        return value


def is_safe(url: str) -> bool:
    """Whether an address is encrypted, or on this machine."""
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.fragment:
        return False
    if parts.scheme == "https":
        return True
    try:
        here = ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        here = parts.hostname == "localhost"
    return parts.scheme == "http" and here


def named(value: Any) -> Any:
    """One provider, a list of them, or several by name: always by name."""
    if isinstance(value, dict) and "issuer" in value:
        value = {"sso": value}
    if isinstance(value, (list, tuple)):
        value = {f"sso-{n}": each for n, each in enumerate(value, 1)}
    if isinstance(value, dict):
        for name in value:
            if not _NAME.fullmatch(str(name)):
                raise ValueError(f"{name}: use small letters, digits and dashes")
    return value
