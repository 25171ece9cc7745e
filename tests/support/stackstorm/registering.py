"""What the API answers about webhooks, triggers, rules and actions that are made by it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml
from aiohttp import web

from tests.support.stackstorm.acts import does
from tests.support.stackstorm.api import PATH, error, page
from tests.support.stackstorm.shapes import RUNNERS

if TYPE_CHECKING:
    from tests.support.stackstorm.server import StackStorm

_SYSTEM = ("core", "packs", "chatops", "linux")
_ACTION = {"name", "pack", "ref", "description", "enabled", "entry_point", "runner_type",
           "parameters", "tags", "output_schema", "notify", "metadata_file", "data_files", "id",
           "uid"}  # fmt: skip


async def _hooks(st2: StackStorm, request: web.Request) -> web.Response:
    return web.json_response([
        {"name": each, "pack": "core", "type": "core.st2.webhook", "parameters": {"url": each}}
        for each in sorted(st2.world.hooks)
    ])  # fmt: skip


async def _fire(st2: StackStorm, request: web.Request) -> web.Response:
    hook, body = request[PATH][1], st2.asked[-1][3]
    kept = ("X-PixelView-", "St2-Trace-Tag")
    headers = {k: v for k, v in request.headers.items() if k.startswith(kept)}
    if hook == "st2":
        trigger = body.get("trigger")
        if extra := set(body) - {"trigger", "payload"}:
            st2.wrong(f"POST /webhooks/st2 has {extra}")
        if not trigger:
            return error(400, "Trigger not specified.")
        if trigger not in st2.world.triggers:
            return error(
                400,
                "Trigger payload validation failed and validation is enabled, not "
                f'dispatching a trigger "{trigger}" ({body.get("payload")}): Trigger '
                f'type with reference "{trigger}" doesn\'t exist in the database',
            )
    elif hook not in st2.world.hooks:
        return error(404, f"Webhook {hook} not registered with st2")
    st2.world.told.append({"hook": hook, "body": body, "headers": headers})
    return web.json_response(body, status=202)


async def _drop(st2: StackStorm, request: web.Request) -> web.Response:
    ref = request.path.rpartition("/")[2]
    if st2.world.actions.pop(ref, None) is None:
        return error(404, f'Resource with a reference or id "{ref}" not found')
    if (json.loads(await request.read() or b"{}")).get("remove_files"):
        pack, _, name = ref.partition(".")
        for path in [p for p in st2.world.files if p.startswith(pack) and f"/{name}." in p]:
            del st2.world.files[path]
    return web.Response(status=204)


async def _keep(st2: StackStorm, request: web.Request) -> web.Response:
    body = st2.asked[-1][3]
    if extra := set(body) - _ACTION:
        st2.wrong(f"{request.method} /actions has {extra}")
    pack, name = body.get("pack", "default"), body["name"]
    ref = f"{pack}.{name}"
    if pack in _SYSTEM:
        return error(400, "Resources belonging to system level packs can't be manipulated")
    if body["runner_type"] not in RUNNERS:
        return error(400, f'Invalid runner_type "{body["runner_type"]}"')
    known = st2.world.actions.get(ref)
    if request.method == "POST" and known is not None:
        return error(409, "Tried to save duplicate unique keys (E11000)", **{
            "conflict-id": known["id"]})  # fmt: skip
    if request.method == "PUT" and known is None:
        return error(404, f'Resource with a reference or id "{ref}" not found')
    if pack not in st2.world.packs:
        return error(400, f'Directory for pack "{pack}" doesn\'t exist')
    for each in body.get("data_files", []):
        if set(each) != {"file_path", "content"} or ".." in each["file_path"]:
            st2.wrong(f"a data file has {sorted(each)}: {each.get('file_path')}")
        st2.world.files[f"{pack}/actions/{each['file_path']}"] = each["content"]
    made = st2.world.action(ref, body.get("parameters"), runner=body["runner_type"],
                            help=body.get("description", ""))  # fmt: skip
    made["entry_point"] = body.get("entry_point", "")
    st2.scripts.setdefault(ref, does("done"))
    return web.json_response(made, status=201 if request.method == "POST" else 200)


async def _rules(st2: StackStorm, request: web.Request) -> web.Response:
    return page(st2, request, list(st2.world.rules.values()))


async def _rule(st2: StackStorm, request: web.Request) -> web.Response:
    body = st2.asked[-1][3]
    pack = body.get("pack", "default")
    ref = f"{pack}.{body['name']}"
    if ref in st2.world.rules:
        return error(409, "Tried to save duplicate unique keys (E11000)", **{
            "conflict-id": st2.world.rules[ref]["id"]})  # fmt: skip
    made = {**body, "pack": pack, "ref": ref, "id": st2.world.id()}
    st2.world.rules[ref] = made
    trigger = body["trigger"]
    if trigger["type"] == "core.st2.webhook":
        st2.world.hooks.add(trigger["parameters"]["url"])
    return web.json_response(made, status=201)


async def _triggers(st2: StackStorm, request: web.Request) -> web.Response:
    rows = [{"ref": each, "pack": each.partition(".")[0], "name": each.partition(".")[2]}
            for each in sorted(st2.world.triggers)]  # fmt: skip
    return page(st2, request, rows)


async def _inspect(st2: StackStorm, request: web.Request) -> web.Response:
    """What is wrong with a workflow: tasks that go on to what there is not."""
    try:
        found = yaml.safe_load(st2.asked[-1][3] or "")
    except yaml.YAMLError as wrong:
        return error(400, f"Failed to load workflow definition because {wrong}")
    tasks = found.get("tasks") if isinstance(found, dict) else None
    if not isinstance(tasks, dict):
        what = {"type": "syntax", "message": "'tasks' is a required property", "spec_path": ""}
        return web.json_response([{**what, "schema_path": "required"}])
    return web.json_response([
        {"type": "semantic", "message": f'The task "{to}" is not defined.',
         "spec_path": f"tasks.{name}.next[{number}].do", "schema_path": ""}
        for name, task in tasks.items()
        for number, after in enumerate((task or {}).get("next") or [])
        for to in _words(after.get("do")) if to not in (*tasks, "noop", "fail", "continue", "retry")
    ])  # fmt: skip


def _words(value: Any) -> list[str]:
    return value.replace(",", " ").split() if isinstance(value, str) else list(value or [])


ROUTES = {
    "GET /webhooks": _hooks, "POST /webhooks/*": _fire, "POST /actions": _keep,
    "PUT /actions/*": _keep, "DELETE /actions/*": _drop, "GET /rules": _rules, "POST /rules": _rule,
    "GET /triggertypes": _triggers, "POST /workflows/inspect": _inspect,
}  # fmt: skip
