"""The stand-in's HTTP: lists in pages, watches, patches, and the ways in which it fails if told."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import json
from typing import Any, Self

from aiohttp import web

from .rbac import Rules
from .store import (
    COLLECTIONS,
    BadSelector,
    Collection,
    Conflict,
    Stored,
    Thing,
    matches,
    merged,
    patched,
)

_BY_PATH = {(c.group, c.version, c.plural): c for c in COLLECTIONS}
_LISTED = {"fieldSelector", "labelSelector", "limit", "continue", "resourceVersion",
           "resourceVersionMatch", "watch", "allowWatchBookmarks", "timeoutSeconds",
           "sendInitialEvents", "pretty"}  # fmt: skip
_CHANGED = {"dryRun", "fieldManager", "force", "fieldValidation", "pretty"}
_LOGGED = {"container", "tailLines", "limitBytes", "previous", "timestamps", "sinceSeconds"}
_PATCHES = ("application/strategic-merge-patch+json", "application/merge-patch+json",
            "application/json-patch+json")  # fmt: skip


class Denied(Exception):
    """An answer that is no success."""

    def __init__(
        self, code: int, reason: str, message: str, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message
        self.retry_after = retry_after

    def body(self) -> Thing:
        """As a Status."""
        details = {"retryAfterSeconds": int(self.retry_after)} if self.retry_after else {}
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": self.message, "reason": self.reason, "code": self.code,
                "details": details}  # fmt: skip


class FakeKube:
    """Starts with ``async with``. ``users`` are tokens with what they may do, None may everything;
    ``asked`` is every request: verb, path, query."""

    def __init__(self) -> None:
        self.store = Stored()
        self.users: dict[str, Rules | None] = {"admin": None}
        self.url = ""
        self.violations: list[str] = []
        self.denied: list[str] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.agents: set[str] = set()
        self.logs: dict[tuple[str, str, str, bool], str] = {}
        self.failing: list[str] = []
        self.missing: set[str] = {"metrics.k8s.io", "cert-manager.io"}
        self.gone_over_http = False
        self.hung = asyncio.Event()
        self.hung.set()
        self.bookmark_every = 0.2
        self.version = "v0.0.0-master+faecb196815e2"
        self._refusals: list[Denied] = []
        self._continues: dict[str, tuple[int, list[Thing]]] = {}
        self._woken: set[asyncio.Event] = set()
        self._cuts: set[asyncio.Event] = set()
        self._runner: web.AppRunner | None = None
        self._port = 0

    # ---- what tests do ---------------------------------------------------------------------------

    def put(self, *things: Thing) -> None:
        """These objects are so now."""
        for each in things:
            self.store.put(self._collection(each), each)
        self._wake()

    def drop(self, thing: Thing) -> None:
        """This object is gone."""
        meta = thing["metadata"]
        self.store.drop(self._collection(thing), (meta.get("namespace", ""), meta["name"]))
        self._wake()

    def compact(self) -> None:
        """All versions up to now are forgotten, and all continue tokens."""
        self.store.next()
        self.store.compact()
        self._continues.clear()

    def cut(self) -> None:
        """All watches lose their connection."""
        for each in [*self._cuts]:
            each.set()
        self._wake()

    def refuse_next(
        self, code: int, reason: str = "", message: str = "no", retry_after: float | None = None
    ) -> None:
        """The next request is answered so."""
        self._refusals.append(Denied(code, reason, message, retry_after))

    def reset_watchers(self) -> None:
        """Watches that run get the 410 that an expired version brings."""
        for each in [*self._cuts]:
            each.gone = True  # type: ignore[attr-defined]
        self._wake()

    def get(self, plural: str, name: str, namespace: str = "") -> Thing:
        """An object as it is now."""
        found = next(c for c in COLLECTIONS if c.plural == plural and c.group != "metrics.k8s.io")
        return self.store.of(found)[namespace, name]

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=4 << 20)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = int(self._runner.addresses[0][1])
        self.url = f"http://127.0.0.1:{self._port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.hung.set()
        self.cut()
        if self._runner:
            await self._runner.cleanup()

    # ---- one request -----------------------------------------------------------------------------

    def _collection(self, thing: Thing) -> Collection:
        return next(
            c for c in COLLECTIONS
            if c.kind == thing["kind"] and c.api == thing.get("apiVersion", c.api)
        )  # fmt: skip

    def _wake(self) -> None:
        for each in self._woken:
            each.set()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        self.asked.append((request.method, request.path, query))
        self.agents.add(request.headers.get("User-Agent", ""))
        await self.hung.wait()
        try:
            if self._refusals:
                raise self._refusals.pop(0)
            rules = self._user(request)
            return await self._route(request, query, rules)
        except Denied as error:
            self.denied += [f"{request.method} {request.path}"] if error.code == 403 else []
            headers = {"Retry-After": f"{error.retry_after:g}"} if error.retry_after else {}
            return web.json_response(error.body(), status=error.code, headers=headers)

    def _user(self, request: web.Request) -> Rules | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.users:
            raise Denied(401, "Unauthorized", "Unauthorized")
        return self.users[token]

    async def _route(
        self, request: web.Request, query: dict[str, str], rules: Rules | None
    ) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")
        if parts[0] not in ("api", "apis"):
            return self._plain(request, rules)
        group, version, rest = ("", parts[1], parts[2:]) if parts[0] == "api" else (
            parts[1], parts[2] if len(parts) > 2 else "", parts[3:])  # fmt: skip
        namespace = ""
        if len(rest) > 2 and rest[0] == "namespaces":
            namespace, rest = rest[1], rest[2:]
        found = _BY_PATH.get((group, version, rest[0] if rest else ""))
        if found is None or group in self.missing:
            return web.Response(status=404, text="404 page not found\n")
        name = rest[1] if len(rest) > 1 else ""
        sub = rest[2] if len(rest) > 2 else ""
        self._allowed(rules, request.method, query, found, name, namespace, sub)
        if sub == "log":
            return self._log(query, namespace, name)
        if request.method == "GET" and not name:
            return await self._listed(request, query, found, namespace)
        thing = self.store.of(found).get((namespace, name))
        if thing is None:
            raise Denied(404, "NotFound", f'{found.plural} "{name}" not found')
        if request.method == "GET":
            return web.json_response(_scale(thing) if sub == "scale" else thing)
        self._known(query, _CHANGED)
        if request.method == "DELETE":
            return await self._delete(request, query, found, thing)
        if request.method == "PATCH":
            return await self._patch(request, query, found, thing, sub)
        raise Denied(405, "MethodNotAllowed", "the server does not allow this method")

    def _allowed(
        self, rules: Rules | None, method: str, query: dict[str, str], found: Collection,
        name: str, namespace: str, sub: str,
    ) -> None:  # fmt: skip
        if rules is None:
            return
        verb = {"PATCH": "patch", "DELETE": "delete", "POST": "create", "PUT": "update"}.get(method)
        verb = verb or ("get" if name else "watch" if query.get("watch") else "list")
        what = f"{found.plural}/{sub}" if sub else found.plural
        if not rules.allow(verb, found.group, what, name, namespace):
            raise Denied(403, "Forbidden", f'{what} is forbidden: User "x" cannot {verb} resource '
                         f'"{what}" in API group "{found.group}"')  # fmt: skip

    def _known(self, query: dict[str, str], names: set[str]) -> None:
        if unknown := set(query) - names:
            self.violations.append(f"unknown parameters {sorted(unknown)}")

    def _plain(self, request: web.Request, rules: Rules | None) -> web.Response:
        if rules is not None and not rules.allow_path("get", request.path):
            raise Denied(403, "Forbidden", f'User "x" cannot get path "{request.path}"')
        if request.path == "/version":
            return web.json_response({"gitVersion": self.version, "platform": "linux/amd64"})
        if request.path not in ("/readyz", "/livez", "/healthz"):
            return web.Response(status=404, text="404 page not found\n")
        lines = [f"[-]{each} failed: reason withheld" for each in self.failing]
        status = 500 if lines else 200
        text = "\n".join(["[+]ping ok", *lines, f"readyz check {'failed' if lines else 'passed'}"])
        return web.Response(status=status, text=text)

    def _log(self, query: dict[str, str], namespace: str, name: str) -> web.Response:
        self._known(query, _LOGGED)
        previous = query.get("previous") == "true"
        found = self.logs.get((namespace, name, query.get("container", ""), previous))
        if found is None:
            one = f'container "{query.get("container")}" in pod "{name}"'
            message = f"previous terminated {one} not found" if previous else (
                f"{one} is waiting to start: ContainerCreating")  # fmt: skip
            raise Denied(400, "BadRequest", message)
        lines = found.splitlines(keepends=True)[-int(query.get("tailLines", "100000")) :]
        return web.Response(text="".join(lines)[: int(query.get("limitBytes", "1000000000"))])

    # ---- lists and watches -----------------------------------------------------------------------

    async def _listed(
        self, request: web.Request, query: dict[str, str], found: Collection, namespace: str
    ) -> web.StreamResponse:
        self._known(query, _LISTED)
        partial = "PartialObjectMetadata" in request.headers.get("Accept", "")
        try:
            matches(found, {}, query.get("fieldSelector", ""), "")
        except BadSelector as error:
            raise Denied(400, "BadRequest", str(error)) from None
        if query.get("watch") in ("1", "true"):
            return await self._watch(request, query, found, namespace, partial)
        return self._list(query, found, namespace, partial)

    def _list(
        self, query: dict[str, str], found: Collection, namespace: str, partial: bool
    ) -> web.Response:
        limit, token = int(query.get("limit", "0")), query.get("continue", "")
        if token:
            if token not in self._continues:
                raise Denied(410, "Expired", "The provided continue parameter is too old to "
                             "display a consistent list result.")  # fmt: skip
            version, things = self._continues.pop(token)
        else:
            version = self.store.version
            things = [copy.deepcopy(each) for _, each in sorted(self.store.of(found).items())
                      if self._fits(found, each, query, namespace)]  # fmt: skip
        meta: Thing = {"resourceVersion": str(version)}
        if limit and len(things) > limit:
            rest = things[limit:]
            token = base64.b64encode(f"{version}:{len(rest)}:{found.plural}".encode()).decode()
            self._continues[token] = (version, rest)
            meta |= {"continue": token, "remainingItemCount": len(rest)}
            things = things[:limit]
        for each in things:  # items of a list do not say what they are
            each.pop("kind", None)
            each.pop("apiVersion", None)
        if partial:
            things = [{"metadata": each["metadata"]} for each in things]
        kind = "PartialObjectMetadata" if partial else found.kind
        return web.json_response({"kind": f"{kind}List", "apiVersion": found.api, "metadata": meta,
                                  "items": things})  # fmt: skip

    def _fits(self, found: Collection, thing: Thing, query: dict[str, str], namespace: str) -> bool:
        if namespace and thing["metadata"].get("namespace") != namespace:
            return False
        return matches(found, thing, query.get("fieldSelector", ""), query.get("labelSelector", ""))

    async def _watch(
        self, request: web.Request, query: dict[str, str], found: Collection, namespace: str,
        partial: bool,
    ) -> web.StreamResponse:  # fmt: skip
        said = query.get("resourceVersion", "")
        if said and not said.isdigit():
            raise Denied(400, "BadRequest", f"Invalid resource version: {said}")
        at = int(said or 0)
        gone = Denied(410, "Expired", f"too old resource version: {at} ({self.store.compacted})")
        if 0 < at < self.store.compacted and self.gone_over_http:
            raise gone
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        if 0 < at < self.store.compacted:
            await self._say(response, "ERROR", gone.body())
            return response
        woken, cut = asyncio.Event(), asyncio.Event()
        self._woken.add(woken)
        self._cuts.add(cut)
        try:
            await self._tell(request, response, query, found, namespace, partial, at, woken, cut)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._woken.discard(woken)
            self._cuts.discard(cut)
        return response

    async def _tell(
        self, request: web.Request, response: web.StreamResponse, query: dict[str, str],
        found: Collection, namespace: str, partial: bool, at: int, woken: asyncio.Event,
        cut: Any,
    ) -> None:  # fmt: skip
        loop = asyncio.get_running_loop()
        until = loop.time() + float(query.get("timeoutSeconds", "1800"))
        if not at:
            at = self.store.version
            there = [e for e in self.store.of(found).values()
                     if self._fits(found, e, query, namespace)]  # fmt: skip
            for each in there:
                await self._say(response, "ADDED", _part(each, partial))
        while True:
            woken.clear()
            if getattr(cut, "gone", False):
                await self._say(response, "ERROR", Denied(410, "Expired", "too old").body())
                return
            if cut.is_set():
                if request.transport is not None:
                    request.transport.abort()
                return
            for change in [*self.store.since(found, at)]:
                at = change.version
                if word := self._word(found, change, query, namespace):
                    await self._say(response, word, _part(change.after, partial))
            if loop.time() >= until:
                return
            wait = min(self.bookmark_every, max(0.0, until - loop.time()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), wait)
            if woken.is_set():  # perhaps in the very moment the wait ran out
                continue
            if query.get("allowWatchBookmarks") == "true" and self.hung.is_set():
                at = self.store.version
                mark = {
                    "kind": found.kind,
                    "apiVersion": found.api,
                    "metadata": {"resourceVersion": str(at), "creationTimestamp": None},
                }
                await self._say(response, "BOOKMARK", mark)

    def _word(self, found: Collection, change: Any, query: dict[str, str], namespace: str) -> str:
        """As what a watcher with selectors sees it: what does not fit any more is deleted."""
        fits = self._fits(found, change.after, query, namespace)
        did = change.before is not None and self._fits(found, change.before, query, namespace)
        if change.word == "DELETED":
            return "DELETED" if did else ""
        return {(True, True): "MODIFIED", (True, False): "ADDED", (False, True): "DELETED"}.get(
            (fits, did), ""
        )

    async def _say(self, response: web.StreamResponse, word: str, thing: Thing) -> None:
        line = json.dumps({"type": word, "object": thing}).encode() + b"\n"
        await response.write(line)

    # ---- changes ---------------------------------------------------------------------------------

    async def _patch(
        self, request: web.Request, query: dict[str, str], found: Collection, thing: Thing, sub: str
    ) -> web.Response:
        if request.content_type not in _PATCHES:
            self.violations.append(f"PATCH with {request.content_type}")
            raise Denied(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown "
                f"format - accepted media types include: {', '.join(_PATCHES)}",
            )
        body = json.loads(await request.text())
        before = _scale(thing) if sub == "scale" else thing
        try:
            if request.content_type == _PATCHES[2]:
                after = patched(before, body)
            else:
                after = merged(before, body, strategic=request.content_type == _PATCHES[0])
        except Conflict as error:
            raise Denied(422, "Invalid", f"the server rejected our request: {error}") from None
        if sub == "scale":
            if not isinstance(after["spec"].get("replicas"), int):
                raise Denied(422, "Invalid", "spec.replicas must be a number")
            thing = copy.deepcopy(thing)
            thing["spec"]["replicas"] = after["spec"]["replicas"]
            if self._dry(query):
                return web.json_response(after)
            self.put(thing)
            return web.json_response(after)
        if self._dry(query):
            return web.json_response(after)
        self.put(after)
        return web.json_response(after)

    async def _delete(
        self, request: web.Request, query: dict[str, str], found: Collection, thing: Thing
    ) -> web.Response:
        text = await request.text()
        body = json.loads(text) if text else {}
        uid = (body.get("preconditions") or {}).get("uid")
        if uid and uid != thing["metadata"]["uid"]:
            raise Denied(409, "Conflict", "the UID in the precondition does not match")
        # As the real one: parameters of the address count only where there is no body.
        said = (body.get("dryRun") or [None])[0] if body else query.get("dryRun")
        dry = self._dry({"dryRun": said} if said else {})
        if not dry:
            self.drop(thing)
        return web.json_response(thing)

    def _dry(self, query: dict[str, str]) -> bool:
        said = query.get("dryRun")
        if said not in (None, "All"):
            raise Denied(400, "BadRequest", f"Invalid value for dryRun: {said}")
        return said == "All"


def _part(thing: Thing, partial: bool) -> Thing:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": thing["metadata"]} if partial else thing  # fmt: skip


def _scale(thing: Thing) -> Thing:
    meta = {k: v for k, v in thing["metadata"].items() if k in ("name", "namespace", "uid")}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta,
            "spec": {"replicas": thing["spec"].get("replicas", 1)},
            "status": {"replicas": thing.get("status", {}).get("replicas", 0)}}  # fmt: skip
