"""People and forms: fill in, send, close; and what the app's answer to a submission does."""

from __future__ import annotations

from typing import Any

from .forms import fill
from .methods.views import open_view, replace_view, view_problems
from .model import Seen, User, View
from .payloads import view_state
from .screen import Screen, Until

__all__ = ["Modals"]


class Modals(Screen):
    """What people do in forms."""

    async def submit(
        self,
        user: User | str,
        view: View,
        values: dict[str, Any] | None = None,
        until: Until = None,
    ) -> Seen:
        """Fill in a form by block_id, label or action_id and send it; errors are by block_id."""
        ws, person, start = self.workspace, self.workspace.user(user), self.workspace.seq
        self.may_see(person, view)
        if not view.body.get("submit"):
            raise LookupError("this form has no submit button")
        view.errors = fill(view, values or {})
        if view.errors:
            return Seen(modal=view, errors=view.errors)
        body = view_state(ws, person, view, "view_submission")
        ack = await self.delivery.ask(
            "interactive", body, f"submission of {view.callback_id or view.title}"
        )
        if ack.problem is None:
            self.respond(view, ack.body)
        seen = await self.look(person, start, ack.problem is None, until)
        seen.body, seen.errors = ack.body, view.errors
        seen.error = None if seen.acked else "We had some trouble connecting. Try again?"
        return seen

    def respond(self, view: View, body: Any) -> None:
        """Do what the answer to a submission says: nothing closes the form."""
        ws, stack = self.workspace, self.workspace.stacks.get(view.user, [])
        kind = body.get("response_action") if isinstance(body, dict) else None
        if kind == "errors":
            inputs = {b["block_id"] for b in view.blocks if b["type"] == "input"}
            view.errors = {str(k): str(v) for k, v in (body.get("errors") or {}).items()}
            for wrong in sorted(set(view.errors) - inputs):
                ws.violate(
                    f"response_action errors names {wrong}, which is no input block of the form"
                )
            if not view.errors:
                ws.violate("response_action errors without errors")
        elif kind in ("update", "push"):
            problems = view_problems(body.get("view"), "modal")
            if problems.found:
                ws.violate(f"response_action {kind}: {'; '.join(problems.found)}")
            elif kind == "update":
                replace_view(ws, view, body["view"])
            elif len(stack) >= 3:
                ws.violate("response_action push over a stack of three")
            else:
                open_view(ws, ws.users[view.user], body["view"], view)
        elif kind == "clear":
            self.close_stack(stack)
        elif kind is None:
            if body:
                ws.violate(f"view_submission was answered with {body!r}")
            self.pop(stack, view)
        else:
            ws.violate(f"unknown response_action {kind}")
        ws.changed()

    def close_stack(self, stack: list[View]) -> None:
        """Close every modal of a person."""
        for view in stack:
            view.open = False
        stack.clear()

    def pop(self, stack: list[View], view: View) -> None:
        """Close one modal; the one below shows again."""
        view.open = False
        if view in stack:
            stack.remove(view)

    async def close(self, user: User | str, view: View) -> Seen:
        """Press Cancel or the cross."""
        ws, person, start = self.workspace, self.workspace.user(user), self.workspace.seq
        self.pop(ws.stacks.get(person.id, []), view)
        ws.changed()
        if not view.body.get("notify_on_close"):
            return Seen(modal=self.modal(person))
        body = view_state(ws, person, view, "view_closed")
        ack = await self.delivery.ask("interactive", body, "closing of a form")
        return await self.look(person, start, ack.problem is None, None)
