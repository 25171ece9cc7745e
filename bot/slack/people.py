"""Who an account is: names and the e-mail addresses that Slack confirms, asked once for a while."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.latest import Latest
from bot.slack.api import Api, MissingScope, Refused
from bot.slack.places import Application
from integrations.base import IntegrationError

log = logging.getLogger("pixelview.slack")

KNOWN_FOR = 600.0
_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|([^>]*))?>")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|([^>]*))?>")
_SPECIAL = re.compile(r"<!(?:subteam\^\w+\|)?@?([^>|^]+)[^>]*>")
_LINK = re.compile(r"<((?:https?|mailto):[^>|]+)(?:\|[^>]*)?>")

_NOT_OURS = (
    "is_bot", "is_workflow_bot", "is_connector_bot", "deleted", "is_stranger", "is_restricted",
    "is_ultra_restricted",
)  # fmt: skip
"""What Slack says of bots, of those who left, of strangers in shared channels and of guests: their
addresses link nobody by themselves."""

Profile = Mapping[str, Any]


class People:
    """Looks people up. ``now_s`` is the clock in seconds."""

    def __init__(self, api: Api, now_s: Callable[[], float]) -> None:
        self._api, self._now = api, now_s
        self.me: Application | None = None
        self.unasked = ""
        self._profiles: Latest[str, tuple[float, Profile | None]] = Latest(5_000)
        self._accounts: Latest[str, tuple[float, str | None]] = Latest(5_000)

    async def email(self, account: str) -> str | None:
        """The address of a member of our own workspace; None where Slack does not tell it.

        Guests of a shared channel have addresses that another company's admins chose.
        """
        try:
            user = await self._user(account)
        except IntegrationError as error:
            log.warning("the e-mail of %s was not told: %s", account, error)
            return None
        return self._email(user) if user else None

    async def account_by_email(self, email: str) -> str | None:
        """The account with that address, where Slack tells it. Raises Transient."""
        low = email.casefold()
        known = self._accounts.get(low)
        if known is not None and self._now() - known[0] < KNOWN_FOR:
            return known[1]
        found: str | None = None
        try:
            user = (await self._api.call("users.lookupByEmail", email=email))["user"]
            found = str(user["id"]) if self._ours(user) else None
        except MissingScope as error:
            self.unasked = error.scope
        except Refused:
            found = None
        self._accounts[low] = (self._now(), found)
        return found

    async def name(self, account: str) -> str:
        """How a person is called, the account's id where Slack does not tell."""
        try:
            user = await self._user(account)
        except IntegrationError:
            user = None
        profile = (user or {}).get("profile") or {}
        return str(profile.get("display_name") or (user or {}).get("real_name") or account)

    async def named(self, text: str) -> str:
        """What somebody wrote, with names instead of ids and without Slack's own marks."""
        for account, label in dict.fromkeys(_USER.findall(text)):
            name = label or await self.name(account)
            for mark in (f"<@{account}>", f"<@{account}|{label}>"):
                text = text.replace(mark, f"@{name}")
        return plain(text)

    async def _user(self, account: str) -> Profile | None:
        known = self._profiles.get(account)
        if known is not None and self._now() - known[0] < KNOWN_FOR:
            return known[1]
        found: Profile | None = None
        try:
            found = (await self._api.call("users.info", user=account)).get("user")
        except MissingScope as error:
            self.unasked = error.scope
        except Refused:
            found = None
        self._profiles[account] = (self._now(), found)
        return found

    def _email(self, user: Profile) -> str | None:
        if not self._ours(user) or user.get("is_email_confirmed") is False:
            return None
        found = (user.get("profile") or {}).get("email")
        return str(found) if found else None

    def _ours(self, user: Profile) -> bool:
        """A full member of our own workspace, or of its organisation: no bot, no guest, nobody of
        another company in a shared channel."""
        if self.me is None or any(user.get(flag) for flag in _NOT_OURS):
            return False
        org = str((user.get("enterprise_user") or {}).get("enterprise_id") or "")
        same_org = bool(org) and org == self.me.enterprise
        return user.get("team_id") == self.me.team or same_org


def plain(text: str) -> str:
    """Words without Slack's marks; people keep theirs, which commands understand."""
    text = _CHANNEL.sub(lambda m: f"#{m[2] or m[1]}", text)
    text = _LINK.sub(lambda m: m[1].removeprefix("mailto:"), text)
    text = _SPECIAL.sub(lambda m: f"@{m[1]}", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
