"""What the API answers about itself, packs, actions, executions and traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.support.stackstorm import shapes
from tests.support.stackstorm.shapes import FINAL, Fields
from tests.support.stackstorm.world import Execution, stamp

if TYPE_CHECKING:
    from tests.support.stackstorm.server import StackStorm

USER = web.RequestKey("user", str)
PATH = web.RequestKey("path", list)
"""Who asks, and the words of the address."""
_FIELDS = {"action", "parameters", "context", "user", "notify", "delay", "callback"}
_FILTERS = {"id", "name", "sort", "action", "status", "parent", "rule", "user", "limit", "offset",
            "include_attributes", "exclude_attributes", "advanced_filters", "timestamp_gt",
            "timestamp_lt", "max_result_size"}  # fmt: skip


def error(status: int, said: str, **more: Any) -> web.Response:
    """A refusal in StackStorm's shape."""
    return web.json_response({"faultstring": said, **more}, status=status)


def meant(request: web.Request, path: str, route: str) -> bool:
    """Whether a request is of a route such as ``GET /executions/*/output``."""
    method, _, pattern = route.partition(" ")
    wanted, given = pattern.split("/"), path.split("/")
    return request.method == method and len(wanted) == len(given) and all(
        w in ("*", g) for w, g in zip(wanted, given, strict=True)
    )  # fmt: skip


def page(st2: StackStorm, request: web.Request, rows: list[Any]) -> web.Response:
    """One page of rows with its headers."""
    limit, offset = int(request.query.get("limit", 100)), int(request.query.get("offset", 0))
    if limit == 0 or limit < -1:
        return error(400, f'Limit, "{limit}" specified, must be a positive number.')
    limit = st2.most_page if limit == -1 or limit > st2.most_page else limit
    headers = {"X-Total-Count": str(len(rows)), "X-Limit": str(limit)}
    return web.json_response(rows[offset : offset + limit], headers=headers)


async def _version(st2: StackStorm, request: web.Request) -> web.Response:
    return web.json_response({"version": "3.10dev", "docs_url": "http://docs.stackstorm.com"})


async def _user(st2: StackStorm, request: web.Request) -> web.Response:
    by = "API key" if "St2-Api-Key" in request.headers else "authentication token"
    return web.json_response({
        "username": request[USER], "authentication": {"method": by, "location": "header"},
        "rbac": {"enabled": False, "roles": [], "is_admin": True},
    })  # fmt: skip


async def _packs(st2: StackStorm, request: web.Request) -> web.Response:
    rows = [{"name": each, "ref": each, "version": "1.0.0"} for each in sorted(st2.world.packs)]
    return page(st2, request, rows)


async def _runners(st2: StackStorm, request: web.Request) -> web.Response:
    rows = [{"name": n, "runner_parameters": p, "enabled": True} for n, p in shapes.RUNNERS.items()]
    return page(st2, request, rows)


def _actions_of(st2: StackStorm, request: web.Request, *, merged: bool) -> list[Fields]:
    include = request.query.get("include_attributes", "")
    rows = [a for _, a in sorted(st2.world.actions.items())
            if request.query.get("pack") in (None, a["pack"])]  # fmt: skip
    if merged:
        rows = [{**each, "parameters": shapes.merged(each)} for each in rows]
    exclude = request.query.get("exclude_attributes", "")
    return [shapes.projected(each, include, exclude) for each in rows]


async def _actions(st2: StackStorm, request: web.Request) -> web.Response:
    return page(st2, request, _actions_of(st2, request, merged=False))


async def _overviews(st2: StackStorm, request: web.Request) -> web.Response:
    return page(st2, request, _actions_of(st2, request, merged=True))


def _action_of(st2: StackStorm, request: web.Request) -> Fields | None:
    wanted = request[PATH][-1]
    return next((a for a in st2.world.actions.values() if wanted in (a["ref"], a["id"])), None)


async def _action(st2: StackStorm, request: web.Request) -> web.Response:
    action = _action_of(st2, request)
    if action is None:
        return error(404, f'Resource with a reference or id "{request[PATH][-1]}" not found')
    if "overview" in request[PATH]:
        action = {**action, "parameters": shapes.merged(action)}
    if "parameters" in request[PATH]:
        action = {"parameters": shapes.merged(action)}
    return web.json_response(action)


# ---- executions ----------------------------------------------------------------------------------


async def _run(st2: StackStorm, request: web.Request) -> web.Response:
    body = st2.asked[-1][3]
    if extra := set(body) - _FIELDS:
        st2.wrong(f"POST /executions has {extra}")
    action = st2.world.actions.get(str(body.get("action")))
    if action is None:
        return error(400, f'Action "{body.get("action")}" cannot be found.')
    if not action["enabled"]:
        return error(400, f'Unable to execute. Action "{action["ref"]}" is disabled.')
    context = {**body.get("context", {}), "user": body.get("user") or request[USER]}
    marked = context.get("trace_context", {})
    if set(marked) - {"trace_tag", "id_"}:
        return error(500, "TraceContext.__init__() got an unexpected keyword argument")
    tag = str(marked.get("trace_tag", ""))
    if tag and not st2.twice and any(each["trace_tag"] == tag for each in st2.world.traces):
        st2.wrong(f"{tag} was run twice")
    return _scheduled(st2, action, body.get("parameters") or {}, context)


def _scheduled(st2: StackStorm, action: Fields, given: Fields, context: Fields) -> web.Response:
    if any("{{" in each or "{%" in each for each in map(str, given.values())):
        return error(400, 'Dependency unsatisfied in variable "x"')
    try:
        given = shapes.cast(action, given)
    except ValueError as wrong:
        return error(400, str(wrong))
    if said := shapes.refused(action, given):
        return error(400, said)
    one = st2.world.start(action["ref"], given, context)
    shown = st2.world.shown(one)
    st2.carry_out(one)
    return web.json_response(shown, status=201)


def _kept(one: Execution, query: Any) -> bool:
    wanted = {"action": one.ref, "status": one.status, "parent": one.parent,
              "user": one.context.get("user"), "rule": (one.rule or {}).get("name")}  # fmt: skip
    if any(name in query and query[name] != value for name, value in wanted.items()):
        return False
    if "id" in query and one.id not in query["id"].split(","):
        return False
    if stamp(one.began) <= query.get("timestamp_gt", ""):
        return False
    for each in query.get("advanced_filters", "").split():
        path, _, value = each.partition(":")
        found: Any = {"context": one.context}
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if str(found) != value:
            return False
    return True


async def _executions(st2: StackStorm, request: web.Request) -> web.Response:
    query = request.query
    if extra := set(query) - _FILTERS:
        st2.wrong(f"GET /executions has {extra}")
    rows = [each for each in reversed(st2.world.executions.values()) if _kept(each, query)]
    include, exclude = query.get("include_attributes", ""), query.get("exclude_attributes", "")
    shown = [shapes.projected(st2.world.shown(each), include, exclude) for each in rows]
    return page(st2, request, shown)


def _one(st2: StackStorm, request: web.Request) -> Execution | None:
    return st2.world.executions.get(request[PATH][1])


def _none(request: web.Request) -> web.Response:
    return error(404, f'Unable to identify resource with id "{request[PATH][1]}".')


async def _execution(st2: StackStorm, request: web.Request) -> web.Response:
    if (one := _one(st2, request)) is None:
        return _none(request)
    include = request.query.get("include_attributes", "")
    exclude = request.query.get("exclude_attributes", "")
    return web.json_response(shapes.projected(st2.world.shown(one), include, exclude))


async def _cancel(st2: StackStorm, request: web.Request) -> web.Response:
    if (one := _one(st2, request)) is None:
        return _none(request)
    if one.status in (FINAL | {"pending", "canceling"}) - {"canceled"}:
        return error(200, f"Action cannot be canceled. State = {one.status}.")
    if one.status != "canceled":
        st2.cancel(one, request[USER])
    return web.json_response(st2.world.shown(one))


async def _output(st2: StackStorm, request: web.Request) -> web.Response:
    if (one := _one(st2, request)) is None:
        return _none(request)
    return web.Response(text=one.output(request.query.get("output_type", "all")))


async def _attribute(st2: StackStorm, request: web.Request) -> web.Response:
    if (one := _one(st2, request)) is None:
        return _none(request)
    name = request[PATH][3]
    if name not in ("result", "status", "trigger_instance"):
        return error(400, f'Invalid attribute "{name}" specified.')
    return web.json_response({"result": one.result, "status": one.status}.get(name))


async def _children(st2: StackStorm, request: web.Request) -> web.Response:
    """All descendants in one flat list, breadth first, whole: nothing narrows them."""
    if (one := _one(st2, request)) is None:
        return _none(request)
    found, level = [], [one.id]
    while level:
        below = [each for each in st2.world.executions.values() if each.parent in level]
        found += [st2.world.shown(each) for each in below]
        level = [each.id for each in below]
    return web.json_response(found)


async def _change(st2: StackStorm, request: web.Request) -> web.Response:
    if (one := _one(st2, request)) is None:
        return _none(request)
    if one.status in FINAL:
        return error(400, "Execution is already in completed state.")
    st2.world.turn(one, {"pausing": "paused", "resuming": "running"}[st2.asked[-1][3]["status"]])
    return web.json_response(st2.world.shown(one))


async def _again(st2: StackStorm, request: web.Request) -> web.Response:
    if (one := _one(st2, request)) is None:
        return _none(request)
    given = {**one.parameters, **(st2.asked[-1][3].get("parameters") or {})}
    context = {"user": request[USER], "re-run": {"ref": one.id}}
    return _scheduled(st2, one.action, given, context)


async def _traces(st2: StackStorm, request: web.Request) -> web.Response:
    tag = request.query.get("trace_tag")
    return page(st2, request, [e for e in st2.world.traces if tag in (None, e["trace_tag"])])


ROUTES = {
    "GET /": _version, "GET /user": _user, "GET /packs": _packs, "GET /runnertypes": _runners,
    "GET /actions/views/overview": _overviews, "GET /actions": _actions,
    "GET /actions/views/overview/*": _action, "GET /actions/views/parameters/*": _action,
    "GET /actions/*": _action, "POST /executions": _run, "GET /executions": _executions,
    "GET /executions/*": _execution, "DELETE /executions/*": _cancel,
    "GET /executions/*/output": _output, "GET /executions/*/attribute/*": _attribute,
    "GET /executions/*/children": _children, "PUT /executions/*": _change,
    "POST /executions/*/re_run": _again, "GET /traces": _traces,
}  # fmt: skip
