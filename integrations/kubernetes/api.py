"""The one way to a cluster's API server: signed in by the official client, bounded, plain JSON.

Everything here blocks and runs in the connector's threads; nothing is sent a second time by itself.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from integrations.base import IntegrationError, Misconfigured, Permanent, Transient
from integrations.kubernetes.settings import Source

Query = Sequence[tuple[str, str]]
Thing = dict[str, Any]
"""An object of the API as it came."""

PARTIAL = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1,application/json"
"""Asks for metadata alone; who does not know that answers with everything."""
_CANNOT = re.compile(
    r'cannot (\w+) (?:resource "([^"]+)"(?:.*? in the namespace "([^"]+)")?|path "([^"]+)")'
)
_MOST = 256 * 1024 * 1024
_CHUNK = 64 * 1024
_PAGES = 100_000
_LINE = 8 * 1024 * 1024
"""No object is larger: etcd takes 1.5 MB."""
_ANEW = 10.0
"""So many seconds a sign-in is kept at least, however many requests are refused at once."""


class Refused(Exception):
    """The API server said no: its status, its word for it, its sentence."""

    def __init__(
        self, status: int, reason: str, text: str, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{status} {reason}: {text}" if reason else f"{status}: {text}")
        self.status = status
        self.reason = reason
        self.text = text
        self.retry_after = retry_after


class Unreachable(Exception):
    """No answer: no connection, or a time limit. ``sent`` where it may have been heard."""

    def __init__(self, text: str, *, sent: bool = False) -> None:
        super().__init__(text)
        self.sent = sent


def known(error: Exception, what: str = "") -> IntegrationError:
    """The error in the words that every connector uses."""
    said = f"{what}: " if what else ""
    words = (error.text or error.reason)[:300] if isinstance(error, Refused) else ""
    match error:
        case IntegrationError():
            return error
        case Refused(status=401):
            return Permanent(f"{said}its token or certificate is not accepted (401)")
        case Refused(status=403) if lacks := _lacks(words):
            return Permanent(f"{said}{lacks} (403)")
        case Refused(status=status) if status in (408, 409, 410, 429) or status >= 500:
            return Transient(
                f"{said}{words} ({status})",
                error.retry_after,
                broken=status >= 500,
            )
        case Refused():
            return Permanent(f"{said}{words} ({error.status})")
        case Unreachable():
            return Transient(f"{said}{error}", uncertain=error.sent)
    return Transient(f"{said}{type(error).__name__}: {error}")


def _lacks(words: str) -> str:
    """The right that is lacking, by the API server's words; empty where they say it otherwise."""
    found = _CANNOT.search(words)
    if found is None:
        return ""
    verb, kind, place, path = found.groups()
    where = f" in namespace {place}" if place else ""
    return f"the right to {verb} {path or kind}{where} is lacking"


class Api:
    """Requests to one API server. The client is made at the first."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lock = threading.Lock()
        self._client: Any = None
        self._made_at = 0.0
        self._closed = False

    @property
    def address(self) -> str:
        """Where it is."""
        return str(self._ready().configuration.host).rstrip("/")

    def get(self, path: str, query: Query = (), *, accept: str = "", wait: float = 0) -> Thing:
        """One object, or a page of a list."""
        return self._object(self._open("GET", path, query, accept=accept, wait=wait), wait)

    def text(self, path: str, query: Query = (), *, wait: float = 0, most: int = _MOST) -> str:
        """What is no JSON: logs, health."""
        response = self._open("GET", path, query, accept="*/*", wait=wait)
        return self._body(response, wait, most).decode("utf-8", "replace")

    def pages(
        self, path: str, query: Query = (), *, accept: str = ""
    ) -> Iterator[tuple[list[Thing], str]]:
        """All pages of a list, each with the list's resourceVersion. One whose continue token has
        expired raises Refused 410: what was given so far does not count."""
        token, before = "", ""
        limit = [("limit", str(self.source.page_size))]
        for _ in range(_PAGES):
            more = [("continue", token)] if token else []
            found = self.get(path, [*query, *limit, *more], accept=accept)
            meta = found.get("metadata") or {}
            items = [each for each in found.get("items") or () if isinstance(each, dict)]
            yield items, str(meta.get("resourceVersion") or "")
            before, token = token, str(meta.get("continue") or "")
            if not token:
                return
            if token == before:
                break
        raise Unreachable("the API server gives pages without end")

    def everything(self, path: str, query: Query = (), *, accept: str = "") -> list[Thing]:
        """A whole list; begun once more where its continue token expired."""
        for last in (False, True):
            try:
                return [each for page, _ in self.pages(path, query, accept=accept) for each in page]
            except Refused as error:
                if error.status != 410 or last:
                    raise
        return []

    def watch(
        self, path: str, query: Query, *, accept: str, wait: float
    ) -> tuple[Any, Iterator[bytes]]:
        """An open watch and its lines; ``wait`` seconds without any end it with Unreachable."""
        response = self._open("GET", path, query, accept=accept)
        if hasattr(socket := socket_of(response), "settimeout"):
            socket.settimeout(wait)  # from now on it may be silent for longer
        return response, _lines(response)

    def change(
        self, method: str, path: str, body: Any, content_type: str, query: Query = ()
    ) -> Thing:
        """PATCH or DELETE, sent once; Unreachable ``sent`` where the answer was lost."""
        payload = msgspec.json.encode(body) if body is not None else None
        response = self._open(method, path, query, body=payload, content_type=content_type)
        try:
            return self._object(response, 0)
        except Unreachable as error:
            raise Unreachable(str(error), sent=True) from None

    def certificate(self) -> tuple[str, Mapping[str, Any]]:
        """When the API server's own certificate ends, as OpenSSL writes it, and what it says."""
        response = self._open("GET", "/livez", (), accept="*/*", refuse=False)
        try:
            socket = socket_of(response)
            found = socket.getpeercert() if hasattr(socket, "getpeercert") else None
        finally:
            response.close()
        return (str(found.get("notAfter", "")), found) if found else ("", {})

    def forget(self) -> None:
        """Sign in anew at the next request: the token has expired, or the kubeconfig changed."""
        with self._lock:
            old = time.monotonic() - self._made_at > _ANEW
            if self._client is not None and not self._closed and old:
                self._client = None

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client.rest_client.pool_manager.clear()

    def _ready(self) -> Any:
        with self._lock:
            if self._closed:
                raise Unreachable("the connection is closed")
            if self._client is None:
                from integrations.kubernetes import signing

                self._client = signing.client(self.source)
                self._made_at = time.monotonic()
            return self._client

    def _open(
        self,
        method: str,
        path: str,
        query: Query,
        *,
        body: bytes | None = None,
        content_type: str = "",
        accept: str = "",
        wait: float = 0,
        refuse: bool = True,
    ) -> Any:
        import urllib3

        client = self._ready()
        headers = {"Accept": accept or "application/json", "User-Agent": "PixelView"}
        try:
            for each in client.configuration.auth_settings().values():
                if each["in"] == "header":
                    headers[each["key"]] = each["value"]
        except (OSError, ValueError, KeyError) as error:
            raise Misconfigured(f"the token can't be read: {error}", "token") from None
        if content_type:
            headers["Content-Type"] = content_type
        url = f"{client.configuration.host.rstrip('/')}{path}"
        if query:
            url += ("&" if "?" in url else "?") + urlencode(query)
        limits = urllib3.Timeout(
            connect=self.source.connect_timeout, read=wait or self.source.read_timeout
        )
        try:
            response = client.rest_client.pool_manager.request(
                method, url, body=body, headers=headers, timeout=limits, retries=False,
                redirect=False, preload_content=False,
            )  # fmt: skip
        except urllib3.exceptions.HTTPError as error:
            sent = not isinstance(
                error, (urllib3.exceptions.NewConnectionError,
                        urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.SSLError)
            )  # fmt: skip
            raise Unreachable(_said(error), sent=sent) from None
        except OSError as error:
            raise Unreachable(_said(error), sent=True) from None
        if response.status >= 300 and refuse:
            self._refuse(response)
        return response

    def _refuse(self, response: Any) -> None:
        try:
            body = self._body(response, 5.0, 64 * 1024)
        except Unreachable:
            body = b""
        with contextlib.suppress(ValueError, msgspec.MsgspecError, RecursionError):
            found = msgspec.json.decode(body)
            if isinstance(found, dict):
                seconds = (found.get("details") or {}).get("retryAfterSeconds")
                raise Refused(
                    response.status,
                    str(found.get("reason") or ""),
                    str(found.get("message") or response.reason or ""),
                    _seconds(response.headers.get("Retry-After") or seconds),
                )
        text = body.decode("utf-8", "replace")[:8000].strip() or str(response.reason or "")
        raise Refused(response.status, "", text, _seconds(response.headers.get("Retry-After")))

    def _object(self, response: Any, wait: float) -> Thing:
        body = self._body(response, wait, _MOST)
        try:
            found = msgspec.json.decode(body)
        except (ValueError, msgspec.MsgspecError, RecursionError):
            raise Unreachable("what the API server answers is cut off, or no JSON") from None
        if not isinstance(found, dict):
            raise Unreachable("what the API server answers is no object")
        return found

    def _body(self, response: Any, wait: float, most: int) -> bytes:
        """The whole answer, within twice its time limit however slowly it drips."""
        import urllib3

        until = time.monotonic() + 2 * (wait or self.source.read_timeout) + 10
        read = bytearray()
        whole = False
        try:
            for chunk in response.stream(_CHUNK):
                read += chunk
                if len(read) > most:
                    return bytes(read[:most])
                if time.monotonic() > until:
                    raise Unreachable("the answer takes too long")
            whole = True
            return bytes(read)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise Unreachable(_said(error)) from None
        finally:
            if whole:
                response.release_conn()
            else:
                response.close()


def socket_of(response: Any) -> Any:
    """The socket below an answer that is still being read."""
    return getattr(getattr(response, "connection", None), "sock", None)


def _lines(response: Any) -> Iterator[bytes]:
    """Lines as they come; ends where the other side ends it."""
    import urllib3

    kept = b""
    try:
        for chunk in _chunks(response):
            *lines, kept = (kept + chunk).split(b"\n")
            if len(kept) > _LINE:
                raise ValueError("a line of a watch that has no end")
            yield from (line for line in lines if line.strip())
    except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
        raise Unreachable(_said(error)) from None
    finally:
        response.close()


def _chunks(response: Any) -> Iterator[bytes]:
    if getattr(response, "chunked", False) and response.supports_chunked_reads():
        yield from response.stream(_CHUNK)
        return
    while chunk := response.read1(_CHUNK):
        yield chunk


def _said(error: Exception) -> str:
    """What went wrong with a connection, in a few words."""
    name = type(error).__name__
    words = {
        "NewConnectionError": "no connection",
        "ConnectTimeoutError": "no connection in time",
        "ReadTimeoutError": "no answer in time",
        "ProtocolError": "the connection was cut",
        "IncompleteRead": "the connection was cut",
        "NameResolutionError": "its name can't be looked up",
    }
    if name in words:
        return words[name]
    text = " ".join(str(error).split())[:300]
    return f"TLS: {text}" if "SSL" in name else f"{name}: {text}"


def _seconds(value: Any) -> float | None:
    try:
        return min(max(float(value), 0.0), 3600.0) if value is not None else None
    except (TypeError, ValueError):
        return None
