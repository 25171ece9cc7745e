"""How often one contact is paged: limits that throttle, and what is collected into one page; pure,
with words for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from store.model import HOUR, MINUTE, Instant

WINDOW = 2 * MINUTE
"""As Grafana OnCall does: it collects the second SMS within two minutes and sends one at their
end."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` pages in ``span`` ms."""

    count: int
    span: int


@dataclass(frozen=True, slots=True)
class Limits:
    """By channel: what throttles a contact, and how many pages in two minutes come singly; a
    channel that is not named has none."""

    throttles: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    singly: Mapping[str, int] = field(default_factory=dict)

    def most(self, via: str) -> int:
        """How many pages back one has to look to judge a channel."""
        return max((limit.count for limit in self.throttles.get(via, ())), default=0)


def exceeded(limits: Sequence[Limit], sent: Sequence[Instant], now: Instant) -> Limit | None:
    """The first limit that another page now would pass; ``sent`` is when the ones before went."""
    for limit in limits:
        if sum(at > now - limit.span for at in sent) >= limit.count:
            return limit
    return None


def words(limit: Limit) -> str:
    """``5 in 15 min``, ``11 in 1 h``."""
    hours = limit.span % HOUR == 0
    return f"{limit.count} in {limit.span // (HOUR if hours else MINUTE)} {'h' if hours else 'min'}"


def collected_until(singly: int, sent: Sequence[Instant], now: Instant) -> Instant | None:
    """When a page goes out together with those that come until then; None where it goes alone.

    ``sent`` is when each message to the contact went or will go; pages of one bundle count once.
    """
    messages = [at for at in sent if at > now - WINDOW]
    coming = [at for at in messages if at > now]
    if coming:
        return min(coming)
    return max(messages) + WINDOW if len(messages) >= singly else None
