"""What happens to an app from outside: tokens taken, channels archived, the bot removed."""

from __future__ import annotations

from .methods.chat import remove
from .model import JSON, Channel, Message
from .screen import Screen

__all__ = ["Admins"]


class Admins(Screen):
    """The deeds of those who run the workspace."""

    async def revoke(self, code: str = "token_revoked", told: bool = True) -> None:
        """The bot's token works no more: every call answers ``code``."""
        ws = self.workspace
        ws.token_refused = code
        kind = "app_uninstalled" if code == "account_inactive" else "tokens_revoked"
        if told and kind in ws.subscriptions:
            tokens: JSON = {"tokens": {"oauth": [], "bot": [ws.bot.id]}}
            event: JSON = {"type": kind, "event_ts": f"{ws.clock():.6f}"}
            more = tokens if kind == "tokens_revoked" else {}
            await self.delivery.event(event | more, clocked=ws.real_clock)

    def install_again(self) -> None:
        """The token works again."""
        self.workspace.token_refused = ""
        self.workspace.changed()

    def kick(self, where: Channel | str) -> None:
        """Somebody removes the bot from a channel."""
        channel = self.workspace.channel(where)
        channel.members.discard(self.workspace.bot.id)
        self.workspace.changed()

    def invite_bot(self, where: Channel | str) -> None:
        """Somebody invites the bot."""
        channel = self.workspace.channel(where)
        channel.members.add(self.workspace.bot.id)
        self.workspace.changed()

    def archive(self, where: Channel | str, on: bool = True) -> None:
        """Somebody archives a channel, or takes that back."""
        self.workspace.channel(where).archived = on
        self.workspace.changed()

    def take_away(self, message: Message) -> None:
        """An admin deletes a message of the bot's; without the history scopes nobody is told."""
        remove(self.workspace, self.workspace.channels[message.channel], message)
