"""users.getPresence and dnd.info: whether somebody is there, and whether anything rings."""

from __future__ import annotations

from ..model import JSON
from .registry import Request, method

__all__: list[str] = []


@method("users.getPresence", "users:read")
def get_presence(request: Request) -> JSON:
    """active or away; the rest Slack tells people only of themselves."""
    return {"ok": True, "presence": "active" if request.user().active else "away"}


@method("dnd.info", "dnd:read")
def dnd_info(request: Request) -> JSON:
    """When the next do-not-disturb begins and ends."""
    dnd = request.user().dnd
    if dnd is None:
        return {"ok": True, "dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
    start, end = map(int, dnd)
    return {"ok": True, "dnd_enabled": True, "next_dnd_start_ts": start, "next_dnd_end_ts": end}
