"""The REST routes an interaction is answered on: the callback, and the webhook of its token."""

from __future__ import annotations

from tests.support.discord import interactions, messages, wire
from tests.support.discord.errors import ApiError
from tests.support.discord.interactions import CHOICES, DEFER, SAY, UPDATE, Interaction
from tests.support.discord.model import EPHEMERAL, JSON, LOADING, Message
from tests.support.discord.rest import Call, Reply, Routes
from tests.support.discord.state import State

routes = Routes()
HOOK = "/webhooks/{webhook}/{token}"
HOOK_LIMIT = (5, 2.0)


@routes("POST", "/interactions/{interaction}/{token}/callback", public=True, exempt=True)
def callback(call: Call) -> Reply:
    """Create Interaction Response: 204, or 200 with what it made."""
    state, form = call.state, call.form
    one = state.interactions.get(call.params["token"])
    if one is not None and one.id != call.id("interaction"):
        one = None
    kind = form.get("type")
    interactions.respond(state, one, kind, form.get("data") or {}, call.files)
    if call.query.get("with_response", "").lower() not in ("1", "true") or one is None:
        return Reply(204)
    return Reply(200, response_json(state, one))


@routes("POST", HOOK, public=True, exempt=True, limit=HOOK_LIMIT)
def follow_up(call: Call) -> JSON:
    """Create Followup Message."""
    one = _interaction(call)
    return wire.message_json(
        call.state, interactions.follow_up(call.state, one, call.form, call.files)
    )


@routes("GET", HOOK + "/messages/{message}", public=True, exempt=True, limit=HOOK_LIMIT)
def get(call: Call) -> JSON:
    """Get Original Interaction Response or Followup Message."""
    return wire.message_json(call.state, _message(call, _interaction(call)))


@routes("PATCH", HOOK + "/messages/{message}", public=True, exempt=True, limit=HOOK_LIMIT)
def edit(call: Call) -> JSON:
    """Edit Original Interaction Response or Followup Message."""
    one = _interaction(call)
    message = _message(call, one)
    made = interactions.change(call.state, one, message, call.form, call.files)
    return wire.message_json(call.state, made)


@routes("DELETE", HOOK + "/messages/{message}", public=True, exempt=True, limit=HOOK_LIMIT)
def delete(call: Call) -> None:
    """Delete Original Interaction Response or Followup Message."""
    messages.delete(call.state, _message(call, _interaction(call)))


def response_json(state: State, one: Interaction) -> JSON:
    """The answer to a callback that asked `with_response`."""
    about: JSON = {"id": str(one.id), "type": one.type}
    body: JSON = {"interaction": about}
    made = one.original if one.answer in (SAY, DEFER, UPDATE) else None
    if made is not None:
        about["response_message_id"] = str(made.id)
        about["response_message_loading"] = bool(made.flags & LOADING)
        about["response_message_ephemeral"] = bool(made.flags & EPHEMERAL)
    if one.answer != CHOICES:
        body["resource"] = {"type": one.answer}
        if made is not None:
            body["resource"]["message"] = wire.message_json(state, made)
    return body


def _interaction(call: Call) -> Interaction:
    if call.id("webhook") != call.state.application_id:
        raise ApiError(10015)
    return interactions.alive(call.state, call.params["token"])


def _message(call: Call, one: Interaction) -> Message:
    if call.params["message"] == "@original":
        found = one.original
    else:
        found = call.state.messages.get(call.id("message"))
        if found is None or found.webhook_id is None or found.channel is not one.channel:
            found = None
    if found is None or found.is_deleted:
        raise ApiError(10008)
    return found
