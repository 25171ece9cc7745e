"""Who did what to which server, and what failed: Nova's record of actions, read for those servers
that changed of late.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from integrations.base import Permanent
from integrations.openstack.cloud import Fields
from integrations.openstack.here import Here, part, parts, text, when
from store.model.resource import Happening

MOST = 100
"""Servers asked about in one look."""
ACTIONS_EACH = 20
_QUIET = frozenset(("lock", "unlock", "createimage", "createbackup", "attach_interface"))


async def activity(here: Here, changed: list[Fields]) -> AsyncIterator[list[Happening]]:
    """What was done of late to servers that changed, the ones that changed last first."""
    changed = sorted(changed, key=lambda each: when(each, "updated") or 0, reverse=True)[:MOST]
    for start in range(0, len(changed), 4):
        asked = changed[start : start + 4]
        found = await asyncio.gather(*(_of(here, each) for each in asked))
        yield [one for each in found for one in each]


async def _of(here: Here, server: Fields) -> list[Happening]:
    uid = text(server, "id")
    body = await here.maybe(
        "compute", f"servers/{uid}/os-instance-actions", {"limit": str(ACTIONS_EACH)}
    )
    listed = parts(body or {}, "instanceActions")[:ACTIONS_EACH]
    return [await _happening(here, server, each) for each in listed]


async def _happening(here: Here, server: Fields, each: Fields) -> Happening:
    uid, action = text(server, "id"), text(each, "action")
    failed = text(each, "message").lower() == "error"
    who = await here.user_name(text(each, "user_id"))
    name = text(server, "name") or uid
    done = "failed on" if failed else "of"
    return Happening(
        key=f"{text(each, 'request_id')}:{uid}:{action}",
        at=when(each, "start_time", "updated_at") or here.now,
        reason=action,
        text=f"{action} {done} server {name}" + (f" by {who}" if who else ""),
        resource=here.key("server", uid),
        who=who,
        warning=failed,
        change=action not in _QUIET,
        labels={"project": here.project(text(each, "project_id")), "region": here.region},
    )


async def told(here: Here, server: str, most: int = 20) -> list[dict[str, str]]:
    """The last actions on a server with their events, for a person who asks."""
    try:
        body = await here.cloud.get(here.region, "compute", f"servers/{server}/os-instance-actions")
    except Permanent as error:
        raise Permanent(f"its actions can't be read: {error}") from error
    found = []
    for each in parts(body, "instanceActions")[:most]:
        line = {
            "at": text(each, "start_time"), "action": text(each, "action"),
            "who": await here.user_name(text(each, "user_id")),
            "result": text(each, "message") or "done", "request": text(each, "request_id"),
        }  # fmt: skip
        if text(each, "message"):
            line["why"] = await _why(here, server, text(each, "request_id"))
        found.append(line)
    return found


async def _why(here: Here, server: str, request: str) -> str:
    body = await here.maybe("compute", f"servers/{server}/os-instance-actions/{request}")
    events = parts(part(body or {}, "instanceAction"), "events")
    bad = [each for each in events if text(each, "result").lower() == "error"]
    said = [(text(each, "event"), text(each, "details", "traceback").strip()) for each in bad]
    return "; ".join(f"{event}: {why.splitlines()[-1]}" if why else event for event, why in said)[
        :500
    ]
