"""Lists a collection and follows it from there: bookmarks, expired versions, cut and dead
connections. One thread for each, which does nothing while nothing happens."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from typing import Any, Protocol

import msgspec

from integrations.base import Misconfigured
from integrations.kubernetes.api import (
    PARTIAL,
    Api,
    Query,
    Refused,
    Thing,
    Unreachable,
    known,
    socket_of,
)
from integrations.kubernetes.kinds import Kind

FIRST, LONGEST = 0.5, 30.0
"""Seconds until it is tried again, at first and at most."""
DOUBTED = (2, 10)
"""So many times as long as FIRST it is waited before something is believed not to be allowed."""
ABSENT = 300.0
"""Seconds until something that is not there, or not allowed, is asked for again."""
LASTS = 240
"""Seconds a watch lasts before it is opened again; the server's own limit is higher."""


class Listener(Protocol):
    """Who is told what a collection holds. Called in the collection's thread."""

    def listed(self, feed: Feed, things: list[Thing]) -> None:
        """Everything there is."""
        ...

    def changed(self, feed: Feed, type: str, thing: Thing) -> None:
        """ADDED, MODIFIED or DELETED."""
        ...

    def absent(self, feed: Feed, why: str) -> None:
        """It is not there or not allowed: there is nothing to be told of it."""
        ...

    def lost(self, feed: Feed, why: str) -> None:
        """It can't be followed for now."""
        ...

    def followed(self, feed: Feed) -> None:
        """It is followed, and what is known is so."""
        ...


class Feed:
    """A collection, of one namespace or of all."""

    def __init__(
        self, api: Api, kind: Kind, namespace: str, listener: Listener, gate: threading.Semaphore
    ) -> None:
        self.kind, self.namespace = kind, namespace
        self._api, self._listener, self._gate = api, listener, gate
        self._stop = threading.Event()
        self._response: Any = None
        self._version = ""
        self._instead = False
        self._failures = self._denials = 0
        self._ever = False
        self._thread = threading.Thread(
            target=self._run, name=f"k8s {kind.name} {namespace}", daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, wait: float = 0.0) -> None:
        """End, at once even where it is waiting for the other side."""
        self._stop.set()
        self.cut()
        if wait and self._thread.is_alive():
            self._thread.join(wait)

    def cut(self) -> None:
        """Drop the connection; it is opened again from where it stood."""
        with contextlib.suppress(OSError, AttributeError):
            socket_of(self._response).shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        while not self._stop.is_set():
            wait = self._once()
            if wait and self._stop.wait(wait):
                return

    def _once(self) -> float:
        """List where that is needed, watch until it ends; how long to wait before the next."""
        try:
            if not self._version:
                self._list()
            self._watch()
        except Refused as error:
            return self._refused(error)
        except Unreachable as error:
            return self._failed(str(error))
        except Misconfigured as error:
            self._failed(f"{error.setting}: {error}")
            return LONGEST
        except Exception as error:  # noqa: BLE001  a thread that dies says nothing any more
            self._version = ""
            return self._failed(f"{type(error).__name__}: {error}")
        self._failures = 0
        return 0.0

    def _refused(self, error: Refused) -> float:
        if error.status == 410 or error.reason in ("Expired", "Gone"):
            self._version = ""
            return self._pause() if self._failures else self._spread()
        if error.status == 404 and self.kind.instead and not self._instead:
            self._instead = True
            return 0.001
        if error.status in (403, 404) and not self._ever:
            return self._denied(error)
        if error.status == 401:
            self._api.forget()
        if error.status in (400, 422, 404):
            self._version = ""
        wait = self._failed(str(known(error)))
        return max(wait, error.retry_after or 0.0)

    def _denied(self, error: Refused) -> float:
        """Not there or not allowed. A server that is only just starting says so too, for a moment:
        it counts once it was said several times."""
        self._version, self._instead = "", False
        self._denials += 1
        if self._denials <= len(DOUBTED):
            return FIRST * DOUBTED[self._denials - 1]
        self._listener.absent(self, str(known(error)))
        return ABSENT

    def _spread(self) -> float:
        """Expired versions hit all watches at once: they list again one after the other."""
        self._failures += 1
        return random.uniform(0.01, 0.2)  # noqa: S311

    def _failed(self, why: str) -> float:
        if not self._stop.is_set():
            self._listener.lost(self, why)
        return self._pause()

    def _pause(self) -> float:
        self._failures += 1
        wait = min(FIRST * 2.0 ** min(self._failures - 1, 10), LONGEST)
        return wait * random.uniform(0.7, 1.3)  # noqa: S311

    def _query(self) -> Query:
        fields = [self.kind.selector] if self.kind.selector else []
        if self.kind.namespaced and not self.namespace:
            fields += [f"metadata.namespace!={n}" for n in self._api.source.excluded]
        return [("fieldSelector", ",".join(fields))] if fields else []

    def _list(self) -> None:
        """Everything, page by page; where the continue token expires, once more in one piece."""
        path = self.kind.url(self.namespace, instead=self._instead)
        accept = PARTIAL.format("List") if self.kind.partial else ""
        query, version = self._query(), ""
        with self._gate:
            things: list[Thing] = []
            try:
                for page, at in self._api.pages(path, query, accept=accept):
                    version = at
                    things += map(self._slim, page)
                    if self._stop.is_set():
                        return
            except Refused as error:
                if error.status != 410:
                    raise
                found = self._api.get(path, query, accept=accept, wait=120)
                things = [self._slim(t) for t in found.get("items") or () if isinstance(t, dict)]
                version = str((found.get("metadata") or {}).get("resourceVersion") or "")
        self._version, self._ever = version, True
        self._listener.listed(self, things)

    def _slim(self, thing: Thing) -> Thing:
        if isinstance(meta := thing.get("metadata"), dict):
            meta.pop("managedFields", None)
        return thing

    def _watch(self) -> None:
        path = self.kind.url(self.namespace, instead=self._instead)
        lasts = LASTS + random.randint(0, 60)  # noqa: S311
        query = [
            *self._query(),
            ("watch", "1"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", self._version),
            ("timeoutSeconds", str(lasts)),
        ]
        accept = PARTIAL.format("") if self.kind.partial else ""
        began = time.monotonic()
        self._response, lines = self._api.watch(path, query, accept=accept, wait=lasts + 15)
        try:
            if self._stop.is_set():
                return
            self._listener.followed(self)
            for line in lines:
                self._failures = 0
                self._take(line)
        finally:
            self._response = None
        if time.monotonic() - began < 1.0 and not self._stop.is_set():
            self._stop.wait(self._pause())  # a server that ends every watch at once

    def _take(self, line: bytes) -> None:
        try:
            event = msgspec.json.decode(line)
            word, thing = event["type"], event["object"]
        except (ValueError, TypeError, KeyError, RecursionError, msgspec.MsgspecError):
            raise Unreachable("the watch was cut in the middle of an event") from None
        if not isinstance(thing, dict):
            return
        if word == "ERROR":
            code = thing.get("code")
            raise Refused(
                int(code) if isinstance(code, int) else 500,
                str(thing.get("reason") or ""),
                str(thing.get("message") or "the watch ended with an error"),
            )
        meta = thing.get("metadata")
        version = meta.get("resourceVersion") if isinstance(meta, dict) else None
        if word in ("ADDED", "MODIFIED", "DELETED"):
            self._listener.changed(self, word, self._slim(thing))
        if version:
            self._version = str(version)
