"""Whether a Slack app allows what is wanted of it: its tokens, scopes, address and channels."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from urllib.parse import urlsplit

import httpx

from bot.abilities import GOOD, NOTE, WRONG, Finding
from bot.slack.api import Api
from bot.slack.board import PATH
from bot.slack.features import CORE, REGISTRY, Feature, Grant, lacking
from bot.slack.groups import LIST
from bot.slack.limits import Budgets
from bot.slack.places import Application, Places
from bot.slack.spans import JSON
from bot.workspaces import SlackSettings
from integrations import _wire
from integrations.base import IntegrationError, Misconfigured
from store.clock import SystemClock

MINE, OPEN = "users.conversations", "apps.connections.open"
PAGES = 10
_SEEN = {"public_channel": "channels:read", "private_channel": "groups:read"}


async def check(
    settings: SlackSettings, channels: Sequence[str], url: str, groups: Sequence[str] = ()
) -> list[Finding]:
    """Everything that can be known from outside; raises nothing. ``channels`` are those that cards
    go to (``#ops``), ``url`` is the service's own address, ``groups`` follow who is on call."""

    def now_s() -> float:
        return SystemClock().now() / 1000

    api = Api(settings.base_url, settings.bot_token, Budgets(now_s))
    sockets = Api(settings.base_url, settings.app_token or "", Budgets(now_s))
    try:
        return [finding async for finding in _looked(settings, api, sockets, channels, url, groups)]
    finally:
        await api.close()
        await sockets.close()


async def _looked(
    settings: SlackSettings, api: Api, sockets: Api, channels: Sequence[str], url: str,
    groups: Sequence[str],
) -> AsyncIterator[Finding]:  # fmt: skip
    try:
        me = await Places(api).application()
    except IntegrationError as error:
        yield Finding(WRONG, "bot token", str(error), "set slack.bot_token (xoxb-…)")
        return
    yield Finding(GOOD, "bot token", f"{me.name} in {me.team_name}")
    if not settings.bot_token.startswith("xoxb-"):
        yield Finding(NOTE, "bot token", "it is no bot token: those begin with xoxb-")
    grant = Grant(settings.features, me.scopes)
    for finding in (*scopes(grant), *spare(grant)):
        yield finding
    async for finding in _ways(settings, sockets, url):
        yield finding
    yield Finding(
        NOTE, "command", f"whether {settings.command} is registered can't be asked of Slack: "
        f"type {settings.command} help in a channel",
    )  # fmt: skip
    async for finding in _channels(api, grant, me, channels):
        yield finding
    for group in groups:
        yield await _group(api, grant, group)


# what it may do


def scopes(grant: Grant) -> Iterator[Finding]:
    """What each use lacks."""
    if grant.scopes is None:
        yield Finding(NOTE, "scopes", "Slack does not name the token's scopes")
        return
    for feature in grant.asked:
        lacks = grant.lacks(feature)
        if lacks:
            yield Finding(WRONG, feature.name, lacking(feature, lacks), _again(grant))
        else:
            yield Finding(GOOD, feature.name, feature.use)
    if grant.wanted is None:
        for feature in grant.off():
            yield Finding(NOTE, feature.name, f"off. {_off(feature, grant)}")


def _again(grant: Grant, more: str = "") -> str:
    """What to do for want of a scope."""
    names = [f.name for f in grant.asked if f is not CORE]
    chosen = ",".join(dict.fromkeys([*names, *filter(None, [more])])) or CORE.name
    return (
        "take over the scopes of “pv slack manifest --features "
        f"{chosen}” (or add them under OAuth & Permissions), and install the app again"
    )


def _off(feature: Feature, grant: Grant) -> str:
    return f"{lacking(feature, grant.lacks(feature))}. It is for {feature.use}"


def spare(grant: Grant) -> Iterator[Finding]:
    """What it may do and does not need."""
    if found := grant.spare():
        words = f"granted and not needed: {', '.join(found)}"
        yield Finding(NOTE, "scopes", words, "take them out of the app and install it again")


# how Slack reaches us


async def _ways(settings: SlackSettings, sockets: Api, url: str) -> AsyncIterator[Finding]:
    if not settings.app_token and not settings.signing_secret:
        yield Finding(
            WRONG, "connection", "Slack can bring nothing: there is neither an app token nor a "
            "signing secret", "set slack.app_token (xapp-…), or slack.signing_secret",
        )  # fmt: skip
    if settings.app_token:
        yield await _socket_mode(sockets)
    if settings.signing_secret:
        if not re.fullmatch(r"[0-9a-f]{32}", settings.signing_secret):
            yield Finding(
                NOTE, "signing secret", "Slack's are 32 digits and letters a to f; whether this is "
                "right shows with the first request",
            )  # fmt: skip
        yield await _address(url, alone=not settings.app_token)


async def _socket_mode(sockets: Api) -> Finding:
    try:
        await sockets.call(OPEN)
    except Misconfigured as error:
        words = str(error).replace("the bot's token", "the app token")
        return Finding(WRONG, "Socket Mode", words, "set slack.app_token (xapp-…)")
    except IntegrationError as error:
        code = getattr(error, "code", "")
        if code:
            return Finding(
                WRONG, "Socket Mode", f"Slack refuses it: {code}",
                "turn Socket Mode on for the app, and give its token connections:write",
            )  # fmt: skip
        return Finding(NOTE, "Socket Mode", f"not known: {error}")
    return Finding(GOOD, "Socket Mode", "on")


async def _address(url: str, *, alone: bool) -> Finding:
    """Where Slack calls. From here it can only be seen whether the service answers there."""
    there = f"{url.rstrip('/')}{PATH}"
    level = WRONG if alone else NOTE
    if _is_private(urlsplit(url).hostname or ""):
        return Finding(
            level, "address", f"Slack can't reach {there}",
            "set url: to the public address of the service",
        )  # fmt: skip
    try:
        async with _wire.client(timeout=5) as client:
            answer = await client.get(f"{url.rstrip('/')}/healthz")
    except httpx.HTTPError as error:
        words = f"{url} does not answer from here ({type(error).__name__})"
        return Finding(NOTE, "address", words, "start the service, and let Slack reach it")
    if answer.status_code != 200:
        return Finding(level, "address", f"{url}/healthz answers {answer.status_code}")
    return Finding(GOOD, "address", f"Slack calls {there}")


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host in {"", "localhost"}


# where cards go


async def _channels(
    api: Api, grant: Grant, me: Application, channels: Sequence[str]
) -> AsyncIterator[Finding]:
    """Whether the bot is where cards go: its own channels are looked at, never all of them."""
    kinds = [kind for kind, scope in _SEEN.items() if grant.scopes and scope in grant.scopes]
    if not channels or not kinds:
        if channels:
            words = "whether the bot is in them can't be seen without channels:read and groups:read"
            yield Finding(NOTE, ", ".join(channels), words)
        return
    try:
        mine = await _mine(api, kinds)
    except IntegrationError as error:
        yield Finding(NOTE, ", ".join(channels), f"not known: {error}")
        return
    for channel in channels:
        yield _channel(channel, mine, grant, me, everything=len(kinds) == len(_SEEN))


async def _group(api: Api, grant: Grant, group: str) -> Finding:
    """Whether there is a user group of that name; whether apps may change it shows then only."""
    if words := grant.unwanted("usergroups"):
        return Finding(WRONG, group, words, "add usergroups to it")
    if lacks := grant.lacks(feature := REGISTRY["usergroups"]):
        return Finding(WRONG, group, lacking(feature, lacks), _again(grant, feature.name))
    try:
        said = await api.call(LIST, include_disabled="true")
    except IntegrationError as error:
        return Finding(NOTE, group, f"not known: {error}")
    low = group.removeprefix("@").casefold()
    there = {str(g.get(name)).casefold() for g in said["usergroups"] for name in ("handle", "id")}
    if low not in there:
        return Finding(WRONG, group, "there is no such user group", "make it in Slack")
    return Finding(GOOD, group, "it is there")


async def _mine(api: Api, kinds: Sequence[str]) -> dict[str, JSON]:
    found: dict[str, JSON] = {}
    cursor = ""
    for _ in range(PAGES):
        asked: JSON = {"types": ",".join(kinds), "limit": "200"}
        said = await api.call(MINE, **asked | ({"cursor": cursor} if cursor else {}))
        for each in said.get("channels") or ():
            found |= {str(each.get("id")): each, f"#{each.get('name')}": each}
        cursor = str((said.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return found


def _channel(
    channel: str, mine: dict[str, JSON], grant: Grant, me: Application, *, everything: bool
) -> Finding:
    found = mine.get(channel)
    if found is not None and found.get("is_archived"):
        return Finding(WRONG, channel, "it is archived", "unarchive it, or name another")
    if found is not None:
        return Finding(GOOD, channel, "the bot is in it")
    fix = f"/invite @{me.name} there"
    if grant.on("public"):
        return Finding(NOTE, channel, "the bot is not in it: it can post if it is public", fix)
    if not everything:
        return Finding(NOTE, channel, "the bot is not in it, as far as it can see", fix)
    return Finding(WRONG, channel, "the bot is not in it, or there is none of that name", fix)
