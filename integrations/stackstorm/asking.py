"""The questions of workflows: who asks, whether somebody still waits, and the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations._time import instant
from integrations.base import Permanent, RemoteInquiry
from integrations.stackstorm import questions, saying, schema
from integrations.stackstorm.looking import Looking
from integrations.stackstorm.reach import Reach
from integrations.stackstorm.shapes import fields, identity, part, remote, text

_PAGE, _MOST, _UP = 100, 500, 8


class Asking:
    """One system's. What asked a question stays known; whether it still runs is asked anew."""

    def __init__(self, reach: Reach, looking: Looking) -> None:
        self._reach, self._looking = reach, looking
        self._known: dict[str, tuple[str, Any]] = {}
        self._schemas: dict[str, Mapping[str, Any]] = {}
        self._users: dict[str, tuple[str, ...]] = {}

    async def inquiries(self) -> Sequence[RemoteInquiry]:
        """Those that wait for an answer. A workflow that was ended leaves its questions open over
        there: they are nobody's any more."""
        found = await self._reach.look(_listed)
        found = [each for each in found if identity(each.get("id"))]
        ids = [text(each.get("id")) for each in found]
        self._known = {each: self._known[each] for each in ids if each in self._known}
        await self._placed([each for each in ids if each not in self._known])
        outermost = {self._known[each][0] for each in ids if each in self._known} - {""}
        over = {one.id for one in await self._many(sorted(outermost)) if one.over}
        told = []
        for each in found:
            parent, asked_at = self._known.get(text(each.get("id")), ("", None))
            if parent not in over:
                told.append(questions.inquiry(each, parent, asked_at))
        self._schemas = {each.id: part(each.schema, "properties") for each in told}
        self._users = {each.id: each.users for each in told}
        return told

    async def _many(self, ids: Sequence[str]) -> Sequence[Any]:
        found: list[Any] = []
        for start in range(0, len(ids), 50):
            found += await self._looking.many(ids[start : start + 50])
        return found

    async def _placed(self, ids: Sequence[str]) -> None:
        """Find the outermost execution that each belongs to."""
        seen: dict[str, Mapping[str, Any]] = {}
        wanted = list(ids)
        for _ in range(_UP):
            missing = [each for each in wanted if each not in seen][:200]
            if not missing:
                break
            for start in range(0, len(missing), 50):
                seen |= await self._looking.raw(missing[start : start + 50])
            wanted = [p for each in missing if (p := remote(seen.get(each, {})).parent)]
        for each in ids:
            if each in seen:
                top = each
                for _ in range(_UP):
                    top = remote(seen.get(top, {})).parent or top
                asked = instant(seen[each].get("start_timestamp"))
                self._known[each] = ("" if top == each else top, asked)

    async def answer(self, inquiry: str, response: Mapping[str, Any]) -> None:
        """Answer one. Permanent where it does not fit, is answered, or is not ours to answer."""
        given = schema.cast(response, self._schemas.get(inquiry, {}))
        if schema.live(given):
            raise Permanent(f"{' or '.join(schema.LIVE)} is in it, which a workflow evaluates")
        try:
            await self._reach.do(lambda st2: st2.inquiries.respond(inquiry, given))
        except saying.Forbidden as error:
            users = ", ".join(self._users.get(inquiry, ()))
            only = f" only {users} may answer it there" if users else f" {error}"
            raise Permanent(f"StackStorm does not take PixelView's answer:{only}") from None


def _listed(st2: Any) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    while len(found) < _MOST:
        rows = st2.inquiries.get_all(limit=_PAGE, offset=len(found), params={})
        found += map(fields, rows)
        if len(rows) < _PAGE:
            break
    return found
