"""What every integration is made of: manifest, capabilities, the request it reads, typed errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from integrations._inventory import Acted as Acted
from integrations._inventory import Action as Action
from integrations._inventory import Begin as Begin
from integrations._inventory import Broken as Broken
from integrations._inventory import Changes as Changes
from integrations._inventory import Connector as Connector
from integrations._inventory import Cursor as Cursor
from integrations._inventory import End as End
from integrations._inventory import Gone as Gone
from integrations._inventory import Item as Item
from integrations._inventory import Of as Of
from integrations._inventory import Over as Over
from integrations._inventory import Param as Param
from integrations._inventory import Part as Part
from integrations._inventory import Progress as Progress
from integrations._inventory import Streaming as Streaming
from integrations._inventory import Told as Told
from integrations._pages import Answered as Answered
from integrations._pages import Delivered as Delivered
from integrations._pages import Outcome as Outcome
from integrations._pages import PageMessage as PageMessage
from integrations._pages import Reply as Reply
from integrations._runner import Forgets as Forgets
from integrations._runner import LooksAtMany as LooksAtMany
from integrations._runner import Remote as Remote
from integrations._runner import RemoteAction as RemoteAction
from integrations._runner import RemoteInquiry as RemoteInquiry
from integrations._runner import RemoteResult as RemoteResult
from integrations._runner import RemoteStep as RemoteStep
from integrations._runner import Runner as Runner
from integrations._runner import TellsSince as TellsSince
from integrations._told import OUR_SILENCE as OUR_SILENCE
from integrations._told import OURS as OURS
from integrations._told import Checks as Checks
from integrations._told import Deed as Deed
from integrations._told import Did as Did
from integrations._told import Hush as Hush
from integrations._told import Hushes as Hushes
from integrations._told import LabelTerm as LabelTerm
from integrations._told import Monitor as Monitor
from integrations._told import Reports as Reports
from integrations._told import Rights as Rights
from integrations._told import Silencers as Silencers
from integrations._told import Silencing as Silencing
from integrations._told import Streams as Streams
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

    ``uncertain`` says that the request may have been carried out although no answer came;
    ``broken`` that the other side answered, with a failure of its own (a 5xx).
    """

    def __init__(
        self,
        error: str,
        retry_after: float | None = None,
        *,
        uncertain: bool = False,
        broken: bool = False,
    ) -> None:
        super().__init__(error)
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.broken = broken


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
    required: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an integration says of itself; ``name`` is the path segment in ``/in/<name>``.

    ``channels`` are the ways it pages people by (``sms``, ``voice``); one with PAGE that names
    none has one of its own name. ``secret_addresses`` says that who knows a person's address can
    page them, so that it is kept sealed only.
    """

    name: str
    title: str
    capabilities: frozenset[Capability]
    settings: tuple[Setting, ...] = ()
    docs: str = ""
    channels: tuple[str, ...] = ()
    secret_addresses: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One webhook, after size and encoding checks.

    ``body`` is unfolded (no gzip); ``content_type`` is lower case without parameters or "";
    header names are looked up in lower case; ``settings`` are those of the intake source, or of
    the integration that is called back; ``received_at`` in milliseconds. ``url`` is the public
    address it was sent to, with its query, ``path`` what follows ``/callback/<integration>/``, or
    the part of another API's address that says what is to be done.
    """

    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    received_at: int = 0
    url: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one request says. ``reply`` is the JSON the sender expects instead of ours, with 200.

    ``follow_up`` is what is done once the alerts are on disk and before the sender is answered:
    ``{"get": address}`` opens an https address, and if that fails the sender is told to come again.
    """

    alerts: tuple[AlertReading, ...]
    reply: Mapping[str, Any] | None = None
    follow_up: Mapping[str, Any] | None = None


@runtime_checkable
class Receiver(Protocol):
    """A module with RECEIVE: ``read`` is pure; a signature check, where there is one, is
    ``verify(request, secrets)`` and raises Malformed with status 401. One that has CALLBACK as
    well calls its check of webhooks ``verify_webhook``."""

    MANIFEST: Manifest

    def read(self, request: Request) -> Reading:
        """All alerts of the request, or Malformed saying what is wrong and where."""
        ...


FETCHED = "fetched"
"""Where ``verify`` finds what was fetched for it: a mapping of address to bytes, or to None."""


@runtime_checkable
class Wanting(Protocol):
    """A receiver whose ``verify`` needs something of the tool's own site, such as a certificate."""

    def wanted(self, request: Request) -> Sequence[str]:
        """The https addresses, none that the body could have made up; pure. Malformed 401."""
        ...


@runtime_checkable
class Pager(Protocol):
    """What ``connect(settings)`` of a module with PAGE returns: it reaches one person. A module
    with several channels returns a mapping of them.

    ``settings`` are those of the file with the manifest's defaults, and ``callback``: the public
    address of ``/callback/<integration>``, empty where nothing can call us. Beside ``connect`` a
    module may have ``check(settings)``, which raises Misconfigured, and ``mistake(channel,
    address) -> str``: what is wrong with a person's address, or "".
    """

    async def page(self, to: str, message: PageMessage) -> str:
        """Send it to an address of this channel; the provider's id of it ("" where it has none).

        Raises Transient (``uncertain`` where the answer was lost), Permanent where the provider
        says no, Misconfigured with the setting's name.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class Follower(Protocol):
    """A pager that is told what became of the incident its page was about: it stops a ringing
    phone, closes the incident on the other side, says that it is over."""

    async def follow(self, to: str, provider_id: str, message: PageMessage, state: str) -> None:
        """``state`` is acknowledged or resolved; ``provider_id`` what ``page`` returned."""
        ...


@runtime_checkable
class Watcher(Protocol):
    """A pager that has to be asked whether its page was answered: it keeps a receipt."""

    async def watch(self, to: str, provider_id: str) -> Sequence[Answered | Delivered] | None:
        """What became of it so far; None once nothing more is to come."""
        ...


@runtime_checkable
class Acquainted(Protocol):
    """A pager whose provider tells whose account answered."""

    async def email(self, account: str) -> str | None:
        """The e-mail address the provider confirms for an account of theirs, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Called:
    """What one request of a provider to ``/callback/<integration>`` says."""

    events: Sequence[Answered | Delivered] = ()


@runtime_checkable
class Caller(Protocol):
    """A module with CALLBACK: what it is told at ``/callback/<integration>[/…]``.

    ``secrets`` are the integration's settings. It may have ``reply(request, outcomes) -> Reply``,
    pure, for the outcome of each ``Answered`` in order; without it the answer is empty.
    """

    MANIFEST: Manifest

    def verify(self, request: Request, secrets: Mapping[str, Any]) -> None:
        """Raises Malformed (status 403) unless the provider itself sent the request."""
        ...

    def called(self, request: Request) -> Called:
        """What the request says; pure. Malformed where it can't be read."""
        ...
