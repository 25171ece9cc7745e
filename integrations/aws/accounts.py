"""Which accounts there are, and which regions each has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from integrations.aws.calls import Calls
from integrations.aws.errors import Refused
from integrations.aws.place import Account
from integrations.aws.reading import parts, text
from integrations.aws.settings import AccountSettings, Source
from integrations.base import IntegrationError, Permanent
from store.model import HOUR, Instant

AGAIN = HOUR
_HOMES = {"aws": "us-east-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}


class Accounts:
    """Found once, looked for anew each hour; what was found stays where that fails."""

    def __init__(self, source: Source, calls: Calls) -> None:
        self._source = source
        self._calls = calls
        self._known: dict[str, Account] = {}
        self._wrong: dict[str, IntegrationError] = {}
        self._at: Instant = 0
        self._lock = asyncio.Lock()

    async def all(self, now: Instant) -> tuple[Account, ...]:
        """The accounts that can be looked at."""
        async with self._lock:
            if not self._known or now >= self._at + AGAIN or self._wrong:
                await self._look(now)
            return tuple(self._known.values())

    async def get(self, ident: str, now: Instant) -> Account:
        """One of them; the error it had where it could not be signed in to."""
        if ident not in self._known:
            await self.all(now)
        if ident in self._known:
            return self._known[ident]
        raise self._wrong.get(ident) or Permanent(f"account {ident} is not among the settings")

    def wrong(self) -> dict[str, IntegrationError]:
        """The accounts that could not be signed in to, by id, and why."""
        return dict(self._wrong)

    async def _look(self, now: Instant) -> None:
        listed = await self._listed()
        first: IntegrationError | None = None
        wrong: dict[str, IntegrationError] = {}
        found: dict[str, Account] = {}
        for each in listed:
            self._calls.clients.know(each)
            try:
                account = await self._account(each)
                found[account.id] = account
            except IntegrationError as error:
                first = first or error
                if each.id in self._known:  # it was there before: its parts say what is wrong
                    found[each.id] = self._known[each.id]
                elif each.id:
                    wrong[each.id] = error
        if first is not None and not found and not wrong:
            if self._known:
                return
            raise first
        self._known, self._wrong, self._at = found, wrong, now

    async def _listed(self) -> tuple[AccountSettings, ...]:
        listed, role = self._source.accounts, self._source.organization_role
        if not role:
            return listed
        self._calls.clients.know(AccountSettings())
        region = self._source.region
        me = await self._calls.ask("", region, "sts", "GetCallerIdentity", {})
        partition = _partition(me)
        found = {each.id: each for each in listed if each.id}
        async for page in self._calls.pages("", region, "organizations", "ListAccounts", {}):
            for raw in parts(page, "Accounts"):
                ident = text(raw.get("Id"))
                state = text(raw.get("State")) or text(raw.get("Status"))
                if state not in ("ACTIVE", "") or ident in self._source.exclude:
                    continue
                own = ident == text(me.get("Account"))
                arn = "" if own else f"arn:{partition}:iam::{ident}:role/{role}"
                made = AccountSettings(
                    ident, arn, self._source.external_id, text(raw.get("Name"))
                )  # fmt: skip
                found.setdefault(ident, made)
        return tuple(found.values())

    async def _account(self, each: AccountSettings) -> Account:
        region = self._source.region
        me = await self._calls.ask(each.id, region, "sts", "GetCallerIdentity", {})
        ident = text(me.get("Account")) or each.id
        if each.id and ident != each.id and each.role_arn:
            raise Permanent(f"{each.role_arn} leads to account {ident}, not to {each.id}")
        if each.id != ident:
            self._calls.clients.know(
                AccountSettings(ident, each.role_arn, each.external_id, each.name)
            )
        partition = _partition(me)
        home = _HOMES.get(partition, region)
        return Account(ident, each.name, partition, await self._regions(ident), home)

    async def _regions(self, ident: str) -> tuple[str, ...]:
        """Those of the settings, those that are enabled, or the one we sign in by."""
        if self._source.regions:
            return self._source.regions
        known: Any = {}
        with suppress(Refused):
            known = await self._calls.ask(ident, self._source.region, "ec2", "DescribeRegions", {})
        found = [text(each.get("RegionName")) for each in parts(known, "Regions")]
        return tuple(sorted(filter(None, found))) or (self._source.region,)


def _partition(me: Mapping[str, Any]) -> str:
    return [*text(me.get("Arn")).split(":"), "", ""][1] or "aws"
