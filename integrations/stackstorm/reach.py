"""The way to one StackStorm: st2client's managers on connections of our own, with our certificates
and proxy, a time limit on everything and a bound on every answer. It blocks: it is called in
threads of its own, so that what hangs there holds up nothing here."""

from __future__ import annotations

import json
import sys
import threading
import time
import types
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from shlex import quote
from typing import Any, TypeVar

from integrations import _wire
from integrations.base import Transient
from integrations.stackstorm import saying
from integrations.stackstorm.settings import System
from integrations.stackstorm.threads import Threads
from integrations.stackstorm.tickets import Tickets
from store import tls

T = TypeVar("T")

LARGEST = 1 << 20
"""Bytes of an answer that is parsed at most; what may be larger is read as a stream."""
_CHUNK = 64 << 10
_LOOKING, _DOING = 8, 4
"""Threads that ask how things are, and those that do something: a StackStorm that is slow to say
what was printed is still told to run and to stop."""


class TooMuch(Transient):
    """An answer is larger than what is parsed."""


@cache
def sdk() -> Any:
    """st2client. It imports a module that Python has no more since 3.13."""
    there = sys.modules.get("pipes")
    shim: Any = types.ModuleType("pipes")
    shim.quote = quote
    sys.modules["pipes"] = shim
    try:
        from st2client import client
    finally:
        if there is None:
            sys.modules.pop("pipes", None)
        else:
            sys.modules["pipes"] = there
    return client


class Reach:
    """The client and the threads it is used in."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._lock = threading.Lock()
        self._made: Any = None
        self._kept: Any = None
        self._context = cache(lambda: tls.private(system.ca_file))
        self.tickets = Tickets(system, self._ticket)
        self._looking = Threads(_LOOKING, "stackstorm-look")
        self._doing = Threads(_DOING, "stackstorm-do")

    async def look(self, ask: Callable[[Any], T]) -> T:
        """What ``ask(client)`` says, which changes nothing there."""
        return await self._looking.run(lambda: self._asked(ask))

    async def do(self, ask: Callable[[Any], T]) -> T:
        """What ``ask(client)`` says, which does something there."""
        return await self._doing.run(lambda: self._asked(ask, late=True))

    def _asked(self, ask: Callable[[Any], T], *, late: bool = False) -> T:
        try:
            return ask(self.client())
        except (ValueError, TypeError, AttributeError) as error:  # half of one, or of another shape
            raise Transient("StackStorm's answer can't be read", uncertain=late) from error

    def close(self) -> None:
        """Let go of threads and connections; what is on its way ends within its time limit."""
        for pool in (self._looking, self._doing):
            pool.close()
        with self._lock:
            if self._kept is not None:
                self._kept.close()

    def client(self) -> Any:
        """st2client's client. It knows no secret: it would put them into the environment, where
        every other client finds them."""
        with self._lock:
            if self._made is None:
                system = self._system
                made = sdk().Client(
                    base_url=system.api, api_url=system.api, api_version="v1", cacert=True,
                    auth_url=system.auth or system.api, stream_url=system.stream,
                )  # fmt: skip
                for name, manager in made.managers.items():
                    root = manager.endpoint
                    manager.client = Sender(self, root, ticket=name != "Token")
                self._kept = self._session()
                self._made = made
            return self._made

    def _session(self) -> Any:
        import requests
        from requests.adapters import HTTPAdapter

        context = self._context

        class Ours(HTTPAdapter):
            def build_connection_pool_key_attributes(self, *args: Any, **more: Any) -> Any:
                host, pool = super().build_connection_pool_key_attributes(*args, **more)
                kept = {k: v for k, v in pool.items() if not k.startswith("ca_cert")}
                return host, {**kept, "ssl_context": context()}

            def cert_verify(self, conn: Any, *_: Any) -> None:
                """Whom to believe is in the context: nobody is added to it."""
                conn.cert_reqs = "CERT_REQUIRED"

        made = requests.Session()
        made.trust_env = False
        made.headers["User-Agent"] = "PixelView"
        made.mount("https://", Ours(pool_maxsize=_LOOKING + _DOING))
        made.mount("http://", HTTPAdapter(pool_maxsize=_LOOKING + _DOING))
        return made

    # ---- requests --------------------------------------------------------------------------------

    def send(self, method: str, url: str, *, ticket: bool = True, **more: Any) -> Any:
        """One answer, its body unread. What failed is raised, as ours. A ticket that is refused is
        renewed, once.

        What is only asked goes over connections that are kept, and again where such a one was
        closed meanwhile; what does something has one of its own, so that it is sent once.
        """
        signed = self.tickets.headers() if ticket else {}
        answer = self._sent(method, url, signed, **more)
        if answer.status_code == 401 and ticket and self.tickets.refused(signed):
            answer.close()
            signed = self.tickets.headers()
            answer = self._sent(method, url, signed, **more)
        if answer.status_code >= 300:
            self._failed(method, answer, ticket=ticket)
        return answer

    def _sent(self, method: str, url: str, signed: dict[str, str], **more: Any) -> Any:
        import requests

        system = self._system
        more["headers"] = {**more.get("headers", {}), **signed}
        more |= {"timeout": (system.connect_timeout, system.read_timeout), "stream": True,
                 "allow_redirects": False}  # fmt: skip
        if proxy := _wire.proxy(url):
            more["proxies"] = {"http": proxy, "https": proxy}
        try:
            if method != "GET":
                with self._session() as once:
                    return _read(once.request(method, url, **more), self._until())
            try:
                return self._kept.get(url, **more)
            except requests.exceptions.ConnectionError as error:
                if not saying.was_dropped(error):
                    raise
                return self._kept.get(url, **more)
        except requests.exceptions.RequestException as error:
            raise saying.unanswered(error, method) from None
        except OSError as error:
            raise saying.unreadable(error) from None

    def _failed(self, method: str, answer: Any, *, ticket: bool) -> None:
        """Raise what an answer says that is none of the good ones."""
        said, spoken = "", False
        try:
            body = json.loads(_read(answer, self._until()).content)
            if isinstance(body, dict) and "faultstring" in body:
                said, spoken = str(body["faultstring"] or ""), True
        except (ValueError, Transient):
            pass
        way = self._system.way if ticket else "password"
        raise saying.failed(
            answer.status_code, saying.clean(said, self._system.secrets), method, way,
            answer.headers, spoken=spoken,
        )  # fmt: skip

    def read(self, answer: Any) -> Any:
        """An answer with its body, which is bounded."""
        return _read(answer, self._until())

    def tail(self, path: str, most: int, **more: Any) -> tuple[bytes, bytes, int]:
        """What an address of the API answers, however large: its first and its last ``most``
        bytes, and how many there are."""
        answer = self.send("GET", self._system.api + path, **more)
        until, head, total = self._until() + 60, b"", 0
        kept: deque[bytes] = deque()
        held = 0
        try:
            for chunk in _chunks(answer, until):
                if len(head) < most:
                    head += chunk[: most - len(head)]
                total += len(chunk)
                kept.append(chunk)
                held += len(chunk)
                while held - len(kept[0]) >= most:
                    held -= len(kept.popleft())
        finally:
            answer.close()
        return head, b"".join(kept)[-most:], total

    def _ticket(self, **what: Any) -> tuple[Any, str]:
        """A new token and the time on StackStorm's clock. Its address has a version in it behind
        the web server, and none by itself."""
        made = self.client()
        sender: Sender = made.managers["Token"].client
        wanted, basic = sdk().models.Token(**what), self.tickets.basic()
        try:
            return made.tokens.create(wanted, auth=basic), sender.date
        except (saying.NotThere, saying.Elsewhere):
            bare = sender.root.removesuffix("/v1")
            sender.root = bare if bare != sender.root else f"{bare}/v1"
            return made.tokens.create(wanted, auth=basic), sender.date

    def _until(self) -> float:
        return time.monotonic() + 2 * self._system.read_timeout + 10


class Sender:
    """What st2client's managers send by, instead of its HTTPClient. The tokens they are given come
    from the environment and count for nothing."""

    def __init__(self, reach: Reach, root: str, *, ticket: bool) -> None:
        self._reach, self.root, self._ticket = reach, root.rstrip("/"), ticket
        self.date = ""

    def get(self, url: str, **more: Any) -> Any:
        """The answer, read within bounds. A page is none: st2web has one for every address."""
        answer = self._send("GET", url, **more)
        if "text/html" in str(answer.headers.get("Content-Type") or ""):
            answer.close()
            raise saying.Elsewhere("what answers there is not StackStorm's API")
        return self._reach.read(answer)

    def post(self, url: str, data: Any, **more: Any) -> Any:
        """Post JSON."""
        return self._send("POST", url, data=_json(data), **_typed(more))

    def put(self, url: str, data: Any, **more: Any) -> Any:
        """Put JSON."""
        return self._send("PUT", url, data=_json(data), **_typed(more))

    def post_raw(self, url: str, data: str, **more: Any) -> Any:
        """Post what is not JSON."""
        return self._send("POST", url, data=data.encode(), **more)

    def delete(self, url: str, **more: Any) -> Any:
        """Delete."""
        return self._send("DELETE", url, **more)

    def _send(self, method: str, url: str, **more: Any) -> Any:
        for each in ("token", "api_key", "verify", "timeout"):
            more.pop(each, None)
        answer = self._reach.send(method, self.root + url, ticket=self._ticket, **more)
        self.date = str(answer.headers.get("Date") or "")
        return answer


def _json(data: Any) -> bytes:
    return json.dumps(data).encode()


def _typed(more: dict[str, Any]) -> dict[str, Any]:
    more["headers"] = {"Content-Type": "application/json", **(more.get("headers") or {})}
    return more


def _read(answer: Any, until: float) -> Any:
    """The whole of an answer, unless it is larger or drips longer than any is meant to."""
    if answer._content is not False:
        return answer
    read = bytearray()
    try:
        for chunk in _chunks(answer, until):
            read += chunk
            if len(read) > LARGEST:
                late = answer.request.method != "GET"
                raise TooMuch("StackStorm answers more than can be read", uncertain=late)
    except BaseException:
        answer.close()
        raise
    answer._content = bytes(read)
    answer._content_consumed = True
    return answer


def _chunks(answer: Any, until: float) -> Iterator[bytes]:
    import requests

    try:
        for chunk in answer.iter_content(_CHUNK):
            yield chunk
            if time.monotonic() > until:
                raise Transient("StackStorm's answer does not end", uncertain=True)
    except requests.exceptions.RequestException as error:
        raise saying.unanswered(error, str(answer.request.method)) from None
