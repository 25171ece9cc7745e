"""How a Web API method declares its name, its scopes and its refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..checks import Problems
from ..model import JSON, Channel, User
from ..workspace import Workspace

__all__ = ["METHODS", "Method", "Refused", "Request", "method"]


class Refused(Exception):
    """An ``ok: false`` answer."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra


@dataclass
class Request:
    """One authenticated call with its decoded arguments."""

    workspace: Workspace
    method: str
    args: JSON
    base: str
    events: list[JSON] = field(default_factory=list)

    def need(self, name: str) -> Any:
        """An argument that has to be there."""
        value = self.args.get(name)
        if value in (None, ""):
            raise Refused(
                "invalid_arguments",
                response_metadata={"messages": [f"[ERROR] missing required field: {name}"]},
            )
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean argument in any of the ways it may be written."""
        value = self.args.get(name)
        return default if value is None else value in (True, 1, "1", "true", "True")

    def scope(self, *scopes: str) -> None:
        """Refuse unless one of these scopes is granted."""
        if not set(scopes) & self.workspace.scopes:
            raise Refused(
                "missing_scope", needed=scopes[0], provided=",".join(sorted(self.workspace.scopes))
            )

    def channel(self, name: str = "channel") -> Channel:
        """The channel an argument names by its id, if the bot may know of it."""
        channel = self.workspace.channels.get(str(self.args.get(name) or ""))
        if channel is None or (channel.private and not self.workspace.is_member(channel)):
            raise Refused("channel_not_found")
        return channel

    def user(self, name: str = "user") -> User:
        """The person an argument names by id."""
        user = self.workspace.users.get(str(self.args.get(name) or ""))
        if user is None:
            raise Refused("user_not_found")
        return user

    def page(self, rows: list[Any], most: int = 1000) -> tuple[list[Any], JSON]:
        """A page of rows by ``cursor`` and ``limit``, and the metadata that goes with it."""
        try:
            start = int(self.args.get("cursor") or 0)
            size = int(self.args.get("limit") or 100)
        except ValueError:
            raise Refused("invalid_cursor") from None
        if not 1 <= size <= most:
            raise Refused("invalid_limit")
        rest = str(start + size) if start + size < len(rows) else ""
        return rows[start : start + size], {"next_cursor": rest}


def problems_of(error: str, problems: Problems) -> Refused:
    """The refusal Slack gives for a payload of the wrong shape."""
    found = problems.found
    return Refused(
        error, errors=found, response_metadata={"messages": [f"[ERROR] {p}" for p in found]}
    )


@dataclass(frozen=True)
class Method:
    """A Web API method: ``any_of`` scopes, and whether the app-level token is wanted."""

    run: Callable[[Request], JSON]
    any_of: tuple[str, ...] = ()
    app_token: bool = False


METHODS: dict[str, Method] = {}


def method(
    name: str, *any_of: str, app_token: bool = False
) -> Callable[[Callable[[Request], JSON]], Callable[[Request], JSON]]:
    """Register a function as a Web API method."""

    def register(run: Callable[[Request], JSON]) -> Callable[[Request], JSON]:
        METHODS[name] = Method(run, any_of, app_token)
        return run

    return register
