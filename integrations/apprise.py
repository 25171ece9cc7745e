"""The long tail of channels by the library apprise: Telegram, Teams, Signal, Matrix and over a
hundred more. It blocks, so each page has a thread; its addresses hold secrets, so none is told."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from integrations import _wire
from integrations._outside import Barred
from integrations.base import (
    Capability,
    Manifest,
    Misconfigured,
    PageMessage,
    Permanent,
    Setting,
    Transient,
)

MANIFEST = Manifest(
    name="apprise",
    title="Apprise",
    capabilities=frozenset({Capability.PAGE}),
    settings=(
        Setting("urls", "Names for apprise addresses, so that people write a name and the secret "
                "stands here: {telegram-ops: tgram://…}.", secret=True),
        Setting("allow", "The services (tgram, msteams, …) a person may write an address of; "
                "without it all but those that work on this machine or post anywhere.", default=()),
        Setting("timeout", "Seconds after which a service counts as silent.", default=20),
    ),
    secret_addresses=True,
    docs="https://appriseit.com/services/",
)  # fmt: skip

AT_ONCE = 8
NEEDS_A_NAME = frozenset(
    ("dbus", "kde", "qt", "glib", "gio", "gnome", "macosx", "windows", "syslog", "rsyslog", "json",
     "jsons", "xml", "xmls", "form", "forms", "apprise", "apprises", "fcm", "vapid", "growl")
)  # fmt: skip
"""Services that act on this machine, read its files or post to any address: only by a name."""

_FILES = frozenset(
    ("template", "keyfile", "subfile", "pgpkey", "pgppub", "pgpprv", "file", "attach")
)
_ELSEWHERE = frozenset(("smtp", "redirect", "verify", "relay", "endpoint", "vhost", "host"))
"""Words of an address by which it leads to another host than it shows, or believes any."""
_OWN_HOST = frozenset(("mailgun", "sparkpost", "smtp2go", "sendpulse"))
"""Services whose addresses hold a domain that nobody connects to."""
_NO_WEB = ("mailto", "deltachat", "mqtt", "amqp", "smpp", "irc", "xmpp", "jabber")
"""Services with ports of their own."""
_STATUS = re.compile(r"\berror[= ](\d{3})\b", re.IGNORECASE)
_SHORTEST_SECRET = 6
_NOISE = logging.getLogger("apprise")


class Apprise:
    """Sends to one address at a time, in threads of its own."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._named = {str(k): str(v) for k, v in dict(settings.get("urls") or {}).items()}
        self._allowed = frozenset(map(str, settings.get("allow") or ()))
        self._timeout = float(settings.get("timeout") or 20)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pixelview-apprise")
        # What it logs may hold an address; what matters of it is in the result.
        _NOISE.propagate = False
        if not _NOISE.handlers:
            _NOISE.addHandler(logging.NullHandler())
        logging.getLogger("urllib3").setLevel(logging.WARNING)

    async def page(self, to: str, message: PageMessage) -> str:
        """Send it; apprise tells no id, so this one only says that it was taken."""
        url = self._url(to.strip())
        loop = asyncio.get_running_loop()
        if url != self._named.get(to.strip()):
            await self._look(url, await loop.run_in_executor(self._threads, hosts, url))
        sending = loop.run_in_executor(self._threads, _send, url, message, self._timeout)
        try:
            # A moment more than the library's own limit: it knows better what happened.
            ok, late, words = await asyncio.wait_for(sending, self._timeout + 5)
        except TimeoutError:
            raise Transient(f"{service(url)} did not answer in time", uncertain=True) from None
        if not ok:
            raise _refusal(service(url), masked(words, url), late=late)
        return "taken"

    async def follow(self, to: str, provider_id: str, message: PageMessage, state: str) -> None:
        """Say that it is over; that somebody has it would only wake people once more."""
        if state == "resolved" and message.short:
            await self.page(to, message)

    async def close(self) -> None:
        """Start nothing more; a thread that waits for a silent service ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _look(self, url: str, found: Iterable[tuple[str, int | None]]) -> None:
        """Permanent where a person's address leads into our own network. Apprise looks the name up
        again by itself, and follows no redirect."""
        for host, port in found:
            at = f"[{host}]" if ":" in host else host
            try:
                await _wire.outside().addresses(
                    f"https://{at}:{port}/" if port else f"https://{at}/", insecure=True
                )
            except Barred as error:
                raise Permanent(
                    f"{service(url)} is not asked: {error}; give it a name (apprise.urls)"
                ) from None

    def _url(self, to: str) -> str:
        if named := self._named.get(to):
            return named
        parts = urlsplit(to)
        if not parts.scheme or "://" not in to:
            raise Misconfigured(
                f"no address is called {shown(to)} (apprise.urls)", f"apprise.urls.{shown(to)}"
            )
        barred = parts.scheme not in self._allowed if self._allowed else (
            parts.scheme in NEEDS_A_NAME
        )  # fmt: skip
        if barred:
            raise Permanent(f"{parts.scheme}:// needs a name in the settings (apprise.urls)")
        words = {name.strip("+-: ").casefold() for name, _ in parse_qsl(parts.query, True)}
        if words & _FILES:
            raise Permanent("an address that names a file needs a name in the settings")
        if words & _ELSEWHERE:
            raise Permanent("an address that leads elsewhere needs a name in the settings")
        return to


def connect(settings: Mapping[str, Any]) -> Apprise:
    """A pager from its settings."""
    return Apprise(settings)


def check(settings: Mapping[str, Any]) -> None:
    """Misconfigured where a setting can't work."""
    if not isinstance(settings.get("urls") or {}, Mapping):
        raise Misconfigured("write names and their addresses: {telegram-ops: tgram://…}", "urls")
    if isinstance(settings.get("allow"), str):
        raise Misconfigured("write a list: [tgram, msteams]", "allow")


def mistake(channel: str, address: str) -> str:
    """What is wrong with a person's address, or ""; services are known only when it is used."""
    known = re.fullmatch(r"[a-z0-9+.-]{2,20}://\S{3,}|[\w.-]{1,60}", address, re.IGNORECASE)
    return "" if known else "write an apprise address (tgram://…) or a name of apprise.urls"


def hosts(url: str) -> list[tuple[str, int | None]]:
    """The hosts that an address makes apprise connect to, as far as it names them itself, with
    their ports. Runs in a thread: the library takes its time."""
    import apprise

    one = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if one is None:
        return []
    scheme = urlsplit(url).scheme.casefold()
    found: list[tuple[str, int | None]] = []
    if "host" in one.template_tokens and scheme not in _OWN_HOST and one.host:
        found.append((str(one.host), None if scheme.startswith(_NO_WEB) else one.port))
    others = (getattr(one, name, None) for name in ("hostname", "smtp_host"))
    return [*found, *((each, None) for each in others if isinstance(each, str) and each)]


def _send(url: str, message: PageMessage, timeout: float) -> tuple[bool, bool, str]:
    """(taken, out of time, what was logged). Runs in a thread."""
    import apprise

    asset = apprise.AppriseAsset(
        app_id="PixelView", app_desc="PixelView", app_url=message.url or "", async_mode=False,
        secure_logging=True, storage_mode=apprise.PersistentStoreMode.MEMORY, http_redirects=False,
    )  # fmt: skip
    one = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if one is None:
        return False, False, "that is no address it knows"
    sender = apprise.Apprise(asset=asset)
    sender.add(one)
    kind = apprise.NotifyType.SUCCESS if message.resolved else {
        "critical": apprise.NotifyType.FAILURE, "error": apprise.NotifyType.FAILURE,
        "warning": apprise.NotifyType.WARNING,
    }.get(message.severity, apprise.NotifyType.INFO)  # fmt: skip
    with sender.notify(
        body=_text(message), title=message.subject, notify_type=kind,
        body_format=apprise.NotifyFormat.TEXT, timeout=timeout,
    ) as result:  # fmt: skip
        logs = " ".join(str(entry.message) for entry in result.logs())
        late = result.status == apprise.AppriseResultStatus.TIMEOUT
        return bool(result), late, logs


def _text(message: PageMessage) -> str:
    links = (("Acknowledge", message.acknowledge), ("Escalate", message.escalate),
             ("Open", message.url))  # fmt: skip
    lines = [f"{name}: {url}" for name, url in links if url]
    return "\n".join([message.text, *([""] if lines else []), *lines])


def _refusal(name: str, words: str, *, late: bool) -> Permanent | Transient:
    """A refusal in 4xx stays; a busy, broken or silent service may take it the next time."""
    said = f"{name} did not take it: {words or 'no reason given'}"
    if late:
        return Transient(f"{name} did not answer in time", uncertain=True)
    status = _STATUS.search(words)
    code = int(status[1]) if status else 0
    busy = code == 429 or code >= 500 or "onnection error" in words or "hrottl" in words
    return Transient(said) if busy else Permanent(said)


def service(url: str) -> str:
    """The part of an address that may be told: its scheme."""
    return f"{urlsplit(url).scheme or 'apprise'}://"


def shown(to: str) -> str:
    """An address as people may see it: a name as it is, the secrets of a URL left out."""
    return service(to) + "…" if "://" in to else to[:60]


def masked(text: str, url: str) -> str:
    """What a service said, without any piece of the address, in one short line."""
    line = " ".join(text.split())
    for secret in sorted(_secrets(url), key=len, reverse=True):
        line = line.replace(secret, "…")
    return line[:200]


def _secrets(url: str) -> Iterable[str]:
    """Every part of an address that could be one."""
    pieces = re.split(r"[/:@?&=,#]+", url.partition("://")[2])
    found = {url, *pieces, *map(unquote, pieces)}
    return {piece for piece in found if len(piece) >= _SHORTEST_SECRET}
