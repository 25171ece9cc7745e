"""Another workspace of the same Slack: with the same app installed, or with an app of its own."""

from __future__ import annotations

from .delivery import Delivery
from .server import FakeSlack
from .sockets import Sockets
from .workspace import Ids

__all__ = ["Further"]


class Further(FakeSlack):
    """Listens where the first one does. Pressing, typing and writing are as in the first.

    async with FakeSlack() as slack:
        acme = Further(slack, "Acme")               # the same app, installed there too
        other = Further(slack, "Other", own_app=True)
    """

    def __init__(self, home: FakeSlack, name: str, own_app: bool = False) -> None:
        super().__init__(clock=home.workspace.clock, settle=home.settle)
        self.home = home
        self.number = len(home.further) + 2
        ws, first = self.workspace, home.workspace
        ws.ids = Ids(mark=f"{self.number:02d}")
        ws.team_id, ws.team_name, ws.team_domain = f"T0{self.number:08d}", name, name.lower()
        ws.bot_token, ws.bot_id = f"xoxb-stand-in-{self.number}", f"B0{self.number:08d}"
        old = ws.users.pop(ws.bot.id)
        ws.bot.id = ws.ids.next("U")
        ws.users[ws.bot.id] = old
        ws.names = {ws.bot.id: ws.bot.real_name}
        ws.violations = first.violations
        if own_app:
            ws.app_id, ws.app_token = f"A0{self.number:08d}", f"xapp-{self.number}-stand-in"
            ws.signing_secret = f"stand-in-signing-secret-{self.number}"
            self.sockets = Sockets(ws)
        else:
            ws.app_id, ws.app_token = first.app_id, first.app_token
            ws.signing_secret = first.signing_secret
            self.sockets = home.sockets
        self.delivery = Delivery(ws, self.sockets)
        if not own_app:
            self.delivery.shared = home.delivery
        home.further.append(self)

    @property
    def url(self) -> str:
        """Where the first one listens."""
        return self.home.url

    async def start(self) -> Further:
        """It listens with the first one."""
        return self

    async def stop(self) -> None:
        """It ends with the first one."""
        self.faults.clear()
        await self.delivery.close()
