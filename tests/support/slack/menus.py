"""People and Slack's own menus: shortcuts, global ones and those of a message."""

from __future__ import annotations

from .model import Message, Seen, User
from .payloads import shortcut_body
from .screen import Screen, Until

__all__ = ["Menus"]


class Menus(Screen):
    """What people choose beside a message's own controls."""

    async def use_shortcut(
        self,
        user: User | str,
        callback: str,
        message: Message | None = None,
        until: Until = None,
    ) -> Seen:
        """Choose an entry of the ⚡ menu, or of a message's own menu, by its callback_id."""
        ws, person, start = self.workspace, self.workspace.user(user), self.workspace.seq
        if message is not None:
            self.may_see(person, message)
        if "commands" not in ws.scopes or callback not in ws.shortcuts:
            return Seen(error="This app has no such shortcut.")
        body = shortcut_body(ws, person, callback, message, self.url)
        ack = await self.delivery.ask("interactive", body, f"shortcut {callback}")
        seen = await self.look(person, start, ack.problem is None, until)
        seen.error = None if seen.acked else "This app is not responding"
        return seen
