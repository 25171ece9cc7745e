"""One person's screen: what they may touch, and what is new on it after the app went quiet."""

from __future__ import annotations

from collections.abc import Callable

from .delivery import Delivery
from .methods.conversations import HISTORY
from .model import JSON, Message, Seen, User, View
from .state import controls
from .workspace import Workspace

Until = Callable[[], object] | None
SUBSCRIPTIONS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}

__all__ = ["SUBSCRIPTIONS", "Screen", "Until", "find"]


class Screen:
    """What the actions of people stand on."""

    workspace: Workspace
    delivery: Delivery
    settle: float

    @property
    def url(self) -> str:
        """Where the stand-in listens."""
        raise NotImplementedError

    def may_see(self, person: User, source: Message | View) -> None:
        """Nobody presses what they cannot see."""
        if isinstance(source, View):
            if source.user != person.id or not source.open:
                raise LookupError(f"{person.name} does not have this view open")
            return
        if person.id not in self.workspace.channels[source.channel].members:
            raise LookupError(f"{person.name} is not in that channel")
        if source.deleted or source.ephemeral_to not in (None, person.id):
            raise LookupError(f"{person.name} cannot see that message")

    async def look(self, person: User, start: int, acked: bool, until: Until) -> Seen:
        """What is new on this person's screen since ``start``."""
        ws = self.workspace
        if until is not None:
            await ws.wait_for(until)
        elif acked:
            await ws.quiet(self.settle)
        found = [
            m
            for c in ws.channels.values()
            if person.id in c.members
            for m in c.messages
            if m.seq > start and m.ephemeral_to in (None, person.id)
        ]
        found.sort(key=lambda m: m.seq)
        return Seen(acked, messages=found, modal=self.modal(person), home=ws.homes.get(person.id))

    def modal(self, user: User | str) -> View | None:
        """The form on top of this person's screen."""
        stack = self.workspace.stacks.get(self.workspace.user(user).id, [])
        return stack[-1] if stack else None

    def echo(self, events: list[JSON]) -> None:
        """Tell the app of its own messages, as Slack does; late acks count in real time here."""
        ws = self.workspace
        for event in events:
            place = ws.channels[event["channel"]]
            allowed = HISTORY[place.kind] in ws.scopes
            allowed = allowed and SUBSCRIPTIONS[place.kind] in ws.subscriptions
            if self.delivery.echo_own and allowed and ws.is_member(place):
                self.delivery.spawn(self.delivery.event(event, clocked=False))


def find(
    source: Message | View,
    control: str,
    version: int | None,
    kinds: tuple[str, ...],
    entry: str | None = None,
) -> tuple[JSON, JSON, int | None]:
    """Block, control and attachment number of what is pressed: by action_id, label or entry."""
    blocks, attachments = source.blocks, getattr(source, "attachments", [])
    if version is not None and isinstance(source, Message) and version < len(source.edits):
        blocks, attachments = source.edits[version].blocks, source.edits[version].attachments
    placed = [(b, None) for b in blocks] + [
        (b, a["id"]) for a in attachments for b in a.get("blocks", [])
    ]
    seen = []
    for block, attachment in placed:
        for element in controls(block):
            if element.get("type") not in kinds:
                continue
            names = [
                element.get("action_id"),
                element.get("text", {}).get("text"),
                block["block_id"],
            ]
            entries = [
                t for o in element.get("options", []) for t in (o["text"]["text"], o["value"])
            ]
            seen.append(names[1] or entries[::2])
            if (control in names or (control == entry and entry in entries)) and (
                not entry or entry in entries
            ):
                return block, element, attachment
    raise LookupError(f"nothing called {control} to press; there is {seen}")
