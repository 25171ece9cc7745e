"""What every integration is made of: manifest, capabilities, the request it reads, typed errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from store.model import AlertReading


class Capability(StrEnum):
    """What an integration can do."""

    RECEIVE = "receive"
    WRITE_BACK = "write_back"
    POLL = "poll"
    STREAM = "stream"
    CALLBACK = "callback"
    INVENTORY = "inventory"
    HEALTH = "health"
    COST = "cost"
    PAGE = "page"
    RUN = "run"
    PRESENCE = "presence"
    DIRECTORY = "directory"
    CARDS = "cards"


class IntegrationError(Exception):
    """Base of the four ways an outside system can fail us."""


class Malformed(IntegrationError):
    """The sender's body can't be read. ``where`` is a path such as ``alerts[2].labels``."""

    def __init__(self, error: str, where: str = "body", status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.where = where
        self.status = status


class Transient(IntegrationError):
    """Try again, after ``retry_after`` seconds where the other side named them.

    ``uncertain`` says that the request may have been carried out although no answer came.
    """

    def __init__(
        self, error: str, retry_after: float | None = None, *, uncertain: bool = False
    ) -> None:
        super().__init__(error)
        self.retry_after = retry_after
        self.uncertain = uncertain


class Permanent(IntegrationError):
    """The other side said no, and will say no again."""


class Misconfigured(IntegrationError):
    """A setting of ours is wrong or missing; ``setting`` names it."""

    def __init__(self, error: str, setting: str) -> None:
        super().__init__(error)
        self.setting = setting


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting an integration understands."""

    name: str
    help: str
    secret: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an integration says of itself; ``name`` is the path segment in ``/in/<name>``."""

    name: str
    title: str
    capabilities: frozenset[Capability]
    settings: tuple[Setting, ...] = ()
    docs: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One webhook, after size and encoding checks.

    ``body`` is unfolded (no gzip); ``content_type`` is lower case without parameters or "";
    header names are looked up in lower case; ``settings`` are those of the intake source;
    ``received_at`` in milliseconds.
    """

    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    received_at: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What one request says. ``reply`` is the JSON the sender expects instead of ours."""

    alerts: tuple[AlertReading, ...]
    reply: Mapping[str, Any] | None = None
    follow_up: Mapping[str, Any] | None = None


@runtime_checkable
class Receiver(Protocol):
    """A module with RECEIVE: ``read`` is pure; a signature check, where there is one, is
    ``verify(request, secrets)`` and raises Malformed with status 401."""

    MANIFEST: Manifest

    def read(self, request: Request) -> Reading:
        """All alerts of the request, or Malformed saying what is wrong and where."""
        ...


@dataclass(frozen=True, slots=True)
class PageMessage:
    """One page to one person, in every form a channel may need; texts are already cleaned.

    ``key`` is unique per page wanted and the same again for a repeat; ``copy`` says that it may
    have arrived before. ``incident`` is 0 where it is about none (a test, a code, a shift).
    ``subject`` is the notification line (≤ 110 characters), ``text`` the lines of the card,
    ``short`` one GSM-7 segment (≤ 160), ``spoken`` is read aloud. Addresses are empty where there
    is nothing to open; ``acknowledge`` and ``escalate`` open pages whose POST acts.
    """

    key: str
    subject: str
    text: str
    short: str
    spoken: str
    incident: int = 0
    severity: str = "info"
    url: str = ""
    acknowledge: str = ""
    escalate: str = ""
    copy: bool = False
    resolved: bool = False


@runtime_checkable
class Pager(Protocol):
    """What ``connect(settings)`` of a module with PAGE returns: it reaches one person."""

    async def page(self, to: str, message: PageMessage) -> str:
        """Send it to an address of this channel; the provider's id of it ("" where it has none).

        Raises Transient (``uncertain`` where the answer was lost), Permanent where the provider
        says no, Misconfigured with the setting's name.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody answered a page from outside: by SMS, a key on a call, a receipt, another pager.

    ``sender`` is the address it came from (a phone number, an account) or "" where ``key`` (that of
    the page) says it all. ``verb`` is ack, escalate or resolve; ``incident`` is 0 for "the last one
    sent to that address".
    """

    verb: str
    sender: str = ""
    incident: int = 0
    key: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a provider says of a page it took: ``state`` is delivered or failed."""

    provider_id: str
    state: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """What one request of a provider to ``/callback/<integration>`` says."""

    events: Sequence[Answered | Delivered] = ()
