"""Slack's Web API through slack_sdk: one request, no retry, every refusal as a typed error."""

# WHY without slack_sdk's retries: they sleep inside a call and repeat a post whose answer was
# lost. The outbox has budgets, an order of urgency and marks for uncertain sends; it must be told
# at once and decide itself.

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from bot import wire
from bot.slack.limits import POST, Budgets, seconds_of
from integrations.base import Misconfigured, Permanent, Transient
from store import tls

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

JSON = dict[str, Any]

TIMEOUT = 15.0
_AS_JSON = ("chat.", "views.", "conversations.open")
_AWAY = {
    "service_unavailable", "request_timeout", "ratelimited", "rate_limited", "team_added_to_org",
    "accesslimited", "message_limit_exceeded",
}  # fmt: skip
# Slack says of these that some of it may have been done all the same.
_UNSURE = {"internal_error", "fatal_error"}
# Whoever stands before Slack says so: it never came there.
_NOT_DONE = {502, 503, 504}
_TOKEN = {
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
    "not_allowed_token_type", "org_login_required", "ekm_access_denied", "team_access_not_granted",
}  # fmt: skip
_PLACE = {
    "channel_not_found": "make it, or invite the bot there with /invite @PixelView",
    "not_in_channel": "invite the bot there with /invite @PixelView",
    "is_archived": "it is archived: unarchive it or name another",
    "restricted_action": "a workspace setting keeps the bot from posting there",
    "restricted_action_read_only_channel": "it is read-only: let the bot post there",
    "restricted_action_non_threadable_channel": "only threads may be answered there",
    "restricted_action_thread_only_channel": "only threads may be answered there",
    "is_inactive": "it is archived or deleted: unarchive it or name another",
    "channel_is_limited_access": "few may post there: let the bot",
    "no_permission": "the bot may not post there: let it, or name another",
}
_IN_CHANNELS = (POST, "chat.update")

_HOOKS = frozenset(("hooks.slack.com", "hooks.slack-gov.com"))
_FILES = frozenset(("files.slack.com", "files.slack-gov.com"))


class Refused(Permanent):
    """Slack said no; ``code`` is its word for why."""

    def __init__(self, error: str, code: str) -> None:
        super().__init__(error)
        self.code = code


class MissingScope(Misconfigured):
    """The bot's token may not do that; ``scope`` names what it lacks."""

    def __init__(self, method: str, scope: str) -> None:
        super().__init__(
            f"Slack refuses {method}: add the scope {scope or 'it needs'} to the app and install "
            "it again", "slack.bot_token",
        )  # fmt: skip
        self.scope = scope


class Api:
    """Calls to ``base_url`` with the bot's token; ``budgets`` are asked before and told after."""

    def __init__(
        self, base_url: str, token: str, budgets: Budgets, *, timeout: float = TIMEOUT
    ) -> None:
        self._base, self._token, self._budgets = base_url, token, budgets
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=5)
        self.refused: Callable[[str, Exception], None] = _nobody_hears
        self.scoped: Callable[[str], None] = _nobody_asks
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    async def close(self) -> None:
        """Let the connections go."""
        session, self._session, self._client = self._session, None, None
        if session is not None:
            await session.close()

    def session(self) -> aiohttp.ClientSession:
        """The connections that are kept open."""
        if self._session is None:
            self._session = wire.session(self._base, self._timeout)
        return self._session

    def client(self, token: str = "") -> AsyncWebClient:
        """slack_sdk's client; of the bot unless another token is given."""
        from slack_sdk.web.async_client import AsyncWebClient

        if self._client is None or token:
            made = AsyncWebClient(
                token or self._token, base_url=self._base, session=self.session(),
                retry_handlers=[], logger=quiet_log(), ssl=tls.trust(),
            )  # fmt: skip
            made.proxy = wire.proxy(self._base)  # not that of the environment
            if token:
                return made
            self._client = made
        return self._client

    def same(self, name: str, id: str) -> None:
        """A channel's name and its id share one limit."""
        self._budgets.same(name, id)

    def wait(self, method: str, channel: str = "") -> float:
        """Seconds until ``method`` may be called (for ``channel``)."""
        return self._budgets.wait(method, channel)

    def offer(self, method: str, channel: str = "") -> float:
        """The same, and where it is 0 the place is kept for the call that follows at once."""
        return self._budgets.offer(method, channel)

    async def call(self, method: str, /, *, offered: bool = False, **args: Any) -> JSON:
        """One call within the limits: the answer. Raises Transient before sending anything where
        a limit is reached; ``offered`` says that a place was kept for it."""
        return (await self.answered(method, offered=offered, **args))[0]

    async def answered(
        self, method: str, /, *, offered: bool = False, **args: Any
    ) -> tuple[JSON, Mapping[str, str]]:
        """One call: the answer and its headers."""
        from slack_sdk.errors import SlackApiError

        channel = str(args.get("channel") or "")
        budgets = self._budgets
        wait = budgets.come(method, channel) if offered else budgets.wait(method, channel)
        if wait > 0:
            raise Transient("Slack's limit is reached for now", wait)
        budgets.take(method, channel)
        as_json = method.startswith(_AS_JSON)
        try:
            said = await self.client().api_call(
                method, json=args if as_json else None, data=None if as_json else _form(args)
            )
        except SlackApiError as error:
            no = self._refusal(method, channel, error.response)
            self.refused(method, no)
            raise no from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Transient(f"Slack can't be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"Slack's answer was lost: {type(error).__name__}"
            raise Transient(words, uncertain=True) from error
        if scopes := said.headers.get("x-oauth-scopes"):
            self.scoped(scopes)
        return dict(said.data) if isinstance(said.data, dict) else {}, said.headers

    async def respond(self, url: str, body: JSON) -> bool:
        """Words to a response_url; False where Slack does not take them (any more)."""
        if not self._ours(url):
            return False
        try:
            async with self.session().post(url, json=body) as answer:
                return answer.status < 300
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def upload(self, url: str, content: bytes) -> bool:
        """Bytes to an address that Slack gave for them; False where it does not take them."""
        if not self._ours(url, _FILES):
            return False
        try:
            kind = {"Content-Type": "application/octet-stream"}
            async with self.session().post(url, data=content, headers=kind) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    def _ours(self, url: str, hosts: frozenset[str] = _HOOKS) -> bool:
        """Whether an address that came along is one of Slack's, or of what stands in for it."""
        to, base = urlsplit(url), urlsplit(self._base)
        if to.hostname is not None and to.hostname == base.hostname:
            return to.scheme == base.scheme
        return to.scheme == "https" and to.hostname in hosts

    def _refusal(self, method: str, channel: str, answer: Any) -> Exception:
        status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0) or 0)
        data = getattr(answer, "data", None)
        told: Mapping[str, Any] = data if isinstance(data, dict) else {}
        if status == 429 or told.get("error") in {"ratelimited", "rate_limited"}:
            seconds = seconds_of(answer.headers)
            self._budgets.hold(method, seconds)
            return Transient("Slack asks to wait", seconds)
        if status >= 500 or not told.get("error"):
            unsure = status not in _NOT_DONE
            words = f"Slack answers {status} without words"
            return Transient(words, uncertain=unsure, broken=status >= 500)
        return refusal(method, channel, told)


def refusal(method: str, channel: str, told: Mapping[str, Any]) -> Exception:
    """An ``ok: false`` as the error the outbox understands, with the words Slack used."""
    code = str(told.get("error"))
    if code == "missing_scope":
        return MissingScope(method, str(told.get("needed") or ""))
    if code in _UNSURE or code in _AWAY:
        return Transient(f"Slack says {code}", uncertain=code in _UNSURE)
    if code in _TOKEN:
        return Misconfigured(f"Slack does not accept the bot's token: {code}", "slack.bot_token")
    if code in _PLACE and method in _IN_CHANNELS:
        return Misconfigured(f"Slack says {code} of {channel}: {_PLACE[code]}", "routes.channels")
    more = (told.get("response_metadata") or {}).get("messages") or ()
    details = f" ({'; '.join(map(str, more[:3]))})" if more else ""
    return Refused(f"Slack says {code}{details}", code)


def _nobody_hears(method: str, error: Exception) -> None:
    return None


def _nobody_asks(scopes: str) -> None:
    return None


def _form(args: JSON) -> JSON:
    return {name: value if isinstance(value, str) else str(value) for name, value in args.items()}


def quiet_log() -> logging.Logger:
    """slack_sdk writes every request out where a logger has no level of its own."""
    log = logging.getLogger("pixelview.slack.sdk")
    log.setLevel(logging.ERROR)
    return log
