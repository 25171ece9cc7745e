"""What the API answers about questions that wait for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.support.stackstorm import shapes
from tests.support.stackstorm.api import PATH, USER, error, page
from tests.support.stackstorm.world import Execution

if TYPE_CHECKING:
    from tests.support.stackstorm.server import StackStorm


def _shown(one: Execution) -> dict[str, Any]:
    """As the real one: without what asked it, and when."""
    said = one.result
    return {"id": one.id, "route": said["route"], "ttl": said["ttl"], "users": said["users"],
            "roles": said["roles"], "schema": said["schema"]}  # fmt: skip


async def _inquiries(st2: StackStorm, request: web.Request) -> web.Response:
    waiting = [each for each in st2.world.executions.values() if each.status == "pending"]
    return page(st2, request, [_shown(each) for each in waiting])


async def _inquiry(st2: StackStorm, request: web.Request) -> web.Response:
    one = st2.world.executions.get(request[PATH][1])
    if one is None or one.ref != "core.ask":
        return error(404, f'Unable to identify resource with id "{request[PATH][1]}".')
    if one.status != "pending":
        return error(400, f'Inquiry "{one.id}" has already been responded to.')
    return web.json_response(_shown(one))


async def _answer(st2: StackStorm, request: web.Request) -> web.Response:
    number = request[PATH][1]
    one, body = st2.world.executions.get(number), st2.asked[-1][3]
    if set(body) != {"id", "response"} or body["id"] != number:
        st2.wrong(f"PUT /inquiries/{number} has {sorted(body)}")
    if one is None or one.ref != "core.ask":
        return error(404, f'Unable to identify resource with id "{number}".')
    if one.status == "timeout":
        return error(400, f'Inquiry "{number}" timed out and cannot be responded to')
    if one.status != "pending" or one.answer is None or one.answer.done():
        return error(400, f'Inquiry "{number}" has already been responded to.')
    if one.result["users"] and request[USER] not in one.result["users"]:
        return error(403, f'User "UserDB(id=6b087881803325e25a52a22d, is_service=False, '
                          f'name="{request[USER]}", nicknames={{}})" does not have permission to '
                          f'respond to inquiry "{number}".')  # fmt: skip
    _, full = shapes.complaint(one.result["schema"].get("properties", {}), body["response"])
    if full:
        said = f'Response for inquiry "{number}" did not pass schema validation. {full}'
        return error(400, said)
    one.answer.set_result(body["response"])
    return web.json_response(body)


ROUTES = {
    "GET /inquiries": _inquiries, "GET /inquiries/*": _inquiry, "PUT /inquiries/*": _answer,
}  # fmt: skip
