"""Bolt: takes apart what Slack sends, checks signatures, and answers in Slack's own shapes.

Imported when the surface starts: slack_bolt takes a moment to load.
"""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api import quiet_log
from bot.slack.events import Events
from bot.slack.hear import Hear
from bot.slack.listen import Ack
from bot.slack.places import Application

_ANY = re.compile(r".*", re.DOTALL)


def build(
    client: AsyncWebClient, me: Application, secret: str, ears: Hear, events: Events
) -> AsyncApp:
    """An app that passes everything on. It asks Slack nothing by itself: who we are is known."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id or me.team, bot_user_id=me.user,
            bot_id=me.bot, bot_token=client.token,
        )  # fmt: skip

    # Bolt gives the logger of its app's name the level of the one it was given.
    app = AsyncApp(
        name="pixelview.slack.app", client=client, signing_secret=secret, authorize=authorize,
        logger=quiet_log(),
    )  # fmt: skip

    async def action(body: dict[str, Any], ack: Ack) -> None:
        await ears.action(body, ack)

    async def view(body: dict[str, Any], ack: Ack) -> None:
        await ears.view(body, ack)

    async def shortcut(body: dict[str, Any], ack: Ack) -> None:
        await ears.shortcut(body, ack)

    async def command(body: dict[str, Any], ack: Ack) -> None:
        await ears.command(body, ack)

    async def options(body: dict[str, Any], ack: Ack) -> None:
        await ears.options(body, ack)

    async def event(body: dict[str, Any]) -> None:
        await events(body)

    app.action(_ANY)(action)
    app.view_submission(_ANY)(view)
    app.shortcut(_ANY)(shortcut)
    app.command(_ANY)(command)
    app.options(_ANY)(options)
    app.event(_ANY)(event)
    return app


async def over_http(app: AsyncApp, request: web.Request) -> web.Response:
    """One request of Slack's whose signature was seen to be right."""
    try:
        asked = await to_bolt_request(request)
    except (ValueError, TypeError, AttributeError, KeyError):
        return web.Response(status=400, text="This is no request of Slack's.")
    return await to_aiohttp_response(await app.async_dispatch(asked))


async def signed(secret: str, request: web.Request) -> bool:
    """Whether Slack signed it with that secret, within five minutes."""
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    proof = request.headers.get("X-Slack-Signature", "")
    raw = await request.read()
    try:
        return SignatureVerifier(secret).is_valid(raw, stamp, proof)
    except (ValueError, TypeError):
        return False
