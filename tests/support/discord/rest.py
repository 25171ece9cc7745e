"""The small frame the REST routes stand in: what a call carries and how a route says its limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.discord.errors import ApiError
from tests.support.discord.model import JSON, Attachment, Channel
from tests.support.discord.state import State


@dataclass
class Call:
    """One request: path parameters, query, JSON body and uploaded files."""

    state: State
    method: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    body: Any
    files: list[Attachment] = field(default_factory=list)

    def id(self, name: str) -> int:
        """A path parameter that is a snowflake, or 50035."""
        value = self.params[name]
        if not value.isdigit():
            raise ApiError(50035, because=f'{name}: Value "{value}" is not snowflake.')
        return int(value)

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A number of the query between `low` and `high`, or 50035."""
        value = self.query.get(name, str(default))
        if not value.isdigit() or not low <= int(value) <= high:
            raise ApiError(50035, because=f"{name}: must be between {low} and {high}")
        return int(value)

    @property
    def form(self) -> JSON:
        """The body as an object, or 50035."""
        if self.body is None:
            return {}
        if not isinstance(self.body, dict):
            raise ApiError(50035, because="Only dictionaries may be used.")
        return self.body

    @property
    def channel(self) -> Channel:
        """The channel named in the path."""
        return self.state.channel(self.id("channel"))


@dataclass
class Reply:
    """An answer that is not just 200 and JSON."""

    status: int
    body: Any = None


Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Route:
    """A route with its bucket: `limit` requests in `window` seconds per channel, guild or token.

    `public` routes need no bot token; `exempt` ones stand outside the 50 a second.
    """

    method: str
    path: str
    handler: Handler
    limit: int
    window: float
    public: bool
    exempt: bool


class Routes:
    """Collects the routes of a module; used as a decorator."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def __call__(
        self,
        method: str,
        path: str,
        *,
        limit: tuple[int, float] = (40, 1.0),
        public: bool = False,
        exempt: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Registers the decorated function for this method and path."""

        def add(handler: Handler) -> Handler:
            self.all.append(Route(method, path, handler, *limit, public, exempt))
            return handler

        return add
