"""views.*: modals opened by a fresh trigger, updated by id, and Home tabs."""

from __future__ import annotations

import json
from typing import Any

from ..checks import Problems, check_view
from ..model import JSON, User, View
from ..payloads import view_json
from ..state import state_values
from ..workspace import TRIGGER_SECONDS, Trigger, Workspace, digest
from .registry import Refused, Request, method, problems_of

VIEW_BYTES_MAX = 250_000
STACK_MAX = 3

__all__ = ["checked", "open_view", "replace_view", "view_problems"]


def view_problems(body: Any, kind: str) -> Problems:
    """What is wrong with a view."""
    problems = Problems()
    check_view(body, kind, problems)
    return problems


def checked(request: Request, kind: str) -> JSON:
    """The view of a call, refused where it breaks a limit."""
    body = request.need("view")
    if len(json.dumps(body)) > VIEW_BYTES_MAX:
        raise Refused("view_too_large")
    problems = view_problems(body, kind)
    if problems.found:
        raise problems_of("invalid_arguments", problems)
    external = body.get("external_id")
    same = request.args.get("external_id") == external and request.method == "views.update"
    others = [
        v
        for v in request.workspace.views.values()
        if v.open and v.id != request.args.get("view_id")
    ]
    if external and not same and any(v.body.get("external_id") == external for v in others):
        raise Refused("duplicate_external_id")
    view: JSON = body
    return view


def exchange(request: Request) -> Trigger:
    """Use up a trigger: once, and within three seconds."""
    ws = request.workspace
    trigger = ws.triggers.get(str(request.need("trigger_id")))
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        ws.violate(f"{request.method} used a trigger_id twice")
        raise Refused("exchanged_trigger_id")
    if ws.clock() - trigger.at > TRIGGER_SECONDS:
        ws.violate(f"{request.method} used a trigger_id after {ws.clock() - trigger.at:.1f} s")
        raise Refused("expired_trigger_id")
    trigger.used = True
    return trigger


def open_view(ws: Workspace, user: User, body: JSON, on: View | None) -> View:
    """Put a modal on top of a person's stack (``on`` is the one below it)."""
    stack = ws.stacks.setdefault(user.id, [])
    if on is None:
        for old in stack:
            old.open = False
        stack.clear()
    named = {**body, "blocks": ws.name_blocks(body["blocks"])}
    own = ws.ids.next("V")
    root, below = (on.root_id, on.id) if on else (own, None)
    view = View(own, user.id, named, "", root, below, names=ws.names)
    view.hash = f"{int(ws.clock())}.{digest(view.id, 0)[:8]}"
    ws.views[view.id] = view
    stack.append(view)
    ws.changed()
    return view


def replace_view(ws: Workspace, view: View, body: JSON) -> View:
    """Change a view in place; what was typed stays where block_id and action_id stay."""
    view.body = {**body, "blocks": ws.name_blocks(body["blocks"])}
    kept = state_values(view.blocks, {})
    view.typed = {
        block: {a: value for a, value in held.items() if a in kept.get(block, {})}
        for block, held in view.typed.items()
        if block in kept
    }
    view.errors = {}
    view.updates += 1
    view.hash = f"{int(ws.clock())}.{digest(view.id, view.updates)[:8]}"
    ws.changed()
    return view


@method("views.open")
def views_open(request: Request) -> JSON:
    """Open a modal for whoever just pressed something."""
    body, ws = checked(request, "modal"), request.workspace
    trigger = exchange(request)
    return {"ok": True, "view": view_json(ws, open_view(ws, ws.users[trigger.user], body, None))}


@method("views.push")
def views_push(request: Request) -> JSON:
    """Put a modal over the one a person has open; three at most."""
    body, ws = checked(request, "modal"), request.workspace
    trigger = exchange(request)
    below = ws.views.get(trigger.view_id or "")
    stack = ws.stacks.get(trigger.user, [])
    if below is None or below not in stack:
        raise Refused("not_found")
    if len(stack) >= STACK_MAX:
        ws.violate("views.push over a stack of three")
        raise Refused("push_limit_reached")
    return {
        "ok": True,
        "view": view_json(ws, open_view(ws, ws.users[trigger.user], body, stack[-1])),
    }


@method("views.update")
def views_update(request: Request) -> JSON:
    """Change a modal that is open; with ``hash`` only if nobody changed it since."""
    ws, external = request.workspace, request.args.get("external_id")
    view = ws.views.get(str(request.args.get("view_id") or ""))
    if view is None and external:
        view = next(
            (v for v in ws.views.values() if v.open and v.body.get("external_id") == external), None
        )
    if view is None or not view.open:
        raise Refused("not_found")
    body = checked(request, view.body["type"])
    if request.args.get("hash") and request.args["hash"] != view.hash:
        raise Refused("hash_conflict")
    return {"ok": True, "view": view_json(ws, replace_view(ws, view, body))}


@method("views.publish")
def views_publish(request: Request) -> JSON:
    """Set what a person sees on the app's Home tab."""
    ws, body = request.workspace, checked(request, "home")
    user = ws.users.get(str(request.need("user_id")))
    if user is None or user.is_bot:
        raise Refused("invalid_arguments")
    view = ws.homes.get(user.id)
    if view is None:
        own = ws.ids.next("V")
        view = View(own, user.id, body, "", own, names=ws.names)
        ws.homes[user.id] = ws.views[own] = view
    elif request.args.get("hash") and request.args["hash"] != view.hash:
        raise Refused("hash_conflict")
    return {"ok": True, "view": view_json(ws, replace_view(ws, view, body))}
